/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of the original Indent webhooks: what each of their values comes to, and
 * what is refused before anybody asks. */
#include "bot/config_environment.h"

#include <stdio.h>
#include <stdlib.h>

#include "bot/config.h"
#include "shared/secret.h"
#include "tests/lib/test.h"

/* "NAME=value" texts; the usual ones stand behind, so that a row can override them. */
enum { VARIABLES_MAX = 8 };

struct variables {
	const char *own[VARIABLES_MAX];
	const char *usual[VARIABLES_MAX];
};

static const char *find(const char *const *texts, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < VARIABLES_MAX && texts[i]; i++) {
		if (strncmp(texts[i], name, n) == 0 && texts[i][n] == '=') {
			return texts[i] + n + 1;
		}
	}
	return NULL;
}

static const char *get(const char *name, void *data)
{
	const struct variables *v = data;
	const char *text = find(v->own, name);

	return text ? text : find(v->usual, name);
}

#define SECRET    "INDENT_WEBHOOK_SECRET=shh"
#define IO_KEY    "INCIDENTIO_API_KEY=io-key"
#define PD_KEY    "PAGERDUTY_KEY=pd-key"
#define SCHEDULES "AUTO_APPROVAL_PAGERDUTY_SCHEDULES=PSCHED1"

static bool read_text(const char *text, struct variables *v, struct config *c,
		      struct fail *f)
{
	struct environment env = { .get = get, .data = v };

	if (!conf_read_text(text, "file", &config_table, false, c, f)) {
		fail_msg("%s", f->msg);
	}
	assert_true(config_environment_decides(c, &env));
	if (!config_environment(c, &env, f)) {
		config_finish(c);
		return false;
	}
	if (!config_check(c, f)) {
		fail_msg("%s", f->msg);
	}
	return true;
}

static bool read_all(struct variables *v, struct config *c, struct fail *f)
{
	return read_text("", v, c, f);
}

/* --- durations ------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *text;
	int64_t for_s; /* 0: refused */
	const char *msg;
} durations[] = {
	{ "", 6 * 3600, NULL },
	{ "3", 3 * 3600, NULL },
	{ " 2", 2 * 3600, NULL },
	{ "\t\n2", 2 * 3600, NULL },
	{ "8h", 8 * 3600, NULL },
	{ "8 hours", 8 * 3600, NULL },
	{ "0.5", 1800, NULL },
	{ ".25", 900, NULL },
	{ "1.", 3600, NULL },
	{ "+4", 4 * 3600, NULL },
	{ "1e1", 10 * 3600, NULL },
	{ "1e", 3600, NULL },
	{ "1e+", 3600, NULL },
	{ "5E-1", 1800, NULL },
	{ "1e3", 1000 * 3600, NULL },
	{ "1,5", 3600, NULL },
	{ "8784", 8784 * 3600, NULL },
	{ "0.0003", 1, NULL },
	{ "8785", 0, "AUTO_APPROVAL_DURATION '8785' is out of bounds: it must be more than 0, and at most 8784 hours" },
	{ "1e4", 0, "at most 8784 hours" },
	{ "1e999", 0, "at most 8784 hours" },
	{ "0", 0, "AUTO_APPROVAL_DURATION '0' is out of bounds: it must be more than 0" },
	{ "0x10", 0, "must be more than 0" },
	{ "-0", 0, "must be more than 0" },
	{ "0.0001", 0, "must be more than 0" },
	{ "-1", 0, "must be more than 0" },
	{ "-1e999", 0, "must be more than 0" },
	{ "abc", 0, "AUTO_APPROVAL_DURATION 'abc' is not a number of hours" },
	{ "h8", 0, "is not a number of hours" },
	{ "NaN", 0, "is not a number of hours" },
	{ "Infinity", 0, "is not a number of hours" },
	{ ".", 0, "is not a number of hours" },
	{ "-", 0, "is not a number of hours" },
	{ "e3", 0, "is not a number of hours" },
	{ " ", 0, "is not a number of hours" },
	{ "٣", 0, "is not a number of hours" },
	{ "00000000000000000000000000000000000000000000000000000000000000000003", 0, "is not a number of hours" },
};
/* clang-format on */

static void a_duration_is_hours(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		char text[128];
		struct variables v = { { text }, { SECRET, IO_KEY } };
		struct fail f = { 0 };
		struct config c;

		snprintf(text, sizeof(text), "AUTO_APPROVAL_DURATION=%s",
			 durations[i].text);
		assert_row(read_all(&v, &c, &f) == !durations[i].msg, i,
			   durations[i].text);
		if (durations[i].msg) {
			assert_has(f.msg, durations[i].msg);
			assert_has(f.hint, "6");
			continue;
		}
		assert_row(c.policies.items[0].duration_s == durations[i].for_s, i,
			   durations[i].text);
		assert_row(c.policies.items[0].max_duration_s == durations[i].for_s, i,
			   durations[i].text);
		config_finish(&c);
	}
}

/* --- the window about being on call ----------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *before, *after;
	int64_t before_s, after_s;
	const char *msg;
} windows[] = {
	{ "", "", 60, 300, NULL },
	{ "0", "0", 0, 0, NULL },
	{ "2", "10", 120, 600, NULL },
	{ "0.5", " 1m", 30, 60, NULL },
	{ "1440", "1440", 86400, 86400, NULL },
	{ "1441", "", 0, 0, "AUTO_APPROVAL_WINDOW_BEFORE '1441' is out of bounds: it must be 0 to 1440 minutes" },
	{ "", "1e9", 0, 0, "AUTO_APPROVAL_WINDOW_AFTER '1e9' is out of bounds: it must be 0 to 1440 minutes" },
	{ "-1", "", 0, 0, "it must be 0 to 1440 minutes" },
	{ "", "soon", 0, 0, "AUTO_APPROVAL_WINDOW_AFTER 'soon' is not a number of minutes" },
};
/* clang-format on */

static void a_window_is_minutes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(windows); i++) {
		char before[64], after[64];
		struct variables v = { { before, after }, { SECRET, PD_KEY, SCHEDULES } };
		const struct pagerduty_rule *r;
		struct fail f = { 0 };
		struct config c;

		snprintf(before, sizeof(before), "AUTO_APPROVAL_WINDOW_BEFORE=%s",
			 windows[i].before);
		snprintf(after, sizeof(after), "AUTO_APPROVAL_WINDOW_AFTER=%s",
			 windows[i].after);
		assert_row(read_all(&v, &c, &f) == !windows[i].msg, i, after);
		if (windows[i].msg) {
			assert_has(f.msg, windows[i].msg);
			continue;
		}
		r = &c.policies.items[0].any.items[0].pagerduty;
		assert_row(r->window_before_s == windows[i].before_s, i, before);
		assert_row(r->window_after_s == windows[i].after_s, i, after);
		config_finish(&c);
	}
}

/* --- roles and schedules ------------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *text;
	const char *items[3];
	const char *msg;
} lists[] = {
	{ "", { NULL }, NULL },
	{ "DBA", { "DBA" }, NULL },
	{ "DBA, Incident Lead", { "DBA", "Incident Lead" }, NULL },
	{ " DBA ,API,", { "DBA", "API" }, NULL },
	{ ",,DBA,, ,", { "DBA" }, NULL },
	{ "DBA,dba", { "DBA", "dba" }, NULL },
	{ "R\xc3\xa9gie", { "R\xc3\xa9gie" }, NULL },
	{ "a \"quoted\"; one", { "a \"quoted\"; one" }, NULL },
	{ ",", { NULL }, "is set, but it names nothing" },
	{ " ", { NULL }, "is set, but it names nothing" },
	{ " , ,", { NULL }, "is set, but it names nothing" },
	{ "R\xe9gie", { NULL }, "is not UTF-8" },
};
/* clang-format on */

static void check_list(size_t i, const struct str_list *l)
{
	size_t n = 0;

	for (; n < 3 && lists[i].items[n]; n++) {
		assert_row(n < l->n && strcmp(l->items[n], lists[i].items[n]) == 0, i,
			   lists[i].text);
	}
	assert_row(l->n == n, i, lists[i].text);
}

static void roles_are_a_list_and_none_is_any(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char text[128];
		struct variables v = { { text }, { SECRET, IO_KEY } };
		const struct incidentio_rule *r;
		struct fail f = { 0 };
		struct config c;

		snprintf(text, sizeof(text), "AUTO_APPROVAL_INCIDENTIO_ROLES=%s",
			 lists[i].text);
		assert_row(read_all(&v, &c, &f) == !lists[i].msg, i, lists[i].text);
		if (lists[i].msg) {
			assert_has(f.msg, "AUTO_APPROVAL_INCIDENTIO_ROLES");
			assert_has(f.msg, lists[i].msg);
			continue;
		}
		r = &c.policies.items[0].any.items[0].incidentio;
		check_list(i, &r->roles);
		assert_row(r->any_role == !lists[i].items[0], i, lists[i].text);
		assert_row(r->shortforms, i, lists[i].text);
		config_finish(&c);
	}
}

static void schedules_are_a_list_and_none_is_an_error(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		char text[128];
		struct variables v = { { text }, { SECRET, PD_KEY } };
		bool good = !lists[i].msg && lists[i].items[0];
		struct fail f = { 0 };
		struct config c;

		snprintf(text, sizeof(text), "AUTO_APPROVAL_PAGERDUTY_SCHEDULES=%s",
			 lists[i].text);
		assert_row(read_all(&v, &c, &f) == good, i, lists[i].text);
		if (good) {
			check_list(i,
				   &c.policies.items[0].any.items[0].pagerduty.schedules);
			config_finish(&c);
		} else {
			assert_has(f.msg, "AUTO_APPROVAL_PAGERDUTY_SCHEDULES");
		}
	}
}

/* --- participants --------------------------------------------------------------------------- */

static const struct {
	const char *text;
	int means; /* -1: refused */
} booleans[] = {
	{ "", 0 },         { "true", 1 },  { "TRUE", 1 },   { "1", 1 },     { "yes", 1 },
	{ "on", 1 },       { "On", 1 },    { "false", 0 },  { "False", 0 }, { "0", 0 },
	{ "no", 0 },       { "off", 0 },   { " true", -1 }, { "y", -1 },    { "2", -1 },
	{ "enabled", -1 }, { "null", -1 },
};

static void participants_are_a_real_boolean(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(booleans); i++) {
		char text[128];
		struct variables v = { { text }, { SECRET, IO_KEY } };
		struct fail f = { 0 };
		struct config c;

		snprintf(text, sizeof(text), "INCIDENTIO_APPROVE_PARTICIPANTS=%s",
			 booleans[i].text);
		assert_row(read_all(&v, &c, &f) == (booleans[i].means >= 0), i,
			   booleans[i].text);
		if (booleans[i].means < 0) {
			assert_has(f.msg, "INCIDENTIO_APPROVE_PARTICIPANTS");
			assert_has(f.hint, "true, 1, yes or on; or false, 0, no, off");
			continue;
		}
		assert_row(c.policies.items[0].any.n == 1 + (size_t)booleans[i].means, i,
			   booleans[i].text);
		config_finish(&c);
	}
}

/* --- together -------------------------------------------------------------------------------- */

static void two_secrets_are_enough(void **state)
{
	struct variables v = { { SECRET, IO_KEY }, { NULL } };
	struct fail f = { 0 };
	struct config c;
	const struct policy *p;

	(void)state;
	assert_true(read_all(&v, &c, &f));
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
	assert_true(read_all(&v, &c, &f));
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
	assert_true(read_all(&v, &c, &f));
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
		assert_row(!read_all(&v, &c, &f), i, misfits[i].msg);
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
		struct environment env = { .get = get, .data = &v };
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
	assert_true(read_text("listen = \"127.0.0.1:9\";\n"
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
	struct environment env = { .get = get, .data = &v };
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
		assert_true(read_all(&v, &c, &f));
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
		cmocka_unit_test(a_duration_is_hours),
		cmocka_unit_test(a_window_is_minutes),
		cmocka_unit_test(roles_are_a_list_and_none_is_any),
		cmocka_unit_test(schedules_are_a_list_and_none_is_an_error),
		cmocka_unit_test(participants_are_a_real_boolean),
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
