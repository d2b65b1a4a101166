/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the keys of a config, and how it is said when it does not. */
#include "bot/config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/conf.h"
#include "tests/lib/test.h"

#define SOCKET "app_token = \"env:T_APP\"; bot_token = \"env:T_BOT\";"
#define HTTP \
	"mode = \"http\"; signing_secret = \"env:T_SIGN\"; bot_token = \"env:T_BOT\";"

/* clang-format off */
static const struct {
	const char *name, *slack, *incidentio, *more;
	const char *says; /* NULL: it is good */
} configs[] = {
	{ "socket",             SOCKET, "", "", NULL },
	{ "http",               HTTP, "", "", NULL },
	{ "http, both secrets", HTTP " signing_secret_old = \"env:T_SIGN\";", "", "", NULL },
	{ "http, app token",    HTTP " app_token = \"env:T_APP\";", "", "", NULL },
	{ "no app token",       "bot_token = \"env:T_BOT\";", "", "", "slack.app_token is missing" },
	{ "no signing secret",  "mode = \"http\"; bot_token = \"env:T_BOT\";", "", "", "slack.signing_secret is missing" },
	{ "empty secret",       "mode = \"http\"; signing_secret = \"env:T_EMPTY\"; bot_token = \"env:T_BOT\";", "", "", "T_EMPTY" },
	{ "third mode",         "mode = \"rtm\"; " SOCKET, "", "", "mode" },
	{ "http, nowhere",      HTTP, "", "listen = \"\";", "'listen' is empty" },
	{ "socket, nowhere",    SOCKET, "", "listen = \"\";", NULL },
	{ "whsec",              SOCKET, "webhook_secret = \"env:T_WHSEC\";", "", NULL },
	{ "raw",                SOCKET, "webhook_secret = \"env:T_SIGN\";", "", NULL },
	{ "whsec cut",          SOCKET, "webhook_secret = \"env:T_CUT\";", "", "incidentio.webhook_secret starts with whsec_" },
	{ "old whsec cut",      SOCKET, "webhook_secret = \"env:T_WHSEC\"; webhook_secret_old = \"env:T_CUT\";", "",
	  "incidentio.webhook_secret_old starts with whsec_" },
	{ "no replay window",   SOCKET, "", "indent = { webhook_secret = \"env:T_SIGN\"; replay_window = \"0\"; };", NULL },
	{ "the longest",        SOCKET, "", "indent = { webhook_secret = \"env:T_SIGN\"; replay_window = \"1h\"; };", NULL },
	{ "longer than that",   SOCKET, "", "indent = { webhook_secret = \"env:T_SIGN\"; replay_window = \"61m\"; };",
	  "indent.replay_window must be 1h or less" },
	{ "admins",             SOCKET, "", "admins = [ \"U0ANA0001\", \"W0BOB0001\", \"S0LEADS01\" ];", NULL },
	{ "an admin by name",   SOCKET, "", "admins = [ \"U0ANA0001\", \"Sarah\" ];", "'Sarah' is no Slack user" },
	{ "an admin by mail",   SOCKET, "", "admins = [ \"USER@acme.example\" ];", "'USER@acme.example' is no Slack user" },
	{ "no name",            SOCKET " command = \"/\";", "", "", "'/' is not a slash command" },
	{ "with its argument",  SOCKET " command = \"/access now\";", "", "", "'/access now' is not a slash command" },
	{ "no slash",           SOCKET " command = \"access\";", "", "", "'access' is not a slash command" },
};
/* clang-format on */

static int set_up(void **state)
{
	(void)state;
	setenv("T_APP", "xapp-1-test", 1);
	setenv("T_BOT", "xoxb-1-test", 1);
	setenv("T_SIGN", "0123456789abcdef0123456789abcdef", 1);
	setenv("T_EMPTY", "", 1);
	setenv("T_WHSEC", "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3", 1);
	setenv("T_CUT", "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ", 1);
	setenv("T_IO", "inc_test", 1);
	return 0;
}

static bool is_good(size_t i, bool secrets, struct fail *f)
{
	struct config c;
	char text[2048];
	bool good;

	snprintf(text, sizeof(text),
		 "slack = { %s };\nincidentio = { api_key = \"env:T_IO\"; %s };\n%s\n"
		 "resources = ( { name = \"db\"; } );\n"
		 "policies = ( { name = \"p\"; resources = [ \"db\" ];\n"
		 "  any = ( { incidentio = { roles = [ \"Lead\" ]; }; } ); } );\n",
		 configs[i].slack, configs[i].incidentio, configs[i].more);
	if (!conf_read_text(text, "test.conf", &config_table, secrets, &c, f)) {
		return false;
	}
	good = config_check(&c, f);
	config_finish(&c);
	return good;
}

static void what_does_not_go_together_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
		struct fail f = { 0 };
		bool good = is_good(i, true, &f);

		assert_row(good == !configs[i].says, i, f.msg);
		if (!good) {
			assert_has(f.msg, configs[i].says);
			assert_has_not(f.msg, "ABEi");
		}
	}
}

/* `accessd check --offline` reads no secret, and cannot miss one. */
static void secrets_that_were_not_read_are_no_mistake(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(configs); i++) {
		struct fail f = { 0 };

		if (!configs[i].says) {
			assert_row(is_good(i, false, &f), i, f.msg);
		}
	}
}

/* Those of the directory are as many as it can be asked about at once. */
static void groups_of_admins_are_few(void **state)
{
	char text[2048] = "admins = [ ";
	size_t n = strlen(text);
	struct config c;
	struct fail f = { 0 };

	(void)state;
	for (int i = 0; i < 65; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s\"S0G%05d\"",
				      i > 0 ? ", " : "", i);
	}
	snprintf(text + n, sizeof(text) - n, " ];");
	assert_true(conf_read_text(text, "test.conf", &config_table, false, &c, &f));
	assert_false(config_check(&c, &f));
	assert_has(f.msg, "admins names more than 64 user groups");
	config_finish(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_does_not_go_together_is_said),
		cmocka_unit_test(groups_of_admins_are_few),
		cmocka_unit_test(secrets_that_were_not_read_are_no_mistake),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
