/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of accessd, and what they share. */
#ifndef BOT_CLI_CLI_H
#define BOT_CLI_CLI_H

#include <stdbool.h>

#include "accessd/fail.h"

/* What a subcommand exits with; docs/operations.md lists them. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1, /* it was tried and failed; stderr says why */
	CLI_USAGE = 2,  /* the command line makes no sense */
	CLI_CONFIG = 3, /* the config file cannot be used */
};

/* What was given on the command line, after the subcommand's name. */
struct cli_options {
	const char *config; /* -c, --config; NULL: not given */
	bool keys;          /* config --keys */
	bool offline;       /* check --offline */
};

struct subcommand {
	const char *name;
	const char *args;
	const char *help;
	int (*run)(const struct cli_options *o);
};

/* In alphabetical order; bot/main.c dispatches and prints help by it. */
extern const struct subcommand cli_subcommands[];
extern const unsigned cli_n_subcommands;

int cli_check(const struct cli_options *o);
int cli_config(const struct cli_options *o);
int cli_help(const struct cli_options *o);
int cli_serve(const struct cli_options *o);
int cli_version(const struct cli_options *o);

/* Print message and hint to stderr, as every failure of the command line looks. */
void cli_complain(const struct fail *f);

#endif
