/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people write and read them. What is wrong is said in words that can be
 * shown to whoever typed it. */
#include "shared/duration.h"

#include <string.h>

#include "accessd/types.h"
#include "shared/text.h"

enum {
	SHOWN_SIZE = 40,      /* as much of the text as a message repeats */
	UNIT_LETTERS_MAX = 8, /* no unit has more */
	WHOLE_DIGITS_MAX = 9, /* more of the smallest unit is too long already */
	FRACTION_DIGITS = 9,  /* what is finer makes no second */
};

/* Largest first, as they have to be written. */
/* clang-format off */
static const struct {
	int64_t s;
	const char *symbol; /* how a hint writes it */
	const char *shown;
	const char *words;  /* each between blanks */
} units[] = {
	{ 86400, "d", "d",   " d day days " },
	{ 3600,  "h", "h",   " h hr hrs hour hours " },
	{ 60,    "m", "min", " m min mins minute minutes " },
	{ 1,     "s", "s",   " s sec secs second seconds " },
};
/* clang-format on */

struct reader {
	const char *at;
	char shown[SHOWN_SIZE]; /* the whole text, cut, for messages */
	int64_t total_s;
	size_t last_unit; /* the next one must come later in the table */
	bool fraction;    /* the last number had one */
	struct fail *f;
};

struct number {
	int64_t whole;
	int64_t fraction; /* in 1/10^FRACTION_DIGITS */
	bool has_fraction;
	bool too_long;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* The index of the unit that n letters name, or the number of units. */
static size_t find_unit(const char *letters, size_t n)
{
	char word[UNIT_LETTERS_MAX + 3] = " ";
	size_t u = 0;

	if (n == 0 || n > UNIT_LETTERS_MAX) {
		return ARRAY_LEN(units);
	}
	for (size_t i = 0; i < n; i++) {
		char c = letters[i];

		word[i + 1] = (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
	}
	word[n + 1] = ' ';
	while (u < ARRAY_LEN(units) && !strstr(units[u].words, word)) {
		u++;
	}
	return u;
}

/* --- what it looks like -------------------------------------------------------- */

/* Digits of other scripts, fractions and the minus of typesetters: they are refused with
 * a reason rather than taken for another word. */
static bool starts_odd(const char *s)
{
	static const struct {
		uint32_t first, last;
	} odd[] = { { 0xbc, 0xbe },    { 0x660, 0x669 },   { 0x6f0, 0x6f9 },
		    { 0x966, 0x96f },  { 0x2150, 0x215e }, { 0x2212, 0x2212 },
		    { 0xff10, 0xff19 } };
	uint32_t c = text_next(&s);

	for (size_t i = 0; i < ARRAY_LEN(odd); i++) {
		if (c >= odd[i].first && c <= odd[i].last) {
			return true;
		}
	}
	return false;
}

/* Move over digits of whatever script, dots and commas. Says whether there was a digit,
 * and counts the dots. */
static bool skip_number(const char **s, size_t *dots)
{
	bool digit = false;

	for (;;) {
		if (is_digit(**s) || starts_odd(*s)) {
			digit = true;
		} else if (**s == '.' || **s == ',') {
			++*dots;
		} else {
			return digit;
		}
		text_next(s);
	}
}

/* A unit, one that we do not have, or the exponent of a number. */
static bool means_unit(const char *letters, size_t n, bool last)
{
	static const char *const others[] = {
		"mo",    "month", "months", "ms",   "w",     "week",
		"weeks", "wk",    "y",      "year", "years",
	};

	if (find_unit(letters, n) < ARRAY_LEN(units)) {
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (strlen(others[i]) == n && strncmp(others[i], letters, n) == 0) {
			return true;
		}
	}
	return !last && n == 1 && (*letters == 'e' || *letters == 'E');
}

/* Numbers and units in turn. Not "10.0.0.1", "2026-01-15", "3rd", "01J8ZK". */
bool duration_looks_like(const char *s)
{
	size_t dots = 0;
	bool alone;

	s += *s == '+' || *s == '-';
	for (alone = true; *s; alone = false) {
		size_t n = 0;

		if (!skip_number(&s, &dots)) {
			return false;
		}
		if (!*s) {
			return !alone || dots < 2;
		}
		while (is_letter(s[n])) {
			n++;
		}
		if (!means_unit(s, n, !s[n])) {
			return false;
		}
		s += n;
	}
	return !alone;
}

/* --- parsing ------------------------------------------------------------------- */

static bool say_too_long(const struct reader *r)
{
	return fail_set(r->f, FAIL_INVALID, "'%s' is too long: the most is 366d",
			r->shown);
}

static bool say_unreadable(const struct reader *r)
{
	fail_set(r->f, FAIL_INVALID, "cannot read the duration '%s'", r->shown);
	return fail_hint(r->f, "Write a number and d, h, m or s, such as 90m or 1h30m.");
}

/* "90", and the 30 of "1h30". */
static bool say_no_unit(const struct reader *r)
{
	size_t next = r->last_unit + 1;

	if (r->last_unit == ARRAY_LEN(units)) {
		return fail_set(r->f, FAIL_INVALID,
				"'%s' has no unit: do you mean %sm or %sh?", r->shown,
				r->shown, r->shown);
	}
	if (next < ARRAY_LEN(units)) {
		return fail_set(r->f, FAIL_INVALID,
				"'%s' ends without a unit: do you mean %s%s?", r->shown,
				r->shown, units[next].symbol);
	}
	return say_unreadable(r);
}

static bool say_bad_start(const struct reader *r)
{
	const char *s = r->at;

	if (*s == '-' || strncmp(s, "\xe2\x88\x92", 3) == 0) {
		return fail_set(r->f, FAIL_INVALID, "'%s' is negative", r->shown);
	}
	if (starts_odd(s)) {
		fail_set(r->f, FAIL_INVALID, "'%s' is not written with the digits 0 to 9",
			 r->shown);
		return fail_hint(r->f, "Write it like 90m or 1h30m.");
	}
	return say_unreadable(r);
}

/* "12", "1.5", ".5". */
static bool take_number(struct reader *r, struct number *ret_n)
{
	struct number n = { 0 };
	const char *s = r->at;
	int64_t worth = 100000000;

	for (; is_digit(*s); s++) {
		n.too_long |= n.whole > 99999999;
		n.whole = n.too_long ? n.whole : n.whole * 10 + (*s - '0');
	}
	if (*s == '.' && is_digit(s[1])) {
		n.has_fraction = true;
		for (s++; is_digit(*s); s++) {
			n.fraction += (*s - '0') * worth;
			worth /= 10;
		}
	}
	if (s == r->at) {
		return say_bad_start(r);
	}
	r->at = s;
	*ret_n = n;
	return true;
}

static bool take_unit(struct reader *r, size_t *ret_unit)
{
	size_t len = 0;
	size_t u;

	while (is_letter(r->at[len])) {
		len++;
	}
	u = find_unit(r->at, len);
	if (len == 0 && !*r->at) {
		return say_no_unit(r);
	}
	if (len == 0 && *r->at == ',') {
		fail_set(r->f, FAIL_INVALID, "cannot read the duration '%s'", r->shown);
		return fail_hint(r->f, "A fraction has a dot: 1.5h.");
	}
	if (len == 0) {
		return say_unreadable(r);
	}
	if (u == ARRAY_LEN(units)) {
		fail_set(r->f, FAIL_INVALID, "'%.*s' in '%s' is no unit",
			 (int)(len < SHOWN_SIZE ? len : SHOWN_SIZE), r->at, r->shown);
		return fail_hint(r->f, "The units are d, h, m and s.");
	}
	r->at += len;
	*ret_unit = u;
	return true;
}

static bool check_order(const struct reader *r, size_t unit)
{
	if (r->last_unit == ARRAY_LEN(units) || unit > r->last_unit) {
		return true;
	}
	if (unit == r->last_unit) {
		return fail_set(r->f, FAIL_INVALID, "'%s' has the unit %s twice",
				r->shown, units[unit].symbol);
	}
	fail_set(r->f, FAIL_INVALID, "'%s' has its units out of order", r->shown);
	return fail_hint(r->f, "The largest comes first, such as in 1h30m.");
}

static bool take_part(struct reader *r)
{
	static const int64_t one = 1000000000; /* 10^FRACTION_DIGITS */
	struct number n = { 0 };
	size_t u = 0;

	if (!take_number(r, &n) || !take_unit(r, &u) || !check_order(r, u)) {
		return false;
	}
	if (n.has_fraction && units[u].s == 1) {
		return fail_set(r->f, FAIL_INVALID, "'%s' has a fraction of a second",
				r->shown);
	}
	if (r->fraction) {
		return fail_set(r->f, FAIL_INVALID,
				"'%s' has a fraction that is not on its last number",
				r->shown);
	}
	r->fraction = n.has_fraction;
	r->last_unit = u;
	if (n.too_long || n.whole > DURATION_MAX_S / units[u].s) {
		return say_too_long(r);
	}
	r->total_s += n.whole * units[u].s + n.fraction * units[u].s / one;
	return true;
}

bool duration_parse(const char *s, int64_t *ret_s, struct fail *f)
{
	struct reader r = { .at = s, .last_unit = ARRAY_LEN(units), .f = f };

	if (!text_copy(r.shown, sizeof(r.shown), s)) {
		/* So that the message shows that it is not the whole. */
		text_copy(r.shown + strlen(r.shown) - 3, 4, "...");
	}
	if (!*s) {
		return fail_set(f, FAIL_INVALID, "a duration is missing");
	}
	do {
		if (!take_part(&r)) {
			return false;
		}
	} while (*r.at);
	if (r.total_s > DURATION_MAX_S) {
		return say_too_long(&r);
	}
	if (r.total_s == 0) {
		return fail_set(f, FAIL_INVALID, "'%s' is less than a second", r.shown);
	}
	*ret_s = r.total_s;
	return true;
}

/* --- formatting ---------------------------------------------------------------- */

/* " 30 min"; returns its end. */
static char *part_put(char *at, bool more, int64_t n, const char *unit)
{
	if (more) {
		*at++ = ' ';
	}
	at += text_put_int(at, n);
	*at++ = ' ';
	return stpcpy(at, unit);
}

/* The first two units that there are: nobody plans by the seconds of a day. */
void duration_format(int64_t s, char dst[DURATION_SIZE])
{
	char *at = dst;
	unsigned parts = 0;

	for (size_t u = 0; u < ARRAY_LEN(units) && parts < 2 && s > 0; u++) {
		int64_t n = s / units[u].s;

		s %= units[u].s;
		if (n > 0) {
			at = part_put(at, parts > 0, n, units[u].shown);
			parts++;
		}
	}
	if (parts == 0) {
		part_put(dst, false, 0, "s");
	}
}
