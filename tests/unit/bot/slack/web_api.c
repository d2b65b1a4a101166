/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the Web API: how they look, who may take them back, and how it all ends. */
#include "tests/unit/bot/slack/web_api_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_write_is_json_and_a_read_is_a_form),
		API_TEST(the_scopes_of_the_token_are_handed_out),
		API_TEST(an_api_url_that_is_none_is_refused),
		API_TEST(a_call_that_waits_can_be_cancelled),
		API_TEST(closing_cancels_what_flies_waits_and_has_failed),
		API_TEST(it_may_be_closed_from_a_callback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
