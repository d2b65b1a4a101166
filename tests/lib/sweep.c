/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/sweep.h"

#include <stdio.h>
#include <string.h>

#include "shared/loop.h"
#include "tests/lib/book.h"
#include "tests/lib/crash_point.h"
#include "tests/lib/power.h"
#include "tests/lib/scene_provision.h"
#include "tests/lib/telling.h"
#include "tests/lib/test.h"

enum {
	STEPS_MAX = 60, /* more than any story takes */
	LAST_WORDS_TURNS = 16,
};

/* --- the tables ------------------------------------------------------------------------- */

#define MIN ((int64_t)60 * 1000)
#define H   (60 * MIN)

/* clang-format off */
const struct plot sweep_plots[SWEEP_PLOTS] = {
	{ "ana", "plain 1m", MIN, TO_DECISION, .cause = "expired" },
	{ "ana", "prod-db 1m", MIN, TO_DECISION, .cause = "expired" },
	{ "cara", "prod-db 1m", 0, TO_DECISION, .cause = NULL },
	{ "ana", "plain 1m", 2 * MIN, TO_EXTENSION, .extends = "extend plain 1m",
	  .cause = "expired" },
	{ "ana", "prod-db 1m", 2 * MIN, TO_EXTENSION, .extends = "extend prod-db 1m",
	  .cause = "expired", .actions = "\"extend\"" },
	{ "ana", "plain 1m", MIN, TO_END, .cause = "expired" },
	{ "ana", "prod-db 1m", MIN, TO_END, .cause = "expired" },
	{ "ana", "plain 2h", 2 * H, TO_END, .ends = "ana", .how = "release plain",
	  .cause = "released" },
	{ "ana", "prod-db 2h", 2 * H, TO_END, .ends = "ana", .how = "release prod-db",
	  .cause = "released" },
	{ "ana", "plain 2h", 2 * H, TO_END, .ends = "cara", .how = "revoke plain left",
	  .cause = "revoked" },
	{ "ana", "prod-db 2h", 2 * H, TO_END, .ends = "cara", .how = "revoke prod-db left",
	  .cause = "revoked" },
	{ "ana", "plain 2h", 2 * H, TO_END, .resolved = true, .cause = "incident" },
	{ "ana", "prod-db 2h", 2 * H, TO_END, .resolved = true, .cause = "incident" },
	{ "ana", "prod-db 2h", 2 * H, TO_FINDING, .ends = "ana", .how = "release prod-db",
	  .cause = "released", .put_back = true, .actions = "\"list\"" },
};
/* clang-format on */

/* What people are told of an outcome, and the message's kind in the ledger. */
static const struct outcome {
	const char *says, *kind;
} outcomes[TELLING_OUTCOMES] = {
	{ "Granted: ", "granted" },   { "Not granted: ", "denied" },
	{ "Extended: ", "extended" }, { "Not extended: ", "shortened" },
	{ "Ended: ", "ended" },
};

static bool is_granted(const struct plot *p)
{
	return p->cause != NULL;
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

#define EXTENDED \
	"SELECT count(*) FROM audit WHERE subject = 'grant' AND data LIKE '%\"extended\"%'"

/* The ledger that is left knows of all that the world has seen. What it does not know to be
 * said is going to be said once more. */
static void look_at_the_disk(struct scene *t, struct telling *x)
{
	size_t granted = scene_count(t, "Granted: ");
	size_t denied = scene_count(t, "Not granted: ");

	telling_check_access(t, x);
	assert_true(granted == 0 || denied == 0);
	assert_in_range(
		granted + denied > 0, 0,
		scene_sql(t, "SELECT count(*) FROM request WHERE decided_ms > 0"));
	assert_in_range(scene_count(t, "Ended: ") > 0, 0,
			scene_sql(t, "SELECT count(*) FROM grants WHERE ended_ms > 0"));
	assert_in_range(scene_count(t, "Extended: ") > 0, 0, scene_sql(t, EXTENDED));
	assert_in_range(telling_held_until_ms(t), 0,
			scene_sql(t, "SELECT coalesce(max(expires_ms), 0) FROM grants"));
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
		 " AND ended_ms %s AND expires_ms = starts_ms + %lld",
		 p->cause, strcmp(p->cause, "expired") == 0 ? ">= expires_ms" : "> 0",
		 (long long)p->for_ms);
	return scene_sql(t, sql) == 1;
}

/* That it was found is recorded before it is taken back; and again, if it was still there
 * when the next life looked. */
static bool is_found(struct scene *t, const struct telling *x)
{
	int64_t n = scene_sql(t, "SELECT count(*) FROM audit WHERE subject = 'grant' AND"
				 " data LIKE '%\"found\"%'");

	return x->plot->put_back ? n >= 1 && n <= 1 + x->falls : n == 0;
}

static void look_at_the_end(struct scene *t, const struct telling *x)
{
	const struct plot *p = x->plot;
	bool granted = is_granted(p);
	unsigned nth = x->crash.nth;
	char name[160];

	snprintf(name, sizeof(name), "%s %s: dead %s", p->cause ? p->cause : "denied",
		 p->what, x->crash.point->name);
	assert_row(telling_held(t) == 0, nth, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM request WHERE source = 'slack'") ==
			   1,
		   nth, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM grants") == granted, nth, name);
	assert_row(!granted || has_its_end(t, p), nth, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM audit WHERE subject = 'grant' AND"
				" to_state = 'closed' AND from_state <> 'closed'") ==
			   granted,
		   nth, name);
	assert_row(is_found(t, x), nth, name);
	assert_row(is_said(t, x, 0, granted), nth, name);
	assert_row(is_said(t, x, 1, !granted), nth, name);
	assert_row(is_said(t, x, 2, p->extends), nth, name);
	assert_row(is_said(t, x, 3, false), nth, name);
	assert_row(is_said(t, x, 4, granted), nth, name);
	assert_row(scene_sql(t, EXTENDED) == (p->extends != NULL), nth, name);
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

/* The target knows what the story is about, and no more. */
static void config_target(struct scene *t, const struct plot *p)
{
	static char more[1400];
	char keys[64];

	snprintf(keys, sizeof(keys), "actions = [ %s ];", p->actions ? p->actions : "");
	snprintf(more, sizeof(more), "admins = [ \"U0CARA001\" ];\n%s",
		 book_is_open() ? book_config(keys) : provision_config(t, NULL, keys));
	t->more = more;
}

static unsigned fell_again; /* in this sweep */

/* False: the story was over before the nth; the calls in it are counted. again: how it dies
 * once more while it recovers, or NULL. */
static bool survives(struct scene *t, const struct plot *p, struct crash *c,
		     const struct crash *again)
{
	struct telling x = { .plot = p, .crash = *c };

	config_target(t, p);
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

static void setup(struct scene *t)
{
	scene_expect_unanswered();
	provision_scene(t);
	t->policies =
		"  { name = \"responders\"; labels = { env = \"prod\"; }; grace = \"0\";\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; }\n";
	power_setup(t);
}

int sweep_setup(void **state)
{
	watch_setup_stopped(state);
	setup(*state);
	return 0;
}

int sweep_setup_program(void **state)
{
	watch_setup_stopped(state);
	book_open();
	setup(*state);
	return 0;
}

int sweep_teardown(void **state)
{
	int rc = watch_teardown(state);

	power_teardown();
	book_close();
	return rc;
}
