/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the Web API: how they look, what their replies mean, who waits for whom. */
#include "tests/unit/bot/slack/fake_transport.h"

#include "bot/slack/reply.h"
#include "bot/slack/web_api.h"

#define HOOK "https://hooks.slack.com/commands/T0ACME001/1/sesame"

struct call {
	struct slack_call call;
	unsigned done;
	bool had_reply;
	struct fail fail;
	int64_t done_ms;
	unsigned order;
};

static struct slack_api *api;
static struct secret token;
static unsigned order;
static bool close_in_callback;

static void on_done(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct call *c = container_of(call, struct call, call);

	c->done++;
	c->had_reply = reply != NULL;
	c->fail = *f;
	c->done_ms = fake.clock.mono;
	c->order = ++order;
	assert_has_not(f->msg, "sesame");
	if (close_in_callback) {
		slack_api_close(api);
		api = NULL;
	}
}

static int setup(void **state)
{
	struct slack_api_config conf = { .api_url = "https://slack.com/api/",
					 .token = &token,
					 .response_host = "127.0.0.1" };
	struct fail f = { 0 };

	(void)state;
	fake_open();
	order = 0;
	close_in_callback = false;
	secret_set(&token, "xoxb-secret", 11);
	conf.loop = fake.loop;
	conf.metrics = fake.metrics;
	assert_true(slack_api_open(&conf, &api, &f));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	slack_api_close(api);
	secret_finish(&token);
	assert_has_not(fake.log, "sesame");
	assert_has_not(fake.log, "xoxb");
	fake_close();
	return 0;
}

static void start(struct call *c, const char *method, bool form)
{
	*c = (struct call){ .call = { .method = method,
				      .form = form,
				      .body = form ? "user=U0ANA0001" : "{\"a\":1}",
				      .cb = on_done } };
	slack_call_start(api, &c->call);
	assert_int_equal(c->done, 0);
}

static void respond(struct call *c, const char *url)
{
	*c = (struct call){ .call = { .body = "{\"text\":\"hi\"}", .cb = on_done } };
	slack_respond_start(api, &c->call, url);
	assert_int_equal(c->done, 0);
}

static void a_write_is_json_and_a_read_is_a_form(void **state)
{
	const struct http_request *req;
	struct call c;

	(void)state;
	start(&c, "chat.postMessage", false);
	req = fake.asked[0];
	assert_string_equal(req->method, "POST");
	assert_string_equal(req->url, "https://slack.com/api/chat.postMessage");
	assert_string_equal(req->auth_scheme, "Bearer");
	assert_ptr_equal(req->auth, &token);
	assert_string_equal(req->headers[0],
			    "Content-Type: application/json; charset=utf-8");
	assert_string_equal(req->body, "{\"a\":1}");
	assert_int_equal(req->body_len, 7);
	assert_int_equal(req->timeout_ms, 10000);
	answer(200, "{\"ok\":true,\"ts\":\"1.2\",\"warning\":\"missing_charset\"}", NULL);
	assert_int_equal(c.done, 1);
	assert_int_equal(c.fail.kind, FAIL_NONE);
	assert_true(c.had_reply);
	start(&c, "users.info", true);
	assert_string_equal(fake.asked[0]->headers[0],
			    "Content-Type: application/x-www-form-urlencoded");
	answer(200, "{\"ok\":true}", NULL);
	metrics_have("accessd_slack_calls_total{result=\"ok\"} 2");
}

static void the_scopes_of_the_token_are_handed_out(void **state)
{
	struct http_response res = { .status = 200, .body = "{\"ok\":true}" };
	struct http_request *req;
	struct call c;

	(void)state;
	start(&c, "auth.test", true);
	res.body_len = strlen(res.body);
	res.oauth_scopes = "commands,chat:write";
	req = fake.asked[0];
	http_request_cancel(req);
	req->cb(req, &res, &(struct fail){ .kind = FAIL_NONE });
	assert_string_equal(c.call.scopes, "commands,chat:write");
}

/* HTTP says 200 to all of them. */
static void each_error_word_has_its_kind(void **state)
{
	static const struct {
		const char *word;
		enum fail_kind write, read;
		const char *hint;
	} rows[] = {
		{ "invalid_auth", FAIL_DENIED, FAIL_DENIED, "xoxb-" },
		{ "not_authed", FAIL_DENIED, FAIL_DENIED, "xoxb-" },
		{ "not_allowed_token_type", FAIL_DENIED, FAIL_DENIED, "xoxb-" },
		{ "token_revoked", FAIL_DENIED, FAIL_DENIED, "install" },
		{ "account_inactive", FAIL_DENIED, FAIL_DENIED, "install" },
		{ "accesslimited", FAIL_DENIED, FAIL_DENIED, "IP" },
		{ "no_permission", FAIL_DENIED, FAIL_DENIED, "admin" },
		{ "not_in_channel", FAIL_DENIED, FAIL_DENIED, "invite" },
		{ "messages_tab_disabled", FAIL_DENIED, FAIL_DENIED, "Messages Tab" },
		{ "restricted_action", FAIL_DENIED, FAIL_DENIED, "admin" },
		{ "channel_not_found", FAIL_NOT_FOUND, FAIL_NOT_FOUND, "" },
		{ "user_not_found", FAIL_NOT_FOUND, FAIL_NOT_FOUND, "" },
		{ "users_not_found", FAIL_NOT_FOUND, FAIL_NOT_FOUND, "" },
		{ "message_not_found", FAIL_NOT_FOUND, FAIL_NOT_FOUND, "" },
		{ "is_archived", FAIL_NOT_FOUND, FAIL_NOT_FOUND, "" },
		{ "expired_trigger_id", FAIL_NOT_FOUND, FAIL_NOT_FOUND, "" },
		{ "hash_conflict", FAIL_CONFLICT, FAIL_CONFLICT, "" },
		{ "invalid_blocks", FAIL_INVALID, FAIL_INVALID, "" },
		{ "msg_too_long", FAIL_INVALID, FAIL_INVALID, "" },
		{ "a_word_of_tomorrow", FAIL_INVALID, FAIL_INVALID, "" },
		{ "internal_error", FAIL_UPSTREAM, FAIL_UPSTREAM, "" },
		{ "service_unavailable", FAIL_UPSTREAM, FAIL_UPSTREAM, "" },
		{ "fatal_error", FAIL_UNCERTAIN, FAIL_UPSTREAM, "" },
	};

	(void)state;
	assert_true(slack_errors_sorted());
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int form = 0; form < 2; form++) {
			char body[128];
			struct call c;

			snprintf(body, sizeof(body), "{\"ok\":false,\"error\":\"%s\"}",
				 rows[i].word);
			start(&c, "chat.postMessage", form);
			answer(200, body, NULL);
			assert_row(c.done == 1 && !c.had_reply, i, rows[i].word);
			assert_row(c.fail.kind == (form ? rows[i].read : rows[i].write),
				   i, rows[i].word);
			assert_row(strcmp(c.call.error, rows[i].word) == 0, i,
				   rows[i].word);
			assert_row(strstr(c.fail.hint, rows[i].hint) != NULL, i,
				   rows[i].word);
			assert_row(strstr(c.fail.msg, "chat.postMessage") != NULL, i,
				   rows[i].word);
		}
	}
}

static void what_is_so_already_is_a_success(void **state)
{
	struct call c;

	(void)state;
	start(&c, "reactions.add", false);
	answer(200, "{\"ok\":false,\"error\":\"already_reacted\"}", NULL);
	assert_int_equal(c.fail.kind, FAIL_NONE);
	assert_true(c.had_reply);
	assert_string_equal(c.call.error, "already_reacted");
}

static void a_missing_scope_is_named_and_nothing_else(void **state)
{
	struct call c;

	(void)state;
	start(&c, "users.lookupByEmail", true);
	answer(200,
	       "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"users:read.email\","
	       "\"provided\":\"chat:write,sesame\"}",
	       NULL);
	assert_int_equal(c.fail.kind, FAIL_DENIED);
	assert_has(c.fail.hint, "users:read.email");
	assert_has_not(c.fail.hint, "sesame");
	start(&c, "users.info", true);
	answer(200,
	       "{\"ok\":false,\"error\":\"missing_scope\",\"needed\":\"<a href=x>\\n\"}",
	       NULL);
	assert_has_not(c.fail.hint, "<a");
}

static void a_bad_block_is_pointed_at_without_its_text(void **state)
{
	struct call c;

	(void)state;
	start(&c, "chat.postMessage", false);
	answer(200,
	       "{\"ok\":false,\"error\":\"invalid_blocks\",\"response_metadata\":{"
	       "\"messages\":[\"[ERROR] must be less than 3001 characters, not sesame "
	       "[json-pointer:/blocks/0/text]\"]}}",
	       NULL);
	assert_has(c.fail.msg, "'invalid_blocks' at /blocks/0/text");
}

static void words_that_are_none_are_not_repeated(void **state)
{
	struct call c;

	(void)state;
	start(&c, "users.info", true);
	answer(200, "{\"ok\":false,\"error\":\"sesame open!\\n\"}", NULL);
	assert_string_equal(c.call.error, "?");
	assert_int_equal(c.fail.kind, FAIL_INVALID);
}

static void without_a_word_the_status_counts(void **state)
{
	static const struct {
		long status;
		const char *body;
		enum fail_kind write, read;
	} rows[] = {
		{ 200, "<html>", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 200, "", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 200, "{\"ok\":\"true\"}", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 200, "{\"ok\":true} {}", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 200, "{\"ok\":tr", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 500, "", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 504, "Gateway Timeout", FAIL_UNCERTAIN, FAIL_UPSTREAM },
		{ 401, "", FAIL_DENIED, FAIL_DENIED },
		{ 403, "", FAIL_DENIED, FAIL_DENIED },
		{ 404, "", FAIL_INVALID, FAIL_INVALID },
		{ 302, "", FAIL_UPSTREAM, FAIL_UPSTREAM },
		{ 503, "{\"ok\":false,\"error\":\"service_unavailable\"}", FAIL_UPSTREAM,
		  FAIL_UPSTREAM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int form = 0; form < 2; form++) {
			struct call c;

			start(&c, "chat.postMessage", form);
			answer(rows[i].status, rows[i].body, NULL);
			assert_row(c.fail.kind == (form ? rows[i].read : rows[i].write),
				   i, rows[i].body);
			assert_row(c.call.error[0] == '\0' || rows[i].status == 503, i,
				   rows[i].body);
		}
	}
}

static void a_line_that_breaks_is_uncertain_for_a_write_only(void **state)
{
	struct call c;

	(void)state;
	start(&c, "chat.postMessage", false);
	answer_fail(FAIL_UNCERTAIN, "no whole reply");
	assert_int_equal(c.fail.kind, FAIL_UNCERTAIN);
	start(&c, "users.info", true);
	answer_fail(FAIL_UNCERTAIN, "no whole reply");
	assert_int_equal(c.fail.kind, FAIL_UPSTREAM);
	start(&c, "chat.postMessage", false);
	answer_fail(FAIL_TIMEOUT, "no connection");
	assert_int_equal(c.fail.kind, FAIL_TIMEOUT);
	assert_string_equal(c.fail.msg,
			    "Slack: cannot call chat.postMessage: no connection");
}

/* --- rate limits ---------------------------------------------------------------------- */

static void a_429_parks_its_method_and_no_other(void **state)
{
	struct call a, b, c, other;

	(void)state;
	start(&a, "users.info", true);
	answer(429, "", "7");
	assert_int_equal(a.done, 0);
	start(&b, "users.info", true);
	start(&c, "users.info", true);
	assert_int_equal(fake.n_asked, 0);
	start(&other, "chat.postMessage", false);
	assert_int_equal(fake.n_asked, 1);
	answer(200, "{\"ok\":true}", NULL);
	assert_int_equal(other.done, 1);
	pass(6900);
	assert_int_equal(fake.n_asked, 0);
	pass(200);
	/* one at a time, in the order in which they came */
	assert_int_equal(fake.n_asked, 1);
	assert_ptr_equal(fake.asked[0], &a.call.req);
	answer(200, "{\"ok\":true}", NULL);
	assert_int_equal(a.done, 1);
	assert_int_equal(fake.n_asked, 1);
	assert_ptr_equal(fake.asked[0], &b.call.req);
	answer(200, "{\"ok\":true}", NULL);
	assert_ptr_equal(fake.asked[0], &c.call.req);
	answer(200, "{\"ok\":true}", NULL);
	assert_true(a.order < b.order && b.order < c.order);
	start(&a, "users.info", true);
	start(&b, "users.info", true);
	assert_int_equal(fake.n_asked, 2); /* all is as before */
	answer(200, "{\"ok\":true}", NULL);
	answer(200, "{\"ok\":true}", NULL);
	assert_has(fake.log, "slack.rate_limited method=users.info retry_after_s=7");
	metrics_have("accessd_slack_rate_limited_total{method=\"users.info\"} 1");
}

static void both_words_for_a_rate_limit_park(void **state)
{
	struct call c;

	(void)state;
	start(&c, "chat.postMessage", false);
	answer(200, "{\"ok\":false,\"error\":\"rate_limited\"}", NULL);
	pass(29900);
	assert_int_equal(fake.n_asked, 0);
	pass(200);
	assert_int_equal(fake.n_asked, 1);
	answer(200, "{\"ok\":false,\"error\":\"ratelimited\"}", "3");
	/* its one wait is used up */
	assert_int_equal(c.done, 1);
	assert_int_equal(c.fail.kind, FAIL_BUSY);
	assert_int_equal(c.fail.retry_after_s, 3);
}

static void many_in_flight_that_are_limited_keep_their_order(void **state)
{
	struct call a, b, c;

	(void)state;
	start(&a, "users.info", true);
	start(&b, "users.info", true);
	http_request_cancel(&a.call.req); /* b is answered first */
	answer(429, "", "2");
	fake.asked[fake.n_asked++] = &a.call.req;
	start(&c, "users.info", true);
	answer(429, "", "5"); /* the longer wait counts */
	pass(4900);
	assert_int_equal(fake.n_asked, 0);
	pass(200);
	assert_ptr_equal(fake.asked[0], &a.call.req);
	answer(200, "{\"ok\":true}", NULL);
	assert_ptr_equal(fake.asked[0], &b.call.req);
	answer(429, "", "2");
	assert_int_equal(b.fail.kind, FAIL_BUSY);
	pass(2100);
	assert_ptr_equal(fake.asked[0], &c.call.req);
	answer(200, "{\"ok\":true}", NULL);
	assert_int_equal(c.done, 1);
}

static void the_longest_wait_counts(void **state)
{
	struct call a, b, c;

	(void)state;
	start(&a, "users.info", true);
	start(&b, "users.info", true);
	start(&c, "users.info", true);
	answer(429, "", "2");
	answer(429, "", "5");
	answer(429, "", "3");
	pass(4900);
	assert_int_equal(fake.n_asked, 0);
	pass(200);
	answer(200, "{\"ok\":true}", NULL);
	answer(200, "{\"ok\":true}", NULL);
	answer(200, "{\"ok\":true}", NULL);
	assert_int_equal(a.done + b.done + c.done, 3);
}

static void the_queue_has_an_end(void **state)
{
	static struct call calls[1026];

	(void)state;
	start(&calls[0], "users.info", true);
	answer(429, "", "9");
	for (size_t i = 1; i < 1026; i++) {
		start(&calls[i], "users.info", true);
	}
	pass(0);
	assert_int_equal(calls[1023].done, 0);
	assert_int_equal(calls[1024].done, 1);
	assert_int_equal(calls[1024].fail.kind, FAIL_BUSY);
	assert_int_equal(calls[1024].fail.retry_after_s, 9);
	assert_int_equal(calls[1025].done, 1);
}

static void a_call_that_waits_can_be_cancelled(void **state)
{
	struct call a, b, c, d;

	(void)state;
	start(&a, "users.info", true);
	answer(429, "", "2");
	start(&b, "users.info", true);
	start(&c, "users.info", true);
	start(&d, "users.info", true);
	slack_call_cancel(&b.call);
	pass(2100);
	assert_ptr_equal(fake.asked[0], &a.call.req);
	slack_call_cancel(&d.call); /* one at a time all the same */
	assert_int_equal(fake.n_asked, 1);
	slack_call_cancel(&a.call); /* and the next one goes */
	assert_int_equal(fake.n_asked, 1);
	assert_ptr_equal(fake.asked[0], &c.call.req);
	slack_call_cancel(&c.call);
	slack_call_cancel(&c.call);
	assert_int_equal(fake.n_asked, 0);
	assert_int_equal(a.done + b.done + c.done, 0);
	start(&a, "users.info", true);
	assert_int_equal(fake.n_asked, 1);
	answer(200, "{\"ok\":true}", NULL);
}

static void closing_cancels_what_flies_waits_and_has_failed(void **state)
{
	struct call flies, waits[3], failed;

	(void)state;
	start(&flies, "chat.postMessage", false);
	start(&waits[0], "users.info", true);
	fake.asked[0] = &waits[0].call.req;
	fake.asked[1] = &flies.call.req;
	answer(429, "", "2");
	start(&waits[1], "users.info", true);
	start(&waits[2], "users.info", true);
	pass(2100); /* one of them flies again */
	respond(&failed, "nonsense");
	slack_api_close(api);
	api = NULL;
	pass(10000);
	assert_int_equal(flies.done + failed.done, 0);
	assert_int_equal(waits[0].done + waits[1].done + waits[2].done, 0);
}

static void it_may_be_closed_from_a_callback(void **state)
{
	struct call a, b;

	(void)state;
	start(&a, "users.info", true);
	start(&b, "users.info", true);
	close_in_callback = true;
	answer(200, "{\"ok\":true}", NULL);
	assert_int_equal(a.done, 1);
	assert_int_equal(b.done, 0);
	assert_null(api);
}

/* --- response_urls --------------------------------------------------------------------- */

static void a_response_carries_no_token(void **state)
{
	struct call c;

	(void)state;
	respond(&c, HOOK);
	assert_string_equal(fake.asked[0]->url, HOOK);
	assert_null(fake.asked[0]->auth_scheme);
	assert_null(fake.asked[0]->auth);
	answer(200, "ok", NULL);
	assert_int_equal(c.done, 1);
	assert_int_equal(c.fail.kind, FAIL_NONE);
	assert_false(c.had_reply);
}

/* Who chooses the URL would choose whom we post to. */
static void only_slacks_hooks_are_posted_to(void **state)
{
	static const struct {
		const char *url;
		bool ok;
	} rows[] = {
		{ "https://hooks.slack.com/actions/T1/2/sesame", true },
		{ "https://HOOKS.slack.com/actions/T1/2/sesame", true },
		{ "https://hooks.slack.com:443/actions/sesame", true },
		{ "https://hooks.slack-gov.com/actions/sesame", true },
		{ "http://127.0.0.1:8080/response/sesame", true },
		{ "https://127.0.0.1/response/sesame", true },
		{ "http://hooks.slack.com/actions/sesame", false },
		{ "https://hooks.slack.com:8443/actions/sesame", false },
		{ "https://slack.com/actions/sesame", false },
		{ "https://hooks.slack.com.evil.example/sesame", false },
		{ "https://evil.example/hooks.slack.com/sesame", false },
		{ "https://hooks.slack.com@evil.example/sesame", false },
		{ "https://evil.example#hooks.slack.com/sesame", false },
		{ "https://hooks.slack.com./sesame", false },
		{ "https://xhooks.slack.com/sesame", false },
		{ "http://169.254.169.254/latest/sesame", false },
		{ "http://localhost/sesame", false },
		{ "http://[::1]/sesame", false },
		{ "ws://127.0.0.1/sesame", false },
		{ "wss://hooks.slack.com/sesame", false },
		{ "file:///etc/sesame", false },
		{ "https://hooks.slack.com/a b", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct call c;

		respond(&c, rows[i].url);
		assert_row((fake.n_asked == 1) == rows[i].ok, i, rows[i].url);
		if (rows[i].ok) {
			answer(200, "ok", NULL);
		}
		pass(0);
		assert_row(c.done == 1, i, rows[i].url);
		assert_row(c.fail.kind == (rows[i].ok ? FAIL_NONE : FAIL_INVALID), i,
			   rows[i].url);
	}
}

static void a_response_url_expires(void **state)
{
	static const struct {
		long status;
		enum fail_kind kind;
	} rows[] = {
		{ 200, FAIL_NONE },      { 400, FAIL_NOT_FOUND }, { 403, FAIL_NOT_FOUND },
		{ 404, FAIL_NOT_FOUND }, { 410, FAIL_NOT_FOUND }, { 429, FAIL_BUSY },
		{ 500, FAIL_UNCERTAIN }, { 503, FAIL_UNCERTAIN }, { 302, FAIL_UPSTREAM },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct call c;

		respond(&c, HOOK);
		answer(rows[i].status, "sesame", "4");
		assert_row(c.fail.kind == rows[i].kind, i, "status");
		assert_row(c.fail.retry_after_s == (rows[i].status == 429 ? 4 : 0), i,
			   "retry-after");
	}
}

static void an_api_url_that_is_none_is_refused(void **state)
{
	struct slack_api_config conf = { .loop = fake.loop,
					 .api_url = "http://slack.com/api/" };
	struct slack_api *none = NULL;
	struct fail f = { 0 };

	(void)state;
	assert_false(slack_api_open(&conf, &none, &f));
	assert_has(f.msg, "slack.api_url");
	assert_null(none);
	slack_api_close(NULL);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(a_write_is_json_and_a_read_is_a_form),
		test(the_scopes_of_the_token_are_handed_out),
		test(each_error_word_has_its_kind),
		test(what_is_so_already_is_a_success),
		test(a_missing_scope_is_named_and_nothing_else),
		test(a_bad_block_is_pointed_at_without_its_text),
		test(words_that_are_none_are_not_repeated),
		test(without_a_word_the_status_counts),
		test(a_line_that_breaks_is_uncertain_for_a_write_only),
		test(a_429_parks_its_method_and_no_other),
		test(both_words_for_a_rate_limit_park),
		test(many_in_flight_that_are_limited_keep_their_order),
		test(the_longest_wait_counts),
		test(the_queue_has_an_end),
		test(a_call_that_waits_can_be_cancelled),
		test(closing_cancels_what_flies_waits_and_has_failed),
		test(it_may_be_closed_from_a_callback),
		test(a_response_carries_no_token),
		test(only_slacks_hooks_are_posted_to),
		test(a_response_url_expires),
		test(an_api_url_that_is_none_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
