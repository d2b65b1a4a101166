/* SPDX-License-Identifier: Apache-2.0 */
/* One request after the other, out of the bytes of a connection: head, then the caller
 * says how large a body may be, then body. Pure. Only shared/http_conn.c uses it. */
#ifndef SHARED_HTTP_PARSE_H
#define SHARED_HTTP_PARSE_H

#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/http_chunk.h"
#include "shared/http_head.h"

enum http_stage {
	HTTP_STAGE_HEAD,
	HTTP_STAGE_ASKED, /* the head is whole: http_parse_accept() goes on */
	HTTP_STAGE_BODY,
	HTTP_STAGE_WHOLE, /* http_parse_next() goes on */
	HTTP_STAGE_BAD    /* refused: nothing after it can be trusted */
};

struct http_parse {
	enum http_stage stage;
	int status;      /* when BAD: what to answer */
	const char *why; /* when BAD */
	struct http_head head;
	struct buf body;
	uint64_t left; /* private from here on */
	struct http_chunks chunks;
};

void http_parse_init(struct http_parse *p, size_t max_header);
void http_parse_finish(struct http_parse *p);

/* Take bytes until the stage changes to one in which the caller has to act. Returns how
 * many were taken: all of them in HEAD and BODY, none in the other stages. */
size_t http_parse_feed(struct http_parse *p, const char *bytes, size_t n);

/* ASKED -> BODY, WHOLE when there is none, or BAD (413). */
void http_parse_accept(struct http_parse *p, size_t max_body);

/* WHOLE -> HEAD, of the next request. */
void http_parse_next(struct http_parse *p);

#endif
