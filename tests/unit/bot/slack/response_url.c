/* SPDX-License-Identifier: Apache-2.0 */
/* Answers to a response_url: where they may go, what they carry, and when it is too late. */
#include "tests/unit/bot/slack/web_api_fixture.h"

#define HOOK "https://hooks.slack.com/commands/T0ACME001/1/sesame"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(a_response_carries_no_token),
		API_TEST(only_slacks_hooks_are_posted_to),
		API_TEST(a_response_url_expires),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
