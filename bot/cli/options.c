/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: the options there are, which subcommand takes them, and how they are
 * read. */
#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "accessd/types.h"
#include "bot/cli/cli.h"

enum { LONG_BASE = 256 }; /* beyond every letter */

/* clang-format off */
#define OPT(member) offsetof(struct cli_options, member)
static const struct option_row {
	const char *name;
	char letter;          /* 0: none */
	const char *argument; /* NULL: it is a flag */
	size_t offset;        /* of a bool, or of a text */
} rows[CLI_OPT_MAX] = {
	[CLI_OPT_ALL]      = { "all",      0,   NULL,     OPT(all) },
	[CLI_OPT_CONFIG]   = { "config",   'c', "FILE",   OPT(config) },
	[CLI_OPT_FORMAT]   = { "format",   0,   "FORMAT", OPT(format) },
	[CLI_OPT_INCIDENT] = { "incident", 0,   "REF",    OPT(incident) },
	[CLI_OPT_JSON]     = { "json",     0,   NULL,     OPT(json) },
	[CLI_OPT_KEY]      = { "key",      0,   "FILE",   OPT(key) },
	[CLI_OPT_KEYS]     = { "keys",     0,   NULL,     OPT(keys) },
	[CLI_OPT_OFFLINE]  = { "offline",  0,   NULL,     OPT(offline) },
	[CLI_OPT_PERSON]   = { "person",   0,   "USER",   OPT(person) },
	[CLI_OPT_RESOURCE] = { "resource", 0,   "NAME",   OPT(resource) },
	[CLI_OPT_REVOKE]   = { "revoke",   0,   NULL,     OPT(revoke) },
	[CLI_OPT_SINCE]    = { "since",    0,   "WHEN",   OPT(since) },
	[CLI_OPT_STATE]    = { "state",    0,   "STATE",  OPT(state) },
	[CLI_OPT_WHY]      = { "why",      0,   "TEXT",   OPT(why) },
};
#undef OPT
/* clang-format on */

/* --- which subcommand ------------------------------------------------------------ */

static const char *plain_name(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		return "help";
	}
	return strcmp(word, "--version") == 0 ? "version" : word;
}

/* How many words of the command line are this name; 0: they are another. */
static int name_words(const char *name, int argc, char **argv)
{
	const char *first = plain_name(argv[1]);
	const char *space = strchr(name, ' ');

	if (!space) {
		return strcmp(name, first) == 0;
	}
	return strlen(first) == (size_t)(space - name) &&
			       strncmp(name, first, strlen(first)) == 0 && argc > 2 &&
			       strcmp(space + 1, argv[2]) == 0
		       ? 2
		       : 0;
}

const struct subcommand *cli_find(const struct subcommand *table, unsigned n, int argc,
				  char **argv, int *ret_n)
{
	for (unsigned i = 0; argc > 1 && i < n; i++) {
		int words = name_words(table[i].name, argc, argv);

		if (words > 0) {
			*ret_n = words;
			return &table[i];
		}
	}
	return NULL;
}

/* --- its options and words ------------------------------------------------------- */

static void option_set(const struct option_row *row, const char *value,
		       struct cli_options *o)
{
	char *member = (char *)o + row->offset;

	if (row->argument) {
		*(const char **)(void *)member = value;
	} else {
		*(bool *)(void *)member = true;
	}
}

/* A variable of a script that is not set: `revoke --person "$WHO"` is not to mean anybody. */
static bool argument_fits(const struct option_row *row, const char *value)
{
	bool may_be_empty = row == &rows[CLI_OPT_WHY];

	if (!row->argument || may_be_empty || *value) {
		return true;
	}
	fprintf(stderr, "accessd: --%s is empty\n", row->name);
	return false;
}

static const struct option_row *row_of(int c)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (c == LONG_BASE + (int)i || (rows[i].letter && c == rows[i].letter)) {
			return &rows[i];
		}
	}
	return NULL;
}

/* What getopt_long() wants to know; the "+" of POSIX is not in `letters`, so that options
 * may stand behind words. */
static void getopt_tables(const struct subcommand *s, struct option *longs, char *letters)
{
	for (int i = 0; i < CLI_OPT_MAX; i++) {
		if (!(s->options & (1u << i))) {
			continue;
		}
		*longs++ = (struct option){ .name = rows[i].name,
					    .has_arg = rows[i].argument != NULL,
					    .val = LONG_BASE + i };
		if (rows[i].letter) {
			*letters++ = rows[i].letter;
			if (rows[i].argument) {
				*letters++ = ':';
			}
		}
	}
	*longs = (struct option){ 0 };
	*letters = '\0';
}

/* "ID [WHY...]" is one word at least, and any number. */
static bool words_fit(const struct subcommand *s, char *const *words, int n)
{
	int least = 0;
	int most = 0;

	for (const char *p = s->words; *p; p += strcspn(p, " "), p += *p == ' ') {
		size_t len = strcspn(p, " ");
		bool any = len > 4 && strncmp(p + len - 4, "...]", 4) == 0;

		least += *p != '[';
		most = any || most < 0 ? -1 : most + 1;
	}
	if (n < least) {
		fprintf(stderr, "accessd: '%s' wants a word more\n", s->name);
		return false;
	}
	if (most >= 0 && n > most) {
		fprintf(stderr, "accessd: '%s' is one word too many\n", words[most]);
		return false;
	}
	return true;
}

bool cli_parse(const struct subcommand *s, int argc, char **argv,
	       struct cli_options *ret_o)
{
	struct option longs[CLI_OPT_MAX + 1];
	char letters[2 * CLI_OPT_MAX + 1];
	struct cli_options o = { 0 };
	int c;

	getopt_tables(s, longs, letters);
	optind = 0; /* from the start, also the second time */
	while ((c = getopt_long(argc, argv, letters, longs, NULL)) != -1) {
		const struct option_row *row = row_of(c);

		if (!row || !argument_fits(row, optarg)) {
			return false;
		}
		option_set(row, optarg, &o);
	}
	o.words = argv + optind;
	o.n_words = argc - optind;
	if (!words_fit(s, o.words, o.n_words)) {
		return false;
	}
	*ret_o = o;
	return true;
}

void cli_usage(const struct subcommand *s, struct buf *out)
{
	for (int i = 0; i < CLI_OPT_MAX; i++) {
		const struct option_row *row = &rows[i];

		if (!(s->options & (1u << i))) {
			continue;
		}
		buf_add_str(out, out->len > 0 ? " [" : "[");
		row->letter ? buf_addf(out, "-%c", row->letter)
			    : buf_addf(out, "--%s", row->name);
		if (row->argument) {
			buf_addf(out, " %s", row->argument);
		}
		buf_add_char(out, ']');
	}
	buf_addf(out, "%s%s", out->len > 0 && *s->words ? " " : "", s->words);
}
