/* SPDX-License-Identifier: Apache-2.0 */
/* The stages of a request. */
#include "shared/http_parse.h"

#include <string.h>

static void refuse(struct http_parse *p, int status, const char *why)
{
	p->stage = HTTP_STAGE_BAD;
	p->status = status;
	p->why = why;
}

void http_parse_init(struct http_parse *p, size_t max_header)
{
	memset(p, 0, sizeof(*p));
	http_head_init(&p->head, max_header);
	buf_init(&p->body, 0);
}

void http_parse_finish(struct http_parse *p)
{
	http_head_finish(&p->head);
	buf_finish(&p->body);
}

void http_parse_next(struct http_parse *p)
{
	http_head_reset(&p->head);
	buf_rest(&p->body, HTTP_KEPT_MAX);
	p->body.max = 0;
	p->stage = HTTP_STAGE_HEAD;
	p->status = 0;
	p->why = NULL;
	p->left = 0;
	p->chunks = (struct http_chunks){ 0 };
}

void http_parse_accept(struct http_parse *p, size_t max_body)
{
	if (p->head.length > max_body || (p->head.chunked && max_body == 0)) {
		refuse(p, 413, "the body is too large");
		return;
	}
	p->body.max = max_body;
	p->left = p->head.length;
	p->stage = p->head.chunked || p->left > 0 ? HTTP_STAGE_BODY : HTTP_STAGE_WHOLE;
}

static size_t head_feed(struct http_parse *p, const char *bytes, size_t n)
{
	size_t taken = 0;

	switch (http_head_feed(&p->head, bytes, n, &taken)) {
	case HTTP_WHOLE:
		p->stage = HTTP_STAGE_ASKED;
		break;
	case HTTP_BAD:
		refuse(p, p->head.status, p->head.why);
		break;
	default:
		break;
	}
	return taken;
}

static size_t chunks_feed(struct http_parse *p, const char *bytes, size_t n)
{
	size_t taken = 0;

	switch (http_chunk_feed(&p->chunks, bytes, n, &p->body, &taken)) {
	case HTTP_WHOLE:
		p->stage = HTTP_STAGE_WHOLE;
		break;
	case HTTP_BAD:
		refuse(p, p->chunks.status, p->chunks.why);
		break;
	default:
		break;
	}
	return taken;
}

static size_t plain_feed(struct http_parse *p, const char *bytes, size_t n)
{
	size_t run = p->left < n ? (size_t)p->left : n;

	if (!buf_add(&p->body, bytes, run)) {
		refuse(p, 413, "the body is too large");
		return run;
	}
	p->left -= run;
	if (p->left == 0) {
		p->stage = HTTP_STAGE_WHOLE;
	}
	return run;
}

size_t http_parse_feed(struct http_parse *p, const char *bytes, size_t n)
{
	switch (p->stage) {
	case HTTP_STAGE_HEAD:
		return head_feed(p, bytes, n);
	case HTTP_STAGE_BODY:
		return p->head.chunked ? chunks_feed(p, bytes, n)
				       : plain_feed(p, bytes, n);
	default:
		return 0;
	}
}
