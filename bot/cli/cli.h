/* SPDX-License-Identifier: Apache-2.0 */
/* The subcommands of accessd, and what they share. */
#ifndef BOT_CLI_CLI_H
#define BOT_CLI_CLI_H

#include <stdbool.h>

#include "accessd/fail.h"
#include "shared/buf.h"

/* What a subcommand exits with; docs/operations.md lists them. */
enum cli_exit {
	CLI_OK = 0,
	CLI_FAILED = 1,  /* it was tried and failed; stderr says why */
	CLI_USAGE = 2,   /* the command line makes no sense */
	CLI_CONFIG = 3,  /* the config file cannot be used */
	CLI_UNKNOWN = 4, /* the ledger holds nothing of that id, or several things */
	CLI_LEDGER = 5,  /* the ledger cannot be read, or is of another version */
};

/* What was given on the command line, behind the subcommand's name. A text is NULL when
 * it was not given, and never "", but for `why`. */
struct cli_options {
	bool all;           /* --all: what is over, too */
	const char *config; /* -c, --config; NULL: not given */
	const char *format;
	const char *incident;
	bool json;
	const char *key; /* --key: a file */
	bool keys;
	bool offline;
	const char *person;
	const char *resource;
	bool revoke; /* --revoke: and end all there are */
	const char *since;
	const char *state;
	const char *why;
	char *const *words; /* what is no option, in order */
	int n_words;
};

/* One bit per row of the table of options in options.c, to say who takes what. */
enum cli_option {
	CLI_OPT_ALL,
	CLI_OPT_CONFIG,
	CLI_OPT_FORMAT,
	CLI_OPT_INCIDENT,
	CLI_OPT_JSON,
	CLI_OPT_KEY,
	CLI_OPT_KEYS,
	CLI_OPT_OFFLINE,
	CLI_OPT_PERSON,
	CLI_OPT_RESOURCE,
	CLI_OPT_REVOKE,
	CLI_OPT_SINCE,
	CLI_OPT_STATE,
	CLI_OPT_WHY,
	CLI_OPT_MAX
};

struct subcommand {
	const char *name;  /* one word, or two: "audit verify" */
	unsigned options;  /* 1u << CLI_OPT_... */
	const char *words; /* what its words are: "" none, "ID", "[INC]", "ID [WHY...]" */
	const char *help;
	int (*run)(const struct cli_options *o);
};

/* In alphabetical order; bot/main.c dispatches and prints help by it. */
extern const struct subcommand cli_subcommands[];
extern const unsigned cli_n_subcommands;

/* The subcommand that argv[1], or argv[1] and argv[2], name; *ret_n is how many words that
 * took. NULL: none. */
const struct subcommand *cli_find(const struct subcommand *table, unsigned n, int argc,
				  char **argv, int *ret_n);

/* Read what stands behind its name (argv[0] is skipped); argv is put in another order and
 * borrowed. False when it makes no sense, which was said on stderr. */
bool cli_parse(const struct subcommand *s, int argc, char **argv,
	       struct cli_options *ret_o);

/* What may stand behind its name: "[-c FILE] [--json] ID". */
void cli_usage(const struct subcommand *s, struct buf *out);

int cli_audit_export(const struct cli_options *o);
int cli_audit_key(const struct cli_options *o);
int cli_audit_timeline(const struct cli_options *o);
int cli_audit_verify(const struct cli_options *o);
int cli_check(const struct cli_options *o);
int cli_config(const struct cli_options *o);
int cli_freeze(const struct cli_options *o);
int cli_grants(const struct cli_options *o);
int cli_help(const struct cli_options *o);
int cli_requests(const struct cli_options *o);
int cli_revoke(const struct cli_options *o);
int cli_serve(const struct cli_options *o);
int cli_show(const struct cli_options *o);
int cli_version(const struct cli_options *o);
int cli_why(const struct cli_options *o);

/* Print message and hint to stderr, as every failure of the command line looks. */
void cli_complain(const struct fail *f);

#endif
