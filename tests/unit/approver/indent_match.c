/* SPDX-License-Identifier: Apache-2.0 */
/* Which of our resources a platform means. */
#include "approver/indent_match.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static struct str_pair prod[2];
static struct str_pair stage[1];
static struct resource resources[5];

/* prod-db and prod-shell have env=Prod, prod-shell also kind=shell; plain has none. */
static struct config config_make(void)
{
	prod[0] = (struct str_pair){ text("Env"), text("Prod") };
	prod[1] = (struct str_pair){ text("kind"), text("shell") };
	stage[0] = (struct str_pair){ text("Env"), text("") };
	resources[0] =
		(struct resource){ .name = text("prod-db"), .labels = { prod, 1 } };
	resources[1] =
		(struct resource){ .name = text("prod-shell"), .labels = { prod, 2 } };
	resources[2] = (struct resource){ .name = text("plain") };
	resources[3] = (struct resource){ .name = text("empty"), .labels = { stage, 1 } };
	resources[2].target.id = text("00g1plain");
	resources[2].target.kind = text("okta.v1.Group");
	return (struct config){ .resources = { resources, 4 } };
}

#define ANA "{\"id\":\"U1\",\"kind\":\"slack/user\"}"

/* names: with a comma behind each; refused: a part of why, "" when it is not. */
/* clang-format off */
static const struct {
	const char *targets, *names, *refused, *called;
} rows[] = {
	{ "{\"id\":\"prod-db\"}", "prod-db,", "", "prod-db" },
	{ "{\"id\":\"00g1\",\"displayName\":\"prod-db\"}", "prod-db,", "", "prod-db" },
	{ "{\"id\":\"plain\",\"displayName\":\"prod-db\"}", "plain,", "", "plain" },
	{ "{\"id\":\"00g1plain\",\"kind\":\"okta.v1.Group\"}", "plain,", "", "plain" },
	{ "{\"id\":\"00g1plain\",\"displayName\":\"prod-db\"}", "plain,", "", "plain" },
	{ "{\"id\":\"00g1plain\",\"kind\":\"okta.v1.App\"}", "", "00g1plain is no resource", "00g1plain" },
	{ "{\"id\":\"plain\",\"labels\":{\"Env\":\"Prod\"}}", "plain,", "", "plain" },
	{ "{\"id\":\"x\",\"labels\":{\"Env\":\"Prod\"}}", "prod-db,", "", "prod-db" },
	{ "{\"id\":\"x\",\"labels\":{\"Env\":\"Prod\",\"kind\":\"shell\",\"more\":\"1\"}}",
	  "prod-db,prod-shell,", "", "prod-db, prod-shell" },
	{ "{\"id\":\"prod-db\"},{\"id\":\"plain\"}", "prod-db,plain,", "", "prod-db, plain" },
	{ "{\"id\":\"prod-db\"},{\"displayName\":\"prod-db\"}", "prod-db,", "", "prod-db" },
	{ "{\"id\":\"prod-db\"},{\"id\":\"nope\"}", "prod-db,", "nope is no resource", "nope" },
	{ "{\"id\":\"nope\"},{\"id\":\"prod-db\"}", "", "nope is no resource", "nope" },
	{ "{\"id\":\"00g1\",\"displayName\":\"Prod DB\"}", "", "Prod DB is no resource", "Prod DB" },
	{ "{\"id\":\"Prod-db\"}", "", "Prod-db is no resource", "Prod-db" },
	{ "{\"id\":\"prod-db \"}", "", "is no resource", "prod-db " },
	{ "{\"id\":\"prod-\"}", "", "is no resource", "prod-" },
	{ "{\"labels\":{\"env\":\"Prod\"}}", "", "without a name", "" },
	{ "{\"labels\":{\"Env\":\"prod\"}}", "", "without a name", "" },
	{ "{\"labels\":{\"Env\":\"Production\"}}", "", "without a name", "" },
	{ "{\"labels\":{\"kind\":\"shell\"}}", "", "without a name", "" },
	{ "{\"labels\":{\"Env\":\"\"}}", "", "without a name", "" },
	{ "{\"labels\":{\"Env\":1}}", "", "without a name", "" },
	{ "{\"labels\":{}}", "", "without a name", "" },
	{ "{}", "", "without a name", "" },
	{ "", "", "names no target", "" },

	/* people are no targets */
	{ ANA ",{\"id\":\"prod-db\"}", "prod-db,", "", "prod-db" },
	{ ANA, "", "names no target", "" },
	{ "{\"id\":\"prod-db\"},{\"id\":\"U2\",\"kind\":\"slack/user\"}", "prod-db,", "", "prod-db" },
	{ "{\"id\":\"U1\",\"kind\":\"okta.v1.User\"},{\"id\":\"prod-db\"}", "prod-db,", "", "prod-db" },
	{ "{\"kind\":\"user\"},{\"id\":\"prod-db\"}", "prod-db,", "", "prod-db" },
	{ "{\"id\":\"prod-db\",\"kind\":\"user\"}", "", "names no target", "" },
	{ "{\"id\":\"prod-db\",\"email\":\"db@acme.example\"}", "", "names no target", "" },
	{ "{\"id\":\"prod-db\",\"kind\":\"app\",\"email\":\"db@acme.example\"}", "prod-db,", "", "prod-db" },
};
/* clang-format on */

static void match(const struct config *c, const char *targets, struct indent_match *ret_m)
{
	char text[8192];
	json_auto_t *list = NULL;

	snprintf(text, sizeof(text), "[%s]", targets);
	list = json_loads(text, 0, NULL);
	assert_non_null(list);
	indent_match(c, list, ret_m);
}

static void every_target_is_ours_or_nothing_is(void **state)
{
	const struct config c = config_make();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct indent_match m;
		char names[256] = "";

		match(&c, rows[i].targets, &m);
		for (size_t k = 0; k < m.n; k++) {
			strncat(names, m.names[k], 100);
			strncat(names, ",", 2);
		}
		assert_row(strcmp(names, rows[i].names) == 0, i, rows[i].targets);
		assert_row(!*m.refused == !*rows[i].refused &&
				   strstr(m.refused, rows[i].refused),
			   i, rows[i].targets);
		assert_row(strcmp(m.called, rows[i].called) == 0, i, rows[i].targets);
	}
}

static void no_resources_at_all_is_no_target(void **state)
{
	const struct config c = config_make();
	json_auto_t *r = json_object();
	struct indent_match m;

	(void)state;
	indent_match(&c, r, &m);
	assert_int_equal(m.n, 0);
	assert_has(m.refused, "no target");
}

static void more_than_can_be_asked_for_is_refused(void **state)
{
	static struct resource many[DECISION_RESOURCES_MAX + 1];
	static char names[DECISION_RESOURCES_MAX + 1][16];
	struct config c = { .resources = { many, ARRAY_LEN(many) } };
	struct indent_match m;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(many); i++) {
		snprintf(names[i], sizeof(names[i]), "r%zu", i);
		many[i] = (struct resource){ .name = names[i], .labels = { prod, 1 } };
	}
	match(&c, "{\"labels\":{\"Env\":\"Prod\"}}", &m);
	assert_int_equal(m.n, DECISION_RESOURCES_MAX);
	assert_has(m.refused, "more than 32");
	c.resources.n--;
	match(&c, "{\"labels\":{\"Env\":\"Prod\"}}", &m);
	assert_string_equal(m.refused, "");
	assert_has(m.called, "r0, r1, ");
	assert_true(strlen(m.called) < sizeof(m.called));
}

static void a_long_name_is_cut_in_what_is_told(void **state)
{
	const struct config c = config_make();
	char target[2048];
	char name[1024];
	struct indent_match m;

	(void)state;
	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(target, sizeof(target), "{\"id\":\"%s\"}", name);
	match(&c, target, &m);
	assert_has(m.refused, "is no resource");
	assert_int_equal(strlen(m.called), NAME_SIZE - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_target_is_ours_or_nothing_is),
		cmocka_unit_test(no_resources_at_all_is_no_target),
		cmocka_unit_test(more_than_can_be_asked_for_is_refused),
		cmocka_unit_test(a_long_name_is_cut_in_what_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
