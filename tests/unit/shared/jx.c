/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from strangers is read whole or not at all, and what is said of it never repeats
 * it. */
#include "tests/lib/test.h"

#include <stdlib.h>

#include "accessd/types.h"
#include "shared/jx.h"

/* Each holds HUSH where a message could pick it up. */
static const struct {
	const char *text, *msg;
} bad[] = {
	{ "", "line 1 column 0" },
	{ " ", "ends too early" },
	{ "HUSH", "not JSON" },
	{ "null", "not JSON" },
	{ "[\"HUSH\"]", "not an object" },
	{ "\"HUSH\"", "not JSON" },
	{ "{\"a\":\"HUSH\"", "ends too early" },
	{ "{\"a\":\"HUSH", "ends too early" },
	{ "{\"a\":HUSH}", "line 1 column" },
	{ "{\n\"a\":\n HUSH}", "line 3 column" },
	{ "{\"a\":1} HUSH", "follows its end" },
	{ "{\"a\":1}{\"HUSH\":1}", "follows its end" },
	{ "{\"HUSH\":1,\"HUSH\":2}", "stands twice" },
	{ "{\"HUSH\":{\"b\":1,\"b\":1}}", "stands twice" },
	{ "{\"a\":\"HUSH\\u0000\"}", "NUL" },
	{ "{\"HUSH\\u0000\":1}", "NUL" },
	{ "{\"a\":\"HUSH\\ud800\"}", "not JSON" }, /* a lone surrogate */
	{ "{\"a\":\"HUSH\\q\"}", "not JSON" },
	{ "{\"a\":\"HUSH\xff\"}", "not UTF-8" },
	{ "{\"a\":\"HUSH\n\"}", "line" },
	{ "{\"a\":999999999999999999999999}", "too large" },
	{ "{\"a\":1e999}", "too large" },
	{ "{\"a\":01}", "line 1" },
	{ "{\"a\":NaN}", "line 1" },
	{ "{\"a\":1,}", "line 1" },
	{ "{'a':1}", "line 1" },
	{ "\xef\xbb\xbf{\"HUSH\":1}", "not JSON" },
	{ "{/* HUSH */}", "not JSON" },
};

static void what_is_not_an_object_is_refused_without_a_word_of_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fail f = { 0 };
		json_t *v = NULL;

		assert_row(!jx_parse_object(bad[i].text, strlen(bad[i].text), &v, &f), i,
			   bad[i].text);
		assert_null(v);
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_row(strstr(f.msg, bad[i].msg), i, f.msg);
		assert_has_not(f.msg, "HUSH");
	}
}

static void a_nul_byte_ends_nothing(void **state)
{
	static const char text[] = "{\"a\":1}\0{\"a\":2}";
	struct fail f = { 0 };
	json_t *v = NULL;

	(void)state;
	assert_false(jx_parse_object(text, sizeof(text) - 1, &v, &f));
	assert_false(jx_parse_object("{\"a\":\"x\0y\"}", 11, &v, &f));
}

static void only_n_bytes_are_read(void **state)
{
	struct fail f = { 0 };
	json_auto_t *v = NULL;

	(void)state;
	assert_true(jx_parse_object("{\"a\":1}garbage", 7, &v, &f));
	assert_int_equal(jx_int(v, "a"), 1);
}

/* {"a":[[[...]]]}: the object is one level. */
static bool nested(size_t levels)
{
	char text[1000] = "{\"a\":";
	size_t n = strlen(text);
	struct fail f = { 0 };
	json_t *v = NULL;
	bool ok;

	memset(text + n, '[', levels - 1);
	memset(text + n + levels - 1, ']', levels - 1);
	text[n + 2 * (levels - 1)] = '}';
	ok = jx_parse_object(text, n + 2 * (levels - 1) + 1, &v, &f);
	json_decref(v);
	assert_true(ok || strstr(f.msg, "deeper than 64"));
	return ok;
}

/* Many objects and arrays side by side are not deep. */
static void width_has_none(void **state)
{
	char text[1000] = "{\"a\":[";
	struct fail f = { 0 };
	json_auto_t *v = NULL;

	(void)state;
	for (size_t i = 0; i < 100; i++) {
		memcpy(text + 6 + i * 6, "[],{},", 6);
	}
	memcpy(text + 6 + 599, "]}", 3);
	assert_true(jx_parse_object(text, strlen(text), &v, &f));
	assert_int_equal(json_array_size(jx_arr(v, "a")), 200);
}

static void nesting_has_a_limit(void **state)
{
	static const char brackets[] =
		"{\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"["
		"[[[[\":\"{{{\\\\\",\"b\":[]}";
	struct fail f = { 0 };
	json_auto_t *v = NULL;

	(void)state;
	assert_true(nested(2));
	assert_true(nested(64));
	assert_false(nested(65));
	assert_false(nested(400));
	/* Brackets in strings are no nesting, nor do escaped quotes end a string. */
	assert_true(jx_parse_object(brackets, strlen(brackets), &v, &f));
}

static const struct jx_field fields[] = {
	{ "id", JX_STRING, true },     { "count", JX_INTEGER, true },
	{ "ratio", JX_NUMBER, false }, { "on", JX_BOOL, false },
	{ "agent", JX_OBJECT, false }, { "list", JX_ARRAY, false },
};

static const struct {
	const char *text, *msg; /* NULL: it is right */
} checks[] = {
	{ "{\"id\":\"x\",\"count\":1}", NULL },
	{ "{\"id\":\"x\",\"count\":1,\"ratio\":1,\"on\":true,\"agent\":{},\"list\":[]}",
	  NULL },
	{ "{\"id\":\"x\",\"count\":1,\"ratio\":1.5,\"on\":false}", NULL },
	{ "{\"id\":\"x\",\"count\":1,\"agent\":null,\"list\":null,\"on\":null}", NULL },
	{ "{\"id\":\"x\",\"count\":1,\"more\":7}", NULL },
	{ "{\"count\":1}", "'id' is missing" },
	{ "{\"id\":null,\"count\":1}", "'id' must be a string, not null" },
	{ "{\"id\":5,\"count\":1}", "'id' must be a string, not an integer" },
	{ "{\"id\":\"x\",\"count\":1.5}", "'count' must be an integer, not a fraction" },
	{ "{\"id\":\"x\",\"count\":\"1\"}", "'count' must be an integer, not a string" },
	{ "{\"id\":\"x\",\"count\":1,\"ratio\":[]}",
	  "'ratio' must be a number, not an array" },
	{ "{\"id\":\"x\",\"count\":1,\"on\":1}",
	  "'on' must be true or false, not an integer" },
	{ "{\"id\":\"x\",\"count\":1,\"agent\":true}",
	  "'agent' must be an object, not true" },
	{ "{\"id\":\"x\",\"count\":1,\"list\":{}}",
	  "'list' must be an array, not an object" },
};

static void a_table_says_what_must_be_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(checks); i++) {
		struct fail f = { 0 };
		json_auto_t *v = NULL;
		bool ok;

		assert_true(
			jx_parse_object(checks[i].text, strlen(checks[i].text), &v, &f));
		ok = jx_check(v, fields, ARRAY_LEN(fields), &f);
		assert_row(ok == !checks[i].msg, i, checks[i].text);
		assert_string_equal(f.msg, checks[i].msg ? checks[i].msg : "");
	}
}

static void what_is_absent_or_of_another_type_is_empty(void **state)
{
	static const char text[] = "{\"s\":\"x\",\"i\":5,\"t\":true,\"o\":{},\"a\":[],"
				   "\"n\":null,\"r\":2.5}";
	struct fail f = { 0 };
	json_auto_t *v = NULL;

	(void)state;
	assert_true(jx_parse_object(text, strlen(text), &v, &f));
	assert_string_equal(jx_str(v, "s"), "x");
	assert_string_equal(jx_str(v, "i"), "");
	assert_string_equal(jx_str(v, "n"), "");
	assert_string_equal(jx_str(v, "none"), "");
	assert_string_equal(jx_str(NULL, "s"), "");
	assert_int_equal(jx_int(v, "i"), 5);
	assert_int_equal(jx_int(v, "s"), 0);
	assert_int_equal(jx_int(v, "r"), 0);
	assert_int_equal(jx_int(NULL, "i"), 0);
	assert_true(jx_bool(v, "t"));
	assert_false(jx_bool(v, "i"));
	assert_false(jx_bool(v, "none"));
	assert_non_null(jx_obj(v, "o"));
	assert_null(jx_obj(v, "a"));
	assert_null(jx_obj(v, "n"));
	assert_null(jx_obj(NULL, "o"));
	assert_non_null(jx_arr(v, "a"));
	assert_null(jx_arr(v, "o"));
}

/* What is odd is found wherever it stands, in texts of every length. */
static void every_byte_is_written_so_that_it_comes_back(void **state)
{
	enum { LONGEST = 20 };

	(void)state;
	for (size_t n = 1; n <= LONGEST; n++) {
		for (size_t at = 0; at < n; at++) {
			for (int c = 1; c < 0x100; c++) {
				char text[LONGEST + 1] = "";
				struct buf out;
				json_t *back;

				memset(text, 'a', n);
				text[at] = (char)c;
				buf_init(&out, 1000);
				assert_true(jx_add_text(&out, text));
				assert_null(memchr(out.data, 0x7f, out.len));
				back = json_loadb(out.data, out.len, JSON_DECODE_ANY,
						  NULL);
				assert_non_null(
					back); /* no bare control character, and UTF-8 */
				assert_int_equal(strcmp(json_string_value(back), text) ==
							 0,
						 c < 0x80);
				json_decref(back);
				buf_finish(&out);
			}
		}
	}
}

static void names_get_commas_between_them(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 40);
	buf_add_char(&out, '{');
	assert_true(jx_add_member(&out, "a", "x\"y"));
	assert_true(jx_add_name(&out, "b"));
	buf_add_str(&out, "{");
	assert_true(jx_add_member(&out, "c", ""));
	assert_string_equal(buf_str(&out), "{\"a\":\"x\\\"y\",\"b\":{\"c\":\"\"");
	assert_false(jx_add_member(&out, "too long for what is left", ""));
	assert_true(out.over);
	buf_finish(&out);
}

static void text_is_dumped_without_blanks(void **state)
{
	json_auto_t *v = json_pack("{s:s, s:[i]}", "k", "v\"", "a", 1);
	char *text = jx_dump(v);

	(void)state;
	assert_string_equal(text, "{\"k\":\"v\\\"\",\"a\":[1]}");
	free(text);
	assert_null(jx_dump(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_an_object_is_refused_without_a_word_of_it),
		cmocka_unit_test(a_nul_byte_ends_nothing),
		cmocka_unit_test(only_n_bytes_are_read),
		cmocka_unit_test(nesting_has_a_limit),
		cmocka_unit_test(width_has_none),
		cmocka_unit_test(a_table_says_what_must_be_there),
		cmocka_unit_test(what_is_absent_or_of_another_type_is_empty),
		cmocka_unit_test(every_byte_is_written_so_that_it_comes_back),
		cmocka_unit_test(names_get_commas_between_them),
		cmocka_unit_test(text_is_dumped_without_blanks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
