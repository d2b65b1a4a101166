/* SPDX-License-Identifier: Apache-2.0 */
/* The rows by name, and which of them a reload cannot change. */
#include "tests/lib/test.h"

#include <stdlib.h>

#include "tests/lib/sample_conf.h"

static void on_row(const char *full_name, const struct conf_key *key, void *data)
{
	assert_has(full_name, key->name);
	buf_addf(data, "%s ", full_name);
}

static void each_row_is_named_in_full(void **state)
{
	struct buf names;

	(void)state;
	buf_init(&names, 2000);
	conf_each(&sample_conf_table, on_row, &names);
	assert_string_equal(buf_str(&names),
			    "count flag grace group group.mode group.token group.wait "
			    "items items.any items.any.level items.any.roles "
			    "items.labels items.name items.rule items.rule.level "
			    "items.rule.roles names tags title wait ");
	buf_finish(&names);
}

#define TOKEN "token = \"env:ACCESSD_TEST_TOKEN\";"
#define OTHER "token = \"env:ACCESSD_TEST_OTHER\";"

static const struct {
	const char *a, *b, *name; /* NULL: a reload is enough */
} changes[] = {
	{ "", "", NULL },
	{ "flag = true;", "flag = false;", NULL },
	{ "wait = \"1h\";", "wait = \"2h\";", NULL },
	{ "", "items = ( { name = \"a\"; } );", NULL },
	{ "items = ( { name = \"a\"; } );", "items = ( { name = \"b\"; } );", NULL },
	{ "count = 1;", "count = 2;", "count" },
	{ "title = \"a\";", "title = \"b\";", "title" },
	{ "names = [ \"a\" ];", "names = [ \"a\" ];", NULL },
	{ "names = [ \"a\" ];", "names = [ \"a\", \"b\" ];", "names" },
	{ "names = [ \"a\", \"b\" ];", "names = [ \"b\", \"a\" ];", "names" },
	{ "names = [ \"a\" ];", "", "names" },
	{ "names = [ \"a\" ];", "names = [ \"b\" ];", "names" },
	{ "tags = { a = \"b\"; };", "tags = { a = \"b\"; };", NULL },
	{ "tags = { a = \"b\"; };", "tags = { a = \"c\"; };", "tags" },
	{ "tags = { a = \"b\"; };", "tags = { b = \"b\"; };", "tags" },
	{ "group = { " TOKEN " };", "group = { " TOKEN " };", NULL },
	{ "group = { " TOKEN " };", "group = { " TOKEN " mode = \"slow\"; };", NULL },
	{ "group = { " TOKEN " };", "group = { " OTHER " };", "group.token" },
	{ "group = { " TOKEN " };", "", "group.token" },
	{ "", "group = { " TOKEN " };", "group.token" },
	{ "group = { " TOKEN " };", "group = { " TOKEN " wait = \"1s\"; };",
	  "group.wait" },
};

static void only_some_changes_need_a_restart(void **state)
{
	(void)state;
	setenv("ACCESSD_TEST_TOKEN", "one", 1);
	setenv("ACCESSD_TEST_OTHER", "two", 1);
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		const struct conf_table *t = &sample_conf_table;
		struct sample_conf a, b;
		struct fail f = { 0 };
		char name[64] = "";
		bool needs;

		assert_row(conf_read_text(changes[i].a, "a", t, true, &a, &f), i, f.msg);
		assert_row(conf_read_text(changes[i].b, "b", t, true, &b, &f), i, f.msg);
		needs = conf_needs_restart(t, &a, &b, name, sizeof(name));
		assert_row(needs == (changes[i].name != NULL), i, changes[i].b);
		assert_string_equal(name, changes[i].name ? changes[i].name : "");
		conf_finish(t, &a);
		conf_finish(t, &b);
	}
	unsetenv("ACCESSD_TEST_TOKEN");
	unsetenv("ACCESSD_TEST_OTHER");
}

/* What of a list that needs a restart as a whole, and rows in it that do. */
static void a_list_may_need_a_restart_as_well(void **state)
{
	struct conf_key keys[16];
	struct conf_table t = sample_conf_table;
	struct sample_conf a, b;
	struct fail f = { 0 };
	char name[64] = "";

	(void)state;
	assert_true(t.n <= ARRAY_LEN(keys));
	memcpy(keys, t.keys, t.n * sizeof(*keys));
	for (size_t i = 0; i < t.n; i++) {
		keys[i].flags &= ~(unsigned)CONF_RELOAD;
	}
	t.keys = keys;
	assert_true(
		conf_read_text("items = ( { name = \"a\"; } );", "a", &t, true, &a, &f));
	assert_true(conf_read_text("", "b", &t, true, &b, &f));
	assert_true(conf_needs_restart(&t, &a, &b, name, sizeof(name)));
	assert_string_equal(name, "items");
	conf_finish(&t, &b);
	/* Every row within may be reloaded. */
	assert_true(
		conf_read_text("items = ( { name = \"b\"; } );", "b", &t, true, &b, &f));
	assert_false(conf_needs_restart(&t, &a, &b, name, sizeof(name)));
	conf_finish(&t, &b);
	conf_finish(&t, &a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_named_in_full),
		cmocka_unit_test(only_some_changes_need_a_restart),
		cmocka_unit_test(a_list_may_need_a_restart_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
