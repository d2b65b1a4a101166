/* SPDX-License-Identifier: Apache-2.0 */
/* Incoming HTTP/1.1: http-parser frames the messages, everything else is ours. One
 * request at a time per connection, in order; pipelined ones wait. Rules of shared/loop.h
 * hold.
 *
 * Refused with a short JSON error {"error":{"code","message","id"}} and the connection
 * closed: two Content-Lengths, or one beside Transfer-Encoding (400), obs-fold, white
 * space before a colon, bare LF, control characters (400), no or two Hosts (400), other
 * versions than 1.1 and 1.0 (505), body over its cap (413), headers over theirs (431),
 * encodings but chunked (501), methods that nobody knows (501), another Expect than
 * 100-continue (417), slow headers or body (408), unknown path (404), method (405 with
 * Allow). Upgrade is ignored. HEAD is answered as GET without the body; OPTIONS with
 * Allow; Expect: 100-continue is answered once headers are accepted. HTTP/1.0 is for
 * proxies and health checks: one request, then closed. A client that half-closes while
 * its request is pending counts as gone. */
#ifndef SHARED_HTTP_SERVER_H
#define SHARED_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/listener.h"
#include "shared/loop.h"

struct http_server;
struct http_exchange;

/* A whole request came. Answer now or later with http_reply(), once. When the client goes
 * away first, x->gone (if set by the handler) fires and x is invalid afterwards. */
typedef void http_handler(struct http_exchange *x, void *data);

struct http_route {
	const char *method; /* "GET", "POST" */
	const char *path;   /* whole path; one that ends in '*' matches what starts so */
	http_handler *handle;
	size_t max_body; /* 0: none allowed */
};

struct http_server_config {
	struct listener_config listener;
	const struct http_route *routes; /* borrowed; the first match wins */
	size_t n_routes;
	void *data;                 /* handed to every handler */
	int64_t idle_timeout_ms;    /* between requests; 0: 75 s */
	int64_t request_timeout_ms; /* first to last byte of a request; 0: 10 s */
	int64_t reply_timeout_ms;   /* a handler that never answers: 503; 0: 30 s */
	size_t max_header;          /* bytes of request line and headers; 0: 16 KiB */
};

struct http_exchange {
	const char *method;
	const char *path;  /* without the query, not decoded */
	const char *query; /* after '?', or "" */
	const char *body;  /* raw bytes, NUL-terminated */
	size_t body_len;
	const char *peer;
	char id[27];                           /* a ULID for error texts and logs */
	void (*gone)(struct http_exchange *x); /* set by the handler; may be NULL */
	void *user;                            /* the handler's own */
};

bool http_server_open(struct loop *l, const struct http_server_config *conf,
		      struct http_server **ret_s, struct fail *f);
uint16_t http_server_port(const struct http_server *s);

/* Graceful: take no new connections, close idle ones, answer what is under way with
 * "Connection: close". `done` fires when none is left or after cap_ms. */
void http_server_drain(struct http_server *s, int64_t cap_ms, void (*done)(void *data),
		       void *data);

/* At once; no gone() fires. Not from a handler or gone(). Accepts NULL. */
void http_server_close(struct http_server *s);

/* The value of a header (name in any case), or NULL; `ret_n` (may be NULL) says how often
 * it was sent. Valid until the reply. */
const char *http_header(const struct http_exchange *x, const char *name, size_t *ret_n);

/* The same, and NULL also when it was sent more than once: for what proves something. */
const char *http_header_once(const struct http_exchange *x, const char *name);

/* Answer; x is invalid afterwards. Bodies are copied. headers: "Name: value" lines,
 * NULL-terminated list, or NULL; one that holds a line break is left out. */
void http_reply(struct http_exchange *x, int status, const char *content_type,
		const void *body, size_t body_len, const char *const *headers);
void http_reply_error(struct http_exchange *x, int status, const char *code,
		      const char *message);

#endif
