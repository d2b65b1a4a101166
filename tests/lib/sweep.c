/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sweep.h"

#include <stdio.h>
#include <string.h>

#include "approver/effects.h"
#include "approver/orders.h"
#include "approver/service.h"
#include "shared/loop.h"
#include "tests/lib/book.h"
#include "tests/lib/crash_point.h"
#include "tests/lib/power.h"
#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"

enum {
	PATIENCE_MS = 60 * 1000, /* of real time, for what takes a few milliseconds */
	STEPS_MAX = 60,          /* more than any story takes */
	LOOK_MS = 5000,
	PASS_MS = 20 * 1000, /* fake time passes in such steps, ... */
	PACE_MS = 6,         /* each with so much real time at first, and then more, */
	PASSES_MAX = 300,    /* for less than two hours */
	LAST_WORDS_TURNS = 16,
};

/* --- the tables ------------------------------------------------------------------------- */

const struct plot sweep_plots[SWEEP_PLOTS] = {
	{ "ana", "plain 1m", 60000, false, NULL, NULL, false, "expired" },
	{ "ana", "prod-db 1m", 60000, false, NULL, NULL, false, "expired" },
	{ "cara", "prod-db 1m", 0, false, NULL, NULL, false, NULL },
	{ "ana", "plain 1m", 60000, true, NULL, NULL, false, "expired" },
	{ "ana", "prod-db 1m", 60000, true, NULL, NULL, false, "expired" },
	{ "ana", "plain 2h", 7200000, true, "ana", "release plain", false, "released" },
	{ "ana", "prod-db 2h", 7200000, true, "ana", "release prod-db", false,
	  "released" },
	{ "ana", "plain 2h", 7200000, true, "cara", "revoke plain left", false,
	  "revoked" },
	{ "ana", "prod-db 2h", 7200000, true, "cara", "revoke prod-db left", false,
	  "revoked" },
	{ "ana", "plain 2h", 7200000, true, NULL, NULL, true, "incident" },
	{ "ana", "prod-db 2h", 7200000, true, NULL, NULL, true, "incident" },
};

/* What people are told of an outcome, and the message's kind in the ledger. */
static const struct outcome {
	const char *says, *kind;
} outcomes[] = {
	{ "Granted: ", "granted" },
	{ "Not granted: ", "denied" },
	{ "Ended: ", "ended" },
};

/* --- one telling ------------------------------------------------------------------------ */

struct telling {
	const struct plot *plot;
	struct crash crash;
	bool asked, ended; /* what people do is done */
	unsigned falls;
	size_t doubtful[ARRAY_LEN(outcomes)]; /* Slack had it so often, the ledger not */
	struct world_incident *incident;
};

static size_t held(struct scene *t)
{
	return book_is_open() ? book_held() : world_held(t->world);
}

static bool is_granted(const struct plot *p)
{
	return p->cause != NULL;
}

static bool is_dead(struct scene *t, struct telling *x)
{
	return crash_is_dead(t, &x->crash);
}

/* Nobody has access without a grant that is alive. */
static void check_access(struct scene *t)
{
	if (held(t) > 0) {
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
	check_access(t);
	return is_dead(t, x) || (is_idle(t, x) && scene_sql(t, sql) == 1);
}

#define NOT_PENDING "NOT EXISTS (SELECT 1 FROM effect WHERE state = 'pending')"

static bool is_decided(struct scene *t, void *data)
{
	return is_true(t, data,
		       "SELECT count(*) = 1 AND " NOT_PENDING
		       " FROM request LEFT JOIN grants USING (id)"
		       " WHERE decided_ms > 0 AND (active_ms > 0 OR grants.id IS NULL)");
}

static bool is_over(struct scene *t, void *data)
{
	return is_true(t, data,
		       "SELECT count(*) = 0 AND " NOT_PENDING
		       " FROM grants WHERE ended_ms IS NULL");
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

/* To its end, or until it dies; the second time anywhere from its start on. */
static void tell(struct scene *t, struct telling *x)
{
	bool first = x->falls == 0;

	if (x->falls == 1) {
		crash_arm(t, &x->crash);
	}
	scene_start(t, false);
	wait(t, x, is_up, "up");
	if (first && !x->plot->late) {
		crash_arm(t, &x->crash);
	}
	ask(t, x);
	wait(t, x, is_decided, "decided");
	if (first && !is_dead(t, x)) {
		crash_disarm(t, &x->crash);
	}
	if (first && x->plot->late) {
		crash_arm(t, &x->crash);
	}
	bring_the_end(t, x);
	time_passes(t, x);
}

/* --- what must hold --------------------------------------------------------------------- */

static int64_t unsaid(struct scene *t, const struct outcome *o)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM effect WHERE state = 'pending' AND payload LIKE"
		 " '%%\"kind\":\"%s\"%%'",
		 o->kind);
	return scene_sql(t, sql);
}

/* The ledger that is left knows of all that the world has seen. What it does not know to be
 * said is going to be said once more. */
static void look_at_the_disk(struct scene *t, struct telling *x)
{
	size_t granted = scene_count(t, "Granted: ");
	size_t denied = scene_count(t, "Not granted: ");

	check_access(t);
	assert_true(granted == 0 || denied == 0);
	assert_in_range(
		granted + denied > 0, 0,
		scene_sql(t, "SELECT count(*) FROM request WHERE decided_ms > 0"));
	assert_in_range(scene_count(t, "Ended: ") > 0, 0,
			scene_sql(t, "SELECT count(*) FROM grants WHERE ended_ms > 0"));
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		if (unsaid(t, &outcomes[i]) > 0) {
			x->doubtful[i] = scene_count(t, outcomes[i].says);
		}
		/* Once for each fall at most. */
		assert_in_range(x->doubtful[i], 0, x->falls);
	}
}

static bool is_said(struct scene *t, const struct telling *x, size_t i, bool due)
{
	return scene_count(t, outcomes[i].says) == due + x->doubtful[i];
}

static bool has_its_end(struct scene *t, const struct plot *p)
{
	char sql[200];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM grants WHERE state = 'closed' AND cause = '%s'"
		 " AND ended_ms > 0 AND expires_ms = starts_ms + %lld",
		 p->cause, (long long)p->for_ms);
	return scene_sql(t, sql) == 1;
}

static void look_at_the_end(struct scene *t, const struct telling *x)
{
	const struct plot *p = x->plot;
	bool granted = is_granted(p);
	unsigned nth = x->crash.nth;
	char name[160];

	snprintf(name, sizeof(name), "%s %s: dead %s", p->cause ? p->cause : "denied",
		 p->what, x->crash.point->name);
	assert_row(held(t) == 0, nth, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM request") == 1, nth, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM grants") == granted, nth, name);
	assert_row(!granted || has_its_end(t, p), nth, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM audit WHERE subject = 'grant' AND"
				" to_state = 'closed'") == granted,
		   nth, name);
	assert_row(is_said(t, x, 0, granted), nth, name);
	assert_row(is_said(t, x, 1, !granted), nth, name);
	assert_row(is_said(t, x, 2, granted), nth, name);
}

/* --- the sweep ---------------------------------------------------------------------------- */

static void fall(struct scene *t, struct telling *x)
{
	crash_disarm(t, &x->crash);
	x->falls++;
	power_fall(t);
	/* What it had sent is heard before it is counted. */
	for (unsigned i = 0; i < LAST_WORDS_TURNS; i++) {
		loop_run_once(t->loop);
	}
	look_at_the_disk(t, x);
}

static unsigned fell_again; /* in this sweep */

/* False: the story was over before the nth; the calls in it are counted. again: how it dies
 * once more while it recovers, or NULL. */
static bool survives(struct scene *t, const struct plot *p, struct crash *c,
		     const struct crash *again)
{
	struct telling x = { .plot = p, .crash = *c };

	t->world->slack_knobs.redeliver = true;
	if (book_is_open()) {
		book_reset();
	}
	x.incident = scene_incident(t, "ana");
	tell(t, &x);
	if (!power_is_gone()) {
		crash_disarm(t, &x.crash);
		if (!c->point->call) {
			*c = x.crash;
		}
	} else {
		fall(t, &x);
		x.crash = again ? *again : (struct crash){ .point = c->point };
		x.falls += !again;
		tell(t, &x);
		if (power_is_gone()) {
			fell_again++;
			fall(t, &x);
			tell(t, &x);
		}
		crash_disarm(t, &x.crash);
	}
	look_at_the_end(t, &x);
	scene_again(t);
	scene_expect_unanswered();
	return x.falls > 0;
}

/* Whether it is sure to have one: messages go where they can. */
static bool has_step(const struct plot *p, const struct crash_point *c)
{
	bool has_target = is_granted(p) && strncmp(p->what, "prod-db", 7) == 0;

	return !c->call || (has_target && strcmp(c->call, CALL) == 0);
}

/* Another second crash for each first one, so that all of them meet in time: by turns at one
 * of its first commits, which every recovery has, and at a call, which some have. */
static const struct crash *again_of(unsigned n)
{
	static struct crash again;
	unsigned half = n / 2;

	again = (struct crash){ .point = &crash_points[half % 2], .nth = 1 + half % 5 };
	if (n % 2 == 1) {
		again.point = &crash_points[2 + half % (CRASH_POINTS - 2)];
		again.nth = 1;
	}
	return crash_is_possible(again.point) ? &again : again_of(n + 1);
}

static void sweep(struct scene *t, const struct plot *p, bool twice)
{
	static unsigned n;
	struct crash c = { 0 };
	unsigned first = n;

	for (size_t i = 0; i < CRASH_POINTS; i++) {
		size_t max = crash_points[i].call ? c.calls[i] : STEPS_MAX;

		c.point = &crash_points[i];
		c.nth = 1;
		if (!crash_is_possible(c.point)) {
			continue;
		}
		while (c.nth <= max && survives(t, p, &c, twice ? again_of(n++) : NULL)) {
			c.nth++;
		}
		assert_in_range(c.nth, 1 + has_step(p, c.point), STEPS_MAX);
	}
	/* Many a recovery is over before it could die again. */
	assert_true(!twice || fell_again > (n - first) / 4);
	fell_again = 0;
}

void sweep_once(struct scene *t, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++) {
		sweep(t, &sweep_plots[i], false);
	}
}

void sweep_twice(struct scene *t, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++) {
		sweep(t, &sweep_plots[i], true);
	}
}

/* --- for cmocka ----------------------------------------------------------------------------- */

static void setup(struct scene *t, const char *provisioners)
{
	static char more[1400];

	scene_expect_unanswered();
	provision_scene(t);
	snprintf(more, sizeof(more), "admins = [ \"U0CARA001\" ];\n%s", provisioners);
	t->more = more;
	t->policies =
		"  { name = \"responders\"; labels = { env = \"prod\"; }; grace = \"0\";\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; }\n";
	t->patience = "max_age = \"1s\"; timeout = \"8s\";";
	power_setup(t);
}

int sweep_setup(void **state)
{
	watch_setup_stopped(state);
	setup(*state, provision_config(*state, NULL, NULL));
	return 0;
}

int sweep_setup_program(void **state)
{
	watch_setup_stopped(state);
	book_open();
	setup(*state, book_config());
	return 0;
}

int sweep_teardown(void **state)
{
	int rc = watch_teardown(state);

	power_teardown();
	book_close();
	return rc;
}
