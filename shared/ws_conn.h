/* SPDX-License-Identifier: Apache-2.0 */
/* One WebSocket connection, between shared/ws_client.c (what all of them share),
 * shared/ws_conn.c (its life) and shared/ws_frames.c (what goes over it). Nobody else includes this. */
#ifndef SHARED_WS_CONN_H
#define SHARED_WS_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/loop.h"
#include "shared/resolver.h"
#include "shared/url.h"
#include "shared/ws_client.h"

struct lws;
struct lws_protocols;
struct ws_frame;

enum { WS_NO_STATUS = 1005, WS_ABNORMAL = 1006, WS_TOO_BIG = 1009 };

struct ws {
	struct ws_client *client;
	struct loop *loop;
	struct ws *next; /* of the client's */
	struct ws *prev;
	struct url url;
	const struct ws_ops *ops;
	void *data;
	int64_t ping_ms;
	int64_t dead_ms;

	struct resolver_query *query; /* under way, or NULL */
	struct lws *wsi;              /* lws's side, or NULL; its opaque data is us */

	struct loop_timer deadline; /* not open in time; then: dead; then: linger */
	struct loop_timer ping;
	struct loop_timer ending; /* closed() is called from it */

	struct ws_frame *queue; /* to be sent */
	struct ws_frame **queue_end;
	size_t queued; /* bytes */
	struct buf in; /* the message that is coming */

	int64_t heard_ms;     /* when something came */
	uint64_t heard_bytes; /* how much had, then */
	bool dialling;        /* in lws_client_connect_via_info() */
	bool open;
	bool ping_due;
	bool closing;    /* CLOSE is to be sent, or was */
	bool close_sent; /* it was handed to lws */
	bool ended;
	bool inside; /* opened() or received() is running */
	bool gone;   /* ws_destroy() was called meanwhile */
	unsigned code;
	struct fail fail; /* why it ends, when that is known before it has */
};

/* --- ws_client.c -------------------------------------------------------------- */

struct loop *ws_client_loop(const struct ws_client *c);
void ws_client_add(struct ws *w);
void ws_client_forget(struct ws *w);

/* Whose address ws_dial() wants: the peer's, or the proxy's (who looks up the peer's). */
const char *ws_host_to_look_up(const struct ws *w);
void ws_dial(struct ws *w, const char *address);

/* --- ws_conn.c ---------------------------------------------------------------- */

/* It is over: let go of lws, and call closed() in the next turn. The first end counts. */
void ws_end(struct ws *w, unsigned code, const struct fail *f);

/* lws's side has gone; say why in its place. */
void ws_lost(struct ws *w);

/* --- ws_frames.c -------------------------------------------------------------- */

/* Forget what waits to be sent and what has come in part. */
void ws_frames_finish(struct ws *w);

/* Send CLOSE as soon as it can be written. */
void ws_close_begin(struct ws *w, unsigned code, int64_t linger_ms);

/* What lws tells; those that return int return what lws wants: not 0 is "close it". */
int ws_frames_open(struct ws *w);
int ws_frames_piece(struct ws *w, const char *bytes, size_t n);
int ws_frames_write(struct ws *w);
int ws_frames_peer_close(struct ws *w, const unsigned char *bytes, size_t n);

/* Note whether something came since the last time. */
void ws_frames_listen(struct ws *w);

/* --- ws_lws.c ----------------------------------------------------------------- */

const struct lws_protocols *ws_protocols(void);

#endif
