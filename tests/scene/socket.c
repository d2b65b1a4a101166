/* SPDX-License-Identifier: Apache-2.0 */
/* Good and bad days of the socket, as the people feel them who type /access meanwhile:
 * a hello that is late, recycling, too many of us, ghosts, a line that goes dead. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000, MINUTE = 60 * S };

/* The number of the socket that a command came in on, and was answered on. */
static unsigned served_on(struct scene *t)
{
	struct world_envelope *e = scene_type(t, "ana", "mine");

	assert_true(scene_ack_text(e)[0] != '\0');
	assert_int_equal(e->ack_socket, e->socket);
	return e->socket;
}

static void assert_served(struct scene *t)
{
	served_on(t);
}

/* Dialled, and now it waits for a hello: its time counts from here. */
static void start_without_a_hello(struct scene *t)
{
	scene_start(t, false);
	assert_true(scene_until_streams(t, 1));
	scene_settle(t);
}

/* --- hello ---------------------------------------------------------------------------------- */

static void a_late_hello_is_waited_for(void **state)
{
	struct scene *t = *state;

	t->world->slack_knobs.hello_ms = 9 * S;
	start_without_a_hello(t);
	scene_advance(t, 8500);
	assert_false(scene_live(t));
	assert_has(scene_why(t), "slack: not connected yet");
	scene_advance(t, 1000);
	assert_true(scene_until_live(t));
	assert_int_equal(scene_dials(t), 1);
	assert_served(t);
}

static void without_a_hello_it_is_dialled_again(void **state)
{
	struct scene *t = *state;

	t->world->slack_knobs.hello_never = true;
	start_without_a_hello(t);
	scene_advance(t, 9500);
	assert_int_equal(scene_dials(t), 1);
	scene_advance(t, 4 * S);
	assert_true(scene_until_dials(t, 2));
	assert_has(scene_why(t), "slack: no hello in 10000 ms");
	t->world->slack_knobs.hello_never = false;
	scene_advance(t, 15 * S);
	assert_true(scene_until_live(t));
	assert_served(t);
}

/* "Slack does not close TCP after the close handshake", and this one has none. */
static void a_peer_that_swallows_our_close_is_left_all_the_same(void **state)
{
	struct scene *t = *state;

	t->world->slack_knobs.mute = true;
	start_without_a_hello(t);
	scene_advance(t, 14 * S);
	assert_has(scene_log(), "reason=no-hello");
	assert_true(scene_until_dials(t, 2));
	assert_true(world_streams(t->world) <= 1);
}

/* --- recycling ------------------------------------------------------------------------------ */

static void a_command_during_the_change_over_is_acked_where_it_came_in(void **state)
{
	static const char *const reasons[] = { "warning", "refresh_requested", "news" };
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		unsigned old = world_newest_socket(t->world);
		char frame[64];

		scene_advance(t, 61 * S);
		if (i == 2) { /* a word that we do not know, and Slack stays */
			snprintf(frame, sizeof(frame),
				 "{\"type\":\"disconnect\",\"reason\":\"%s\"}",
				 reasons[i]);
			world_send_raw(t->world, frame, strlen(frame));
			scene_advance(t, 1500);
		} else {
			world_disconnect(t->world, old, reasons[i]);
		}
		assert_true(scene_until_sockets(t, 2));
		t->world->slack_knobs.socket = old;
		struct world_envelope *e =
			scene_type_in(t, "ana", "inc-room", "prod-db 2h");

		assert_true(scene_acked(t, e));
		assert_int_equal(e->ack_socket, old);
		assert_int_equal(scene_count_settled(t, "Granted: prod-db", i + 1),
				 i + 1);
		scene_let_go(t);
		t->world->slack_knobs.socket = 0;
		assert_served(t);
		scene_advance(t, 20 * S);
		assert_true(scene_until_sockets(t, 1));
		assert_int_equal(world_streams(t->world), 1);
		assert_true(scene_live(t));
	}
	assert_int_equal(scene_dials(t), 4);
}

static void it_is_replaced_before_its_announced_end(void **state)
{
	struct scene *t = *state;

	t->world->slack_knobs.lifetime_s = 360;
	scene_start(t, true);
	for (size_t n = 1; n <= 6; n++) {
		for (int s = 0; s < 342; s += 18) {
			scene_pass(t, 18 * S);
			assert_true(scene_live(t));
		}
		assert_int_equal(scene_dials(t), n + 1);
		scene_pass(t, 18 * S);
		assert_true(scene_until_sockets(t, 1));
		assert_served(t);
	}
	assert_has_not(scene_log(), "slack.open_failed");
	assert_has_not(scene_log(), "reason=lost");
	assert_int_equal(world_streams(t->world), 1);
}

/* --- too many ------------------------------------------------------------------------------- */

static void told_that_we_are_too_many_it_closes_first_and_waits(void **state)
{
	struct scene *t = *state;

	scene_advance(t, 3 * S);
	world_disconnect(t->world, 0, "too_many_websockets");
	assert_true(scene_until_dark(t));
	assert_has(scene_why(t), "slack: Slack counts too many connections");
	scene_advance(t, 29 * S);
	assert_int_equal(world_streams(t->world), 0);
	assert_int_equal(scene_dials(t), 1);
	scene_advance(t, 6 * S);
	assert_true(scene_until_live(t));
	assert_int_equal(scene_dials(t), 2);
	assert_served(t);
}

static void behind_ten_ghosts_it_waits_for_its_turn(void **state)
{
	struct scene *t = *state;

	t->world->slack_knobs.ghosts = 10;
	scene_start(t, false);
	assert_true(scene_logged(t, "too-many-websockets"));
	scene_advance(t, 5 * MINUTE);
	assert_false(scene_live(t));
	assert_has(scene_why(t), "too many connections");
	assert_in_range(scene_dials(t), 3, 5); /* 30 s, 60 s, 120 s apart */
	t->world->slack_knobs.ghosts = 0;
	scene_advance(t, 6 * MINUTE);
	assert_true(scene_until_live(t));
	assert_served(t);
}

/* The overlap is what is one too many: make room, and come back alone. */
static void with_nine_ghosts_a_recycle_costs_a_pause_and_no_more(void **state)
{
	static const char news[] = "{\"type\":\"disconnect\",\"reason\":\"news\"}";
	struct scene *t = *state;

	t->world->slack_knobs.ghosts = 9;
	scene_start(t, true);
	assert_true(scene_logged(t, "slack.ghosts num_connections=10 own=1"));
	scene_advance(t, 61 * S);
	world_send_raw(t->world, news, strlen(news)); /* and the old one stays */
	scene_advance(t, 2 * S);
	assert_true(scene_logged(t, "too-many-websockets"));
	assert_int_equal(served_on(t), 1);
	scene_advance(t, 45 * S);
	assert_true(scene_until_live(t));
	assert_int_equal(scene_dials(t), 3);
	assert_int_equal(served_on(t), 3);
	assert_int_equal(world_streams(t->world), 1);
}

static void ghosts_are_said_and_what_they_eat_hurts_nobody_else(void **state)
{
	struct scene *t = *state;
	size_t acked = 0;

	t->world->slack_knobs.ghosts = 2;
	t->world->slack_knobs.ghosts_eat = true;
	scene_start(t, true);
	assert_true(scene_logged(t, "slack.ghosts num_connections=3 own=1"));
	assert_has(scene_log(), "one Slack app per deployment");
	for (size_t i = 0; i < 6; i++) {
		const struct world_envelope *e =
			scene_type_in(t, "ana", "inc-room", "mine");

		acked += e->socket && scene_acked(t, e);
	}
	assert_int_equal(acked, 2);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
}

/* --- lost ----------------------------------------------------------------------------------- */

static void every_way_of_losing_it_is_noticed_and_mended_at_once(void **state)
{
	static const enum world_cut cuts[] = { WORLD_CUT_TCP, WORLD_CUT_FIN,
					       WORLD_CUT_CLOSE };
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		scene_advance(t, 61 * S);
		unsigned old = world_newest_socket(t->world);

		world_cut(t->world, old, cuts[i]);
		assert_true(scene_until_sockets(t, 1));
		assert_int_equal(world_newest_socket(t->world), old + 1);
		assert_true(scene_until_live(t));
		assert_served(t);
	}
	/* Slack leaves TCP open behind the handshake: closing it is ours. */
	scene_advance(t, 2 * S);
	assert_int_equal(world_streams(t->world), 1);
	assert_int_equal(scene_dials(t), 4);
}

static void a_silent_peer_is_dead_after_half_a_minute(void **state)
{
	struct scene *t = *state;

	scene_advance(t, 61 * S);
	t->world->slack_knobs.mute = true;
	scene_type_in(t, "ana", "inc-room", "mine"); /* applies the knob; never arrives */
	scene_expect_unanswered();
	scene_advance(t, 25 * S);
	assert_int_equal(scene_dials(t), 1);
	scene_advance(t, 16 * S);
	assert_has(scene_log(), "reason=dead");
	t->world->slack_knobs.mute = false;
	scene_advance(t, 61 * S);
	assert_true(scene_until_live(t));
	assert_served(t);
}

static void pings_of_slack_are_life_enough(void **state)
{
	struct scene *t = *state;

	t->world->slack_knobs.no_pong = true;
	assert_served(t);
	scene_advance(t, 5 * MINUTE);
	assert_int_equal(scene_dials(t), 1);
	assert_true(scene_live(t));
	assert_served(t);
}

static void dropped_after_each_hello_it_is_no_storm(void **state)
{
	struct scene *t = *state;
	unsigned last = 0;

	scene_start(t, true);
	for (int s = 0; s < 600; s += 2) {
		scene_pass(t, 2 * S);
		if (world_newest_socket(t->world) != last) {
			last = world_newest_socket(t->world);
			world_cut(t->world, last, WORLD_CUT_TCP);
		}
	}
	/* 1, 2, 4 ... 60 s, or a share of it: 600 s take about 20. */
	assert_in_range(scene_dials(t), 8, 60);
	scene_advance(t, 61 * S);
	assert_true(scene_until_live(t));
	scene_advance(t, 61 * S); /* it has lived long enough: forgiven */
	size_t before = scene_dials(t);
	world_cut(t->world, 0, WORLD_CUT_TCP);
	assert_true(scene_until_sockets(t, 1));
	assert_int_equal(scene_dials(t), before + 1);
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(a_late_hello_is_waited_for),
		STOPPED(without_a_hello_it_is_dialled_again),
		STOPPED(a_peer_that_swallows_our_close_is_left_all_the_same),
		SCENE(a_command_during_the_change_over_is_acked_where_it_came_in),
		STOPPED(it_is_replaced_before_its_announced_end),
		SCENE(told_that_we_are_too_many_it_closes_first_and_waits),
		STOPPED(behind_ten_ghosts_it_waits_for_its_turn),
		STOPPED(with_nine_ghosts_a_recycle_costs_a_pause_and_no_more),
		STOPPED(ghosts_are_said_and_what_they_eat_hurts_nobody_else),
		SCENE(every_way_of_losing_it_is_noticed_and_mended_at_once),
		SCENE(a_silent_peer_is_dead_after_half_a_minute),
		SCENE(pings_of_slack_are_life_enough),
		STOPPED(dropped_after_each_hello_it_is_no_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
