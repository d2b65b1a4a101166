/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody sets the wall clock by an hour, forwards or backwards, while something is under
 * way. Grants end by the wall clock; what is waited for is measured by the other one. */
#include <stdio.h>
#include <string.h>

#include "approver/effects.h"
#include "tests/lib/scene_fault.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000, MIN = 60 * S, HOUR = 60 * MIN, PATIENCE_MS = 8000 };

static const struct jump {
	const char *name;
	int64_t ms;
} jumps[] = { { "forwards", HOUR }, { "backwards", -HOUR } };

static void start(struct scene *t)
{
	store_fault_reset();
	scene_start(t, true);
	scene_incident(t, "ana")->created_ms -=
		2 * HOUR; /* after each jump in the past */
}

/* --- a grant lives ------------------------------------------------------------------------ */

static void assert_open(struct scene *t, size_t i, const char *name)
{
	assert_row(scene_count(t, "Ended: prod-db") == 0, i, name);
	assert_row(scene_grants(t) == 1, i, name);
}

static void assert_ended(struct scene *t, size_t i, const char *name)
{
	assert_row(scene_message(t, "Ended: prod-db") != NULL, i, name);
	scene_advance(t, 2 * MIN);
	assert_row(scene_count(t, "Ended: prod-db") == 1, i, name);
	assert_row(scene_grants(t) == 0, i, name);
	/* By the wall clock, and hardly later. */
	assert_row(scene_sql(t, "SELECT ended_ms - expires_ms BETWEEN 0 AND 31000 FROM "
				"grants") == 1,
		   i, name);
}

static void a_grant_ends_by_the_wall_clock_once(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		const char *name = jumps[i].name;
		int64_t left = 2 * HOUR - 10 * MIN - jumps[i].ms;

		start(t);
		assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted");
		scene_advance(t, 10 * MIN);
		fake_clock_jump_wall(&t->clock, jumps[i].ms);
		scene_advance(t, left - MIN);
		assert_open(t, i, name);
		scene_advance(t, MIN + S);
		assert_ended(t, i, name);
		scene_again(t);
	}
}

/* The jump passes the end: it is noticed within half a minute, not when the timer that was
 * set before would have run out. */
static void an_end_that_is_jumped_over_is_noticed(void **state)
{
	struct scene *t = *state;

	start(t);
	assert_has(scene_ask(t, "ana", "prod-db 30m"), "Granted");
	scene_advance(t, MIN);
	fake_clock_jump_wall(&t->clock, HOUR);
	scene_advance(t, 31 * S);
	assert_non_null(scene_message(t, "Ended: prod-db"));
	/* And back: what has ended stays so. */
	fake_clock_jump_wall(&t->clock, -HOUR);
	scene_advance(t, 40 * MIN);
	assert_int_equal(scene_count(t, "Ended: prod-db"), 1);
	assert_int_equal(scene_grants(t), 0);
}

static void a_jump_between_two_processes_changes_no_end(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		start(t);
		assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted");
		scene_stop(t);
		fake_clock_jump_wall(&t->clock, jumps[i].ms);
		scene_start(t, true);
		scene_advance(t, 2 * HOUR - jumps[i].ms - MIN);
		assert_open(t, i, jumps[i].name);
		scene_advance(t, MIN + S);
		assert_ended(t, i, jumps[i].name);
		scene_again(t);
	}
}

/* --- a request is being decided ------------------------------------------------------------- */

static bool has_asked_provider(struct scene *t, void *data)
{
	return world_count(t->world, "GET /v2/incidents") > *(size_t *)data;
}

/* It is as old as the time that has passed, whatever the clock says. */
static void a_jump_while_it_is_checked_leaves_a_request_fresh(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		start(t);
		size_t asked = world_count(t->world, "GET /v2/incidents");

		scene_advance(t, 2 * S); /* what is known is old */
		world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
							     .kind = WORLD_DELAY,
							     .delay_ms = 500 });
		scene_type(t, "ana", "prod-db 2h");
		assert_true(scene_until(t, has_asked_provider, &asked, PATIENCE_MS));
		fake_clock_jump_wall(&t->clock, jumps[i].ms);
		fake_clock_advance(&t->clock, 600);
		assert_row(scene_message(t, "Granted: prod-db") != NULL, i,
			   jumps[i].name);
		assert_row(scene_sql(t, "SELECT expires_ms - starts_ms FROM grants") ==
				   2 * HOUR,
			   i, jumps[i].name);
		scene_advance(t, 2 * HOUR - MIN);
		assert_open(t, i, jumps[i].name);
		scene_advance(t, MIN + S);
		assert_ended(t, i, jumps[i].name);
		scene_again(t);
	}
}

/* --- a message waits ------------------------------------------------------------------------- */

static void deafen(struct scene *t)
{
	const char *const deaf[] = { "response_url", "chat.*", "conversations.open" };

	for (size_t i = 0; i < ARRAY_LEN(deaf); i++) {
		struct world_fault fault = { .kind = WORLD_STATUS, .status = 500 };

		snprintf(fault.call, sizeof(fault.call), "%s", deaf[i]);
		world_fault(t->world, &fault);
	}
}

/* And has heard that this is recorded: when to try again is reckoned from then. */
static bool has_tried(struct scene *t, void *data)
{
	(void)data;
	return effects_sending(t->app.approver->effects) == 0 &&
	       scene_sql(t, "SELECT count(*) FROM effect WHERE tries > 0") == 1;
}

static bool is_held(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return store_fault_held(0);
}

static void leave_a_message(struct scene *t)
{
	start(t);
	deafen(t);
	scene_type(t, "bob", "prod-db 1h");
	assert_true(scene_until(t, has_tried, NULL, PATIENCE_MS));
}

/* The ledger takes real time, so that a timer may be set when the time has passed already;
 * but this is still much less than the jump. */
static bool is_said_within(struct scene *t, int64_t ms)
{
	int rounds = ms < MIN ? 20 : 4;

	for (int i = 0; i < rounds && scene_count(t, "Not granted: prod-db") == 0; i++) {
		scene_settle(t);
		scene_advance(t, ms);
	}
	return scene_count(t, "Not granted: prod-db") == 1;
}

static void a_jump_does_not_hold_up_what_waits_to_be_said(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		leave_a_message(t);
		fake_clock_jump_wall(&t->clock, jumps[i].ms);
		world_clear_faults(t->world);
		assert_row(is_said_within(t, 3 * S), i, jumps[i].name);
		scene_again(t);
	}
}

/* While the ledger notes when to try again. */
static void a_jump_while_a_retry_is_noted_does_not_either(void **state)
{
	struct scene *t = *state;

	leave_a_message(t);
	store_fault_hold(STORE_FAULT_COMMIT);
	fake_clock_advance(&t->clock, S); /* the second try fails as well */
	assert_true(scene_until(t, is_held, NULL, PATIENCE_MS));
	fake_clock_jump_wall(&t->clock, -HOUR);
	store_fault_release();
	world_clear_faults(t->world);
	assert_true(is_said_within(t, 5 * MIN + S));
}

static void a_jump_between_two_processes_does_not_either(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		leave_a_message(t);
		scene_stop(t);
		fake_clock_jump_wall(&t->clock, jumps[i].ms);
		world_clear_faults(t->world);
		scene_start(t, true);
		assert_row(is_said_within(t, 5 * MIN + S), i, jumps[i].name);
		scene_again(t);
	}
}

/* --- names of requests, and of deliveries ------------------------------------------------------ */

static void ids_keep_their_order(void **state)
{
	struct scene *t = *state;

	start(t);
	for (int i = 0; i < 6; i++) {
		assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
		scene_let_go(t);
		fake_clock_jump_wall(&t->clock, i % 2 ? HOUR : -HOUR);
	}
	assert_int_equal(scene_sql(t,
				   "SELECT count(*) FROM audit a JOIN audit b "
				   "ON a.seq < b.seq WHERE a.subject_id > b.subject_id "
				   "AND a.subject = 'request' AND b.subject = 'request'"),
			 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 6);
}

static void redeliver(struct scene *t, struct world_envelope *e)
{
	assert_true(scene_acked(t, world_resend(t->world, e, false)));
	assert_true(
		scene_acked(t, world_resend(t->world, e, true))); /* the same trigger */
	scene_settle(t);
}

static void a_second_delivery_within_the_hour_is_one_whatever_the_clock(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		start(t);
		struct world_envelope *e = scene_type(t, "ana", "prod-db 3h");

		assert_non_null(scene_message(t, "Granted: prod-db"));
		scene_advance(t, 10 * MIN);
		redeliver(t, e);
		fake_clock_jump_wall(&t->clock, jumps[i].ms);
		scene_advance(t, 49 * MIN);
		redeliver(t, e);
		assert_row(scene_sql(t, "SELECT count(*) FROM request") == 1, i,
			   jumps[i].name);
		assert_row(scene_count(t, "Granted: prod-db") == 1, i, jumps[i].name);
		scene_again(t);
	}
}

static bool knows_none(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM request_key") == 0;
}

static void what_was_delivered_three_hours_ago_is_forgotten(void **state)
{
	struct scene *t = *state;

	start(t);
	scene_type(t, "ana", "prod-db 1h");
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request_key"), 2);
	scene_advance(t, 3 * HOUR - MIN);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request_key"), 2);
	scene_advance(t, MIN + S);
	for (int i = 0; i < 10 && !knows_none(t); i++) {
		scene_advance(t, 6 * S); /* the ledger takes real time for each probe */
	}
	assert_true(knows_none(t));
}

/* --- for main() ---------------------------------------------------------------------------------- */

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
		SCENE(a_grant_ends_by_the_wall_clock_once),
		SCENE(an_end_that_is_jumped_over_is_noticed),
		SCENE(a_jump_between_two_processes_changes_no_end),
		SCENE(a_jump_while_it_is_checked_leaves_a_request_fresh),
		SCENE(a_jump_does_not_hold_up_what_waits_to_be_said),
		SCENE(a_jump_while_a_retry_is_noted_does_not_either),
		SCENE(a_jump_between_two_processes_does_not_either),
		SCENE(ids_keep_their_order),
		SCENE(a_second_delivery_within_the_hour_is_one_whatever_the_clock),
		SCENE(what_was_delivered_three_hours_ago_is_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
