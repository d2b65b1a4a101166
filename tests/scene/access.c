/* SPDX-License-Identifier: Apache-2.0 */
/* The main job, told as stories: somebody types /access, and what becomes of it. Each of
 * them is told twice: over the socket that we dial, and posted to us by Slack. */
#include <string.h>

#include "tests/lib/scene.h"
#include "tests/lib/test.h"

static struct world_incident *incident_led_by(struct scene *t, const char *who)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	assert_true(world_take_role(t->world, i, "Incident Lead", who));
	return i;
}

static void the_lead_of_a_live_incident_is_granted(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	const char *said = scene_ask(t, "ana", "prod-db 2h replica lag");

	assert_has(said, "Granted: prod-db");
	assert_has(said, "(2 h)");
	assert_has(said, "Incident Lead of INC-");
	assert_has(said, "db-responders");
	assert_has(said, "Writes reach customers.");
	assert_int_equal(scene_grants(t), 1);
}

static void whoever_acknowledged_the_page_is_granted(void **state)
{
	struct scene *t = *state;
	struct world_page *p =
		world_trigger(t->world, "PSVC001", "payments-db replica lag");

	assert_true(world_ack(t->world, p, "bob"));
	assert_has(scene_ask(t, "bob", "90m prod-db"), "Granted: prod-db");
	assert_int_equal(scene_sql(t, "SELECT expires_ms - starts_ms FROM grants"),
			 90 * 60 * 1000);
}

static void a_bystander_is_denied_and_told_what_would_help(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	const char *said = scene_ask(t, "bob", "prod-db 90m");

	assert_has(said, "Not granted: prod-db");
	assert_has(said, "Incident Lead or DBA");
	assert_has(said, ", then press Try again.");
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM request WHERE state = 'denied'"), 1);
}

static bool all_denied(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t, "SELECT count(*) FROM request WHERE state = 'denied'") == 21;
}

/* Hardly any time passes: what is known was read before they took the role. */
static void whoever_does_what_the_denial_says_is_granted_at_once(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = incident_led_by(t, "ana");

	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	fake_clock_advance(&t->clock, 1);
	world_command(t->world, "bob", "inc-room", "prod-db 1h");
	assert_non_null(scene_message(t, "\nWarning"));

	/* A crowd costs few readings, and is not kept waiting. */
	size_t lists = world_count(t->world, "GET /v2/incidents");
	for (int n = 0; n < 20; n++) {
		fake_clock_advance(&t->clock, 1);
		world_command(t->world, "cara", "inc-room", "prod-db 1h");
	}
	assert_true(scene_until(t, all_denied, NULL, 10000));
	assert_true(world_count(t->world, "GET /v2/incidents") <= lists + 2);
}

static void too_long_is_a_denial_that_names_the_maximum(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 4d"), "8 h");
	assert_int_equal(scene_grants(t), 0);
}

static void a_grant_ends_when_its_time_is_up(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 30m"), "Granted");
	scene_advance(t, 29 * 60 * 1000);
	assert_int_equal(scene_count(t, "Ended: prod-db"), 0);
	assert_int_equal(scene_grants(t), 1);
	scene_advance(t, 61 * 1000);
	assert_non_null(scene_message(t, "Ended: prod-db"));
	assert_has(scene_message(t, "Ended: prod-db")->text, "30 min");
	assert_int_equal(scene_grants(t), 0);
	scene_advance(t, 3600 * 1000);
	assert_int_equal(scene_count(t, "Ended: prod-db"), 1);
}

static void a_second_delivery_is_acked_and_decides_nothing(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	struct world_envelope *e = scene_type(t, "ana", "prod-db 2h");

	assert_non_null(scene_message(t, "Granted: prod-db"));
	world_resend(t->world, e, false);
	world_resend(t->world, e, true);
	scene_settle(t);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 1);
	assert_int_equal(scene_count(t, "Granted: prod-db"), 1);
}

static void help_mine_and_mistakes_are_answered_in_the_ack(void **state)
{
	struct scene *t = *state;

	assert_has(scene_ack_text(scene_type(t, "ana", "")), "/access");
	assert_has(scene_ack_text(scene_type(t, "ana", "help")), "prod-db");
	assert_has(scene_ack_text(scene_type(t, "ana", "prod-bd 2h")), "prod-db");
	assert_has(scene_ack_text(scene_type(t, "ana", "prod-db 90")), "90m");
	assert_has(scene_ack_text(scene_type(t, "ana", "prod-db 0h")), "0h");
	assert_has(scene_ack_text(scene_type(t, "ana", "mine")), "nothing");
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);

	incident_led_by(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db"), "Granted");
	assert_has(scene_ack_text(scene_type(t, "ana", "mine")), "prod-db");
	assert_has(scene_ack_text(scene_type(t, "bob", "mine")), "nothing");
}

static void a_slow_provider_is_announced_within_a_second_and_a_half(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	scene_advance(t, 6000); /* what was read at start is too old by now */
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_DELAY,
						     .delay_ms = 3600 * 1000 });
	scene_type(t, "ana", "prod-db 2h");
	scene_settle(t);
	assert_int_equal(scene_count(t, "Checking prod-db"), 0);
	fake_clock_advance(&t->clock, 1450);
	struct world_message *m = scene_message(t, "Checking prod-db");
	assert_non_null(m);
	assert_string_equal(m->to, world_person(t->world, "ana")->slack);
}

/* Slack and then a provider, each slow and in time. */
static void nobody_is_waited_for_longer_than_ten_seconds(void **state)
{
	struct scene *t = *state;
	size_t from;

	scene_start(t, true);
	incident_led_by(t, "ana");
	world_fault(t->world, &(struct world_fault){ .call = "users.info",
						     .kind = WORLD_DELAY,
						     .delay_ms = 3500 });
	world_fault(t->world,
		    &(struct world_fault){ .call = "GET /v2/users", .kind = WORLD_MUTE });
	from = t->world->messages.n;
	scene_type(t, "ana", "prod-db 2h");
	assert_true(scene_called(t, "users.info", 1));
	fake_clock_advance(&t->clock, 3500);
	assert_true(scene_called(t, "GET /v2/users", 1));
	fake_clock_advance(&t->clock, 6500);
	/* PagerDuty may or may not have made it. */
	const char *said = scene_decision(t, "ana", from);
	assert_has(said, "incident.io did not answer in 10 s");
	assert_has(said, "so nothing was granted.");
}

static void text_of_people_pings_nobody(void **state)
{
	struct scene *t = *state;

	incident_led_by(t, "ana");
	struct world_incident *i = world_declare(
		t->world, "cara", "<!channel> `boom` & <@U0BOB0001>", "Major");
	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	assert_has(scene_ask(t, "bob", "prod-db 1h <!channel> `x` \xe2\x80\xae rtl"),
		   "Granted");
	assert_int_equal(scene_count(t, "<!channel>"), 0);
}

int main(void)
{
#define SOCKET(f) \
	{ \
#f ", over the socket", f, scene_setup, scene_teardown, NULL \
	}
#define POSTED(f) \
	{ \
#f ", posted", f, scene_setup_http, scene_teardown, NULL \
	}
#define SCENE(f) SOCKET(f), POSTED(f)
	const struct CMUnitTest tests[] = {
		SCENE(the_lead_of_a_live_incident_is_granted),
		SCENE(whoever_acknowledged_the_page_is_granted),
		SCENE(a_bystander_is_denied_and_told_what_would_help),
		SCENE(whoever_does_what_the_denial_says_is_granted_at_once),
		SCENE(too_long_is_a_denial_that_names_the_maximum),
		SCENE(a_grant_ends_when_its_time_is_up),
		SCENE(a_second_delivery_is_acked_and_decides_nothing),
		SCENE(help_mine_and_mistakes_are_answered_in_the_ack),
		SCENE(a_slow_provider_is_announced_within_a_second_and_a_half),
		cmocka_unit_test_setup_teardown(
			nobody_is_waited_for_longer_than_ten_seconds, scene_setup_stopped,
			scene_teardown),
		SCENE(text_of_people_pings_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
