/* SPDX-License-Identifier: Apache-2.0 */
/* accessd version, accessd help, and what all subcommands print failures with. */
#include <stdio.h>

#include "bot/cli/cli.h"
#include "bot/cli/plain.h"
#include "bot/version.h"

int cli_version(const struct cli_options *o)
{
	(void)o;
	printf("accessd %s\n", accessd_version);
	return CLI_OK;
}

int cli_help(const struct cli_options *o)
{
	struct buf usage;

	(void)o;
	buf_init(&usage, 1024);
	printf("accessd gives production access, from Slack, to the people who are handling the\n"
	       "incident, for as long as it lasts.\n\n");
	for (unsigned i = 0; i < cli_n_subcommands; i++) {
		const struct subcommand *s = &cli_subcommands[i];

		buf_clear(&usage);
		cli_usage(s, &usage);
		printf("  accessd %s%s%s\n      %s\n", s->name, usage.len > 0 ? " " : "",
		       buf_str(&usage), s->help);
	}
	buf_finish(&usage);
	printf("\nFILE of -c is /etc/accessd/accessd.conf unless it is given; where that is not there, the\n"
	       "variables of Indent's webhooks do (docs/config.md). Exit codes: 0 done, 1 failed,\n"
	       "2 wrong command line, 3 unusable config, 4 no such id, 5 unreadable ledger.\n");
	return CLI_OK;
}

/* A message may quote what strangers wrote. */
void cli_complain(const struct fail *f)
{
	struct buf text;

	buf_init(&text, 4096);
	buf_add_str(&text, "accessd: ");
	plain_add(&text, f->msg);
	if (*f->hint) {
		buf_add_str(&text, "\nHINT: ");
		plain_add(&text, f->hint);
	}
	fprintf(stderr, "%s\n", buf_str(&text));
	buf_finish(&text);
}
