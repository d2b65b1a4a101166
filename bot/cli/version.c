/* SPDX-License-Identifier: Apache-2.0 */
/* accessd version, accessd help, and what all subcommands print failures with. */
#include <stdio.h>

#include "bot/cli/cli.h"
#include "bot/version.h"

int cli_version(const struct cli_options *o)
{
	(void)o;
	printf("accessd %s\n", accessd_version);
	return CLI_OK;
}

int cli_help(const struct cli_options *o)
{
	(void)o;
	printf("accessd gives production access, from Slack, to the people who are handling the\n"
	       "incident, for as long as it lasts.\n\n");
	for (unsigned i = 0; i < cli_n_subcommands; i++) {
		const struct subcommand *s = &cli_subcommands[i];

		printf("  accessd %-8s %-24s %s\n", s->name, s->args, s->help);
	}
	printf("\nFILE is /etc/accessd/accessd.conf unless -c names another; without it the variables of\n"
	       "Indent's webhooks do (docs/config.md). Exit codes: 0 done, 1 failed, 2 wrong command\n"
	       "line, 3 unusable config.\n");
	return CLI_OK;
}

void cli_complain(const struct fail *f)
{
	fprintf(stderr, "accessd: %s\n", f->msg);
	if (*f->hint) {
		fprintf(stderr, "HINT: %s\n", f->hint);
	}
}
