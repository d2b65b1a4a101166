/* SPDX-License-Identifier: Apache-2.0 */
/* The socket, its real transport and TLS, against the faked Slack with its knobs. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "shared/secret.h"
#include "tests/lib/socket_scene.h"

static bool two_live(struct socket_scene *t)
{
	return world_sockets(t->world) == 2;
}

static bool one_live(struct socket_scene *t)
{
	return world_sockets(t->world) == 1;
}

static bool not_live(struct socket_scene *t)
{
	return !slack_socket_live(t->s);
}

static bool is_done(struct socket_scene *t)
{
	return t->done;
}

static bool has_come(struct socket_scene *t)
{
	return t->came > 0;
}

static unsigned dark_before;

/* It may be live again by the time that we look. */
static bool is_lost(struct socket_scene *t)
{
	return t->dark > dark_before;
}

/* --- scenes ------------------------------------------------------------------------ */

static void a_command_comes_in_over_tls_and_is_acked(void **state)
{
	struct socket_scene *t = *state;
	struct world_envelope *e;

	socket_scene_start_live(t);
	e = socket_scene_type(t);
	socket_scene_settle(t);
	assert_int_equal(t->came, 1);
	assert_int_equal(e->acks, 1);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 1);
	assert_int_equal(world_strange_frames(t->world), 0);
}

/* Recycle after recycle, a command in each turn: none is lost, none acked elsewhere. */
static void nobody_notices_a_recycle(void **state)
{
	struct socket_scene *t = *state;
	struct world_envelope *e[40];
	size_t n = 0;

	socket_scene_start_live(t);
	for (int i = 0; i < 4; i++) {
		unsigned old = world_newest_socket(t->world);

		socket_scene_advance(t, 3000);
		world_disconnect(t->world, old, i % 2 ? "refresh_requested" : "warning");
		for (int j = 0; j < 10; j++) {
			e[n++] = socket_scene_type(t);
			socket_scene_turn(t);
		}
		assert_true(socket_scene_until(t, two_live));
		socket_scene_advance(t, 18000);
		assert_true(socket_scene_until(t, one_live));
	}
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(e[i]->acks, 1);
		assert_int_equal(e[i]->ack_socket, e[i]->socket);
	}
	assert_int_equal(t->came, n);
	assert_int_equal(t->dark, 0);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 5);
}

static void an_ack_that_takes_its_time_goes_out_on_the_old_socket(void **state)
{
	struct socket_scene *t = *state;
	struct world_envelope *e;

	socket_scene_start_live(t);
	t->hold = true;
	e = socket_scene_type(t);
	socket_scene_settle(t);
	socket_scene_advance(t, 2000);
	world_disconnect(t->world, 0, "warning");
	assert_true(socket_scene_until(t, two_live));
	assert_true(slack_ack_send(&t->held, "{\"text\":\"on it\"}"));
	socket_scene_settle(t);
	assert_int_equal(e->acks, 1);
	assert_int_equal(e->ack_socket, e->socket);
	assert_non_null(e->ack_payload);
}

static void it_is_replaced_before_its_announced_end(void **state)
{
	struct socket_scene *t = *state;

	t->world->slack_knobs.lifetime_s = 360;
	socket_scene_start_live(t);
	socket_scene_advance(t, 323 * 1000);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 1);
	socket_scene_advance(t, 1500);
	assert_true(socket_scene_until(t, two_live));
	assert_int_equal(t->dark, 0);
	assert_has(t->log, "slack.retiring connection=1 reason=refresh");
}

static void too_many_makes_room_before_it_comes_back(void **state)
{
	struct socket_scene *t = *state;

	socket_scene_start_live(t);
	socket_scene_advance(t, 3000);
	world_disconnect(t->world, 0, "too_many_websockets");
	assert_true(socket_scene_until(t, not_live));
	socket_scene_advance(t, 29000);
	assert_int_equal(world_sockets(t->world), 0);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 1);
	socket_scene_advance(t, 8000);
	assert_true(socket_scene_until(t, socket_scene_live));
	assert_int_equal(world_count(t->world, "apps.connections.open"), 2);
}

static void a_disabled_link_is_no_hot_loop(void **state)
{
	struct socket_scene *t = *state;

	socket_scene_start_live(t);
	world_disconnect(t->world, 0, "link_disabled");
	assert_true(socket_scene_until(t, not_live));
	socket_scene_advance(t, 299 * 1000);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 1);
	socket_scene_advance(t, 45 * 1000);
	assert_true(socket_scene_until(t, socket_scene_live));
}

static void every_way_of_losing_it_is_noticed(void **state)
{
	static const enum world_cut cuts[] = { WORLD_CUT_TCP, WORLD_CUT_FIN,
					       WORLD_CUT_CLOSE };
	struct socket_scene *t = *state;

	socket_scene_start_live(t);
	for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
		struct world_envelope *e;

		socket_scene_advance(t, 61 * 1000); /* settled: dialled at once */
		dark_before = t->dark;
		world_cut(t->world, world_newest_socket(t->world), cuts[i]);
		assert_true(socket_scene_until(t, is_lost));
		assert_true(socket_scene_until(t, socket_scene_live));
		e = socket_scene_type(t);
		socket_scene_settle(t);
		assert_int_equal(e->acks, 1);
	}
	assert_int_equal(t->dark, 3);
}

static void a_silent_peer_is_taken_for_dead_after_half_a_minute(void **state)
{
	struct socket_scene *t = *state;

	socket_scene_start_live(t);
	socket_scene_advance(t, 65 * 1000);
	assert_true(socket_scene_live(t));
	t->world->slack_knobs.mute = true;
	socket_scene_advance(t, 19 * 1000); /* it was heard in the 10 s before */
	assert_true(slack_socket_live(t->s));
	socket_scene_advance(t, 22 * 1000);
	assert_has(t->log, "reason=dead");
	t->world->slack_knobs.mute = false;
	socket_scene_advance(t, 61 * 1000);
	assert_true(socket_scene_until(t, socket_scene_live));
}

static void a_ticket_is_never_dialled_twice(void **state)
{
	struct socket_scene *t = *state;

	t->world->slack_knobs.upgrade_status = 503;
	socket_scene_start(t);
	for (int i = 0; i < 4; i++) {
		socket_scene_settle(t);
		socket_scene_advance(t, 10 * 1000);
	}
	assert_int_equal(world_sockets(t->world), 0);
	assert_int_equal(world_count(t->world, "apps.connections.open"),
			 world_count(t->world, "socket"));
	assert_true(world_count(t->world, "socket") > 1);
	t->world->slack_knobs.upgrade_status = 0;
	socket_scene_advance(t, 61 * 1000);
	assert_true(socket_scene_until(t, socket_scene_live));
}

static void without_a_hello_it_is_not_ready(void **state)
{
	struct socket_scene *t = *state;

	t->world->slack_knobs.hello_never = true;
	socket_scene_start(t);
	socket_scene_settle(t);
	socket_scene_advance(t, 9000);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 1);
	assert_false(slack_socket_live(t->s));
	socket_scene_advance(t, 4000);
	assert_has(t->log, "reason=no-hello");
	assert_int_equal(world_last_close_code(t->world), 1000);
	t->world->slack_knobs.hello_never = false;
	socket_scene_advance(t, 15000);
	assert_true(socket_scene_until(t, socket_scene_live));
}

static void a_megabyte_in_pieces_is_one_envelope(void **state)
{
	struct socket_scene *t = *state;
	struct world_envelope *e;

	t->world->slack_knobs.padding = 1 << 20;
	t->world->slack_knobs.pieces = 37;
	socket_scene_start_live(t);
	e = socket_scene_type(t);
	assert_true(socket_scene_until(t, has_come));
	socket_scene_settle(t);
	assert_int_equal(e->acks, 1);
}

static void no_ack_is_too_long_for_slack(void **state)
{
	static char payload[32 * 1024];
	struct socket_scene *t = *state;
	struct world_envelope *e;

	socket_scene_start_live(t);
	t->hold = true;
	for (size_t n = 15000; n < sizeof(payload) - 100; n += 1500) {
		size_t len = (size_t)snprintf(payload, sizeof(payload), "{\"text\":\"");

		memset(payload + len, 'x', n);
		snprintf(payload + len + n, sizeof(payload) - len - n, "\"}");
		e = socket_scene_type(t);
		socket_scene_settle(t);
		slack_ack_send(&t->held, payload);
		socket_scene_settle(t);
		assert_int_equal(e->acks, 1);
		assert_int_equal(e->ack_payload != NULL, n + len + 60 < 16 * 1024);
	}
	assert_int_equal(t->dark, 0);
	assert_int_equal(world_strange_frames(t->world), 0);
}

static void what_nobody_can_read_is_no_reason_to_leave(void **state)
{
	static const char *const raw[] = {
		"{",
		"",
		"null",
		"{\"type\":\"news\",\"envelope_id\":\"x-1\"}",
		"{\"envelope_id\":\"x-2\"}",
		"\xff\xfe",
	};
	struct socket_scene *t = *state;
	struct world_envelope *e;

	socket_scene_start_live(t);
	for (size_t i = 0; i < ARRAY_LEN(raw) - 1; i++) {
		assert_true(world_send_raw(t->world, raw[i], strlen(raw[i])));
	}
	socket_scene_settle(t);
	e = socket_scene_type(t);
	socket_scene_settle(t);
	assert_int_equal(e->acks, 1);
	assert_int_equal(world_strange_frames(t->world) + world_strange_acks(t->world),
			 0);
	assert_int_equal(t->dark, 0);
}

static void ghosts_are_seen(void **state)
{
	struct socket_scene *t = *state;

	t->world->slack_knobs.ghosts = 3;
	socket_scene_start_live(t);
	assert_has(t->log, "slack.ghosts num_connections=4 own=1");
}

static void the_bot_token_in_its_place_is_said(void **state)
{
	struct socket_scene *t = *state;

	secret_finish(&t->token);
	secret_set(&t->token, t->world->bot_token, strlen(t->world->bot_token));
	socket_scene_start(t);
	socket_scene_settle(t);
	socket_scene_advance(t, 60 * 1000);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 1);
	assert_has(t->log, "error slack.open_failed");
	assert_has(t->log, "not_allowed_token_type");
	assert_has(t->log, "app tokens start with x");
	t->log_len = 0;
	t->log[0] = '\0'; /* the hint names xapp- */
}

static void a_stop_leaves_no_ghost(void **state)
{
	struct socket_scene *t = *state;
	struct world_envelope *e;

	socket_scene_start_live(t);
	t->hold = true;
	e = socket_scene_type(t);
	socket_scene_settle(t);
	socket_scene_drain(t);
	socket_scene_settle(t);
	assert_true(slack_ack_send(&t->held, NULL));
	socket_scene_settle(t);
	socket_scene_advance(t, 2500);
	assert_true(socket_scene_until(t, is_done));
	assert_int_equal(e->acks, 1);
	assert_int_equal(world_last_close_code(t->world), 1000);
	assert_int_equal(world_sockets(t->world), 0);
}

static void a_wrong_certificate_is_not_dialled_through(void **state)
{
	struct socket_scene *t = *state;

	socket_scene_forget_ca(t);
	socket_scene_start(t);
	socket_scene_settle(t);
	socket_scene_advance(t, 15 * 1000);
	assert_false(slack_socket_live(t->s));
	assert_int_equal(world_count(t->world, "socket"), 0);
	assert_has(t->log, "reason=dial-failed");
}

int main(void)
{
#define test(name) \
	cmocka_unit_test_setup_teardown(name, socket_scene_setup, socket_scene_teardown)
	const struct CMUnitTest tests[] = {
		test(a_command_comes_in_over_tls_and_is_acked),
		test(nobody_notices_a_recycle),
		test(an_ack_that_takes_its_time_goes_out_on_the_old_socket),
		test(it_is_replaced_before_its_announced_end),
		test(too_many_makes_room_before_it_comes_back),
		test(a_disabled_link_is_no_hot_loop),
		test(every_way_of_losing_it_is_noticed),
		test(a_silent_peer_is_taken_for_dead_after_half_a_minute),
		test(a_ticket_is_never_dialled_twice),
		test(without_a_hello_it_is_not_ready),
		test(a_megabyte_in_pieces_is_one_envelope),
		test(no_ack_is_too_long_for_slack),
		test(what_nobody_can_read_is_no_reason_to_leave),
		test(ghosts_are_seen),
		test(the_bot_token_in_its_place_is_said),
		test(a_stop_leaves_no_ghost),
		test(a_wrong_certificate_is_not_dialled_through),
	};

	return cmocka_run_group_tests(tests, socket_scene_group_setup,
				      socket_scene_group_teardown);
}
