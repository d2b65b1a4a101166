/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger that fails at start, that says nothing at all, or that turns out to hold what
 * nobody knew: accessd goes on by itself when it works again. */
#include <sqlite3.h>
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
	SOON_MS = 300,        /* real: what needs no clock happens within */
	PATIENCE_MS = 8000,   /* real */
	AGAIN_MS = 5000,      /* fake: how long the service waits before it tries again */
	CHECK_MS = 10 * 1000, /* fake: how long anybody is waited for */
	EXPIRE_MS = 61 * 1000, /* the grants of these stories are for a minute */
};

/* --- at start ------------------------------------------------------------------------ */

static bool has_left_message(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t, "SELECT count(*) FROM effect WHERE tries > 0") == 1;
}

static bool has_left(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t,
			 "SELECT (SELECT count(*) FROM request WHERE decided_ms IS NULL)"
			 " * (SELECT count(*) FROM effect WHERE tries > 0)"
			 " * (SELECT count(*) FROM grants)") == 1;
}

/* A grant that will be overdue, a message that nobody took, a request without decision. */
static void leave_work(struct scene *t)
{
	const char *const deaf[] = { "response_url", "chat.*", "conversations.open" };

	store_fault_reset();
	scene_start(t, true);
	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 1m"), "Granted");
	for (size_t i = 0; i < ARRAY_LEN(deaf); i++) {
		struct world_fault fault = { .kind = WORLD_STATUS, .status = 500 };

		snprintf(fault.call, sizeof(fault.call), "%s", deaf[i]);
		world_fault(t->world, &fault);
	}
	scene_type(t, "bob", "prod-db 1m");
	assert_true(scene_until(t, has_left_message, NULL, PATIENCE_MS));
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_MUTE });
	scene_type(t, "ana", "prod-shell 1m");
	assert_true(scene_until(t, has_left, NULL, PATIENCE_MS));
	scene_stop(t);
	scene_log_clear();
	world_clear_faults(t->world);
	fake_clock_advance(&t->clock, EXPIRE_MS);
}

static bool all_done(struct scene *t, void *data)
{
	(void)data;
	return !*scene_why(t) && scene_count(t, "Granted: prod-shell") == 1 &&
	       scene_count(t, "Not granted: prod-db") == 1 &&
	       scene_count(t, "Ended: prod-db") == 1 &&
	       scene_sql(t,
			 "SELECT (SELECT count(*) FROM request WHERE decided_ms IS NULL)"
			 " + (SELECT count(*) FROM effect WHERE state = 'pending')") == 0;
}

static void carry_on(struct scene *t, size_t i, const char *name)
{
	bool over = scene_until(t, all_done, NULL, SOON_MS);

	for (int n = 0; n < 8 && !over; n++) {
		fake_clock_advance(&t->clock, AGAIN_MS + 1);
		over = scene_until(t, all_done, NULL, SOON_MS);
	}
	assert_over(over, i, name);
	assert_row(scene_count(t, "Granted: prod-db") == 1, i, name);
}

static void what_fails_at_start_is_made_up_for_without_a_restart(void **state)
{
	static const struct {
		enum store_op_kind kind;
		const char *name;
	} rows[] = {
		{ STORE_REQUESTS_OPEN, "looking for requests" },
		{ STORE_GRANTS_DUE, "looking for ends" },
		{ STORE_EFFECTS_DUE, "looking for messages" },
		{ STORE_REQUEST_MOVE, "deciding" },
		{ STORE_GRANT_MOVE, "ending" },
		{ STORE_EFFECT_MOVE, "noting what was sent" },
		{ STORE_PROBE, "probing" },
	};
	struct scene *t = *state;
	struct fail f = { 0 };

	fail_set(&f, FAIL_LEDGER, "the ledger cannot be read: tested so");
	for (size_t i = 0; i < 2 * ARRAY_LEN(rows); i++) {
		leave_work(t);
		store_fault_reset();
		store_fault_at_op(rows[i / 2].kind, 1, i % 2, &f);
		scene_start(t, true);
		if (i % 2 == 0) {
			scene_settle(t);
			fake_clock_advance(&t->clock, AGAIN_MS + 1);
			scene_settle(t);
			store_fault_heal();
		}
		carry_on(t, i, rows[i / 2].name);
		scene_again(t);
	}
}

/* --- no answer at all ------------------------------------------------------------------ */

static bool is_never(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return false;
}

static bool is_held(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return store_fault_held(0);
}

static void a_ledger_that_hangs_is_said_and_makes_readiness_fail(void **state)
{
	struct scene *t = *state;

	scene_start(t, true);
	scene_incident(t, "ana");
	fake_clock_advance(&t->clock, 1100);
	assert_string_equal(scene_why(t), "");
	scene_settle(t);
	store_fault_hold(STORE_FAULT_COMMIT);
	struct world_envelope *e = world_command(t->world, "ana", "inc-room", "prod-db");
	assert_true(scene_until(t, is_held, NULL, PATIENCE_MS));
	fake_clock_advance(&t->clock, 1450);
	assert_true(scene_acked(t, e));
	assert_has(scene_ack_text(e), "The ledger is slow");
	for (int i = 0; i < 16; i++) {
		fake_clock_advance(&t->clock, 500);
		scene_until(t, is_never, NULL, 5);
	}
	assert_has(scene_why(t), "ledger: the ledger has not answered for 3 s");
	assert_int_equal(scene_grants(t), 0);
	store_fault_release();
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_string_equal(scene_why(t), "");
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "Granted: prod-db"), 1);
}

/* --- a commit that lands late -------------------------------------------------------------- */

static void run_sql(struct scene *t, const char *sql)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(t->ledger, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, 2000);
	if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK) {
		fail_msg("%s", why);
	}
	sqlite3_close(db);
}

static bool has_two(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t, "SELECT count(*) FROM request") == 2 &&
	       world_count(t->world, "users.info") == 2;
}

/* As when the line to a database breaks: the decision arrives there by itself, and its
 * message is overtaken by a newer one. */
static void what_turns_out_to_be_decided_is_said(void **state)
{
	static const char decide[] =
		"BEGIN IMMEDIATE;"
		"INSERT INTO effect (request_id, kind, lane, queue, state, payload, due_ms,"
		" tries) SELECT max(r.id), kind, max(r.id), '', 'pending',"
		" replace(replace(payload, e.request_id, max(r.id)), 'U0BOB0001',"
		" (SELECT user FROM request WHERE decided_ms IS NULL)), due_ms, 0"
		" FROM effect e, request r WHERE e.id = 1;"
		"UPDATE request SET state = 'denied', decided_ms = asked_ms"
		" WHERE decided_ms IS NULL;"
		"COMMIT";
	struct scene *t = *state;

	scene_start(t, true);
	scene_incident(t, "ana");
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	world_fault(t->world, &(struct world_fault){ .call = "users.info",
						     .kind = WORLD_MUTE,
						     .times = 1 });
	scene_type(t, "cara", "prod-db 1h");
	assert_true(scene_until(t, has_two, NULL, PATIENCE_MS));
	run_sql(t, decide);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	assert_int_equal(scene_count(t, "Not granted"), 1);

	fake_clock_advance(&t->clock, CHECK_MS); /* now cara's is decided: too late */
	assert_true(scene_logged(t, "request.already_moved"));
	assert_int_equal(scene_count_settled(t, "Not granted", 2), 2);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM effect WHERE state = "
				      "'pending'"),
			 0);
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
		SCENE(what_fails_at_start_is_made_up_for_without_a_restart),
		SCENE(a_ledger_that_hangs_is_said_and_makes_readiness_fail),
		SCENE(what_turns_out_to_be_decided_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
