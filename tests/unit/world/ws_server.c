/* SPDX-License-Identifier: Apache-2.0 */
/* The fake's WebSocket framing: a client that breaks RFC 6455 must not pass here. */
#include "tests/world/ws_server.h"

#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

static const uint8_t mask[4] = { 0x37, 0xfa, 0x21, 0x3d };

/* What the reader handed over. */
struct heard {
	size_t n;
	enum ws_op op;
	char data[256];
	size_t len;
	unsigned frames;
};

static void on_message(void *user, enum ws_op op, const char *data, size_t n,
		       unsigned frames)
{
	struct heard *h = user;

	h->n++;
	h->op = op;
	h->len = n;
	h->frames = frames;
	memcpy(h->data, data, n < sizeof(h->data) ? n : sizeof(h->data));
}

static void reader_begin(struct ws_reader *r, struct heard *h)
{
	ws_reader_init(r, 20480);
	r->message_cb = on_message;
	r->user = h;
	*h = (struct heard){ 0 };
}

/* RFC 6455 1.3 and 5.7 have these. */
static void the_accept_is_the_standards(void **state)
{
	char accept[WS_ACCEPT_SIZE];

	(void)state;
	ws_accept("dGhlIHNhbXBsZSBub25jZQ==", accept);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

static void a_masked_hello_is_read_byte_by_byte(void **state)
{
	static const char frame[] = "\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58";
	struct ws_reader r;
	struct heard h;

	(void)state;
	reader_begin(&r, &h);
	for (size_t i = 0; i < sizeof(frame) - 1; i++) {
		assert_int_equal(h.n, 0);
		assert_int_equal(ws_reader_feed(&r, frame + i, 1), 0);
	}
	assert_int_equal(h.n, 1);
	assert_int_equal(h.op, WS_TEXT);
	assert_memory_equal(h.data, "Hello", 5);
	ws_reader_finish(&r);
}

static void each_breach_has_its_close_code(void **state)
{
	/* Unmasked data of zero bytes mask, to be readable. */
	static const struct {
		const char *what;
		const char *bytes;
		size_t n;
		int code;
	} cases[] = {
		{ "not masked",
		  "\x81\x01"
		  "a",
		  3, WS_PROTOCOL_ERROR },
		{ "a reserved bit",
		  "\xc1\x81\0\0\0\0"
		  "a",
		  7, WS_PROTOCOL_ERROR },
		{ "an unknown opcode",
		  "\x83\x81\0\0\0\0"
		  "a",
		  7, WS_PROTOCOL_ERROR },
		{ "an unknown control opcode", "\x8b\x80\0\0\0\0", 6, WS_PROTOCOL_ERROR },
		{ "a continuation of nothing",
		  "\x80\x81\0\0\0\0"
		  "a",
		  7, WS_PROTOCOL_ERROR },
		{ "a new text inside one",
		  "\x01\x81\0\0\0\0"
		  "a\x81\x81\0\0\0\0"
		  "b",
		  14, WS_PROTOCOL_ERROR },
		{ "a fragmented ping", "\x09\x80\0\0\0\0", 6, WS_PROTOCOL_ERROR },
		{ "a long ping", "\x89\xfe\0\x7e\0\0\0\0", 8, WS_PROTOCOL_ERROR },
		{ "not the shortest length",
		  "\x81\xfe\0\x01\0\0\0\0"
		  "a",
		  9, WS_PROTOCOL_ERROR },
		{ "text that is not UTF-8", "\x81\x82\0\0\0\0\xc3\x28", 8, WS_BAD_DATA },
		{ "half a close code", "\x88\x81\0\0\0\0\x03", 7, WS_PROTOCOL_ERROR },
		{ "a reserved close code", "\x88\x82\0\0\0\0\x03\xed", 8,
		  WS_PROTOCOL_ERROR },
		{ "a close reason that is not UTF-8", "\x88\x83\0\0\0\0\x03\xe8\xff", 9,
		  WS_BAD_DATA },
		{ "a frame over the limit", "\x81\xfe\x50\x01\0\0\0\0", 8, WS_TOO_BIG },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct ws_reader r;
		struct heard h;

		reader_begin(&r, &h);
		int code = ws_reader_feed(&r, cases[i].bytes, cases[i].n);

		assert_row(code == cases[i].code, i, cases[i].what);
		assert_row(h.n == 0, i, cases[i].what);
		assert_row(ws_reader_feed(&r, "\x81\x80\0\0\0\0", 6) == 0, i,
			   cases[i].what);
		assert_row(h.n == 0, i, cases[i].what);
		ws_reader_finish(&r);
	}
}

static void pieces_become_one_message_around_a_ping(void **state)
{
	struct ws_reader r;
	struct heard h;
	struct buf b;

	(void)state;
	reader_begin(&r, &h);
	buf_init(&b, 1024);
	ws_frame_add(&b, WS_TEXT, false, "Gr\xc3", 3, mask);
	assert_int_equal(ws_reader_feed(&r, b.data, b.len), 0);
	buf_clear(&b);
	ws_frame_add(&b, WS_PING, true, "now", 3, mask);
	assert_int_equal(ws_reader_feed(&r, b.data, b.len), 0);
	assert_int_equal(h.op, WS_PING);
	buf_clear(&b);
	ws_frame_add(&b, WS_CONTINUATION, true, "\xbc\xc3\x9f", 3, mask);
	assert_int_equal(ws_reader_feed(&r, b.data, b.len), 0);
	assert_int_equal(h.n, 2);
	assert_int_equal(h.op, WS_TEXT);
	assert_int_equal(h.frames, 2);
	assert_memory_equal(h.data, "Gr\xc3\xbc\xc3\x9f", 6);
	buf_finish(&b);
	ws_reader_finish(&r);
}

/* Slack's edge did not put pieces together: an ack in pieces was lost, or fatal. */
static void a_client_may_be_forbidden_to_fragment(void **state)
{
	struct ws_reader r;
	struct heard h;
	struct buf b;

	(void)state;
	reader_begin(&r, &h);
	r.no_fragments = true;
	buf_init(&b, 1024);
	ws_frame_add(&b, WS_TEXT, false, "a", 1, mask);
	assert_int_equal(ws_reader_feed(&r, b.data, b.len), WS_TOO_BIG);
	buf_finish(&b);
	ws_reader_finish(&r);
}

static void every_length_is_written_as_it_is_read(void **state)
{
	static const size_t lengths[] = { 0, 1, 125, 126, 127, 20479, 20480 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		struct ws_reader r;
		struct heard h;
		struct buf b;
		char *data = calloc(1, lengths[i] + 1);

		assert_non_null(data);
		memset(data, 'x', lengths[i]);
		reader_begin(&r, &h);
		buf_init(&b, 65536);
		assert_true(ws_frame_add(&b, WS_TEXT, true, data, lengths[i], mask));
		assert_int_equal(ws_reader_feed(&r, b.data, b.len), 0);
		assert_int_equal(h.n, 1);
		assert_int_equal(h.len, lengths[i]);
		buf_finish(&b);
		ws_reader_finish(&r);
		free(data);
	}
}

static void nothing_is_read_after_a_close(void **state)
{
	struct ws_reader r;
	struct heard h;
	struct buf b;

	(void)state;
	reader_begin(&r, &h);
	buf_init(&b, 1024);
	ws_frame_add(&b, WS_CLOSE, true, "\x03\xe8", 2, mask);
	ws_frame_add(&b, WS_TEXT, true, "late", 4, mask);
	assert_int_equal(ws_reader_feed(&r, b.data, b.len), 0);
	assert_int_equal(h.n, 1);
	assert_int_equal(h.op, WS_CLOSE);
	buf_finish(&b);
	ws_reader_finish(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_accept_is_the_standards),
		cmocka_unit_test(a_masked_hello_is_read_byte_by_byte),
		cmocka_unit_test(each_breach_has_its_close_code),
		cmocka_unit_test(pieces_become_one_message_around_a_ping),
		cmocka_unit_test(a_client_may_be_forbidden_to_fragment),
		cmocka_unit_test(every_length_is_written_as_it_is_read),
		cmocka_unit_test(nothing_is_read_after_a_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
