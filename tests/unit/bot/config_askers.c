/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the groups of a config: somebody has to be able to ask. */
#include "bot/config.h"

#include <stdio.h>

#include "tests/lib/test.h"

#define SLACK "slack = { app_token = \"env:NO_A\"; bot_token = \"env:NO_B\"; };\n"
#define SLACK_HTTP \
	"slack = { mode = \"http\"; signing_secret = \"env:NO_S\"; bot_token = " \
	"\"env:NO_B\"; };\n"
#define INDENT "indent = { webhook_secret = \"env:NO_I\"; };\n"
#define APONO  "apono = { bearer = \"env:NO_P\"; };\n"
#define DEAF   "listen = \"\";\n"

/* clang-format off */
static const struct {
	const char *label;
	const char *groups;
	const char *msg; /* NULL: it is fine */
} rows[] = {
	{ "Slack", SLACK, NULL },
	{ "Slack, and no HTTP", SLACK DEAF, NULL },
	{ "Slack over HTTP", SLACK_HTTP, NULL },
	{ "Slack over HTTP, and no HTTP", SLACK_HTTP DEAF, "'listen' is empty" },
	{ "nobody", "", "there is no group 'slack', nor one of a platform that asks" },
	{ "Indent", INDENT, NULL },
	{ "Apono", APONO, NULL },
	{ "Indent, and no HTTP", INDENT DEAF, "'listen' is empty" },
	{ "Slack and Indent", SLACK INDENT, NULL },
	{ "Slack and Indent, and no HTTP", SLACK INDENT DEAF, NULL },
};
/* clang-format on */

static void somebody_must_be_able_to_ask(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = { 0 };
		struct config c;
		char text[1024];

		snprintf(text, sizeof(text),
			 "%sresources = ( { name = \"prod-db\"; } );\n"
			 "policies = ( { name = \"p\"; resources = [ \"*\" ]; deny = "
			 "true; } );\n",
			 rows[i].groups);
		if (!conf_read_text(text, "file", &config_table, false, &c, &f)) {
			fail_msg("%s: %s", rows[i].label, f.msg);
		}
		assert_row(config_check(&c, &f) == !rows[i].msg, i, rows[i].label);
		if (rows[i].msg) {
			assert_has(f.msg, rows[i].msg);
			assert_true(*f.hint);
		}
		config_finish(&c);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(somebody_must_be_able_to_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
