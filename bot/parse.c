/* SPDX-License-Identifier: Apache-2.0 */
/* Which word of a command is what.
 *
 * The resource is found first, wherever it stands. Then the words are read in their
 * order: a duration and an incident are taken where they stand, everything else is the
 * reason. Before the reason has begun, and beside the resource, a number that is no
 * duration is asked back; within the reason it is text ("500 errors"). */
#include "bot/parse.h"

#include <stdio.h>
#include <string.h>

#include "bot/parse_parts.h"
#include "bot/words.h"
#include "shared/duration.h"
#include "shared/text.h"

enum {
	ARGUMENTS_MAX = 400, /* more words than that are a reason that is too long */
	DURATION_WORDS = 4,  /* "1 h 30 min" */
	DURATION_TEXT = 160,
	MEANT_MAX = 16,
};

bool parse_word_is(const struct word *w, const char *what)
{
	char bare[16];

	word_bare(w, bare, sizeof(bare));
	return *what ? text_same_nocase(bare, what) : !*bare;
}

void parse_bad(struct parse *p, const char *problem)
{
	p->out->kind = COMMAND_BAD;
	text_copy(p->out->problem, sizeof(p->out->problem), problem);
}

/* --- the resource, help, mine ---------------------------------------------------------- */

static void find_resource(struct parse *p)
{
	size_t n = p->words.n < ARGUMENTS_MAX ? p->words.n : ARGUMENTS_MAX;

	p->resource = p->words.n;
	for (size_t i = 0; i < n; i++) {
		struct word *w = &p->words.items[i];
		const struct resource *r =
			w->quoted ? NULL : word_resource(w, p->resources);

		if (r) {
			p->resource = i;
			w->role = ROLE_RESOURCE;
			text_copy(p->out->resource, sizeof(p->out->resource), r->name);
			return;
		}
	}
}

/* Whoever types "help prod-db" must not be taken to ask for prod-db. Only a resource that
 * is itself called so is stronger. */
static bool take_verb(struct parse *p)
{
	struct word *first = p->words.items;

	if (p->words.n == 0) {
		p->out->kind = COMMAND_HELP;
		return true;
	}
	if (p->resource == 0) {
		return false;
	}
	if (parse_word_is(first, "help") || parse_word_is(first, "?") ||
	    parse_word_is(first, "-h") || parse_word_is(first, "--help")) {
		p->out->kind = COMMAND_HELP;
		return true;
	}
	if (parse_word_is(first, "mine")) {
		p->out->kind = COMMAND_MINE;
		return true;
	}
	if (parse_word_is(first, "request")) {
		first->role = ROLE_FILLER;
		p->out->kind = COMMAND_HELP;
		return p->words.n == 1;
	}
	return false;
}

/* --- durations ------------------------------------------------------------------------- */

/* Words i to i+n-1 without what stands between them; false: not all are free. */
static bool join(const struct parse *p, size_t i, size_t n, char dst[DURATION_TEXT])
{
	size_t len = 0;

	if (i + n > p->words.n) {
		return false;
	}
	for (size_t k = i; k < i + n; k++) {
		const struct word *w = &p->words.items[k];

		if (k == p->resource || w->quoted || w->role != ROLE_REASON) {
			return false;
		}
		word_bare(w, dst + len, DURATION_TEXT - len);
		len += strlen(dst + len);
	}
	return true;
}

static void bad_duration(struct parse *p, const struct fail *f)
{
	char problem[sizeof(f->msg) + sizeof(f->hint) + 8];
	size_t n = strlen(f->msg);
	bool ended = n > 0 && strchr(".?!", f->msg[n - 1]);

	snprintf(problem, sizeof(problem), "%s%s%s%s", f->msg, ended ? "" : ".",
		 f->hint[0] ? " " : "", f->hint);
	parse_bad(p, problem);
}

/* The longest duration that begins at word i: "2h", "1h 30m", "90 minutes". */
bool parse_take_duration(struct parse *p, size_t i, bool open)
{
	char text[DURATION_TEXT];
	struct fail f = { 0 };

	for (size_t n = open ? DURATION_WORDS : 1; n > 0; n--) {
		if (!join(p, i, n, text) || !duration_parse(text, &p->out->for_s, &f)) {
			continue;
		}
		for (size_t k = i; k < i + n; k++) {
			p->words.items[k].role = ROLE_DURATION;
		}
		p->have_duration = true;
		return true;
	}
	if (open) {
		bad_duration(p, &f); /* of the word alone: the last that was tried */
	}
	return false;
}

static bool looks_like_duration(const struct word *w)
{
	char text[DURATION_TEXT];

	word_bare(w, text, sizeof(text));
	return duration_looks_like(text);
}

/* --- all words ------------------------------------------------------------------------- */

static bool is_small_word(const struct word *w)
{
	return parse_word_is(w, "for") || parse_word_is(w, "to");
}

/* False: it is bad, and said so. */
static bool take_word(struct parse *p, size_t i)
{
	struct word *w = &p->words.items[i];
	bool open = !p->reason_began || i == p->resource + 1 || i + 1 == p->resource;

	if (w->role != ROLE_REASON) {
		return true;
	}
	if (!w->quoted && !p->have_duration && looks_like_duration(w)) {
		if (parse_take_duration(p, i, open)) {
			return true;
		}
		if (open) {
			return false;
		}
	}
	if (!w->quoted && !p->out->incident[0] &&
	    word_incident(w, p->reason_began, p->out->incident)) {
		w->role = ROLE_INCIDENT;
		return true;
	}
	p->reason_began = p->reason_began || !is_small_word(w);
	return true;
}

/* "for 2h", "to prod-db": the small word belongs to what follows. */
static void drop_small_words(struct parse *p)
{
	for (size_t i = 0; i + 1 < p->words.n; i++) {
		struct word *w = &p->words.items[i];
		int next = p->words.items[i + 1].role;

		if (w->role == ROLE_REASON &&
		    ((next == ROLE_DURATION && parse_word_is(w, "for")) ||
		     (next == ROLE_RESOURCE && parse_word_is(w, "to")))) {
			w->role = ROLE_FILLER;
		}
	}
}

/* The word that was meant to be the resource: among the first ones that which nearly is a
 * name ("please give me prod-bd"), else the first. NULL: there is none. */
static const struct word *meant_resource(const struct parse *p)
{
	const struct word *first = NULL;
	size_t n = 0;

	for (size_t i = 0; i < p->words.n && n < MEANT_MAX; i++) {
		const struct word *w = &p->words.items[i];

		if (w->role != ROLE_REASON || is_small_word(w) || parse_word_is(w, "")) {
			continue;
		}
		if (word_is_mistyped(w, p->resources)) {
			return w;
		}
		first = n++ == 0 ? w : first;
	}
	return first;
}

static void bad_resource(struct parse *p)
{
	const struct word *w = meant_resource(p);
	struct command *out = p->out;

	out->kind = COMMAND_BAD;
	if (w) {
		say_unknown_resource(w, p->resources, p->command, out->problem,
				     sizeof(out->problem));
	} else {
		say_no_resource(p->resources, p->command, out->problem,
				sizeof(out->problem));
	}
}

/* --- the reason ------------------------------------------------------------------------ */

/* "replica lag" in quotes of its own loses them; 'a' and 'b' does not. */
static void unquote(char *s)
{
	size_t n = strlen(s);

	if (n >= 2 && (s[0] == '"' || s[0] == '\'') && s[n - 1] == s[0] &&
	    !memchr(s + 1, s[0], n - 2)) {
		memmove(s, s + 1, n - 2);
		s[n - 2] = '\0';
	}
}

static size_t reason_chars(const struct parse *p)
{
	size_t chars = 0;

	for (size_t i = 0; i < p->words.n; i++) {
		if (p->words.items[i].role == ROLE_REASON) {
			chars += (chars > 0) + text_chars(p->words.items[i].text);
		}
	}
	return chars;
}

static bool take_reason(struct parse *p)
{
	char text[4 * (REASON_CHARS_MAX + 2) + 1]; /* with its quotes */
	size_t chars = reason_chars(p);
	size_t len = 0;
	char problem[128];

	text[0] = '\0';
	for (size_t i = 0; chars <= REASON_CHARS_MAX + 2 && i < p->words.n; i++) {
		if (p->words.items[i].role == ROLE_REASON) {
			len += (size_t)snprintf(text + len, sizeof(text) - len, "%s%s",
						len > 0 ? " " : "",
						p->words.items[i].text);
		}
	}
	unquote(text);
	chars = len > 0 ? text_chars(text) : chars;
	if (chars > REASON_CHARS_MAX) {
		snprintf(problem, sizeof(problem),
			 "The reason has %zu characters, and %d is the most.", chars,
			 REASON_CHARS_MAX);
		parse_bad(p, problem);
		return false;
	}
	text_copy(p->out->reason, sizeof(p->out->reason), text);
	return true;
}

/* --- the function of the header -------------------------------------------------------- */

static void parse(struct parse *p)
{
	find_resource(p);
	if (take_verb(p)) {
		return;
	}
	if (parse_deed(p)) {
		if (p->out->kind != COMMAND_BAD) {
			take_reason(p);
		}
		return;
	}
	if (parse_no_deed(p)) {
		return;
	}
	for (size_t i = 0; i < p->words.n; i++) {
		if (!take_word(p, i)) {
			/* Which resource comes first: they may have meant its name. */
			if (p->resource == p->words.n && p->reason_began) {
				bad_resource(p);
			}
			return;
		}
	}
	drop_small_words(p);
	if (p->resource == p->words.n) {
		bad_resource(p);
	} else if (take_reason(p)) {
		p->out->kind = COMMAND_ASK;
	}
}

void command_parse(const char *text, size_t n, const char *command,
		   const struct resource_list *resources, struct command *ret_c)
{
	struct parse p = { .resources = resources, .command = command, .out = ret_c };

	*ret_c = (struct command){ 0 };
	if (!word_list_init(&p.words, text, n)) {
		parse_bad(&p, "That text cannot be read now.");
		return;
	}
	parse(&p);
	word_list_finish(&p.words);
	if (ret_c->kind != COMMAND_ASK) { /* nothing that could be taken for an ask */
		ret_c->resource[0] = '\0';
		ret_c->incident[0] = '\0';
	}
	if (ret_c->kind == COMMAND_BAD) { /* nor for a deed */
		ret_c->target[0] = '\0';
		ret_c->for_s = 0;
		ret_c->reason[0] = '\0';
	}
}
