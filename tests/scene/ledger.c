/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger that fails at any commit of a story, in any way, once or for a while: nothing
 * is said that is not recorded, the person is told, /readyz fails, and when the ledger
 * works again the story goes on to its end without a restart, once. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_fault.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

/* A wait that fails says what accessd said. */
#define assert_over(over, i, name) \
	do { \
		if (!(over)) { \
			fprintf(stderr, "%s", scene_log()); \
			fail_msg("row %zu, '%s': not over", (size_t)(i), name); \
		} \
	} while (0)

enum {
	SOON_MS = 300,      /* real: what needs no clock happens within */
	BLINK_MS = 20,      /* real: nearly always */
	PATIENCE_MS = 8000, /* real */
	AGAIN_MS = 5000,    /* fake: how long the service waits before it tries again */
	COMMITS_MAX = 40,   /* more than any story takes */
	EXPIRE_MS = 61 * 1000, /* the grants of these stories are for a minute */
};

/* --- ways to fail, and stories ---------------------------------------------------- */

static const struct trouble {
	const char *name;
	enum fail_kind kind;
	bool happened;  /* the commit that fails is on disk all the same */
	unsigned times; /* 0: until it is healed */
} troubles[] = {
	{ "cannot be written, once", FAIL_LEDGER, false, 1 },
	{ "cannot be written", FAIL_LEDGER, false, 0 },
	{ "is busy, once", FAIL_BUSY, false, 1 },
	{ "is busy", FAIL_BUSY, false, 0 },
	{ "is uncertain of what it undid, once", FAIL_UNCERTAIN, false, 1 },
	{ "is uncertain of what it undid", FAIL_UNCERTAIN, false, 0 },
	{ "is uncertain of what it did, once", FAIL_UNCERTAIN, true, 1 },
	{ "is uncertain of what it did", FAIL_UNCERTAIN, true, 0 },
};

static const struct plot {
	const char *name;
	const char *who;
	const char *says; /* how it ends */
	bool expires;     /* it begins when the grant is there */
} plots[] = {
	{ "grant", "ana", "Granted: prod-db", false },
	{ "deny", "bob", "Not granted: prod-db", false },
	{ "expire", "ana", "Ended: prod-db", true },
};

/* One telling. */
struct telling {
	const struct plot *plot;
	const struct trouble *trouble;
	unsigned nth;
	char name[128];
	struct world_envelope *e;
};

static void trouble_begins(const struct telling *x)
{
	struct fail f = { 0 };

	fail_set(&f, x->trouble->kind, "the ledger cannot be written: tested so");
	store_fault_happen(x->trouble->happened);
	store_fault_at(STORE_FAULT_COMMIT, x->nth, x->trouble->times, &f);
}

/* --- looking ------------------------------------------------------------------------ */

static bool is_over(struct scene *t, void *data)
{
	const struct telling *x = data;

	return scene_count(t, x->plot->says) > 0 && !*scene_why(t) &&
	       scene_sql(t,
			 "SELECT (SELECT count(*) FROM request WHERE decided_ms IS NULL)"
			 " + (SELECT count(*) FROM effect WHERE state = 'pending')") == 0;
}

static bool is_never(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return false;
}

/* The audit is signed at start: that is a commit as well, and nobody has to know. */
static bool has_struck(void)
{
	return strstr(scene_log(), "ledger.failed") ||
	       strstr(scene_log(), "audit.unsigned");
}

static bool is_struck(struct scene *t, void *data)
{
	return has_struck() || is_over(t, data);
}

static bool was_refused(const struct telling *x)
{
	return x->e && x->e->acks > 0 &&
	       strstr(scene_ack_text(x->e), "could not be recorded");
}

/* Acked, and they can see something. */
static bool is_told(struct scene *t, void *data)
{
	const struct telling *x = data;

	return x->plot->expires ||
	       (x->e->acks > 0 && (was_refused(x) || x->e->first_word_us > 0 ||
				   scene_count(t, x->plot->says) > 0));
}

/* Nothing is said before it is recorded, nothing twice. */
static void check_said(struct scene *t, const struct telling *x)
{
	int64_t decided = scene_sql(t, "SELECT count(*) FROM request WHERE state = "
				       "'granted' OR state = 'denied'");
	int64_t ended = scene_sql(t, "SELECT count(*) FROM grants WHERE ended_ms > 0");
	size_t said = scene_count(t, "Granted: prod-db") +
		      scene_count(t, "Not granted: prod-db");

	assert_row((int64_t)said <= decided && said <= 1, x->nth, x->name);
	assert_row((int64_t)scene_count(t, "Ended: prod-db") <= ended, x->nth, x->name);
	assert_row(scene_count(t, "Nothing is granted yet") <= 1, x->nth, x->name);
}

/* --- telling ------------------------------------------------------------------------- */

static void begin(struct scene *t, struct telling *x)
{
	store_fault_reset();
	scene_start(t, true);
	scene_incident(t, "ana");
	if (x->plot->expires) {
		const struct plot granted = { .says = "Granted: prod-db" };
		struct telling before = { .plot = &granted };

		assert_has(scene_ask(t, x->plot->who, "prod-db 1m"), "Granted");
		assert_true(scene_until(t, is_over, &before, PATIENCE_MS));
	}
	fake_clock_advance(&t->clock, 1100); /* what was read at start is old */
	trouble_begins(x);
	if (x->plot->expires) {
		fake_clock_advance(&t->clock, EXPIRE_MS);
	} else {
		x->e = world_command(t->world, x->plot->who, "inc-room", "prod-db 1m");
	}
}

/* Whoever was told that nothing was recorded types it again. */
static void go_on(struct scene *t, struct telling *x)
{
	bool again = was_refused(x);

	if (again) {
		assert_row(scene_sql(t, "SELECT count(*) FROM request") == 0, x->nth,
			   x->name);
		x->e = scene_type(t, x->plot->who, "prod-db 1m");
	}
	/* When it was recorded, nothing is on its way that a jump could take for late. */
	bool over = scene_until(t, is_over, x, again ? SOON_MS : 0);
	for (int i = 0; i < 8 && !over; i++) {
		fake_clock_advance(&t->clock, AGAIN_MS + 1);
		over = scene_until(t, is_over, x, SOON_MS);
	}
	assert_over(over, x->nth, x->name);
}

/* Until the ledger is healed, they know and /readyz knows. */
static void suffer(struct scene *t, struct telling *x)
{
	for (int i = 0; i < 8; i++) {
		if (scene_until(t, is_told, x, i < 4 ? BLINK_MS : SOON_MS)) {
			break;
		}
		fake_clock_advance(&t->clock, 500);
	}
	assert_over(is_told(t, x), x->nth, x->name);
	if (x->trouble->times == 0) {
		assert_row(strstr(scene_why(t), "ledger: "), x->nth, x->name);
		assert_row(strstr(scene_why(t), "tested so"), x->nth, x->name);
		/* It is tried again, in vain, and not said again. */
		fake_clock_advance(&t->clock, AGAIN_MS + 1);
		scene_settle(t);
	}
	check_said(t, x);
	store_fault_heal();
}

/* False: the story was over before the nth commit. */
static bool tell(struct scene *t, struct telling *x)
{
	bool granted = strcmp(x->plot->name, "deny") != 0;
	bool struck;

	begin(t, x);
	assert_row(scene_until(t, is_struck, x, PATIENCE_MS), x->nth, x->name);
	struck = has_struck();
	if (struck) {
		suffer(t, x);
	}
	store_fault_heal();
	go_on(t, x);
	scene_until(t, is_never, NULL, BLINK_MS); /* for what is one too many */
	check_said(t, x);
	assert_row(scene_count(t, x->plot->says) == 1, x->nth, x->name);
	assert_row(scene_sql(t, "SELECT count(*) FROM request") == 1, x->nth, x->name);
	assert_row(scene_sql(t, "SELECT count(*) FROM grants") == granted, x->nth,
		   x->name);
	assert_row(scene_grants(t) == (granted && !x->plot->expires), x->nth, x->name);
	return struck;
}

static void tell_all(struct scene *t, const struct plot *plot)
{
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		struct telling x = { .plot = plot, .trouble = &troubles[i] };
		bool more = true;

		snprintf(x.name, sizeof(x.name), "%s: the ledger %s at this commit",
			 plot->name, troubles[i].name);
		while (more) {
			x.nth++;
			x.e = NULL;
			assert_true(x.nth < COMMITS_MAX);
			more = tell(t, &x);
			scene_again(t);
		}
		assert_true(x.nth > 2);
	}
}

static void a_grant_survives_a_failure_of_any_commit(void **state)
{
	tell_all(*state, &plots[0]);
}

static void a_denial_survives_a_failure_of_any_commit(void **state)
{
	tell_all(*state, &plots[1]);
}

static void an_end_survives_a_failure_of_any_commit(void **state)
{
	tell_all(*state, &plots[2]);
}

/* --- for main() ----------------------------------------------------------------------- */

static int setup(void **state)
{
	watch_setup_stopped(state);
	scene_fault_ledger(*state);
	return 0;
}

static int teardown(void **state)
{
	return scene_fault_teardown(state, watch_teardown);
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_survives_a_failure_of_any_commit),
		SCENE(a_denial_survives_a_failure_of_any_commit),
		SCENE(an_end_survives_a_failure_of_any_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
