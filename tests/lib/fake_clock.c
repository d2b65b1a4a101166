/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that stands still until a test moves it. */
#include "tests/lib/fake_clock.h"

#include "accessd/types.h"

/* Not 0, so that code which takes 0 for "never" is caught out. */
enum { MONO_START = 5000 };

/* The clock is handed out as const, and is the first member of what holds the time. */
static int64_t fake_wall_ms(const struct clock *c)
{
	return ((const struct fake_clock *)(const void *)c)->wall;
}

static int64_t fake_mono_ms(const struct clock *c)
{
	return ((const struct fake_clock *)(const void *)c)->mono;
}

void fake_clock_init(struct fake_clock *fc, int64_t wall_ms)
{
	*fc = (struct fake_clock){
		.clock = { .wall_ms = fake_wall_ms, .mono_ms = fake_mono_ms },
		.wall = wall_ms,
		.mono = MONO_START,
	};
}

void fake_clock_advance(struct fake_clock *fc, int64_t ms)
{
	fc->wall += ms;
	fc->mono += ms;
}

void fake_clock_jump_wall(struct fake_clock *fc, int64_t ms)
{
	fc->wall += ms;
}
