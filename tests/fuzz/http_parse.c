/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as strangers send them. The first byte says into how small pieces they are
 * cut. What must hold of what is accepted:
 *  - how it was cut makes no difference;
 *  - the parser library, left to itself, reads the same message of the same length. */
#include "shared/http_parse.h"

#include <stdlib.h>
#include <string.h>

#include <http_parser.h>

enum { MAX_HEADER = 2048, MAX_BODY = 512 };

/* What came of a whole input: one line per request and how it ended. */
struct story {
	struct buf told;
	size_t first_len; /* bytes of the first request, 0: it was not whole */
	struct buf first_body;
};

static void whole_note(struct story *st, const struct http_parse *p, size_t at)
{
	const struct http_head *h = &p->head;
	size_t hosts;

	http_head_value(h, "host", &hosts);
	if (hosts > 1 || (hosts == 0 && !h->http10) || (h->chunked && h->length > 0) ||
	    (h->path[0] != '/' && strcmp(h->path, "*") != 0) || p->body.len > MAX_BODY) {
		abort();
	}
	buf_addf(&st->told, "%s %s %s %zu %d\n", h->method, h->path, h->query,
		 p->body.len, h->keep_alive);
	buf_add(&st->told, p->body.data, p->body.len);
	if (st->first_len == 0) {
		st->first_len = at;
		buf_add(&st->first_body, p->body.data, p->body.len);
	}
}

static void story_tell(struct story *st, const char *bytes, size_t n, size_t piece)
{
	struct http_parse p;
	size_t at = 0;

	buf_init(&st->told, 1 << 20);
	buf_init(&st->first_body, 1 << 20);
	st->first_len = 0;
	http_parse_init(&p, MAX_HEADER);
	while (at < n && p.stage != HTTP_STAGE_BAD) {
		size_t some = piece < n - at ? piece : n - at;
		size_t taken = http_parse_feed(&p, bytes + at, some);

		at += taken;
		if (p.stage == HTTP_STAGE_ASKED) {
			http_parse_accept(&p, MAX_BODY);
		}
		if (p.stage == HTTP_STAGE_WHOLE) {
			whole_note(st, &p, at);
			http_parse_next(&p);
		} else if (taken == 0 && p.stage != HTTP_STAGE_BAD) {
			abort(); /* it would wait for ever */
		}
	}
	if (p.stage == HTTP_STAGE_BAD) {
		if (p.status < 400 || p.status > 599 || !p.why) {
			abort();
		}
		buf_addf(&st->told, "%d %s\n", p.status, p.why);
	}
	http_parse_finish(&p);
}

static void story_finish(struct story *st)
{
	buf_finish(&st->told);
	buf_finish(&st->first_body);
}

/* --- the library's view ---------------------------------------------------------- */

static int on_body(http_parser *p, const char *at, size_t n)
{
	struct buf *body = p->data;

	buf_add(body, at, n);
	return 0;
}

static int on_complete(http_parser *p)
{
	http_parser_pause(p, 1);
	return 0;
}

static void library_agrees(const struct story *st, const char *bytes)
{
	http_parser_settings settings;
	http_parser p;
	struct buf body;
	size_t n;

	buf_init(&body, 1 << 20);
	http_parser_settings_init(&settings);
	settings.on_body = on_body;
	settings.on_message_complete = on_complete;
	http_parser_init(&p, HTTP_REQUEST);
	p.data = &body;
	n = http_parser_execute(&p, &settings, bytes, st->first_len);
	if ((p.flags & F_TRAILING) != 0 && HTTP_PARSER_ERRNO(&p) != HPE_PAUSED) {
		buf_finish(&body);
		return; /* it minds a Content-Length in a trailer; we throw all away */
	}
	if (n != st->first_len || HTTP_PARSER_ERRNO(&p) != HPE_PAUSED ||
	    strcmp(buf_str(&body), buf_str(&st->first_body)) != 0) {
		abort();
	}
	buf_finish(&body);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *bytes = (const char *)data + 1;
	struct story whole;
	struct story cut;

	if (n < 2) {
		return 0;
	}
	story_tell(&whole, bytes, n - 1, n);
	story_tell(&cut, bytes, n - 1, 1 + data[0] % 7);
	if (strcmp(buf_str(&whole.told), buf_str(&cut.told)) != 0) {
		abort();
	}
	if (whole.first_len > 0) {
		library_agrees(&whole, bytes);
	}
	story_finish(&whole);
	story_finish(&cut);
	return 0;
}
