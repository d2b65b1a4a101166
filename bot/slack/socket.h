/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's Socket Mode: we dial, Slack talks. Rules of shared/loop.h hold. */
#ifndef BOT_SLACK_SOCKET_H
#define BOT_SLACK_SOCKET_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/types.h"
#include "bot/slack/ack.h"
#include "bot/slack/envelope.h"
#include "shared/loop.h"

struct http_client;
struct metrics;
struct slack_socket;
struct ws_client;

struct slack_socket_ops {
	/* A slash command, interaction or event, with a payload. Ack it within 3 s with
	 * slack_ack_send(), once, later or from within: one frame of at most 16 KiB. e
	 * is borrowed. It may come a second time, here or on another connection. Both
	 * callbacks may close the socket, and an ack is not to be sent after that. */
	void (*envelope)(void *data, const struct slack_ack *ack,
			 const struct envelope *e);
	/* Whether at least one connection has got its hello has changed. */
	void (*live)(void *data, bool live);
};

struct slack_socket_config {
	struct loop *loop;
	struct http_client *http;
	struct ws_client *ws;
	struct metrics *metrics;        /* may be NULL */
	const struct secret *app_token; /* borrowed */
	const char *api_url;            /* borrowed; ends in '/' */
	/* from auth.test when known, "" else: a hello of another app is refused */
	const char *app_id;
	const struct slack_socket_ops *ops;
	void *data;
	/* For tests; 0 is the rule of the contract. */
	int64_t hello_timeout_ms; /* 10 s */
	/* 60 s: backoff starts anew after a life as long as this */
	int64_t settled_ms;
	int64_t config_retry_ms; /* 5 min */
	int64_t drain_ms;        /* 15 s */
	int64_t too_many_ms;     /* 30 s */
	/* 2 s: not more than one apps.connections.open in this time */
	int64_t open_interval_ms;
	uint32_t (*dice)(void); /* NULL: secret_random() */
};

/* Starts to dial at once. NULL only when memory ran out. */
struct slack_socket *slack_socket_open(const struct slack_socket_config *conf);

/* Graceful: no new dials; CLOSE 1000 on each connection as soon as what came in on it is
 * acked, or after 1 s; hard close 1 s later; then done(data), never before this returns.
 * What comes in behind the CLOSE is handed over, but its ack returns false. */
void slack_socket_drain(struct slack_socket *s, void (*done)(void *data), void *data);

/* At once, no callback fires any more. Accepts NULL. */
void slack_socket_close(struct slack_socket *s);

bool slack_socket_live(const struct slack_socket *s);

/* One line: why it is not live, or "". */
const char *slack_socket_why(const struct slack_socket *s);

/* The app that the last hello named: the one whose token we dial with. "" before that. */
const char *slack_socket_app_id(const struct slack_socket *s);

#endif
