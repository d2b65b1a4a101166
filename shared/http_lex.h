/* SPDX-License-Identifier: Apache-2.0 */
/* The grammar of a request's head, byte by byte and to the letter: what two programs read
 * differently is how one request is smuggled into another. Pure. Only the http_*.c beside
 * it use it.
 *
 * The parser library takes, as Debian builds it, bare LF, folded lines, white space in
 * names, control characters in the target and any version: none of it passes here. */
#ifndef SHARED_HTTP_LEX_H
#define SHARED_HTTP_LEX_H

#include <stdint.h>

enum http_lex_state {
	HTTP_LEX_START, /* all zero: before a request line, empty lines may come first */
	HTTP_LEX_START_LF,
	HTTP_LEX_METHOD,
	HTTP_LEX_TARGET,
	HTTP_LEX_VERSION,
	HTTP_LEX_LINE_LF,
	HTTP_LEX_NAME_START, /* to begin with trailers, start here */
	HTTP_LEX_NAME,
	HTTP_LEX_VALUE,
	HTTP_LEX_END_LF,
	HTTP_LEX_DONE,
	HTTP_LEX_BAD
};

struct http_lex {
	enum http_lex_state state;
	unsigned n; /* characters of the method, the target or the version so far */
	char major; /* of the version */
	char minor;
	int status;      /* when BAD: what to answer */
	const char *why; /* when BAD */
};

void http_lex_step(struct http_lex *lex, char c);

#endif
