/* SPDX-License-Identifier: Apache-2.0 */
/* A decision becomes access at a target, or does not: what the target does wrong on the way,
 * and what the person hears of it. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"
#include "tests/world/web.h"

static void a_grant_is_said_to_be_there_when_the_target_confirmed_it(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_DELAY, .delay_ms = 5000 });
	scene_type(t, "ana", "prod-db 2h replica lag");
	assert_has(scene_message(t, "Granting: prod-db")->text, "Waiting for okta");
	assert_true(provision_called(t, 1));
	scene_settle(t);
	assert_int_equal(scene_count(t, "Granted: prod-db"), 0);
	assert_true(provision_state(t, "granting", 1));
	fake_clock_advance(&t->clock, 5000);
	assert_has(scene_message(t, "Granted: prod-db")->text, "Incident Lead of INC-");
	assert_true(provision_holds(t, "ana", true));
	assert_true(provision_state(t, "active", 1));
	assert_string_equal(t->world->strange, "");
	assert_int_equal(scene_count(t, "Granting: prod-db"), 1);
}

static void the_body_tells_the_whole_story_and_no_more_than_one_change(void **state)
{
	struct scene *t = *state;

	scene_type(t, "ana", "prod-db 90m replica lag");
	assert_true(provision_state(t, "active", 1));
	const char *body = world_last_call(t->world, CALL)->body;
	assert_has(body, "{\"events\":[{\"event\":\"access/request\"");
	assert_has(body, "\"reason\":\"replica lag\"");
	assert_has(body, "{\"event\":\"access/approve\"");
	assert_has(body, "{\"event\":\"access/grant\"");
	assert_has(body, "\"indent.com/time/duration\":\"1h30m0s\"");
	assert_has(body,
		   "{\"id\":\"00g1\",\"kind\":\"okta.v1.Group\","
		   "\"displayName\":\"prod-db-admin\",\"labels\":{\"oktaId\":\"00g1\"}}");
	provision_pass(t, 91 * 60 * 1000);
	assert_true(provision_state(t, "closed", 1));
	body = world_last_call(t->world, CALL)->body;
	assert_has(body, "{\"events\":[{\"event\":\"access/revoke\"");
	assert_null(strstr(body, "access/grant"));
	assert_has(body, "\"reason\":\"The time is up\"");
	assert_string_equal(t->world->strange, "");
}

static void what_is_refused_for_good_is_said_and_leaves_nothing(void **state)
{
	struct scene *t = *state;

	provision_fault(
		t, (struct world_fault){ .kind = WORLD_BODY,
					 .status = 500,
					 .body = "{\"status\":{\"code\":5,\"message\":"
						 "\"user not found\"}}" });
	scene_type(t, "ana", "prod-db 2h");
	struct world_message *m = scene_message(t, "Failed: prod-db");
	assert_non_null(m);
	assert_has(m->text, "okta: HTTP 500: user not found.");
	assert_true(provision_state(t, "failed", 1));
	scene_advance(t, 60 * 1000);
	assert_int_equal(world_count(t->world, CALL), 1);
	assert_int_equal(scene_count(t, "Granted: "), 0);
	assert_int_equal(scene_count(t, "Ended: "), 0);
}

static void an_error_with_http_200_is_no_success(void **state)
{
	static const char *const bodies[] = {
		"{\"status\":{\"code\":3,\"message\":\"wrong kind\"}}",
		"{\"error\":{\"message\":\"boom\"}}",
		"{\"status\":{\"code\":13,\"details\":\"Error: at line 1\"}}",
	};
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		provision_fault(
			t, (struct world_fault){ .kind = WORLD_BODY, .body = bodies[i] });
		scene_type(t, "ana", "prod-db 2h");
		assert_true(provision_called(t, 1));
		assert_true(scene_logged(t, "provision.failed"));
		assert_row(scene_count(t, "Granted: ") == 0, i, bodies[i]);
		assert_row(world_held(t->world) == 0, i, bodies[i]);
		scene_again(t);
		scene_incident(t, "ana");
		scene_start(t, true);
	}
}

static void a_target_that_fails_is_tried_again_until_it_works(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){
				   .kind = WORLD_STATUS, .status = 500, .times = 5 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_advance(t, 90 * 1000);
	assert_true(provision_state(t, "active", 1));
	assert_int_equal(world_count(t->world, CALL), 6);
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(scene_count(t, "Failed: "), 0);
}

static void a_target_that_names_a_time_is_not_asked_before(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_LIMIT,
						 .retry_after = "45",
						 .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_settle(t);
	scene_advance(t, 43 * 1000);
	assert_int_equal(world_count(t->world, CALL), 1);
	scene_advance(t, 3 * 1000);
	assert_true(provision_state(t, "active", 1));
}

static void a_target_that_fails_for_ten_minutes_is_given_up_and_undone(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_STATUS, .status = 500 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_advance(t, 9 * 60 * 1000);
	assert_int_equal(scene_count(t, "Failed: "), 0);
	assert_has(provision_until_said(t, "Failed: prod-db", 3 * 60 * 1000)->text,
		   "It is being taken back");
	assert_true(provision_state(t, "revoking", 1));
	world_clear_faults(t->world);
	assert_has(provision_until_said(t, "Ended: prod-db", 2 * 60 * 1000)->text,
		   "confirmed to be gone");
	assert_int_equal(scene_count(t, "It was open for"), 0);
}

/* The body was read, the target did it, and the connection was gone. */
static void what_nobody_knows_is_undone(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_DROP_DONE, .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_non_null(scene_message(t, "Failed: prod-db"));
	assert_non_null(scene_message(t, "Ended: prod-db"));
	assert_false(world_holds(t->world, "ana", TARGET));
	assert_int_equal(scene_count(t, "Granted: "), 0);
	assert_int_equal(world_count(t->world, CALL), 2);
	assert_has(world_last_call(t->world, CALL)->body, "access/revoke");
}

static void a_black_hole_is_undone_when_its_time_is_up(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_MUTE, .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_advance(t, 119 * 1000);
	assert_int_equal(scene_count(t, "Failed: "), 0);
	scene_advance(t, 2000);
	assert_non_null(scene_message(t, "Failed: prod-db"));
	assert_true(provision_state(t, "closed", 1));
}

static void a_slow_target_is_waited_for(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_DELAY,
						 .delay_ms = 100 * 1000,
						 .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_advance(t, 101 * 1000);
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(world_count(t->world, CALL), 1);
}

/* Nothing reached it, so nothing has to be taken back. */
static void a_target_that_cannot_be_reached_is_given_up(void **state)
{
	struct scene *t = *state;

	t->more = provision_config(t, "http://127.0.0.1:1/apply", NULL);
	scene_start(t, true);
	scene_type(t, "ana", "prod-db 2h");
	assert_non_null(scene_message(t, "Granting: prod-db"));
	scene_advance(t, 9 * 60 * 1000);
	provision_until_said(t, "Failed: prod-db", 3 * 60 * 1000);
	assert_true(provision_state(t, "failed", 1));
}

static void on_request(struct web_request *r, void *data)
{
	(*(unsigned *)data)++;
	web_drop(r);
}

/* Whoever answers there is not the target: it is told nothing. */
static void a_target_with_the_wrong_name_is_told_nothing(void **state)
{
	struct scene *t = *state;
	char dir[TEST_TLS_DIR_SIZE], cert[96], key[96], url[96], more[1400];
	struct web *impostor;
	struct fail f;
	unsigned asked = 0;

	assert_true(test_tls_dir(dir) && test_tls_make(dir, "DNS:elsewhere.example", 0));
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	assert_true(web_open(t->loop, "127.0.0.1:0", cert, key, on_request, &asked,
			     &impostor, &f));
	snprintf(url, sizeof(url), "https://localhost:%u/", web_port(impostor));
	snprintf(more, sizeof(more), "ca_file = \"%s/ca.pem\";\n%s", dir,
		 provision_config(t, url, NULL));
	t->more = more;
	scene_start(t, true);
	scene_type(t, "ana", "prod-db 2h");
	assert_true(scene_logged(t, "provision.failed"));
	assert_has(scene_log(), "certificate");
	scene_advance(t, 9 * 60 * 1000);
	provision_until_said(t, "Failed: prod-db", 3 * 60 * 1000);
	assert_true(provision_state(t, "failed", 1));
	assert_int_equal(asked, 0);
	scene_stop(t);
	web_close(impostor);
	test_tls_remove(dir);
}

static void a_kill_while_it_is_given_is_carried_on(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){ .kind = WORLD_MUTE, .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	provision_restart(t);
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_true(provision_holds(t, "ana", true));
	assert_int_equal(scene_count(t, "Granting: prod-db"), 1);
}

/* What the first try did is not known, so that "no" to the second is not the whole truth. */
static void a_refusal_after_a_kill_is_undone(void **state)
{
	struct scene *t = *state;

	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DROP_DONE, .times = 1, .skip = 1 });
	provision_fault(t, (struct world_fault){ .kind = WORLD_MUTE, .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_stop(t);
	world_clear_faults(t->world);
	provision_fault(t, (struct world_fault){ .kind = WORLD_BODY,
						 .status = 500,
						 .body = "{\"status\":{\"code\":5}}",
						 .times = 1 });
	scene_start(t, true);
	assert_non_null(scene_message(t, "Failed: prod-db"));
	assert_true(provision_state(t, "closed", 1));
	assert_has(world_last_call(t->world, CALL)->body, "access/revoke");
}

static void without_a_provisioner_all_is_as_it_was(void **state)
{
	struct scene *t = *state;

	assert_has(scene_ask(t, "ana", "plain 30m"), "Granted: plain");
	assert_int_equal(scene_count(t, "Granting"), 0);
	provision_pass(t, 31 * 60 * 1000);
	assert_non_null(scene_message(t, "Ended: plain"));
	assert_int_equal(world_count(t->world, CALL), 0);
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, provision_setup, watch_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_is_said_to_be_there_when_the_target_confirmed_it),
		SCENE(the_body_tells_the_whole_story_and_no_more_than_one_change),
		SCENE(what_is_refused_for_good_is_said_and_leaves_nothing),
		SCENE(an_error_with_http_200_is_no_success),
		SCENE(a_target_that_fails_is_tried_again_until_it_works),
		SCENE(a_target_that_names_a_time_is_not_asked_before),
		SCENE(a_target_that_fails_for_ten_minutes_is_given_up_and_undone),
		SCENE(what_nobody_knows_is_undone),
		SCENE(a_black_hole_is_undone_when_its_time_is_up),
		SCENE(a_slow_target_is_waited_for),
		cmocka_unit_test_setup_teardown(
			a_target_that_cannot_be_reached_is_given_up,
			provision_setup_stopped, watch_teardown),
		cmocka_unit_test_setup_teardown(
			a_target_with_the_wrong_name_is_told_nothing,
			provision_setup_stopped, watch_teardown),
		SCENE(a_kill_while_it_is_given_is_carried_on),
		SCENE(a_refusal_after_a_kill_is_undone),
		SCENE(without_a_provisioner_all_is_as_it_was),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
