/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP against a scripted peer on loopback: the good days, what is given up, and
 * what a callback may do. */
#include "tests/lib/http_client_test.h"

#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/secret.h"
#include "tests/lib/test.h"

static void a_get_brings_status_body_and_headers(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "GET /v2/x?a=b%20c HTTP/1.1\r\n");
	peer_expect(t->peer, "User-Agent: accessd/test\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 429,
		   "Retry-After: 17\r\nContent-Type: application/json\r\n"
		   "X-OAuth-Scopes: chat:write,commands\r\nratelimit-reset: 3\r\n",
		   "{\"ok\":false}");
	http_test_get(t, "/v2/x?a=b%20c");
	assert_int_equal(t->call.fail.kind, FAIL_NONE);
	assert_int_equal(t->call.status, 429);
	assert_string_equal(t->call.body, "{\"ok\":false}");
	assert_string_equal(t->call.retry_after, "17");
	assert_string_equal(t->call.content_type, "application/json");
	assert_string_equal(t->call.scopes, "chat:write,commands");
	assert_string_equal(t->call.reset, "3");
	http_test_played(t);
}

static void a_post_carries_secret_headers_and_body(void **state)
{
	struct fixture *t = *state;
	struct secret token = { 0 };

	secret_set(&token, "xoxb-1", 6);
	t->call.req.auth_scheme = "Bearer";
	t->call.req.auth = &token;
	t->call.req.headers[0] = "Content-Type: application/json";
	t->call.req.headers[1] = "X-Two: 2";
	peer_accept(t->peer);
	peer_expect(t->peer, "POST /api HTTP/1.1\r\n");
	peer_expect(t->peer, "Content-Type: application/json\r\nX-Two: 2\r\n");
	peer_expect(t->peer, "Authorization: Bearer xoxb-1\r\n");
	peer_expect(t->peer, "Content-Length: 5\r\n");
	peer_expect(t->peer, "\r\nhello");
	peer_reply(t->peer, 200, "", "");
	http_test_post(t, "/api", "hello");
	assert_int_equal(t->call.fail.kind, FAIL_NONE);
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.body, "");
	assert_string_equal(t->call.retry_after, "(none)");
	secret_finish(&token);
	http_test_played(t);
}

static void a_scheme_that_ends_in_an_equals_sign_takes_no_space(void **state)
{
	struct fixture *t = *state;
	struct secret key = { 0 };

	secret_set(&key, "k1", 2);
	t->call.req.auth_scheme = "Token token=";
	t->call.req.auth = &key;
	peer_accept(t->peer);
	peer_expect(t->peer, "Authorization: Token token=k1\r\n");
	peer_expect(t->peer, "\r\n");
	peer_reply(t->peer, 200, "", "x");
	http_test_get(t, "/");
	assert_int_equal(t->call.status, 200);
	secret_finish(&key);
	http_test_played(t);
}

static void an_empty_post_says_so(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "Content-Length: 0\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "{}");
	http_test_start(t, &t->call, "POST", "/api/apps.connections.open");
	http_test_wait(t, &t->call);
	assert_int_equal(t->call.status, 200);
	http_test_played(t);
}

static void a_body_of_two_megabytes_is_not_asked_leave_for(void **state)
{
	struct fixture *t = *state;
	enum { SIZE = 2 * 1024 * 1024 };
	char *body = malloc(SIZE + 1);

	assert_non_null(body);
	memset(body, 'x', SIZE);
	memcpy(body + SIZE - 3, "end", 4);
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\nxxx");
	peer_expect(t->peer, "end");
	peer_reply(t->peer, 200, "", "");
	t->call.req.timeout_ms = 900; /* curl waits 1 s for the leave */
	http_test_post(t, "/", body);
	assert_int_equal(t->call.status, 200);
	free(body);
	http_test_played(t);
}

static void a_body_may_hold_nul(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send_bytes(t->peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b", 41);
	http_test_get(t, "/");
	assert_int_equal(t->call.body_len, 3);
	assert_memory_equal(t->call.body, "a\0b", 4);
	http_test_played(t);
}

/* Replies that are unusual and fine. */
static const struct {
	const char *label;
	const char *reply;
	bool fin;
	long status;
	const char *body;
} odd_replies[] = {
	{ "chunked",
	  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n"
	  "0\r\nTrailer: t\r\n\r\n",
	  false, 200, "abcde" },
	{ "interim replies first",
	  "HTTP/1.1 103 Early\r\nRetry-After: 99\r\n\r\nHTTP/1.1 102 P\r\n\r\n"
	  "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
	  false, 200, "ok" },
	{ "up to the end", "HTTP/1.1 200 OK\r\n\r\nall of it", true, 200, "all of it" },
	{ "version 1.0", "HTTP/1.0 503 Busy\r\nContent-Length: 1\r\n\r\nx", false, 503,
	  "x" },
	{ "no body", "HTTP/1.1 204 None\r\n\r\n", false, 204, "" },
	{ "a redirect, not followed",
	  "HTTP/1.1 302 F\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	  false, 302, "" },
};

static void odd_but_whole_replies_are_taken(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(odd_replies); i++) {
		peer_accept(t->peer);
		peer_expect(t->peer, "\r\n\r\n");
		peer_send(t->peer, odd_replies[i].reply);
		if (odd_replies[i].fin) {
			peer_fin(t->peer);
		}
		t->call.req.headers[0] = "Connection: close";
		http_test_get(t, "/");
		assert_row(t->call.status == odd_replies[i].status, i,
			   odd_replies[i].label);
		assert_row(strcmp(t->call.body, odd_replies[i].body) == 0, i,
			   odd_replies[i].label);
		assert_row(strcmp(t->call.retry_after, "(none)") == 0, i,
			   odd_replies[i].label);
		http_test_clear(&t->call);
		/* a fresh connection for the next row */
		http_test_open(t, "", 0);
	}
	http_test_played(t);
}

static void a_connection_is_used_again(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	for (unsigned i = 0; i < 5; i++) {
		peer_expect(t->peer, "\r\n\r\n");
		peer_reply(t->peer, 200, "", "x");
	}
	peer_deafen(t->peer);
	for (unsigned i = 0; i < 5; i++) {
		http_test_get(t, "/");
		assert_int_equal(t->call.status, 200);
		http_test_clear(&t->call);
	}
	http_test_played(t);
}

static void no_more_connections_than_allowed_and_the_rest_waits(void **state)
{
	struct fixture *t = *state;
	struct call calls[3] = { 0 };

	http_test_open(t, "", 1);
	peer_accept(t->peer);
	peer_deafen(t->peer);
	for (size_t i = 0; i < 3; i++) {
		peer_expect(t->peer, "\r\n\r\n");
		peer_reply(t->peer, 200, "", "x");
		http_test_start(t, &calls[i], "GET", "/");
	}
	for (size_t i = 0; i < 3; i++) {
		http_test_wait(t, &calls[i]);
		assert_int_equal(calls[i].status, 200);
		http_test_clear(&calls[i]);
	}
	http_test_played(t);
}

/* --- cancel and close -------------------------------------------------------- */

static void a_cancelled_request_is_not_heard_of(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	http_test_start(t, &t->call, "GET", "/");
	while (!peer_waits(t->peer)) {
		loop_run_until(t->loop, &never, 1);
	}
	assert_true(http_request_running(&t->call.req));
	http_request_cancel(&t->call.req);
	assert_false(http_request_running(&t->call.req));
	http_request_cancel(&t->call.req); /* twice is fine */
	peer_go(t->peer);
	peer_expect_end(t->peer);
	http_test_played(t);
	loop_run_until(t->loop, &never, 5);
	assert_int_equal(t->call.calls, 0);
}

static void one_cancelled_before_its_first_turn_is_not_heard_of(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	http_test_start(t, &t->call, "GET", "/");
	http_request_cancel(&t->call.req);
	t->call.req.url = "not a url";
	http_request_start(t->client, &t->call.req);
	http_request_cancel(&t->call.req);
	loop_run_until(t->loop, &never, 5);
	assert_int_equal(t->call.calls, 0);
}

static void closing_drops_what_is_in_flight(void **state)
{
	struct fixture *t = *state;
	struct call calls[4] = { 0 };
	bool never = false;

	for (size_t i = 0; i < 4; i++) {
		http_test_start(t, &calls[i], i % 2 ? "GET" : "POST", "/");
		loop_run_once(t->loop);
	}
	http_client_close(t->client);
	t->client = NULL;
	loop_run_until(t->loop, &never, 5);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(calls[i].calls, 0);
		assert_false(http_request_running(&calls[i].req));
	}
}

static void close_client(struct call *call)
{
	http_client_close(call->t->client);
	call->t->client = NULL;
}

static void start_second(struct call *call)
{
	struct call *second = call + 1;

	http_test_start(call->t, second, "GET", "/second");
}

static void a_callback_may_start_the_next_one(void **state)
{
	struct fixture *t = *state;
	struct call calls[2] = { { .then = start_second } };

	peer_accept(t->peer);
	for (unsigned i = 0; i < 2; i++) {
		peer_expect(t->peer, "\r\n\r\n");
		peer_reply(t->peer, 200, "", "x");
	}
	http_test_start(t, &calls[0], "GET", "/first");
	http_test_wait(t, &calls[0]);
	http_test_wait(t, &calls[1]);
	http_test_clear(&calls[0]);
	http_test_clear(&calls[1]);
	http_test_played(t);
}

static void a_callback_may_close_the_client(void **state)
{
	struct fixture *t = *state;
	struct call other = { 0 };

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	t->call.then = close_client;
	http_test_start(t, &t->call, "GET", "/");
	http_test_start(t, &other, "GET", "/");
	http_test_wait(t, &t->call);
	assert_int_equal(other.calls, 0);
	http_test_played(t);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, http_test_setup, http_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_get_brings_status_body_and_headers),
		CASE(a_post_carries_secret_headers_and_body),
		CASE(a_scheme_that_ends_in_an_equals_sign_takes_no_space),
		CASE(an_empty_post_says_so),
		CASE(a_body_of_two_megabytes_is_not_asked_leave_for),
		CASE(a_body_may_hold_nul),
		CASE(odd_but_whole_replies_are_taken),
		CASE(a_connection_is_used_again),
		CASE(no_more_connections_than_allowed_and_the_rest_waits),
		CASE(a_cancelled_request_is_not_heard_of),
		CASE(one_cancelled_before_its_first_turn_is_not_heard_of),
		CASE(closing_drops_what_is_in_flight),
		CASE(a_callback_may_start_the_next_one),
		CASE(a_callback_may_close_the_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
