/* SPDX-License-Identifier: Apache-2.0 */
/* A call that is to be the last is held by the world, so that nothing races with the look. */
#include "tests/lib/crash_point.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/book.h"
#include "tests/lib/power.h"
#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"

enum { ANSWER_MS = 10, NEVER_MS = 24 * 3600 * 1000 };

#define REPLY   "response_url"
#define MESSAGE "chat.postMessage"

/* clang-format off */
const struct crash_point crash_points[CRASH_POINTS] = {
	{ "just before this commit",                           NULL,    true,  0 },
	{ "just after this commit",                            NULL,    false, 0 },
	{ "before the target has done this",                   CALL,    false, WORLD_MUTE },
	{ "when the target has done this, without an answer",  CALL,    false, WORLD_DELAY },
	{ "before this answer of the target is recorded",      CALL,    true,  WORLD_DELAY },
	{ "before Slack has taken this reply",                 REPLY,   false, WORLD_MUTE },
	{ "when Slack has taken this reply, without an answer", REPLY,  false, WORLD_DELAY },
	{ "before Slack's answer to this reply is recorded",   REPLY,   true,  WORLD_DELAY },
	{ "before Slack has taken this message",               MESSAGE, false, WORLD_MUTE },
	{ "when Slack has taken this message, without an answer", MESSAGE, false, WORLD_DELAY },
	{ "before Slack's answer to this message is recorded", MESSAGE, true,  WORLD_DELAY },
};
/* clang-format on */

static bool is_of_book(const struct crash_point *p)
{
	return p->call && strcmp(p->call, CALL) == 0 && book_is_open();
}

/* What a program was told is not held up before it is recorded: that is a commit's. */
bool crash_is_possible(const struct crash_point *p)
{
	return !is_of_book(p) || !p->before;
}

static size_t called(struct scene *t, size_t i)
{
	if (is_of_book(&crash_points[i])) {
		return book_runs();
	}
	return crash_points[i].call ? world_count(t->world, crash_points[i].call) : 0;
}

void crash_arm(struct scene *t, struct crash *c)
{
	const struct crash_point *p = c->point;
	struct world_fault fault = { .kind = p->fault,
				     .delay_ms = p->before ? ANSWER_MS : NEVER_MS,
				     .skip = c->nth - 1,
				     .times = 1 };

	c->armed = true;
	for (size_t i = 0; i < CRASH_POINTS; i++) {
		c->calls[i] = called(t, i);
	}
	if (!p->call) {
		power_arm(t, c->nth, p->before);
		return;
	}
	if (is_of_book(p)) {
		book_stop_at(c->nth, p->fault == WORLD_MUTE);
		return;
	}
	snprintf(fault.call, sizeof(fault.call), "%s", p->call);
	world_fault(t->world, &fault);
}

void crash_disarm(struct scene *t, struct crash *c)
{
	for (size_t i = 0; i < CRASH_POINTS && c->armed; i++) {
		c->calls[i] = called(t, i) - c->calls[i];
	}
	c->armed = false;
	world_clear_faults(t->world);
	if (book_is_open()) {
		book_stop_at(0, false);
	}
	power_arm(t, 0, false);
}

static bool is_reached(struct scene *t, const struct crash *c)
{
	const struct crash_point *p = c->point;
	size_t i = (size_t)(p - crash_points);

	return is_of_book(p) ? book_has_stopped()
			     : p->call && called(t, i) >= c->calls[i] + c->nth;
}

bool crash_is_dead(struct scene *t, struct crash *c)
{
	if (c->armed && is_reached(t, c)) {
		c->armed = false;
		if (c->point->before) {
			power_arm(t, 1, true);
			fake_clock_advance(&t->clock, ANSWER_MS);
		} else {
			power_cut(t);
		}
	}
	return power_is_gone();
}
