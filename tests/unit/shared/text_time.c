/* SPDX-License-Identifier: Apache-2.0 */
/* Times as the vendors write them. */
#include "tests/lib/test.h"

#include "accessd/types.h"
#include "shared/text.h"

#define T_2026 INT64_C(1768469462000) /* 2026-01-15T09:31:02Z */

static const struct {
	const char *text;
	bool ok;
	int64_t ms;
} times[] = {
	{ "2026-01-15T09:31:02Z", true, T_2026 },
	{ "2026-01-15t09:31:02z", true, T_2026 },
	{ "2026-01-15T09:31:02.4Z", true, T_2026 + 400 },
	{ "2026-01-15T09:31:02.417Z", true, T_2026 + 417 },
	{ "2026-01-15T09:31:02.417999999999999Z", true, T_2026 + 417 },
	{ "2026-01-15T10:31:02+01:00", true, T_2026 },
	{ "2026-01-15T01:01:02-08:30", true, T_2026 },
	{ "2026-01-15T09:31:02-00:00", true, T_2026 },
	{ "2026-01-16T09:30:02+23:59", true, T_2026 },
	{ "0000-03-01T00:00:00Z", true, INT64_C(-62162035200000) },
	{ "1970-01-01T00:00:00Z", true, 0 },
	{ "1969-12-31T23:59:59.5Z", true, -500 },
	{ "2000-02-29T00:00:00Z", true, INT64_C(951782400000) },
	{ "2024-02-29T00:00:00Z", true, INT64_C(1709164800000) },
	{ "2016-12-31T23:59:60Z", true, INT64_C(1483228800000) }, /* a leap second */
	{ "9999-12-31T23:59:59Z", true, INT64_C(253402300799000) },
	{ "0001-01-01T00:00:00Z", true, INT64_C(-62135596800000) },
	{ NULL, false, 0 },
	{ "", false, 0 },
	{ "2026", false, 0 },
	{ "2026-01-15", false, 0 },
	{ "2026-01-15T09:31:02", false, 0 }, /* in which zone? */
	{ "2026-01-15 09:31:02Z", false, 0 },
	{ "2026-01-15T09:31Z", false, 0 },
	{ "2026-01-15T09:31:02.Z", false, 0 },
	{ "2026-01-15T09:31:02Zx", false, 0 },
	{ "2026-01-15T09:31:02Z ", false, 0 },
	{ " 2026-01-15T09:31:02Z", false, 0 },
	{ "2026-13-15T09:31:02Z", false, 0 },
	{ "2026-00-15T09:31:02Z", false, 0 },
	{ "2026-02-29T09:31:02Z", false, 0 },
	{ "2100-02-29T09:31:02Z", false, 0 },
	{ "2026-04-31T09:31:02Z", false, 0 },
	{ "2026-01-00T09:31:02Z", false, 0 },
	{ "2026-01-15T24:00:00Z", false, 0 },
	{ "2026-01-15T09:60:02Z", false, 0 },
	{ "2026-01-15T09:31:61Z", false, 0 },
	{ "2026-01-15T09:31:02+24:00", false, 0 },
	{ "2026-01-15T09:31:02+01:60", false, 0 },
	{ "2026-01-15T09:31:02+0100", false, 0 },
	{ "2026-01-15T09:31:02+1:00", false, 0 },
	{ "+026-01-15T09:31:02Z", false, 0 },
	{ "2026-1-15T09:31:02Z", false, 0 },
	{ "1768469462", false, 0 },
};

static void rfc_3339_is_read_to_the_letter(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		int64_t ms = 42;
		const char *label = times[i].text ? times[i].text : "NULL";

		assert_row(text_parse_time(times[i].text, &ms) == times[i].ok, i, label);
		assert_row(ms == (times[i].ok ? times[i].ms : 42), i, label);
	}
}

static void what_is_written_is_read_back(void **state)
{
	char text[TIME_SIZE];

	(void)state;
	text_format_time(T_2026 + 417, text);
	assert_string_equal(text, "2026-01-15T09:31:02.417Z");
	text_format_time(INT64_C(-62162035200000), text);
	assert_string_equal(text, "0000-03-01T00:00:00.000Z");
	text_format_time(-1, text);
	assert_string_equal(text, "1969-12-31T23:59:59.999Z");
	/* Steps that meet every day of the year, every hour and leap years. */
	for (int64_t ms = -62135596800000; ms < 253402300800000; ms += 86399999 * 977LL) {
		int64_t back = 0;

		text_format_time(ms, text);
		assert_row(text_parse_time(text, &back) && back == ms, 0, text);
	}
	text_format_time(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
	text_format_time(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00.000Z");
}

static const struct {
	const char *value;
	uint32_t s; /* seen at T_2026, at most 60 */
} retries[] = {
	{ NULL, 0 },
	{ "", 0 },
	{ " ", 0 },
	{ "soon", 0 },
	{ "-5", 0 },
	{ "5x", 0 },
	{ "5 s", 0 },
	{ "0x10", 0 },
	{ "1e3", 0 },
	{ "0", 1 },
	{ "1", 1 },
	{ "30", 30 },
	{ " 30 ", 30 },
	{ "1.0", 1 },
	{ "1.2", 2 },
	{ "60", 60 },
	{ "3600", 60 },
	{ "99999999999999999999999999", 60 },
	{ "Thu, 15 Jan 2026 09:31:32 GMT", 30 },
	{ "Thu, 15 Jan 2026 09:31:32 UTC", 30 },
	{ "Thu, 15 Jan 2026 09:31:32 CET", 0 },
	{ "Thu, 15 Jan 2026 09:31:32", 0 },
	{ "Thu, 15 Jan 2025 09:31:32 GMT", 1 }, /* gone by */
	{ "Fri, 15 Jan 2027 09:31:32 GMT", 60 },
	{ "Thursday, 15-Jan-26 09:31:32 GMT", 30 },
	{ "Sunday, 06-Nov-94 08:49:37 GMT", 1 },
	{ "Thu Jan 15 09:31:32 2026", 30 },
	{ "Sun Nov  6 08:49:37 1994", 1 },
	{ "Thu, 15 Foo 2026 09:31:32 GMT", 0 },
	{ "Thu, 32 Jan 2026 09:31:32 GMT", 0 },
	{ "Thu, 15 Jan 2026 09:31:32 GMT and more", 0 },
	{ "2026-01-15T09:31:32Z", 30 },
	{ "2026-01-15T10:31:32.25+01:00", 31 },
	{ "2020-01-15T09:31:32Z", 1 },
	{ ",", 0 },
	{ "Thu", 0 },
	{ "Thu, ", 0 },
};

static void retry_after_is_read_in_all_its_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(retries); i++) {
		assert_row(text_retry_after_s(retries[i].value, T_2026, 60) ==
				   retries[i].s,
			   i, retries[i].value ? retries[i].value : "NULL");
	}
}

static void years_of_two_digits_are_those_nearby(void **state)
{
	int64_t year_2099 = INT64_C(4084774262000); /* 2099-06-10T06:57:42Z */

	(void)state;
	/* 76 is up to fifty years ahead; 77 would be more. */
	assert_int_equal(
		text_retry_after_s("Thursday, 15-Jan-76 09:31:32 GMT", T_2026, 60), 60);
	assert_int_equal(
		text_retry_after_s("Thursday, 15-Jan-77 09:31:32 GMT", T_2026, 60), 1);
	/* At the end of a century, 05 may lie in the next one. */
	assert_int_equal(
		text_retry_after_s("Thursday, 15-Jan-05 09:31:32 GMT", year_2099, 60),
		60);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rfc_3339_is_read_to_the_letter),
		cmocka_unit_test(what_is_written_is_read_back),
		cmocka_unit_test(retry_after_is_read_in_all_its_forms),
		cmocka_unit_test(years_of_two_digits_are_those_nearby),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
