/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP: each way in which the other side can let us down, and what may not be asked. */
#include "tests/lib/http_client_test.h"

#include <stdio.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/secret.h"
#include "tests/lib/fake_dns.h"
#include "tests/lib/test.h"

static void what_may_not_be_asked_is_refused(void **state)
{
	static const struct {
		const char *method, *url, *header;
	} rows[] = {
		{ "GET", "http://example.com/secret-path", NULL },
		{ "GET", "ftp://127.0.0.1/", NULL },
		{ "GET", "ws://127.0.0.1/", NULL },
		{ "GET", "http://user@127.0.0.1/", NULL },
		{ "GET", "", NULL },
		{ "PUT", "http://127.0.0.1:1/", NULL },
		{ "GET", "http://127.0.0.1:1/", "A: b\r\nC: d" },
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		t->call.req.method = rows[i].method;
		t->call.req.url = rows[i].url;
		t->call.req.headers[0] = rows[i].header;
		t->call.req.cb = http_test_reply;
		http_request_start(t->client, &t->call.req);
		assert_row(!t->call.done, i, rows[i].url);
		http_test_wait(t, &t->call);
		assert_row(t->call.fail.kind == FAIL_INVALID, i, rows[i].url);
		assert_has_not(t->call.fail.msg, "secret-path");
		http_test_clear(&t->call);
	}
}

static void a_secret_that_is_not_set_is_not_sent(void **state)
{
	struct fixture *t = *state;
	struct secret none = { 0 };

	t->call.req.auth_scheme = "Bearer";
	t->call.req.auth = &none;
	http_test_get(t, "/");
	assert_int_equal(t->call.fail.kind, FAIL_INVALID);
}

static void a_secret_with_a_line_break_makes_no_header(void **state)
{
	struct fixture *t = *state;
	struct secret bad = { 0 };

	secret_set(&bad, "a\r\nX: y", 7);
	t->call.req.auth_scheme = "Bearer";
	t->call.req.auth = &bad;
	http_test_get(t, "/");
	assert_int_equal(t->call.fail.kind, FAIL_INVALID);
	assert_has_not(t->call.fail.msg, "X: y");
	secret_finish(&bad);
}

static void refused_is_upstream_for_a_post_too(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	peer_deafen(t->peer);
	peer_wait(t->peer);
	while (!peer_waits(t->peer)) {
		loop_run_until(t->loop, &never, 1);
	}
	http_test_post(t, "/ticket", "x");
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
	assert_has(t->call.fail.msg, "'127.0.0.1'");
	assert_has_not(t->call.fail.msg, "ticket");
}

static void a_name_that_does_not_exist_is_upstream(void **state)
{
	struct fixture *t = *state;

	http_test_start_url(t, "POST", "https://nobody.example/ticket");
	http_test_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
	assert_has(t->call.fail.msg, "nobody.example");
	assert_has_not(t->call.fail.msg, "ticket");
}

/* curl would wait for its thread, which waits for the server, and we for both. */
static void a_silent_name_server_blocks_nothing(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	t->call.req.connect_timeout_ms = 50;
	http_test_start_url(t, "POST", "https://silent.example/");
	http_test_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	assert_true(fake_dns_asked());
	http_test_clear(&t->call);

	http_test_start_url(t, "GET", "https://silent.example/");
	loop_run_until(t->loop, &never, 10);
	http_request_cancel(&t->call.req);
	http_client_close(t->client);
	t->client = NULL;
	assert_true(fake_dns_asked());
	fake_dns_release();
}

/* What the peer does once it has read the request, and what that means. */
static const struct {
	const char *label;
	const char *reply;
	char end; /* 'f'in, 'r'eset, 'n'othing more */
	size_t cap;
} broken[] = {
	{ "dropped before a reply", "", 'f', 0 },
	{ "reset before a reply", "", 'r', 0 },
	{ "dropped in the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 'f',
	  0 },
	{ "reset in the body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", 'r',
	  0 },
	{ "dropped in a chunk",
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nhalf", 'f', 0 },
	{ "bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 'n',
	  0 },
	{ "dropped in the headers", "HTTP/1.1 200 OK\r\nContent-Le", 'f', 0 },
	{ "dropped after the status line", "HTTP/1.1 200 OK\r\n", 'f', 0 },
	{ "dropped after an interim reply", "HTTP/1.1 102 P\r\n\r\n", 'f', 0 },
	{ "not HTTP", "SSH-2.0-OpenSSH_9.2\r\n", 'n', 0 },
	{ "garbage", "\001\002\003\004\005\006\007\010", 'f', 0 },
	{ "body over the cap", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n123456789",
	  'n', 8 },
};

static void broken_replies(struct fixture *t, const char *method, enum fail_kind expected)
{
	for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
		peer_accept(t->peer);
		peer_expect(t->peer, "\r\n\r\n");
		peer_send(t->peer, broken[i].reply);
		if (broken[i].end == 'f') {
			peer_fin(t->peer);
		} else if (broken[i].end == 'r') {
			peer_reset(t->peer);
		}
		t->call.req.max_reply = broken[i].cap;
		http_test_start(t, &t->call, method, "/ticket");
		http_test_wait(t, &t->call);
		if (t->call.fail.kind != expected) {
			fail_msg("'%s': %s, %s", broken[i].label,
				 fail_word(t->call.fail.kind), t->call.fail.msg);
		}
		assert_has(t->call.fail.msg, "'127.0.0.1': ");
		assert_has_not(t->call.fail.msg, "ticket");
		http_test_clear(&t->call);
	}
	http_test_played(t);
}

static void a_get_without_a_whole_reply_is_upstream(void **state)
{
	broken_replies(*state, "GET", FAIL_UPSTREAM);
}

static void a_post_without_a_whole_reply_is_uncertain(void **state)
{
	broken_replies(*state, "POST", FAIL_UNCERTAIN);
}

static void a_reply_of_exactly_the_cap_is_taken(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "123456789");
	t->call.req.max_reply = 9;
	http_test_get(t, "/");
	assert_int_equal(t->call.body_len, 9);
	http_test_played(t);
}

static void headers_without_end_are_cut_off(void **state)
{
	struct fixture *t = *state;
	char line[1024];

	memset(line, 'h', sizeof(line));
	memcpy(line, "X-Y: ", 5);
	memcpy(line + sizeof(line) - 3, "\r\n", 3);
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 200 OK\r\n");
	for (unsigned i = 0; i < 70; i++) {
		peer_send(t->peer, line);
	}
	http_test_get(t, "/");
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
	assert_has(t->call.fail.msg, "headers");
}

static void a_peer_that_takes_a_post_and_says_nothing_is_uncertain(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\nx");
	peer_wait(t->peer);
	t->call.req.timeout_ms = 60;
	http_test_post(t, "/", "x");
	assert_int_equal(t->call.fail.kind, FAIL_UNCERTAIN);
	assert_has(t->call.fail.msg, "no whole reply in 60 ms");
	http_test_played(t);
}

static void a_get_that_is_not_answered_in_time_is_a_timeout(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
	peer_wait(t->peer);
	t->call.req.timeout_ms = 60;
	http_test_get(t, "/");
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	http_test_played(t);
}

static void time_runs_out_by_the_loops_clock(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	http_test_get(t, "/");
	assert_int_equal(t->call.status, 200);
	http_test_clear(&t->call);
	http_test_start(t, &t->call, "POST", "/");
	while (!peer_waits(t->peer)) {
		loop_run_until(t->loop, &never, 1);
	}
	fake_clock_advance(&t->clock, 9999);
	loop_run_until(t->loop, &never, 10);
	assert_false(t->call.done);
	fake_clock_advance(&t->clock, 1);
	http_test_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_UNCERTAIN);
	http_test_played(t);
}

/* The kernel connects, nobody is there: TLS never gets its first answer. */
static void a_post_that_never_got_through_tls_is_a_timeout(void **state)
{
	struct fixture *t = *state;
	char url[64];

	snprintf(url, sizeof(url), "%s", peer_url(t->peer, "https", "127.0.0.1", "/"));
	t->call.req.method = "POST";
	t->call.req.url = url;
	t->call.req.cb = http_test_reply;
	t->call.req.connect_timeout_ms = 60;
	http_request_start(t->client, &t->call.req);
	http_test_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	assert_has(t->call.fail.msg, "no connection in 60 ms");
}

static void a_post_that_waits_for_a_connection_is_a_timeout(void **state)
{
	struct fixture *t = *state;
	struct call first = { 0 };

	http_test_open(t, "", 1);
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	http_test_start(t, &first, "GET", "/");
	t->call.req.connect_timeout_ms = 60;
	http_test_post(t, "/", "x");
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	http_request_cancel(&first.req);
	http_test_played(t);
}

/* A kept connection on which the peer takes the second POST and goes: it may have been
 * carried out, so it may not be sent again by itself. */
static void a_post_on_a_kept_connection_is_never_sent_twice(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\na");
	peer_reply(t->peer, 200, "", "x");
	peer_expect(t->peer, "\r\n\r\nb");
	peer_reset(t->peer);
	http_test_post(t, "/", "a");
	assert_int_equal(t->call.status, 200);
	http_test_clear(&t->call);
	http_test_post(t, "/", "b");
	assert_int_equal(t->call.fail.kind, FAIL_UNCERTAIN);
	http_test_played(t);
}

/* The same for a GET: trying again does no harm, and the caller sees nothing of it. */
static void a_get_on_a_dead_kept_connection_is_sent_on_a_fresh_one(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reset(t->peer);
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "y");
	http_test_get(t, "/");
	http_test_clear(&t->call);
	http_test_get(t, "/");
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.body, "y");
	http_test_played(t);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, http_test_setup, http_test_teardown)
#define FAKE(fn) \
	cmocka_unit_test_setup_teardown(fn, http_test_setup_fake, http_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(what_may_not_be_asked_is_refused),
		CASE(a_secret_that_is_not_set_is_not_sent),
		CASE(a_secret_with_a_line_break_makes_no_header),
		CASE(refused_is_upstream_for_a_post_too),
		CASE(a_get_without_a_whole_reply_is_upstream),
		CASE(a_post_without_a_whole_reply_is_uncertain),
		CASE(a_reply_of_exactly_the_cap_is_taken),
		CASE(headers_without_end_are_cut_off),
		CASE(a_peer_that_takes_a_post_and_says_nothing_is_uncertain),
		CASE(a_get_that_is_not_answered_in_time_is_a_timeout),
		CASE(a_name_that_does_not_exist_is_upstream),
		CASE(a_silent_name_server_blocks_nothing),
		FAKE(time_runs_out_by_the_loops_clock),
		CASE(a_post_that_never_got_through_tls_is_a_timeout),
		CASE(a_post_that_waits_for_a_connection_is_a_timeout),
		CASE(a_post_on_a_kept_connection_is_never_sent_twice),
		CASE(a_get_on_a_dead_kept_connection_is_sent_on_a_fresh_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
