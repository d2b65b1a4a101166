/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing WebSockets against a scripted peer on loopback, frame by frame: how they open, what
 * comes and goes, and how they are given up. */
#include "tests/lib/ws_client_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "tests/lib/fake_dns.h"
#include "tests/lib/test.h"

static void the_upgrade_is_a_plain_one(void **state)
{
	struct fixture *t = *state;
	char host[64];

	snprintf(host, sizeof(host), "Host: localhost:%u\r\n", peer_port(t->peer));
	peer_accept(t->peer);
	peer_expect(t->peer, "GET /link/?ticket=x1 HTTP/1.1\r\n");
	peer_expect(t->peer, host);
	peer_ws_accept(t->peer, false); /* refuses extensions that are offered */
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "{\"type\":\"hello\"}", 16);
	t->want = 1;
	ws_test_connect(t, "ws", "localhost");
	ws_test_wait_for(t, opened);
	ws_test_wait_for(t, enough);
	assert_string_equal(t->messages[0], "{\"type\":\"hello\"}");
	ws_test_played(t);
}

/* What a peer may say instead of 101. */
static const struct {
	const char *reply;
	bool fin;
	enum fail_kind kind;
	uint32_t retry_after_s;
	const char *says;
} refusals[] = {
	{ "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n", false, FAIL_DENIED, 0, "403" },
	{ "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nno", false, FAIL_DENIED, 0,
	  "404" },
	{ "HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n", false, FAIL_DENIED, 0, "401" },
	{ "HTTP/1.1 429 Slow\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", false,
	  FAIL_BUSY, 7, "429" },
	{ "HTTP/1.1 503 Busy\r\nRetry-After: 9\r\nContent-Length: 0\r\n\r\n", false,
	  FAIL_UPSTREAM, 9, "503" },
	{ "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", false, FAIL_UPSTREAM, 0,
	  "200" },
	{ "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	  false, FAIL_UPSTREAM, 0, "302" },
	{ "HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
	  false, FAIL_UPSTREAM, 0, "" },
	{ "SSH-2.0-OpenSSH_9.2\r\n\r\n", true, FAIL_UPSTREAM, 0, "" },
	{ "HTTP/1.1 101 Sw", true, FAIL_UPSTREAM, 0, "" },
	{ "", true, FAIL_UPSTREAM, 0, "" },
};

static void whoever_does_not_upgrade_is_told_apart(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		peer_accept(t->peer);
		peer_expect(t->peer, "\r\n\r\n");
		peer_send(t->peer, refusals[i].reply);
		if (refusals[i].fin) {
			peer_fin(t->peer);
		}
		t->closed = false;
		t->closes = 0;
		ws_test_connect(t, "ws", "127.0.0.1");
		ws_test_wait_for(t, closed);
		if (t->fail.kind != refusals[i].kind || t->code != 0 ||
		    t->fail.retry_after_s != refusals[i].retry_after_s ||
		    !strstr(t->fail.msg, refusals[i].says)) {
			fail_msg("row %zu: %s, code %u: %s", i, fail_word(t->fail.kind),
				 t->code, t->fail.msg);
		}
		assert_false(t->opened);
	}
	ws_test_played(t);
}

static void a_wrong_accept_key_is_no_upgrade(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_ws_accept(t->peer, true);
	ws_test_connect(t, "ws", "127.0.0.1");
	ws_test_ended(t, FAIL_UPSTREAM, 0);
	assert_false(t->opened);
}

static void an_upgrade_that_is_never_answered_times_out(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_expect_end(t->peer);
	ws_test_connect(t, "ws", "127.0.0.1");
	ws_test_ended(t, FAIL_TIMEOUT, 0);
	ws_test_played(t);
}

static void an_upgrade_that_drips_times_out(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 101 Switching\r\nUpgr");
	peer_expect_end(t->peer);
	ws_test_connect(t, "ws", "127.0.0.1");
	ws_test_ended(t, FAIL_TIMEOUT, 0);
	ws_test_played(t);
}

static void a_closed_port_is_upstream(void **state)
{
	struct fixture *t = *state;

	peer_deafen(t->peer);
	peer_wait(t->peer);
	ws_test_until_peer_waits(t);
	ws_test_connect(t, "ws", "127.0.0.1");
	ws_test_ended(t, FAIL_UPSTREAM, 0);
	assert_has(t->fail.msg, "'127.0.0.1'");
}

static void urls_that_may_not_be_dialled_are_refused(void **state)
{
	static const char *const urls[] = {
		"ws://example.com/x", "http://127.0.0.1/", "wss://[::1]/", "wss://", "",
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		t->closed = false;
		ws_test_dial(t, urls[i]);
		assert_row(!t->closed, i, urls[i]);
		assert_false(ws_send(t->ws, "x", 1));
		ws_test_wait_for(t, closed);
		assert_row(t->fail.kind == FAIL_INVALID && t->code == 0, i, urls[i]);
	}
}

static void a_name_that_does_not_exist_is_upstream(void **state)
{
	struct fixture *t = *state;

	ws_test_dial(t, "wss://nobody.example/?ticket=x1");
	ws_test_ended(t, FAIL_UPSTREAM, 0);
	assert_has(t->fail.msg, "'nobody.example'");
}

static void a_silent_name_server_blocks_nothing(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	ws_test_dial(t, "wss://silent.example/?ticket=x1");
	ws_test_ended(t, FAIL_TIMEOUT, 0);
	assert_true(fake_dns_asked());
	fake_dns_release();
}

/* --- messages ---------------------------------------------------------------- */

static void a_message_in_seven_pieces_arrives_whole(void **state)
{
	enum { SIZE = 1024 * 1024, PIECES = 7 };
	struct fixture *t = *state;
	char *text = malloc(SIZE);
	size_t at = 0;

	assert_non_null(text);
	for (size_t i = 0; i < SIZE; i++) {
		text[i] = (char)('a' + i % 23);
	}
	t->want = 1;
	ws_test_connect_open(t);
	for (size_t i = 0; i < PIECES; i++) {
		size_t n = i < PIECES - 1 ? SIZE / PIECES : SIZE - at;

		peer_ws_send(t->peer,
			     (i == 0 ? PEER_TEXT : PEER_CONTINUE) |
				     (i == PIECES - 1 ? PEER_FIN : 0u),
			     text + at, n);
		if (i == 3) { /* control frames may come in between */
			peer_ws_send(t->peer, PEER_FIN | PEER_PING, "mid", 3);
			peer_ws_expect(t->peer, PEER_FIN | PEER_PONG, "mid", 3);
		}
		at += n;
	}
	ws_test_wait_for(t, enough);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->sizes[0], SIZE);
	assert_memory_equal(t->messages[0], text, SIZE);
	free(text);
	ws_test_played(t);
}

static void binary_is_dropped_and_what_follows_is_not(void **state)
{
	struct fixture *t = *state;

	t->want = 3;
	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "one", 3);
	peer_ws_send(t->peer, PEER_BINARY, "\1\2", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CONTINUE, "\3", 1);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "", 0);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "two", 3);
	ws_test_wait_for(t, enough);
	assert_string_equal(t->messages[0], "one");
	assert_string_equal(t->messages[1], "");
	assert_string_equal(t->messages[2], "two");
	ws_test_played(t);
}

static void a_message_over_the_cap_is_closed_with_1009(void **state)
{
	struct fixture *t = *state;

	t->conf.max_message = 10;
	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "0123456789", 10);
	peer_ws_send(t->peer, PEER_TEXT, "012345", 6);
	peer_ws_send(t->peer, PEER_FIN | PEER_CONTINUE, "67890", 5);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xf1", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xf1", 2);
	ws_test_ended(t, FAIL_UPSTREAM, 1009);
	assert_int_equal(t->n, 1);
	ws_test_played(t);
}

static void sixteen_kib_leave_as_one_frame(void **state)
{
	enum { SIZE = 16 * 1024 };
	struct fixture *t = *state;
	char text[SIZE];

	memset(text, 'x', SIZE);
	ws_test_connect_open(t);
	assert_true(ws_send(t->ws, text, SIZE));
	assert_true(ws_send(t->ws, "after", 5));
	assert_true(ws_send(t->ws, "", 0));
	memset(text, 'y', SIZE); /* it was copied */
	for (size_t i = 0; i < SIZE; i++) {
		text[i] = 'x';
	}
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "after", 5);
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "", 0);
	peer_wait(t->peer);
	ws_test_until_peer_waits(t);
	ws_test_played(t);
}

static void no_more_than_a_mebibyte_waits_to_be_sent(void **state)
{
	enum { SIZE = 256 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);

	ws_test_connect_open(t);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(ws_send(t->ws, text, SIZE));
	}
	assert_false(ws_send(t->ws, "x", 1));
	for (unsigned i = 0; i < 4; i++) {
		peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	}
	peer_wait(t->peer);
	ws_test_until_peer_waits(t);
	assert_true(ws_send(t->ws, "x", 1));
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
	peer_go(t->peer);
	peer_wait(t->peer);
	ws_test_turns(t);
	ws_test_until_peer_waits(t);
	free(text);
	ws_test_played(t);
}

/* --- destroy ----------------------------------------------------------------- */

static void destroy_now(struct fixture *t)
{
	ws_destroy(t->ws);
	t->ws = NULL;
}

static void close_all_now(struct fixture *t)
{
	ws_client_close(t->client);
	t->client = NULL;
	t->ws = NULL;
}

static void closed_all_now(struct fixture *t)
{
	ws_client_close(t->client);
	t->client = NULL;
}

static void one_destroyed_is_not_heard_of(void **state)
{
	struct fixture *t = *state;

	ws_test_connect_open(t);
	destroy_now(t);
	peer_expect_end(t->peer);
	ws_test_turns(t);
	ws_test_played(t);
	assert_int_equal(t->closes, 0);
}

static void one_destroyed_at_any_step_is_not_heard_of(void **state)
{
	struct fixture *t = *state;

	for (unsigned n = 0; n < 12; n++) {
		bool open;

		peer_accept(t->peer);
		peer_ws_accept(t->peer, false);
		peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
		ws_test_connect(t, "ws", "127.0.0.1");
		for (unsigned i = 0; i < n; i++) {
			loop_run_once(t->loop);
		}
		open = t->opened;
		destroy_now(t);
		ws_test_turns(t);
		assert_int_equal(t->closes, 0);
		assert_int_equal(t->opened, open);
		t->opened = false;
		while (t->n > 0) {
			free(t->messages[--t->n]);
		}
		/* the peer may have found nobody: another for the next round */
		peer_finish(t->peer);
		t->peer = peer_create(NULL);
	}
}

static void callbacks_may_destroy(void **state)
{
	struct fixture *t = *state;

	t->on_opened = destroy_now;
	ws_test_connect_open(t);
	ws_test_turns(t);
	assert_int_equal(t->closes, 0);

	t->on_opened = NULL;
	t->opened = false;
	t->on_received = destroy_now;
	t->want = 1;
	ws_test_connect_open(t);
	peer_send(t->peer, "\x81\001x\x81\001y"); /* in one segment */
	ws_test_wait_for(t, enough);
	ws_test_turns(t);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->closes, 0);
	ws_test_played(t);
}

static void callbacks_may_close_the_client(void **state)
{
	struct fixture *t = *state;

	t->on_received = close_all_now;
	t->want = 1;
	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
	ws_test_wait_for(t, enough);
	ws_test_turns(t);
	assert_int_equal(t->closes, 0);

	ws_test_open(t, "", "");
	t->on_received = NULL;
	t->opened = false;
	t->on_closed = closed_all_now;
	ws_test_connect_open(t);
	peer_close(t->peer);
	ws_test_ended(t, FAIL_UPSTREAM, 1006);
	ws_test_played(t);
}

static void reply_now(struct fixture *t)
{
	ws_send(t->ws, "re", 2);
	ws_close(t->ws, 3001, 500);
}

static void callbacks_may_send_and_close(void **state)
{
	struct fixture *t = *state;

	t->on_received = reply_now;
	ws_test_connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "y", 1);
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "re", 2);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x0b\xb9", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x0b\xb9", 2);
	ws_test_ended(t, FAIL_NONE, 3001);
	assert_int_equal(t->n, 1);
	ws_test_played(t);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, ws_test_setup, ws_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(the_upgrade_is_a_plain_one),
		CASE(whoever_does_not_upgrade_is_told_apart),
		CASE(a_wrong_accept_key_is_no_upgrade),
		CASE(an_upgrade_that_is_never_answered_times_out),
		CASE(an_upgrade_that_drips_times_out),
		CASE(a_closed_port_is_upstream),
		CASE(urls_that_may_not_be_dialled_are_refused),
		CASE(a_name_that_does_not_exist_is_upstream),
		CASE(a_silent_name_server_blocks_nothing),
		CASE(a_message_in_seven_pieces_arrives_whole),
		CASE(binary_is_dropped_and_what_follows_is_not),
		CASE(a_message_over_the_cap_is_closed_with_1009),
		CASE(sixteen_kib_leave_as_one_frame),
		CASE(no_more_than_a_mebibyte_waits_to_be_sent),
		CASE(one_destroyed_is_not_heard_of),
		CASE(one_destroyed_at_any_step_is_not_heard_of),
		CASE(callbacks_may_destroy),
		CASE(callbacks_may_close_the_client),
		CASE(callbacks_may_send_and_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
