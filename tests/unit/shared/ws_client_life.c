/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing WebSockets: signs of life, and each way to end. */
#include "tests/lib/ws_client_test.h"

#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

static void a_ping_is_answered_with_its_payload(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_PING, "Ping from applink-3", 19);
	peer_ws_expect(t->peer, PEER_FIN | PEER_PONG, "Ping from applink-3", 19);
	peer_wait(t->peer);
	ws_test_until_peer_waits(t);
	assert_false(t->closed);
	ws_test_played(t);
}

static void our_own_pings_come_in_time(void **state)
{
	struct fixture *t = *state;

	t->conf.ping_ms = 10000;
	ws_test_connect_open(t);
	for (unsigned i = 0; i < 3; i++) {
		fake_clock_advance(&t->clock, 9999);
		ws_test_turns(t);
		fake_clock_advance(&t->clock, 1);
		peer_ws_expect(t->peer, PEER_FIN | PEER_PING, NULL, 0);
		peer_ws_send(t->peer, PEER_FIN | PEER_PONG, "", 0);
		peer_wait(t->peer);
		ws_test_until_peer_waits(t);
		peer_go(t->peer);
		ws_test_turns(t);
	}
	assert_false(t->closed);
	ws_test_played(t);
}

static void a_silent_peer_is_dead_after_dead_ms(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	fake_clock_advance(&t->clock, 29999);
	ws_test_turns(t);
	assert_false(t->closed);
	fake_clock_advance(&t->clock, 1);
	ws_test_ended(t, FAIL_TIMEOUT, 1006);
}

/* Data, pings and pongs alike. */
static void any_frame_is_a_sign_of_life(void **state)
{
	static const unsigned frames[] = { PEER_TEXT, PEER_PING, PEER_PONG };
	struct fixture *t = *state;

	ws_test_connect_open(t);
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		fake_clock_advance(&t->clock, 9000);
		peer_ws_send(t->peer, PEER_FIN | frames[i], "x", 1);
		peer_wait(t->peer);
		ws_test_until_peer_waits(t);
		peer_go(t->peer);
		ws_test_turns(t);
		fake_clock_advance(&t->clock, 11000);
		ws_test_turns(t);
	}
	fake_clock_advance(&t->clock, 9999);
	ws_test_turns(t);
	assert_false(t->closed);
	fake_clock_advance(&t->clock, 30001);
	ws_test_ended(t, FAIL_TIMEOUT, 1006);
}

static void a_half_close_without_close_is_abnormal(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	peer_fin(t->peer);
	ws_test_ended(t, FAIL_UPSTREAM, 1006);
	ws_test_played(t);
}

static void a_reset_is_abnormal(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	peer_reset(t->peer);
	ws_test_ended(t, FAIL_UPSTREAM, 1006);
	ws_test_played(t);
}

static void frames_against_the_protocol_end_it(void **state)
{
	static const unsigned char firsts[] = { PEER_FIN | 0x3,
						PEER_FIN | 0x40 | PEER_TEXT,
						PEER_FIN | PEER_CONTINUE, PEER_PING };
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
		t->opened = false;
		t->closed = false;
		t->closes = 0;
		ws_test_connect_open(t);
		peer_ws_send(t->peer, firsts[i], "x", 1);
		ws_test_ended(t, FAIL_UPSTREAM, 1006);
	}
	assert_int_equal(t->n, 0);
	ws_test_played(t);
}

static void the_peers_close_is_answered_and_told(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x0f\xa1why", 5);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, NULL, 0);
	peer_expect_end(t->peer);
	ws_test_ended(t, FAIL_NONE, 4001);
	ws_test_played(t);
}

static void a_close_without_a_code_is_1005(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "", 0);
	ws_test_ended(t, FAIL_NONE, 1005);
}

static void our_close_follows_what_waits(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	assert_true(ws_send(t->ws, "last", 4));
	ws_close(t->ws, 1000, 1000);
	ws_close(t->ws, 1001, 1);
	assert_false(ws_send(t->ws, "too late", 8));
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "last", 4);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "not heard", 9);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_expect_end(t->peer);
	ws_test_ended(t, FAIL_NONE, 1000);
	assert_int_equal(t->n, 0);
	ws_test_played(t);
}

static void a_peer_that_never_closes_is_left_after_the_linger(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	ws_close(t->ws, 1000, 60);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_expect_end(t->peer);
	ws_test_ended(t, FAIL_NONE, 1000);
	ws_test_played(t);
}

/* Its window is full: the CLOSE cannot even be written. */
static void a_peer_that_reads_nothing_is_left_after_the_linger(void **state)
{
	enum { SIZE = 1024 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);
	unsigned n = 0;

	ws_test_connect_open(t);
	peer_wait(t->peer);
	while (n < 64 && ws_send(t->ws, text, SIZE)) {
		n++;
		ws_test_turns(t);
	}
	assert_true(n < 64);
	ws_close(t->ws, 1000, 60);
	ws_test_ended(t, FAIL_NONE, 1000);
	free(text);
}

static void closing_before_it_is_open_ends_it(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	ws_test_connect(t, "ws", "127.0.0.1");
	ws_test_until_peer_waits(t);
	ws_close(t->ws, 1000, 1000);
	assert_false(t->closed);
	ws_test_ended(t, FAIL_NONE, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, ws_test_setup, ws_test_teardown)
#define FAKE(fn) cmocka_unit_test_setup_teardown(fn, ws_test_setup_fake, ws_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_ping_is_answered_with_its_payload),
		FAKE(our_own_pings_come_in_time),
		FAKE(a_silent_peer_is_dead_after_dead_ms),
		FAKE(any_frame_is_a_sign_of_life),
		CASE(a_half_close_without_close_is_abnormal),
		CASE(a_reset_is_abnormal),
		CASE(frames_against_the_protocol_end_it),
		CASE(the_peers_close_is_answered_and_told),
		CASE(a_close_without_a_code_is_1005),
		CASE(our_close_follows_what_waits),
		CASE(a_peer_that_never_closes_is_left_after_the_linger),
		CASE(a_peer_that_reads_nothing_is_left_after_the_linger),
		CASE(closing_before_it_is_open_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
