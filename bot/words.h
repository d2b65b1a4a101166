/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a slash command, as plain words. Slack's markup (<@U…|name>, <#C…|name>,
 * <https://…|label>, <!channel>) becomes the text that people see, what keyboards made
 * smart becomes plain, &amp; &lt; &gt; are undone once, and what cannot be seen or is not
 * UTF-8 does no harm. Pure. */
#ifndef BOT_WORDS_H
#define BOT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

struct word {
	const char *text; /* never "", valid UTF-8, no white space */
	/* it is (part of) a link: where that goes, as sent; else NULL */
	const char *url;
	size_t url_len;
	bool quoted; /* it stands in double quotes with at least one other */
	int role;    /* for who tells them apart; 0 at first */
};

struct word_list {
	struct word *items;
	size_t n;
	char *raw;  /* private: what items point to */
	char *text; /* likewise */
};

/* False: memory ran out; there is nothing to finish then. */
bool word_list_init(struct word_list *l, const char *text, size_t n);
void word_list_finish(struct word_list *l);

/* The word without quotes, backticks, stars, brackets and the marks of a sentence around it,
 * in dst; there may be nothing else in it. */
void word_bare(const struct word *w, char *dst, size_t size);

#endif
