/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of the original Indent webhooks: what they come to together and beside a
 * file, what is said of it, and what is refused before anybody asks. What each value means
 * is in config_environment_values.c. */
#include "bot/config_environment.h"

#include <stdio.h>

#include "bot/config.h"
#include "shared/secret.h"
#include "tests/lib/test.h"
#include "tests/lib/variables.h"

/* --- together -------------------------------------------------------------------------------- */

static void two_secrets_are_enough(void **state)
{
	struct variables v = { { SECRET, IO_KEY }, { NULL } };
	struct fail f = { 0 };
	struct config c;
	const struct policy *p;

	(void)state;
	assert_true(variables_read(&v, &c, &f));
	assert_true(c.any_resource);
	assert_false(c.slack.where.present || c.pagerduty.where.present);
	assert_true(secret_equal(&c.indent.webhook_secret, "shh", 3));
	assert_true(secret_equal(&c.incidentio.api_key, "io-key", 6));
	assert_string_equal(c.incidentio.api_url, "https://api.incident.io/");
	assert_int_equal(c.indent.replay_window_s, 300);
	assert_string_equal(c.indent.bot.id, "incidentio-approval-bot");
	assert_string_equal(c.listen, "127.0.0.1:8080");
	assert_int_equal(c.resources.n, 1);
	assert_string_equal(c.resources.items[0].name, "any");
	assert_int_equal(c.policies.n, 1);
	p = &c.policies.items[0];
	assert_string_equal(p->name, "environment");
	assert_int_equal(p->any.n, 1);
	assert_true(p->any.items[0].incidentio.any_role);
	assert_true(p->any.items[0].incidentio.private_incidents);
	assert_int_equal(p->any.items[0].incidentio.max_age_s, 0);
	config_finish(&c);
}

static void on_call_alone_will_do(void **state)
{
	struct variables v = { { SECRET, PD_KEY, SCHEDULES }, { NULL } };
	struct fail f = { 0 };
	struct config c;

	(void)state;
	assert_true(variables_read(&v, &c, &f));
	assert_false(c.incidentio.where.present);
	assert_true(secret_equal(&c.pagerduty.api_key, "pd-key", 6));
	assert_string_equal(c.indent.bot.id, "pagerduty-approval-bot");
	assert_false(c.policies.items[0].any.items[0].pagerduty.acknowledged);
	config_finish(&c);
}

static void all_of_them_are_alternatives(void **state)
{
	struct variables v = { { SECRET, IO_KEY, PD_KEY, SCHEDULES,
				 "INCIDENTIO_APPROVE_PARTICIPANTS=1",
				 "AUTO_APPROVAL_INCIDENTIO_ROLES=DBA" },
			       { NULL } };
	struct fail f = { 0 };
	const struct condition *any;
	struct config c;

	(void)state;
	assert_true(variables_read(&v, &c, &f));
	assert_int_equal(c.policies.items[0].any.n, 3);
	any = c.policies.items[0].any.items;
	assert_string_equal(any[0].incidentio.roles.items[0], "DBA");
	assert_true(any[1].incidentio.participants);
	assert_int_equal(any[1].incidentio.roles.n, 0);
	assert_string_equal(any[2].pagerduty.schedules.items[0], "PSCHED1");
	config_finish(&c);
}

/* clang-format off */
static const struct {
	const char *set[VARIABLES_MAX];
	const char *msg;
} misfits[] = {
	{ { SECRET }, "neither INCIDENTIO_API_KEY nor PAGERDUTY_KEY is set" },
	{ { SECRET, "INCIDENTIO_API_KEY=" }, "neither INCIDENTIO_API_KEY nor PAGERDUTY_KEY is set" },
	{ { SECRET, PD_KEY }, "AUTO_APPROVAL_PAGERDUTY_SCHEDULES names no schedule" },
	{ { SECRET, IO_KEY, PD_KEY }, "AUTO_APPROVAL_PAGERDUTY_SCHEDULES names no schedule" },
	{ { SECRET, IO_KEY, SCHEDULES }, "AUTO_APPROVAL_PAGERDUTY_SCHEDULES is set, but PAGERDUTY_KEY is not" },
	{ { SECRET, PD_KEY, SCHEDULES, "AUTO_APPROVAL_INCIDENTIO_ROLES=DBA" }, "AUTO_APPROVAL_INCIDENTIO_ROLES is set, but INCIDENTIO_API_KEY is not" },
	{ { SECRET, PD_KEY, SCHEDULES, "INCIDENTIO_APPROVE_PARTICIPANTS=on" }, "INCIDENTIO_APPROVE_PARTICIPANTS is set, but INCIDENTIO_API_KEY is not" },
};
/* clang-format on */

static void what_does_not_fit_together_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(misfits); i++) {
		struct variables v = { { NULL }, { NULL } };
		struct fail f = { 0 };
		struct config c;

		memcpy(v.own, misfits[i].set, sizeof(v.own));
		assert_row(!variables_read(&v, &c, &f), i, misfits[i].msg);
		assert_has(f.msg, misfits[i].msg);
		assert_true(*f.hint);
		assert_has_not(f.msg, "key=");
	}
}

/* --- beside a file ----------------------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *file;
	const char *secret;
	bool decides;
} files[] = {
	{ "an empty one", "", SECRET, true },
	{ "an empty one, and no secret", "", "INDENT_WEBHOOK_SECRET=", false },
	{ "with other things", "listen = \"127.0.0.1:0\"; log = { level = \"warn\"; };",
	  SECRET, true },
	{ "with the secret in the file", "indent = { webhook_secret = \"env:OURS\"; };",
	  "INDENT_WEBHOOK_SECRET=", true },
	{ "with resources, whose policies were forgotten",
	  "resources = ( { name = \"prod-db\"; } );", SECRET, false },
	{ "with policies",
	  "resources = ( { name = \"prod-db\"; } ); policies = ( { name = \"p\"; "
	  "resources = [ \"*\" ]; deny = true; } );",
	  SECRET, false },
};

static void a_file_with_policies_keeps_the_variables_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct variables v = { { files[i].secret, IO_KEY }, { NULL } };
		struct environment env = { .get = variables_get, .data = &v };
		struct fail f = { 0 };
		struct config c;

		assert_true(conf_read_text(files[i].file, "file", &config_table, false,
					   &c, &f));
		assert_row(config_environment_decides(&c, &env) == files[i].decides, i,
			   files[i].label);
		config_finish(&c);
	}
}

static void groups_of_the_file_stay_its_own(void **state)
{
	struct variables v = { { SECRET, IO_KEY, PD_KEY, SCHEDULES }, { NULL } };
	struct fail f = { 0 };
	struct config c;

	(void)state;
	assert_true(variables_read_beside(
		"listen = \"127.0.0.1:9\";\n"
		"incidentio = { api_key = \"env:OURS\"; api_url = "
		"\"http://127.0.0.1:1/\"; };\n"
		"indent = { webhook_secret = \"env:OURS\"; replay_window = "
		"\"0\"; };\n",
		&v, &c, &f));
	assert_string_equal(c.listen, "127.0.0.1:9");
	assert_string_equal(c.incidentio.api_url, "http://127.0.0.1:1/");
	assert_false(secret_equal(&c.incidentio.api_key, "io-key", 6));
	assert_int_equal(c.indent.replay_window_s, 0);
	assert_string_equal(c.indent.bot.id, "accessd-approval-bot");
	assert_true(secret_equal(&c.pagerduty.api_key, "pd-key", 6));
	assert_int_equal(c.policies.items[0].any.n, 2);
	config_finish(&c);
}

static void after_an_error_the_config_is_as_it_was(void **state)
{
	struct variables v = { { SECRET, IO_KEY, "AUTO_APPROVAL_DURATION=never" },
			       { NULL } };
	struct environment env = { .get = variables_get, .data = &v };
	struct fail f = { 0 };
	struct config c;

	(void)state;
	assert_true(conf_read_text("", "file", &config_table, false, &c, &f));
	assert_false(config_environment(&c, &env, &f));
	assert_false(c.any_resource || c.incidentio.where.present);
	assert_int_equal(c.policies.n, 0);
	config_finish(&c);
}

/* --- what is said -------------------------------------------------------------------------------- */

static char said[8192];

static void say(void *data, const char *line)
{
	(void)data;
	snprintf(said + strlen(said), sizeof(said) - strlen(said), "%s\n", line);
}

static const struct {
	const char *set[VARIABLES_MAX];
	const char *has[3];
	const char *has_not[3];
} sayings[] = {
	{ { SECRET, IO_KEY },
	  { "any resource for 6 h; incident.io roles: any; participants: no; signed "
	    "within 5 min\n",
	    "the reporter's role alone does not count", "mode standard" },
	  { "PagerDuty", "short form", "take part" } },
	{ { SECRET, IO_KEY, "AUTO_APPROVAL_INCIDENTIO_ROLES=DBA, lead",
	    "INCIDENTIO_APPROVE_PARTICIPANTS=true", "AUTO_APPROVAL_DURATION=30m" },
	  { "any resource for 1 d 6 h; incident.io roles: DBA,lead; participants: yes",
	    "a name or short form that several roles have", "more than 50 live" },
	  { "reporter", "PagerDuty", "io-key" } },
	{ { SECRET, PD_KEY, SCHEDULES },
	  { "any resource for 6 h; PagerDuty schedules: PSCHED1 from 1 min before to 5 "
	    "min after",
	    "an escalation policy uses it", "approves nobody" },
	  { "incident.io roles", "pd-key", "shh" } },
};

static void what_was_chosen_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(sayings); i++) {
		struct variables v = { { NULL }, { NULL } };
		struct fail f = { 0 };
		struct config c;

		memcpy(v.own, sayings[i].set, sizeof(v.own));
		assert_true(variables_read(&v, &c, &f));
		said[0] = '\0';
		config_environment_say(&c, say, NULL);
		config_finish(&c);
		for (size_t k = 0; k < 3; k++) {
			assert_has(said, sayings[i].has[k]);
			assert_has_not(said, sayings[i].has_not[k]);
		}
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_secrets_are_enough),
		cmocka_unit_test(on_call_alone_will_do),
		cmocka_unit_test(all_of_them_are_alternatives),
		cmocka_unit_test(what_does_not_fit_together_is_refused),
		cmocka_unit_test(a_file_with_policies_keeps_the_variables_out),
		cmocka_unit_test(groups_of_the_file_stay_its_own),
		cmocka_unit_test(after_an_error_the_config_is_as_it_was),
		cmocka_unit_test(what_was_chosen_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
