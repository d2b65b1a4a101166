/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes as Slack sends them, and the words that come of them. */
#include "bot/words.h"

#include "tests/lib/test.h"

#include <stdio.h>

#include "accessd/types.h"
#include "shared/text.h"

/* The words, each between brackets. */
static const char *shown(const char *text)
{
	static char out[512];
	struct word_list l;
	size_t len = 0;

	assert_true(word_list_init(&l, text, strlen(text)));
	out[0] = '\0';
	for (size_t i = 0; i < l.n; i++) {
		const char *mark = l.items[i].quoted ? "\"" : l.items[i].url ? "@" : "";

		len += (size_t)snprintf(out + len, sizeof(out) - len, "%s[%s]", mark,
					l.items[i].text);
	}
	word_list_finish(&l);
	return out;
}

/* clang-format off */
static const struct { const char *text, *words; } rows[] = {
	{ "", "" },
	{ " a  b ", "[a][b]" },
	{ "a\r\nb\tc\vd", "[a][b][c][d]" },
	{ "a\xe3\x80\x80" "b\xc2\x85" "c", "[a][b][c]" },
	{ "<@U1|ana> <@U1> <@U1|>", "[@ana][@U1][@U1]" },
	{ "<#C1|inc-1> <#C1|>", "[#inc-1][#C1]" },
	{ "<!here> <!subteam^S1|@on call>", "[here][@on][call]" },
	{ "<!date^1767225600^{time}|10:00>", "[10:00]" },
	{ "<https://a.b/c|a label> d", "@[a]@[label][d]" },
	{ "<https://a.b/c|label >d", "@[label][d]" },
	{ "(<https://a.b/c>)", "@[(https://a.b/c)]" },
	{ "<https://a.b/c?d=1&amp;e=2>", "@[https://a.b/c?d=1&e=2]" },
	{ "<https://a.b/|x><@U1|y>", "@[x@y]" },
	{ "<unclosed", "[<unclosed]" },
	{ "< a >", "[<][a][>]" },
	{ "<a<b>", "@[<ab]" },
	{ "&lt;!channel&gt;", "[<!channel>]" },
	{ "&amp;amp; &amp &#60;", "[&amp;][&amp][&#60;]" },
	{ "\xe2\x80\x9c" "a b\xe2\x80\x9d c", "\"[\"a]\"[b\"][c]" },
	{ "\"a\" b", "[\"a\"][b]" },
	{ "\"a b", "[\"a][b]" },
	{ "\"a \"b c\" d", "\"[\"a]\"[\"b]\"[c\"][d]" },
	{ "a\xe2\x80\x94" "b \xe2\x80\x94" "c", "[a\xe2\x80\x94" "b][--c]" },
	{ "a\x01\x1b[31m\x7f" "b", "[a[31mb]" },
	{ "\xc0\xaf \xe2\x82 \xf4\x90\x80\x80",
	  "[\xef\xbf\xbd\xef\xbf\xbd][\xef\xbf\xbd\xef\xbf\xbd][\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd]" },
};
/* clang-format on */

static void words_are_what_people_see(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *words = shown(rows[i].text);

		if (strcmp(words, rows[i].words) != 0) {
			fail_msg("row %zu, '%s': %s", i, rows[i].text, words);
		}
	}
}

static void a_link_keeps_where_it_goes(void **state)
{
	static const char text[] = "<https://a.b/c|label>";
	struct word_list l;

	(void)state;
	assert_true(word_list_init(&l, text, strlen(text)));
	assert_int_equal(l.n, 1);
	assert_int_equal(l.items[0].url_len, 13);
	assert_memory_equal(l.items[0].url, "https://a.b/c", 13);
	word_list_finish(&l);
}

static void what_stands_around_a_word_can_be_left_out(void **state)
{
	static const struct {
		const char *word, *bare;
	} pairs[] = { { "`prod-db`,", "prod-db" },
		      { "\"\"", "" },
		      { "it's", "it's" },
		      { "*'a'*;", "a" },
		      { "prod_", "prod_" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct word w = { .text = pairs[i].word };
		char bare[32];

		word_bare(&w, bare, sizeof(bare));
		assert_row(strcmp(bare, pairs[i].bare) == 0, i, pairs[i].word);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_what_people_see),
		cmocka_unit_test(a_link_keeps_where_it_goes),
		cmocka_unit_test(what_stands_around_a_word_can_be_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
