/* SPDX-License-Identifier: Apache-2.0 */
/* The process dies at any step of any story, and the next one carries on with what was on
 * disk. What counts is what the world sees: nobody has access without a grant that is alive,
 * everything is decided once and has its end. All is said once; but what Slack has taken
 * without our having recorded it once more, as nobody can know. */
#include <stdio.h>
#include <string.h>

#include "approver/effects.h"
#include "approver/orders.h"
#include "approver/service.h"
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
};

/* --- the tables ------------------------------------------------------------------------- */

/* Who asks for what, and how it ends: `ends` types `how`, the incident is over, or the time
 * is up. It crashes on the way to the decision, or (late) from there on. */
static const struct plot {
	const char *asks, *what;
	int64_t for_ms;
	bool late;
	const char *ends, *how;
	bool resolved;
	const char
		*cause; /* of the end, as the ledger has it; NULL: nothing is granted */
} plots[] = {
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
	bool fell;
	bool doubtful[ARRAY_LEN(outcomes)]; /* Slack had it, the ledger had not */
	struct world_incident *incident;
};

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
	if (world_held(t->world) > 0) {
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

/* To its end, or until it dies. */
static void tell(struct scene *t, struct telling *x)
{
	bool first = !x->fell;

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

/* The ledger that is left knows of all that the world has seen. */
static void look_at_the_disk(struct scene *t, struct telling *x)
{
	size_t decided = scene_count(t, "Granted: ") + scene_count(t, "Not granted: ");

	check_access(t);
	assert_in_range(decided, 0, 1);
	assert_in_range(
		decided, 0,
		scene_sql(t, "SELECT count(*) FROM request WHERE decided_ms > 0"));
	assert_in_range(scene_count(t, "Ended: "), 0,
			scene_sql(t, "SELECT count(*) FROM grants WHERE ended_ms > 0"));
	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		x->doubtful[i] = scene_count(t, outcomes[i].says) > 0 &&
				 unsaid(t, &outcomes[i]) > 0;
	}
}

static bool is_said(struct scene *t, const struct telling *x, size_t i, bool due)
{
	return scene_count(t, outcomes[i].says) == (size_t)due + (size_t)x->doubtful[i];
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
	assert_row(world_held(t->world) == 0, nth, name);
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

/* False: the story was over before the nth; the calls in it are counted. */
static bool survives(struct scene *t, const struct plot *p, struct crash *c)
{
	struct telling x = { .plot = p, .crash = *c };

	t->world->slack_knobs.redeliver = true;
	x.incident = scene_incident(t, "ana");
	tell(t, &x);
	crash_disarm(t, &x.crash);
	x.fell = power_is_gone();
	if (x.fell) {
		power_fall(t);
		look_at_the_disk(t, &x);
		tell(t, &x);
	} else if (!c->point->call) {
		*c = x.crash;
	}
	look_at_the_end(t, &x);
	scene_again(t);
	scene_expect_unanswered();
	return x.fell;
}

/* Whether it is sure to have one: messages go where they can. */
static bool has_step(const struct plot *p, const struct crash_point *c)
{
	bool has_target = is_granted(p) && strncmp(p->what, "prod-db", 7) == 0;

	return !c->call || (has_target && strcmp(c->call, CALL) == 0);
}

static void sweep(struct scene *t, const struct plot *p)
{
	struct crash c = { 0 };

	for (size_t i = 0; i < CRASH_POINTS; i++) {
		size_t max = crash_points[i].call ? c.calls[i] : STEPS_MAX;

		c.point = &crash_points[i];
		c.nth = 1;
		while (c.nth <= max && survives(t, p, &c)) {
			c.nth++;
		}
		assert_in_range(c.nth, 1 + has_step(p, c.point), STEPS_MAX);
	}
}

static void sweep_all(struct scene *t, size_t from, size_t to)
{
	for (size_t i = from; i <= to; i++) {
		sweep(t, &plots[i]);
	}
}

#define SWEEP(name, from, to) \
	static void name(void **state) \
	{ \
		sweep_all(*state, from, to); \
	}

SWEEP(a_grant_survives_any_crash, 0, 1)
SWEEP(a_denial_survives_any_crash, 2, 2)
SWEEP(an_expiry_survives_any_crash, 3, 4)
SWEEP(a_release_survives_any_crash, 5, 6)
SWEEP(a_revocation_survives_any_crash, 7, 8)
SWEEP(the_end_of_an_incident_survives_any_crash, 9, 10)

/* --- for main() ----------------------------------------------------------------------------- */

static int setup(void **state)
{
	static char more[1400];
	struct scene *t;

	watch_setup_stopped(state);
	scene_expect_unanswered();
	t = *state;
	provision_scene(t);
	snprintf(more, sizeof(more), "admins = [ \"U0CARA001\" ];\n%s",
		 provision_config(t, NULL, NULL));
	t->more = more;
	t->policies =
		"  { name = \"responders\"; labels = { env = \"prod\"; }; grace = \"0\";\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; }\n";
	t->patience = "max_age = \"1s\"; timeout = \"8s\";";
	power_setup(t);
	return 0;
}

static int teardown(void **state)
{
	int rc = watch_teardown(state);

	power_teardown();
	return rc;
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_survives_any_crash),
		SCENE(a_denial_survives_any_crash),
		SCENE(an_expiry_survives_any_crash),
		SCENE(a_release_survives_any_crash),
		SCENE(a_revocation_survives_any_crash),
		SCENE(the_end_of_an_incident_survives_any_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
