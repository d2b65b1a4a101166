/* SPDX-License-Identifier: Apache-2.0 */
/* One Socket Mode connection, from its ticket to its end. bot/slack/socket.c owns them
 * and decides when there is one; nobody else includes this. */
#ifndef BOT_SLACK_CONNECTION_H
#define BOT_SLACK_CONNECTION_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "bot/slack/envelope.h"
#include "bot/slack/redial.h"
#include "bot/slack/socket.h"
#include "shared/buf.h"
#include "shared/http_client.h"
#include "shared/loop.h"

struct ws;

/* IDLE -> OPEN -> DIAL -> WAIT_HELLO -> LIVE -> DRAIN -> CLOSING -> freed by its owner;
 * from every state to CLOSING. */
enum connection_state {
	CONN_OPEN,       /* apps.connections.open is asked for a ticket */
	CONN_DIAL,       /* TCP, TLS, upgrade */
	CONN_WAIT_HELLO, /* open, and yet Slack knows nothing of it */
	CONN_LIVE,
	CONN_DRAIN,   /* there is a newer one; this one still reads and acks */
	CONN_CLOSING, /* CLOSE is sent, or there is nothing to send it on */
};

struct connection;

/* The owner's side. c stays valid until ended() in which the owner destroys it. */
struct connection_ops {
	void (*hello)(struct connection *c, const struct envelope *e);
	/* It will end soon, c->reason says why; dial another. */
	void (*retiring)(struct connection *c);
	/* It has lived long enough for the backoff to start anew. */
	void (*settled)(struct connection *c);
	/* It is live no more: CLOSE is sent. */
	void (*closing)(struct connection *c);
	/* One that can be read and must be acked. The owner may be gone when it
	 * returns. */
	void (*envelope)(struct connection *c, const struct envelope *e);
	/* It is over: c->after, c->reason and f say how. */
	void (*ended)(struct connection *c, const struct fail *f);
};

/* What all connections of one owner share. */
struct connection_env {
	struct slack_socket_config conf; /* defaults filled in */
	const struct connection_ops *ops;
	struct metric *envelopes;
	void *owner;
};

struct connection {
	struct connection *next; /* the owner's */
	uint64_t id;             /* never used twice */
	enum connection_state state;
	bool was_live; /* it had its hello */
	bool retiring;
	bool settled;
	bool leaving; /* CLOSE as soon as nothing waits for its ack */
	unsigned unacked;
	int64_t hello_ms;
	enum redial_after after; /* valid in ended() */
	const char *reason;      /* likewise; a word for logs and metrics */
	const struct connection_env *env;
	struct fail why;
	struct http_request open;
	struct buf open_url;
	struct buf ticket; /* a URL for one dial, never logged */
	struct ws *ws;
	struct loop_timer step;
	struct loop_timer settle;
};

/* Asks for a new ticket and dials it. NULL only when memory ran out. */
struct connection *connection_create(const struct connection_env *env, uint64_t id);

/* At once, without ended(). Accepts NULL. */
void connection_destroy(struct connection *c);

/* A newer one is live: read and ack for a while, then close. */
void connection_drain(struct connection *c);

/* Close it properly as soon as what came in is acked, 1 s from now at the latest. */
void connection_leave(struct connection *c);

/* Close it properly now; ended() follows with this as its cause. why may be NULL. */
void connection_close(struct connection *c, enum redial_after after, const char *reason,
		      const struct fail *why);

/* Slack will end it, or it is old enough: dial another. */
void connection_retire(struct connection *c, const char *reason);

/* One text message from Slack: bot/slack/frames.c. c may be gone afterwards. */
void connection_receive(struct connection *c, const char *text, size_t n);

/* One frame: see slack_ack_send(). */
bool connection_ack(struct connection *c, const char *envelope_id, bool accepts_payload,
		    const char *payload);

/* One of the envelopes that were handed over is done with. */
void connection_acked(struct connection *c);

uint32_t connection_dice(const struct connection_env *env);

#endif
