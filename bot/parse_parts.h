/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that read one command share: parse.c finds out which word is what,
 * parse_deed.c reads those that begin with a verb. Nobody else includes this. */
#ifndef BOT_PARSE_PARTS_H
#define BOT_PARSE_PARTS_H

#include "bot/parse.h"
#include "bot/parse_word.h"
#include "bot/words.h"

enum role { ROLE_REASON, ROLE_RESOURCE, ROLE_DURATION, ROLE_INCIDENT, ROLE_FILLER };

struct parse {
	struct word_list words;
	const struct resource_list *resources;
	const char *command;
	size_t resource; /* index of its word, or words.n */
	bool reason_began;
	bool have_duration;
	struct command *out;
};

/* Whether the word, without what stands around it, is `what` in either case; "" for a word
 * of nothing else. */
bool parse_word_is(const struct word *w, const char *what);

/* It is COMMAND_BAD, and that is what they are told. */
void parse_bad(struct parse *p, const char *problem);

/* The longest duration that begins at word i: "2h", "1h 30m", "90 minutes". False: there is
 * none; with `open` they are told what is wrong with it. */
bool parse_take_duration(struct parse *p, size_t i, bool open);

/* release, extend, revoke, freeze: true when the first word is one of them. The kind is
 * written, or they are told what is wrong; words that are no part of it are left to be the
 * reason. */
bool parse_deed(struct parse *p);

/* True when the first word was meant to be a verb and is none: mistyped, or one that there
 * is not. They are told so. */
bool parse_no_deed(struct parse *p);

#endif
