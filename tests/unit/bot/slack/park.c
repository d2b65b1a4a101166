/* SPDX-License-Identifier: Apache-2.0 */
/* Calls that Slack asks to come later: who waits, for how long, and in which order. */
#include "tests/unit/bot/slack/web_api_fixture.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_429_parks_its_method_and_no_other),
		API_TEST(both_words_for_a_rate_limit_park),
		API_TEST(many_in_flight_that_are_limited_keep_their_order),
		API_TEST(the_longest_wait_counts),
		API_TEST(the_queue_has_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
