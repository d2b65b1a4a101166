/* SPDX-License-Identifier: Apache-2.0 */
/* When there is a connection, how many, and which of them. */
#include "tests/unit/bot/slack/socket_fixture.h"

static void it_is_live_at_hello_and_not_before(void **state)
{
	(void)state;
	assert_false(slack_socket_live(fix.s));
	assert_string_equal(slack_socket_why(fix.s), "not connected yet");
	give_ticket();
	assert_false(slack_socket_live(fix.s));
	upgrade(latest());
	pass(5000);
	assert_false(slack_socket_live(fix.s));
	assert_int_equal(fix.told, 0);
	say(latest(), HELLO);
	assert_true(slack_socket_live(fix.s));
	assert_true(fix.told_live);
	assert_string_equal(slack_socket_why(fix.s), "");
	assert_has(fake.log, "slack.connected connection=1 num_connections=1");
	metrics_have("accessd_slack_connections 1");
	metrics_have("accessd_slack_connections_registered 1");
}

/* "warning": recycled in some seconds. The next one first, then this one runs dry. */
static void a_warning_dials_the_next_one_first(void **state)
{
	struct ws *old = go_live();
	struct ws *next;

	(void)state;
	pass(3000);
	say(old, DISCONNECT("warning"));
	assert_int_equal(fake.n_asked, 1);
	assert_true(slack_socket_live(fix.s));
	give_ticket();
	next = latest();
	assert_ptr_not_equal(next, old);
	upgrade(next);
	pass(2000);
	assert_int_equal(old->close_code, 0); /* not before the hello of the next */
	say(next, HELLO);
	metrics_have("accessd_slack_connections 2");
	pass(14900);
	assert_int_equal(old->close_code, 0);
	pass(200);
	assert_int_equal(old->close_code, 1000);
	assert_false(old->over);
	pass(1000);
	assert_true(old->over);
	metrics_have("accessd_slack_connections 1");
	metrics_have("accessd_slack_reconnects_total{reason=\"warning\"} 1");
	assert_int_equal(fix.told, 1); /* never dark */
	assert_int_equal(fake.n_asked, 0);
}

static void both_words_for_a_recycle_dial_once(void **state)
{
	struct ws *old = go_live();

	(void)state;
	pass(3000);
	say(old, DISCONNECT("warning"));
	say(old, DISCONNECT("refresh_requested"));
	pass(3000);
	assert_int_equal(fake.asked_ever, 2);
	go_live();
	/* and when Slack hangs up on the drained one, that is all right */
	ws_end(old, 1000, &(struct fail){ .kind = FAIL_NONE });
	pass(20000);
	assert_int_equal(fake.asked_ever, 2);
	assert_int_equal(fix.told, 1);
	assert_has_not(fake.log, "warn  slack.disconnected");
}

static void an_envelope_is_acked_where_it_came_in(void **state)
{
	struct ws *old = go_live();
	struct slack_ack first;
	struct ws *next;

	(void)state;
	say(old, SLASH("e-1"));
	first = fix.ack;
	pass(2500);
	say(old, DISCONNECT("refresh_requested"));
	next = go_live();
	say(old, SLASH("e-2"));
	say(next, SLASH("e-3"));
	assert_int_equal(fix.envelopes, 3);
	assert_true(slack_ack_send(&fix.ack, NULL));
	assert_true(slack_ack_send(&first, "{\"text\":\"on it\"}"));
	assert_string_equal(old->sent, "{\"envelope_id\":\"e-1\",\"payload\":{\"text\":"
				       "\"on it\"}}\n");
	assert_string_equal(next->sent, "{\"envelope_id\":\"e-3\"}\n");
}

static void it_refreshes_before_slack_does(void **state)
{
	static const struct {
		uint32_t dice;
		int64_t share;
	} rows[] = { { 0, 900 }, { 50, 950 }, { 51, 900 }, { 25, 925 } };
	(void)state;

	fix.dice = rows[0].dice;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t at_ms = 18060 * rows[i].share;
		struct ws *old;

		fix.dice = rows[i].dice;
		old = go_live();
		pass(at_ms - 200);
		assert_row(fake.n_asked == 0, i, "too early");
		pass(300);
		assert_row(fake.n_asked == 1, i, "too late");
		assert_row(!old->over && old->close_code == 0, i, "closed first");
	}
	answer_fail(FAIL_UPSTREAM, "refused");
	metrics_have("accessd_slack_reconnects_total{reason=\"refresh\"} 3");
}

static void a_life_that_cannot_be_is_no_hint(void **state)
{
	struct ws *w;

	(void)state;
	give_ticket();
	w = latest();
	upgrade(w);
	say(w, "{\"type\":\"hello\",\"debug_info\":{\"approximate_connection_time\":1}}");
	assert_true(slack_socket_live(fix.s));
	pass(60000);
	assert_int_equal(fake.n_asked, 0);
}

static void an_overlap_dial_that_fails_leaves_the_old_one(void **state)
{
	struct ws *old = go_live();

	(void)state;
	fix.dice = UINT32_MAX;
	pass(70000);
	say(old, DISCONNECT("warning"));
	answer(500, "", NULL);
	assert_true(slack_socket_live(fix.s));
	assert_true(asked_after(5000) >= 1000);
	answer_fail(FAIL_TIMEOUT, "no reply");
	say(old, SLASH("e-1"));
	assert_true(slack_ack_send(&fix.ack, NULL));
	/* and then it is gone after all: known beforehand, so no backoff more */
	lose(old);
	assert_false(slack_socket_live(fix.s));
	assert_false(fix.told_live);
	assert_in_range(asked_after(5000), 1500, 2100);
	go_live();
	assert_true(fix.told_live);
}

static void not_more_than_one_ticket_in_two_seconds(void **state)
{
	int64_t before_ms;

	(void)state;
	for (int i = 0; i < 5; i++) {
		struct ws *w = go_live();

		before_ms = fake.asked_ms;
		say(w, DISCONNECT("refresh_requested"));
		asked_after(5000);
		assert_true(fake.asked_ms - before_ms >= 2000);
		assert_true(fake.asked_ms - before_ms <= 2200);
	}
	answer(500, "", NULL);
}

static void every_dial_has_a_ticket_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		asked_after(61000);
		give_ticket();
		lose(latest());
	}
	for (size_t i = 0; i < fake.n_dialled; i++) {
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(fake.dialled[i]->url,
						fake.dialled[j]->url);
		}
	}
	assert_int_equal(fake.n_dialled, 8);
}

static void more_connections_than_ours_are_said_and_counted(void **state)
{
	struct ws *w;

	(void)state;
	give_ticket();
	w = latest();
	upgrade(w);
	say(w, "{\"type\":\"hello\",\"num_connections\":2}");
	assert_has_not(fake.log, "slack.ghosts"); /* may be one that is just closing */
	pass(3000);
	say(w, DISCONNECT("warning"));
	give_ticket();
	w = latest();
	upgrade(w);
	say(w, "{\"type\":\"hello\",\"num_connections\":4}");
	assert_has(fake.log, "warn  slack.ghosts num_connections=4 own=2");
	metrics_have("accessd_slack_connections_registered 4");
}

static void a_stop_acks_what_came_in_and_closes_properly(void **state)
{
	struct ws *w = go_live();

	(void)state;
	say(w, SLASH("e-1"));
	slack_socket_drain(fix.s, fix_done, &fix);
	pass(300);
	assert_int_equal(w->close_code, 0);
	assert_true(slack_ack_send(&fix.ack, NULL));
	pass(0);
	assert_int_equal(w->close_code, 1000);
	assert_int_equal(fix.done, 0);
	/* behind the CLOSE nothing can be sent any more */
	say(w, SLASH("e-2"));
	assert_false(slack_ack_send(&fix.ack, NULL));
	pass(1000);
	assert_true(w->over);
	assert_int_equal(fix.done, 1);
	assert_false(fix.told_live);
	pass(400000);
	assert_int_equal(fake.asked_ever, 1);
	assert_int_equal(fix.done, 1);
}

static void a_stop_does_not_wait_for_acks_for_ever(void **state)
{
	struct ws *w = go_live();

	(void)state;
	say(w, SLASH("e-1"));
	slack_socket_drain(fix.s, fix_done, &fix);
	pass(900);
	assert_int_equal(w->close_code, 0);
	pass(200);
	assert_int_equal(w->close_code, 1000);
	pass(1100);
	assert_int_equal(fix.done, 1);
}

static void a_stop_in_the_middle_of_a_dial_is_a_stop(void **state)
{
	(void)state;
	slack_socket_drain(fix.s, fix_done, &fix);
	assert_int_equal(fix.done, 0);
	assert_int_equal(fake.n_asked, 0);
	pass(0);
	assert_int_equal(fix.done, 1);
}

static void it_may_be_closed_from_its_own_callbacks(void **state)
{
	struct ws *w = go_live();

	(void)state;
	fix.close_at_once = true;
	say(w, SLASH("e-1"));
	assert_true(w->over);
	assert_null(fix.s);
}

static void it_may_be_closed_when_it_becomes_live(void **state)
{
	(void)state;
	fix.close_at_once = true;
	give_ticket();
	upgrade(latest());
	latest()->conf.ops->received(latest(), HELLO, strlen(HELLO));
	assert_non_null(fix.s); /* told in a turn of its own */
	pass(0);
	assert_null(fix.s);
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		test(it_is_live_at_hello_and_not_before),
		test(a_warning_dials_the_next_one_first),
		test(both_words_for_a_recycle_dial_once),
		test(an_envelope_is_acked_where_it_came_in),
		test(it_refreshes_before_slack_does),
		test(a_life_that_cannot_be_is_no_hint),
		test(an_overlap_dial_that_fails_leaves_the_old_one),
		test(not_more_than_one_ticket_in_two_seconds),
		test(every_dial_has_a_ticket_of_its_own),
		test(more_connections_than_ours_are_said_and_counted),
		test(a_stop_acks_what_came_in_and_closes_properly),
		test(a_stop_does_not_wait_for_acks_for_ever),
		test(a_stop_in_the_middle_of_a_dial_is_a_stop),
		test(it_may_be_closed_from_its_own_callbacks),
		test(it_may_be_closed_when_it_becomes_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
