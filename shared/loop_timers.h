/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's timers: a binary heap of pointers to what their users embed, ordered by
 * time, then by the order of starting. Knows no clock. Only shared/loop.c uses it. */
#ifndef SHARED_LOOP_TIMERS_H
#define SHARED_LOOP_TIMERS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/loop.h"

/* All zero is an empty one. */
struct timers {
	struct loop_timer **heap;
	size_t n;
	size_t room;
	uint64_t seq;
};

/* Every timer still in it is stopped; no callback fires. */
void timers_finish(struct timers *ts);

/* Set t to fire at at_ms; one that is running is moved. Aborts when memory is out: a
 * grant that nobody ends is worse than a restart. */
void timers_put(struct timers *ts, struct loop_timer *t, int64_t at_ms);

/* t must be running. */
void timers_take(struct timers *ts, struct loop_timer *t);

/* When the first is due, or -1. */
int64_t timers_next(const struct timers *ts);

/* Fire what is due at now_ms, but nothing that is started meanwhile: that is for the next
 * turn, or a timer that restarts itself would keep the sockets waiting. Returns how many
 * fired. */
unsigned timers_run(struct timers *ts, int64_t now_ms);

#endif
