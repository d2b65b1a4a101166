/* SPDX-License-Identifier: Apache-2.0 */
/* A binary heap in which every timer knows its place, so that cancelling needs no
 * search. */
#include "shared/loop_timers.h"

#include <stdlib.h>

static bool before(const struct loop_timer *a, const struct loop_timer *b)
{
	return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

static void place(struct timers *ts, size_t i, struct loop_timer *t)
{
	ts->heap[i] = t;
	t->slot = i + 1;
}

static void sift_up(struct timers *ts, size_t i, struct loop_timer *t)
{
	while (i > 0 && before(t, ts->heap[(i - 1) / 2])) {
		place(ts, i, ts->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	place(ts, i, t);
}

static void sift_down(struct timers *ts, size_t i, struct loop_timer *t)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child + 1 < ts->n && before(ts->heap[child + 1], ts->heap[child])) {
			child++;
		}
		if (child >= ts->n || before(t, ts->heap[child])) {
			break;
		}
		place(ts, i, ts->heap[child]);
		i = child;
	}
	place(ts, i, t);
}

void timers_finish(struct timers *ts)
{
	for (size_t i = 0; i < ts->n; i++) {
		ts->heap[i]->slot = 0;
	}
	free(ts->heap);
	*ts = (struct timers){ 0 };
}

void timers_put(struct timers *ts, struct loop_timer *t, int64_t at_ms)
{
	if (t->slot > 0) {
		timers_take(ts, t);
	}
	if (ts->n == ts->room) {
		ts->room = ts->room > 0 ? 2 * ts->room : 64;
		ts->heap = reallocarray(ts->heap, ts->room, sizeof(struct loop_timer *));
		if (!ts->heap) {
			abort();
		}
	}
	t->at_ms = at_ms;
	t->seq = ts->seq++;
	sift_up(ts, ts->n++, t);
}

void timers_take(struct timers *ts, struct loop_timer *t)
{
	size_t i = t->slot - 1;
	struct loop_timer *last = ts->heap[--ts->n];

	t->slot = 0;
	if (last == t) {
		return;
	}
	if (before(last, t)) {
		sift_up(ts, i, last);
	} else {
		sift_down(ts, i, last);
	}
}

int64_t timers_next(const struct timers *ts)
{
	return ts->n > 0 ? ts->heap[0]->at_ms : -1;
}

unsigned timers_run(struct timers *ts, int64_t now_ms)
{
	const uint64_t later = ts->seq; /* started from within: not now */
	unsigned ran = 0;

	while (ts->n > 0 && ts->heap[0]->at_ms <= now_ms && ts->heap[0]->seq < later) {
		struct loop_timer *t = ts->heap[0];

		timers_take(ts, t);
		t->cb(t);
		ran++;
	}
	return ran;
}
