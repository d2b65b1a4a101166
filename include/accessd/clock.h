/* SPDX-License-Identifier: Apache-2.0 */
/* The two clocks, behind pointers so that a test can turn them.
 *
 * Wall time says when a grant ends; it may jump. Monotonic time says how long to wait; it
 * does not. All values are milliseconds. */
#ifndef ACCESSD_CLOCK_H
#define ACCESSD_CLOCK_H

#include <stdint.h>
#include <time.h>

struct clock {
	int64_t (*wall_ms)(const struct clock *c); /* since 1970-01-01T00:00:00Z */
	int64_t (*mono_ms)(const struct clock *c); /* since an arbitrary moment */
};

/* The machine's clocks. Lives for ever. */
const struct clock *clock_system(void);

/* When so many real milliseconds will have passed, for waits of threads that are given
 * CLOCK_MONOTONIC. */
struct timespec clock_after_ms(int64_t ms);

static inline int64_t clock_wall_ms(const struct clock *c)
{
	return c->wall_ms(c);
}

static inline int64_t clock_mono_ms(const struct clock *c)
{
	return c->mono_ms(c);
}

#endif
