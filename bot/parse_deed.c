/* SPDX-License-Identifier: Apache-2.0 */
/* Commands that begin with a verb and do something to what is held already.
 *
 * The verb wins over everything behind it: whoever types "release prod-db" must not be
 * taken to ask for prod-db. Only a resource that is itself called so is stronger. */
#include "bot/parse_parts.h"

#include <stdio.h>
#include <string.h>

#include "shared/text.h"

enum { HANDLE_MIN = 4, PROBLEM_SIZE = 512 };

static bool is_id_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* As much of an id as people copy, in capitals: messages cut one with "…". */
static bool read_id(const struct word *w, char dst[NAME_SIZE])
{
	static const char dots[] = "\xe2\x80\xa6";
	char bare[NAME_SIZE];
	const char *from = bare;
	size_t n;

	word_bare(w, bare, sizeof(bare));
	n = strlen(bare);
	if (strncmp(from, dots, sizeof(dots) - 1) == 0) {
		from += sizeof(dots) - 1;
		n -= sizeof(dots) - 1;
	}
	if (n >= sizeof(dots) - 1 && strcmp(from + n - (sizeof(dots) - 1), dots) == 0) {
		n -= sizeof(dots) - 1;
	}
	if (n < HANDLE_MIN || n >= ULID_SIZE) {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		if (!is_id_char(from[i])) {
			return false;
		}
		dst[i] = upper(from[i]);
	}
	dst[n] = '\0';
	return true;
}

/* What the verb is about is the word behind it. */
static bool take_target(struct parse *p, bool incidents)
{
	struct word *w = p->words.n > 1 ? &p->words.items[1] : NULL;
	const struct resource *r = w ? word_resource(w, p->resources) : NULL;
	char incident[VENDOR_ID_SIZE];

	if (!w) {
		return false;
	}
	w->role = ROLE_FILLER;
	if (r) {
		text_copy(p->out->target, sizeof(p->out->target), r->name);
		return true;
	}
	if (incidents && word_incident(w, true, incident)) {
		text_copy(p->out->target, sizeof(p->out->target), incident);
		return true;
	}
	return read_id(w, p->out->target);
}

/* --- one function for each verb --------------------------------------------------------- */

static bool read_release(struct parse *p)
{
	return take_target(p, false);
}

static bool read_revoke(struct parse *p)
{
	return take_target(p, true);
}

/* "extend 7F3K 1h", "extend 7F3K by 30 min", "extend 7F3K". */
static bool read_extend(struct parse *p)
{
	size_t i = 2;

	if (!take_target(p, false)) {
		return false;
	}
	if (i < p->words.n && (parse_word_is(&p->words.items[i], "by") ||
			       parse_word_is(&p->words.items[i], "for"))) {
		p->words.items[i++].role = ROLE_FILLER;
	}
	/* Whatever stands there is meant to be one: what is wrong with it is said. */
	return i >= p->words.n || parse_take_duration(p, i, true) ||
	       p->out->kind == COMMAND_BAD;
}

static bool read_freeze(struct parse *p)
{
	struct word *w = p->words.n > 1 ? &p->words.items[1] : NULL;

	if (!w || (!parse_word_is(w, "on") && !parse_word_is(w, "off"))) {
		return false;
	}
	w->role = ROLE_FILLER;
	p->out->on = parse_word_is(w, "on");
	/* Wherever it stands: whoever wants all of it gone is not to think that it is. */
	for (size_t i = 2; p->out->on && i < p->words.n; i++) {
		w = &p->words.items[i];
		if (!w->quoted && parse_word_is(w, "--revoke")) {
			w->role = ROLE_FILLER;
			p->out->revoke_all = true;
		}
	}
	return true;
}

/* --- which it is -------------------------------------------------------------------------- */

/* clang-format off */
static const struct deed {
	const char *word;
	enum command_kind kind;
	bool (*read)(struct parse *p);
	const char *usage; /* behind the command */
} deeds[] = {
	{ "extend",  COMMAND_EXTEND,  read_extend,  "extend ID 1h" },
	{ "freeze",  COMMAND_FREEZE,  read_freeze,  "freeze on why, or freeze off" },
	{ "release", COMMAND_RELEASE, read_release, "release ID" },
	{ "revoke",  COMMAND_REVOKE,  read_revoke,  "revoke ID why" },
};
/* clang-format on */

static void say_usage(struct parse *p, const struct deed *d)
{
	bool others = d->kind == COMMAND_REVOKE;
	struct buf problem;
	char bare[NAME_SIZE];

	buf_init(&problem, PROBLEM_SIZE);
	if (d->kind != COMMAND_FREEZE && p->words.n > 1) {
		word_bare(&p->words.items[1], bare, sizeof(bare));
		buf_addf(&problem,
			 "'%s' is no resource,%s and not 4 or more characters of an id. ",
			 bare, others ? " no incident," : "");
	}
	buf_addf(&problem, "Write %s %s.", p->command, d->usage);
	if (others) {
		buf_add_str(&problem, "\nEach message about a grant ends with its id.");
	} else if (d->kind != COMMAND_FREEZE) {
		buf_addf(&problem, "\n%s mine shows the ids.", p->command);
	}
	parse_bad(p, buf_str(&problem));
	buf_finish(&problem);
}

bool parse_deed(struct parse *p)
{
	struct word *first = &p->words.items[0];

	if (p->resource == 0) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
		if (!parse_word_is(first, deeds[i].word)) {
			continue;
		}
		first->role = ROLE_FILLER;
		p->out->kind = deeds[i].kind;
		if (p->resource < p->words.n) {
			p->words.items[p->resource].role = ROLE_REASON;
		}
		if (!deeds[i].read(p)) {
			say_usage(p, &deeds[i]);
		}
		return true;
	}
	return false;
}

/* --- which it is not ---------------------------------------------------------------------- */

enum { MISTYPED_MIN = 5 };

/* Both have the same letters, in any order. */
static bool is_anagram(const char *a, const char *b)
{
	int count[256] = { 0 };

	for (; *a && *b; a++, b++) {
		count[(unsigned char)*a]++;
		count[(unsigned char)*b]--;
	}
	for (size_t i = 0; i < ARRAY_LEN(count); i++) {
		if (count[i] != 0) {
			return false;
		}
	}
	return *a == *b;
}

/* The verb that the word is but for one letter, or for two that changed places; NULL: none.
 * Two letters off "please" is "release". */
static const char *nearest_verb(const char *word)
{
	for (size_t i = 0; strlen(word) >= MISTYPED_MIN && i < ARRAY_LEN(deeds); i++) {
		size_t d = text_distance(word, deeds[i].word, 3);

		if (d <= 1 || (d == 2 && is_anagram(word, deeds[i].word))) {
			return deeds[i].word;
		}
	}
	return NULL;
}

/* What the command line has, or what other tools have. */
static bool is_elsewhere(const char *word)
{
	static const char *const verbs[] = { "approve", "cancel", "check", "deny",
					     "grants",  "list",   "show",  "status",
					     "test",    "who",    "why" };

	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		if (strcmp(verbs[i], word) == 0) {
			return true;
		}
	}
	return false;
}

/* "relase prod-db" and "who prod-db" are not to end as an ask for prod-db; "why is prod-db
 * slow" is one, with its reason in front. */
bool parse_no_deed(struct parse *p)
{
	bool known = p->resource < p->words.n;
	const char *verb;
	char word[NAME_SIZE];
	char problem[PROBLEM_SIZE];

	if (p->resource == 0 || (known && p->resource != 1)) {
		return false;
	}
	word_bare(&p->words.items[0], word, sizeof(word));
	text_lower(word);
	verb = nearest_verb(word);
	if (!verb && !(known && is_elsewhere(word))) {
		return false;
	}
	snprintf(problem, sizeof(problem),
		 "There is no command '%s'%s%s%s\nTo ask for access, begin with what you "
		 "ask for: %s %.127s 2h.",
		 word, verb ? ": do you mean " : "", verb ? verb : "", verb ? "?" : ".",
		 p->command,
		 known                 ? p->out->resource
		 : p->resources->n > 0 ? p->resources->items[0].name
				       : "prod-db");
	parse_bad(p, problem);
	return true;
}
