/* SPDX-License-Identifier: Apache-2.0 */
/* A config that is printed can be read again, and shows no secret. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/sample_conf.h"

static void read_into(const char *text, struct sample_conf *c)
{
	struct fail f = { 0 };

	if (!conf_read_text(text, "x.conf", &sample_conf_table, false, c, &f)) {
		fail_msg("%s in:\n%s", f.msg, text);
	}
}

static void check_print(const char *text, const char *want)
{
	struct sample_conf c;
	struct buf out;

	read_into(text, &c);
	buf_init(&out, 1 << 16);
	conf_format(&sample_conf_table, &c, &out);
	conf_finish(&sample_conf_table, &c);
	assert_string_equal(buf_str(&out), want);
	/* What was printed reads the same. */
	read_into(buf_str(&out), &c);
	buf_clear(&out);
	conf_format(&sample_conf_table, &c, &out);
	conf_finish(&sample_conf_table, &c);
	assert_string_equal(buf_str(&out), want);
	buf_finish(&out);
}

static void defaults_are_shown_and_what_is_absent_is_a_comment(void **state)
{
	(void)state;
	check_print("", "count = 7;\n"
			"flag = true;\n"
			"# grace = \"\";\n"
			"# group = {\n"
			"#   mode = \"fast\";\n"
			"#   token = \"<unset>\";\n"
			"#   wait = \"1500ms\";\n"
			"# };\n"
			"items = ();\n"
			"names = [];\n"
			"tags = { };\n"
			"title = \"a \\\"title\\\"\";\n"
			"wait = \"1h30m\";\n");
}

static void every_type_is_written_as_it_is_read(void **state)
{
	(void)state;
	check_print("count = -5000000000L; grace = \"90061s\"; wait = \"2d\";"
		    "names = [ \"a\", \"b\\\\\" ]; tags = { k = \"v\\n\\t\\\"\"; };"
		    "title = \"caf\xc3\xa9\"; flag = false;"
		    "items = ( { name = \"one\"; }, { name = \"two\";"
		    " labels = { a = \"b\"; }; any = ( { roles = [ \"r\" ]; } );"
		    " rule = { roles = [ ]; }; } );",
		    "count = -5000000000L;\n"
		    "flag = false;\n"
		    "grace = \"1d1h1m1s\";\n"
		    "# group = {\n"
		    "#   mode = \"fast\";\n"
		    "#   token = \"<unset>\";\n"
		    "#   wait = \"1500ms\";\n"
		    "# };\n"
		    "items = (\n"
		    "  {\n"
		    "    any = ();\n"
		    "    labels = { };\n"
		    "    name = \"one\";\n"
		    "  },\n"
		    "  {\n"
		    "    any = (\n"
		    "      {\n"
		    "        level = 3;\n"
		    "        roles = [ \"r\" ];\n"
		    "      }\n"
		    "    );\n"
		    "    labels = { a = \"b\"; };\n"
		    "    name = \"two\";\n"
		    "    rule = {\n"
		    "      level = 3;\n"
		    "      roles = [];\n"
		    "    };\n"
		    "  }\n"
		    ");\n"
		    "names = [ \"a\", \"b\\\\\" ];\n"
		    "tags = { k = \"v\\n\\t\\\"\"; };\n"
		    "title = \"caf\xc3\xa9\";\n"
		    "wait = \"2d\";\n");
}

static void a_secret_is_not_shown(void **state)
{
	struct sample_conf c;
	struct buf out;

	(void)state;
	setenv("ACCESSD_TEST_TOKEN", "HUSH", 1);
	read_into("group = { token = \"env:ACCESSD_TEST_TOKEN\"; wait = \"2s\"; };", &c);
	buf_init(&out, 1 << 16);
	conf_format(&sample_conf_table, &c, &out);
	assert_has(buf_str(&out), "\ngroup = {\n"
				  "  mode = \"fast\";\n"
				  "  token = \"<redacted>\";\n"
				  "  wait = \"2s\";\n"
				  "};\n");
	assert_has_not(buf_str(&out), "HUSH");
	conf_finish(&sample_conf_table, &c);
	buf_finish(&out);
	unsetenv("ACCESSD_TEST_TOKEN");
}

/* Some vendors' names are no names of settings. */
static void names_with_a_slash_are_written_as_pairs(void **state)
{
	struct sample_conf c;
	struct buf out;

	(void)state;
	read_into("tags = [ \"aws/group=dba\", \"k=a=b\" ];", &c);
	assert_int_equal(c.tags.n, 2);
	assert_string_equal(c.tags.items[0].key, "aws/group");
	assert_string_equal(c.tags.items[0].value, "dba");
	assert_string_equal(c.tags.items[1].value, "a=b");
	buf_init(&out, 1 << 16);
	conf_format(&sample_conf_table, &c, &out);
	assert_has(buf_str(&out), "tags = [ \"aws/group=dba\", \"k=a=b\" ];");
	conf_finish(&sample_conf_table, &c);
	buf_finish(&out);
}

static void pairs_that_are_none_are_refused(void **state)
{
	static const char *const bad[] = { "[ \"a\" ]",   "[ \"=b\" ]",
					   "[ \"7=b\" ]", "[ \"a=1\", \"a=2\" ]",
					   "[ 1 ]",       "\"a=b\"" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct sample_conf c;
		struct fail f = { 0 };
		char text[64];

		snprintf(text, sizeof(text), "tags = %s;", bad[i]);
		if (conf_read_text(text, "x.conf", &sample_conf_table, false, &c, &f)) {
			fail_msg("'%s' was read", text);
		}
		assert_has(f.msg, "tags");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_shown_and_what_is_absent_is_a_comment),
		cmocka_unit_test(every_type_is_written_as_it_is_read),
		cmocka_unit_test(names_with_a_slash_are_written_as_pairs),
		cmocka_unit_test(pairs_that_are_none_are_refused),
		cmocka_unit_test(a_secret_is_not_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
