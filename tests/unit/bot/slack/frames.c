/* SPDX-License-Identifier: Apache-2.0 */
/* What is acked, how, and what never is. */
#include "tests/unit/bot/slack/socket_fixture.h"

static void what_cannot_be_read_is_acked_and_said(void **state)
{
	struct ws *w = go_live();

	(void)state;
	say(w, "{\"envelope_id\":\"e-1\",\"type\":\"slash_commands\",\"payload\":{\"te");
	say(w, "{\"envelope_id\":\"e-2\",\"type\":\"interactive\",\"payload\":[]}");
	say(w, "{\"envelope_id\":\"e-3\",\"type\":\"events_api\"}");
	assert_string_equal(w->sent,
			    "{\"envelope_id\":\"e-1\"}\n{\"envelope_id\":\"e-2\"}"
			    "\n{\"envelope_id\":\"e-3\"}\n");
	assert_int_equal(fix.envelopes, 0);
	assert_has(fake.log, "warn  slack.envelope_unreadable kind=slash envelope=e-1 "
			     "connection=1 acked=true then=skip");
	assert_has_not(fake.log, "{\"te");
}

/* 47000 lines in 2.5 s were seen where somebody did ack these. */
static void what_has_no_known_type_is_never_acked(void **state)
{
	struct ws *w = go_live();

	(void)state;
	say(w, "{\"envelope_id\":\"e-1\"}"); /* our own ack, echoed */
	say(w, "{\"envelope_id\":\"e-1\",\"type\":\"workflows\",\"payload\":{}}");
	say(w, "{\"envelope_id\":\"e-1\",\"type\":7,\"payload\":{}}");
	assert_int_equal(w->frames, 0);
	assert_int_equal(fix.envelopes, 0);
	metrics_have("accessd_slack_envelopes_total{kind=\"unknown\"} 1");
	metrics_have("accessd_slack_envelopes_total{kind=\"unreadable\"} 2");
}

static void a_frame_that_is_nothing_is_skipped(void **state)
{
	static const char *const frames[] = {
		"", "pong", "{", "[1,2]", "\x01\x02", "{}"
	};
	struct ws *w = go_live();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		say(w, frames[i]);
	}
	assert_int_equal(w->frames, 0);
	assert_int_equal(w->close_code, 0);
	assert_true(slack_socket_live(fix.s));
	say(w, SLASH("e-9"));
	assert_int_equal(fix.envelopes, 1);
}

static void an_ack_has_room_for_16_kib(void **state)
{
	static const size_t frame_max = 16 * 1024;
	size_t around = strlen("{\"envelope_id\":\"e-1\",\"payload\":{\"text\":\"\"}}");
	char text[17000], payload[17100];
	struct ws *w = go_live();

	(void)state;
	memset(text, 'x', sizeof(text));
	say(w, SLASH("e-1"));
	text[frame_max - around] = '\0';
	snprintf(payload, sizeof(payload), "{\"text\":\"%s\"}", text);
	assert_true(slack_ack_send(&fix.ack, payload));
	assert_int_equal(w->last_len, frame_max);
	/* one byte more: the envelope is acked, the answer has to go another way */
	text[frame_max - around] = 'x';
	text[frame_max - around + 1] = '\0';
	snprintf(payload, sizeof(payload), "{\"text\":\"%s\"}", text);
	assert_false(slack_ack_send(&fix.ack, payload));
	assert_int_equal(w->last_len, strlen("{\"envelope_id\":\"e-1\"}"));
	assert_int_equal(w->frames, 2);
}

static void an_answer_goes_only_where_one_is_taken(void **state)
{
	struct ws *w = go_live();

	(void)state;
	say(w, "{\"envelope_id\":\"e-1\",\"type\":\"events_api\",\"payload\":{},"
	       "\"accepts_response_payload\":false}");
	assert_false(slack_ack_send(&fix.ack, "{\"text\":\"hi\"}"));
	assert_string_equal(w->sent, "{\"envelope_id\":\"e-1\"}\n");
	assert_true(slack_ack_send(&fix.ack, NULL));
}

static void an_ack_from_within_the_callback_is_fine(void **state)
{
	struct ws *w = go_live();

	(void)state;
	fix.ack_at_once = true;
	for (int i = 0; i < 100; i++) {
		say(w, SLASH("e-1"));
	}
	assert_int_equal(w->frames, 100);
	assert_int_equal(fix.envelopes, 100);
}

static void what_came_in_on_a_lost_connection_cannot_be_acked(void **state)
{
	struct ws *old = go_live();
	struct ws *next;

	(void)state;
	say(old, SLASH("e-1"));
	lose(old);
	assert_false(slack_ack_send(&fix.ack, NULL));
	asked_after(61000);
	next = go_live();
	/* not on the next one either: it is a generation of its own */
	assert_false(slack_ack_send(&fix.ack, NULL));
	assert_int_equal(next->frames, 0);
}

static void an_ack_after_three_seconds_is_sent_and_counted(void **state)
{
	struct ws *w = go_live();

	(void)state;
	say(w, SLASH("e-1"));
	pass(3000);
	assert_true(slack_ack_send(&fix.ack, NULL));
	metrics_have("accessd_slack_acks_late_total 0");
	pass(100);
	assert_true(slack_ack_send(&fix.ack, NULL));
	metrics_have("accessd_slack_acks_late_total 1");
	metrics_have("accessd_slack_envelopes_total{kind=\"slash\"} 1");
}

static void an_envelope_before_the_hello_is_acked_as_any_other(void **state)
{
	struct ws *w;

	(void)state;
	give_ticket();
	w = latest();
	upgrade(w);
	fix.ack_at_once = true;
	say(w, SLASH("e-1"));
	assert_int_equal(w->frames, 1);
	assert_false(slack_socket_live(fix.s));
	say(w, HELLO);
	say(w, HELLO); /* a second one changes nothing */
	assert_int_equal(fix.told, 1);
}

static void a_frame_of_a_megabyte_is_read(void **state)
{
	static char reason[(1 << 20) + 1], text[(1 << 20) + 256];
	struct ws *w = go_live();

	(void)state;
	memset(reason, 'x', sizeof(reason) - 1);
	snprintf(text, sizeof(text),
		 "{\"envelope_id\":\"e-1\",\"type\":\"interactive\",\"payload\":"
		 "{\"view\":\"%s\"}}",
		 reason);
	say(w, text);
	assert_int_equal(fix.envelopes, 1);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(what_cannot_be_read_is_acked_and_said),
		test(what_has_no_known_type_is_never_acked),
		test(a_frame_that_is_nothing_is_skipped),
		test(an_ack_has_room_for_16_kib),
		test(an_answer_goes_only_where_one_is_taken),
		test(an_ack_from_within_the_callback_is_fine),
		test(what_came_in_on_a_lost_connection_cannot_be_acked),
		test(an_ack_after_three_seconds_is_sent_and_counted),
		test(an_envelope_before_the_hello_is_acked_as_any_other),
		test(a_frame_of_a_megabyte_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
