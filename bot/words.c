/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes of strangers -> plain words, in one pass whose work grows with the length only. */
#include "bot/words.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/slack/mrkdwn.h"
#include "shared/text.h"

struct splitter {
	struct word_list *l;
	size_t room; /* of l->items */
	char *to;    /* end of what was written to l->text */
	char *begin; /* of the word under way */
	const char *url;
	size_t url_len;
};

/* --- code points ----------------------------------------------------------------------- */

static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
	       c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

/* Controls, zero-width characters and marks of direction: they come with copied text. */
static bool is_hidden(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* What a keyboard made of a plain character: iOS and macOS turn quotes and dashes. */
static uint32_t plain(uint32_t c)
{
	switch (c) {
	case 0x201c:
	case 0x201d:
	case 0x201e:
	case 0xab:
	case 0xbb:
		return '"';
	case 0x2018:
	case 0x2019:
	case 0x201a:
	case 0x2032:
		return '\'';
	case 0x2010:
	case 0x2011:
	case 0x2012:
	case 0x2013:
	case 0x2212:
		return '-';
	default:
		return c;
	}
}

/* --- words ----------------------------------------------------------------------------- */

static bool word_end(struct splitter *s)
{
	struct word_list *l = s->l;

	if (s->to == s->begin) {
		return true;
	}
	if (l->n == s->room) {
		size_t room = s->room ? 2 * s->room : 16;
		struct word *more = reallocarray(l->items, room, sizeof(*more));

		if (!more) {
			return false;
		}
		l->items = more;
		s->room = room;
	}
	*s->to = '\0';
	/* "unescape after token splitting, exactly once" */
	mrkdwn_unescape(s->begin);
	l->items[l->n++] =
		(struct word){ .text = s->begin, .url = s->url, .url_len = s->url_len };
	s->begin = ++s->to;
	return true;
}

static bool add(struct splitter *s, uint32_t c)
{
	if (is_space(c)) {
		return word_end(s);
	}
	if (c == 0x2014 && s->to == s->begin) { /* "--", made long by the keyboard */
		*s->to++ = '-';
		c = '-';
	}
	if (!is_hidden(c)) {
		s->to += text_put(s->to, 4, plain(c));
	}
	return true;
}

static bool add_all(struct splitter *s, const char *text, const char *end)
{
	while (text < end) {
		uint32_t c = text_next(&text);

		if (!add(s, c)) {
			return false;
		}
	}
	return true;
}

/* --- Slack's markup -------------------------------------------------------------------- */

static bool add_link(struct splitter *s, const char *url, const char *url_end,
		     const char *label, const char *end)
{
	s->url = url;
	s->url_len = (size_t)(url_end - url);
	return label < end ? add_all(s, label, end) : add_all(s, url, url_end);
}

/* <@U…|ana> -> @ana, <@U…> -> @U…, and likewise for # */
static bool add_sigil(struct splitter *s, char sigil, const char *id, const char *id_end,
		      const char *label, const char *end)
{
	return add(s, (unsigned char)sigil) &&
	       (label < end ? add_all(s, label, end) : add_all(s, id, id_end));
}

/* What is between < and >; label is where the text behind '|' begins, or end. */
static bool add_markup(struct splitter *s, const char *at, const char *end)
{
	const char *bar = memchr(at, '|', (size_t)(end - at));
	const char *head_end = bar ? bar : end;
	const char *label = bar ? bar + 1 : end;

	switch (*at) {
	case '@':
	case '#':
		return add_sigil(s, *at, at + 1, head_end, label, end);
	case '!': /* <!channel>, <!subteam^S…|@oncall>, <!date^…|text> */
		return label < end ? add_all(s, label, end)
				   : add_all(s, at + 1, head_end);
	default:
		return add_link(s, at, head_end, label, end);
	}
}

/* The '>' that ends the markup which begins at '<'; NULL: it is just that character.
 * Never looks beyond the next '<', so that all of it together is linear. */
static const char *markup_end(const char *at)
{
	size_t n = strcspn(at + 1, "<>");
	char first = at[1];
	bool begins = first == '@' || first == '#' || first == '!' ||
		      (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z');

	return begins && at[1 + n] == '>' ? at + 1 + n : NULL;
}

static bool split(struct splitter *s, const char *at)
{
	while (*at) {
		const char *end = *at == '<' ? markup_end(at) : NULL;

		if (end) {
			if (!add_markup(s, at + 1, end)) {
				return false;
			}
			at = end + 1;
		} else if (!add(s, text_next(&at))) {
			return false;
		}
		if (s->to == s->begin) {
			s->url = NULL; /* white space: the link is over */
			s->url_len = 0;
		}
	}
	return word_end(s);
}

/* --- quotes ---------------------------------------------------------------------------- */

static bool opens(const char *word)
{
	return word[0] == '"' && (word[1] == '\0' || word[strlen(word) - 1] != '"');
}

static bool closes(const char *word)
{
	return word[strlen(word) - 1] == '"' && (word[0] != '"' || word[1] == '\0');
}

/* Words in double quotes belong together: what looks like an argument there is none. */
static void mark_quoted(struct word_list *l)
{
	size_t last = l->n; /* the last word that closes */
	bool inside = false;

	while (last > 0 && !closes(l->items[last - 1].text)) {
		last--;
	}
	for (size_t i = 0; i < last; i++) {
		struct word *w = &l->items[i];
		bool closing = inside && closes(w->text);

		if (!inside && i + 1 < last && opens(w->text)) {
			inside = true;
		}
		w->quoted = inside;
		inside = inside && !closing;
	}
}

/* --- the functions of the header ------------------------------------------------------- */

bool word_list_init(struct word_list *l, const char *text, size_t n)
{
	struct splitter s = { .l = l };

	*l = (struct word_list){ .raw = malloc(n + 1) };
	/* A byte that is not UTF-8 becomes U+FFFD, three; words end in a NUL each. */
	l->text = n < SIZE_MAX / 4 ? malloc(4 * n + 8) : NULL;
	if (!l->raw || !l->text) {
		word_list_finish(l);
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		l->raw[i] = text[i] ? text[i] : ' ';
	}
	l->raw[n] = '\0';
	s.to = s.begin = l->text;
	if (!split(&s, l->raw)) {
		word_list_finish(l);
		return false;
	}
	mark_quoted(l);
	return true;
}

void word_list_finish(struct word_list *l)
{
	free(l->items);
	free(l->raw);
	free(l->text);
	*l = (struct word_list){ 0 };
}

void word_bare(const struct word *w, char *dst, size_t size)
{
	static const char before[] = "\"'`*,;:(";
	static const char behind[] = "\"'`*,;:).";
	const char *s = w->text + strspn(w->text, before);
	size_t n = strlen(s);

	while (n > 0 && strchr(behind, s[n - 1])) {
		n--;
	}
	text_copy_n(dst, size, s, n);
}
