/* SPDX-License-Identifier: Apache-2.0 */
/* A chunked body, decoded to the letter: sizes in hex, CR LF and nothing shorter,
 * extensions and trailers checked and thrown away. Pure. Only the http_*.c beside it use
 * it. */
#ifndef SHARED_HTTP_CHUNK_H
#define SHARED_HTTP_CHUNK_H

#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/http_head.h"
#include "shared/http_lex.h"

enum http_chunk_state {
	HTTP_CHUNK_SIZE, /* all zero: before the first chunk */
	HTTP_CHUNK_EXTENSION,
	HTTP_CHUNK_SIZE_LF,
	HTTP_CHUNK_DATA,
	HTTP_CHUNK_DATA_CR,
	HTTP_CHUNK_DATA_LF,
	HTTP_CHUNK_TRAILER
};

struct http_chunks {
	enum http_chunk_state state;
	uint64_t left;   /* of this chunk */
	size_t digits;   /* of its size */
	size_t overhead; /* bytes of this chunk's line, or of the trailers */
	struct http_lex trailer;
	int status; /* when refused */
	const char *why;
};

/* Append what is decoded to body, whose cap it keeps (413). ret_taken: what belonged to
 * this body. */
enum http_progress http_chunk_feed(struct http_chunks *c, const char *bytes, size_t n,
				   struct buf *body, size_t *ret_taken);

#endif
