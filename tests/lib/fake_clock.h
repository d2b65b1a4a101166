/* SPDX-License-Identifier: Apache-2.0 */
/* A clock that stands still until a test moves it. */
#ifndef TESTS_LIB_FAKE_CLOCK_H
#define TESTS_LIB_FAKE_CLOCK_H

#include <stdint.h>

#include "accessd/clock.h"

struct fake_clock {
	struct clock clock;
	int64_t wall, mono;
};

/* The monotonic side starts at some moment of its own. */
void fake_clock_init(struct fake_clock *fc, int64_t wall_ms);

/* Time passes: both sides move. */
void fake_clock_advance(struct fake_clock *fc, int64_t ms);

/* Somebody sets the wall clock, forwards or (ms < 0) backwards; no time passes. */
void fake_clock_jump_wall(struct fake_clock *fc, int64_t ms);

#endif
