/* SPDX-License-Identifier: Apache-2.0 */
/* The server's half of RFC 6455, written for tests: strict about what the client sends,
 * and free to send what a server should not. */
#ifndef TESTS_WORLD_WS_SERVER_H
#define TESTS_WORLD_WS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/listener.h"

enum ws_op {
	WS_CONTINUATION = 0,
	WS_TEXT = 1,
	WS_BINARY = 2,
	WS_CLOSE = 8,
	WS_PING = 9,
	WS_PONG = 10
};

/* Close codes that are used here. */
enum {
	WS_NORMAL = 1000,
	WS_PROTOCOL_ERROR = 1002,
	WS_NO_CODE = 1005,
	WS_BAD_DATA = 1007,
	WS_TOO_BIG = 1009
};

/* --- reading: no socket needed ---------------------------------------------------- */

struct ws_reader {
	struct buf in;
	struct buf message;
	enum ws_op op;       /* of the message that is being put together */
	unsigned frames;     /* of it */
	bool closed;         /* nothing more is read */
	size_t frame_max;    /* a longer frame is WS_TOO_BIG */
	bool no_fragments;   /* a fragmented message is WS_TOO_BIG too */
	bool unmasked_is_ok; /* for tests of the reader with server's frames */
	/* A whole message or a control frame. A close: data begins with its code. */
	void (*message_cb)(void *user, enum ws_op op, const char *data, size_t n,
			   unsigned frames);
	void *user;
};

void ws_reader_init(struct ws_reader *r, size_t frame_max);
void ws_reader_finish(struct ws_reader *r);

/* 0, or the close code for what the peer did wrong; after that nothing more is read. */
int ws_reader_feed(struct ws_reader *r, const char *bytes, size_t n);

/* --- writing ---------------------------------------------------------------------- */

/* Append one frame; mask NULL as servers do. */
bool ws_frame_add(struct buf *b, enum ws_op op, bool fin, const void *data, size_t n,
		  const uint8_t mask[4]);

/* The Sec-WebSocket-Accept for a Sec-WebSocket-Key. */
enum { WS_ACCEPT_SIZE = 29 };
void ws_accept(const char *key, char dst[WS_ACCEPT_SIZE]);

/* --- a peer on a stream ----------------------------------------------------------- */

struct ws_peer;

struct ws_peer_ops {
	void (*message)(struct ws_peer *p, const char *text, size_t n);
	void (*pong)(struct ws_peer *p);
	/* CLOSE came (code as sent, WS_NO_CODE for none), or the stream is gone (0), or we
	 * had to close for what the peer did (the code that we sent). Fires once. */
	void (*closed)(struct ws_peer *p, int code);
	/* The stream is gone: p may be freed. */
	void (*gone)(struct ws_peer *p);
};

/* Embedded by its user. */
struct ws_peer {
	const struct ws_peer_ops *ops;
	struct stream *stream;
	struct ws_reader reader;
	bool mute;    /* swallow what comes, send nothing, not even pongs */
	bool no_pong; /* answer no pings, do all else */
	bool close_sent;
	bool close_told; /* closed() has fired */
	bool tcp_closes; /* close TCP after the handshake, as RFC 6455 asks */
	unsigned pings;  /* that came */
	unsigned pongs;  /* that came */
};

void ws_peer_init(struct ws_peer *p, const struct ws_peer_ops *ops, size_t frame_max);

/* For struct web_taker. */
void ws_peer_received(void *user, const char *bytes, size_t n);
void ws_peer_gone(void *user);

/* Send text as `pieces` frames (1: whole; 0 is 1), cut anywhere. */
bool ws_peer_text(struct ws_peer *p, const char *text, size_t n, size_t pieces);
bool ws_peer_ping(struct ws_peer *p, const char *data);
void ws_peer_close(struct ws_peer *p, int code, const char *reason);

#endif
