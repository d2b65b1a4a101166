/* SPDX-License-Identifier: Apache-2.0 */
/* The lexer finds where the head ends and where its fields are; then the parser library
 * reads the whole of it at once and says how the body is framed; then our own rules. */
#include "shared/http_head.h"

#include <string.h>
#include <strings.h>

#include <http_parser.h>

void http_head_init(struct http_head *h, size_t max)
{
	memset(h, 0, sizeof(*h));
	buf_init(&h->raw, max);
}

void http_head_finish(struct http_head *h)
{
	buf_finish(&h->raw);
}

void http_head_reset(struct http_head *h)
{
	struct buf raw = h->raw;

	buf_rest(&raw, HTTP_KEPT_MAX);
	memset(h, 0, offsetof(struct http_head, fields)); /* n_fields says how many */
	h->raw = raw;
}

bool http_head_begun(const struct http_head *h)
{
	return h->lex.state > HTTP_LEX_START_LF;
}

static enum http_progress refuse(struct http_head *h, int status, const char *why)
{
	h->status = status;
	h->why = why;
	return HTTP_BAD;
}

/* --- fields ------------------------------------------------------------------- */

/* Note where the lexer's steps lead; at: the offset of the byte just read. False: there
 * are too many fields. */
static bool field_note(struct http_head *h, enum http_lex_state was, size_t at)
{
	enum http_lex_state is = h->lex.state;

	if (was == HTTP_LEX_NAME_START && is == HTTP_LEX_NAME) {
		if (h->n_fields == HTTP_FIELDS_MAX) {
			return false;
		}
		h->fields[h->n_fields].name = (uint32_t)at;
	} else if (was == HTTP_LEX_NAME && is == HTTP_LEX_VALUE) {
		h->fields[h->n_fields].value = (uint32_t)at + 1;
	} else if (was == HTTP_LEX_VALUE && is == HTTP_LEX_LINE_LF) {
		h->fields[h->n_fields++].end = (uint32_t)at;
	}
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Put NULs behind names and values, without the white space around values. */
static void fields_cut(struct http_head *h)
{
	char *raw = h->raw.data;

	for (size_t i = 0; i < h->n_fields; i++) {
		uint32_t value = h->fields[i].value;
		uint32_t end = h->fields[i].end;

		raw[value - 1] = '\0';
		while (value < end && is_blank(raw[value])) {
			value++;
		}
		while (end > value && is_blank(raw[end - 1])) {
			end--;
		}
		raw[end] = '\0';
		h->fields[i].value = value;
	}
}

const char *http_head_value(const struct http_head *h, const char *name, size_t *ret_n)
{
	const char *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < h->n_fields; i++) {
		if (strcasecmp(h->raw.data + h->fields[i].name, name) == 0) {
			first = n++ == 0 ? h->raw.data + h->fields[i].value : first;
		}
	}
	if (ret_n) {
		*ret_n = n;
	}
	return first;
}

/* --- framing, by the library ---------------------------------------------------- */

static int on_headers_complete(http_parser *p)
{
	struct http_head *h = p->data;

	h->chunked = (p->flags & F_CHUNKED) != 0;
	h->length = (p->flags & F_CONTENTLENGTH) != 0 ? p->content_length : 0;
	h->keep_alive = http_should_keep_alive(p) != 0;
	return 0;
}

static enum http_errno framing_read(struct http_head *h)
{
	http_parser_settings settings;
	http_parser p;

	http_parser_settings_init(&settings);
	settings.on_headers_complete = on_headers_complete;
	http_parser_init(&p, HTTP_REQUEST);
	p.data = h;
	http_parser_execute(&p, &settings, h->raw.data, h->raw.len);
	return HTTP_PARSER_ERRNO(&p);
}

/* --- our own rules -------------------------------------------------------------- */

/* Where the path of "http://host/path" begins, or NULL: it is none. */
static char *absolute_skip(char *target)
{
	static const char *const schemes[] = { "http://", "https://" };

	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		size_t n = strlen(schemes[i]);

		if (strncasecmp(target, schemes[i], n) == 0) {
			size_t host = strcspn(target + n, "/?");

			return host > 0 ? target + n + host : NULL;
		}
	}
	return NULL;
}

static bool target_check(struct http_head *h, char *target)
{
	char *query;

	if (strchr(target, '#')) {
		return false; /* a fragment is the browser's own affair */
	}
	if (strcmp(target, "*") == 0) {
		h->path = target;
		h->query = "";
		return strcmp(h->method, "OPTIONS") == 0;
	}
	if (target[0] != '/') {
		target = absolute_skip(target);
	}
	if (!target) {
		return false;
	}
	query = strchr(target, '?');
	h->query = query ? query + 1 : "";
	h->path = target[0] == '/' ? target : "/";
	if (query) {
		*query = '\0';
	}
	return true;
}

/* "METHOD target HTTP/1.x", cut into strings. */
static bool line_cut(struct http_head *h)
{
	char *line = h->raw.data + strspn(h->raw.data, "\r\n");
	char *target = strchr(line, ' ') + 1;
	char *version = strchr(target, ' ') + 1;

	target[-1] = '\0';
	version[-1] = '\0';
	h->method = line;
	h->http10 = h->lex.minor == '0';
	return target_check(h, target);
}

/* RFC 9112 3.2: "A server MUST respond with a 400 (Bad Request) status code to any
 * HTTP/1.1 request message that lacks a Host header field and to any request message that
 * contains more than one Host header field line or a Host header field with an invalid
 * field value." */
static bool host_check(const struct http_head *h)
{
	size_t n;
	const char *host = http_head_value(h, "Host", &n);

	if (n == 0) {
		return h->http10;
	}
	return n == 1 && host[strcspn(host, " \t,/\\@?#\"<>")] == '\0';
}

/* "chunked" and nothing else, once, and not in HTTP/1.0, which does not know it. */
static enum http_progress encoding_check(struct http_head *h)
{
	size_t n;
	const char *coding = http_head_value(h, "Transfer-Encoding", &n);

	if (n > 1 || (n == 1 && h->http10)) {
		return refuse(h, 400, "the body's length is ambiguous");
	}
	if (n == 1 && strcasecmp(coding, "chunked") != 0) {
		return refuse(h, 501, "no transfer encoding is known but chunked");
	}
	return HTTP_WHOLE;
}

static enum http_progress expect_check(struct http_head *h)
{
	const char *expect = http_head_value(h, "Expect", NULL);

	if (expect && strcasecmp(expect, "100-continue") != 0) {
		return refuse(h, 417, "nothing can be expected but 100-continue");
	}
	h->expect_continue = expect && !h->http10;
	return HTTP_WHOLE;
}

static enum http_progress framing_check(struct http_head *h, enum http_errno framing)
{
	if (framing == HPE_INVALID_METHOD || strcmp(h->method, "CONNECT") == 0) {
		return refuse(h, 501, "the method is not known");
	}
	if (framing == HPE_UNEXPECTED_CONTENT_LENGTH) {
		return refuse(h, 400, "the body's length is ambiguous");
	}
	if (framing != HPE_OK) {
		return refuse(h, 400, http_errno_description(framing));
	}
	return HTTP_WHOLE;
}

static enum http_progress head_check(struct http_head *h)
{
	enum http_errno framing = framing_read(h);
	bool target_ok;
	enum http_progress p;

	fields_cut(h);
	target_ok = line_cut(h);
	if (!host_check(h)) {
		return refuse(h, 400, "there must be one Host header");
	}
	p = encoding_check(h);
	if (p == HTTP_WHOLE) {
		p = framing_check(h, framing);
	}
	if (p == HTTP_WHOLE && !target_ok) {
		p = refuse(h, 400, "the target cannot be read");
	}
	return p == HTTP_WHOLE ? expect_check(h) : p;
}

enum http_progress http_head_feed(struct http_head *h, const char *bytes, size_t n,
				  size_t *ret_taken)
{
	size_t room = h->raw.max - h->raw.len;
	size_t i = 0;

	while (i < n && i < room && h->lex.state < HTTP_LEX_DONE) {
		enum http_lex_state was = h->lex.state;

		http_lex_step(&h->lex, bytes[i]);
		if (!field_note(h, was, h->raw.len + i)) {
			return refuse(h, 431, "there are too many headers");
		}
		i++;
	}
	*ret_taken = i;
	if (h->lex.state == HTTP_LEX_BAD) {
		return refuse(h, h->lex.status, h->lex.why);
	}
	if ((i == room && h->lex.state != HTTP_LEX_DONE) || !buf_add(&h->raw, bytes, i)) {
		return refuse(h, 431, "the headers are too large");
	}
	return h->lex.state == HTTP_LEX_DONE ? head_check(h) : HTTP_MORE;
}
