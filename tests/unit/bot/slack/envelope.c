/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes: what Slack sends, what it may send one day, and what nobody should. */
#include "bot/slack/envelope.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/jx.h"

#define ID    "0f6b8c1e-9f1f-4c1e-8f0a-1f7f2a1d9b10"
#define SLASH "\"type\":\"slash_commands\",\"envelope_id\":\"" ID "\""

static struct envelope parsed(const char *text)
{
	struct fail f = { 0 };
	struct envelope e;

	if (!envelope_parse(text, strlen(text), &e, &f)) {
		fail_msg("%s: %s", text, f.msg);
	}
	return e;
}

static void a_hello_says_how_long_and_how_many(void **state)
{
	struct envelope e = parsed(
		"{\"type\":\"hello\",\"num_connections\":2,\"connection_info\":"
		"{\"app_id\":\"A0ACCESS1\"},\"debug_info\":{\"host\":\"applink-3\","
		"\"started\":\"2026-11-23 09:00:00.120\",\"build_number\":211,"
		"\"approximate_connection_time\":18060}}");

	(void)state;
	assert_int_equal(e.kind, ENVELOPE_HELLO);
	assert_int_equal(e.num_connections, 2);
	assert_int_equal(e.lifetime_s, 18060);
	assert_string_equal(e.app_id, "A0ACCESS1");
	assert_string_equal(e.id, "");
	envelope_finish(&e);
}

static void a_hello_without_hints_is_a_hello(void **state)
{
	static const char *const bare[] = {
		"{\"type\":\"hello\"}",
		"{\"type\":\"hello\",\"debug_info\":null,\"connection_info\":[]}",
		("{\"type\":\"hello\",\"num_connections\":-3,\"debug_info\":"
		 "{\"approximate_connection_time\":-1}}"),
		"{\"type\":\"hello\",\"num_connections\":\"2\"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bare); i++) {
		struct envelope e = parsed(bare[i]);

		assert_row(e.kind == ENVELOPE_HELLO, i, bare[i]);
		assert_row(e.lifetime_s == 0 && e.num_connections == 0, i, bare[i]);
		envelope_finish(&e);
	}
}

static void each_reason_to_disconnect_has_its_word(void **state)
{
	static const struct {
		const char *text;
		enum disconnect_reason reason;
	} rows[] = {
		{ "{\"type\":\"disconnect\",\"reason\":\"warning\"}",
		  DISCONNECT_WARNING },
		{ "{\"type\":\"disconnect\",\"reason\":\"refresh_requested\"}",
		  DISCONNECT_REFRESH },
		{ "{\"type\":\"disconnect\",\"reason\":\"too_many_websockets\"}",
		  DISCONNECT_TOO_MANY },
		{ "{\"type\":\"disconnect\",\"reason\":\"link_disabled\"}",
		  DISCONNECT_LINK_DISABLED },
		{ "{\"type\":\"disconnect\",\"reason\":\"socket_mode_sunset\"}",
		  DISCONNECT_OTHER },
		{ "{\"type\":\"disconnect\",\"reason\":7}", DISCONNECT_OTHER },
		{ "{\"type\":\"disconnect\"}", DISCONNECT_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct envelope e = parsed(rows[i].text);

		assert_row(e.kind == ENVELOPE_DISCONNECT, i, rows[i].text);
		assert_row(e.reason == rows[i].reason, i, rows[i].text);
		envelope_finish(&e);
	}
}

static void a_slash_command_is_read_whole(void **state)
{
	struct envelope e = parsed(
		"{\"accepts_response_payload\":true," SLASH
		",\"payload\":{\"token\":\"x\","
		"\"team_id\":\"T0ACME001\",\"channel_id\":\"C0INC0001\",\"channel_name\":"
		"\"inc-1042\",\"user_id\":\"U0ALICE01\",\"user_name\":\"alice\","
		"\"command\":\"/access\",\"text\":\"prod-db 2h a &amp; b\","
		"\"api_app_id\":\"A0ACCESS1\",\"is_enterprise_install\":\"false\","
		"\"response_url\":\"https://hooks.slack.com/commands/T0ACME001/1/abc\","
		"\"trigger_id\":\"1.2.abc\"}}");
	struct slash_command c;
	struct fail f = { 0 };

	(void)state;
	assert_int_equal(e.kind, ENVELOPE_SLASH);
	assert_string_equal(e.id, ID);
	assert_true(e.accepts_payload);
	assert_true(slash_command_read(e.payload, &c, &f));
	assert_string_equal(c.team_id, "T0ACME001");
	assert_string_equal(c.enterprise_id, "");
	assert_string_equal(c.channel_id, "C0INC0001");
	assert_string_equal(c.channel_name, "inc-1042");
	assert_string_equal(c.user_id, "U0ALICE01");
	assert_string_equal(c.command, "/access");
	assert_string_equal(c.text, "prod-db 2h a &amp; b");
	assert_string_equal(c.api_app_id, "A0ACCESS1");
	assert_string_equal(c.trigger_id, "1.2.abc");
	assert_false(c.enterprise_install);
	envelope_finish(&e);
}

static void a_retried_event_keeps_its_count(void **state)
{
	struct envelope e = parsed(
		"{\"type\":\"events_api\",\"envelope_id\":\"" ID "\",\"payload\":{},"
		"\"accepts_response_payload\":false,\"retry_attempt\":2,"
		"\"retry_reason\":\"timeout\"}");

	(void)state;
	assert_int_equal(e.kind, ENVELOPE_EVENT);
	assert_int_equal(e.retry_attempt, 2);
	assert_false(e.accepts_payload);
	assert_non_null(e.payload);
	envelope_finish(&e);
}

/* Id and type are there: it can be acked, whatever else is wrong with it. */
static void what_cannot_be_read_can_be_acked(void **state)
{
	static const char *const rows[] = {
		"{" SLASH "}",
		"{" SLASH ",\"payload\":null}",
		"{" SLASH ",\"payload\":[1]}",
		"{" SLASH ",\"payload\":\"text\"}",
		"{" SLASH ",\"payload\":{\"text\":\"cut o",
		"{" SLASH ",\"payload\":{\"a\":tru}}",
		"{" SLASH ",\"payload\":{}} {}",
		" {\"payload\":{\"a\":[{\"envelope_id\":\"other\"}],\"b\":\"}\\\"{\",}, " SLASH
		"}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct envelope e = parsed(rows[i]);

		assert_row(e.kind == ENVELOPE_SLASH, i, rows[i]);
		assert_row(strcmp(e.id, ID) == 0, i, rows[i]);
		assert_row(e.payload == NULL, i, rows[i]);
		envelope_finish(&e);
	}
}

static void too_deep_a_payload_can_be_acked(void **state)
{
	char text[4096] = "{\"payload\":";
	struct envelope e;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		strncat(text, "[", sizeof(text) - strlen(text) - 1);
	}
	for (int i = 0; i < 1000; i++) {
		strncat(text, "]", sizeof(text) - strlen(text) - 1);
	}
	strncat(text, "," SLASH "}", sizeof(text) - strlen(text) - 1);
	e = parsed(text);
	assert_string_equal(e.id, ID);
	assert_null(e.payload);
	envelope_finish(&e);
}

/* People get an answer, whatever their phone has put between the quotes. */
static void texts_that_json_refuses_are_mended(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{ "a\\u0000b", "a\xef\xbf\xbd"
			       "b" },
		{ "a\\ud83d", "a\xef\xbf\xbd" },
		{ "\\ud83d\\ud83d\\ude80", "\xef\xbf\xbd\xf0\x9f\x9a\x80" },
		{ "\\ude80x", "\xef\xbf\xbdx" },
		{ "a\xff\xfe"
		  "b",
		  "a\xef\xbf\xbd\xef\xbf\xbd"
		  "b" },
		{ "a\nb", "a\xef\xbf\xbd"
			  "b" },
		{ "\xc3\xa4\\\\u0000\\ud800", "\xc3\xa4\\u0000\xef\xbf\xbd" },
		{ "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[256];
		struct envelope e;

		snprintf(text, sizeof(text), "{" SLASH ",\"payload\":{\"text\":\"%s\"}}",
			 rows[i].in);
		e = parsed(text);
		assert_row(e.payload != NULL, i, rows[i].in);
		assert_row(strcmp(jx_str(e.payload, "text"), rows[i].out) == 0, i,
			   rows[i].in);
		envelope_finish(&e);
	}
}

static void a_raw_nul_does_not_end_the_frame(void **state)
{
	static const char text[] = "{" SLASH ",\"payload\":{\"text\":\"a\0b\"}}";
	struct envelope e;
	struct fail f = { 0 };

	(void)state;
	assert_true(envelope_parse(text, sizeof(text) - 1, &e, &f));
	assert_string_equal(e.id, ID);
	assert_string_equal(jx_str(e.payload, "text"), "a\xef\xbf\xbd"
						       "b");
	envelope_finish(&e);
}

static void what_is_no_envelope_is_refused(void **state)
{
	static const char *const rows[] = {
		"",
		"{",
		"[]",
		"null",
		"\"type\"",
		"pong",
		"{\"envelope_id\":\"" ID "\"}",
		"{\"type\":\"slash_commands\"}",
		"{\"type\":\"slash_commands\",\"envelope_id\":\"\"}",
		"{\"type\":\"slash_commands\",\"envelope_id\":17}",
		"{\"type\":[\"hello\"]}",
		/* longer than we can keep: cut, it would ack another */
		"{\"type\":\"slash_commands\",\"envelope_id\":\"" ID ID "\"}",
		"{\"type\":\"slash_commands\",\"payload\":{" SLASH,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = { 0 };
		struct envelope e;

		assert_row(!envelope_parse(rows[i], strlen(rows[i]), &e, &f), i, rows[i]);
		assert_row(f.kind == FAIL_INVALID, i, rows[i]);
		assert_row(!strstr(f.msg, ID), i, rows[i]);
	}
}

static void what_is_of_no_known_type_is_told_apart(void **state)
{
	struct envelope e = parsed("{\"type\":\"workflows\",\"envelope_id\":\"" ID
				   "\",\"payload\":{}}");

	(void)state;
	assert_int_equal(e.kind, ENVELOPE_UNKNOWN);
	assert_false(envelope_wants_ack(e.kind));
	envelope_finish(&e);
	/* what a peer that echoes would send */
	e = (struct envelope){ .kind = ENVELOPE_HELLO };
	assert_false(envelope_parse("{\"envelope_id\":\"" ID "\"}", 54, &e,
				    &(struct fail){ 0 }));
	assert_int_equal(e.kind, ENVELOPE_HELLO);
}

static void an_ack_is_json_whatever_the_id(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 128);
	assert_true(envelope_ack_format(&b, ID, NULL));
	assert_string_equal(buf_str(&b), "{\"envelope_id\":\"" ID "\"}");
	buf_clear(&b);
	assert_true(envelope_ack_format(&b, "a\"\n", "{\"text\":\"hi\"}"));
	assert_string_equal(buf_str(&b), "{\"envelope_id\":\"a\\\"\\n\",\"payload\":"
					 "{\"text\":\"hi\"}}");
	buf_finish(&b);
	buf_init(&b, 60);
	assert_false(envelope_ack_format(&b, ID, "{\"text\":\"hi\"}"));
	buf_finish(&b);
}

static void a_slash_command_must_say_who_and_where(void **state)
{
	static const struct {
		const char *json;
		bool ok;
		bool enterprise;
	} rows[] = {
#define WHO \
	"\"team_id\":\"T1\",\"user_id\":\"U1\",\"channel_id\":\"C1\",\"command\":\"/access\""
		{ "{" WHO "}", true, false },
		{ "{" WHO ",\"text\":null}", true, false },
		{ "{" WHO ",\"is_enterprise_install\":\"false\"}", true, false },
		{ "{" WHO ",\"is_enterprise_install\":false}", true, false },
		{ "{" WHO ",\"is_enterprise_install\":true}", true, true },
		{ "{" WHO ",\"is_enterprise_install\":\"true\"}", true, true },
		{ "{" WHO ",\"is_enterprise_install\":1}", true, true },
		{ "{" WHO ",\"text\":[]}", false, false },
		{ "{" WHO ",\"response_url\":{}}", false, false },
		{ "{\"team_id\":\"T1\",\"channel_id\":\"C1\",\"command\":\"/a\"}", false,
		  false },
		{ "{\"team_id\":\"T1\",\"user_id\":\"\",\"channel_id\":\"C1\","
		  "\"command\":\"/a\"}",
		  false, false },
		{ "{\"user_id\":\"U1\",\"channel_id\":\"C1\",\"command\":\"/a\"}", false,
		  false },
		{ "{\"team_id\":7,\"user_id\":\"U1\",\"channel_id\":\"C1\","
		  "\"command\":\"/a\"}",
		  false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_auto_t *payload = json_loads(rows[i].json, 0, NULL);
		struct slash_command c = { 0 };
		struct fail f = { 0 };

		assert_row(payload != NULL, i, rows[i].json);
		assert_row(slash_command_read(payload, &c, &f) == rows[i].ok, i,
			   rows[i].json);
		assert_row(c.enterprise_install == rows[i].enterprise, i, rows[i].json);
	}
	assert_false(slash_command_read(NULL, &(struct slash_command){ 0 },
					&(struct fail){ 0 }));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hello_says_how_long_and_how_many),
		cmocka_unit_test(a_hello_without_hints_is_a_hello),
		cmocka_unit_test(each_reason_to_disconnect_has_its_word),
		cmocka_unit_test(a_slash_command_is_read_whole),
		cmocka_unit_test(a_retried_event_keeps_its_count),
		cmocka_unit_test(what_cannot_be_read_can_be_acked),
		cmocka_unit_test(too_deep_a_payload_can_be_acked),
		cmocka_unit_test(texts_that_json_refuses_are_mended),
		cmocka_unit_test(a_raw_nul_does_not_end_the_frame),
		cmocka_unit_test(what_is_no_envelope_is_refused),
		cmocka_unit_test(what_is_of_no_known_type_is_told_apart),
		cmocka_unit_test(an_ack_is_json_whatever_the_id),
		cmocka_unit_test(a_slash_command_must_say_who_and_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
