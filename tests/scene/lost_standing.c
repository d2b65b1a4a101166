/* SPDX-License-Identifier: Apache-2.0 */
/* Access ends with what it rests on: the incident is over, the role is handed over, the
 * acknowledgement is gone; after a grace, with a warning, and not at all when it comes back
 * or nobody can say. */
#include <stdio.h>
#include <string.h>

#include "shared/jx.h"
#include "tests/lib/hook_scene.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { MINUTE = 60 * 1000 };

#define KEEPING \
	"  { name = \"db-responders\"; resources = [ \"prod-db\" ]; keep = true;\n" \
	"    any = ( { incidentio = { roles = [ \"Incident Lead\", \"DBA\" ]; }; } );\n" \
	"    duration = \"2h\"; max_duration = \"8h\"; }\n"
#define AT_ONCE \
	"  { name = \"db-responders\"; resources = [ \"prod-db\" ]; grace = \"0\";\n" \
	"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } ); }\n"
#define IN_A_WHILE \
	"  { name = \"db-responders\"; resources = [ \"prod-db\" ]; grace = \"150s\";\n" \
	"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } ); }\n"
#define TO_THE_END \
	"  { name = \"db-responders\"; resources = [ \"prod-db\" ]; end_with_incident = false;\n" \
	"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } ); }\n"

static struct world_incident *ana_has_it(struct scene *t)
{
	struct world_incident *i = scene_incident(t, "ana");

	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted: prod-db");
	return i;
}

static void started_with(struct scene *t, const char *policies)
{
	t->policies = policies;
	scene_start(t, true);
}

/* --- the incident ------------------------------------------------------------------------- */

static void it_ends_when_the_incident_is_over(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	scene_pass(t, 25 * MINUTE);
	assert_int_equal(scene_count(t, "will end"), 0);
	world_set_category(t->world, i, "closed");
	scene_pass(t, 3 * MINUTE);
	assert_int_equal(
		scene_count_settled(
			t, "INC-204 was resolved. It stays if that changes before.", 1),
		1);
	assert_int_equal(scene_message(t, "will end")->channel[0], 'D');
	assert_int_equal(scene_grants(t), 1);
	scene_pass(t, 10 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	scene_pass(t, 6 * MINUTE);
	assert_int_equal(
		scene_count_settled(
			t,
			"Ended: prod-db for <@U0ANA0001>. INC-204 was resolved. It was open for 4",
			1),
		1);
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM grants WHERE cause = 'incident'"), 1);
}

static const struct {
	const char *category, *says;
} fates[] = {
	{ "learning", "INC-204 was resolved" }, { "merged", "INC-204 was merged" },
	{ "declined", "INC-204 was declined" }, { "canceled", "INC-204 was canceled" },
	{ "paused", "INC-204 was paused" },
};

static void the_cause_is_what_became_of_it(void **state)
{
	struct scene *t = *state;

	for (size_t n = 0; n < ARRAY_LEN(fates); n++) {
		char says[64];
		struct world_incident *i;

		t->policies = AT_ONCE;
		scene_start(t, true);
		i = scene_incident(t, "ana");
		assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted");
		world_set_category(t->world, i, fates[n].category);
		scene_pass(t, 3 * MINUTE);
		snprintf(says, sizeof(says), "INC-%u %s", i->number, fates[n].says + 8);
		assert_int_equal(scene_count_settled(t, says, 1), 1);
		assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
		scene_again(t);
	}
}

static void a_webhook_is_quicker_than_the_minute(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	t->policies = AT_ONCE;
	scene_start(t, true);
	i = ana_has_it(t);
	scene_advance(t, 2000);
	world_set_category(t->world, i, "closed");
	assert_int_equal(
		hook_post_signed(
			t, &hook_incidentio_vendor,
			hook_io_event("public_incident.incident_updated_v2", i->id)),
		202);
	assert_int_equal(scene_count_settled(t, "INC-204 was resolved", 1), 1);
	assert_int_equal(scene_grants(t), 0);
}

/* Not at the next look after it, which may be a minute away. */
static void it_ends_when_the_grace_that_was_told_is_over(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	started_with(t, IN_A_WHILE);
	i = ana_has_it(t);
	world_set_category(t->world, i, "closed");
	scene_pass(t, 6 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
	assert_int_equal(scene_sql(t, "SELECT (ended_ms - lost_ms) / 5000 FROM grants"),
			 30);
}

static void reopened_within_the_grace_nothing_ends(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	world_set_category(t->world, i, "closed");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "prod-db will end"));
	world_set_category(t->world, i, "live");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "prod-db stays until"));
	scene_pass(t, 30 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "Ended"), 0);
	assert_int_equal(scene_count(t, "will end"), 1);
}

static void made_private_it_is_not_named_any_more(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	snprintf(i->visibility, sizeof(i->visibility), "private");
	world_set_category(t->world, i, "closed");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "Its incident was resolved."));
	scene_pass(t, 20 * MINUTE);
	assert_non_null(scene_message(
		t, "Ended: prod-db for <@U0ANA0001>. Its incident was resolved."));
}

/* --- the part in it ------------------------------------------------------------------------ */

static void it_ends_when_the_role_is_handed_over(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	world_leave_role(t->world, i, "Incident Lead", "ana");
	world_take_role(t->world, i, "Incident Lead", "bob");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "Your part in INC-204 is over."));
	scene_pass(t, 20 * MINUTE);
	assert_non_null(scene_message(
		t, "Ended: prod-db for <@U0ANA0001>. Their part in INC-204 is over."));
	assert_int_equal(scene_grants(t), 0);
}

static void another_role_that_counts_is_as_good(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	world_leave_role(t->world, i, "Incident Lead", "ana");
	world_take_role(t->world, i, "DBA", "ana");
	scene_pass(t, 30 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "will end"), 0);
}

static void taken_back_within_the_grace_nothing_ends(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	world_leave_role(t->world, i, "Incident Lead", "ana");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "Your part in INC-204 is over."));
	world_take_role(t->world, i, "Incident Lead", "ana");
	scene_pass(t, 40 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "stays until"), 1);
}

static void it_ends_when_the_acknowledgement_is_gone(void **state)
{
	struct scene *t = *state;
	struct world_page *p = world_trigger(t->world, "PSVC001", "replica lag");

	assert_true(world_ack(t->world, p, "bob"));
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Granted");
	world_unack(t->world, p);
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "Your part in #"));
	assert_true(world_ack(t->world, p, "bob"));
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "stays until"));
	world_resolve_page(t->world, p);
	scene_pass(t, 22 * MINUTE);
	assert_non_null(scene_message(t, "Ended: prod-db for <@U0BOB0001>. #"));
	assert_non_null(scene_message(t, "was resolved. It was open"));
}

/* --- nobody can say ------------------------------------------------------------------------- */

static void a_provider_that_is_down_ends_nothing(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	world_set_category(t->world, i, "closed");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "prod-db will end"));
	struct world_fault down = { .kind = WORLD_STATUS, .status = 503 };

	snprintf(down.call, sizeof(down.call), "GET /v2/incidents");
	world_fault(t->world, &down);
	scene_pass(t, 60 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	world_clear_faults(t->world);
	scene_pass(t, 3 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
}

/* A list that leaves out what is live is no proof. */
static void an_incident_that_is_only_missing_ends_nothing(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	snprintf(i->mode, sizeof(i->mode),
		 "retrospective"); /* filtered out of the list */
	scene_pass(t, 40 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "will end"), 0);
}

static void the_grace_outlives_the_process(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = ana_has_it(t);

	world_set_category(t->world, i, "closed");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "prod-db will end"));
	scene_stop(t);
	fake_clock_advance(&t->clock, 20 * MINUTE);
	scene_start(t, true);
	scene_pass(t, 3 * MINUTE);
	assert_int_equal(scene_count_settled(t, "INC-204 was resolved. It was open", 1),
			 1);
	assert_int_equal(scene_count(t, "will end"), 1);
}

/* One snapshot for all, however many there are. */
static void all_grants_share_one_look(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");
	size_t before;

	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted");
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "Granted");
	assert_has(scene_ask(t, "bob", "prod-db 2h"), "Granted");
	scene_pass(t, 3 * MINUTE);
	before = world_count(t->world, "GET /v2/incidents");
	scene_pass(t, 10 * MINUTE);
	assert_in_range(world_count(t->world, "GET /v2/incidents") - before, 8, 21);
}

/* --- Keep ------------------------------------------------------------------------------------ */

static struct world_view *view_of(struct scene *t)
{
	return t->world->views.n > 0 ? t->world->views.items[t->world->views.n - 1]
				     : NULL;
}

/* Her incident is over, and she has pressed Keep: the form is open. */
static void ana_is_asked_why(struct scene *t)
{
	started_with(t, KEEPING);
	world_set_category(t->world, ana_has_it(t), "closed");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "Press Keep, and say why"));
	assert_non_null(scene_press(t, "ana", "Press Keep", "access.keep"));
	assert_true(scene_called(t, "views.open", 1));
	scene_settle(t);
}

static void keep_asks_why_and_keeps(void **state)
{
	struct scene *t = *state;
	struct world_envelope *e;
	json_t *values;

	ana_is_asked_why(t);
	values = json_pack("{s:s}", "why", "handing over to the day shift");
	e = world_submit(t->world, view_of(t)->id, values);
	json_decref(values);
	assert_true(scene_acked(t, e));
	assert_non_null(scene_message(t, "Kept: prod-db for <@U0ANA0001> until"));
	assert_non_null(scene_message(t, "Their reason: handing over to the day shift."));
	scene_pass(t, 60 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	scene_pass(t, 60 * MINUTE);
	assert_non_null(
		scene_message(t, "Ended: prod-db for <@U0ANA0001>. The time is up."));
}

static void who_says_nothing_keeps_nothing(void **state)
{
	struct scene *t = *state;
	struct world_envelope *e;
	json_t *values = json_pack("{s:s}", "why", "x");

	ana_is_asked_why(t);
	e = world_submit(t->world, view_of(t)->id, values);
	json_decref(values);
	assert_true(scene_acked(t, e));
	assert_string_equal(jx_str(view_of(t)->errors, "why"),
			    "Say why you still need it.");
	scene_pass(t, 20 * MINUTE);
	assert_int_equal(scene_grants(t), 0);
}

/* A form that closes says "done"; and there is nowhere to say more once it has. */
static void a_keep_that_takes_long_does_not_look_done(void **state)
{
	struct scene *t = *state;
	struct world_envelope *e;
	json_t *values = json_pack("{s:s}", "why", "handing over");

	ana_is_asked_why(t);
	world_fault(t->world, &(struct world_fault){ .call = "users.info",
						     .kind = WORLD_MUTE,
						     .times = 1 });
	e = world_submit(t->world, view_of(t)->id, values);
	scene_settle(t);
	assert_int_equal(e->acks, 0);
	fake_clock_advance(&t->clock, 1450);
	assert_true(scene_acked(t, e));
	assert_has(jx_str(view_of(t)->errors, "why"), "not known yet whether it is kept");
	scene_pass(t, 5000);
	assert_int_equal(scene_count(t, "Kept:"), 0);
	e = world_submit(t->world, view_of(t)->id, values); /* as it says */
	json_decref(values);
	assert_true(scene_acked(t, e));
	assert_non_null(scene_message(t, "Kept: prod-db for <@U0ANA0001> until"));
}

static void a_policy_may_let_it_run_to_its_end(void **state)
{
	struct scene *t = *state;

	started_with(t, TO_THE_END);
	world_set_category(t->world, ana_has_it(t), "closed");
	scene_pass(t, 60 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "will end"), 0);
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define HOOK(f)    cmocka_unit_test_setup_teardown(f, hook_setup_stopped, hook_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	static const struct CMUnitTest tests[] = {
		SCENE(it_ends_when_the_incident_is_over),
		STOPPED(the_cause_is_what_became_of_it),
		HOOK(a_webhook_is_quicker_than_the_minute),
		STOPPED(it_ends_when_the_grace_that_was_told_is_over),
		SCENE(reopened_within_the_grace_nothing_ends),
		SCENE(made_private_it_is_not_named_any_more),
		SCENE(it_ends_when_the_role_is_handed_over),
		SCENE(another_role_that_counts_is_as_good),
		STOPPED(a_keep_that_takes_long_does_not_look_done),
		SCENE(taken_back_within_the_grace_nothing_ends),
		SCENE(it_ends_when_the_acknowledgement_is_gone),
		SCENE(a_provider_that_is_down_ends_nothing),
		SCENE(an_incident_that_is_only_missing_ends_nothing),
		SCENE(the_grace_outlives_the_process),
		SCENE(all_grants_share_one_look),
		STOPPED(keep_asks_why_and_keeps),
		STOPPED(who_says_nothing_keeps_nothing),
		STOPPED(a_policy_may_let_it_run_to_its_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
