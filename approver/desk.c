/* SPDX-License-Identifier: Apache-2.0 */
/* One question:
 *
 *   ask -> is the snapshot young enough? -> do we know who it is? -> on call for what?
 *       -> answered on the next turn; or at once, for who asks what is known
 *
 * What is missing is read (desk_reading.c), once for all who wait for it. What goes wrong:
 *  - somebody was denied by a list from before they asked: they ask for a newer one, which
 *    is read at once; of a crowd that does so, for some only, and max_age does for the rest.
 *  - a reading fails: all whom it would have served hear why.
 *  - it began too long before the question, or before a drop(): they wait for the next
 *    one, which begins when it ends.
 *  - it takes longer than timeout_ms: the question is answered so; the reading goes on,
 *    and serves whoever asks again. */
#include "approver/desk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "approver/desk_reading.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

/* Readings before max_age has passed; one more in each 2 * max_age. */
enum { EXTRA_MAX = 2 };

static struct desk *desk_of(struct provider *p)
{
	return container_of(p, struct desk, provider);
}

/* --- answers ------------------------------------------------------------------- */

static void make_ready(struct desk *d, struct standing_ask *ask)
{
	ask_list_add(&d->ready, ask);
	loop_timer_start(d->env.loop, &d->deliver, 0);
}

/* What is known of them may change before they are answered. NULL for none. */
static void *rows_copy(const void *rows, size_t n, size_t size)
{
	void *copy = n > 0 ? reallocarray(NULL, n, size) : NULL;

	if (n > 0 && !copy) {
		abort(); /* out of memory for some 64 rows */
	}
	return n > 0 ? memcpy(copy, rows, n * size) : NULL;
}

static void on_call_copy(struct standing_ask *ask, const struct who *w)
{
	ask->n_on_call = w->n_on_call;
	ask->on_call = rows_copy(w->on_call, w->n_on_call, sizeof(*w->on_call));
	ask->n_on_schedules = w->n_on_schedules;
	ask->on_schedules =
		rows_copy(w->on_schedules, w->n_on_schedules, sizeof(*w->on_schedules));
}

static void on_call_free(struct standing_ask *ask)
{
	free(ask->on_call);
	free(ask->on_schedules);
	ask->on_call = NULL;
	ask->on_schedules = NULL;
}

static void answer_fill(const struct desk *d, struct standing_ask *ask)
{
	const struct who *w = ask->job;

	ask->snapshot = snapshot_ref(d->snapshot);
	text_copy(ask->user, sizeof(ask->user), w->user);
	text_copy(ask->why_no_user, sizeof(ask->why_no_user), *w->user ? "" : w->why);
	if (ask->want_on_call && *w->user) {
		on_call_copy(ask, w);
	}
}

static void answer(struct desk *d, struct standing_ask *ask)
{
	answer_fill(d, ask);
	make_ready(d, ask);
}

static void answer_failed(struct desk *d, struct standing_ask *ask, const struct fail *f)
{
	ask->fail = *f;
	make_ready(d, ask);
}

/* A question leaves the desk. */
static void release(struct standing_ask *ask)
{
	struct who *w = ask->job;

	if (w) {
		w->asks--;
		ask->job = NULL;
	}
}

/* A callback may ask, which is answered on the next turn, cancel and drop. */
static void on_deliver(struct loop_timer *t)
{
	struct desk *d = container_of(t, struct desk, deliver);

	ask_list_append(&d->delivering, &d->ready);
	while (d->delivering.first) {
		struct standing_ask *ask =
			ask_list_take(&d->delivering, &d->delivering.first);
		struct fail f = ask->fail;

		release(ask);
		ask->cb(ask, &f);
	}
}

/* Look again at those who wait, all of them or those who wait for w. */
static void review(struct desk *d, const struct who *w)
{
	struct standing_ask **at = &d->waiting.first;

	while (*at) {
		if ((!w || (*at)->job == w) && desk_have_all(d, *at)) {
			answer(d, ask_list_take(&d->waiting, at));
		} else {
			at = &(*at)->next;
		}
	}
}

/* A reading failed: so did every question that it would have served. */
static void fail_waiting(struct desk *d, const struct who *w, const struct reading *r,
			 const struct fail *f)
{
	struct standing_ask **at = &d->waiting.first;

	while (*at) {
		if ((!w || (*at)->job == w) && desk_misses(d, *at, r)) {
			answer_failed(d, ask_list_take(&d->waiting, at), f);
		} else {
			at = &(*at)->next;
		}
	}
}

/* --- how readings end ---------------------------------------------------------- */

static void note_health(struct desk *d, const struct fail *f)
{
	bool ok = f->kind == FAIL_NONE;

	if (f->kind == FAIL_CANCELLED) {
		return;
	}
	metric_observe(d->m_seconds, d->provider.ops->key,
		       (double)(desk_now_ms(d) - d->list.next_began_ms) / 1000);
	if (!ok && (d->ok || !d->asked)) {
		log_warn("provider.failed", LOG_T("provider", d->provider.ops->key),
			 LOG_F(f), LOG_T("then", "no-standing"));
	} else if (ok && !d->ok && d->asked) {
		log_info("provider.back", LOG_T("provider", d->provider.ops->key));
	}
	d->asked = true;
	d->ok = ok;
	text_copy(d->why, sizeof(d->why), ok ? "" : f->msg);
}

/* The age of all rows counts from when the first of them was asked for. */
static void keep_snapshot(struct desk *d, struct snapshot *s)
{
	int64_t age_ms = desk_now_ms(d) - d->list.next_began_ms;

	s->fetched_mono_ms = d->list.next_began_ms;
	s->fetched_wall_ms = clock_wall_ms(loop_clock(d->env.loop)) - age_ms;
	snapshot_unref(d->snapshot);
	d->snapshot = s;
}

void desk_fetched(struct desk *d, struct snapshot *s, const struct fail *f)
{
	struct fail why = *f;

	assert(s || f->kind != FAIL_NONE);
	if (s && !snapshot_seal(s)) {
		snapshot_unref(s);
		s = NULL;
		fail_set(&why, FAIL_INTERNAL, "out of memory");
	}
	note_health(d, &why);
	if (s) {
		keep_snapshot(d, s);
	} else {
		fail_waiting(d, NULL, &d->list, &why);
	}
	desk_reading_end(&d->list, s != NULL);
	review(d, NULL);
}

static void note_lookup(const struct desk *d, const struct fail *f)
{
	if (f->kind != FAIL_NONE && f->kind != FAIL_CANCELLED) {
		log_warn("provider.lookup_failed",
			 LOG_T("provider", d->provider.ops->key), LOG_F(f),
			 LOG_T("then", "no-standing"));
	}
}

void desk_identified(struct desk *d, struct who *w, const struct fail *f)
{
	note_lookup(d, f);
	if (f->kind != FAIL_NONE) {
		fail_waiting(d, w, &w->id, f);
	}
	desk_reading_end(&w->id, f->kind == FAIL_NONE);
	review(d, w);
}

void desk_called(struct desk *d, struct who *w, const struct fail *f)
{
	note_lookup(d, f);
	if (f->kind != FAIL_NONE) {
		fail_waiting(d, w, &w->calls, f);
	}
	/* Meanwhile they may have turned out to be somebody else. */
	desk_reading_end(&w->calls,
			 f->kind == FAIL_NONE && text_same(w->calls_of, w->user));
	review(d, w);
}

/* --- for the asker ------------------------------------------------------------- */

static void deadline_set(struct desk *d)
{
	const struct standing_ask *oldest = d->waiting.first;

	if (oldest && !loop_timer_running(&d->deadline)) {
		int64_t at_ms = oldest->asked_ms + d->env.config->timeout_ms;
		int64_t left_ms = at_ms - desk_now_ms(d);

		loop_timer_start(d->env.loop, &d->deadline, left_ms > 0 ? left_ms : 0);
	}
}

static void on_deadline(struct loop_timer *t)
{
	struct desk *d = container_of(t, struct desk, deadline);
	struct fail f;

	rest_timeout(&d->rest, &f);
	while (d->waiting.first &&
	       d->waiting.first->asked_ms + d->env.config->timeout_ms <= desk_now_ms(d)) {
		answer_failed(d, ask_list_take(&d->waiting, &d->waiting.first), &f);
	}
	deadline_set(d);
}

static bool take_extra(struct desk *d)
{
	int64_t every_ms = desk_max_age_ms(d) * 3 / 5;

	while (d->extra < EXTRA_MAX && desk_now_ms(d) - d->extra_since_ms >= every_ms) {
		d->extra_since_ms += every_ms;
		d->extra++;
	}
	if (d->extra == EXTRA_MAX) {
		d->extra_since_ms = desk_now_ms(d);
	}
	return d->extra > 0 && d->extra--;
}

/* Whether it is worth a reading to have a newer list than others are content with. */
static void settle_newer(struct desk *d, struct standing_ask *ask)
{
	bool there = d->list.there && d->list.began_ms >= ask->newer_than_ms;
	bool coming = d->list.running && d->list.next_began_ms >= ask->newer_than_ms;

	if (ask->newer_than_ms > 0 && !there && !coming && !take_extra(d)) {
		ask->newer_than_ms = 0;
	}
}

static void ask_init(struct desk *d, struct standing_ask *ask)
{
	ask->snapshot = NULL;
	ask->user[0] = '\0';
	ask->why_no_user[0] = '\0';
	ask->on_call = NULL;
	ask->n_on_call = 0;
	ask->on_schedules = NULL;
	ask->n_on_schedules = 0;
	ask->asked_ms = desk_now_ms(d);
	ask->drops = d->drops;
	ask->fail.kind = FAIL_NONE;
	ask->job = people_get(d->people, ask->who);
}

bool desk_know(struct provider *p, struct standing_ask *ask)
{
	struct desk *d = desk_of(p);
	bool known;

	ask_init(d, ask);
	known = ask->job && desk_all_there(d, ask);
	if (known) {
		answer_fill(d, ask);
	}
	ask->job = NULL; /* nobody waits for them */
	return known;
}

void desk_ask(struct provider *p, struct standing_ask *ask)
{
	struct desk *d = desk_of(p);
	struct who *w;
	struct fail f;

	ask_init(d, ask);
	w = ask->job;
	if (!w) {
		fail_set(&f, FAIL_BUSY, "%s: too many people ask at the same time",
			 p->ops->name);
		answer_failed(d, ask, &f);
		return;
	}
	w->asks++;
	settle_newer(d, ask);
	if (desk_have_all(d, ask)) {
		answer(d, ask);
		return;
	}
	ask_list_add(&d->waiting, ask);
	deadline_set(d);
}

void desk_cancel(struct provider *p, struct standing_ask *ask)
{
	struct desk *d = desk_of(p);

	if (ask_list_remove(&d->waiting, ask) || ask_list_remove(&d->ready, ask) ||
	    ask_list_remove(&d->delivering, ask)) {
		release(ask);
		snapshot_unref(ask->snapshot); /* of an answer that nobody hears */
		ask->snapshot = NULL;
		on_call_free(ask);
	}
}

void desk_drop(struct provider *p)
{
	struct desk *d = desk_of(p);

	/* Who is who is forgotten by this too, and what is being read serves only those
	 * who asked before. */
	d->drops++;
	snapshot_unref(d->snapshot);
	d->snapshot = NULL;
	d->list.there = false;
}

void desk_warm(struct provider *p)
{
	struct desk *d = desk_of(p);

	/* As if somebody asked now. */
	const struct standing_ask ask = { .asked_ms = desk_now_ms(d), .drops = d->drops };

	desk_have_list(d, &ask);
}

void desk_health(const struct provider *p, struct provider_health *ret_h)
{
	const struct desk *d =
		(const struct desk *)(const void *)((const char *)p -
						    offsetof(struct desk, provider));

	*ret_h = (struct provider_health){ .ok = d->ok, .asked = d->asked };
	ret_h->age_ms = d->snapshot ? desk_now_ms(d) - d->snapshot->fetched_mono_ms : -1;
	text_copy(ret_h->why, sizeof(ret_h->why), d->why);
}

/* --- life ---------------------------------------------------------------------- */

bool desk_init(struct desk *d, const struct provider_ops *provider,
	       const struct rest_vendor *vendor, const struct desk_ops *ops,
	       const struct provider_env *env, struct fail *f)
{
	d->provider.ops = provider;
	d->ops = ops;
	d->env = *env;
	d->deliver.cb = on_deliver;
	d->deadline.cb = on_deadline;
	d->extra = EXTRA_MAX;
	ask_list_init(&d->waiting);
	ask_list_init(&d->ready);
	ask_list_init(&d->delivering);
	d->m_seconds = metrics_histogram(env->metrics, "accessd_provider_fetch_seconds",
					 "From asking for the live incidents to having "
					 "all of them",
					 "provider");
	if (!rest_init(&d->rest, vendor, &d->env, f)) {
		return false;
	}
	d->people = people_create();
	return d->people || fail_set(f, FAIL_INTERNAL, "out of memory");
}

void desk_finish(struct desk *d)
{
	assert(!d->waiting.first && !d->ready.first && !d->delivering.first);
	rest_finish(&d->rest);
	loop_timer_cancel(&d->deliver);
	loop_timer_cancel(&d->deadline);
	people_destroy(d->people);
	snapshot_unref(d->snapshot);
}
