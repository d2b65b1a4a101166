/* SPDX-License-Identifier: Apache-2.0 */
/* A reply as bytes. Pure. Only shared/http_conn.c uses it. */
#ifndef SHARED_HTTP_REPLY_H
#define SHARED_HTTP_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"

struct http_reply {
	int status;
	const char *content_type; /* NULL: there is no body */
	const void *body;
	size_t body_len;
	const char *const *headers; /* "Name: value" lines, NULL-terminated, or NULL */
	bool close;                 /* this connection ends with it */
	bool head;                  /* the body is described, not sent */
	int64_t wall_ms;            /* for Date */
};

/* A header that holds a line break is left out. False when memory ran out. */
bool http_reply_format(struct buf *out, const struct http_reply *r);

/* {"error":{"code":...,"message":...,"id":...}}; what is not UTF-8 is left out. */
void http_reply_error_body(struct buf *out, const char *code, const char *message,
			   const char *id);

/* The word for a status of our own making, such as "headers-too-large". */
const char *http_reply_code(int status);

#endif
