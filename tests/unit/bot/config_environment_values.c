/* SPDX-License-Identifier: Apache-2.0 */
/* The variables of the original Indent webhooks: what each of their values comes to. */
#include <stdio.h>

#include "bot/config.h"
#include "tests/lib/test.h"
#include "tests/lib/variables.h"

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
		assert_row(variables_read(&v, &c, &f) == !durations[i].msg, i,
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
		assert_row(variables_read(&v, &c, &f) == !windows[i].msg, i, after);
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
		assert_row(variables_read(&v, &c, &f) == !lists[i].msg, i, lists[i].text);
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
		assert_row(variables_read(&v, &c, &f) == good, i, lists[i].text);
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
		assert_row(variables_read(&v, &c, &f) == (booleans[i].means >= 0), i,
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_duration_is_hours),
		cmocka_unit_test(a_window_is_minutes),
		cmocka_unit_test(roles_are_a_list_and_none_is_any),
		cmocka_unit_test(schedules_are_a_list_and_none_is_an_error),
		cmocka_unit_test(participants_are_a_real_boolean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
