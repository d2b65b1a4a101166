/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP, on curl's multi interface. Connections, TLS sessions and the parsed CA
 * bundle are shared by all requests of one client. Never retries and never follows
 * redirects by itself; says what kind of failure it was. Rules 1-9 of shared/loop.h
 * hold. */
#ifndef SHARED_HTTP_CLIENT_H
#define SHARED_HTTP_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/loop.h"

struct http_client;
struct http_request;

struct http_client_config {
	const char *ca_file; /* extra CAs in PEM beside the system's, or "" */
	const char *proxy;   /* http://host:port, or ""; the environment is not asked */
	const char *user_agent;   /* "accessd/0.1.0" */
	unsigned max_connections; /* to one host; 0: 16 */
};

struct http_response {
	long status;
	const char *body; /* NUL-terminated; may hold NULs of its own */
	size_t body_len;
	const char *retry_after; /* header texts, NULL when absent */
	const char *content_type;
	const char *oauth_scopes;    /* Slack's x-oauth-scopes */
	const char *ratelimit_reset; /* PagerDuty's: seconds from now */
};

/* f->kind is FAIL_NONE when a whole reply came, whatever its status; res is NULL else.
 *   FAIL_INVALID    refused before anything was done: the url (see shared/url.h), the
 *                   method, a secret that is not set, a header with a line break
 *   FAIL_TIMEOUT    connect or total time ran out, and to try again does no harm: nothing
 *                   was sent, or it is a GET
 *   FAIL_UPSTREAM   refused, reset, DNS, TLS before anything was sent; any other failure
 *                   of a GET, such as a reply over its cap
 *   FAIL_UNCERTAIN  a POST was (partly) sent and no whole reply came: it may have taken
 *                   effect */
typedef void http_cb(struct http_request *req, const struct http_response *res,
		     const struct fail *f);

enum { HTTP_HEADERS_MAX = 8 };

/* Owned and embedded by the caller. Everything it points to must live until cb. */
struct http_request {
	const char *method; /* "GET" or "POST" */
	const char *url;
	const char *
		/* "Bearer", "Token token=" (ends in '=': no space); NULL: no auth */
		auth_scheme;
	const struct secret *auth; /* never logged, dropped from curl's memory by it */
	const char *headers[HTTP_HEADERS_MAX]; /* "Name: value", NULL after the last */
	const char *body;                      /* POST: NULL is an empty body */
	size_t body_len;
	int64_t connect_timeout_ms; /* 0: 3 s */
	int64_t timeout_ms;         /* from start to the last byte; 0: 10 s */
	size_t max_reply;           /* bytes of body; 0: 1 MiB */
	http_cb *cb;
	struct http_job *job; /* private */
};

bool http_client_open(struct loop *l, const struct http_client_config *conf,
		      struct http_client **ret_c, struct fail *f);

/* What is in flight is cancelled: no callback fires any more. Accepts NULL. */
void http_client_close(struct http_client *c);

void http_request_start(struct http_client *c, struct http_request *req);
void http_request_cancel(struct http_request *req); /* fine when it is not in flight */
bool http_request_running(const struct http_request *req);

#endif
