/* SPDX-License-Identifier: Apache-2.0 */
/* A config is read as the table says, and what is wrong is named with its line. */
#include "shared/conf.h"

#include "tests/lib/test.h"

#include <stdlib.h>

#include "tests/lib/sample_conf.h"

/* libconfig 1.5 forgets the string that stands before a syntax error. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static bool read_text(const char *text, struct sample_conf *c, struct fail *f)
{
	*f = (struct fail){ 0 };
	return conf_read_text(text, "x.conf", &sample_conf_table, true, c, f);
}

static void an_empty_text_gives_the_defaults(void **state)
{
	struct sample_conf c;
	struct fail f;

	(void)state;
	assert_true(read_text("# nothing\n", &c, &f));
	assert_int_equal(c.count, 7);
	assert_true(c.flag);
	assert_int_equal(c.grace_s, 0);
	assert_int_equal(c.wait_s, 5400);
	assert_string_equal(c.title, "a \"title\"");
	assert_int_equal(c.items.n, 0);
	assert_int_equal(c.names.n, 0);
	assert_int_equal(c.tags.n, 0);
	assert_false(c.group.where.present);
	assert_string_equal(c.group.mode, "fast");
	assert_int_equal(c.group.wait_ms, 1500);
	assert_null(c.group.token.text);
	conf_finish(&sample_conf_table, &c);
}

static const char whole[] = "title = \"caf\xc3\xa9\" \" au lait\";\n"
			    "count = -5; flag = FALSE;\n"
			    "grace = \"15m\"; wait = \"1d\"\n"
			    "names = [ \"a\", \"b\" ];\n"
			    "tags = { env = \"prod\"; kind : \"db\"; };\n"
			    "group = {\n"
			    "  token = \"env:ACCESSD_TEST_TOKEN\";\n"
			    "  mode = \"\"; wait = \"250ms\"; };\n"
			    "items = (\n"
			    "  { name = \"one\"; },\n"
			    "  { name = \"two\";\n"
			    "    rule = { roles = ( \"x\" ); level = 8589934592L; };\n"
			    "    any = ( { roles = [ ]; }, { roles = [ \"y\" ]; } );\n"
			    "    labels = { a = \"b\"; };\n"
			    "  }\n"
			    ");\n";

static void a_whole_config_is_read(void **state)
{
	struct sample_conf c;
	struct fail f;

	(void)state;
	setenv("ACCESSD_TEST_TOKEN", "t0ken", 1);
	if (!read_text(whole, &c, &f)) {
		fail_msg("%s", f.msg);
	}
	assert_string_equal(c.title, "caf\xc3\xa9 au lait");
	assert_int_equal(c.count, -5);
	assert_false(c.flag);
	assert_int_equal(c.grace_s, 900);
	assert_int_equal(c.wait_s, 86400);
	assert_int_equal(c.names.n, 2);
	assert_string_equal(c.names.items[1], "b");
	assert_int_equal(c.tags.n, 2);
	assert_string_equal(c.tags.items[1].key, "kind");
	assert_string_equal(c.tags.items[1].value, "db");
	assert_true(c.group.where.present);
	assert_int_equal(c.group.where.line, 6);
	assert_string_equal(c.group.token.text, "t0ken");
	assert_string_equal(c.group.mode, "");
	assert_int_equal(c.group.wait_ms, 250);
	assert_int_equal(c.items.n, 2);
	assert_string_equal(c.items.items[0].name, "one");
	assert_int_equal(c.items.items[0].where.line, 10);
	assert_int_equal(c.items.items[0].rule.level, 3);
	assert_false(c.items.items[0].rule.where.present);
	assert_int_equal(c.items.items[1].where.line, 11);
	assert_int_equal(c.items.items[1].rule.level, INT64_C(8589934592));
	assert_string_equal(c.items.items[1].rule.roles.items[0], "x");
	assert_int_equal(c.items.items[1].any.n, 2);
	assert_int_equal(c.items.items[1].any.items[0].roles.n, 0);
	assert_int_equal(c.items.items[1].any.items[1].level, 3);
	assert_string_equal(c.items.items[1].any.items[1].roles.items[0], "y");
	conf_finish(&sample_conf_table, &c);
	unsetenv("ACCESSD_TEST_TOKEN");
}

static const struct {
	const char *text, *msg, *hint;
} bad[] = {
	/* names */
	{ "\ntitel = \"x\";", "x.conf line 2: unknown key 'titel'",
	  "Did you mean 'title'?" },
	{ "group = {\n tokn = \"env:A\"; };", "line 2: unknown key 'group.tokn'",
	  "Did you mean 'token'?" },
	{ "items = ( { name = \"a\"; any = (\n { role = [ ]; } ); } );",
	  "line 2: unknown key 'items.any.role'", "Did you mean 'roles'?" },
	{ "zzzzzz = 1;", "unknown key 'zzzzzz'", "" },
	{ "zz = 1;", "unknown key 'zz'", "" },
	{ "Title = \"x\";", "unknown key 'Title'", "Did you mean 'title'?" },
	{ "count = 1;\ncount = 2;", "x.conf line 2: duplicate setting name", "" },
	/* what must be there */
	{ "\ngroup = { };", "x.conf line 2: 'group.token' is missing", "" },
	{ "items = (\n { name = \"a\"; },\n { }\n);",
	  "x.conf line 3: 'items.name' is missing", "" },
	/* types */
	{ "title = 5;", "'title' must be text in quotes, not a number", "" },
	{ "title = [ \"x\" ];", "'title' must be text in quotes, not a list in [ ]", "" },
	{ "title = true;", "not true or false", "" },
	{ "count = \"5\";", "'count' must be a whole number, not text in quotes", "" },
	{ "count = 1.5;", "'count' must be a whole number, not a fraction", "" },
	{ "count = 1e3;", "not a fraction", "" },
	{ "flag = 1;", "'flag' must be true or false, not a number", "" },
	{ "flag = \"true\";", "not text in quotes", "" },
	{ "wait = 90;",
	  "'wait' must be a duration in quotes, such as \"2h\", not a number", "" },
	{ "names = \"a\";", "'names' must be a list of texts, such as [ \"a\", \"b\" ]",
	  "" },
	{ "names = [ 1, 2 ];", "'names' must be a list of texts", "" },
	{ "names = ( \"a\", ( \"b\" ) );", "'names' must be a list of texts", "" },
	{ "names = [ \"a\", \"\" ];", "'names': it has an empty text", "" },
	{ "names = [ \"a\", 1 ];", "mismatched element type", "" },
	{ "tags = \"a\";", "'tags' must be a group of texts", "" },
	{ "tags = [ \"a\" ];", "'tags': it is not written name=value", "" },
	{ "tags = { env = 1; };", "'tags.env' must be text in quotes", "" },
	{ "group = \"x\";", "'group' must be a group in braces", "" },
	{ "group = ( );", "'group' must be a group in braces", "" },
	{ "items = { };", "'items' must be a list of groups", "" },
	{ "items = [ ];", "'items' must be a list of groups", "" },
	{ "items = ( \"a\" );", "'items' must be a group in braces", "" },
	/* values */
	{ "\n\nwait = \"90\";", "x.conf line 3: 'wait': '90' has no unit", "" },
	{ "wait = \"0s\";", "'wait': '0s' is less than a second", "" },
	{ "group = { wait = \"1.5s\"; };", "fraction", "1500ms" },
	{ "group = { wait = \"0ms\"; };", "at least 1ms", "" },
	{ "group = { wait = \"12345678901ms\"; };", "'group.wait'", "1500ms" },
	{ "group = { mode = \"quick\"; };",
	  "'group.mode': it must be 'fast', 'slow' or ''", "" },
	{ "group = { mode = \"fast|slow\"; };", "it must be", "" },
	{ "group = { token = \"HUSH\"; };",
	  "'group.token': a secret does not stand in the file", "env:NAME" },
	{ "group = { token = 5; };", "'group.token' must be \"env:NAME\"", "" },
	{ "group = { token = \"env:ACCESSD_TEST_NONE\"; };",
	  "x.conf line 1: 'group.token': the environment has no", "" },
	{ "title = \"\\xff\";", "'title': it is not UTF-8", "" },
	{ "title = \"\\x1b[31m\";", "'title': it has a control character", "" },
	{ "names = [ \"\\x07\" ];", "'names': it has a control character", "" },
	{ "tags = { a = \"\\xff\"; };", "'tags.a': it is not UTF-8", "" },
	/* syntax */
	{ "title = \"x\ncount = 5;\n", "line 1: a string is not closed", "" },
	{ "title \"x\";", "x.conf line 1: syntax error", "missing" },
	{ "items = ( { name = \"a\"; }", "syntax error", "missing" },
	{ "a.b = 1;", "x.conf line 1: syntax error", "" },
};

static void what_is_wrong_is_named_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct sample_conf c;
		struct fail f;

		assert_row(!read_text(bad[i].text, &c, &f), i, bad[i].text);
		assert_row(strstr(f.msg, bad[i].msg), i, f.msg);
		assert_row(strstr(f.hint, bad[i].hint), i, f.hint);
		assert_row(*bad[i].hint || !strstr(f.hint, "Did you"), i, f.hint);
		assert_has_not(f.msg, "HUSH");
	}
}

static void without_secrets_only_a_wrong_place_is_an_error(void **state)
{
	struct fail f = { 0 };
	struct sample_conf c;

	(void)state;
	assert_true(conf_read_text("group = { token = \"env:ACCESSD_TEST_NONE\"; };", "x",
				   &sample_conf_table, false, &c, &f));
	assert_null(c.group.token.text);
	conf_finish(&sample_conf_table, &c);
	assert_false(conf_read_text("group = { token = \"HUSH\"; };", "x",
				    &sample_conf_table, false, &c, &f));
	assert_has_not(f.msg, "HUSH");
}

struct heard {
	unsigned n;
	struct fail last;
};

static void on_unread(void *data, const struct fail *f)
{
	struct heard *h = data;

	h->n++;
	h->last = *f;
}

static void every_secret_that_cannot_be_read_is_told(void **state)
{
	static const struct {
		const char *text;
		unsigned n;
		bool ok;
		const char *last, *msg;
	} rows[] = {
		{ "title = \"a\";", 0, true, "", "" },
		{ "group = {\n token = \"env:ACCESSD_TEST_NONE\"; };", 1, true,
		  "x.conf line 2: 'group.token': the environment has no", "" },
		{ "group = { token = \"HUSH\"; };\ntitel = 1;", 1, false,
		  "a secret does not stand in the file", "unknown key 'titel'" },
		{ "group = { token = 7; };", 0, false, "", "not a number" },
		{ "group = { };", 0, false, "", "'group.token' is missing" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct heard h = { 0 };
		struct fail f = { 0 };

		assert_row(conf_each_unread_text(rows[i].text, "x.conf",
						 &sample_conf_table, on_unread, &h,
						 &f) == rows[i].ok,
			   i, rows[i].text);
		assert_row(h.n == rows[i].n, i, rows[i].text);
		assert_has(h.last.msg, rows[i].last);
		assert_has(f.msg, rows[i].msg);
		assert_has_not(h.last.msg, "HUSH");
	}
}

static void finishing_leaves_nothing(void **state)
{
	struct sample_conf c, zero;
	struct fail f;

	(void)state;
	memset(&zero, 0, sizeof(zero));
	setenv("ACCESSD_TEST_TOKEN", "t0ken", 1);
	assert_true(read_text(whole, &c, &f));
	conf_finish(&sample_conf_table, &c);
	assert_memory_equal(&c, &zero, sizeof(c));
	conf_finish(&sample_conf_table, &c);
	unsetenv("ACCESSD_TEST_TOKEN");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_text_gives_the_defaults),
		cmocka_unit_test(a_whole_config_is_read),
		cmocka_unit_test(what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(without_secrets_only_a_wrong_place_is_an_error),
		cmocka_unit_test(every_secret_that_cannot_be_read_is_told),
		cmocka_unit_test(finishing_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
