/* SPDX-License-Identifier: Apache-2.0 */
/* One connection of the HTTP server: what it reads, asks a handler, and answers. Between
 * shared/http_server.c, which has the connections, and shared/http_conn.c, which has what
 * happens on each; nobody else uses it. */
#ifndef SHARED_HTTP_CONN_H
#define SHARED_HTTP_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/http_parse.h"
#include "shared/http_server.h"
#include "shared/listener.h"
#include "shared/loop.h"
#include "shared/ulid.h"

enum {
	HTTP_LINGER_MS = 2000,  /* how long a client may take to read our last words */
	HTTP_AHEAD_MAX = 32768, /* bytes of later requests that are kept */
};

/* What all connections share. */
struct http_site {
	struct loop *loop;
	struct http_server_config conf; /* defaults filled in */
	struct ulid_source ulids;
	struct buf reply; /* the one that is being sent */
	bool draining;    /* every reply is the last of its connection */
};

enum conn_state { CONN_IDLE, CONN_READING, CONN_PENDING, CONN_CLOSING };

struct conn {
	struct http_site *site;
	struct conn *prev, *next;
	struct stream *stream;
	enum conn_state state;
	int64_t deadline_ms; /* of this state; no meaning when closing */
	struct http_parse parse;
	struct buf in; /* what came and is not parsed yet */
	const struct http_route *route;
	struct http_exchange x;
	struct loop_timer again; /* go on in the next turn */
	bool pumping;
};

/* site, stream and the rest zero are set by the caller. */
void conn_init(struct conn *c);
void conn_finish(struct conn *c);

/* Do what can be done with the bytes that are here. */
void conn_pump(struct conn *c);

/* Its deadline has passed. */
void conn_late(struct conn *c);

/* The stream's closed() follows. */
void conn_close(struct conn *c);

#endif
