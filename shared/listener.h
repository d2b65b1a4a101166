/* SPDX-License-Identifier: Apache-2.0 */
/* Accepted byte streams, plain or TLS, on lws raw sockets. What stands above
 * (shared/http_server.c; the fake Slack's WebSockets in tests/world/) never sees lws.
 * Rules of shared/loop.h hold.
 *
 * Never lws's http role: one packet with two pipelined POSTs hangs it. */
#ifndef SHARED_LISTENER_H
#define SHARED_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/loop.h"

struct listener;
struct stream;

struct listener_config {
	const char *address; /* "127.0.0.1:8080", "[::1]:0", "*:443"; port 0: any */
	const char *cert;    /* PEM files; both "" for plain */
	const char *key;
	unsigned max_streams; /* further ones are closed at once; 0: 512 */
	size_t max_unsent;    /* bytes that may wait to be sent on one stream; 0: 8 MiB */
};

struct stream_ops {
	/* A new stream; whatever is set with stream_set_data() belongs to the user.
	 * False: close it at once, and closed() is not called. */
	bool (*opened)(void *data, struct stream *s);
	/* n bytes came. Called again when more come; keep what you need. */
	void (*received)(struct stream *s, const char *bytes, size_t n);
	/* Something had to wait; now all that was sent has left. May be NULL. */
	void (*drained)(struct stream *s);
	/* It is gone, by the peer (a half-close counts) or by us; s is invalid when
	 * this returns. Fires once. */
	void (*closed)(struct stream *s);
};

bool listener_open(struct loop *l, const struct listener_config *conf,
		   const struct stream_ops *ops, void *data, struct listener **ret_l,
		   struct fail *f);

/* The port that it listens on. */
uint16_t listener_port(const struct listener *l);

/* Take no new streams; those that are open go on. */
void listener_stop(struct listener *l);

/* Close all streams (each gets closed()) and the listener. Accepts NULL. */
void listener_close(struct listener *l);

/* Queue n bytes (copied). False when the stream is closing or too much waits: the stream
 * is then closed soon. */
bool stream_send(struct stream *s, const void *bytes, size_t n);

/* Close when all that is queued has been sent and the peer has closed too (what it still
 * sends is read and thrown away, or it would lose our last words), at most linger_ms from
 * now; 0: at once. closed() follows later, never from within. received() does not fire
 * any more. */
void stream_close(struct stream *s, int64_t linger_ms);

/* Send FIN and go on reading (half-close). */
void stream_shutdown(struct stream *s);

/* Stop and go on reading: back-pressure on the peer. */
void stream_pause(struct stream *s, bool paused);

void stream_set_data(struct stream *s, void *data);
void *stream_data(const struct stream *s);
size_t stream_unsent(const struct stream *s);
const char *stream_peer(const struct stream *s); /* "127.0.0.1:53124" */

#endif
