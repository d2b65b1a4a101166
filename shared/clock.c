/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clocks: the only file that asks the system what time it is. */
#include "accessd/clock.h"

#include <time.h>

static int64_t now_ms(clockid_t id)
{
	struct timespec t = { 0 };

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t system_wall_ms(const struct clock *c)
{
	(void)c;
	return now_ms(CLOCK_REALTIME);
}

/* Counts while the machine is suspended, too: what was to happen in an hour is not to
 * happen an hour after the lid is opened. */
static int64_t system_mono_ms(const struct clock *c)
{
	(void)c;
	return now_ms(CLOCK_BOOTTIME);
}

const struct clock *clock_system(void)
{
	static const struct clock system_clock = {
		.wall_ms = system_wall_ms,
		.mono_ms = system_mono_ms,
	};

	return &system_clock;
}

struct timespec clock_after_ms(int64_t ms)
{
	struct timespec t = { 0 };

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += ms / 1000;
	t.tv_nsec += ms % 1000 * 1000000;
	if (t.tv_nsec >= 1000000000) {
		t.tv_nsec -= 1000000000;
		t.tv_sec++;
	}
	return t;
}
