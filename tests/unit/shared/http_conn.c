/* SPDX-License-Identifier: Apache-2.0 */
/* What clients and strangers send on one connection, over real sockets. */
#include "shared/http_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "accessd/types.h"
#include "tests/lib/site.h"
#include "tests/lib/test.h"

/* --- odd requests ------------------------------------------------------------------ */

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

static void check_row(struct site *t, size_t i)
{
	const struct odd *o = &odds[i];
	int status = site_reply(t);

	if (status != o->status) {
		fail_msg("row %zu, '%s': %d, not %d", i, o->what, status, o->status);
	}
	if (o->stays) {
		assert_row(site_answers(t), i, o->what);
	} else {
		assert_row(wire_await_close(&t->wire), i, o->what);
		assert_row(strstr(t->head, "Connection: close"), i, o->what);
		assert_row(wire_text(&t->wire)[0] == '\0', i, o->what);
	}
}

static void odd_requests_are_answered_as_they_should(void **state)
{
	struct site *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(odds); i++) {
		const struct odd *o = &odds[i];

		site_again(t);
		assert_row(wire_send(&t->wire, o->bytes, o->n ? o->n : strlen(o->bytes)),
			   i, o->what);
		check_row(t, i);
	}
}

static void odd_requests_are_the_same_byte_by_byte(void **state)
{
	struct site *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(odds); i++) {
		const struct odd *o = &odds[i];
		size_t n = o->n ? o->n : strlen(o->bytes);

		if (n > 400) {
			continue;
		}
		site_again(t);
		for (size_t k = 0; k < n && wire_send(&t->wire, o->bytes + k, 1); k++) {
			loop_run_once(t->loop);
		}
		check_row(t, i);
	}
}

static void a_body_comes_back_whole(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		     "3\r\nabc\r\nA;x\r\n0123456789\r\n0\r\nt: r\r\n\r\n");
	assert_int_equal(site_reply(t), 200);
	assert_has(t->head, "Content-Length: 13\r\n");
	assert_has(t->head, "Date: Thu, 01 Jan 2026 00:00:00 GMT\r\n");
	assert_memory_equal(t->body, "abc0123456789", 13);
}

static void a_handler_sees_path_query_and_headers(void **state)
{
	struct site *t = *state;

	site_send(t, "GET /tree/a%20b?c=d HTTP/1.1\r\n" HOST "X-Twice: one\r\n"
		     "x-TWICE:  two\r\n\r\n");
	assert_int_equal(site_reply(t), 200);
	assert_has(t->body, "GET /tree/a%20b?c=d one*2");
}

static void a_head_is_a_get_without_its_body(void **state)
{
	struct site *t = *state;

	site_send(t, "HEAD /get HTTP/1.1\r\n" HOST "\r\n");
	assert_true(wire_await(&t->wire, "\r\n\r\n"));
	assert_has(wire_text(&t->wire), "Content-Length: 14\r\n");
	site_turns(t);
	assert_string_equal(strstr(wire_text(&t->wire), "\r\n\r\n"), "\r\n\r\n");
	wire_skip(&t->wire, strlen(wire_text(&t->wire)));
	assert_true(site_answers(t));
}

static void a_refusal_says_why_and_has_an_id(void **state)
{
	struct site *t = *state;

	site_send(t, "DELETE /get HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(site_reply(t), 405);
	assert_has(t->head, "Allow: GET, HEAD, OPTIONS\r\n");
	assert_has(t->body, "{\"error\":{\"code\":\"method-not-allowed\",\"message\":");
	assert_has(t->body, "\"id\":\"01");
	site_again(t);
	site_send(t, "POST /refuse HTTP/1.1\r\n" HOST "\r\n");
	assert_int_equal(site_reply(t), 403);
	assert_has(t->body, "\"message\":\"you are \\\"nobody\\\"\"");
	assert_true(site_answers(t));
}

static void three_pipelined_posts_are_answered_in_order(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\none"
		     "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"
		     "3\r\ntwo\r\n0\r\n\r\n"
		     "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nthree");
	assert_int_equal(site_reply(t), 200);
	assert_memory_equal(t->body, "one", 3);
	assert_int_equal(site_reply(t), 200);
	assert_memory_equal(t->body, "two", 3);
	assert_int_equal(site_reply(t), 200);
	assert_memory_equal(t->body, "three", 5);
}

static void a_later_reply_holds_up_what_was_pipelined_behind_it(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /later HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\nx"
		     "GET /get HTTP/1.1\r\n" HOST "\r\n"
		     "POST /later HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\ny");
	site_turns(t);
	assert_int_equal(t->handled, 1);
	http_reply(t->held, 202, "text/plain", "ok", 2, NULL);
	assert_int_equal(t->handled, 1); /* not from within the reply */
	assert_int_equal(site_reply(t), 202);
	assert_int_equal(site_reply(t), 200);
	site_turns(t);
	assert_int_equal(t->handled, 3);
	assert_memory_equal(t->held->body, "y", 1);
	http_reply(t->held, 204, NULL, NULL, 0, NULL);
	assert_int_equal(site_reply(t), 204);
	assert_has_not(t->head, "Content-Length");
}

static void a_client_that_waits_for_100_gets_it(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /echo HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\n"
		     "Content-Length: 2\r\n\r\n");
	assert_int_equal(site_reply(t), 100);
	site_send(t, "hi");
	assert_int_equal(site_reply(t), 200);
	assert_memory_equal(t->body, "hi", 2);
	site_again(t);
	site_send(t, "POST /small HTTP/1.1\r\n" HOST "Expect: 100-continue\r\n"
		     "Content-Length: 17\r\n\r\n");
	assert_int_equal(site_reply(t), 413);
}

static void twenty_megabytes_go_there_and_back(void **state)
{
	struct site *t = *state;
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
			.routes = site_routes,
			.n_routes = site_n_routes,
			.data = t },
		&t->server, NULL));
	site_again(t);
	snprintf(head, sizeof(head),
		 "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", n);
	site_send(t, head);
	assert_true(wire_send(&t->wire, bytes, n));
	assert_int_equal(site_reply(t), 200);
	assert_memory_equal(t->body, bytes, n);
	free(bytes);
}

static void a_truncated_body_reaches_no_handler(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 10\r\n\r\nabc");
	site_turns(t);
	wire_fin(&t->wire);
	assert_true(wire_await_close(&t->wire));
	assert_int_equal(t->handled, 0);
	assert_string_equal(wire_text(&t->wire), "");
}

static void one_who_sends_and_half_closes_still_reads_the_answer(void **state)
{
	struct site *t = *state;

	site_send(t, "GET /get HTTP/1.1\r\n" HOST "\r\n");
	wire_fin(&t->wire);
	assert_int_equal(site_reply(t), 200);
}

static void a_large_body_that_is_refused_does_not_lose_the_refusal(void **state)
{
	struct site *t = *state;
	char *bytes = calloc(1, 1 << 20);

	assert_non_null(bytes);
	site_send(t, "POST /small HTTP/1.1\r\n" HOST "Content-Length: 4000000\r\n\r\n");
	for (int i = 0; i < 4; i++) {
		assert_true(wire_send(&t->wire, bytes, 1000000));
	}
	assert_int_equal(site_reply(t), 413);
	free(bytes);
}

static void requests_beyond_the_limit_wait_in_the_socket(void **state)
{
	struct site *t = *state;
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
		assert_int_equal(site_reply(t), 204);
		site_turns(t);
	}
}

static void who_does_not_read_is_not_asked_for_more(void **state)
{
	struct site *t = *state;

	loop_fd_unwatch(&t->wire.watch);
	for (int i = 0; i < 64; i++) {
		site_send(t, "GET /big HTTP/1.1\r\n" HOST "\r\n");
	}
	site_turns(t);
	assert_in_range(t->handled, 1, 32);
	assert_true(loop_fd_watch(t->loop, &t->wire.watch, t->wire.fd, EPOLLIN, NULL));
	for (int i = 0; i < 64; i++) {
		assert_int_equal(site_reply(t), 200);
	}
	assert_int_equal(t->handled, 64);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_set_up, site_tear_down)
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
		TEST(a_truncated_body_reaches_no_handler),
		TEST(one_who_sends_and_half_closes_still_reads_the_answer),
		TEST(a_large_body_that_is_refused_does_not_lose_the_refusal),
		TEST(requests_beyond_the_limit_wait_in_the_socket),
		TEST(who_does_not_read_is_not_asked_for_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
