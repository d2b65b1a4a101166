/* SPDX-License-Identifier: Apache-2.0 */
/* What access rests on changes at the worst moment: while it is being decided or given, or
 * back and forth. In the end nobody holds what they have no part in, at the target too. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"

enum { S = 1000, MIN = 60 * S, PATIENCE_MS = 8000 };

static void grant(struct scene *t, const char *who, const char *text)
{
	scene_type(t, who, text);
	assert_true(provision_state(t, "active", 1));
	assert_true(provision_holds(t, who, true));
}

/* It is over, at the target and in the ledger, for the cause, and was said so once. */
static void has_ended(struct scene *t, const char *cause, int64_t within_ms)
{
	char sql[120];

	provision_until_said(t, "Ended: prod-db", within_ms);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM grants WHERE state = 'closed' AND cause = '%s'",
		 cause);
	assert_int_equal(scene_sql(t, sql), 1);
	assert_int_equal(world_held(t->world), 0);
	scene_advance(t, 3 * MIN);
	assert_int_equal(scene_count(t, "Ended: prod-db"), 1);
}

static void anew(struct scene *t)
{
	scene_again(t);
	scene_start(t, true);
}

/* --- in flight -------------------------------------------------------------------------- */

static bool has_asked(struct scene *t, void *data)
{
	return world_count(t->world, "GET /v2/incidents") > *(size_t *)data;
}

/* The list was on its way, and still said that it is live. */
static void resolved_while_it_is_being_decided_it_ends_in_a_minute(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");
	size_t asked = world_count(t->world, "GET /v2/incidents");

	fake_clock_advance(&t->clock, 2 * S);
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_DELAY,
						     .delay_ms = 500,
						     .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(scene_until(t, has_asked, &asked, PATIENCE_MS));
	world_set_category(t->world, i, "closed");
	fake_clock_advance(&t->clock, 600);
	assert_true(provision_state(t, "active", 1));
	has_ended(t, "incident", 3 * MIN);
}

/* The target gives what nobody wants any more: it is told to take it back. */
static void resolved_while_it_is_being_given_it_is_taken_back(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	provision_fault(t, (struct world_fault){ .kind = WORLD_DELAY,
						 .delay_ms = 100 * S,
						 .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	world_set_category(t->world, i, "closed");
	scene_advance(t, 90 * S);
	assert_true(provision_state(t, "revoking", 1));
	assert_int_equal(scene_count(t, "Ended: "), 0);
	has_ended(t, "incident", 2 * MIN);
	assert_int_equal(world_count(t->world, CALL), 2);
	assert_has(world_last_call(t->world, CALL)->body, "access/revoke");
	assert_int_equal(scene_count(t, "Granted: "), 0);
}

static void resolved_while_nobody_runs_it_is_taken_back(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	provision_fault(t, (struct world_fault){ .kind = WORLD_MUTE, .times = 1 });
	scene_type(t, "ana", "prod-db 2h");
	assert_true(provision_called(t, 1));
	scene_stop(t);
	world_set_category(t->world, i, "closed");
	scene_start(t, true);
	has_ended(t, "incident", 3 * MIN);
}

/* --- back and forth ---------------------------------------------------------------------- */

static void a_role_that_comes_back_brings_nothing_back(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	grant(t, "ana", "prod-db 2h");
	world_leave_role(t->world, i, "Incident Lead", "ana");
	has_ended(t, "standing", 3 * MIN);
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	scene_advance(t, 3 * MIN);
	assert_int_equal(world_held(t->world), 0);
	grant(t, "ana", "prod-db 1h"); /* but it counts again */
	assert_int_equal(world_count(t->world, CALL), 3);
}

/* Gone for less than it takes to look: nobody has noticed. */
static void a_role_that_is_back_at_once_was_never_gone(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	grant(t, "ana", "prod-db 2h");
	for (unsigned n = 0; n < 5; n++) {
		world_leave_role(t->world, i, "Incident Lead", "ana");
		assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
		scene_advance(t, MIN);
	}
	assert_true(world_holds(t->world, "ana", TARGET));
	assert_int_equal(world_count(t->world, CALL), 1);
	assert_int_equal(scene_count(t, "will end"), 0);
}

static void however_an_incident_is_over_the_target_hears_of_it(void **state)
{
	static const char *const categories[] = { "closed", "merged", "declined",
						  "canceled", "paused" };
	struct scene *t = *state;

	for (size_t n = 0; n < ARRAY_LEN(categories); n++) {
		struct world_incident *i = scene_incident(t, "ana");

		grant(t, "ana", "prod-db 2h");
		world_set_category(t->world, i, categories[n]);
		has_ended(t, "incident", 3 * MIN);
		anew(t);
	}
}

static void an_incident_that_is_reopened_brings_nothing_back(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	grant(t, "ana", "prod-db 2h");
	world_set_category(t->world, i, "closed");
	has_ended(t, "incident", 3 * MIN);
	world_set_category(t->world, i, "live");
	scene_advance(t, 3 * MIN);
	assert_int_equal(world_held(t->world), 0);
	assert_int_equal(scene_count(t, "Granted: "), 1);
	grant(t, "ana", "prod-db 1h");
	assert_true(world_holds(t->world, "ana", TARGET));
}

/* Reopened while it is being taken back: taken back it is, for good. */
static void reopened_while_it_is_taken_back_it_is_gone_all_the_same(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	grant(t, "ana", "prod-db 2h");
	provision_fault(t, (struct world_fault){
				   .kind = WORLD_STATUS, .status = 503, .times = 3 });
	world_set_category(t->world, i, "closed");
	scene_advance(t, 2 * MIN);
	world_set_category(t->world, i, "live");
	has_ended(t, "incident", 3 * MIN);
}

/* --- private ------------------------------------------------------------------------------- */

/* It is made private once the channel knows its name; how often the name was said. */
static size_t made_private(struct scene *t, struct world_incident *i)
{
	assert_non_null(scene_message(t, "INC-204"));
	scene_settle(t);
	snprintf(i->visibility, sizeof(i->visibility), "private");
	return scene_count(t, "INC-204");
}

/* Who has a part in it keeps it, but from then on nobody is told in which one it is. */
static void made_private_it_goes_on_and_is_not_named(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");
	size_t named;

	grant(t, "ana", "prod-db 30m");
	named = made_private(t, i);
	scene_advance(t, 5 * MIN);
	assert_true(world_holds(t->world, "ana", TARGET));
	assert_int_equal(scene_count(t, "will end"), 0);
	provision_pass(t, 25 * MIN);
	has_ended(t, "expired", 2 * MIN);
	assert_int_equal(scene_count(t, "INC-204"), named);
	assert_has_not(world_last_call(t->world, CALL)->body, "INC-204");
}

/* Without a part in it they lose it as any other, and which one it was is not said. */
static void made_private_it_is_lost_without_a_name(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");
	size_t named;

	grant(t, "ana", "prod-db 30m");
	named = made_private(t, i);
	world_leave_role(t->world, i, "Incident Lead", "ana");
	has_ended(t, "standing", 3 * MIN);
	assert_non_null(scene_message(t, "Their part in its incident is over"));
	assert_int_equal(scene_count(t, "INC-204"), named);
}

/* --- for main() ------------------------------------------------------------------------------ */

static int setup(void **state)
{
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	provision_scene(t);
	t->policies =
		"  { name = \"responders\"; labels = { env = \"prod\"; }; grace = \"0\";\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; }\n";
	scene_start(t, true);
	return 0;
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, watch_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(resolved_while_it_is_being_decided_it_ends_in_a_minute),
		SCENE(resolved_while_it_is_being_given_it_is_taken_back),
		SCENE(resolved_while_nobody_runs_it_is_taken_back),
		SCENE(a_role_that_comes_back_brings_nothing_back),
		SCENE(a_role_that_is_back_at_once_was_never_gone),
		SCENE(however_an_incident_is_over_the_target_hears_of_it),
		SCENE(an_incident_that_is_reopened_brings_nothing_back),
		SCENE(reopened_while_it_is_taken_back_it_is_gone_all_the_same),
		SCENE(made_private_it_goes_on_and_is_not_named),
		SCENE(made_private_it_is_lost_without_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
