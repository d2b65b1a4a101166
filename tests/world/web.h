/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 as the faked vendors speak it, on shared/listener.h. Not shared/http_server.h:
 * a fake has to be able to be rude. It drops a call after it was carried out, sends half
 * of a reply, never answers, or hands the stream over to a WebSocket.
 *
 * Rules of shared/loop.h hold. */
#ifndef TESTS_WORLD_WEB_H
#define TESTS_WORLD_WEB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/listener.h"
#include "shared/loop.h"

struct web;
struct web_conn;

/* One request. It is the handler's until it ends it, once, with one of the functions
 * below; they free it. When the peer has gone meanwhile they do nothing else. */
struct web_request {
	char method[16];
	char *path;  /* without the query, not decoded */
	char *query; /* after '?', or "" */
	char *head;  /* all header lines */
	char *body;  /* NUL-terminated */
	size_t body_len;
	struct web_conn *conn; /* NULL: the peer has gone */
	/* for handlers that answer later */
	struct loop_timer timer;
	void *user;
	struct web_request *next;
};

typedef void web_handler(struct web_request *r, void *data);

/* Who takes a stream over; both are mandatory. */
struct web_taker {
	void (*received)(void *user, const char *bytes, size_t n);
	void (*closed)(void *user);
};

/* address as in struct listener_config; cert and key "" for plain. */
bool web_open(struct loop *l, const char *address, const char *cert, const char *key,
	      web_handler *handle, void *data, struct web **ret_w, struct fail *f);
uint16_t web_port(const struct web *w);

/* Take no new connections: they are refused. For good. */
void web_stop(struct web *w);

/* Requests that the handler has not ended yet must have been ended. Accepts NULL. */
void web_close(struct web *w);

/* The value of a header, copied into dst; false when it was not sent. */
bool web_header(const struct web_request *r, const char *name, char *dst, size_t size);

/* The value of a query parameter, decoded, the nth of that name (from 0). */
bool web_query(const char *query, const char *name, size_t nth, char *dst, size_t size);

/* Percent-decode n bytes of form or query text; always NUL-terminated. */
void web_decode(const char *s, size_t n, char *dst, size_t size);

/* headers: complete lines ("Name: value\r\n"...), or NULL. */
void web_reply(struct web_request *r, int status, const char *type, const char *headers,
	       const void *body, size_t n);

/* Announce the whole body, send the first half of it, close. */
void web_reply_half(struct web_request *r, int status, const char *type, const void *body,
		    size_t n);

/* Send bytes that need not be HTTP, close. */
void web_raw(struct web_request *r, const void *bytes, size_t n);

/* Close without a word. */
void web_drop(struct web_request *r);

/* Never answer: the connection stays open and mute until the peer goes. */
void web_mute(struct web_request *r);

/* Send `bytes` and hand the stream over; NULL when the peer has gone. What had come after
 * the request is handed to the taker before this returns. */
struct stream *web_take(struct web_request *r, const char *bytes, size_t n,
			const struct web_taker *taker, void *user);

#endif
