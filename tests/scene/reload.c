/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP in the middle of things: the config that was in use is freed, and nothing that was
 * under way may look at it any more. (AddressSanitizer sees it if it does.) */
#include <string.h>

#include "tests/lib/scene_slack.h"
#include "tests/lib/test.h"

static const char deny_all[] =
	"  { name = \"nobody\"; resources = [ \"*\" ]; deny = true; }\n";

static void incident_led_by_ana(struct scene *t)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
}

static bool has_asked(struct scene *t, void *data)
{
	return world_count(t->world, data) > 0;
}

static void
a_request_that_waits_for_a_provider_is_decided_by_the_new_policies(void **state)
{
	struct scene *t = *state;
	static char list[] = "GET /v2/incidents";

	incident_led_by_ana(t);
	scene_reload(t); /* so that the next one frees something */
	scene_settle(t);
	fake_clock_advance(&t->clock, 1100);
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_MUTE });
	scene_type(t, "ana", "prod-db 1h");
	assert_true(scene_until(t, has_asked, list, 5000));
	world_clear_faults(t->world);
	t->policies = deny_all;
	scene_reload(t);
	assert_non_null(scene_message(t, "nobody refuses prod-db"));
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 1);
}

static void a_decision_that_is_on_its_way_to_the_disk_is_kept(void **state)
{
	static const char decided[] =
		"SELECT count(*) FROM request WHERE decided_ms IS NOT NULL";
	struct scene *t = *state;

	incident_led_by_ana(t);
	scene_reload(t);
	fake_clock_advance(&t->clock, 1100);
	for (int n = 0; n < 20; n++) {
		fake_clock_advance(&t->clock, 1);
		world_command(t->world, "ana", "inc-room", "prod-db 1h");
		for (int turn = 0; turn < n; turn++) {
			loop_run_once(t->loop);
		}
		scene_reload(t); /* somewhere on its way */
	}
	for (int n = 0; n < 100 && scene_sql(t, decided) < 20; n++) {
		scene_settle(t);
	}
	/* Some were asked for while it was held already. */
	assert_int_equal(scene_sql(t, decided), 20);
	assert_true(scene_grants(t) >= 1);
	assert_int_equal(scene_grants(t),
			 scene_sql(t, "SELECT count(*) FROM request WHERE state = "
				      "'granted' AND policy = 'db-responders'"));
}

static bool is_live(struct scene *t, void *data)
{
	(void)data;
	return t->app.socket && slack_socket_live(t->app.socket);
}

static void slack_is_dialled_with_what_the_service_began_with(void **state)
{
	struct scene *t = *state;

	world_fault(t->world, &(struct world_fault){ .call = "auth.test",
						     .kind = WORLD_STATUS,
						     .status = 503 });
	scene_start(t, false);
	scene_settle(t);
	scene_reload(t);
	world_clear_faults(t->world);
	for (int n = 0; n < 40 && !is_live(t, NULL); n++) {
		scene_advance(t, 2000);
	}
	assert_true(is_live(t, NULL));
	scene_reload(t);
	scene_reload(t);
	world_cut(t->world, 0, WORLD_CUT_TCP);
	scene_settle(t);
	for (int n = 0; n < 40 && !is_live(t, NULL); n++) {
		scene_advance(t, 2000);
	}
	assert_true(is_live(t, NULL));
}

static bool is_stopped;

static void on_stopped(void *data)
{
	(void)data;
	is_stopped = true;
}

static bool has_stopped(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return is_stopped;
}

static void a_stop_before_slack_has_answered_dials_nothing(void **state)
{
	struct scene *t = *state;

	world_fault(t->world, &(struct world_fault){ .call = "auth.test",
						     .kind = WORLD_DELAY,
						     .delay_ms = 1000 });
	scene_start(t, false);
	scene_settle(t);
	app_stop(&t->app, on_stopped, NULL);
	for (int n = 0; n < 20 && !is_stopped; n++) {
		scene_advance(t, 500);
	}
	assert_true(has_stopped(t, NULL));
	assert_int_equal(world_count(t->world, "apps.connections.open"), 0);
}

static void a_stop_waits_for_what_is_being_said(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted");
	world_fault(t->world, &(struct world_fault){ .call = "response_url",
						     .kind = WORLD_DELAY,
						     .delay_ms = 4000 });
	assert_non_null(scene_press(t, "bob", "Granted", "access.release"));
	assert_true(scene_called(t, "response_url", 2)); /* after the decision */
	is_stopped = false;
	app_stop(&t->app, on_stopped, NULL);
	for (int n = 0; n < 6; n++) {
		scene_advance(t, 500);
	}
	assert_false(is_stopped);
	for (int n = 0; n < 20 && !is_stopped; n++) {
		scene_advance(t, 500);
	}
	assert_true(is_stopped);
}

int main(void)
{
#define LIVE(f)    cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, scene_setup_stopped, scene_teardown)
	const struct CMUnitTest tests[] = {
		LIVE(a_request_that_waits_for_a_provider_is_decided_by_the_new_policies),
		LIVE(a_decision_that_is_on_its_way_to_the_disk_is_kept),
		STOPPED(slack_is_dialled_with_what_the_service_began_with),
		LIVE(a_stop_waits_for_what_is_being_said),
		STOPPED(a_stop_before_slack_has_answered_dials_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
