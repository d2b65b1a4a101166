/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/telling.h"

#include <string.h>

#include "approver/effects.h"
#include "approver/orders.h"
#include "approver/service.h"
#include "tests/lib/book.h"
#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"

enum {
	PATIENCE_MS = 60 * 1000, /* of real time, for what takes a few milliseconds */
	LOOK_MS = 5000,
	MINUTE_MS = 60 * 1000,
	PASS_MS = 20 * 1000, /* fake time passes in such steps, ... */
	PACE_MS = 6,         /* each with so much real time at first, and then more, */
	LOOKS_MAX = 8,
	PASSES_MAX = 300, /* for less than two hours */
};

/* --- looking --------------------------------------------------------------------------- */

size_t telling_held(struct scene *t)
{
	return book_is_open() ? book_held() : world_held(t->world);
}

int64_t telling_held_until_ms(struct scene *t)
{
	if (book_is_open()) {
		return book_until_ms();
	}
	rows_each(struct world_hold, h, &t->world->holds)
	{
		if (h->has) {
			return h->until_ms;
		}
	}
	return 0;
}

static bool is_dead(struct scene *t, struct telling *x)
{
	return crash_is_dead(t, &x->crash);
}

void telling_check_access(struct scene *t, const struct telling *x)
{
	if (!x->put_back && telling_held(t) > 0) {
		assert_int_equal(scene_sql(t, "SELECT count(*) FROM grants WHERE state IN"
					      " ('granting', 'active', 'revoking')"),
				 1);
	}
}

static bool is_up(struct scene *t, void *data)
{
	return is_dead(t, data) || scene_live(t);
}

/* Nothing is on its way that would time out. */
static bool is_idle(struct scene *t, void *data)
{
	const struct approver *a = t->app.approver;

	return is_dead(t, data) || (effects_sending(a->effects) == 0 &&
				    orders_running(a->orders) == 0 && !a->probing);
}

/* Asked of the ledger, which takes its time, when it may be so. */
static bool is_true(struct scene *t, struct telling *x, const char *sql)
{
	telling_check_access(t, x);
	return is_dead(t, x) || (is_idle(t, x) && scene_sql(t, sql) == 1);
}

#define NOT_PENDING "NOT EXISTS (SELECT 1 FROM effect WHERE state = 'pending')"

static bool is_decided(struct scene *t, void *data)
{
	return is_true(
		t, data,
		"SELECT count(*) = 1 AND " NOT_PENDING
		" FROM request LEFT JOIN grants USING (id)"
		" WHERE decided_ms > 0 AND source = 'slack' AND (active_ms > 0 OR grants.id IS NULL)");
}

/* Slack has heard of it, too: what it has to deliver once more is not on its way. */
static bool is_extended(struct scene *t, void *data)
{
	struct telling *x = data;

	return is_true(t, x,
		       "SELECT count(*) > 0 AND " NOT_PENDING
		       " FROM audit WHERE subject = 'grant' AND data LIKE '%\"extended\"%'") &&
	       (is_dead(t, x) || x->extended->acks > 0);
}

static bool is_over(struct scene *t, void *data)
{
	return is_true(t, data,
		       "SELECT count(*) = 0 AND " NOT_PENDING
		       " FROM grants WHERE ended_ms IS NULL");
}

static bool is_taken_back(struct scene *t, void *data)
{
	return is_true(t, data, "SELECT " NOT_PENDING) &&
	       (is_dead(t, data) || telling_held(t) == 0);
}

static void wait(struct scene *t, struct telling *x,
		 bool (*cond)(struct scene *t, void *data), const char *what)
{
	if (!scene_until(t, cond, x, PATIENCE_MS)) {
		fail_msg("%s '%s', dead %s (%u): not %s", x->plot->asks, x->plot->what,
			 x->crash.point->name, x->crash.nth, what);
	}
}

static void ask(struct scene *t, struct telling *x)
{
	if (!x->asked && !is_dead(t, x)) {
		fake_clock_advance(&t->clock, 1100);
		world_command(t->world, x->plot->asks, "inc-room", x->plot->what);
		x->asked = true;
	}
}

static void extend(struct scene *t, struct telling *x)
{
	if (!x->extended && !is_dead(t, x)) {
		x->extended = world_command(t->world, x->plot->asks, "inc-room",
					    x->plot->extends);
	}
}

/* The target has the end that people were told of. */
static void look_at_the_later_end(struct scene *t, struct telling *x)
{
	if (!is_dead(t, x) && x->plot->actions && !x->ended) {
		assert_int_equal(scene_sql(t, "SELECT expires_ms / 1000 FROM grants"),
				 telling_held_until_ms(t) / 1000);
	}
}

static void bring_the_end(struct scene *t, struct telling *x)
{
	if (x->ended || is_dead(t, x)) {
		return;
	}
	x->ended = true;
	if (x->plot->ends) {
		world_command(t->world, x->plot->ends, "inc-room", x->plot->how);
	} else if (x->plot->resolved) {
		world_set_category(t->world, x->incident, "closed");
	}
}

/* Where the end is typed no time has to pass, unless something is tried again. */
static void time_passes(struct scene *t, struct telling *x)
{
	int64_t pace_ms = x->plot->ends ? LOOK_MS : 0;

	for (unsigned n = 0; !scene_until(t, is_over, x, pace_ms); n++) {
		wait(t, x, is_idle, n < PASSES_MAX ? "idle" : "over");
		assert_true(n < PASSES_MAX);
		fake_clock_advance(&t->clock, PASS_MS);
		pace_ms = PACE_MS + n;
	}
}

/* Soon after a start the target is asked what is in force. What has moved within a minute
 * would not be compared. */
static void put_back(struct scene *t, struct telling *x)
{
	if (x->put_back || is_dead(t, x)) {
		return;
	}
	scene_stop(t);
	book_put_back();
	x->put_back = true;
	fake_clock_advance(&t->clock, 2 * MINUTE_MS);
	scene_start(t, false);
	wait(t, x, is_up, "up again");
}

/* No time passes while the program runs, as it would be given up. */
static void be_found(struct scene *t, struct telling *x)
{
	for (unsigned n = 0; !scene_until(t, is_taken_back, x, n > 0 ? LOOK_MS : 0);
	     n++) {
		assert_true(n < LOOKS_MAX);
		wait(t, x, is_idle, "idle");
		fake_clock_advance(&t->clock, PASS_MS);
	}
}

/* --- the story -------------------------------------------------------------------------- */

static void reach(struct scene *t, struct telling *x, enum stage stage)
{
	if (x->falls == 0 && x->plot->dies == stage) {
		crash_arm(t, &x->crash);
	}
}

static void leave(struct scene *t, struct telling *x, enum stage stage)
{
	if (x->falls == 0 && x->plot->dies == stage && !is_dead(t, x)) {
		crash_disarm(t, &x->crash);
	}
}

void tell(struct scene *t, struct telling *x)
{
	if (x->falls == 1) {
		crash_arm(t, &x->crash);
	}
	scene_start(t, false);
	wait(t, x, is_up, "up");
	reach(t, x, TO_DECISION);
	ask(t, x);
	wait(t, x, is_decided, "decided");
	leave(t, x, TO_DECISION);
	if (x->plot->extends) {
		reach(t, x, TO_EXTENSION);
		extend(t, x);
		wait(t, x, is_extended, "extended");
		look_at_the_later_end(t, x);
		leave(t, x, TO_EXTENSION);
	}
	reach(t, x, TO_END);
	bring_the_end(t, x);
	time_passes(t, x);
	if (x->plot->put_back) {
		put_back(t, x);
		reach(t, x, TO_FINDING);
		be_found(t, x);
		leave(t, x, TO_FINDING);
	}
}
