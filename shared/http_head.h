/* SPDX-License-Identifier: Apache-2.0 */
/* The head of one request: bytes in, a checked struct out. Its .c is the only file that
 * knows the parser library; that one says what the headers mean for the framing. Pure.
 * Only the http_*.c beside it use it. */
#ifndef SHARED_HTTP_HEAD_H
#define SHARED_HTTP_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/http_lex.h"

enum {
	HTTP_FIELDS_MAX = 100,
	HTTP_KEPT_MAX = 2048, /* bytes that a connection keeps of each of its buffers */
};

struct http_head {
	/* Valid once it is whole, until http_head_reset(). */
	const char *method;
	const char
		*path; /* "/...", or "*"; of an absolute target what follows the host */
	const char *query; /* after '?', or "" */
	uint64_t length;   /* of the body, when it is not chunked */
	bool chunked;
	bool keep_alive;      /* the client would go on with this connection */
	bool expect_continue; /* it waits for "100 Continue" before it sends the body */
	bool http10;

	/* When http_head_feed() has refused it. */
	int status;
	const char *why;

	/* Private. */
	struct buf raw;
	struct http_lex lex;
	size_t n_fields;
	struct { /* the last: what is behind n_fields means nothing */
		uint32_t name, value, end; /* offsets into raw */
	} fields[HTTP_FIELDS_MAX];
};

enum http_progress { HTTP_MORE, HTTP_WHOLE, HTTP_BAD };

/* max: bytes of the request line and all headers. */
void http_head_init(struct http_head *h, size_t max);
void http_head_finish(struct http_head *h);

/* Ready for the next request, which will need as much memory: up to HTTP_KEPT_MAX is kept. */
void http_head_reset(struct http_head *h);

/* Take what belongs to the head; ret_taken says how much that was. Until the head is
 * whole or bad, all of it. */
enum http_progress http_head_feed(struct http_head *h, const char *bytes, size_t n,
				  size_t *ret_taken);

/* Whether anything of a request has come, empty lines aside. */
bool http_head_begun(const struct http_head *h);

/* The first value of a header, its name in any case, or NULL; how many there are. */
const char *http_head_value(const struct http_head *h, const char *name, size_t *ret_n);

#endif
