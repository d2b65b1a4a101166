/* SPDX-License-Identifier: Apache-2.0 */
/* GET /world/transcript?from=N: what was said in the channels, from message N on, as lines
 * of text: names in place of ids, UTC in place of each reader's own time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "tests/world/control.h"
#include "tests/world/web.h"
#include "tests/world/world.h"

enum { TRANSCRIPT_MAX = 1 << 20 };

/* <@U0ANA> -> @ana, <!date^1^{time}|14:12 UTC> -> 14:12 UTC; at is behind the '<'. */
static void add_token(const struct world *w, struct buf *out, const char *at, size_t n)
{
	const char *label = memchr(at, '|', n);
	const struct world_person *p;
	char id[VENDOR_ID_SIZE];

	snprintf(id, sizeof(id), "%.*s", (int)(n > 0 ? n - 1 : 0), at + 1);
	p = at[0] == '@' ? world_person(w, id) : NULL;
	if (p) {
		buf_addf(out, "@%s", p->key);
	} else if (label) {
		buf_add(out, label + 1, n - (size_t)(label + 1 - at));
	} else {
		buf_add(out, at, n);
	}
}

static void add_text(const struct world *w, struct buf *out, const char *text)
{
	static const struct {
		const char *escape;
		char plain;
	} escapes[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' } };

	while (*text) {
		size_t n = *text == '<' ? strcspn(text, ">") : 0;
		size_t i = 0;

		if (n > 1 && text[n] == '>') {
			add_token(w, out, text + 1, n - 1);
			text += n + 1;
			continue;
		}
		while (i < ARRAY_LEN(escapes) &&
		       strncmp(text, escapes[i].escape, strlen(escapes[i].escape)) != 0) {
			i++;
		}
		if (i < ARRAY_LEN(escapes)) {
			buf_add_char(out, escapes[i].plain);
			text += strlen(escapes[i].escape);
		} else if (*text == '\n') {
			buf_add_str(out, "\n           ");
			text++;
		} else {
			buf_add_char(out, *text++);
		}
	}
	buf_add_char(out, '\n');
}

void transcript_reply(struct world *w, struct web_request *r)
{
	char from[32] = "0";
	struct buf out;

	buf_init(&out, TRANSCRIPT_MAX);
	web_query(r->query, "from", 0, from, sizeof(from));
	for (size_t i = strtoul(from, NULL, 10); i < w->messages.n; i++) {
		const struct world_message *m = w->messages.items[i];
		const struct world_person *by = world_person(w, m->by);
		bool typed = by && strcmp(m->via, "typed") == 0;

		if (!m->deleted) {
			buf_addf(&out, "  %-8s %s", by ? by->key : "accessd",
				 typed && *m->text != '/' ? "/access " : "");
			add_text(w, &out, m->text);
		}
	}
	web_reply(r, 200, "text/plain; charset=utf-8", NULL, buf_str(&out), out.len);
	buf_finish(&out);
}
