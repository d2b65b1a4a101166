/* SPDX-License-Identifier: Apache-2.0 */
/* accessd: finds the subcommand, and runs it with its options. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "accessd/types.h"
#include "bot/cli/cli.h"

/* clang-format off */
#define O(name) (1u << CLI_OPT_##name)
const struct subcommand cli_subcommands[] = {
	{ "check",   O(CONFIG) | O(OFFLINE), "", "Say what is wrong with the config and the tokens", cli_check },
	{ "config",  O(CONFIG) | O(KEYS),    "", "Print the values in use, or every key there is",   cli_config },
	{ "help",    0,                      "", "Show this text",                                   cli_help },
	{ "serve",   O(CONFIG),              "", "Run the service",                                  cli_serve },
	{ "version", 0,                      "", "Print the version",                                cli_version },
};
#undef O
/* clang-format on */
const unsigned cli_n_subcommands = ARRAY_LEN(cli_subcommands);

static int no_such(int argc, char **argv)
{
	if (argc < 2) {
		cli_help(NULL);
	} else {
		fprintf(stderr,
			"accessd: there is no subcommand '%s'\n"
			"HINT: accessd help lists them.\n",
			argv[1]);
	}
	return CLI_USAGE;
}

static int wrong_usage(const struct subcommand *s)
{
	struct buf usage;

	buf_init(&usage, 1024);
	cli_usage(s, &usage);
	fprintf(stderr, "HINT: accessd %s %s\n", s->name, buf_str(&usage));
	buf_finish(&usage);
	return CLI_USAGE;
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
	return cli_parse(s, argc - n, argv + n, &o) ? s->run(&o) : wrong_usage(s);
}
