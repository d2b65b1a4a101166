/* SPDX-License-Identifier: Apache-2.0 */
/* Apono asks on bad days, and asks again: when nobody answers, when the ledger hangs, when
 * an answer was lost, and after a restart. */
#include <stdio.h>

#include "shared/text.h"
#include "tests/lib/apono_scene.h"
#include "tests/lib/scene_fault.h"

#define ASKS(id, duration) \
	"{\"request_id\":\"" id "\",\"grantee\":\"ana@acme.example\",\"resource\":" \
	"\"prod-db\",\"duration_s\":\"" duration "\"}"
#define ANA_ASKS ASKS("req-1", "3600")

enum { S = 1000 };

static struct world_page *ana_acks(struct scene *t)
{
	struct world_page *p = world_trigger(t->world, "PSVC001", "replica lag");

	assert_true(world_ack(t->world, p, "ana"));
	fake_clock_advance(&t->clock, 1100);
	return p;
}

static int64_t recorded(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM request WHERE source = 'apono'");
}

static int64_t recorded_as(struct scene *t, const char *id, const char *state)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM request WHERE id = '%s' AND state = '%s'", id,
		 state);
	return scene_sql(t, sql);
}

static void assert_decided(const char *decision)
{
	assert_string_equal(apono_text("decision"), decision);
}

static const char *error_text(const char *name)
{
	return json_string_value(
		json_object_get(json_object_get(apono_json(), "error"), name));
}

/* A 503 may pass no validator. */
static void assert_no_verdict(const char *code)
{
	assert_null(json_object_get(apono_json(), "decision"));
	assert_null(json_object_get(apono_json(), "data"));
	assert_null(json_object_get(apono_json(), "incidents"));
	assert_string_equal(error_text("code"), code);
	assert_true(text_chars(error_text("message")) < 124);
}

/* --- nobody answers ------------------------------------------------------------------------ */

static void providers_down(struct scene *t)
{
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/*",
						     .kind = WORLD_STATUS,
						     .status = 500 });
	world_fault(t->world, &(struct world_fault){ .call = "GET /incidents",
						     .kind = WORLD_STATUS,
						     .status = 502 });
	fake_clock_advance(&t->clock, 1100);
}

static void what_could_not_be_found_out_is_no_verdict(void **state)
{
	struct scene *t = *state;

	ana_acks(t);
	providers_down(t);
	apono_post(t, ANA_ASKS, 503);
	assert_no_verdict("could-not-ask");
	assert_has(error_text("message"), "incident.io");
	assert_int_equal(recorded(t), 1);

	/* The same again, when they are back: it is decided afresh, and remembered. */
	world_clear_faults(t->world);
	fake_clock_advance(&t->clock, 2 * S);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
	assert_int_equal(recorded(t), 2);
	assert_int_equal(recorded_as(t, apono_text("check_id"), "granted"), 1);
}

static void one_provider_that_answers_is_enough_to_allow(void **state)
{
	struct scene *t = *state;

	ana_acks(t);
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/*",
						     .kind = WORLD_STATUS,
						     .status = 500 });
	fake_clock_advance(&t->clock, 1100);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
}

static void providers_that_are_slow_are_not_waited_for_beyond_five_seconds(void **state)
{
	struct scene *t = *state;
	int64_t from_ms;

	t->patience = "max_age = \"1s\"; timeout = \"8s\";";
	scene_start(t, true);
	ana_acks(t);
	world_fault(t->world,
		    &(struct world_fault){ .call = "GET *", .kind = WORLD_MUTE });
	fake_clock_advance(&t->clock, 1100);
	from_ms = t->clock.mono;
	apono_post_slow(t, ANA_ASKS, 503, 6 * S);
	assert_true(t->clock.mono - from_ms <= 5 * S);
	assert_true(t->clock.mono - from_ms >= 3 * S);
	assert_no_verdict("could-not-ask");
	assert_has(error_text("message"), "did not answer in 4 s");
}

/* --- the ledger ----------------------------------------------------------------------------- */

static int setup_faulty(void **state)
{
	apono_setup_stopped(state);
	scene_fault_ledger(*state);
	scene_start(*state, true);
	return 0;
}

static int teardown_faulty(void **state)
{
	return scene_fault_teardown(state, apono_teardown);
}

static void a_ledger_that_hangs_is_not_waited_for_beyond_five_seconds(void **state)
{
	struct scene *t = *state;
	int64_t from_ms;

	ana_acks(t);
	store_fault_hold(STORE_FAULT_COMMIT);
	from_ms = t->clock.mono;
	apono_post_slow(t, ANA_ASKS, 503, 6 * S);
	assert_true(t->clock.mono - from_ms <= 5 * S);
	assert_no_verdict("timeout");

	/* It was recorded all the same, and who asks again is told so. */
	store_fault_release();
	scene_settle(t);
	assert_int_equal(recorded(t), 1);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
	assert_int_equal(recorded(t), 1);
	assert_int_equal(recorded_as(t, apono_text("check_id"), "granted"), 1);
}

static void what_cannot_be_recorded_is_no_verdict(void **state)
{
	static const enum fail_kind kinds[] = { FAIL_LEDGER, FAIL_UNCERTAIN };
	struct scene *t = *state;

	ana_acks(t);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct fail why;

		fail_set(&why, kinds[i], "the disk /var/lib/secret is full");
		store_fault_at(STORE_FAULT_COMMIT, 1, 0, &why);
		apono_post(t, ANA_ASKS, 503);
		assert_no_verdict(fail_word(kinds[i]));
		assert_has_not(error_text("message"), "/var/lib");
		store_fault_heal();
	}
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
}

/* --- again ---------------------------------------------------------------------------------- */

static void for_a_minute_the_same_is_said_by_the_same_id(void **state)
{
	struct scene *t = *state;
	struct world_page *p = ana_acks(t);
	const char *first;

	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
	first = apono_text("check_id");
	world_resolve_page(t->world, p);
	fake_clock_advance(&t->clock, 59 * S);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
	assert_string_equal(apono_text("check_id"), first);
	assert_int_equal(recorded(t), 1);

	fake_clock_advance(&t->clock, 1 * S);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("deny");
	assert_string_not_equal(apono_text("check_id"), first);
	assert_int_equal(recorded(t), 2);
}

static void a_denial_is_repeated_likewise(void **state)
{
	struct scene *t = *state;
	const char *first;

	apono_post(t, ANA_ASKS, 200);
	assert_decided("deny");
	first = apono_text("check_id");
	ana_acks(t);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("deny");
	assert_string_equal(apono_text("check_id"), first);
	/* In Apono she asks anew. */
	apono_post(t, ASKS("req-2", "3600"), 200);
	assert_decided("allow");
}

static void another_question_by_the_same_id_is_another(void **state)
{
	static const char *const others[] = {
		ASKS("req-1", "7200"),
		ASKS("req-2", "3600"),
		"{\"request_id\":\"req-1\",\"grantee\":\"ana@acme.example\",\"resource\":"
		"\"prod-shell\",\"duration_s\":\"3600\"}",
		"{\"request_id\":\"req-1\",\"grantee\":\"bob@acme.example\",\"resource\":"
		"\"prod-db\",\"duration_s\":\"3600\"}",
		"{\"request_id\":\"req-1\",\"grantee\":\"ana@acme.example\",\"resource\":"
		"\"prod-db\",\"duration_s\":\"3600\",\"policy\":\"db-responders\"}",
		/* without an id nobody can tell whether it is the same */
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\"}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\"}",
	};
	struct scene *t = *state;

	ana_acks(t);
	apono_post(t, ANA_ASKS, 200);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		apono_post(t, others[i], 200);
		assert_row(recorded(t) == (int64_t)i + 2, i, others[i]);
	}
	/* What it does not rest on makes no difference. */
	apono_post(t,
		   "{ \"duration_s\": 3600, \"resource\": \"prod-db\", \"request_id\": "
		   "\"req-1\", \"grantee\": \"ana@acme.example\", \"event_time\": 7 }",
		   200);
	assert_int_equal(recorded(t), 1 + ARRAY_LEN(others));
}

static void two_at_once_are_one_request(void **state)
{
	struct scene *t = *state;
	struct wire w[2] = { 0 };
	const char *first;

	ana_acks(t);
	for (size_t i = 0; i < ARRAY_LEN(w); i++) {
		apono_send(t, &w[i], APONO_POST APONO_AUTH, ANA_ASKS, strlen(ANA_ASKS));
	}
	assert_int_equal(apono_reply(&w[0]), 200);
	first = apono_text("check_id");
	assert_int_equal(apono_reply(&w[1]), 200);
	assert_decided("allow");
	assert_string_equal(apono_text("check_id"), first);
	assert_int_equal(recorded(t), 1);
}

static void after_a_restart_the_ledger_knows(void **state)
{
	struct scene *t = *state;
	const char *first;

	ana_acks(t);
	apono_post(t, ANA_ASKS, 200);
	first = apono_text("check_id");
	scene_stop(t);
	scene_start(t, true);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
	assert_string_equal(apono_text("check_id"), first);
	assert_int_equal(recorded(t), 1);
}

/* What is answered stands in the ledger, under the id that is answered. */
static void after_a_restart_what_has_changed_is_a_decision_of_its_own(void **state)
{
	struct scene *t = *state;
	struct world_page *p = ana_acks(t);
	const char *first;

	apono_post(t, ANA_ASKS, 200);
	first = apono_text("check_id");
	scene_stop(t);
	world_resolve_page(t->world, p);
	scene_start(t, true);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("deny");
	assert_string_not_equal(apono_text("check_id"), first);
	assert_int_equal(recorded(t), 2);
	assert_int_equal(recorded_as(t, first, "granted"), 1);
	assert_int_equal(recorded_as(t, apono_text("check_id"), "denied"), 1);
}

static void with_other_policies_it_is_another_question(void **state)
{
	struct scene *t = *state;

	ana_acks(t);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
	t->policies = "  { name = \"nobody\"; resources = [ \"*\" ]; deny = true; }\n";
	scene_reload(t);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("deny");
	assert_int_equal(recorded_as(t, apono_text("check_id"), "denied"), 1);
}

/* --- gone ------------------------------------------------------------------------------------ */

static bool is_gone(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return strstr(scene_log(), "apono.gone") != NULL;
}

static void who_hangs_up_is_not_answered_and_nothing_is_recorded(void **state)
{
	struct scene *t = *state;
	struct wire w = { 0 };

	ana_acks(t);
	world_fault(t->world,
		    &(struct world_fault){ .call = "GET *", .kind = WORLD_MUTE });
	apono_send(t, &w, APONO_POST APONO_AUTH, ANA_ASKS, strlen(ANA_ASKS));
	scene_settle(t);
	wire_reset(&w);
	assert_true(scene_until(t, is_gone, NULL, 3000));
	scene_advance(t, 6 * S);
	assert_int_equal(recorded(t), 0);
	world_clear_faults(t->world);
	scene_advance(t, 2 * S);
	apono_post(t, ANA_ASKS, 200);
	assert_decided("allow");
}

static void it_may_be_stopped_while_somebody_waits(void **state)
{
	struct scene *t = *state;
	struct wire w = { 0 };

	ana_acks(t);
	world_fault(t->world,
		    &(struct world_fault){ .call = "GET *", .kind = WORLD_MUTE });
	apono_send(t, &w, APONO_POST APONO_AUTH, ANA_ASKS, strlen(ANA_ASKS));
	scene_settle(t);
	scene_stop(t);
	assert_true(wire_await_close(&w));
	assert_string_equal(wire_text(&w), "");
	wire_close(&w);
	assert_int_equal(recorded(t), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, apono_setup, apono_teardown)
#define STOPPED(fn) \
	cmocka_unit_test_setup_teardown(fn, apono_setup_stopped, apono_teardown)
#define FAULTY(fn) cmocka_unit_test_setup_teardown(fn, setup_faulty, teardown_faulty)
		TEST(what_could_not_be_found_out_is_no_verdict),
		TEST(one_provider_that_answers_is_enough_to_allow),
		STOPPED(providers_that_are_slow_are_not_waited_for_beyond_five_seconds),
		FAULTY(a_ledger_that_hangs_is_not_waited_for_beyond_five_seconds),
		FAULTY(what_cannot_be_recorded_is_no_verdict),
		TEST(for_a_minute_the_same_is_said_by_the_same_id),
		TEST(a_denial_is_repeated_likewise),
		TEST(another_question_by_the_same_id_is_another),
		TEST(two_at_once_are_one_request),
		TEST(after_a_restart_the_ledger_knows),
		TEST(after_a_restart_what_has_changed_is_a_decision_of_its_own),
		TEST(with_other_policies_it_is_another_question),
		TEST(who_hangs_up_is_not_answered_and_nothing_is_recorded),
		TEST(it_may_be_stopped_while_somebody_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
