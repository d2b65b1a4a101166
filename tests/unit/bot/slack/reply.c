/* SPDX-License-Identifier: Apache-2.0 */
/* Replies of the Web API: what each of Slack's words means, and what a reply without one. */
#include "tests/unit/bot/slack/web_api_fixture.h"

#include "bot/slack/reply.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		API_TEST(each_error_word_has_its_kind),
		API_TEST(what_is_so_already_is_a_success),
		API_TEST(a_missing_scope_is_named_and_nothing_else),
		API_TEST(a_bad_block_is_pointed_at_without_its_text),
		API_TEST(words_that_are_none_are_not_repeated),
		API_TEST(without_a_word_the_status_counts),
		API_TEST(a_line_that_breaks_is_uncertain_for_a_write_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
