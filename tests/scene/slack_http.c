/* SPDX-License-Identifier: Apache-2.0 */
/* Slack posts to us instead of being dialled. That the job is done all the same is told in
 * access.c; here is what is particular to HTTP. */
#include <stdio.h>
#include <string.h>

#include "shared/buf.h"
#include "shared/metrics.h"
#include "tests/lib/hook_scene.h"
#include "tests/lib/scene_fault.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

static const struct hook_vendor *const slack = &hook_slack_vendor;

static int64_t requests(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM request");
}

/* --- is it there? ----------------------------------------------------------------------- */

static bool is_ready(struct scene *t, void *data)
{
	(void)data;
	return !*scene_why(t);
}

static void nothing_is_dialled_and_it_is_ready(void **state)
{
	struct scene *t = *state;

	assert_true(scene_until(t, is_ready, NULL, 5000));
	scene_settle(t);
	assert_int_equal(scene_dials(t), 0);
	assert_int_equal(world_sockets(t->world), 0);
	assert_null(t->app.socket);
	assert_true(t->app.was_ready);
}

/* Nobody could be told apart before auth.test has said which team this is. */
static void it_is_not_ready_before_it_knows_who_it_is(void **state)
{
	struct scene *t = *state;

	t->http = true;
	world_fault(t->world, &(struct world_fault){ .call = "auth.test",
						     .kind = WORLD_ERROR,
						     .error = "invalid_auth" });
	scene_start(t, false);
	assert_true(scene_logged(t, "slack.auth_failed"));
	assert_has(scene_why(t), "slack: ");
	assert_int_equal(hook_post_signed(t, slack, "command=%2Faccess&text=help"), 503);
	assert_has(hook_body(), "not-ready");
	/* The app can be set up all the same. */
	assert_int_equal(hook_post_signed(t, slack,
					  "{\"type\":\"url_verification\","
					  "\"challenge\":\"c-1\"}"),
			 200);
	world_clear_faults(t->world);
	scene_advance(t, 5 * 60 * 1000);
	assert_true(t->app.me.known);
	assert_has_not(scene_why(t), "slack: ");
	assert_has(scene_ack_text(scene_type(t, "ana", "help")), "prod-db");
	assert_int_equal(scene_dials(t), 0);
}

static void a_challenge_is_answered_with_itself(void **state)
{
	struct scene *t = *state;
	static const char body[] = "{\"type\":\"url_verification\",\"token\":\"x\","
				   "\"challenge\":\"c-7f3a <b>\"}";

	assert_int_equal(hook_post_signed(t, slack, body), 200);
	assert_string_equal(hook_body(), "c-7f3a <b>");
	assert_has(hook_head(), "text/plain");
	assert_int_equal(hook_post_text(t, HOOK_SLACK, "", body), 401);
	assert_has_not(hook_body(), "c-7f3a");
}

/* Slack does not always sign these. */
static void an_ssl_check_is_answered(void **state)
{
	struct scene *t = *state;

	assert_int_equal(hook_post_signed(t, slack, "ssl_check=1&token=x"), 200);
	assert_int_equal(hook_post_text(t, HOOK_SLACK, "", "token=x&ssl_check=1"), 200);
	assert_string_equal(hook_body(), "");
	/* Whoever signs has to sign well. */
	assert_int_equal(hook_post_text(t, HOOK_SLACK, "X-Slack-Signature: v0=00\r\n",
					"ssl_check=1"),
			 401);
}

/* An incident that ana leads. She has typed something, so that the watch knows her for one
 * who may be named; the tests post by themselves what she types next. */
static void ana_leads(struct scene *t)
{
	scene_incident(t, "ana");
	scene_type(t, "ana", "help");
}

/* --- what comes ---------------------------------------------------------------------------- */

static void buttons_and_events_are_acked(void **state)
{
	struct scene *t = *state;
	json_t *press =
		json_pack("{s:s,s:s}", "type", "block_actions", "trigger_id", "1.2.x");

	assert_true(scene_acked(t, world_send(t->world, "interactive", press, 0)));
	assert_true(scene_acked(t, world_open_home(t->world, "ana")));
	assert_int_equal(world_last_status(t->world), 200);
	assert_int_equal(requests(t), 0);
}

static void what_is_of_others_is_refused(void **state)
{
	static const struct {
		const char *name, *key, *value, *said;
	} rows[] = {
		{ "team", "team_id", "T0OTHER01", "another workspace" },
		{ "org-wide", "is_enterprise_install", "true", "one workspace only" },
	};
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world_envelope *e = scene_send_command(
			t, json_pack("{s:s}", rows[i].key, rows[i].value));

		assert_true(scene_acked(t, e));
		assert_has(scene_ack_text(e), rows[i].said);
	}
	assert_int_equal(requests(t), 0);
}

static void what_lacks_a_field_is_acked_and_skipped(void **state)
{
	struct scene *t = *state;

	assert_int_equal(
		hook_post_signed(t, slack, "team_id=T0ACME001&command=%2Faccess"), 200);
	assert_has(scene_log(), "command.unreadable");
	assert_int_equal(hook_post_signed(t, slack, "a=1&a=2"), 400);
	assert_has(scene_log(), "slack.post_unreadable");
	assert_int_equal(requests(t), 0);
}

/* What people type arrives as it was typed; what is not text is replaced. */
static void odd_bytes_are_text_all_the_same(void **state)
{
	struct scene *t = *state;

	ana_leads(t);
	assert_int_equal(
		hook_post_signed(
			t, slack,
			"team_id=T0ACME001&user_id=U0ANA0001&channel_id=C0INC0001&"
			"command=%2Faccess&text=prod-db+1h+%ff%00+caf%C3%A9&"
			"trigger_id=9.9.z"),
		200);
	assert_int_equal(requests(t), 1);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE reason LIKE "
				      "'%caf\xc3\xa9'"),
			 1);
	assert_non_null(scene_message(t, "Granted: prod-db"));
}

/* --- once --------------------------------------------------------------------------------------- */

static void posted_again_it_decides_nothing_new(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	struct world_envelope *e = scene_type(t, "ana", "prod-db 2h");

	assert_non_null(scene_message(t, "Granted: prod-db"));
	/* With X-Slack-Retry-Num, another time and another signature. */
	fake_clock_advance(&t->clock, 5000);
	assert_true(scene_acked(t, world_resend(t->world, e, true)));
	scene_stop(t);
	scene_start(t, true);
	assert_true(scene_acked(t, world_resend(t->world, e, true)));
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 1), 1);
	assert_int_equal(requests(t), 1);
}

/* The same bytes, with no trigger in them to be known by. */
static void replayed_it_decides_nothing_new(void **state)
{
	static const char body[] = "team_id=T0ACME001&user_id=U0ANA0001&channel_id="
				   "C0INC0001&command=%2Faccess&text=prod-db+1h";
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	ana_leads(t);
	slack->sign(t, body, strlen(body), 0, false, headers);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(hook_post_text(t, HOOK_SLACK, headers, body), 200);
		scene_settle(t);
	}
	assert_int_equal(requests(t), 1);
	fake_clock_advance(&t->clock, 301 * 1000);
	assert_int_equal(hook_post_text(t, HOOK_SLACK, headers, body), 401);
}

/* --- who is gone ------------------------------------------------------------------------------------ */

static int setup_held(void **state)
{
	struct scene *t;

	hook_setup_stopped(state);
	t = *state;
	t->http = true;
	scene_fault_ledger(t);
	scene_start(t, true);
	return 0;
}

static int teardown_held(void **state)
{
	return scene_fault_teardown(state, hook_teardown);
}

/* It has come in, and the ledger is held: be it by this, or by what is signed at start. */
static bool is_held(struct scene *t, void *data)
{
	struct buf metrics;
	bool asked;

	(void)data;
	buf_init(&metrics, 1 << 20);
	metrics_format(t->app.metrics, &metrics);
	asked = strstr(buf_str(&metrics), "accessd_commands_total{kind=\"ask\"}");
	buf_finish(&metrics);
	return asked && store_fault_held(0);
}

/* ana asks by a connection that the test holds, and the ledger is held as well. */
static void ask_and_hold(struct scene *t, struct wire *w)
{
	static const char body[] =
		"team_id=T0ACME001&user_id=U0ANA0001&channel_id=C0INC0001&command=%2Faccess"
		"&text=prod-db+1h&trigger_id=7.7.y";
	char headers[HOOK_HEADERS_SIZE], request[4096];

	slack->sign(t, body, strlen(body), 0, false, headers);
	snprintf(request, sizeof(request),
		 "POST " HOOK_SLACK
		 " HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n%s",
		 strlen(body), headers, body);
	store_fault_hold(STORE_FAULT_COMMIT);
	assert_true(wire_open(w, t->loop, app_port(&t->app), NULL));
	assert_true(wire_send_text(w, request));
	assert_true(scene_until(t, is_held, NULL, 5000));
}

static void who_is_gone_before_the_ack_is_decided_all_the_same(void **state)
{
	struct scene *t = *state;
	struct wire w;

	ana_leads(t);
	ask_and_hold(t, &w);
	wire_reset(&w);
	scene_settle(t);
	store_fault_release();
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(requests(t), 1);
}

/* The command outlives its request, and the service need not outlive either. */
static void the_service_may_end_while_somebody_waits(void **state)
{
	struct scene *t = *state;
	struct wire w;

	ana_leads(t);
	ask_and_hold(t, &w);
	store_fault_release();
	scene_stop(t);
	wire_close(&w);
	scene_start(t, true);
	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(requests(t), 1);
}

static bool stopped;

static void on_stopped(void *data)
{
	(void)data;
	stopped = true;
}

static void a_stop_waits_for_the_ack(void **state)
{
	struct scene *t = *state;
	struct wire w;

	ana_leads(t);
	ask_and_hold(t, &w);
	stopped = false;
	app_stop(&t->app, on_stopped, NULL);
	scene_settle(t);
	assert_false(stopped);
	store_fault_release();
	assert_true(wire_await(&w, "HTTP/1.1 200"));
	for (int i = 0; i < 200 && !stopped; i++) {
		scene_advance(t, 50);
	}
	assert_true(stopped);
	wire_close(&w);
}

/* --- secrets -------------------------------------------------------------------------------------------- */

static void both_secrets_hold_while_one_is_rotated(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	slack->sign(t, slack->hello, strlen(slack->hello), 0, true, headers);
	assert_int_equal(hook_post_text(t, HOOK_SLACK, headers, slack->hello), 200);
	t->slack = NULL;
	scene_reload(t);
	assert_int_equal(hook_post_text(t, HOOK_SLACK, headers, slack->hello), 401);
	assert_int_equal(hook_post_signed(t, slack, slack->hello), 200);
}

static void where_slack_is_dialled_nobody_posts(void **state)
{
	struct scene *t = *state;

	assert_int_equal(hook_post_signed(t, slack, slack->hello), 404);
	assert_int_equal(scene_dials(t), 1);
}

int main(void)
{
#define POSTED(f) cmocka_unit_test_setup_teardown(f, hook_setup_http, hook_teardown)
#define HELD(f)   cmocka_unit_test_setup_teardown(f, setup_held, teardown_held)
	const struct CMUnitTest tests[] = {
		POSTED(nothing_is_dialled_and_it_is_ready),
		cmocka_unit_test_setup_teardown(it_is_not_ready_before_it_knows_who_it_is,
						hook_setup_stopped, hook_teardown),
		POSTED(a_challenge_is_answered_with_itself),
		POSTED(an_ssl_check_is_answered),
		POSTED(buttons_and_events_are_acked),
		POSTED(what_is_of_others_is_refused),
		POSTED(what_lacks_a_field_is_acked_and_skipped),
		POSTED(odd_bytes_are_text_all_the_same),
		POSTED(posted_again_it_decides_nothing_new),
		POSTED(replayed_it_decides_nothing_new),
		HELD(who_is_gone_before_the_ack_is_decided_all_the_same),
		HELD(the_service_may_end_while_somebody_waits),
		HELD(a_stop_waits_for_the_ack),
		POSTED(both_secrets_hold_while_one_is_rotated),
		cmocka_unit_test_setup_teardown(where_slack_is_dialled_nobody_posts,
						hook_setup, hook_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
