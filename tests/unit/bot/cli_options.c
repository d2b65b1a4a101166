/* SPDX-License-Identifier: Apache-2.0 */
/* The command line as people type it. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <string.h>

#include "accessd/types.h"
#include "bot/cli/cli.h"

#define O(name) (1u << CLI_OPT_##name)
static const struct subcommand table[] = {
	{ "audit verify", O(CONFIG) | O(KEY), "", "", NULL },
	{ "freeze", O(CONFIG) | O(WHY), "on|off", "", NULL },
	{ "grants", O(ALL) | O(CONFIG) | O(PERSON), "", "", NULL },
	{ "help", 0, "", "", NULL },
	{ "revoke", O(CONFIG), "ID [WHY...]", "", NULL },
	{ "version", 0, "", "", NULL },
};

static const struct {
	const char *label;
	const char *line;
	const char *found; /* NULL: no such subcommand */
	bool fine;
	const char *config;
	const char *words; /* joined with | */
} rows[] = {
	{ "nothing", "", NULL, false, "", "" },
	{ "unknown", "server", NULL, false, "", "" },
	{ "half of two words", "audit", NULL, false, "", "" },
	{ "another half", "audit check", NULL, false, "", "" },
	{ "a longer first word", "audits verify", NULL, false, "", "" },
	{ "two words", "audit verify --key k", "audit verify", true, "", "" },
	{ "-c", "grants -c a.conf", "grants", true, "a.conf", "" },
	{ "-c glued", "grants -ca.conf", "grants", true, "a.conf", "" },
	{ "--config=", "grants --config=a.conf", "grants", true, "a.conf", "" },
	{ "an option of another", "grants --key k", "grants", false, "", "" },
	{ "a letter of none", "help -c x", "help", false, "", "" },
	{ "no argument", "grants --person", "grants", false, "", "" },
	/* a variable of a script that is not set must not mean "any" */
	{ "an empty argument", "grants --person=", "grants", false, "", "" },
	{ "an empty file", "grants --config=", "grants", false, "", "" },
	{ "no reason", "freeze on --why=", "freeze", true, "", "on" },
	{ "a word too many", "grants me", "grants", false, "", "" },
	{ "a word missing", "revoke", "revoke", false, "", "" },
	{ "one word", "revoke 01J8", "revoke", true, "", "01J8" },
	{ "many words", "revoke 01J8 he left", "revoke", true, "", "01J8|he|left" },
	{ "options behind words", "revoke 01J8 -c b why", "revoke", true, "b",
	  "01J8|why" },
	{ "words that look so", "revoke -- -c why", "revoke", true, "", "-c|why" },
	{ "on or off", "freeze on", "freeze", true, "", "on" },
	{ "on and off", "freeze on off", "freeze", false, "", "" },
	{ "--help", "--help", "help", true, "", "" },
	{ "-h", "-h", "help", true, "", "" },
	{ "--version", "--version", "version", true, "", "" },
};

static int split(char *line, char **argv, int max)
{
	char *save = NULL;
	int n = 0;

	argv[n++] = (char *)(uintptr_t) "accessd";
	for (char *w = strtok_r(line, " ", &save); w && n < max - 1;
	     w = strtok_r(NULL, " ", &save)) {
		argv[n++] = w;
	}
	argv[n] = NULL;
	return n;
}

static void a_line_is_taken_or_refused(void **state)
{
	(void)state;
	assert_non_null(freopen("/dev/null", "w", stderr));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char line[128], *argv[16], words[128] = "";
		struct cli_options o;
		const struct subcommand *s;
		int n, argc;

		snprintf(line, sizeof(line), "%s", rows[i].line);
		argc = split(line, argv, 16);
		s = cli_find(table, ARRAY_LEN(table), argc, argv, &n);
		assert_row((s != NULL) == (rows[i].found != NULL), i, rows[i].label);
		if (!s) {
			continue;
		}
		assert_row(strcmp(s->name, rows[i].found) == 0, i, rows[i].label);
		assert_row(cli_parse(s, argc - n, argv + n, &o) == rows[i].fine, i,
			   rows[i].label);
		if (!rows[i].fine) {
			continue;
		}
		assert_row(strstr(o.config ? o.config : "", rows[i].config), i,
			   rows[i].label);
		for (int k = 0; k < o.n_words; k++) {
			strncat(words, k > 0 ? "|" : "", 2);
			strncat(words, o.words[k], 32);
		}
		assert_row(strcmp(words, rows[i].words) == 0, i, words);
	}
}

static void the_usage_says_what_is_taken(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 256);
	cli_usage(&table[2], &b);
	assert_string_equal(buf_str(&b), "[--all] [-c FILE] [--person USER]");
	buf_clear(&b);
	cli_usage(&table[4], &b);
	assert_string_equal(buf_str(&b), "[-c FILE] ID [WHY...]");
	buf_clear(&b);
	cli_usage(&table[3], &b);
	assert_string_equal(buf_str(&b), "");
	buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_is_taken_or_refused),
		cmocka_unit_test(the_usage_says_what_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
