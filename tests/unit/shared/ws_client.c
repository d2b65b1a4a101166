/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing WebSockets against a scripted peer on loopback, frame by frame. */
#include "shared/ws_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/clock.h"
#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_dns.h"
#include "tests/lib/peer.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"

enum { CAP_MS = 5000, MESSAGES = 8 };

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct ws_client *client;
	struct peer *peer;
	struct ws *ws;
	struct ws_config conf;
	char dir[TEST_TLS_DIR_SIZE];

	bool opened;
	bool closed;
	unsigned closes;
	unsigned code;
	struct fail fail;
	char *messages[MESSAGES];
	size_t sizes[MESSAGES];
	size_t n;
	bool enough; /* n has reached `want` */
	size_t want;
	void (*on_opened)(struct fixture *t);
	void (*on_received)(struct fixture *t);
	void (*on_closed)(struct fixture *t);
};

static void on_opened(struct ws *w)
{
	struct fixture *t = ws_data(w);

	assert_false(t->opened);
	t->opened = true;
	if (t->on_opened) {
		t->on_opened(t);
	}
}

static void on_received(struct ws *w, const char *text, size_t n)
{
	struct fixture *t = ws_data(w);

	assert_true(t->n < MESSAGES);
	assert_int_equal(text[n], '\0');
	t->messages[t->n] = malloc(n + 1);
	assert_non_null(t->messages[t->n]);
	memcpy(t->messages[t->n], text, n + 1);
	t->sizes[t->n++] = n;
	t->enough = t->n >= t->want;
	if (t->on_received) {
		t->on_received(t);
	}
}

static void on_closed(struct ws *w, unsigned code, const struct fail *f)
{
	struct fixture *t = ws_data(w);

	assert_ptr_equal(w, t->ws);
	t->ws = NULL;
	t->closed = true;
	t->closes++;
	t->code = code;
	t->fail = *f;
	if (t->on_closed) {
		t->on_closed(t);
	}
}

static const struct ws_ops ops = { on_opened, on_received, on_closed };

static void connect_to(struct fixture *t, const char *scheme, const char *host)
{
	char url[128];

	snprintf(url, sizeof(url), "%s",
		 peer_url(t->peer, scheme, host, "/link/?ticket=x1"));
	t->conf.url = url;
	t->conf.ops = &ops;
	t->conf.data = t;
	t->ws = ws_connect(t->client, &t->conf);
	assert_non_null(t->ws);
	t->conf.url = "gone";
	assert_false(t->opened);
	assert_false(t->closed);
}

static void wait_until(struct fixture *t, const bool *what, const char *name)
{
	if (!loop_run_until(t->loop, what, CAP_MS)) {
		const char *why = peer_finish(t->peer);

		t->peer = NULL;
		fail_msg("not %s (closed: %d %s); the peer: %s", name, t->closed,
			 t->fail.msg, why ? why : "content");
	}
}

#define wait_for(t, what) wait_until((t), &(t)->what, #what)

static void turns(struct fixture *t)
{
	bool never = false;

	loop_run_until(t->loop, &never, 15);
}

static void peer_until_waits(struct fixture *t)
{
	bool never = false;

	for (unsigned i = 0; !peer_waits(t->peer); i++) {
		assert_true(i < 3000);
		loop_run_until(t->loop, &never, 1);
	}
}

/* An open connection, with `hello` received. */
static void connect_open(struct fixture *t)
{
	peer_accept(t->peer);
	peer_expect(t->peer, "GET /link/?ticket=x1 HTTP/1.1\r\n");
	peer_ws_accept(t->peer, false);
	connect_to(t, "ws", "127.0.0.1");
	wait_for(t, opened);
}

static void script_was_played(struct fixture *t)
{
	const char *why = peer_finish(t->peer);

	t->peer = NULL;
	if (why) {
		fail_msg("the peer: %s", why);
	}
}

static void client_open(struct fixture *t, const char *ca_file, const char *proxy)
{
	const struct ws_client_config conf = { .ca_file = ca_file, .proxy = proxy };
	struct fail f = { 0 };

	ws_client_close(t->client);
	if (!ws_client_open(t->loop, &conf, &t->client, &f)) {
		fail_msg("%s", f.msg);
	}
}

static struct fixture *fixture_make(bool fake)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	fake_clock_init(&t->clock, 1700000000000);
	assert_true(loop_create(fake ? &t->clock.clock : clock_system(), &t->loop, NULL));
	client_open(t, "", "");
	t->peer = peer_create(NULL);
	return t;
}

static int setup(void **state)
{
	*state = fixture_make(false);
	return 0;
}

static int setup_fake(void **state)
{
	*state = fixture_make(true);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	ws_destroy(t->ws);
	ws_client_close(t->client);
	if (t->peer) {
		peer_finish(t->peer);
	}
	loop_destroy(t->loop);
	if (*t->dir) {
		test_tls_remove(t->dir);
	}
	for (size_t i = 0; i < t->n; i++) {
		free(t->messages[i]);
	}
	free(t);
	return 0;
}

static void ended_as(struct fixture *t, enum fail_kind kind, unsigned code)
{
	wait_for(t, closed);
	turns(t);
	assert_int_equal(t->closes, 1);
	if (t->fail.kind != kind || t->code != code) {
		fail_msg("ended as %s, %u: %s", fail_word(t->fail.kind), t->code,
			 t->fail.msg);
	}
	assert_has_not(t->fail.msg, "ticket");
}

/* --- upgrade -------------------------------------------------------------------- */

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
	connect_to(t, "ws", "localhost");
	wait_for(t, opened);
	wait_for(t, enough);
	assert_string_equal(t->messages[0], "{\"type\":\"hello\"}");
	script_was_played(t);
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
		connect_to(t, "ws", "127.0.0.1");
		wait_for(t, closed);
		if (t->fail.kind != refusals[i].kind || t->code != 0 ||
		    t->fail.retry_after_s != refusals[i].retry_after_s ||
		    !strstr(t->fail.msg, refusals[i].says)) {
			fail_msg("row %zu: %s, code %u: %s", i, fail_word(t->fail.kind),
				 t->code, t->fail.msg);
		}
		assert_false(t->opened);
	}
	script_was_played(t);
}

static void a_wrong_accept_key_is_no_upgrade(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_ws_accept(t->peer, true);
	connect_to(t, "ws", "127.0.0.1");
	ended_as(t, FAIL_UPSTREAM, 0);
	assert_false(t->opened);
}

static void an_upgrade_that_is_never_answered_times_out(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_expect_end(t->peer);
	connect_to(t, "ws", "127.0.0.1");
	ended_as(t, FAIL_TIMEOUT, 0);
	script_was_played(t);
}

static void an_upgrade_that_drips_times_out(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 101 Switching\r\nUpgr");
	peer_expect_end(t->peer);
	connect_to(t, "ws", "127.0.0.1");
	ended_as(t, FAIL_TIMEOUT, 0);
	script_was_played(t);
}

static void a_closed_port_is_upstream(void **state)
{
	struct fixture *t = *state;

	peer_deafen(t->peer);
	peer_wait(t->peer);
	peer_until_waits(t);
	connect_to(t, "ws", "127.0.0.1");
	ended_as(t, FAIL_UPSTREAM, 0);
	assert_has(t->fail.msg, "'127.0.0.1'");
}

static void urls_that_may_not_be_dialled_are_refused(void **state)
{
	static const char *const urls[] = {
		"ws://example.com/x", "http://127.0.0.1/", "wss://[::1]/", "wss://", "",
	};
	struct fixture *t = *state;

	t->conf.ops = &ops;
	t->conf.data = t;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		t->closed = false;
		t->conf.url = urls[i];
		t->ws = ws_connect(t->client, &t->conf);
		assert_row(!t->closed, i, urls[i]);
		assert_false(ws_send(t->ws, "x", 1));
		wait_for(t, closed);
		assert_row(t->fail.kind == FAIL_INVALID && t->code == 0, i, urls[i]);
	}
}

static void dial_name(struct fixture *t, const char *url)
{
	t->conf.url = url;
	t->conf.ops = &ops;
	t->conf.data = t;
	t->ws = ws_connect(t->client, &t->conf);
}

static void a_name_that_does_not_exist_is_upstream(void **state)
{
	struct fixture *t = *state;

	dial_name(t, "wss://nobody.example/?ticket=x1");
	ended_as(t, FAIL_UPSTREAM, 0);
	assert_has(t->fail.msg, "'nobody.example'");
}

static void a_silent_name_server_blocks_nothing(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	dial_name(t, "wss://silent.example/?ticket=x1");
	ended_as(t, FAIL_TIMEOUT, 0);
	assert_true(fake_dns_asked());
	fake_dns_release();
}

/* --- messages --------------------------------------------------------------------- */

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
	connect_open(t);
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
	wait_for(t, enough);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->sizes[0], SIZE);
	assert_memory_equal(t->messages[0], text, SIZE);
	free(text);
	script_was_played(t);
}

static void binary_is_dropped_and_what_follows_is_not(void **state)
{
	struct fixture *t = *state;

	t->want = 3;
	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "one", 3);
	peer_ws_send(t->peer, PEER_BINARY, "\1\2", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CONTINUE, "\3", 1);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "", 0);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "two", 3);
	wait_for(t, enough);
	assert_string_equal(t->messages[0], "one");
	assert_string_equal(t->messages[1], "");
	assert_string_equal(t->messages[2], "two");
	script_was_played(t);
}

static void a_message_over_the_cap_is_closed_with_1009(void **state)
{
	struct fixture *t = *state;

	t->conf.max_message = 10;
	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "0123456789", 10);
	peer_ws_send(t->peer, PEER_TEXT, "012345", 6);
	peer_ws_send(t->peer, PEER_FIN | PEER_CONTINUE, "67890", 5);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xf1", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xf1", 2);
	ended_as(t, FAIL_UPSTREAM, 1009);
	assert_int_equal(t->n, 1);
	script_was_played(t);
}

static void sixteen_kib_leave_as_one_frame(void **state)
{
	enum { SIZE = 16 * 1024 };
	struct fixture *t = *state;
	char text[SIZE];

	memset(text, 'x', SIZE);
	connect_open(t);
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
	peer_until_waits(t);
	script_was_played(t);
}

static void no_more_than_a_mebibyte_waits_to_be_sent(void **state)
{
	enum { SIZE = 256 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);

	connect_open(t);
	for (unsigned i = 0; i < 4; i++) {
		assert_true(ws_send(t->ws, text, SIZE));
	}
	assert_false(ws_send(t->ws, "x", 1));
	for (unsigned i = 0; i < 4; i++) {
		peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	}
	peer_wait(t->peer);
	peer_until_waits(t);
	assert_true(ws_send(t->ws, "x", 1));
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
	peer_go(t->peer);
	peer_wait(t->peer);
	turns(t);
	peer_until_waits(t);
	free(text);
	script_was_played(t);
}

/* --- life and death --------------------------------------------------------------- */

static void a_ping_is_answered_with_its_payload(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_PING, "Ping from applink-3", 19);
	peer_ws_expect(t->peer, PEER_FIN | PEER_PONG, "Ping from applink-3", 19);
	peer_wait(t->peer);
	peer_until_waits(t);
	assert_false(t->closed);
	script_was_played(t);
}

static void our_own_pings_come_in_time(void **state)
{
	struct fixture *t = *state;

	t->conf.ping_ms = 10000;
	connect_open(t);
	for (unsigned i = 0; i < 3; i++) {
		fake_clock_advance(&t->clock, 9999);
		turns(t);
		fake_clock_advance(&t->clock, 1);
		peer_ws_expect(t->peer, PEER_FIN | PEER_PING, NULL, 0);
		peer_ws_send(t->peer, PEER_FIN | PEER_PONG, "", 0);
		peer_wait(t->peer);
		peer_until_waits(t);
		peer_go(t->peer);
		turns(t);
	}
	assert_false(t->closed);
	script_was_played(t);
}

static void a_silent_peer_is_dead_after_dead_ms(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	fake_clock_advance(&t->clock, 29999);
	turns(t);
	assert_false(t->closed);
	fake_clock_advance(&t->clock, 1);
	ended_as(t, FAIL_TIMEOUT, 1006);
}

/* Data, pings and pongs alike. */
static void any_frame_is_a_sign_of_life(void **state)
{
	static const unsigned frames[] = { PEER_TEXT, PEER_PING, PEER_PONG };
	struct fixture *t = *state;

	connect_open(t);
	for (size_t i = 0; i < ARRAY_LEN(frames); i++) {
		fake_clock_advance(&t->clock, 9000);
		peer_ws_send(t->peer, PEER_FIN | frames[i], "x", 1);
		peer_wait(t->peer);
		peer_until_waits(t);
		peer_go(t->peer);
		turns(t);
		fake_clock_advance(&t->clock, 11000);
		turns(t);
	}
	fake_clock_advance(&t->clock, 9999);
	turns(t);
	assert_false(t->closed);
	fake_clock_advance(&t->clock, 30001);
	ended_as(t, FAIL_TIMEOUT, 1006);
}

static void a_half_close_without_close_is_abnormal(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	peer_fin(t->peer);
	ended_as(t, FAIL_UPSTREAM, 1006);
	script_was_played(t);
}

static void a_reset_is_abnormal(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	peer_reset(t->peer);
	ended_as(t, FAIL_UPSTREAM, 1006);
	script_was_played(t);
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
		connect_open(t);
		peer_ws_send(t->peer, firsts[i], "x", 1);
		ended_as(t, FAIL_UPSTREAM, 1006);
	}
	assert_int_equal(t->n, 0);
	script_was_played(t);
}

static void the_peers_close_is_answered_and_told(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x0f\xa1why", 5);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, NULL, 0);
	peer_expect_end(t->peer);
	ended_as(t, FAIL_NONE, 4001);
	script_was_played(t);
}

static void a_close_without_a_code_is_1005(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "", 0);
	ended_as(t, FAIL_NONE, 1005);
}

static void our_close_follows_what_waits(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	assert_true(ws_send(t->ws, "last", 4));
	ws_close(t->ws, 1000, 1000);
	ws_close(t->ws, 1001, 1);
	assert_false(ws_send(t->ws, "too late", 8));
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "last", 4);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "not heard", 9);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_expect_end(t->peer);
	ended_as(t, FAIL_NONE, 1000);
	assert_int_equal(t->n, 0);
	script_was_played(t);
}

static void a_peer_that_never_closes_is_left_after_the_linger(void **state)
{
	struct fixture *t = *state;

	connect_open(t);
	ws_close(t->ws, 1000, 60);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_expect_end(t->peer);
	ended_as(t, FAIL_NONE, 1000);
	script_was_played(t);
}

/* Its window is full: the CLOSE cannot even be written. */
static void a_peer_that_reads_nothing_is_left_after_the_linger(void **state)
{
	enum { SIZE = 1024 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);
	unsigned n = 0;

	connect_open(t);
	peer_wait(t->peer);
	while (n < 64 && ws_send(t->ws, text, SIZE)) {
		n++;
		turns(t);
	}
	assert_true(n < 64);
	ws_close(t->ws, 1000, 60);
	ended_as(t, FAIL_NONE, 1000);
	free(text);
}

static void closing_before_it_is_open_ends_it(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	connect_to(t, "ws", "127.0.0.1");
	peer_until_waits(t);
	ws_close(t->ws, 1000, 1000);
	assert_false(t->closed);
	ended_as(t, FAIL_NONE, 0);
}

/* --- destroy ----------------------------------------------------------------------- */

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

	connect_open(t);
	destroy_now(t);
	peer_expect_end(t->peer);
	turns(t);
	script_was_played(t);
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
		connect_to(t, "ws", "127.0.0.1");
		for (unsigned i = 0; i < n; i++) {
			loop_run_once(t->loop);
		}
		open = t->opened;
		destroy_now(t);
		turns(t);
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
	connect_open(t);
	turns(t);
	assert_int_equal(t->closes, 0);

	t->on_opened = NULL;
	t->opened = false;
	t->on_received = destroy_now;
	t->want = 1;
	connect_open(t);
	peer_send(t->peer, "\x81\001x\x81\001y"); /* in one segment */
	wait_for(t, enough);
	turns(t);
	assert_int_equal(t->n, 1);
	assert_int_equal(t->closes, 0);
	script_was_played(t);
}

static void callbacks_may_close_the_client(void **state)
{
	struct fixture *t = *state;

	t->on_received = close_all_now;
	t->want = 1;
	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
	wait_for(t, enough);
	turns(t);
	assert_int_equal(t->closes, 0);

	client_open(t, "", "");
	t->on_received = NULL;
	t->opened = false;
	t->on_closed = closed_all_now;
	connect_open(t);
	peer_close(t->peer);
	ended_as(t, FAIL_UPSTREAM, 1006);
	script_was_played(t);
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
	connect_open(t);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "x", 1);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "y", 1);
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, "re", 2);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x0b\xb9", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x0b\xb9", 2);
	ended_as(t, FAIL_NONE, 3001);
	assert_int_equal(t->n, 1);
	script_was_played(t);
}

/* --- TLS and proxy ------------------------------------------------------------------ */

static void tls_peer(struct fixture *t, const char *names, unsigned flags, bool trust)
{
	char ca[TEST_TLS_DIR_SIZE + 16];

	peer_finish(t->peer);
	if (*t->dir) {
		test_tls_remove(t->dir);
	}
	assert_true(test_tls_dir(t->dir));
	assert_true(test_tls_make(t->dir, names, flags));
	snprintf(ca, sizeof(ca), "%s/ca.pem", t->dir);
	client_open(t, trust ? ca : "", "");
	t->peer = peer_create(t->dir);
}

static void wss_works_with_the_extra_ca(void **state)
{
	enum { SIZE = 300 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);

	memset(text, 'z', SIZE);
	tls_peer(t, "DNS:localhost", 0, true);
	peer_accept(t->peer);
	peer_ws_accept(t->peer, false);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	t->want = 1;
	connect_to(t, "wss", "localhost");
	wait_for(t, enough);
	assert_int_equal(t->sizes[0], SIZE);
	assert_memory_equal(t->messages[0], text, SIZE);
	assert_true(ws_send(t->ws, text, SIZE));
	ws_close(t->ws, 1000, 2000);
	ended_as(t, FAIL_NONE, 1000);
	free(text);
	script_was_played(t);
}

static void an_over_long_message_over_tls_is_closed_with_1009(void **state)
{
	enum { SIZE = 300 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);

	t->conf.max_message = 1000;
	tls_peer(t, "IP:127.0.0.1", 0, true);
	peer_accept(t->peer);
	peer_ws_accept(t->peer, false);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xf1", 2);
	connect_to(t, "wss", "127.0.0.1");
	ended_as(t, FAIL_UPSTREAM, 1009);
	free(text);
	script_was_played(t);
}

static void certificates_that_are_not_good_are_denied(void **state)
{
	static const struct {
		const char *label, *names;
		unsigned flags;
		bool trust;
	} rows[] = {
		{ "another name", "DNS:example.com,IP:127.0.0.1", 0, true },
		{ "expired", "DNS:localhost", TEST_TLS_EXPIRED, true },
		{ "another CA", "DNS:localhost", TEST_TLS_STRANGER, true },
		{ "a CA that nobody knows", "DNS:localhost", 0, false },
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		tls_peer(t, rows[i].names, rows[i].flags, rows[i].trust);
		peer_refuse(t->peer);
		t->closed = false;
		t->closes = 0;
		connect_to(t, "wss", "localhost");
		wait_for(t, closed);
		if (t->fail.kind != FAIL_DENIED) {
			fail_msg("'%s': %s: %s", rows[i].label, fail_word(t->fail.kind),
				 t->fail.msg);
		}
		assert_row(*t->fail.hint, i, rows[i].label);
		script_was_played(t);
		t->peer = peer_create(NULL);
	}
	assert_false(t->opened);
}

static void tls_that_is_never_answered_times_out(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	peer_accept(t->peer);
	peer_wait(t->peer);
	connect_to(t, "wss", "127.0.0.1");
	ended_as(t, FAIL_TIMEOUT, 0);
}

static void the_environment_is_not_asked_for_a_proxy(void **state)
{
	struct fixture *t = *state;

	setenv("http_proxy", "127.0.0.1:1", 1);
	client_open(t, "", "");
	connect_open(t);
	unsetenv("http_proxy");
	script_was_played(t);
}

static void a_proxy_is_asked_for_the_name(void **state)
{
	struct fixture *t = *state;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "%s", peer_url(t->peer, "http", "127.0.0.1", ""));
	client_open(t, "", proxy);
	peer_accept(t->peer);
	peer_expect(t->peer, "CONNECT wss.slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.0 403 No\r\n\r\n");
	dial_name(t, "wss://wss.slack.example/link");
	ended_as(t, FAIL_UPSTREAM, 0);
	script_was_played(t);
}

static void wss_works_through_a_proxy(void **state)
{
	struct fixture *t = *state;
	char ca[TEST_TLS_DIR_SIZE + 16];
	char proxy[64];

	tls_peer(t, "DNS:wss.slack.example", 0, true);
	snprintf(ca, sizeof(ca), "%s/ca.pem", t->dir);
	snprintf(proxy, sizeof(proxy), "http://us:pw@127.0.0.1:%u", peer_port(t->peer));
	client_open(t, ca, proxy);
	peer_accept_plain(t->peer);
	peer_expect(t->peer, "CONNECT wss.slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "Host: wss.slack.example:443\r\n");
	peer_expect(t->peer, "basic dXM6cHc=\r\n");
	peer_expect(t->peer, "\r\n");
	peer_send(t->peer, "HTTP/1.1 200 Connection established\r\n\r\n");
	peer_start_tls(t->peer);
	peer_expect(t->peer, "Host: wss.slack.example\r\n");
	peer_ws_accept(t->peer, false);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "hello", 5);
	t->want = 1;
	dial_name(t, "wss://wss.slack.example/link?ticket=x1");
	wait_for(t, enough);
	assert_string_equal(t->messages[0], "hello");
	script_was_played(t);
}

static void a_proxy_is_not_asked_for_loopback(void **state)
{
	struct fixture *t = *state;

	client_open(t, "", "http://user:pw@127.0.0.1:1/");
	connect_open(t);
	script_was_played(t);
}

static void settings_that_cannot_be_used_are_refused(void **state)
{
	static const struct ws_client_config confs[] = {
		{ "/nonexistent/ca.pem", "" }, { "/etc/passwd", "" },
		{ "", "proxy:3128" },          { "", "http://proxy" },
		{ "", "http://proxy:0" },      { "", "http://proxy:3128/path" },
		{ "", "http://:3128" },
	};
	struct fixture *t = *state;
	struct ws_client *c = NULL;

	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		struct fail f = { 0 };

		assert_row(!ws_client_open(t->loop, &confs[i], &c, &f), i,
			   confs[i].proxy);
		assert_row(f.kind == FAIL_INVALID, i, confs[i].proxy);
	}
	assert_null(c);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define FAKE(fn) cmocka_unit_test_setup_teardown(fn, setup_fake, teardown)

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
		CASE(one_destroyed_is_not_heard_of),
		CASE(one_destroyed_at_any_step_is_not_heard_of),
		CASE(callbacks_may_destroy),
		CASE(callbacks_may_close_the_client),
		CASE(callbacks_may_send_and_close),
		CASE(wss_works_with_the_extra_ca),
		CASE(an_over_long_message_over_tls_is_closed_with_1009),
		CASE(certificates_that_are_not_good_are_denied),
		CASE(tls_that_is_never_answered_times_out),
		CASE(the_environment_is_not_asked_for_a_proxy),
		CASE(a_proxy_is_asked_for_the_name),
		CASE(wss_works_through_a_proxy),
		CASE(a_proxy_is_not_asked_for_loopback),
		CASE(settings_that_cannot_be_used_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
