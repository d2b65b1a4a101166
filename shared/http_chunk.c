/* SPDX-License-Identifier: Apache-2.0 */
/* Data is copied in runs; everything else goes byte by byte. */
#include "shared/http_chunk.h"

#include <stdbool.h>

/* Of one chunk's line, or of all trailers: there is no use for more. */
enum { OVERHEAD_MAX = 4096 };

static enum http_progress refuse(struct http_chunks *c, int status, const char *why)
{
	c->status = status;
	c->why = why;
	return HTTP_BAD;
}

static int hex_value(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	if (c >= 'a' && c <= 'f') {
		return c - 'a' + 10;
	}
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

static enum http_progress on_size(struct http_chunks *c, char byte)
{
	int value = hex_value(byte);

	if (value >= 0) {
		if (++c->digits > 15) {
			return refuse(c, 413, "a chunk is too large");
		}
		c->left = c->left * 16 + (uint64_t)value;
		return HTTP_MORE;
	}
	if (c->digits == 0 || (byte != ';' && byte != '\r')) {
		return refuse(c, 400, "a chunk's size cannot be read");
	}
	c->state = byte == ';' ? HTTP_CHUNK_EXTENSION : HTTP_CHUNK_SIZE_LF;
	return HTTP_MORE;
}

static enum http_progress on_extension(struct http_chunks *c, char byte)
{
	if (byte == '\r') {
		c->state = HTTP_CHUNK_SIZE_LF;
	} else if ((unsigned char)byte < ' ' && byte != '\t') {
		return refuse(c, 400, "a chunk's extension has a control character");
	}
	return HTTP_MORE;
}

static enum http_progress on_size_lf(struct http_chunks *c, char byte,
				     const struct buf *body)
{
	if (byte != '\n') {
		return refuse(c, 400, "a chunk's line ends without LF");
	}
	if (c->left > body->max - body->len) {
		return refuse(c, 413, "the body is too large");
	}
	c->overhead = 0;
	c->state = c->left > 0 ? HTTP_CHUNK_DATA : HTTP_CHUNK_TRAILER;
	c->trailer = (struct http_lex){ .state = HTTP_LEX_NAME_START };
	return HTTP_MORE;
}

static enum http_progress on_data_end(struct http_chunks *c, char byte)
{
	bool cr = c->state == HTTP_CHUNK_DATA_CR;

	if (byte != (cr ? '\r' : '\n')) {
		return refuse(c, 400, "a chunk is longer than it said");
	}
	c->state = cr ? HTTP_CHUNK_DATA_LF : HTTP_CHUNK_SIZE;
	c->digits = 0;
	return HTTP_MORE;
}

static enum http_progress on_trailer(struct http_chunks *c, char byte)
{
	http_lex_step(&c->trailer, byte);
	if (c->trailer.state == HTTP_LEX_BAD) {
		return refuse(c, c->trailer.status, c->trailer.why);
	}
	return c->trailer.state == HTTP_LEX_DONE ? HTTP_WHOLE : HTTP_MORE;
}

static enum http_progress step(struct http_chunks *c, char byte, const struct buf *body)
{
	if (++c->overhead > OVERHEAD_MAX) {
		return refuse(c, 400, "a chunk says too much about itself");
	}
	switch (c->state) {
	case HTTP_CHUNK_SIZE:
		return on_size(c, byte);
	case HTTP_CHUNK_EXTENSION:
		return on_extension(c, byte);
	case HTTP_CHUNK_SIZE_LF:
		return on_size_lf(c, byte, body);
	case HTTP_CHUNK_TRAILER:
		return on_trailer(c, byte);
	default:
		return on_data_end(c, byte);
	}
}

enum http_progress http_chunk_feed(struct http_chunks *c, const char *bytes, size_t n,
				   struct buf *body, size_t *ret_taken)
{
	enum http_progress p = HTTP_MORE;
	size_t i = 0;

	while (i < n && p == HTTP_MORE) {
		size_t run = 1;

		if (c->state == HTTP_CHUNK_DATA) {
			run = c->left < n - i ? (size_t)c->left : n - i;
			p = buf_add(body, bytes + i, run)
				    ? HTTP_MORE
				    : refuse(c, 413, "the body is too large");
			c->left -= run;
			c->state = c->left > 0 ? HTTP_CHUNK_DATA : HTTP_CHUNK_DATA_CR;
		} else {
			p = step(c, bytes[i], body);
		}
		i += run;
	}
	*ret_taken = i;
	return p;
}
