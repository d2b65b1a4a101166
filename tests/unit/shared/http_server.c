/* SPDX-License-Identifier: Apache-2.0 */
/* What clients and strangers send to the HTTP server, over real sockets. */
#include "shared/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"
#include "tests/lib/wire.h"

enum { BODY_CAP = 32 << 20, SMALL_CAP = 16, BIG = 1 << 20 };

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct http_server *server;
	struct wire wire;
	struct http_exchange *held; /* by /later, until a test answers it */
	unsigned handled;
	unsigned gone;
	bool drained;
	char head[4096];
	const char *body;
};

/* --- handlers --------------------------------------------------------------------- */

static void on_echo(struct http_exchange *x, void *data)
{
	struct fixture *t = data;

	t->handled++;
	http_reply(x, 200, "application/octet-stream", x->body, x->body_len, NULL);
}

static void on_get(struct http_exchange *x, void *data)
{
	struct fixture *t = data;
	char text[256];
	size_t n;
	const char *twice = http_header(x, "x-twice", &n);

	t->handled++;
	snprintf(text, sizeof(text), "%s %s?%s %s*%zu", x->method, x->path, x->query,
		 twice ? twice : "-", n);
	http_reply(x, 200, "text/plain", text, strlen(text), NULL);
}

static void on_big(struct http_exchange *x, void *data)
{
	struct fixture *t = data;
	char *bytes = calloc(1, BIG);

	assert_non_null(bytes);
	t->handled++;
	http_reply(x, 200, "application/octet-stream", bytes, BIG, NULL);
	free(bytes);
}

static void on_gone(struct http_exchange *x)
{
	struct fixture *t = x->user;

	t->gone++;
	t->held = NULL;
}

static void on_later(struct http_exchange *x, void *data)
{
	struct fixture *t = data;

	t->handled++;
	x->user = t;
	x->gone = on_gone;
	t->held = x;
}

static void on_refuse(struct http_exchange *x, void *data)
{
	(void)data;
	http_reply_error(x, 403, "not-you", "you are \"nobody\"");
}

/* clang-format off */
static const struct http_route routes[] = {
	{ "POST", "/echo",   on_echo,   BODY_CAP },
	{ "POST", "/small",  on_echo,   SMALL_CAP },
	{ "GET",  "/get",    on_get,    0 },
	{ "GET",  "/",       on_get,    0 },
	{ "GET",  "/tree/*", on_get,    0 },
	{ "GET",  "/big",    on_big,    0 },
	{ "POST", "/later",  on_later,  64 },
	{ "POST", "/refuse", on_refuse, 64 },
};
/* clang-format on */

/* --- fixture ---------------------------------------------------------------------- */

static void open_server(struct fixture *t, const char *dir)
{
	char cert[128] = "";
	char key[128] = "";
	struct http_server_config conf = {
		.listener = { .address = "127.0.0.1:0", .cert = cert, .key = key },
		.routes = routes,
		.n_routes = ARRAY_LEN(routes),
		.data = t,
		.max_header = 4096,
	};
	struct fail f = { 0 };

	if (dir) {
		snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
		snprintf(key, sizeof(key), "%s/key.pem", dir);
	}
	if (!http_server_open(t->loop, &conf, &t->server, &f)) {
		fail_msg("%s", f.msg);
	}
}

static int set_up(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	struct fail f;

	assert_non_null(t);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(&t->clock.clock, &t->loop, &f));
	open_server(t, NULL);
	assert_true(wire_open(&t->wire, t->loop, http_server_port(t->server), NULL));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *t = *state;

	wire_close(&t->wire);
	http_server_close(t->server);
	loop_destroy(t->loop);
	free(t);
	return 0;
}

static void again(struct fixture *t)
{
	wire_close(&t->wire);
	assert_true(wire_open(&t->wire, t->loop, http_server_port(t->server), NULL));
}

/* Let the server act; nothing is expected to come. */
static void turns(struct fixture *t)
{
	for (int i = 0; i < 20; i++) {
		loop_run_once(t->loop);
	}
}

static int reply(struct fixture *t)
{
	return wire_await_reply(&t->wire, t->head, sizeof(t->head), &t->body);
}

static void send_text(struct fixture *t, const char *text)
{
	assert_true(wire_send_text(&t->wire, text));
}

/* --- odd requests ------------------------------------------------------------------ */

#define HOST "Host: a\r\n"
#define T6   "x-fill: 0123456789012345678901234567890123456789012345678901234567890\r\n"
#define T36  T6 T6 T6 T6 T6 T6
#define T216 T36 T36 T36 T36 T36 T36

/* status 0: closed without a word. stays: a next request is answered. */
struct odd {
	const char *what;
	const char *bytes;
	size_t n; /* 0: strlen */
	int status;
	bool stays;
};

/* clang-format off */
static const struct odd odds[] = {
	/* plain ones, and odd ones that are right */
	{ "a GET",               "GET /get HTTP/1.1\r\n" HOST "\r\n", 0, 200, true },
	{ "a POST",              "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n\r\nhi", 0, 200, true },
	{ "an empty body",       "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 0, 200, true },
	{ "no length",           "POST /echo HTTP/1.1\r\n" HOST "\r\n", 0, 200, true },
	{ "names in upper case", "POST /echo HTTP/1.1\r\nHOST: a\r\nCONTENT-LENGTH: 2\r\n\r\nhi", 0, 200, true },
	{ "names in lower case", "POST /echo HTTP/1.1\r\nhost:a\r\ncontent-length:2\r\n\r\nhi", 0, 200, true },
	{ "blanks round values", "POST /echo HTTP/1.1\r\nHost: \t a \r\nContent-Length: 2 \r\n\r\nhi", 0, 200, true },
	{ "Connection: close",   "GET /get HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n", 0, 200, false },
	{ "HTTP/1.0",            "GET /get HTTP/1.0\r\n\r\n", 0, 200, false },
	{ "HTTP/1.0, kept alive", "GET /get HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", 0, 200, false },
	{ "empty lines first",   "\r\n\r\nGET /get HTTP/1.1\r\n" HOST "\r\n", 0, 200, true },
	{ "absolute target",     "GET http://b:80/get?x HTTP/1.1\r\n" HOST "\r\n", 0, 200, true },
	{ "absolute, no path",   "GET HTTP://b HTTP/1.1\r\n" HOST "\r\n", 0, 200, true },
	{ "a value of UTF-8",    "GET /get HTTP/1.1\r\n" HOST "x: \xc3\xa4\r\n\r\n", 0, 200, true },
	{ "Upgrade is ignored",  "GET /get HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n", 0, 200, true },
	{ "Upgrade and a body",  "POST /echo HTTP/1.1\r\n" HOST "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nhi", 0, 200, true },
	{ "OPTIONS",             "OPTIONS /get HTTP/1.1\r\n" HOST "\r\n", 0, 204, true },
	{ "OPTIONS *",           "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 0, 204, true },
	{ "a chunked body",      "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", 0, 200, true },
	{ "Chunked, extensions", "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: Chunked\r\n\r\n2;a=\"b\"\r\nhi\r\n0;c\r\n\r\n", 0, 200, true },
	{ "a trailer",           "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nx: y\r\n\r\n", 0, 200, true },

	/* lengths */
	{ "length -5",           "POST /echo HTTP/1.1\r\n" HOST "Content-Length: -5\r\n\r\n", 0, 400, false },
	{ "length abc",          "POST /echo HTTP/1.1\r\n" HOST "Content-Length: abc\r\n\r\n", 0, 400, false },
	{ "length +5",           "POST /echo HTTP/1.1\r\n" HOST "Content-Length: +5\r\n\r\nhello", 0, 400, false },
	{ "length 0x5",          "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 0x5\r\n\r\nhello", 0, 400, false },
	{ "no length in it",     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n", 0, 400, false },
	{ "two lengths",         "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 0, 400, false },
	{ "the same twice",      "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc", 0, 400, false },
	{ "3, 3",                "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3, 3\r\n\r\nabc", 0, 400, false },
	{ "a huge length",       "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 99999999999999999999\r\n\r\n", 0, 400, false },
	{ "over the cap",        "POST /small HTTP/1.1\r\n" HOST "Content-Length: 17\r\n\r\n01234567890123456", 0, 413, false },
	{ "a body for a GET",    "GET /get HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx", 0, 413, false },

	/* encodings */
	{ "length, chunked",     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400, false },
	{ "chunked, length",     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n", 0, 400, false },
	{ "xchunked",            "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: xchunked\r\n\r\n", 0, 501, false },
	{ "gzip, chunked",       "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 0, 501, false },
	{ "identity",            "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: identity\r\n\r\n", 0, 501, false },
	{ "chunked twice",       "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400, false },
	{ "chunked in 1.0",      "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 0, 400, false },
	{ "chunk size 0x2",      "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0x2\r\nhi\r\n0\r\n\r\n", 0, 400, false },
	{ "chunk size -2",       "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n-2\r\nhi\r\n0\r\n\r\n", 0, 400, false },
	{ "no chunk size",       "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n;a\r\nhi\r\n0\r\n\r\n", 0, 400, false },
	{ "a huge chunk",        "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 0, 413, false },
	{ "chunk too long",      "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\r\nhiho\r\n0\r\n\r\n", 0, 400, false },
	{ "chunk, LF alone",     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2\nhi\n0\n\n", 0, 400, false },
	{ "LF in an extension",  "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\nhi\r\n0\r\n\r\n", 0, 400, false },
	{ "chunks over the cap", "POST /small HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n9\r\n012345678\r\n9\r\n", 0, 413, false },
	{ "a folded trailer",    "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\nx: y\r\n z\r\n\r\n", 0, 400, false },

	/* headers */
	{ "NUL in a header",     "GET /get HTTP/1.1\r\n" HOST "x: a\0b\r\n\r\n", 38, 400, false },
	{ "a control character", "GET /get HTTP/1.1\r\n" HOST "x: a\x01z\r\n\r\n", 0, 400, false },
	{ "only a control char", "GET /get HTTP/1.1\r\n" HOST "x: \x01\r\n\r\n", 0, 400, false },
	{ "a folded header",     "GET /get HTTP/1.1\r\n" HOST "x: a\r\n b\r\n\r\n", 0, 400, false },
	{ "blank before colon",  "GET /get HTTP/1.1\r\nHost : a\r\n\r\n", 0, 400, false },
	{ "blank in a name",     "GET /get HTTP/1.1\r\n" HOST "x y: a\r\n\r\n", 0, 400, false },
	{ "no name",             "GET /get HTTP/1.1\r\n" HOST ": a\r\n\r\n", 0, 400, false },
	{ "no colon",            "GET /get HTTP/1.1\r\n" HOST "xyz\r\n\r\n", 0, 400, false },
	{ "LF alone",            "GET /get HTTP/1.1\nHost: a\n\n", 0, 400, false },
	{ "LF alone, later",     "GET /get HTTP/1.1\r\nHost: a\nx: y\r\n\r\n", 0, 400, false },
	{ "CR alone",            "GET /get HTTP/1.1\r\nHost: a\rx: y\r\n\r\n", 0, 400, false },
	{ "no Host",             "GET /get HTTP/1.1\r\n\r\n", 0, 400, false },
	{ "two Hosts",           "GET /get HTTP/1.1\r\n" HOST HOST "\r\n", 0, 400, false },
	{ "a list of Hosts",     "GET /get HTTP/1.1\r\nHost: a, b\r\n\r\n", 0, 400, false },
	{ "a flood",             "GET /get HTTP/1.1\r\n" HOST T216 T216 T216 T216 "\r\n", 0, 431, false },
	{ "another Expect",      "POST /echo HTTP/1.1\r\n" HOST "Expect: 200-ok\r\nContent-Length: 2\r\n\r\nhi", 0, 417, false },

	/* request lines */
	{ "HTTP/2 preface",      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 0, 505, false },
	{ "HTTP/1.2",            "GET /get HTTP/1.2\r\n" HOST "\r\n", 0, 505, false },
	{ "HTTP/3.0",            "GET /get HTTP/3.0\r\n" HOST "\r\n", 0, 505, false },
	{ "HTTP/0.9",            "GET /get\r\n", 0, 400, false },
	{ "http/1.1",            "GET /get http/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "two blanks",          "GET  /get HTTP/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "a blank at the end",  "GET /get HTTP/1.1 \r\n" HOST "\r\n", 0, 400, false },
	{ "a tab in the target", "GET /g\tet HTTP/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "bytes in the target", "GET /g\xc3\xa4t HTTP/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "a fragment",          "GET /get#a HTTP/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "no slash",            "GET get HTTP/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "GET *",               "GET * HTTP/1.1\r\n" HOST "\r\n", 0, 400, false },
	{ "an unknown method",   "BREW /get HTTP/1.1\r\n" HOST "\r\n", 0, 501, false },
	{ "get",                 "get /get HTTP/1.1\r\n" HOST "\r\n", 0, 501, false },
	{ "CONNECT",             "CONNECT b:443 HTTP/1.1\r\n" HOST "\r\n", 0, 501, false },
	{ "DELETE",              "DELETE /get HTTP/1.1\r\n" HOST "\r\n", 0, 405, false },
	{ "an unknown path",     "GET /nope HTTP/1.1\r\n" HOST "\r\n", 0, 404, false },
	{ "dots",                "GET /x/../get HTTP/1.1\r\n" HOST "\r\n", 0, 404, false },
	{ "garbage",             "\x01\x02\x03\x04", 0, 400, false },
	{ "TLS",                 "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11, 400, false },
};
/* clang-format on */

static bool next_is_answered(struct fixture *t)
{
	return wire_send_text(&t->wire, "GET /get HTTP/1.1\r\n" HOST "\r\n") &&
	       reply(t) == 200;
}

static void check_row(struct fixture *t, size_t i)
{
	const struct odd *o = &odds[i];
	int status = reply(t);

	if (status != o->status) {
		fail_msg("row %zu, '%s': %d, not %d", i, o->what, status, o->status);
	}
	if (o->stays) {
		assert_row(next_is_answered(t), i, o->what);
	} else {
		assert_row(wire_await_close(&t->wire), i, o->what);
		assert_row(strstr(t->head, "Connection: close"), i, o->what);
		assert_row(wire_text(&t->wire)[0] == '\0', i, o->what);
	}
}

static void odd_requests_are_answered_as_they_should(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(odds); i++) {
		const struct odd *o = &odds[i];

		again(t);
		assert_row(wire_send(&t->wire, o->bytes, o->n ? o->n : strlen(o->bytes)),
			   i, o->what);
		check_row(t, i);
	}
}

static void odd_requests_are_the_same_byte_by_byte(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(odds); i++) {
		const struct odd *o = &odds[i];
		size_t n = o->n ? o->n : strlen(o->bytes);

		if (n > 400) {
			continue;
		}
		again(t);
		for (size_t k = 0; k < n && wire_send(&t->wire, o->bytes + k, 1); k++) {
			loop_run_once(t->loop);
		}
		check_row(t, i);
	}
}

/* --- good days ---------------------------------------------------------------------- */

static void a_body_comes_back_whole(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\nt: r\r\n\r\n");
	assert_int_equal(reply(t), 200);
	assert_has(t->head, "Content-Length: 13\r\n");
	assert_has(t->head, "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
	assert_memory_equal(t->body, "abc0123456789", 13);
}

static void a_handler_sees_path_query_and_headers(void **state)
{
	struct fixture *t = *state;

	send_text(t, "GET /tree/a%20b?c=d HTTP/1.1\r\n" HOST "X-Twice: one\r\n"
		     "x-TWICE:  two\r\n\r\n");
	assert_int_equal(reply(t), 200);
	assert_has(t->body, "GET /tree/a%20b?c=d one*2");
}

static void a_head_is_a_get_without_its_body(void **state)
{
	struct fixture *t = *state;

	send_text(t, "HEAD /get HTTP/1.1\r\n" HOST "\r\n");
	assert_true(wire_await(&t->wire, "\r\n\r\n"));
	assert_has(wire_text(&t->wire), "Content-Length: 14\r\n");
	turns(t);
	assert_string_equal(strstr(wire_text(&t->wire), "\r\n\r\n"), "\r\n\r\n");
	wire_skip(&t->wire, strlen(wire_text(&t->wire)));
	assert_true(next_is_answered(t));
}

static void a_refusal_says_why_and_has_an_id(void **state)
{
	struct fixture *t = *state;

	send_text(t, "DELETE /get HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(reply(t), 405);
	assert_has(t->head, "Allow: GET, HEAD, OPTIONS\r\n");
	assert_has(t->body, "{\"error\":{\"code\":\"method-not-allowed\",\"message\":");
	assert_has(t->body, "\"id\":\"01");
	again(t);
	send_text(t, "POST /refuse HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(reply(t), 403);
	assert_has(t->body, "\"message\":\"you are \\\"nobody\\\"\"");
	assert_true(next_is_answered(t));
}

static void three_pipelined_posts_are_answered_in_order(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none"
		     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		     "3\r\ntwo\r\n0\r\n\r\n"
		     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nthree");
	assert_int_equal(reply(t), 200);
	assert_memory_equal(t->body, "one", 3);
	assert_int_equal(reply(t), 200);
	assert_memory_equal(t->body, "two", 3);
	assert_int_equal(reply(t), 200);
	assert_memory_equal(t->body, "three", 5);
}

static void a_later_reply_holds_up_what_was_pipelined_behind_it(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"
		     "GET /get HTTP/1.1\r\n" HOST "\r\n"
		     "POST /later HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\ny");
	turns(t);
	assert_int_equal(t->handled, 1);
	http_reply(t->held, 202, "text/plain", "ok", 2, NULL);
	assert_int_equal(t->handled, 1); /* not from within the reply */
	assert_int_equal(reply(t), 202);
	assert_int_equal(reply(t), 200);
	turns(t);
	assert_int_equal(t->handled, 3);
	assert_memory_equal(t->held->body, "y", 1);
	http_reply(t->held, 204, NULL, NULL, 0, NULL);
	assert_int_equal(reply(t), 204);
	assert_has_not(t->head, "Content-Length");
}

static void a_client_that_waits_for_100_gets_it(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n"
		     "Content-Length: 2\r\n\r\n");
	assert_int_equal(reply(t), 100);
	send_text(t, "hi");
	assert_int_equal(reply(t), 200);
	assert_memory_equal(t->body, "hi", 2);
	again(t);
	send_text(t, "POST /small HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
		     "Content-Length: 17\r\n\r\n");
	assert_int_equal(reply(t), 413);
}

static void twenty_megabytes_go_there_and_back(void **state)
{
	struct fixture *t = *state;
	size_t n = 20 << 20;
	char *bytes = malloc(n);
	char head[128];

	assert_non_null(bytes);
	for (size_t i = 0; i < n; i++) {
		bytes[i] = (char)('a' + (i * 7 + i / 1000) % 26);
	}
	http_server_close(t->server); /* its cap for what waits is too small */
	t->server = NULL;
	assert_true(http_server_open(
		t->loop,
		&(struct http_server_config){
			.listener = { .address = "127.0.0.1:0", .max_unsent = 32 << 20 },
			.routes = routes,
			.n_routes = ARRAY_LEN(routes),
			.data = t },
		&t->server, NULL));
	again(t);
	snprintf(head, sizeof(head),
		 "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", n);
	send_text(t, head);
	assert_true(wire_send(&t->wire, bytes, n));
	assert_int_equal(reply(t), 200);
	assert_memory_equal(t->body, bytes, n);
	free(bytes);
}

static void it_works_over_tls(void **state)
{
	struct fixture *t = *state;
	char dir[TEST_TLS_DIR_SIZE];
	char ca[128];

	assert_true(test_tls_dir(dir));
	assert_true(test_tls_make(dir, "DNS:localhost,IP:127.0.0.1", 0));
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	http_server_close(t->server);
	open_server(t, dir);
	wire_close(&t->wire);
	assert_true(wire_open(&t->wire, t->loop, http_server_port(t->server), ca));
	assert_true(next_is_answered(t));
	send_text(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n"
		     "Connection: close\r\n\r\nhi");
	assert_int_equal(reply(t), 200);
	assert_memory_equal(t->body, "hi", 2);
	assert_true(wire_await_close(&t->wire));
	again(t); /* plain, to the TLS port */
	send_text(t, "GET /get HTTP/1.1\r\n" HOST "\r\n");
	assert_true(wire_await_close(&t->wire));
	assert_string_equal(wire_text(&t->wire), "");
	test_tls_remove(dir);
}

/* --- bad days ----------------------------------------------------------------------- */

static void a_slow_header_is_cut(void **state)
{
	struct fixture *t = *state;

	send_text(t, "GET /get HTTP/1.1\r\n");
	turns(t);
	for (int i = 0; i < 9; i++) { /* a byte now and then buys no time */
		fake_clock_advance(&t->clock, 1000);
		send_text(t, "x");
		turns(t);
		assert_string_equal(wire_text(&t->wire), "");
	}
	fake_clock_advance(&t->clock, 2000);
	assert_int_equal(reply(t), 408);
	assert_true(wire_await_close(&t->wire));
}

static void a_slow_body_is_cut(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
	turns(t);
	for (int i = 0; i < 9; i++) {
		fake_clock_advance(&t->clock, 1000);
		send_text(t, "x");
		turns(t);
		assert_string_equal(wire_text(&t->wire), "");
	}
	fake_clock_advance(&t->clock, 2000);
	assert_int_equal(reply(t), 408);
	assert_int_equal(t->handled, 0);
}

static void who_says_nothing_is_closed(void **state)
{
	struct fixture *t = *state;

	turns(t);
	fake_clock_advance(&t->clock, 11000);
	assert_true(wire_await_close(&t->wire));
	assert_string_equal(wire_text(&t->wire), "");
	again(t);
	assert_true(next_is_answered(t));
	fake_clock_advance(&t->clock, 70000); /* between requests there is more time */
	assert_true(next_is_answered(t));
	fake_clock_advance(&t->clock, 76000);
	assert_true(wire_await_close(&t->wire));
}

static void a_handler_that_never_answers_is_answered_for(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
	turns(t);
	assert_non_null(t->held);
	fake_clock_advance(&t->clock, 31000);
	assert_int_equal(reply(t), 503);
	assert_int_equal(t->gone, 1);
	assert_true(wire_await_close(&t->wire));
	turns(t);
	assert_int_equal(t->gone, 1);
}

static void a_client_that_goes_away_is_told_to_the_handler(void **state)
{
	struct fixture *t = *state;

	for (unsigned i = 1; i <= 2; i++) {
		const bool never = false;

		send_text(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
		turns(t);
		assert_non_null(t->held);
		if (i == 1) {
			wire_reset(&t->wire);
		} else {
			wire_fin(&t->wire);
		}
		for (int k = 0; k < 500 && t->gone < i; k++) {
			loop_run_until(t->loop, &never, 2);
		}
		assert_int_equal(t->gone, i);
		assert_null(t->held);
		again(t);
	}
	assert_true(next_is_answered(t)); /* and the next client is served */
}

static void a_truncated_body_reaches_no_handler(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc");
	turns(t);
	wire_fin(&t->wire);
	assert_true(wire_await_close(&t->wire));
	assert_int_equal(t->handled, 0);
	assert_string_equal(wire_text(&t->wire), "");
}

static void one_who_sends_and_half_closes_still_reads_the_answer(void **state)
{
	struct fixture *t = *state;

	send_text(t, "GET /get HTTP/1.1\r\n" HOST "\r\n");
	wire_fin(&t->wire);
	assert_int_equal(reply(t), 200);
}

static void a_large_body_that_is_refused_does_not_lose_the_refusal(void **state)
{
	struct fixture *t = *state;
	char *bytes = calloc(1, 1 << 20);

	assert_non_null(bytes);
	send_text(t, "POST /small HTTP/1.1\r\n" HOST "Content-Length: 4000000\r\n\r\n");
	for (int i = 0; i < 4; i++) {
		assert_true(wire_send(&t->wire, bytes, 1000000));
	}
	assert_int_equal(reply(t), 413);
	free(bytes);
}

static void requests_beyond_the_limit_wait_in_the_socket(void **state)
{
	struct fixture *t = *state;
	static const char one[] = "POST /later HTTP/1.1\r\n" HOST "\r\n";
	unsigned sent = 0;

	for (; sent < 20000; sent++) {
		if (send(t->wire.fd, one, sizeof(one) - 1, MSG_NOSIGNAL) < 0) {
			break;
		}
		loop_run_once(t->loop);
	}
	assert_true(sent > 500); /* some are kept, the rest is the client's affair */
	assert_int_equal(t->handled, 1);
	for (unsigned i = 0; i < 500; i++) {
		assert_non_null(t->held);
		http_reply(t->held, 204, NULL, NULL, 0, NULL);
		t->held = NULL;
		assert_int_equal(reply(t), 204);
		turns(t);
	}
}

static void who_does_not_read_is_not_asked_for_more(void **state)
{
	struct fixture *t = *state;

	loop_fd_unwatch(&t->wire.watch);
	for (int i = 0; i < 64; i++) {
		send_text(t, "GET /big HTTP/1.1\r\n" HOST "\r\n");
	}
	turns(t);
	assert_in_range(t->handled, 1, 32);
	assert_true(loop_fd_watch(t->loop, &t->wire.watch, t->wire.fd, EPOLLIN, NULL));
	for (int i = 0; i < 64; i++) {
		assert_int_equal(reply(t), 200);
	}
	assert_int_equal(t->handled, 64);
}

/* --- drain -------------------------------------------------------------------------- */

static void on_drained(void *data)
{
	struct fixture *t = data;

	t->drained = true;
}

static void a_drain_waits_for_what_is_under_way(void **state)
{
	struct fixture *t = *state;
	struct wire idle;
	struct wire late;

	assert_true(wire_open(&idle, t->loop, http_server_port(t->server), NULL));
	send_text(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
	turns(t);
	http_server_drain(t->server, 5000, on_drained, t);
	assert_true(wire_await_close(&idle));
	assert_false(wire_open(&late, t->loop, http_server_port(t->server), NULL));
	wire_close(&idle);
	turns(t);
	assert_false(t->drained);
	http_reply(t->held, 200, "text/plain", "ok", 2, NULL);
	assert_int_equal(reply(t), 200);
	assert_has(t->head, "Connection: close\r\n");
	assert_true(wire_await_close(&t->wire));
	assert_false(t->drained); /* until the client is gone, too, */
	wire_close(&t->wire);
	assert_true(loop_run_until(t->loop, &t->drained, 1000));
}

static void a_drain_has_an_end(void **state)
{
	struct fixture *t = *state;

	send_text(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
	turns(t);
	http_server_drain(t->server, 5000, on_drained, t);
	turns(t);
	assert_false(t->drained);
	fake_clock_advance(&t->clock, 5000);
	assert_true(loop_run_until(t->loop, &t->drained, 1000));
	assert_int_equal(t->gone, 0);
}

static void a_drain_of_nothing_is_soon_over(void **state)
{
	struct fixture *t = *state;

	wire_close(&t->wire);
	turns(t);
	http_server_drain(t->server, 5000, on_drained, t);
	assert_false(t->drained); /* never before it returns */
	assert_true(loop_run_until(t->loop, &t->drained, 1000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(odd_requests_are_answered_as_they_should),
		TEST(odd_requests_are_the_same_byte_by_byte),
		TEST(a_body_comes_back_whole),
		TEST(a_handler_sees_path_query_and_headers),
		TEST(a_head_is_a_get_without_its_body),
		TEST(a_refusal_says_why_and_has_an_id),
		TEST(three_pipelined_posts_are_answered_in_order),
		TEST(a_later_reply_holds_up_what_was_pipelined_behind_it),
		TEST(a_client_that_waits_for_100_gets_it),
		TEST(twenty_megabytes_go_there_and_back),
		TEST(it_works_over_tls),
		TEST(a_slow_header_is_cut),
		TEST(a_slow_body_is_cut),
		TEST(who_says_nothing_is_closed),
		TEST(a_handler_that_never_answers_is_answered_for),
		TEST(a_client_that_goes_away_is_told_to_the_handler),
		TEST(a_truncated_body_reaches_no_handler),
		TEST(one_who_sends_and_half_closes_still_reads_the_answer),
		TEST(a_large_body_that_is_refused_does_not_lose_the_refusal),
		TEST(requests_beyond_the_limit_wait_in_the_socket),
		TEST(who_does_not_read_is_not_asked_for_more),
		TEST(a_drain_waits_for_what_is_under_way),
		TEST(a_drain_has_an_end),
		TEST(a_drain_of_nothing_is_soon_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
