/* SPDX-License-Identifier: Apache-2.0 */
/* Text as strangers send it stays text: never cut within a code point, never equal when
 * absent, never slow. */
#include "tests/lib/test.h"

#include "accessd/types.h"
#include "shared/text.h"

static const struct {
	const char *s;
	size_t n;
	bool ok;
} utf8[] = {
	{ "", 0, true },
	{ "plain", 5, true },
	{ "a\0b", 3, true },
	{ "\xc3\xa9", 2, true },
	{ "\xe2\x82\xac", 3, true },
	{ "\xf0\x9f\x94\xa5", 4, true },
	{ "\xf4\x8f\xbf\xbf", 4, true },
	{ "\xc3", 1, false },             /* broken off */
	{ "\xe2\x82", 2, false },         /* likewise */
	{ "\xf0\x9f\x94", 3, false },     /* likewise */
	{ "\x80", 1, false },             /* no start */
	{ "\xc3(", 2, false },            /* no continuation */
	{ "\xc0\xaf", 2, false },         /* '/' overlong */
	{ "\xe0\x80\xaf", 3, false },     /* likewise */
	{ "\xf0\x80\x80\xaf", 4, false }, /* likewise */
	{ "\xed\xa0\x80", 3, false },     /* a lone surrogate */
	{ "\xf4\x90\x80\x80", 4, false }, /* beyond U+10FFFF */
	{ "\xf5\x80\x80\x80", 4, false },
	{ "\xff", 1, false },
};

static void utf8_is_told_from_what_only_looks_like_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(utf8); i++) {
		assert_row(text_is_utf8(utf8[i].s, utf8[i].n) == utf8[i].ok, i,
			   utf8[i].s);
	}
}

static void code_points_are_read_and_written_alike(void **state)
{
	static const uint32_t points[] = { 1,      0x7f,   0x80,    0x7ff,   0x800,
					   0xd7ff, 0xe000, 0xfffd,  0xffff,  0x10000,
					   0xbeef, 0x20ac, 0x1f525, 0x10ffff };
	char text[8];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(points); i++) {
		const char *p = text;
		size_t n = text_put(text, sizeof(text) - 1, points[i]);

		text[n] = '\0';
		assert_true(n > 0 && text_is_utf8(text, n));
		assert_int_equal(text_next(&p), points[i]);
		assert_ptr_equal(p, text + n);
		assert_int_equal(text_put(text, n - 1, points[i]), 0);
	}
	assert_int_equal(text_put(text, sizeof(text), 0xd800), 0);
	assert_int_equal(text_put(text, sizeof(text), 0x110000), 0);
}

static void whole_numbers_are_written_in_decimal(void **state)
{
	static const struct {
		int64_t n;
		const char *text;
	} numbers[] = { { 0, "0" },
			{ 7, "7" },
			{ -1, "-1" },
			{ 1234567890, "1234567890" },
			{ INT64_MAX, "9223372036854775807" },
			{ INT64_MIN, "-9223372036854775808" } };
	char text[TEXT_INT_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		assert_int_equal(text_put_int(text, numbers[i].n),
				 strlen(numbers[i].text));
		assert_string_equal(text, numbers[i].text);
	}
}

static void broken_bytes_are_read_one_by_one(void **state)
{
	const char *s = "a\xe2\x82z";

	(void)state;
	assert_int_equal(text_next(&s), 'a');
	assert_int_equal(text_next(&s), 0xfffd);
	assert_int_equal(text_next(&s), 0xfffd);
	assert_int_equal(text_next(&s), 'z');
	assert_int_equal(text_next(&s), 0);
	assert_int_equal(text_next(&s), 0);
	assert_int_equal(text_chars("a\xe2\x82z"), 4);
}

static void counting_and_cutting_go_by_code_points(void **state)
{
	const char *s = "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5!";

	(void)state;
	assert_int_equal(text_chars(s), 5);
	assert_int_equal(text_chars(""), 0);
	assert_int_equal(text_cut(s, 0), 0);
	assert_int_equal(text_cut(s, 2), 3);
	assert_int_equal(text_cut(s, 4), 10);
	assert_int_equal(text_cut(s, 99), strlen(s));
}

static void a_copy_never_ends_within_a_code_point(void **state)
{
	const char *s = "h\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa5!";
	char dst[16];

	(void)state;
	for (size_t size = 1; size <= strlen(s); size++) {
		memset(dst, 'x', sizeof(dst));
		assert_false(text_copy(dst, size, s));
		assert_true(strlen(dst) < size);
		assert_true(text_is_utf8(dst, strlen(dst)));
		assert_memory_equal(dst, s, strlen(dst));
		assert_int_equal(dst[size], 'x');
	}
	assert_true(text_copy(dst, sizeof(dst), s));
	assert_string_equal(dst, s);
	assert_false(text_copy(dst, 0, s));
	assert_true(text_copy(dst, 1, NULL));
	assert_string_equal(dst, "");
}

static void a_copy_of_n_ends_at_a_nul(void **state)
{
	char dst[8];

	(void)state;
	assert_true(text_copy_n(dst, sizeof(dst), "ab\0cd", 5));
	assert_string_equal(dst, "ab");
	assert_true(text_copy_n(dst, sizeof(dst), "abcdef", 3));
	assert_string_equal(dst, "abc");
	assert_false(text_copy_n(dst, 3, "abcdef", 3));
	assert_string_equal(dst, "ab");
	/* Garbage has no code points to keep whole, and must not be lost altogether. */
	assert_false(text_copy(dst, sizeof(dst), "\x80\x80\x80\x80\x80\x80\x80\x80\x80"));
	assert_int_equal(strlen(dst), 4);
}

static const struct {
	const char *a, *b;
	bool same, nocase;
} pairs[] = {
	{ "a", "a", true, true },
	{ "a", "b", false, false },
	{ "a", "A", false, true },
	{ "ana@acme.example", "Ana@ACME.Example", false, true },
	{ "a", "ab", false, false },
	{ "ab", "a", false, false },
	{ "", "", false, false }, /* absent never equals absent */
	{ NULL, NULL, false, false },
	{ NULL, "", false, false },
	{ "", NULL, false, false },
	{ "a", NULL, false, false },
	{ "a", "", false, false },
	{ "", "a", false, false },
	/* ASCII only: the Kelvin sign is no k, and long s no s. */
	{ "k", "\xe2\x84\xaa", false, false },
	{ "s", "\xc5\xbf", false, false },
	{ "\xc3\xa9", "\xc3\x89", false, false },
	{ "[", "{", false, false },
	{ "@", "`", false, false },
};

static void absent_never_equals_absent(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const char *label = pairs[i].a ? pairs[i].a : "NULL";

		assert_row(text_same(pairs[i].a, pairs[i].b) == pairs[i].same, i, label);
		assert_row(text_same_nocase(pairs[i].a, pairs[i].b) == pairs[i].nocase, i,
			   label);
	}
}

static const struct {
	const char *in, *out;
} trims[] = {
	{ "", "" },
	{ "a", "a" },
	{ "  a b\t\r\n", "a b" },
	{ " \t ", "" },
	{ "\xc2\xa0"
	  "a\xe2\x80\x83\xe2\x80\xa9",
	  "a" },
	{ "\xef\xbb\xbf"
	  "a",
	  "a" },
	{ "\xe3\x80\x80 x \xe2\x80\xa8", "x" },
};

static void white_space_goes_from_both_ends(void **state)
{
	char dst[32];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trims); i++) {
		assert_true(text_trim(dst, sizeof(dst), trims[i].in));
		assert_row(strcmp(dst, trims[i].out) == 0, i, trims[i].in);
	}
	assert_true(text_trim(dst, sizeof(dst), NULL));
	assert_string_equal(dst, "");
	assert_false(text_trim(dst, 3, "  abc "));
	assert_string_equal(dst, "ab");
}

static const struct {
	const char *glob, *name;
	bool match;
} globs[] = {
	{ "prod-db", "prod-db", true },
	{ "prod-db", "prod-db2", false },
	{ "prod-db", "prod-d", false },
	{ "prod-*", "prod-db", true },
	{ "prod-*", "prod-", true },
	{ "prod-*", "prod", false },
	{ "prod-*", "xprod-db", false },
	{ "*", "", true },
	{ "*", "anything", true },
	{ "", "", true },
	{ "", "a", false },
	{ "?", "a", true },
	{ "?", "", false },
	{ "?", "ab", false },
	{ "?", "\xf0\x9f\x94\xa5", true }, /* one character, four bytes */
	{ "a*b*c", "a-b-b-c", true },
	{ "a*b*c", "a-b-b-", false },
	{ "*db", "prod-db-db", true },
	{ "**", "x", true },
	{ "a**b", "ab", true },
	{ "*a?", "aab", true },
	{ "*a?", "aba", false },
	{ "[a]", "a", false }, /* no classes */
	{ "[a]", "[a]", true },
	{ "a", "A", false },
	{ "\xc3\xa9*", "\xc3\xa9x", true },
	{ "\xff", "\xfe", false }, /* two kinds of garbage are not one */
	{ "*\xc3\xa9", "\xc3\xa9\xc3\xa9", true },
};

static void globs_match_as_a_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(globs); i++) {
		assert_row(text_glob(globs[i].glob, globs[i].name) == globs[i].match, i,
			   globs[i].glob);
	}
}

/* With backtracking into every star this would outlive the sun. */
static void a_glob_of_stars_is_not_slow(void **state)
{
	char glob[513], name[4097];

	(void)state;
	for (size_t i = 0; i < 512; i += 2) {
		memcpy(glob + i, "*a", 2);
	}
	glob[511] = 'b';
	glob[512] = '\0';
	memset(name, 'a', 4096);
	name[4096] = '\0';
	assert_false(text_glob(glob, name));
}

static const struct {
	const char *a, *b;
	size_t distance;
} distances[] = {
	{ "", "", 0 },
	{ "abc", "", 3 },
	{ "", "abc", 3 },
	{ "policies", "polices", 1 },
	{ "kitten", "sitting", 3 },
	{ "flaw", "lawn", 2 },
	{ "same", "same", 0 },
	{ "\xc3\xa9", "e", 1 },
	{ "abcdef", "uvwxyz", 6 },
};

static void distances_are_counted_in_characters(void **state)
{
	char many[200];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(distances); i++) {
		assert_row(text_distance(distances[i].a, distances[i].b, 99) ==
				   distances[i].distance,
			   i, distances[i].a);
		assert_row(text_distance(distances[i].b, distances[i].a, 99) ==
				   distances[i].distance,
			   i, distances[i].b);
	}
	assert_int_equal(text_distance("abcdef", "uvwxyz", 2), 2);
	memset(many, 'a', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(text_distance(many, "a", 5), 5);
	assert_int_equal(text_distance("a", many, 5), 5);
	many[128] = '\0';
	assert_int_equal(text_distance(many, many, 500), 0);
	assert_int_equal(text_distance(many, "a", 500), 127);
}

static const struct {
	const char *text;
	bool ok;
} names[] = {
	{ "prod-db", true },
	{ "a", true },
	{ "0.1_x", true },
	{ "", false },
	{ NULL, false },
	{ "-x", false },
	{ ".x", false },
	{ "_x", false },
	{ "prod db", false },
	{ "Prod", false },
	{ "../etc", false },
	{ "<@U024BE7LH>", false },
	{ "pr\xc3\xb6"
	  "d",
	  false },
	{ "a\n", false },
};

static void names_are_plain(void **state)
{
	char longest[NAME_SIZE + 1];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		assert_row(text_is_name(names[i].text) == names[i].ok, i,
			   names[i].text ? names[i].text : "NULL");
	}
	memset(longest, 'a', NAME_SIZE);
	longest[NAME_SIZE] = '\0';
	assert_false(text_is_name(longest));
	longest[NAME_SIZE - 1] = '\0';
	assert_true(text_is_name(longest));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(utf8_is_told_from_what_only_looks_like_it),
		cmocka_unit_test(code_points_are_read_and_written_alike),
		cmocka_unit_test(whole_numbers_are_written_in_decimal),
		cmocka_unit_test(broken_bytes_are_read_one_by_one),
		cmocka_unit_test(counting_and_cutting_go_by_code_points),
		cmocka_unit_test(a_copy_never_ends_within_a_code_point),
		cmocka_unit_test(a_copy_of_n_ends_at_a_nul),
		cmocka_unit_test(absent_never_equals_absent),
		cmocka_unit_test(white_space_goes_from_both_ends),
		cmocka_unit_test(globs_match_as_a_whole),
		cmocka_unit_test(a_glob_of_stars_is_not_slow),
		cmocka_unit_test(distances_are_counted_in_characters),
		cmocka_unit_test(names_are_plain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
