/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP against a scripted peer on loopback: the good days, and each way in which
 * the other side can let us down. */
#include "shared/http_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/clock.h"
#include "shared/secret.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_dns.h"
#include "tests/lib/peer.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"

enum { CAP_MS = 5000 };

/* A request and what came of it. */
struct call {
	struct http_request req;
	bool done;
	unsigned calls;
	struct fail fail;
	long status;
	char *body;
	size_t body_len;
	char retry_after[64];
	char content_type[64];
	char scopes[64];
	char reset[64];
	void (*then)(struct call *call);
	struct fixture *t;
};

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct http_client *client;
	struct peer *peer;
	struct call call;
	char dir[TEST_TLS_DIR_SIZE];
};

static void keep(char *dst, size_t size, const char *s)
{
	snprintf(dst, size, "%s", s ? s : "(none)");
}

static void on_reply(struct http_request *req, const struct http_response *res,
		     const struct fail *f)
{
	struct call *call = container_of(req, struct call, req);

	call->done = true;
	call->calls++;
	call->fail = *f;
	assert_int_equal(res != NULL, f->kind == FAIL_NONE);
	assert_false(http_request_running(req));
	if (res) {
		call->status = res->status;
		call->body_len = res->body_len;
		call->body = malloc(res->body_len + 1);
		assert_non_null(call->body);
		memcpy(call->body, res->body, res->body_len + 1);
		keep(call->retry_after, sizeof(call->retry_after), res->retry_after);
		keep(call->content_type, sizeof(call->content_type), res->content_type);
		keep(call->scopes, sizeof(call->scopes), res->oauth_scopes);
		keep(call->reset, sizeof(call->reset), res->ratelimit_reset);
	}
	if (call->then) {
		call->then(call);
	}
}

static void call_start(struct fixture *t, struct call *call, const char *method,
		       const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "%s", peer_url(t->peer, "http", "127.0.0.1", path));
	call->req.method = method;
	call->req.url = url;
	call->req.cb = on_reply;
	call->t = t;
	http_request_start(t->client, &call->req);
	call->req.url = "gone"; /* what is needed of it was taken */
	assert_false(call->done);
}

static void call_wait(struct fixture *t, struct call *call)
{
	if (!loop_run_until(t->loop, &call->done, CAP_MS)) {
		const char *why = peer_finish(t->peer);

		t->peer = NULL;
		fail_msg("no callback; the peer: %s", why ? why : "content");
	}
	assert_int_equal(call->calls, 1);
}

static void call_clear(struct call *call)
{
	free(call->body);
	*call = (struct call){ 0 };
}

/* Start t->call with what was set in it, and wait for its end. */
static void get(struct fixture *t, const char *path)
{
	call_start(t, &t->call, "GET", path);
	call_wait(t, &t->call);
}

static void post(struct fixture *t, const char *path, const char *body)
{
	t->call.req.body = body;
	t->call.req.body_len = strlen(body);
	call_start(t, &t->call, "POST", path);
	call_wait(t, &t->call);
}

static void script_was_played(struct fixture *t)
{
	const char *why = peer_finish(t->peer);

	t->peer = NULL;
	if (why) {
		fail_msg("the peer: %s", why);
	}
}

static void client_open(struct fixture *t, const char *ca_file, unsigned connections)
{
	const struct http_client_config conf = {
		.ca_file = ca_file,
		.proxy = "",
		.user_agent = "accessd/test",
		.max_connections = connections,
	};
	struct fail f = { 0 };

	http_client_close(t->client);
	if (!http_client_open(t->loop, &conf, &t->client, &f)) {
		fail_msg("%s", f.msg);
	}
}

static struct fixture *fixture_make(bool fake)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	fake_clock_init(&t->clock, 1700000000000);
	assert_true(loop_create(fake ? &t->clock.clock : clock_system(), &t->loop, NULL));
	client_open(t, "", 0);
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

	http_client_close(t->client);
	call_clear(&t->call);
	if (t->peer) {
		peer_finish(t->peer);
	}
	loop_destroy(t->loop);
	if (*t->dir) {
		test_tls_remove(t->dir);
	}
	free(t);
	return 0;
}

/* --- good days ---------------------------------------------------------------- */

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
	get(t, "/v2/x?a=b%20c");
	assert_int_equal(t->call.fail.kind, FAIL_NONE);
	assert_int_equal(t->call.status, 429);
	assert_string_equal(t->call.body, "{\"ok\":false}");
	assert_string_equal(t->call.retry_after, "17");
	assert_string_equal(t->call.content_type, "application/json");
	assert_string_equal(t->call.scopes, "chat:write,commands");
	assert_string_equal(t->call.reset, "3");
	script_was_played(t);
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
	post(t, "/api", "hello");
	assert_int_equal(t->call.fail.kind, FAIL_NONE);
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.body, "");
	assert_string_equal(t->call.retry_after, "(none)");
	secret_finish(&token);
	script_was_played(t);
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
	get(t, "/");
	assert_int_equal(t->call.status, 200);
	secret_finish(&key);
	script_was_played(t);
}

static void an_empty_post_says_so(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "Content-Length: 0\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "{}");
	call_start(t, &t->call, "POST", "/api/apps.connections.open");
	call_wait(t, &t->call);
	assert_int_equal(t->call.status, 200);
	script_was_played(t);
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
	post(t, "/", body);
	assert_int_equal(t->call.status, 200);
	free(body);
	script_was_played(t);
}

static void a_body_may_hold_nul(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send_bytes(t->peer, "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na\0b", 41);
	get(t, "/");
	assert_int_equal(t->call.body_len, 3);
	assert_memory_equal(t->call.body, "a\0b", 4);
	script_was_played(t);
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
		get(t, "/");
		assert_row(t->call.status == odd_replies[i].status, i,
			   odd_replies[i].label);
		assert_row(strcmp(t->call.body, odd_replies[i].body) == 0, i,
			   odd_replies[i].label);
		assert_row(strcmp(t->call.retry_after, "(none)") == 0, i,
			   odd_replies[i].label);
		call_clear(&t->call);
		/* a fresh connection for the next row */
		client_open(t, "", 0);
	}
	script_was_played(t);
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
		get(t, "/");
		assert_int_equal(t->call.status, 200);
		call_clear(&t->call);
	}
	script_was_played(t);
}

static void no_more_connections_than_allowed_and_the_rest_waits(void **state)
{
	struct fixture *t = *state;
	struct call calls[3] = { 0 };

	client_open(t, "", 1);
	peer_accept(t->peer);
	peer_deafen(t->peer);
	for (size_t i = 0; i < 3; i++) {
		peer_expect(t->peer, "\r\n\r\n");
		peer_reply(t->peer, 200, "", "x");
		call_start(t, &calls[i], "GET", "/");
	}
	for (size_t i = 0; i < 3; i++) {
		call_wait(t, &calls[i]);
		assert_int_equal(calls[i].status, 200);
		call_clear(&calls[i]);
	}
	script_was_played(t);
}

/* --- bad days ------------------------------------------------------------------ */

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
		t->call.req.cb = on_reply;
		http_request_start(t->client, &t->call.req);
		assert_row(!t->call.done, i, rows[i].url);
		call_wait(t, &t->call);
		assert_row(t->call.fail.kind == FAIL_INVALID, i, rows[i].url);
		assert_has_not(t->call.fail.msg, "secret-path");
		call_clear(&t->call);
	}
}

static void a_secret_that_is_not_set_is_not_sent(void **state)
{
	struct fixture *t = *state;
	struct secret none = { 0 };

	t->call.req.auth_scheme = "Bearer";
	t->call.req.auth = &none;
	get(t, "/");
	assert_int_equal(t->call.fail.kind, FAIL_INVALID);
}

static void a_secret_with_a_line_break_makes_no_header(void **state)
{
	struct fixture *t = *state;
	struct secret bad = { 0 };

	secret_set(&bad, "a\r\nX: y", 7);
	t->call.req.auth_scheme = "Bearer";
	t->call.req.auth = &bad;
	get(t, "/");
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
	post(t, "/ticket", "x");
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
	assert_has(t->call.fail.msg, "'127.0.0.1'");
	assert_has_not(t->call.fail.msg, "ticket");
}

static void start_for_name(struct fixture *t, const char *method, const char *url)
{
	t->call.req.method = method;
	t->call.req.url = url;
	t->call.req.cb = on_reply;
	http_request_start(t->client, &t->call.req);
}

static void a_name_that_does_not_exist_is_upstream(void **state)
{
	struct fixture *t = *state;

	start_for_name(t, "POST", "https://nobody.example/ticket");
	call_wait(t, &t->call);
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
	start_for_name(t, "POST", "https://silent.example/");
	call_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	assert_true(fake_dns_asked());
	call_clear(&t->call);

	start_for_name(t, "GET", "https://silent.example/");
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
		call_start(t, &t->call, method, "/ticket");
		call_wait(t, &t->call);
		if (t->call.fail.kind != expected) {
			fail_msg("'%s': %s, %s", broken[i].label,
				 fail_word(t->call.fail.kind), t->call.fail.msg);
		}
		assert_has(t->call.fail.msg, "'127.0.0.1': ");
		assert_has_not(t->call.fail.msg, "ticket");
		call_clear(&t->call);
	}
	script_was_played(t);
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
	get(t, "/");
	assert_int_equal(t->call.body_len, 9);
	script_was_played(t);
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
	get(t, "/");
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
	post(t, "/", "x");
	assert_int_equal(t->call.fail.kind, FAIL_UNCERTAIN);
	assert_has(t->call.fail.msg, "no whole reply in 60 ms");
	script_was_played(t);
}

static void a_get_that_is_not_answered_in_time_is_a_timeout(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
	peer_wait(t->peer);
	t->call.req.timeout_ms = 60;
	get(t, "/");
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	script_was_played(t);
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
	get(t, "/");
	assert_int_equal(t->call.status, 200);
	call_clear(&t->call);
	call_start(t, &t->call, "POST", "/");
	while (!peer_waits(t->peer)) {
		loop_run_until(t->loop, &never, 1);
	}
	fake_clock_advance(&t->clock, 9999);
	loop_run_until(t->loop, &never, 10);
	assert_false(t->call.done);
	fake_clock_advance(&t->clock, 1);
	call_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_UNCERTAIN);
	script_was_played(t);
}

/* The kernel connects, nobody is there: TLS never gets its first answer. */
static void a_post_that_never_got_through_tls_is_a_timeout(void **state)
{
	struct fixture *t = *state;
	char url[64];

	snprintf(url, sizeof(url), "%s", peer_url(t->peer, "https", "127.0.0.1", "/"));
	t->call.req.method = "POST";
	t->call.req.url = url;
	t->call.req.cb = on_reply;
	t->call.req.connect_timeout_ms = 60;
	http_request_start(t->client, &t->call.req);
	call_wait(t, &t->call);
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	assert_has(t->call.fail.msg, "no connection in 60 ms");
}

static void a_post_that_waits_for_a_connection_is_a_timeout(void **state)
{
	struct fixture *t = *state;
	struct call first = { 0 };

	client_open(t, "", 1);
	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	call_start(t, &first, "GET", "/");
	t->call.req.connect_timeout_ms = 60;
	post(t, "/", "x");
	assert_int_equal(t->call.fail.kind, FAIL_TIMEOUT);
	http_request_cancel(&first.req);
	script_was_played(t);
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
	post(t, "/", "a");
	assert_int_equal(t->call.status, 200);
	call_clear(&t->call);
	post(t, "/", "b");
	assert_int_equal(t->call.fail.kind, FAIL_UNCERTAIN);
	script_was_played(t);
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
	get(t, "/");
	call_clear(&t->call);
	get(t, "/");
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.body, "y");
	script_was_played(t);
}

/* --- cancel and close ----------------------------------------------------------- */

static void a_cancelled_request_is_not_heard_of(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_wait(t->peer);
	call_start(t, &t->call, "GET", "/");
	while (!peer_waits(t->peer)) {
		loop_run_until(t->loop, &never, 1);
	}
	assert_true(http_request_running(&t->call.req));
	http_request_cancel(&t->call.req);
	assert_false(http_request_running(&t->call.req));
	http_request_cancel(&t->call.req); /* twice is fine */
	peer_go(t->peer);
	peer_expect_end(t->peer);
	script_was_played(t);
	loop_run_until(t->loop, &never, 5);
	assert_int_equal(t->call.calls, 0);
}

static void one_cancelled_before_its_first_turn_is_not_heard_of(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	call_start(t, &t->call, "GET", "/");
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
		call_start(t, &calls[i], i % 2 ? "GET" : "POST", "/");
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

	call_start(call->t, second, "GET", "/second");
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
	call_start(t, &calls[0], "GET", "/first");
	call_wait(t, &calls[0]);
	call_wait(t, &calls[1]);
	call_clear(&calls[0]);
	call_clear(&calls[1]);
	script_was_played(t);
}

static void a_callback_may_close_the_client(void **state)
{
	struct fixture *t = *state;
	struct call other = { 0 };

	peer_accept(t->peer);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	t->call.then = close_client;
	call_start(t, &t->call, "GET", "/");
	call_start(t, &other, "GET", "/");
	call_wait(t, &t->call);
	assert_int_equal(other.calls, 0);
	script_was_played(t);
}

/* --- TLS ------------------------------------------------------------------------ */

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
	client_open(t, trust ? ca : "", 0);
	t->peer = peer_create(t->dir);
}

static void https_get(struct fixture *t, const char *host)
{
	char url[64];

	snprintf(url, sizeof(url), "%s", peer_url(t->peer, "https", host, "/"));
	t->call.req.method = "GET";
	t->call.req.url = url;
	t->call.req.cb = on_reply;
	http_request_start(t->client, &t->call.req);
	call_wait(t, &t->call);
}

static void a_certificate_of_the_extra_ca_is_good(void **state)
{
	struct fixture *t = *state;

	tls_peer(t, "DNS:localhost,IP:127.0.0.1", 0, true);
	peer_accept(t->peer);
	peer_connected(t->peer, false);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "secret");
	https_get(t, "127.0.0.1");
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.body, "secret");
	script_was_played(t);
}

static void certificates_that_are_not_good_are_refused(void **state)
{
	static const struct {
		const char *label, *names;
		unsigned flags;
		bool trust;
	} rows[] = {
		{ "another name", "DNS:example.com", 0, true },
		{ "another address", "IP:127.0.0.2", 0, true },
		{ "expired", "IP:127.0.0.1", TEST_TLS_EXPIRED, true },
		{ "another CA", "IP:127.0.0.1", TEST_TLS_STRANGER, true },
		{ "a CA that nobody knows", "IP:127.0.0.1", 0, false },
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		tls_peer(t, rows[i].names, rows[i].flags, rows[i].trust);
		peer_refuse(t->peer);
		https_get(t, "127.0.0.1");
		assert_row(t->call.fail.kind == FAIL_UPSTREAM, i, rows[i].label);
		assert_row(*t->call.fail.hint, i, rows[i].label);
		call_clear(&t->call);
		script_was_played(t);
		t->peer = peer_create(NULL);
	}
}

static void a_second_connection_resumes_the_tls_session(void **state)
{
	struct fixture *t = *state;

	tls_peer(t, "IP:127.0.0.1", 0, true);
	for (unsigned i = 0; i < 2; i++) {
		peer_accept(t->peer);
		peer_connected(t->peer, i == 1);
		peer_expect(t->peer, "\r\n\r\n");
		peer_reply(t->peer, 200, "Connection: close\r\n", "x");
		peer_close(t->peer);
	}
	for (unsigned i = 0; i < 2; i++) {
		https_get(t, "127.0.0.1");
		assert_int_equal(t->call.status, 200);
		call_clear(&t->call);
	}
	script_was_played(t);
}

static void plain_http_where_tls_was_meant_is_upstream(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_send(t->peer, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
	https_get(t, "127.0.0.1");
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
}

static void a_ca_file_that_is_none_is_refused(void **state)
{
	struct fixture *t = *state;
	struct http_client *c = NULL;
	const struct http_client_config conf[] = {
		{ .ca_file = "/nonexistent/ca.pem" },
		{ .ca_file = "/etc/passwd" },
	};

	for (size_t i = 0; i < ARRAY_LEN(conf); i++) {
		struct fail f = { 0 };

		assert_false(http_client_open(t->loop, &conf[i], &c, &f));
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_has(f.msg, conf[i].ca_file);
	}
	assert_null(c);
}

/* --- proxy ---------------------------------------------------------------------- */

static void the_environment_is_not_asked_for_a_proxy(void **state)
{
	struct fixture *t = *state;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	peer_accept(t->peer);
	peer_expect(t->peer, "GET / HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	get(t, "/");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(t->call.status, 200);
	script_was_played(t);
}

static void a_proxy_is_asked_for_a_tunnel(void **state)
{
	struct fixture *t = *state;
	char proxy[64];
	struct http_client_config conf = { .proxy = proxy };

	snprintf(proxy, sizeof(proxy), "%s", peer_url(t->peer, "http", "127.0.0.1", ""));
	setenv("no_proxy", "*", 1);
	http_client_close(t->client);
	assert_true(http_client_open(t->loop, &conf, &t->client, NULL));
	peer_accept(t->peer);
	peer_expect(t->peer, "CONNECT slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
	t->call.req.method = "POST";
	t->call.req.url = "https://slack.example/api/x";
	t->call.req.cb = on_reply;
	http_request_start(t->client, &t->call.req);
	call_wait(t, &t->call);
	unsetenv("no_proxy");
	/* Bytes were sent, but not of the request. */
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
	assert_has(t->call.fail.msg, "403");
	script_was_played(t);
}

static void https_works_through_a_proxy(void **state)
{
	struct fixture *t = *state;
	char ca[TEST_TLS_DIR_SIZE + 16];
	char proxy[64];
	struct http_client_config conf = { .ca_file = ca, .proxy = proxy };

	tls_peer(t, "DNS:slack.example", 0, true);
	snprintf(ca, sizeof(ca), "%s/ca.pem", t->dir);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", peer_port(t->peer));
	http_client_close(t->client);
	assert_true(http_client_open(t->loop, &conf, &t->client, NULL));
	peer_accept_plain(t->peer);
	peer_expect(t->peer, "CONNECT slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 200 Yes\r\nRetry-After: 3\r\n\r\n");
	peer_start_tls(t->peer);
	peer_expect(t->peer, "GET /api HTTP/1.1\r\nHost: slack.example\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	start_for_name(t, "GET", "https://slack.example/api");
	call_wait(t, &t->call);
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.retry_after, "(none)");
	script_was_played(t);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)
#define FAKE(fn) cmocka_unit_test_setup_teardown(fn, setup_fake, teardown)

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
		CASE(a_cancelled_request_is_not_heard_of),
		CASE(one_cancelled_before_its_first_turn_is_not_heard_of),
		CASE(closing_drops_what_is_in_flight),
		CASE(a_callback_may_start_the_next_one),
		CASE(a_callback_may_close_the_client),
		CASE(a_certificate_of_the_extra_ca_is_good),
		CASE(certificates_that_are_not_good_are_refused),
		CASE(a_second_connection_resumes_the_tls_session),
		CASE(plain_http_where_tls_was_meant_is_upstream),
		CASE(a_ca_file_that_is_none_is_refused),
		CASE(the_environment_is_not_asked_for_a_proxy),
		CASE(a_proxy_is_asked_for_a_tunnel),
		CASE(https_works_through_a_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
