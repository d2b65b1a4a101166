/* SPDX-License-Identifier: Apache-2.0 */
#include "approver/desk_reading.h"

#include <assert.h>

#include "shared/text.h"

enum {
	KNOWN_MS = 5 * 60 * 1000, /* who somebody is */
	UNKNOWN_MS = 10 * 1000,   /* that nobody is them: they may be adding themselves */
	CALLS_MS = 5 * 1000, /* "/oncalls has a tighter limit: cache a few seconds" */
};

int64_t desk_now_ms(const struct desk *d)
{
	return clock_mono_ms(loop_clock(d->env.loop));
}

int64_t desk_max_age_ms(const struct desk *d)
{
	return d->env.config->max_age_s * 1000;
}

static void reading_begin(const struct desk *d, struct reading *r)
{
	r->running = true;
	r->next_began_ms = desk_now_ms(d);
	r->next_drops = d->drops;
}

void desk_reading_end(struct reading *r, bool ok)
{
	assert(r->running);
	r->running = false;
	if (ok) {
		r->there = true;
		r->began_ms = r->next_began_ms;
		r->drops = r->next_drops;
	}
}

static int64_t good_for_ms(const struct desk *d, const struct who *w,
			   const struct reading *r)
{
	if (r == &d->list) {
		return desk_max_age_ms(d);
	}
	if (r == &w->calls) {
		return CALLS_MS;
	}
	return *w->user ? KNOWN_MS : UNKNOWN_MS;
}

/* Only the list can be wanted anew: who somebody is does not change by taking a role. */
static int64_t newer_than_ms(const struct desk *d, const struct standing_ask *ask,
			     const struct reading *r)
{
	return r == &d->list ? ask->newer_than_ms : 0;
}

/* Whether what began then serves this question: not older than it is good for now, or begun
 * for it or after it; and not begun before a drop() that it came after. */
static bool serves(const struct desk *d, const struct standing_ask *ask,
		   const struct reading *r, int64_t began_ms, uint64_t drops)
{
	return began_ms >= newer_than_ms(d, ask, r) && drops >= ask->drops &&
	       (began_ms >= ask->asked_ms ||
		desk_now_ms(d) - began_ms <= good_for_ms(d, ask->job, r));
}

static bool is_there(const struct desk *d, const struct standing_ask *ask,
		     const struct reading *r)
{
	return r->there && serves(d, ask, r, r->began_ms, r->drops);
}

bool desk_misses(const struct desk *d, const struct standing_ask *ask,
		 const struct reading *r)
{
	return !is_there(d, ask, r) && serves(d, ask, r, r->next_began_ms, r->next_drops);
}

bool desk_have_list(struct desk *d, const struct standing_ask *ask)
{
	if (is_there(d, ask, &d->list)) {
		return true;
	}
	if (!d->list.running) {
		reading_begin(d, &d->list);
		d->ops->fetch(d);
	}
	return false;
}

static bool have_id(struct desk *d, const struct standing_ask *ask, struct who *w)
{
	if (is_there(d, ask, &w->id)) {
		return true;
	}
	if (w->id.running) {
		return false;
	}
	reading_begin(d, &w->id);
	if (!d->ops->identify(d, w)) {
		return false;
	}
	desk_reading_end(&w->id, true);
	return true;
}

static bool calls_are_there(const struct desk *d, const struct standing_ask *ask,
			    const struct who *w)
{
	return !ask->want_on_call || !d->ops->on_call || !*w->user ||
	       is_there(d, ask, &w->calls);
}

static bool have_calls(struct desk *d, const struct standing_ask *ask, struct who *w)
{
	if (calls_are_there(d, ask, w)) {
		return true;
	}
	if (!w->calls.running) {
		reading_begin(d, &w->calls);
		text_copy(w->calls_of, sizeof(w->calls_of), w->user);
		d->ops->on_call(d, w);
	}
	return false;
}

bool desk_have_all(struct desk *d, const struct standing_ask *ask)
{
	struct who *w = ask->job;
	bool list = desk_have_list(d, ask);
	bool id = have_id(d, ask, w);

	return id && have_calls(d, ask, w) && list;
}

bool desk_all_there(const struct desk *d, const struct standing_ask *ask)
{
	const struct who *w = ask->job;

	return is_there(d, ask, &d->list) && is_there(d, ask, &w->id) &&
	       calls_are_there(d, ask, w);
}
