/* SPDX-License-Identifier: Apache-2.0 */
/* accessd: finds the subcommand, and runs it with its options. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "accessd/types.h"
#include "bot/cli/cli.h"

/* clang-format off */
#define O(name) (1u << CLI_OPT_##name)
const struct subcommand cli_subcommands[] = {
	{ "audit export",   O(CONFIG) | O(FORMAT) | O(INCIDENT) | O(SINCE), "", "Print the audit, jsonl or ocsf", cli_audit_export },
	{ "audit key",      O(CONFIG) | O(KEY),     "",    "Print the public key that checks the audit's signatures", cli_audit_key },
	{ "audit timeline", O(CONFIG) | O(JSON),    "INCIDENT", "Who had what in an incident, for its post-mortem",  cli_audit_timeline },
	{ "audit verify",   O(CONFIG) | O(KEY),     "",    "Check that nothing in the audit was changed or lost",     cli_audit_verify },
	{ "check",          O(CONFIG) | O(OFFLINE), "",    "Say what is wrong with the config and the tokens",        cli_check },
	{ "config",         O(CONFIG) | O(KEYS),    "",    "Print the values in use, or every key there is",          cli_config },
	{ "freeze",         O(CONFIG) | O(REVOKE) | O(WHY), "on|off", "Grant nothing new, or again",                 cli_freeze },
	{ "grants",         O(ALL) | O(CONFIG) | O(INCIDENT) | O(JSON) | O(PERSON) | O(RESOURCE), "", "Who has what", cli_grants },
	{ "help",           0,                      "",    "Show this text",                                          cli_help },
	{ "requests",       O(CONFIG) | O(JSON) | O(SINCE) | O(STATE), "", "Who asked for what",                      cli_requests },
	{ "revoke",         O(CONFIG) | O(INCIDENT) | O(PERSON) | O(RESOURCE) | O(WHY), "[ID]", "Take access back",  cli_revoke },
	{ "serve",          O(CONFIG),              "",    "Run the service",                                         cli_serve },
	{ "show",           O(CONFIG) | O(JSON),    "ID",  "A request, its grant, and what happened to them",         cli_show },
	{ "version",        0,                      "",    "Print the version",                                       cli_version },
	{ "why",            O(CONFIG) | O(JSON),    "ID",  "Why it was decided so: every check, and what it found",   cli_why },
};
#undef O
/* clang-format on */
const unsigned cli_n_subcommands = ARRAY_LEN(cli_subcommands);

/* "accessd audit": the first of two words. */
static bool say_second_words(const char *word)
{
	size_t len = strlen(word);
	unsigned n = 0;

	for (unsigned i = 0; i < cli_n_subcommands; i++) {
		const char *name = cli_subcommands[i].name;

		if (strncmp(name, word, len) == 0 && name[len] == ' ') {
			fprintf(stderr, "%s%s",
				n++ > 0 ? ", " : "accessd: name one of: accessd ", name);
		}
	}
	return n > 0 && fputs("\n", stderr) >= 0;
}

static int no_such(int argc, char **argv)
{
	if (argc < 2) {
		cli_help(NULL);
	} else if (!say_second_words(argv[1])) {
		fprintf(stderr,
			"accessd: there is no subcommand '%s'\n"
			"HINT: accessd help lists them.\n",
			argv[1]);
	}
	return CLI_USAGE;
}

static void say_usage(FILE *to, const char *before, const struct subcommand *s)
{
	struct buf usage;

	buf_init(&usage, 1024);
	cli_usage(s, &usage);
	fprintf(to, "%saccessd %s%s%s\n", before, s->name, usage.len > 0 ? " " : "",
		buf_str(&usage));
	buf_finish(&usage);
}

static int wrong_usage(const struct subcommand *s)
{
	say_usage(stderr, "HINT: ", s);
	return CLI_USAGE;
}

/* Behind a subcommand's name, and nothing else. */
static bool asks_for_help(int argc, char **argv)
{
	return argc == 2 &&
	       (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0);
}

static int help_with(const struct subcommand *s)
{
	say_usage(stdout, "", s);
	printf("    %s\n", s->help);
	return CLI_OK;
}

/* What could not be printed was not done: a disk that is full behind a ">". */
static int printed(int rc)
{
	if (fflush(stdout) == 0 && !ferror(stdout)) {
		return rc;
	}
	fprintf(stderr, "accessd: cannot write all of it: %s\n", strerror(errno));
	return rc == CLI_OK ? CLI_FAILED : rc;
}

int main(int argc, char **argv)
{
	struct cli_options o;
	const struct subcommand *s;
	int n;

	umask(077); /* the ledger is nobody else's */
	s = cli_find(cli_subcommands, cli_n_subcommands, argc, argv, &n);
	if (!s) {
		return no_such(argc, argv);
	}
	if (asks_for_help(argc - n, argv + n)) {
		return printed(help_with(s));
	}
	return cli_parse(s, argc - n, argv + n, &o) ? printed(s->run(&o))
						    : wrong_usage(s);
}
