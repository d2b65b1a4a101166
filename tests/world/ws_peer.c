/* SPDX-License-Identifier: Apache-2.0 */
/* A WebSocket peer on a stream: answers pings, shakes hands at the close, and hands whole
 * texts over. Every rule can be switched off, for a peer that is ill. */
#include <string.h>

#include "accessd/types.h"
#include "tests/world/ws_server.h"

enum { FRAME_MAX = 32 * 1024 * 1024, LINGER_MS = 2000 };

static bool frame_send(struct ws_peer *p, enum ws_op op, bool fin, const void *data,
		       size_t n)
{
	struct buf b;

	if (p->mute || !p->stream) {
		return false;
	}
	buf_init(&b, FRAME_MAX);
	bool ok = ws_frame_add(&b, op, fin, data, n, NULL) &&
		  stream_send(p->stream, b.data, b.len);
	buf_finish(&b);
	return ok;
}

static void tell_closed(struct ws_peer *p, int code)
{
	if (!p->close_told) {
		p->close_told = true;
		p->ops->closed(p, code);
	}
}

void ws_peer_close(struct ws_peer *p, int code, const char *reason)
{
	char data[125];
	size_t n = strnlen(reason, sizeof(data) - 2);

	if (p->close_sent) {
		return;
	}
	data[0] = (char)(code >> 8);
	data[1] = (char)(code & 255);
	memcpy(data + 2, reason, n);
	frame_send(p, WS_CLOSE, true, data, n + 2);
	p->close_sent = true;
}

static void on_close_frame(struct ws_peer *p, const char *data, size_t n)
{
	int code = n < 2 ? WS_NO_CODE : (uint8_t)data[0] << 8 | (uint8_t)data[1];

	if (!p->close_sent) {
		frame_send(p, WS_CLOSE, true, data, n < 2 ? 0 : 2);
		p->close_sent = true;
	}
	if (p->tcp_closes && p->stream) {
		stream_close(p->stream, LINGER_MS);
	}
	tell_closed(p, code);
}

static void on_message(void *user, enum ws_op op, const char *data, size_t n,
		       unsigned frames)
{
	struct ws_peer *p = user;

	(void)frames;
	if (op == WS_CLOSE) {
		on_close_frame(p, data, n);
	} else if (op == WS_PING) {
		p->pings++;
		if (!p->no_pong && !p->close_sent) {
			frame_send(p, WS_PONG, true, data, n);
		}
	} else if (op == WS_PONG) {
		p->pongs++;
		p->ops->pong(p);
	} else {
		p->ops->message(p, data, n);
	}
}

void ws_peer_init(struct ws_peer *p, const struct ws_peer_ops *ops, size_t frame_max)
{
	*p = (struct ws_peer){ .ops = ops };
	ws_reader_init(&p->reader, frame_max);
	p->reader.message_cb = on_message;
	p->reader.user = p;
}

void ws_peer_received(void *user, const char *bytes, size_t n)
{
	struct ws_peer *p = user;

	if (p->mute) {
		return;
	}
	int code = ws_reader_feed(&p->reader, bytes, n);

	if (code) {
		ws_peer_close(p, code,
			      code == WS_TOO_BIG
				      ? "Max frame length of 20480 has been exceeded"
				      : "protocol error");
		tell_closed(p, code);
	}
}

void ws_peer_gone(void *user)
{
	struct ws_peer *p = user;

	p->stream = NULL;
	tell_closed(p, 0);
	ws_reader_finish(&p->reader);
	p->ops->gone(p);
}

bool ws_peer_text(struct ws_peer *p, const char *text, size_t n, size_t pieces)
{
	size_t size = pieces > 1 ? (n + pieces - 1) / pieces : n;
	size_t at = 0;

	if (p->close_sent) {
		return false;
	}
	do {
		size_t len = n - at < size ? n - at : size;

		if (!frame_send(p, at ? WS_CONTINUATION : WS_TEXT, at + len == n,
				text + at, len)) {
			return false;
		}
		at += len;
	} while (at < n);
	return true;
}

bool ws_peer_ping(struct ws_peer *p, const char *data)
{
	return !p->close_sent && frame_send(p, WS_PING, true, data, strlen(data));
}
