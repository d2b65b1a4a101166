/* SPDX-License-Identifier: Apache-2.0 */
/* accessd: finds the subcommand and its options, and runs it. */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "accessd/types.h"
#include "bot/cli/cli.h"

/* clang-format off */
const struct subcommand cli_subcommands[] = {
	{ "check",   "[-c FILE] [--offline]", "Say what is wrong with the config and the tokens", cli_check },
	{ "config",  "[-c FILE] [--keys]",    "Print the values in use, or every key there is",   cli_config },
	{ "help",    "",                      "Show this text",                                   cli_help },
	{ "serve",   "[-c FILE]",             "Run the service",                                  cli_serve },
	{ "version", "",                      "Print the version",                                cli_version },
};
/* clang-format on */
const unsigned cli_n_subcommands = ARRAY_LEN(cli_subcommands);

static const struct subcommand *subcommand_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(cli_subcommands); i++) {
		if (strcmp(cli_subcommands[i].name, name) == 0) {
			return &cli_subcommands[i];
		}
	}
	return NULL;
}

static const char *plain_name(const char *word)
{
	if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
		return "help";
	}
	return strcmp(word, "--version") == 0 ? "version" : word;
}

static bool options_parse(int argc, char **argv, struct cli_options *o)
{
	enum { OPT_KEYS = 256, OPT_OFFLINE };
	static const struct option longs[] = {
		{ "config", required_argument, NULL, 'c' },
		{ "keys", no_argument, NULL, OPT_KEYS },
		{ "offline", no_argument, NULL, OPT_OFFLINE },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "c:", longs, NULL)) != -1) {
		switch (c) {
		case 'c':
			o->config = optarg;
			break;
		case OPT_KEYS:
			o->keys = true;
			break;
		case OPT_OFFLINE:
			o->offline = true;
			break;
		default:
			return false;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "accessd: '%s' is one word too many\n", argv[optind]);
		return false;
	}
	return true;
}

int main(int argc, char **argv)
{
	struct cli_options o = { 0 };
	const struct subcommand *sub;

	umask(077); /* the ledger is nobody else's */
	if (argc < 2) {
		cli_help(&o);
		return CLI_USAGE;
	}
	sub = subcommand_find(plain_name(argv[1]));
	if (!sub) {
		fprintf(stderr,
			"accessd: there is no subcommand '%s'\n"
			"HINT: accessd help lists them.\n",
			argv[1]);
		return CLI_USAGE;
	}
	if (!options_parse(argc - 1, argv + 1, &o)) {
		fprintf(stderr, "HINT: accessd %s %s\n", sub->name, sub->args);
		return CLI_USAGE;
	}
	return sub->run(&o);
}
