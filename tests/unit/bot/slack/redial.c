/* SPDX-License-Identifier: Apache-2.0 */
/* When it dials again: the rules alone, and as Slack would see them. */
#include "tests/unit/bot/slack/socket_fixture.h"

#include "bot/slack/redial.h"

static const struct redial_rules rules = { .open_interval_ms = 2000,
					   .too_many_ms = 30000,
					   .config_retry_ms = 300000 };

static void waits_double_up_to_a_minute(void **state)
{
	static const int64_t most_ms[] = { 1000,  2000,  4000,  8000,
					   16000, 32000, 60000, 60000 };
	struct redial r;
	int64_t now_ms = 5000;

	(void)state;
	redial_init(&r, &rules);
	for (size_t i = 0; i < ARRAY_LEN(most_ms); i++) {
		redial_note(&r, AFTER_TROUBLE, 0, now_ms, UINT32_MAX);
		assert_row(redial_at_ms(&r) == now_ms + most_ms[i], i, "wait");
		now_ms = redial_at_ms(&r);
	}
	redial_settled(&r);
	redial_note(&r, AFTER_LOSS, 0, now_ms, UINT32_MAX);
	assert_int_equal(redial_at_ms(&r) - now_ms, 1000);
}

static void the_dice_spread_a_wait_over_all_of_it(void **state)
{
	struct redial r;

	(void)state;
	redial_init(&r, &rules);
	r.tries = 5;
	redial_note(&r, AFTER_LOSS, 0, 0, 0);
	assert_int_equal(redial_at_ms(&r), 0);
	r.tries = 5;
	redial_note(&r, AFTER_LOSS, 0, 0, UINT32_MAX / 2);
	assert_in_range(redial_at_ms(&r), 15999, 16000);
}

static void a_longer_wait_stands(void **state)
{
	struct redial r;

	(void)state;
	redial_init(&r, &rules);
	redial_note(&r, AFTER_CONFIG, 0, 0, 0);
	redial_note(&r, AFTER_SETTLED_LOSS, 0, 1000, 0);
	redial_note(&r, AFTER_TROUBLE, 30, 1000, 0);
	redial_opened(&r, 1000);
	assert_int_equal(redial_at_ms(&r), 300000);
}

static void ten_thousand_failures_do_not_overflow(void **state)
{
	struct redial r;

	(void)state;
	redial_init(&r, &rules);
	for (int i = 0; i < 10000; i++) {
		redial_note(&r, AFTER_TOO_MANY, 0, 0, UINT32_MAX);
		redial_note(&r, AFTER_TROUBLE, 0, 0, UINT32_MAX);
	}
	assert_in_range(redial_at_ms(&r), 300000, 340000);
	assert_true(redial_alone(&r));
}

/* --- as Slack sees it --------------------------------------------------------------- */

static void the_first_loss_of_a_settled_life_is_dialled_at_once(void **state)
{
	(void)state;
	fix.dice = UINT32_MAX;
	for (int i = 0; i < 3; i++) {
		struct ws *w = go_live();

		pass(60100);
		lose(w);
		assert_int_equal(asked_after(1000), 0);
	}
	/* a young one waits */
	lose(go_live());
	assert_int_equal(asked_after(10000), 2000);
}

/* A server that drops us after each hello: reset at hello, this would be a hot loop. */
static void only_a_life_of_a_minute_forgives(void **state)
{
	static const int64_t want_ms[] = { 2000, 2000, 4000, 8000, 16000, 32000, 60000 };
	struct ws *w;

	(void)state;
	fix.dice = UINT32_MAX;
	for (size_t i = 0; i < ARRAY_LEN(want_ms); i++) {
		lose(go_live());
		assert_row(asked_after(90000) == want_ms[i], i, "wait");
	}
	w = go_live();
	pass(59000);
	lose(w);
	assert_int_equal(asked_after(90000), 60000);
	w = go_live();
	pass(60100);
	lose(w);
	pass(0);
	lose(go_live());
	assert_int_equal(asked_after(90000), 2000);
}

static void too_many_is_closed_first_and_waited_for(void **state)
{
	static const int64_t want_ms[] = { 30000, 60000, 120000, 240000, 300000, 300000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(want_ms); i++) {
		struct ws *w = go_live();

		pass(3000);
		say(w, DISCONNECT("too_many_websockets"));
		assert_int_equal(w->close_code, 1000);
		assert_int_equal(fake.n_asked, 0);
		pass(1000);
		assert_true(w->over);
		assert_row(asked_after(400000) == want_ms[i], i, "wait");
	}
	assert_has(fake.log, "error slack.disconnected connection=1 "
			     "reason=too-many-websockets");
	metrics_have("accessd_slack_reconnects_total{reason=\"too-many-websockets\"} 6");
}

/* ... and until one has settled there is no overlap: that is one more for a moment. */
static void after_too_many_a_refresh_closes_first(void **state)
{
	struct ws *w = go_live();

	(void)state;
	pass(3000);
	say(w, DISCONNECT("too_many_websockets"));
	pass(1000);
	asked_after(40000);
	w = go_live();
	pass(3000);
	say(w, DISCONNECT("warning"));
	assert_int_equal(w->close_code, 1000);
	assert_int_equal(fake.n_asked, 0);
	pass(1100);
	assert_true(w->over);
	w = go_live();
	pass(60100);
	say(w, DISCONNECT("warning"));
	assert_int_equal(w->close_code, 0);
	assert_int_equal(fake.n_asked, 1);
}

static void too_many_on_the_next_one_leaves_the_old_one(void **state)
{
	struct ws *old = go_live();
	struct ws *next;

	(void)state;
	pass(3000);
	say(old, DISCONNECT("warning"));
	give_ticket();
	next = latest();
	upgrade(next);
	say(next, DISCONNECT("too_many_websockets"));
	assert_int_equal(next->close_code, 1000);
	pass(1000);
	assert_true(slack_socket_live(fix.s));
	assert_int_equal(old->close_code, 0);
	/* when its time has come the old one makes room first */
	pass(30100);
	assert_int_equal(old->close_code, 1000);
	pass(1000);
	go_live();
}

static void an_unknown_reason_is_a_refresh_with_backoff(void **state)
{
	struct ws *old = go_live();

	(void)state;
	fix.dice = UINT32_MAX;
	pass(10000);
	say(old, DISCONNECT("socket_mode_sunset"));
	assert_int_equal(asked_after(61000), 1000);
	assert_int_equal(old->close_code, 0);
	old = go_live();
	pass(10000);
	say(old, DISCONNECT("socket_mode_sunset"));
	assert_int_equal(asked_after(61000), 2000);
	go_live();
}

int main(void)
{
#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_a_minute),
		cmocka_unit_test(the_dice_spread_a_wait_over_all_of_it),
		cmocka_unit_test(a_longer_wait_stands),
		cmocka_unit_test(ten_thousand_failures_do_not_overflow),
		test(the_first_loss_of_a_settled_life_is_dialled_at_once),
		test(only_a_life_of_a_minute_forgives),
		test(too_many_is_closed_first_and_waited_for),
		test(after_too_many_a_refresh_closes_first),
		test(too_many_on_the_next_one_leaves_the_old_one),
		test(an_unknown_reason_is_a_refresh_with_backoff),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
