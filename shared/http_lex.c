/* SPDX-License-Identifier: Apache-2.0 */
/* One function per state; each looks at one byte and says which state is next. */
#include "shared/http_lex.h"

#include <stdbool.h>
#include <string.h>

typedef enum http_lex_state lex_fn(struct http_lex *lex, unsigned char c);

static enum http_lex_state bad(struct http_lex *lex, int status, const char *why)
{
	lex->status = status;
	lex->why = why;
	return HTTP_LEX_BAD;
}

/* RFC 9110 5.6.2, "tchar". */
static bool is_token(unsigned char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static bool is_visible(unsigned char c)
{
	return c > ' ' && c < 0x7f;
}

static enum http_lex_state on_start(struct http_lex *lex, unsigned char c)
{
	if (c == '\r') {
		return HTTP_LEX_START_LF;
	}
	lex->n = 1;
	return is_token(c) ? HTTP_LEX_METHOD : bad(lex, 400, "this is not HTTP");
}

static enum http_lex_state on_start_lf(struct http_lex *lex, unsigned char c)
{
	return c == '\n' ? HTTP_LEX_START : bad(lex, 400, "a CR stands alone");
}

static enum http_lex_state on_method(struct http_lex *lex, unsigned char c)
{
	if (c == ' ') {
		lex->n = 0;
		return HTTP_LEX_TARGET;
	}
	if (!is_token(c) || ++lex->n > 32) {
		return bad(lex, 400, "this is not HTTP");
	}
	return HTTP_LEX_METHOD;
}

static enum http_lex_state on_target(struct http_lex *lex, unsigned char c)
{
	if (c == ' ' && lex->n > 0) {
		lex->n = 0;
		return HTTP_LEX_VERSION;
	}
	if (!is_visible(c)) {
		return bad(lex, 400, "the request line cannot be read");
	}
	lex->n++;
	return HTTP_LEX_TARGET;
}

static enum http_lex_state version_done(struct http_lex *lex)
{
	if (lex->major != '1' || (lex->minor != '0' && lex->minor != '1')) {
		return bad(lex, 505, "only HTTP/1.1 and HTTP/1.0 are spoken here");
	}
	return HTTP_LEX_LINE_LF;
}

static enum http_lex_state on_version(struct http_lex *lex, unsigned char c)
{
	static const char form[] = "HTTP/1.1\r";
	unsigned i = lex->n++;
	bool ok = c == form[i];

	if (i == 5 || i == 7) {
		*(i == 5 ? &lex->major : &lex->minor) = (char)c;
		ok = c >= '0' && c <= '9';
	}
	if (!ok) {
		return bad(lex, 400, "the request line cannot be read");
	}
	return c == '\r' ? version_done(lex) : HTTP_LEX_VERSION;
}

static enum http_lex_state on_line_lf(struct http_lex *lex, unsigned char c)
{
	return c == '\n' ? HTTP_LEX_NAME_START : bad(lex, 400, "a CR stands alone");
}

static enum http_lex_state on_name_start(struct http_lex *lex, unsigned char c)
{
	if (c == '\r') {
		return HTTP_LEX_END_LF;
	}
	if (c == ' ' || c == '\t') {
		return bad(lex, 400, "a header goes on in a second line");
	}
	return is_token(c) ? HTTP_LEX_NAME
			   : bad(lex, 400, "a header's name cannot be read");
}

static enum http_lex_state on_name(struct http_lex *lex, unsigned char c)
{
	if (c == ':') {
		return HTTP_LEX_VALUE;
	}
	if (c == ' ' || c == '\t') {
		return bad(lex, 400, "there is white space before a header's colon");
	}
	return is_token(c) ? HTTP_LEX_NAME
			   : bad(lex, 400, "a header's name cannot be read");
}

static enum http_lex_state on_value(struct http_lex *lex, unsigned char c)
{
	if (c == '\r') {
		return HTTP_LEX_LINE_LF;
	}
	if (c == '\n') {
		return bad(lex, 400, "a line ends without CR");
	}
	if ((c < ' ' && c != '\t') || c == 0x7f) {
		return bad(lex, 400, "a header has a control character");
	}
	return HTTP_LEX_VALUE;
}

static enum http_lex_state on_end_lf(struct http_lex *lex, unsigned char c)
{
	return c == '\n' ? HTTP_LEX_DONE : bad(lex, 400, "a CR stands alone");
}

void http_lex_step(struct http_lex *lex, char c)
{
	static lex_fn *const states[] = {
		[HTTP_LEX_START] = on_start,           [HTTP_LEX_START_LF] = on_start_lf,
		[HTTP_LEX_METHOD] = on_method,         [HTTP_LEX_TARGET] = on_target,
		[HTTP_LEX_VERSION] = on_version,       [HTTP_LEX_LINE_LF] = on_line_lf,
		[HTTP_LEX_NAME_START] = on_name_start, [HTTP_LEX_NAME] = on_name,
		[HTTP_LEX_VALUE] = on_value,           [HTTP_LEX_END_LF] = on_end_lf,
	};

	if (lex->state < HTTP_LEX_DONE) {
		lex->state = states[lex->state](lex, (unsigned char)c);
	}
}
