/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8, cutting, globs, distances and times: what one function says another confirms. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

enum { TEXT_MAX = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not true: %s\n", what);
		abort();
	}
}

/* Writing what was read gives the same text, unless it was not UTF-8. */
static void check_utf8(const char *s)
{
	char back[3 * TEXT_MAX + 1];
	size_t n = 0;
	const char *p = s;

	for (uint32_t c; (c = text_next(&p));) {
		n += text_put(back + n, sizeof(back) - n - 1, c);
	}
	back[n] = '\0';
	must(text_is_utf8(back, n), "what is written is UTF-8");
	must(text_is_utf8(s, strlen(s)) == (strcmp(s, back) == 0),
	     "UTF-8 is what comes back the same");
	must(text_chars(s) == text_chars(back), "the number of characters stays");
}

static void check_cuts(const char *s)
{
	bool good = text_is_utf8(s, strlen(s));
	char cut[TEXT_MAX + 1];

	for (size_t size = 1; size < 12; size++) {
		bool whole = text_copy(cut, size, s);

		must(strlen(cut) < size, "a copy fits");
		must(!good || text_is_utf8(cut, strlen(cut)), "a cut keeps UTF-8");
		must(strncmp(cut, s, strlen(cut)) == 0, "a copy is a copy");
		must(whole == (strcmp(cut, s) == 0), "a cut is told");
		must(text_cut(s, size) <= strlen(s), "a cut is within");
	}
	text_trim(cut, sizeof(cut), s);
	must(strstr(s, cut) != NULL, "trimming only takes away");
}

/* A glob by the book, to hold the quick one against; for short ones only. */
static bool slow_glob(const char *g, const char *n)
{
	const char *next = n;

	if (!*g) {
		return !*n;
	}
	if (*g == '*') {
		return slow_glob(g + 1, n) || (*n && slow_glob(g, n + 1));
	}
	if (*g == '?' && *n) {
		text_next(&next);
		return slow_glob(g + 1, next);
	}
	return *g == *n && *n && slow_glob(g + 1, n + 1);
}

static void check_two(const char *a, const char *b)
{
	size_t d = text_distance(a, b, 1000);
	bool match = text_glob(a, b);

	must(text_distance(b, a, 1000) == d, "distances have two ends");
	must((d == 0) == (text_same(a, b) || (!*a && !*b)) ||
		     !text_is_utf8(a, strlen(a)) || !text_is_utf8(b, strlen(b)),
	     "only the same are at no distance");
	must(!text_same(a, b) || text_same_nocase(a, b),
	     "the same is the same in any case");
	must(text_glob("*", b), "a star matches all");
	if (strlen(a) < 9 && strlen(b) < 12 && text_is_utf8(a, strlen(a)) &&
	    text_is_utf8(b, strlen(b))) {
		must(match == slow_glob(a, b), "two globs agree");
	}
}

static void check_times(const char *s)
{
	char text[TIME_SIZE];
	int64_t ms, back;
	uint32_t wait = text_retry_after_s(s, 1768469462000, 60);

	must(wait <= 60, "a wait is clamped");
	if (text_parse_time(s, &ms)) {
		text_format_time(ms, text);
		must(text_parse_time(text, &back), "a written time is read");
		must(back == ms || text[0] == '0' || text[0] == '9',
		     "and is the same within the years");
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *text = (const char *)data;
	const char *half = memchr(text, '\n', size);
	char a[TEXT_MAX], b[TEXT_MAX];

	text_copy_n(a, sizeof(a), text, half ? (size_t)(half - text) : size);
	text_copy_n(b, sizeof(b), half ? half + 1 : text,
		    half ? size - (size_t)(half + 1 - text) : 0);
	check_utf8(a);
	check_cuts(a);
	check_two(a, b);
	check_times(a);
	text_is_name(a);
	return 0;
}
