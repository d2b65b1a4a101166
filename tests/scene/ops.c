/* SPDX-License-Identifier: Apache-2.0 */
/* The service speaks of its own trouble where somebody looks: in the ops channel, once when
 * it has lasted a minute, and once when it is over. */
#include <string.h>

#include "tests/lib/scene.h"
#include "tests/lib/test.h"

static void start_with_ops_channel(struct scene *t)
{
	t->slack = "ops_channel = \"C0OPS0001\";";
	scene_start(t, true);
	scene_settle(t);
}

static void a_provider_that_fails_for_a_minute_is_said_once(void **state)
{
	struct scene *t = *state;

	start_with_ops_channel(t);
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_STATUS,
						     .status = 503 });
	for (int n = 0; n < 40; n++) {
		scene_advance(t, 5000);
	}
	struct world_message *m =
		scene_message(t, "incidentio has been failing for a minute");
	assert_non_null(m);
	assert_string_equal(m->channel, "C0OPS0001");
	assert_has(m->text, "503");
	for (int n = 0; n < 40; n++) {
		scene_advance(t, 5000);
	}
	assert_int_equal(scene_count(t, "has been failing"), 1);

	world_clear_faults(t->world);
	for (int n = 0; n < 4; n++) {
		scene_advance(t, 5000);
	}
	assert_non_null(scene_message(t, "incidentio works again"));
	assert_int_equal(scene_count(t, "works again"), 1);
}

static void a_hiccup_is_not_worth_a_word(void **state)
{
	struct scene *t = *state;

	start_with_ops_channel(t);
	for (int n = 0; n < 6; n++) {
		world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
							     .kind = WORLD_STATUS,
							     .status = 503,
							     .times = 1 });
		scene_advance(t, 5000);
		scene_advance(t, 5000);
	}
	assert_int_equal(scene_count(t, "failing"), 0);
}

static void readiness_comes_back_though_nobody_asks(void **state)
{
	struct scene *t = *state;
	char why[200];

	start_with_ops_channel(t);
	assert_true(app_ready(&t->app, why, sizeof(why)));
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_STATUS,
						     .status = 503 });
	for (int n = 0; n < 14; n++) {
		scene_advance(t,
			      5000); /* a provider that works is looked at each minute */
	}
	assert_false(app_ready(&t->app, why, sizeof(why)));
	assert_has(why, "incidentio");
	world_clear_faults(t->world);
	for (int n = 0; n < 3; n++) {
		scene_advance(t, 5000);
	}
	assert_true(app_ready(&t->app, why, sizeof(why)));
}

int main(void)
{
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, scene_setup_stopped, scene_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(a_provider_that_fails_for_a_minute_is_said_once),
		STOPPED(a_hiccup_is_not_worth_a_word),
		STOPPED(readiness_comes_back_though_nobody_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
