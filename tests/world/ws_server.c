/* SPDX-License-Identifier: Apache-2.0 */
/* The server's half of RFC 6455: a strict reader, a writer that can misbehave, and a peer
 * that puts both on a stream.
 *
 * As Slack, a peer does not close TCP after the close handshake: a client that waits for
 * it leaks the socket. */
#include "tests/world/ws_server.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/text.h"

enum { MESSAGE_MAX = 16 * 1024 * 1024, CONTROL_MAX = 125 };

void ws_reader_init(struct ws_reader *r, size_t frame_max)
{
	*r = (struct ws_reader){ .frame_max = frame_max };
	buf_init(&r->in, MESSAGE_MAX);
	buf_init(&r->message, MESSAGE_MAX);
}

void ws_reader_finish(struct ws_reader *r)
{
	buf_finish(&r->in);
	buf_finish(&r->message);
}

struct frame {
	bool fin;
	bool masked;
	enum ws_op op;
	uint64_t len;
	size_t head; /* bytes before the data */
	uint8_t mask[4];
};

/* The bytes that the length takes beside the first two, by its first byte. */
static size_t length_bytes(unsigned len7)
{
	if (len7 < 126) {
		return 0;
	}
	return len7 == 126 ? 2 : 8;
}

/* 1: read; 0: not all of the head is here; -1: the shortest form was not used. */
static int frame_head(const struct buf *in, struct frame *fr)
{
	const uint8_t *p = (const uint8_t *)in->data;

	if (in->len < 2) {
		return 0;
	}
	size_t extra = length_bytes(p[1] & 127);

	*fr = (struct frame){ .fin = (p[0] & 128) != 0,
			      .op = p[0] & 15,
			      .masked = (p[1] & 128) != 0,
			      .len = p[1] & 127 };
	fr->head = 2 + extra + (fr->masked ? 4 : 0);
	if (in->len < fr->head) {
		return 0;
	}
	if (extra) {
		fr->len = 0;
		for (size_t i = 0; i < extra; i++) {
			fr->len = fr->len << 8 | p[2 + i];
		}
		if (fr->len < (extra == 2 ? 126 : 65536)) {
			return -1;
		}
	}
	if (fr->masked) {
		memcpy(fr->mask, p + 2 + extra, 4);
	}
	return 1;
}

static bool op_is_control(enum ws_op op)
{
	return (op & 8) != 0;
}

/* What RFC 6455 and the reader's limits say of a frame, before its data. */
static int frame_check(const struct ws_reader *r, const struct frame *fr)
{
	uint8_t first = (uint8_t)r->in.data[0];
	bool known = fr->op <= WS_BINARY || (fr->op >= WS_CLOSE && fr->op <= WS_PONG);

	if ((first & 0x70) || !known || (!fr->masked && !r->unmasked_is_ok)) {
		return WS_PROTOCOL_ERROR;
	}
	if (op_is_control(fr->op)) {
		return fr->fin && fr->len <= CONTROL_MAX ? 0 : WS_PROTOCOL_ERROR;
	}
	if ((fr->op == WS_CONTINUATION) != (r->frames > 0)) {
		return WS_PROTOCOL_ERROR;
	}
	if (fr->len > r->frame_max || (r->no_fragments && !fr->fin)) {
		return WS_TOO_BIG;
	}
	return 0;
}

static bool close_code_is_valid(int code)
{
	return (code >= 1000 && code <= 1011 && code != 1004 && code != 1005 &&
		code != 1006) ||
	       (code >= 3000 && code <= 4999);
}

static int close_check(const char *data, size_t n)
{
	if (n == 0) {
		return 0;
	}
	if (n == 1 || !close_code_is_valid((uint8_t)data[0] << 8 | (uint8_t)data[1])) {
		return WS_PROTOCOL_ERROR;
	}
	return text_is_utf8(data + 2, n - 2) ? 0 : WS_BAD_DATA;
}

static int control_read(struct ws_reader *r, const struct frame *fr, const char *data)
{
	size_t n = (size_t)fr->len;
	int code = fr->op == WS_CLOSE ? close_check(data, n) : 0;

	if (code == 0) {
		r->closed = fr->op == WS_CLOSE;
		r->message_cb(r->user, fr->op, data, n, 1);
	}
	return code;
}

static int data_read(struct ws_reader *r, const struct frame *fr, const char *data)
{
	if (r->frames++ == 0) {
		r->op = fr->op;
	}
	if (!buf_add(&r->message, data, (size_t)fr->len)) {
		return WS_TOO_BIG;
	}
	if (!fr->fin) {
		return 0;
	}
	const char *text = buf_str(&r->message);
	unsigned frames = r->frames;

	if (r->op == WS_TEXT && !text_is_utf8(text, r->message.len)) {
		return WS_BAD_DATA;
	}
	r->frames = 0;
	r->message_cb(r->user, r->op, text, r->message.len, frames);
	buf_clear(&r->message);
	return 0;
}

/* 1: a frame was read; 0: it is not whole yet; else the negative close code. */
static int reader_step(struct ws_reader *r)
{
	struct frame fr;
	int got = frame_head(&r->in, &fr);

	if (got <= 0) {
		return got < 0 ? -WS_PROTOCOL_ERROR : 0;
	}
	int code = frame_check(r, &fr);

	if (code) {
		return -code;
	}
	if (r->in.len - fr.head < fr.len) {
		return 0;
	}
	char *data = r->in.data + fr.head;

	for (size_t i = 0; fr.masked && i < fr.len; i++) {
		data[i] = (char)((uint8_t)data[i] ^ fr.mask[i & 3]);
	}
	code = op_is_control(fr.op) ? control_read(r, &fr, data)
				    : data_read(r, &fr, data);
	buf_drop(&r->in, fr.head + (size_t)fr.len);
	return code ? -code : 1;
}

int ws_reader_feed(struct ws_reader *r, const char *bytes, size_t n)
{
	int step = 1;

	if (r->closed) {
		return 0;
	}
	if (!buf_add(&r->in, bytes, n)) {
		step = -WS_TOO_BIG;
	}
	while (step > 0 && !r->closed) {
		step = reader_step(r);
	}
	if (step < 0) {
		r->closed = true;
		return -step;
	}
	return 0;
}

bool ws_frame_add(struct buf *b, enum ws_op op, bool fin, const void *data, size_t n,
		  const uint8_t mask[4])
{
	uint8_t head[14] = { (uint8_t)((fin ? 128 : 0) | (int)op) };
	size_t extra = n < 126 ? 0 : n < 65536 ? 2 : 8;
	size_t len = 2 + extra;

	head[1] = (uint8_t)(extra == 0 ? n : extra == 2 ? 126 : 127);
	for (size_t i = 0; i < extra; i++) {
		head[2 + i] = (uint8_t)(n >> 8 * (extra - 1 - i));
	}
	if (mask) {
		head[1] |= 128;
		memcpy(head + len, mask, 4);
		len += 4;
	}
	bool ok = buf_add(b, head, len) && (n == 0 || buf_add(b, data, n));

	for (size_t i = 0; ok && mask && i < n; i++) {
		char *c = b->data + b->len - n + i;

		*c = (char)((uint8_t)*c ^ mask[i & 3]);
	}
	return ok;
}

void ws_accept(const char *key, char dst[WS_ACCEPT_SIZE])
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	char text[128];
	int n = snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11",
			 key);

	dst[0] = '\0';
	if (n > 0 && (size_t)n < sizeof(text) &&
	    EVP_Digest(text, (size_t)n, digest, NULL, EVP_sha1(), NULL)) {
		EVP_EncodeBlock((unsigned char *)dst, digest, 20);
	}
}
