/* SPDX-License-Identifier: Apache-2.0 */
/* One connection: its ticket, its dial, and what its end is taken for. */
#include "tests/unit/bot/slack/socket_fixture.h"

#include "bot/slack/ticket.h"

static void the_token_goes_into_the_header_and_nowhere_else(void **state)
{
	const struct http_request *req = fake.asked[0];

	(void)state;
	assert_int_equal(fake.n_asked, 1);
	assert_string_equal(req->method, "POST");
	assert_string_equal(req->url, "https://slack.com/api/apps.connections.open");
	assert_string_equal(req->auth_scheme, "Bearer");
	assert_ptr_equal(req->auth, &fix.token);
	assert_string_equal(req->headers[0],
			    "Content-Type: application/x-www-form-urlencoded");
	assert_null(req->headers[1]);
	assert_null(req->body);
	assert_int_equal(req->body_len, 0);
	assert_int_equal(req->timeout_ms, 10000);
}

static void the_dial_has_its_limits_and_its_pings(void **state)
{
	const struct ws_config *conf;

	(void)state;
	give_ticket();
	conf = &latest()->conf;
	assert_memory_equal(latest()->url,
			    "wss://wss-primary.slack.com/link/?ticket=", 41);
	assert_int_equal(conf->connect_timeout_ms, 10000);
	assert_int_equal(conf->ping_ms, 10000);
	assert_int_equal(conf->dead_ms, 30000);
	assert_int_equal(conf->max_message, 4 * 1024 * 1024);
}

/* What needs somebody is tried every 5 minutes, and says what to do. */
static void what_does_not_pass_is_tried_every_five_minutes(void **state)
{
	static const struct {
		const char *word, *hint;
	} rows[] = {
		{ "invalid_auth", "xapp-" },
		{ "not_authed", "xapp-" },
		{ "account_inactive", "slack.app_token" },
		{ "token_revoked", "slack.app_token" },
		{ "token_expired", "slack.app_token" },
		{ "user_removed_from_team", "slack.app_token" },
		{ "team_disabled", "admin" },
		{ "not_allowed_token_type", "app tokens start with xapp-, bot tokens" },
		{ "missing_scope", "connections:write" },
		{ "missing_args", "xapp-" },
		{ "forbidden_team", "admin" },
		{ "is_bot", "xapp-" },
		{ "insecure_request", "slack.api_url" },
		{ "no_permission", "connections:write" },
		{ "access_denied", "admin" },
		{ "accesslimited", "IP" },
		{ "two_factor_setup_required", "admin" },
	};

	(void)state;
	assert_true(ticket_errors_sorted());
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char body[128];

		fake.log_len = 0;
		snprintf(body, sizeof(body), "{\"ok\":false,\"error\":\"%s\"}",
			 rows[i].word);
		answer(200, body, NULL);
		assert_row(strstr(fake.log, "error slack.open_failed"), i, rows[i].word);
		assert_row(strstr(fake.log, rows[i].word), i, rows[i].word);
		assert_row(strstr(fake.log, rows[i].hint), i, rows[i].word);
		assert_row(strstr(fake.log, "then=\"dial in 300 s\""), i, rows[i].word);
		assert_row(strstr(slack_socket_why(fix.s), rows[i].word), i,
			   rows[i].word);
		assert_row(asked_after(400000) == 300000, i, rows[i].word);
	}
	answer(404, "<html>not found</html>", NULL);
	assert_has(fake.log, "HTTP 404");
	assert_int_equal(asked_after(400000), 300000);
}

/* ... and what passes is tried for ever, ever more slowly. */
static void what_passes_is_tried_for_ever(void **state)
{
	static const struct {
		long status;
		const char *body;
	} rows[] = {
		{ 200, "{\"ok\":false,\"error\":\"internal_error\"}" },
		{ 200, "{\"ok\":false,\"error\":\"fatal_error\"}" },
		{ 503, "{\"ok\":false,\"error\":\"service_unavailable\"}" },
		{ 200, "{\"ok\":false,\"error\":\"request_timeout\"}" },
		{ 200, "{\"ok\":false,\"error\":\"team_added_to_org\"}" },
		{ 200, "{\"ok\":false,\"error\":\"a_word_of_tomorrow\"}" },
		{ 200, "{\"ok\":false,\"error\":\"<b>'\\n not a word\"}" },
		{ 200, "{\"ok\":false}" },
		{ 200, "{\"ok\":\"true\",\"url\":\"wss://wss-primary.slack.com/\"}" },
		{ 200, "{\"ok\":true}" },
		{ 200, "{\"ok\":true,\"url\":17}" },
		{ 200, "<html>log in to the hotel</html>" },
		{ 200, "" },
		{ 500, "" },
		{ 502, "Bad Gateway" },
		{ 302, "" },
		{ 403, "" },
	};

	(void)state;
	fix.dice = UINT32_MAX;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t want_ms = i < 6 ? 1000 << i : 60000;

		answer(rows[i].status, rows[i].body, NULL);
		assert_row(asked_after(400000) == (want_ms < 2000 ? 2000 : want_ms), i,
			   rows[i].body);
	}
	assert_has_not(fake.log, "error slack");
	assert_has_not(fake.log, "<b>");
	for (int i = 0; i < 50; i++) {
		answer_fail(i % 2 ? FAIL_TIMEOUT : FAIL_UNCERTAIN,
			    "no reply in 10000 ms");
		assert_int_equal(asked_after(400000), 60000);
	}
	go_live();
}

static void a_rate_limit_is_waited_out(void **state)
{
	(void)state;
	answer(429, "", "17");
	assert_int_equal(asked_after(90000), 17000);
	answer(429, "{\"ok\":false,\"error\":\"ratelimited\"}", NULL);
	assert_int_equal(asked_after(90000), 30000);
	answer(200, "{\"ok\":false,\"error\":\"ratelimited\"}", "40");
	assert_int_equal(asked_after(90000), 40000);
	answer(200, "{\"ok\":false,\"error\":\"rate_limited\"}", NULL);
	assert_int_equal(asked_after(90000), 30000);
}

/* A reply that sends us elsewhere, by mistake or on purpose. */
static void only_slacks_hosts_are_dialled(void **state)
{
	static const char *const urls[] = {
		"wss://slack.com.evil.example/link/?ticket=1",
		"wss://evilslack.com/link/?ticket=1",
		"wss://.slack.com/?ticket=1",
		"wss://127.0.0.1/link/?ticket=1",
		"ws://wss-primary.slack.com/link/?ticket=1",
		"https://wss-primary.slack.com/link/?ticket=1",
		"wss://wss-primary.slack.com@evil.example/?ticket=1",
		"wss://[::1]/?ticket=1",
		"ticket",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		char body[256];

		snprintf(body, sizeof(body), "{\"ok\":true,\"url\":\"%s\"}", urls[i]);
		answer(200, body, NULL);
		assert_row(fake.n_dialled == 0, i, urls[i]);
		assert_row(asked_after(400000) == 300000, i, urls[i]);
	}
	assert_has(fake.log, "error slack.open_failed");
	answer(200, "{\"ok\":true,\"url\":\"wss://wss-x.slack-gov.com/?ticket=1\"}",
	       NULL);
	assert_int_equal(fake.n_dialled, 1);
}

static void tests_may_have_a_slack_on_loopback(void **state)
{
	struct fail f = { 0 };

	(void)state;
	assert_true(
		ticket_host_check("ws://127.0.0.1:99/x", "http://127.0.0.1:80/api/", &f));
	assert_true(ticket_host_check("wss://localhost:99/x", "https://localhost/", &f));
	assert_false(ticket_host_check("ws://127.0.0.2/", "http://127.0.0.1/api/", &f));
	assert_false(
		ticket_host_check("wss://proxy.example/", "https://proxy.example/", &f));
}

static void no_hello_in_ten_seconds_is_a_failed_dial(void **state)
{
	struct ws *w;

	(void)state;
	give_ticket();
	w = latest();
	upgrade(w);
	pass(9900);
	assert_int_equal(w->close_code, 0);
	pass(200);
	assert_int_equal(w->close_code, 1000); /* properly: no ghost is left */
	say(w, HELLO);                         /* too late */
	assert_false(slack_socket_live(fix.s));
	pass(1100);
	assert_true(w->over);
	assert_has(fake.log, "warn  slack.open_failed connection=1 reason=no-hello");
	assert_has(slack_socket_why(fix.s), "no hello in 10000 ms");
	assert_true(asked_after(61000) <= 2000);
}

static void an_upgrade_that_is_refused_takes_a_new_ticket(void **state)
{
	struct fail f;

	(void)state;
	give_ticket();
	fail_set(&f, FAIL_DENIED, "HTTP 403");
	ws_end(latest(), 0, &f);
	assert_has(fake.log, "reason=dial-failed");
	assert_true(asked_after(61000) <= 2000);
	go_live();
}

static void a_hello_of_another_app_is_refused(void **state)
{
	struct ws *w;

	(void)state;
	give_ticket();
	w = latest();
	upgrade(w);
	say(w, "{\"type\":\"hello\",\"connection_info\":{\"app_id\":\"A0OTHER01\"}}");
	assert_false(slack_socket_live(fix.s));
	assert_int_equal(w->close_code, 1000);
	pass(1000);
	assert_has(fake.log, "error slack.open_failed connection=1 reason=other-app");
	assert_int_equal(asked_after(400000), 300000);
}

static void a_link_that_is_disabled_is_an_error_and_no_loop(void **state)
{
	struct ws *w = go_live();

	(void)state;
	pass(100000);
	say(w, DISCONNECT("link_disabled"));
	assert_int_equal(w->close_code, 1000);
	assert_false(fix.told_live);
	pass(1000);
	assert_has(fake.log,
		   "error slack.disconnected connection=1 reason=link-disabled");
	assert_has(fake.log, "switch it on");
	assert_has(slack_socket_why(fix.s), "Socket Mode is switched off");
	assert_int_equal(asked_after(400000), 300000);
	go_live();
}

static void a_dead_peer_and_a_lost_one_are_told_apart(void **state)
{
	struct fail f;

	(void)state;
	fail_set(&f, FAIL_TIMEOUT, "nothing heard for 30000 ms");
	ws_end(go_live(), 0, &f);
	assert_has(fake.log, "warn  slack.disconnected connection=1 reason=dead");
	asked_after(61000);
	lose(go_live());
	assert_has(fake.log, "warn  slack.disconnected connection=2 reason=lost");
	asked_after(61000);
	ws_end(go_live(), 1009, &(struct fail){ .kind = FAIL_NONE });
	assert_has(fake.log, "Slack has closed it with 1009");
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(the_token_goes_into_the_header_and_nowhere_else),
		test(the_dial_has_its_limits_and_its_pings),
		test(what_does_not_pass_is_tried_every_five_minutes),
		test(what_passes_is_tried_for_ever),
		test(a_rate_limit_is_waited_out),
		test(only_slacks_hosts_are_dialled),
		test(tests_may_have_a_slack_on_loopback),
		test(no_hello_in_ten_seconds_is_a_failed_dial),
		test(an_upgrade_that_is_refused_takes_a_new_ticket),
		test(a_hello_of_another_app_is_refused),
		test(a_link_that_is_disabled_is_an_error_and_no_loop),
		test(a_dead_peer_and_a_lost_one_are_told_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
