/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers wrote, on a terminal. */
#include "tests/lib/test.h"

#include "accessd/types.h"
#include "bot/cli/plain.h"

static const struct {
	const char *label, *text, *want;
	size_t columns;
} rows[] = {
	{ "nothing", "", "", 0 },
	{ "plain", "replica lag", "replica lag", 11 },
	{ "other scripts", "\xd0\xb4\xd0\xb0 \xe6\xbc\xa2",
	  "\xd0\xb4\xd0\xb0 \xe6\xbc\xa2", 4 },
	{ "a colour", "\x1b[31mred", "\\u{1b}[31mred", 13 },
	{ "a line of its own", "a\r\nb", "a\\u{d}\\u{a}b", 12 },
	{ "a C1 control",
	  "\xc2\x9b"
	  "2J",
	  "\\u{9b}2J", 8 },
	{ "DEL", "\x7f", "\\u{7f}", 6 },
	{ "right to left", "\xe2\x80\xae", "\\u{202e}", 8 },
	{ "isolates", "\xe2\x81\xa6", "\\u{2066}", 8 },
	{ "no width", "\xe2\x80\x8b", "\\u{200b}", 8 },
	{ "a line separator", "\xe2\x80\xa8", "\\u{2028}", 8 },
	{ "a byte order mark", "\xef\xbb\xbf", "\\u{feff}", 8 },
	{ "tags", "\xf3\xa0\x80\x81", "\\u{e0001}", 9 },
	{ "not UTF-8",
	  "\xff"
	  "a\xc0",
	  "\xef\xbf\xbd"
	  "a\xef\xbf\xbd",
	  3 },
};

static void nothing_hostile_is_left(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 1024);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t columns;

		buf_clear(&out);
		columns = plain_add(&out, rows[i].text);
		assert_row(strcmp(buf_str(&out), rows[i].want) == 0, i, buf_str(&out));
		assert_row(columns == rows[i].columns, i, rows[i].label);
	}
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_hostile_is_left),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
