/* SPDX-License-Identifier: Apache-2.0 */
/* Access that was given is taken back, however the target behaves, and nobody is told that
 * it has ended before it has. Grants of one person at one target are one access. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"

static void grant(struct scene *t, const char *who, const char *text)
{
	scene_type(t, who, text);
	assert_true(provision_holds(t, who, true));
}

static void it_has_ended_when_the_target_confirmed_it(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DELAY, .delay_ms = 8000, .times = 1 });
	provision_pass(t, 30 * 60 * 1000);
	assert_true(provision_called(t, 2));
	assert_true(provision_state(t, "revoking", 1));
	assert_int_equal(scene_count(t, "Ended: "), 0);
	scene_advance(t, 8500);
	assert_has(scene_message(t, "Ended: prod-db")->text,
		   "The time is up. It was open for 30 min");
	assert_true(provision_state(t, "closed", 1));
	assert_false(world_holds(t->world, "ana", TARGET));
	assert_int_equal(scene_count(t, "Ending: "), 0);
}

static void an_end_that_takes_longer_is_said_once(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DELAY, .delay_ms = 60000, .times = 1 });
	provision_pass(t, 30 * 60 * 1000);
	assert_true(provision_called(t, 2));
	scene_advance(t, 11 * 1000);
	assert_has(scene_message(t, "Ending: prod-db")->text,
		   "okta has not confirmed it yet, so access may still be live");
	assert_int_equal(scene_count(t, "Ended: "), 0);
	scene_advance(t, 60 * 1000);
	assert_non_null(scene_message(t, "Ended: prod-db"));
	assert_int_equal(scene_count(t, "Ending: "), 1);
}

/* In steps of some seconds: much is tried, and nothing is waited for. */
static void hours_pass(struct scene *t, int64_t hours)
{
	for (int64_t i = 0; i < hours * 360; i++) {
		fake_clock_advance(&t->clock, 10 * 1000);
		loop_run_once(t->loop);
		if (i % 60 == 0) {
			scene_settle(t);
		}
	}
}

static void an_end_that_fails_for_six_hours_is_tried_until_it_works(void **state)
{
	struct scene *t = *state;

	t->slack = "ops_channel = \"C0OPS0001\";";
	scene_start(t, true);
	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	provision_fault(t, (struct world_fault){ .kind = WORLD_STATUS, .status = 500 });
	provision_pass(t, 30 * 60 * 1000);
	assert_true(provision_state(t, "revoking", 1));
	provision_until_said(t, "Ending: prod-db", 60 * 1000);
	struct world_message *m =
		provision_until_said(t, "could not be taken back", 3 * 60 * 1000);
	assert_has(m->text, "prod-db");
	assert_has(m->text, "okta: HTTP 500");
	assert_string_equal(m->channel, "C0OPS0001");

	struct approver_health h;
	approver_health(t->app.approver, &h);
	assert_int_equal(h.stuck, 1);
	assert_string_equal(h.stuck_resource, "prod-db");
	hours_pass(t, 6);
	assert_int_equal(scene_count(t, "Ended: "), 0);
	assert_int_equal(scene_count(t, "could not be taken back"), 1);
	assert_true(world_holds(t->world, "ana", TARGET));
	world_clear_faults(t->world);
	provision_until_said(t, "Ended: prod-db", 5 * 60 * 1000);
	assert_false(world_holds(t->world, "ana", TARGET));
	provision_until_said(t, "could be taken back", 60 * 1000);
	approver_health(t->app.approver, &h);
	assert_int_equal(h.stuck, 0);
}

static void no_refusal_ends_a_revoke(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	provision_fault(t,
			(struct world_fault){
				.kind = WORLD_BODY,
				.body = "{\"status\":{\"code\":5,\"message\":\"gone\"}}",
				.times = 3 });
	provision_pass(t, 30 * 60 * 1000);
	provision_until_said(t, "Ended: prod-db", 60 * 1000);
	assert_int_equal(world_count(t->world, CALL), 5);
	assert_false(world_holds(t->world, "ana", TARGET));
}

static void a_kill_while_it_is_taken_back_is_carried_on(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	provision_fault(t, (struct world_fault){ .kind = WORLD_MUTE, .times = 1 });
	provision_pass(t, 30 * 60 * 1000);
	assert_true(provision_called(t, 2));
	provision_restart(t);
	assert_non_null(scene_message(t, "Ended: prod-db"));
	assert_false(world_holds(t->world, "ana", TARGET));
	assert_int_equal(scene_count(t, "Ended: "), 1);
}

/* The target is told of the first and of the end of the last. */
static void two_grants_of_one_access_are_told_once(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	scene_type(t, "ana", "prod-db-ro 1h");
	assert_true(provision_state(t, "active", 2));
	assert_non_null(scene_message(t, "Granted: prod-db-ro"));
	assert_int_equal(world_count(t->world, CALL), 1);
	provision_pass(t, 31 * 60 * 1000);
	assert_non_null(scene_message(t, "Ended: prod-db "));
	assert_true(world_holds(t->world, "ana", TARGET));
	assert_int_equal(world_count(t->world, CALL), 1);
	provision_pass(t, 31 * 60 * 1000);
	assert_non_null(scene_message(t, "Ended: prod-db-ro"));
	assert_false(world_holds(t->world, "ana", TARGET));
	assert_int_equal(world_count(t->world, CALL), 2);
}

/* The second is asked for while the first is being given, which ends first. */
static void a_grant_behind_another_waits_for_it(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DELAY, .delay_ms = 20000, .times = 1 });
	scene_type(t, "ana", "prod-db 1m");
	assert_true(provision_called(t, 1));
	scene_type(t, "ana", "prod-db-ro 1h"); /* the same target */
	assert_true(provision_state(t, "granting", 2));
	scene_advance(t, 21 * 1000);
	assert_true(provision_state(t, "active", 2));
	assert_int_equal(world_count(t->world, CALL), 1);
	scene_advance(t, 60 * 1000);
	assert_true(provision_state(t, "closed", 1));
	assert_true(world_holds(t->world, "ana", TARGET));
	assert_int_equal(world_count(t->world, CALL), 1);
}

/* Its time is up before the target has said anything: it is undone, not left. */
static void a_grant_that_ends_while_it_is_given_is_taken_back(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DELAY, .delay_ms = 90000, .times = 1 });
	scene_type(t, "ana", "prod-db 1m");
	assert_true(provision_called(t, 1));
	scene_advance(t, 61 * 1000);
	assert_true(provision_state(t, "revoking", 1));
	assert_true(world_holds(t->world, "ana", TARGET));
	scene_advance(t, 35 * 1000);
	assert_true(provision_state(t, "closed", 1));
	assert_false(world_holds(t->world, "ana", TARGET));
	assert_int_equal(scene_count(t, "Granted: "), 0);
	assert_int_equal(scene_count(t, "Ended: prod-db"), 1);
}

/* Access that is asked for again while it is being taken back: back first, and then given. */
static void a_grant_behind_a_revoke_waits_for_it(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	provision_fault(t, (struct world_fault){
				   .kind = WORLD_STATUS, .status = 503, .times = 3 });
	provision_pass(t, 30 * 60 * 1000);
	assert_true(provision_state(t, "revoking", 1));
	scene_type(t, "ana", "prod-db 1h");
	assert_true(provision_state(t, "granting", 1));
	provision_until_said(t, "Ended: prod-db", 60 * 1000);
	assert_true(provision_holds(t, "ana", true));
	assert_true(provision_state(t, "active", 1));
	assert_has(world_last_call(t->world, CALL)->body, "access/grant");
}

static void a_provisioner_that_left_the_config_is_missed(void **state)
{
	struct scene *t = *state;

	grant(t, "ana", "prod-db 30m");
	assert_true(provision_state(t, "active", 1));
	t->resources = "{ name = \"prod-db\"; labels = { env = \"prod\"; }; }";
	t->more = NULL;
	scene_reload(t);
	provision_pass(t, 31 * 60 * 1000);
	scene_advance(t, 2 * 60 * 1000);
	assert_true(provision_state(t, "revoking", 1));
	assert_true(scene_logged(t, "it is not in the config any more"));
	t->more = provision_config(t, NULL, NULL);
	scene_reload(t);
	assert_non_null(scene_message(t, "Ended: prod-db"));
	assert_false(world_holds(t->world, "ana", TARGET));
}

static void a_reload_loses_no_call(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DELAY, .delay_ms = 20000, .times = 1 });
	scene_type(t, "ana", "prod-db 30m");
	assert_true(provision_called(t, 1));
	scene_reload(t);
	scene_settle(t);
	assert_int_equal(world_count(t->world, CALL), 1);
	scene_advance(t, 21 * 1000);
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(world_count(t->world, CALL), 1);
}

/* "Not before" is a time of the wall clock, and that is set by an hour. */
static void a_clock_that_is_set_does_not_hold_up_an_end(void **state)
{
	static const int64_t jumps[] = { -3600 * 1000, 3600 * 1000 };
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(jumps); i++) {
		grant(t, "ana", "prod-db 30m");
		assert_true(provision_state(t, "active", 1));
		provision_fault(
			t, (struct world_fault){ .kind = WORLD_STATUS, .status = 500 });
		provision_pass(t, 30 * 60 * 1000);
		provision_until_said(t, "Ending: prod-db", 60 * 1000);
		fake_clock_jump_wall(&t->clock, jumps[i]);
		world_clear_faults(t->world);
		provision_until_said(t, "Ended: prod-db", 2 * 60 * 1000);
		assert_false(world_holds(t->world, "ana", TARGET));
		scene_again(t);
		scene_incident(t, "ana");
		scene_start(t, true);
	}
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, provision_setup, watch_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(it_has_ended_when_the_target_confirmed_it),
		SCENE(an_end_that_takes_longer_is_said_once),
		cmocka_unit_test_setup_teardown(
			an_end_that_fails_for_six_hours_is_tried_until_it_works,
			provision_setup_stopped, watch_teardown),
		SCENE(no_refusal_ends_a_revoke),
		SCENE(a_kill_while_it_is_taken_back_is_carried_on),
		SCENE(two_grants_of_one_access_are_told_once),
		SCENE(a_grant_behind_another_waits_for_it),
		SCENE(a_grant_that_ends_while_it_is_given_is_taken_back),
		SCENE(a_grant_behind_a_revoke_waits_for_it),
		SCENE(a_provisioner_that_left_the_config_is_missed),
		SCENE(a_reload_loses_no_call),
		SCENE(a_clock_that_is_set_does_not_hold_up_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
