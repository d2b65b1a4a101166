/* SPDX-License-Identifier: Apache-2.0 */
/* Text in Slack's mrkdwn. Slack: "escape only & < >"; the rest here is so that what
 * people and vendors write can neither ping, nor look like our own words, nor hide. */
#include "bot/slack/mrkdwn.h"

#include <stdio.h>
#include <string.h>

#include "shared/text.h"

/* --- what a code point becomes -------------------------------------------------------- */

struct range {
	uint32_t first, last;
};

static bool in(const struct range *ranges, size_t n, uint32_t c)
{
	for (size_t i = 0; i < n; i++) {
		if (c >= ranges[i].first && c <= ranges[i].last) {
			return true;
		}
	}
	return false;
}

/* What moves other text about or cannot be seen. In order. */
static bool is_hidden(uint32_t c)
{
	static const struct range hidden[] = {
		{ 0x00, 0x08 },      { 0x0e, 0x1f },     { 0x7f, 0x84 },
		{ 0x86, 0x9f },      { 0xad, 0xad },     { 0x34f, 0x34f },
		{ 0x61c, 0x61c },    { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },  { 0x200b, 0x200f }, { 0x202a, 0x202e },
		{ 0x2060, 0x206f },  { 0x3164, 0x3164 }, { 0xfeff, 0xfeff },
		{ 0xffa0, 0xffa0 },  { 0xfff0, 0xfffb }, { 0x1d173, 0x1d17a },
		{ 0xe0000, 0xe0fff }
	};

	return in(hidden, sizeof(hidden) / sizeof(hidden[0]), c);
}

static bool is_blank(uint32_t c)
{
	static const struct range blanks[] = { { 0x09, 0x0d },
					       { 0x20, 0x20 },
					       { 0x85, 0x85 },
					       { 0xa0, 0xa0 },
					       { 0x2028, 0x2029 } };

	return in(blanks, sizeof(blanks) / sizeof(blanks[0]), c);
}

static bool is_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
	       (c >= 'A' && c <= 'Z') || c >= 0xc0;
}

/* Marks of mrkdwn work at the edges of words only, where a look-alike takes their place;
 * `prod_db` stays what it is. */
static uint32_t defused(uint32_t c, bool at_edge)
{
	switch (c) {
	case '`':
		return '\'';
	case '*':
		return at_edge ? 0x2217 : c;
	case '_':
		return at_edge ? 0x02cd : c;
	case '~':
		return at_edge ? 0x223c : c;
	default:
		return is_blank(c) ? ' ' : c;
	}
}

static void add_code_point(struct buf *b, uint32_t c)
{
	char utf8[4];

	switch (c) {
	case '&':
		buf_add_str(b, "&amp;");
		return;
	case '<':
		buf_add_str(b, "&lt;");
		return;
	case '>':
		buf_add_str(b, "&gt;");
		return;
	default:
		buf_add(b, utf8, text_put(utf8, sizeof(utf8), c));
	}
}

/* The next code point that can be seen; 0: none. */
static uint32_t next_seen(const char **s)
{
	uint32_t c = text_next(s);

	while (c && is_hidden(c)) {
		c = text_next(s);
	}
	return c;
}

/* --- the functions of the header ------------------------------------------------------ */

void mrkdwn_add_text(struct buf *b, const char *text, size_t chars)
{
	const char *at = text ? text : "";
	uint32_t before = ' ';
	uint32_t c = next_seen(&at);

	for (size_t n = 0; c; n++) {
		uint32_t after = next_seen(&at);

		if (n == chars) {
			buf_add_str(b, "…");
			return;
		}
		add_code_point(b, defused(c, !is_word(before) || !is_word(after)));
		before = c;
		c = after;
	}
}

static bool is_user_id(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return (id[0] == 'U' || id[0] == 'W') && n > 1 && id[n] == '\0';
}

void mrkdwn_add_user(struct buf *b, const char *user_id)
{
	if (is_user_id(user_id)) {
		buf_addf(b, "<@%s>", user_id);
	} else {
		mrkdwn_add_text(b, user_id, 64);
	}
}

void mrkdwn_add_time(struct buf *b, int64_t wall_ms, int64_t now_ms)
{
	static const int64_t day_ms = 86400000;
	char iso[TIME_SIZE];
	bool today = wall_ms / day_ms == now_ms / day_ms;

	/* "2026-01-15T09:31:02.417Z" */
	text_format_time(wall_ms, iso);
	buf_addf(b, "<!date^%lld^%s{time}|", (long long)(wall_ms / 1000),
		 today ? "" : "{date_short_pretty} ");
	if (!today) {
		buf_addf(b, "%.10s ", iso);
	}
	buf_addf(b, "%.5s UTC>", iso + 11);
}

void mrkdwn_unescape(char *s)
{
	static const struct {
		const char *entity;
		size_t len;
		char c;
	} entities[] = { { "&amp;", 5, '&' }, { "&lt;", 4, '<' }, { "&gt;", 4, '>' } };
	char *to = s;

	while (*s) {
		size_t skip = 1;

		*to = *s;
		for (size_t i = 0; *s == '&' && i < 3; i++) {
			if (strncmp(s, entities[i].entity, entities[i].len) == 0) {
				*to = entities[i].c;
				skip = entities[i].len;
				break; /* once: "&amp;lt;" is "&lt;" */
			}
		}
		to++;
		s += skip;
	}
	*to = '\0';
}
