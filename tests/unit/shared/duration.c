/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people type them, and what they are told when nobody can know what they
 * meant. */
#include "tests/lib/test.h"

#include "accessd/types.h"
#include "shared/duration.h"

static const struct {
	const char *text;
	int64_t s;
} good[] = {
	{ "30s", 30 },
	{ "45m", 2700 },
	{ "2h", 7200 },
	{ "1d", 86400 },
	{ "1h30m", 5400 },
	{ "1.5h", 5400 },
	{ ".5h", 1800 },
	{ "0.25d", 21600 },
	{ "90min", 5400 },
	{ "1hr", 3600 },
	{ "2hrs", 7200 },
	{ "1hour30minutes", 5400 },
	{ "2Days", 172800 },
	{ "2H", 7200 },
	{ "10SECONDS", 10 },
	{ "1d2h3m4s", 93784 },
	{ "1h0m", 3600 },
	{ "0h30m", 1800 },
	{ "1h1.5m", 3690 },
	{ "007m", 420 },
	{ "366d", 31622400 },
	{ "31622400s", 31622400 },
	{ "1.333333333333333333333h", 4799 },
};

/* What was typed, and what the answer has to say. */
static const struct {
	const char *text, *msg, *hint;
} bad[] = {
	{ "", "missing", "" },
	{ "90", "do you mean 90m or 90h?", "" },
	{ "1.5", "do you mean 1.5m or 1.5h?", "" },
	{ "1h30", "do you mean 1h30m?", "" },
	{ "1d12", "do you mean 1d12h?", "" },
	{ "5m30", "do you mean 5m30s?", "" },
	{ "5s3", "cannot read", "90m" },
	{ "0", "has no unit", "" },
	{ "0m", "less than a second", "" },
	{ "0d0h0m0s", "less than a second", "" },
	{ "0.0001m", "less than a second", "" },
	{ "-5m", "negative", "" },
	{ "-90", "negative", "" },
	{ "\xe2\x88\x92"
	  "5m",
	  "negative", "" },
	{ "+5m", "cannot read", "90m" },
	{ "1e9h", "'e' in '1e9h' is no unit", "units are" },
	{ "1w", "'w' in '1w' is no unit", "units are" },
	{ "1mo", "is no unit", "units are" },
	{ "5x", "is no unit", "units are" },
	{ "5hh", "is no unit", "units are" },
	{ "1h1h", "has the unit h twice", "" },
	{ "1hr1hour", "has the unit h twice", "" },
	{ "30m1h", "out of order", "largest" },
	{ "1.5h30m", "not on its last number", "" },
	{ "1.5s", "fraction of a second", "" },
	{ "1h1.5s", "fraction of a second", "" },
	{ "1,5h", "cannot read", "dot" },
	{ "1.h", "cannot read", "" },
	{ "1..5h", "cannot read", "" },
	{ "1.5.5h", "cannot read", "" },
	{ ".h", "cannot read", "" },
	{ "h", "cannot read", "" },
	{ "abc", "cannot read", "" },
	{ "1h 30m", "cannot read", "" },
	{ " 1h", "cannot read", "" },
	{ "1h ", "cannot read", "" },
	{ "1h-30m", "negative", "" },
	{ "0x10h", "is no unit", "" },
	{ "infh", "cannot read", "" },
	{ "nan", "cannot read", "" },
	{ "367d", "too long", "" },
	{ "366d1s", "too long", "" },
	{ "366.1d", "too long", "" },
	{ "8785h", "too long", "" },
	{ "999999999s", "too long", "" },
	{ "9999999999s", "too long", "" },
	{ "99999999999999999999999999999999h", "too long", "" },
	{ "9223372036854775807s", "too long", "" },
	{ "18446744073709551617s", "too long", "" },
	{ "\xef\xbc\x99\xef\xbc\x90m", "digits 0 to 9", "90m" }, /* fullwidth 90 */
	{ "\xd9\xa3h", "digits 0 to 9", "" },                    /* Arabic-Indic 3 */
	{ "\xc2\xbdh", "digits 0 to 9", "" },                    /* 1/2 */
	{ "5\xd0\xbc", "cannot read", "" },                      /* Cyrillic m */
	{ "5\xff", "cannot read", "" },
};

static void what_people_write_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct fail f = { 0 };
		int64_t s = 0;

		assert_row(duration_parse(good[i].text, &s, &f), i, f.msg);
		assert_row(s == good[i].s, i, good[i].text);
		assert_row(duration_looks_like(good[i].text), i, good[i].text);
	}
}

static void what_is_wrong_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fail f = { 0 };
		int64_t s = 42;

		assert_row(!duration_parse(bad[i].text, &s, &f), i, bad[i].text);
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_int_equal(s, 42);
		assert_row(strstr(f.msg, bad[i].msg), i, f.msg);
		assert_row(strstr(f.hint, bad[i].hint), i, f.hint);
	}
}

static void a_message_repeats_only_so_much(void **state)
{
	char text[5000];
	struct fail f = { 0 };
	int64_t s;

	(void)state;
	memset(text, 'h', sizeof(text) - 1);
	text[0] = '1';
	text[sizeof(text) - 1] = '\0';
	assert_false(duration_parse(text, &s, &f));
	assert_has(f.msg, "...'");
	assert_true(strlen(f.msg) < 120);
	assert_true(duration_looks_like("1h") && !duration_looks_like(text));
}

static const struct {
	const char *word;
	bool looks;
} words[] = {
	{ "90", true },          { "0", true },
	{ "-5m", true },         { "+2h", true },
	{ "1e9h", true },        { "1h30", true },
	{ "1w", true },          { "1mo", true },
	{ "2weeks", true },      { "1,5h", true },
	{ ".5h", true },         { "1.5", true },
	{ "30m1h", true },       { "5ms", true },
	{ "-90", true },         { "\xef\xbc\x99m", true },
	{ "\xc2\xbdh", true },   { "", false },
	{ "h", false },          { "-", false },
	{ "+", false },          { ".", false },
	{ "..", false },         { "-h", false },
	{ "--help", false },     { "prod-db", false },
	{ "INC-204", false },    { "#512", false },
	{ "3rd", false },        { "10.0.0.1", false },
	{ "2026-01-15", false }, { "10:30", false },
	{ "5xx", false },        { "01J8ZK5D", false },
	{ "5e", false },         { "1h,", false },
	{ "0x5d", false },       { "3-day", false },
	{ "v1.5h", false },      { "replica", false },
	{ "\xff", false },
};

static void a_word_is_told_from_a_duration(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		assert_row(duration_looks_like(words[i].word) == words[i].looks, i,
			   words[i].word);
	}
}

static const struct {
	int64_t s;
	const char *text;
} shown[] = {
	{ 0, "0 s" },           { -5, "0 s" },
	{ 1, "1 s" },           { 30, "30 s" },
	{ 60, "1 min" },        { 2700, "45 min" },
	{ 90, "1 min 30 s" },   { 3600, "1 h" },
	{ 7200, "2 h" },        { 5400, "1 h 30 min" },
	{ 3661, "1 h 1 min" },  { 86400, "1 d" },
	{ 86460, "1 d 1 min" }, { 93784, "1 d 2 h" },
	{ 31622400, "366 d" },  { INT64_MAX, "106751991167300 d 15 h" },
};

static void durations_are_shown_as_people_read_them(void **state)
{
	char text[DURATION_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shown); i++) {
		duration_format(shown[i].s, text);
		assert_row(strcmp(text, shown[i].text) == 0, i, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_people_write_is_read),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(a_message_repeats_only_so_much),
		cmocka_unit_test(a_word_is_told_from_a_duration),
		cmocka_unit_test(durations_are_shown_as_people_read_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
