/* SPDX-License-Identifier: Apache-2.0 */
/* What libconfig would take silently for something else is found before. */
#include "shared/conf_value.h"

#include "tests/lib/test.h"

static const struct {
	const char *text, *msg; /* NULL: it is fine */
} texts[] = {
	{ "", NULL },
	{ "a = 2147483647; b = -2147483648; c = +5;", NULL },
	{ "a = 9223372036854775807L; b = -9223372036854775808L;", NULL },
	{ "a = 0x7fffffff; b = 0xFFFFFFFFL;", NULL },
	{ "a = 1.5e300; b = 5000000000.0; c = [ 1, 2 ];", NULL },
	{ "a2147483648 = 1; b-9999999999 = 2; *99999999999 = 3;", NULL },
	{ "# 99999999999 @include \"x\"\n// 99999999999 @\n/* @\n 99999999999 */", NULL },
	{ "a = \"@include 99999999999 \\\" \\\\\"; b = 1;", NULL },
	{ "a = \"\\x41\\f\\n\\r\\t\";", NULL },
	{ "a = \"({[({[({[({[({[({[({[({[({[({[({[({[\";", NULL },
	{ "a = 2147483648;", "line 1: a number is too large" },
	{ "a = -2147483649;", "line 1: a number is too large" },
	{ "\na = 5000000000;", "line 2: a number is too large" },
	{ "a = 0xFFFFFFFF;", "too large" },
	{ "a = 99999999999999999999L;", "too large" },
	{ "a = 0x10000000000000000L;", "too large" },
	{ "a = 111111111111111111111111111111111111111111111111111111111111111111111;",
	  "too large" },
	{ "a = \"\n\";\n@include \"/etc/passwd\"\n", "line 3: '@include'" },
	{ "  \t@include \"/etc/passwd\"", "line 1: '@include'" },
	{ "/* x\n\n*/@include \"x\"", "line 3: '@include'" },
	{ "a = \"x\\x00y\";", "line 1: a string has a NUL" },
	{ "a = \"\\q\";", "'\\' that means nothing" },
	{ "a = \"\\", "'\\' that means nothing" },
	{ "a = \x01;", "line 1: a control character" },
	{ "a = 1;\n\n# \xff\nb = 1;", "line 3: the text is not UTF-8" },
	{ "\na = \"open\n\n", "line 2: a string is not closed" },
	{ "\n\n/* open\n\n*", "line 3: a comment is not closed" },
};

static void only_what_libconfig_reads_right_passes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct fail f = { 0 };
		bool ok = conf_scan(texts[i].text, "x.conf", &f);

		assert_row(ok == !texts[i].msg, i, texts[i].text);
		assert_row(ok || strstr(f.msg, texts[i].msg), i, f.msg);
	}
}

static void brackets_nest_only_so_deep(void **state)
{
	char text[200] = "a = ";
	struct fail f = { 0 };

	(void)state;
	memset(text + 4, '(', 32);
	assert_true(conf_scan(text, "x", &f));
	text[36] = '(';
	assert_false(conf_scan(text, "x", &f));
	assert_has(f.msg, "nested too deep");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_libconfig_reads_right_passes),
		cmocka_unit_test(brackets_nest_only_so_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
