/* SPDX-License-Identifier: Apache-2.0 */
#include "approver/indent_time.h"

#include "accessd/types.h"
#include "tests/lib/test.h"

/* s NO: not a duration. */
enum { NO = -12345 };

/* clang-format off */
static const struct {
	const char *text;
	int64_t s;
} rows[] = {
	/* as the platform and the original write them */
	{ "6h0m0s", 21600 }, { "30m0s", 1800 }, { "0.5h0m0s", 1800 }, { "1h30m0s", 5400 },
	{ "1e3h0m0s", NO }, { "NaNh0m0s", NO }, { "0h0m0s", 0 }, { "-1h0m0s", -3600 },
	{ "-1ns", -1 },
	/* as Go reads them */
	{ "0", 0 }, { "+0", 0 }, { "-0", 0 }, { "1s", 1 }, { "+5s", 5 }, { "5.s", 5 }, { ".5s", 1 },
	{ "1.0s", 1 }, { "1.004s", 2 }, { "100.00100s", 101 }, { "1ns", 1 }, { "999ms", 1 },
	{ "1001ms", 2 }, { "11us", 1 }, { "12\xc2\xb5s", 1 }, { "12\xce\xbcs", 1 },
	{ "3m2h", 7380 }, { "1h1h", 7200 }, { "39h9m14.425s", 140955 },
	{ "0.3333333333333333333h", 1200 }, { "0.000000000000000000001h", 0 },
	{ "2540400h", 9145440000 },
	/* what it does not */
	{ "", NO }, { "3", NO }, { "-", NO }, { "+", NO }, { "s", NO }, { ".", NO }, { ".s", NO },
	{ "+.s", NO }, { "1d", NO }, { "1h ", NO }, { " 1h", NO }, { "1 h", NO }, { "1H", NO },
	{ "--1h", NO }, { "1h-1m", NO }, { "1..5h", NO }, { "1h0", NO }, { "3000000h", NO },
	{ "9223372036854775808ns", NO }, { "99999999999999999999999h", NO },
	{ "2562047h48m0s", NO }, { "1\xc2s", NO }, { "infinite", NO },
};

static const struct {
	int64_t s;
	const char *text;
} written[] = {
	{ 21600, "6h0m0s" }, { 1800, "0h30m0s" }, { 5400, "1h30m0s" }, { 1, "0h0m1s" },
	{ 3661, "1h1m1s" }, { 0, "0h0m0s" }, { 31622400, "8784h0m0s" },
};
/* clang-format on */

static void durations_are_read_as_go_reads_them(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t s = NO;

		assert_row(indent_duration_parse(rows[i].text, &s) == (rows[i].s != NO),
			   i, rows[i].text);
		assert_row(s == rows[i].s, i, rows[i].text);
	}
}

static void they_are_written_with_all_three_units(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(written); i++) {
		char text[INDENT_DURATION_SIZE];
		int64_t s = NO;

		indent_duration_format(written[i].s, text);
		assert_row(strcmp(text, written[i].text) == 0, i, written[i].text);
		assert_row(indent_duration_parse(text, &s) && s == written[i].s, i, text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_read_as_go_reads_them),
		cmocka_unit_test(they_are_written_with_all_three_units),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
