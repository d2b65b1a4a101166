/* SPDX-License-Identifier: Apache-2.0 */
/* What text of strangers becomes in a message. */
#include "bot/slack/mrkdwn.h"

#include "tests/lib/test.h"

#include <stdlib.h>

#include "accessd/types.h"

#define DAY_MS ((int64_t)86400000)

/* clang-format off */
static const struct { const char *text; size_t chars; const char *shown; } texts[] = {
	{ "replica lag", 100, "replica lag" },
	{ "", 100, "" },
	{ "a & b < c > d", 100, "a &amp; b &lt; c &gt; d" },
	{ "<!channel> <@U0BOB0001> <!subteam^S1>", 100, "&lt;!channel&gt; &lt;@U0BOB0001&gt; &lt;!subteam^S1&gt;" },
	{ "&lt;", 100, "&amp;lt;" },
	{ "`rm -rf`", 100, "'rm -rf'" },
	{ "```a```", 100, "'''a'''" },
	{ "*bold* _it_ ~gone~", 100, "\xe2\x88\x97" "bold\xe2\x88\x97 \xcb\x8dit\xcb\x8d \xe2\x88\xbcgone\xe2\x88\xbc" },
	{ "prod_db 2*3 a~b", 100, "prod_db 2*3 a~b" },
	{ "(*a*)", 100, "(\xe2\x88\x97" "a\xe2\x88\x97)" },
	{ "a\n> quote\r\nb\tc", 100, "a &gt; quote  b c" },
	{ "a\xe2\x80\xa8" "b\xc2\x85" "c", 100, "a b c" },
	{ "a\xe2\x80\xae" "b\xe2\x80\x8f\xe2\x81\xa6", 100, "ab" },
	{ "a\xe2\x80\x8b\xef\xbb\xbf\xc2\xad" "b", 100, "ab" },
	{ "a\a\x1b\x7f\xc2\x9b" "b", 100, "ab" },
	{ "a\xffz", 100, "a\xef\xbf\xbdz" },
	{ "\xed\xa0\x80", 100, "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xf0\x9f\x94\xa5\xc3\xa4", 100, "\xf0\x9f\x94\xa5\xc3\xa4" },
	/* cut at code points, never inside an escape */
	{ "abc", 3, "abc" },
	{ "abcd", 3, "abc…" },
	{ "&&&&", 3, "&amp;&amp;&amp;…" },
	{ "\xf0\x9f\x94\xa5\xf0\x9f\x94\xa5", 1, "\xf0\x9f\x94\xa5…" },
	{ "abc\xe2\x80\x8b", 3, "abc" },
	{ "a", 0, "…" },
};

static const struct { const char *id, *shown; } users[] = {
	{ "U0ANA0001", "<@U0ANA0001>" },
	{ "W012A3CDE", "<@W012A3CDE>" },
	{ "", "" },
	{ "U", "U" },
	{ "C0INC0001", "C0INC0001" },
	{ "U1> <!channel", "U1&gt; &lt;!channel" },
	{ "U1|x", "U1|x" },
};

static const struct { const char *escaped, *plain; } escapes[] = {
	{ "a &amp; b", "a & b" }, { "&lt;&gt;", "<>" }, { "&amp;lt;", "&lt;" }, { "&amp;amp;amp;", "&amp;amp;" },
	{ "&", "&" }, { "&am", "&am" }, { "&quot;", "&quot;" }, { "", "" }, { "&&amp;", "&&" },
};
/* clang-format on */

static void text_of_strangers_stays_text(void **state)
{
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_init(&b, 1000);
		mrkdwn_add_text(&b, texts[i].text, texts[i].chars);
		if (strcmp(buf_str(&b), texts[i].shown) != 0) {
			fail_msg("row %zu, '%s': %s", i, texts[i].text, buf_str(&b));
		}
		buf_finish(&b);
	}
}

static void only_an_id_is_mentioned(void **state)
{
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(users); i++) {
		buf_init(&b, 100);
		mrkdwn_add_user(&b, users[i].id);
		assert_row(strcmp(buf_str(&b), users[i].shown) == 0, i, users[i].id);
		buf_finish(&b);
	}
}

static void times_are_of_the_reader_with_a_fallback(void **state)
{
	static const int64_t at = 1795443120000; /* 2026-11-23T14:12:00Z */
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	mrkdwn_add_time(&b, at, at - 7200000);
	assert_string_equal(buf_str(&b), "<!date^1795443120^{time}|14:12 UTC>");
	buf_clear(&b);
	mrkdwn_add_time(&b, at, at - DAY_MS);
	assert_string_equal(buf_str(&b), "<!date^1795443120^{date_short_pretty} {time}|"
					 "2026-11-23 14:12 UTC>");
	buf_finish(&b);
}

static void escapes_are_undone_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
		char *s = strdup(escapes[i].escaped);

		mrkdwn_unescape(s);
		assert_row(strcmp(s, escapes[i].plain) == 0, i, escapes[i].escaped);
		free(s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_strangers_stays_text),
		cmocka_unit_test(only_an_id_is_mentioned),
		cmocka_unit_test(times_are_of_the_reader_with_a_fallback),
		cmocka_unit_test(escapes_are_undone_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
