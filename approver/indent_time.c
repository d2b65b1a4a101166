/* SPDX-License-Identifier: Apache-2.0 */
/* Go's durations: [-+] and then numbers with units, in any order; or "0". */
#include "approver/indent_time.h"

#include <stddef.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/text.h"

static const uint64_t second_ns = 1000000000;

/* Longer ones before those that they begin with. */
/* clang-format off */
static const struct {
	const char *name;
	uint64_t ns;
} units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\xc2\xb5s", 1000 }, /* U+00B5, the micro sign */
	{ "\xce\xbcs", 1000 }, /* U+03BC, the Greek letter */
	{ "ms", 1000000 },
	{ "s",  1000000000 },
	{ "m",  60ull * 1000000000 },
	{ "h",  3600ull * 1000000000 },
};
/* clang-format on */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits, at most as many as fit 2^63; *s stands behind them. */
static bool take_whole(const char **s, uint64_t *ret_n)
{
	uint64_t n = 0;

	for (; is_digit(**s); (*s)++) {
		if (n > (uint64_t)INT64_MAX / 10 - 1) {
			return false;
		}
		n = n * 10 + (uint64_t)(**s - '0');
	}
	*ret_n = n;
	return true;
}

static bool take_unit(const char **s, uint64_t *ret_ns)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t n = strlen(units[i].name);

		if (strncmp(*s, units[i].name, n) == 0) {
			*s += n;
			*ret_ns = units[i].ns;
			return true;
		}
	}
	return false;
}

/* The digits behind a point, if there is one. */
static void take_fraction(const char **s, size_t *ret_n, const char **ret_digits)
{
	*ret_n = 0;
	if (**s != '.') {
		return;
	}
	*ret_digits = ++*s;
	while (is_digit(**s)) {
		(*s)++;
		(*ret_n)++;
	}
}

static uint64_t fraction_ns(const char *digits, size_t n, uint64_t unit_ns)
{
	uint64_t ns = 0;

	for (size_t i = 0; i < n && unit_ns > 0; i++) {
		unit_ns /= 10;
		ns += unit_ns * (uint64_t)(digits[i] - '0');
	}
	return ns;
}

/* One number with its unit. */
static bool take_part(const char **s, uint64_t *ret_ns)
{
	const char *from = *s;
	const char *digits = "";
	uint64_t whole, unit_ns;
	size_t n_whole, n_digits;

	if (!take_whole(s, &whole)) {
		return false;
	}
	n_whole = (size_t)(*s - from);
	take_fraction(s, &n_digits, &digits);
	if (n_whole + n_digits == 0 || !take_unit(s, &unit_ns) ||
	    whole > (uint64_t)INT64_MAX / unit_ns - 1) {
		return false;
	}
	*ret_ns = whole * unit_ns + fraction_ns(digits, n_digits, unit_ns);
	return true;
}

bool indent_duration_parse(const char *text, int64_t *ret_s)
{
	const char *s = text;
	bool negative = *s == '-';
	uint64_t ns = 0;

	s += negative || *s == '+';
	if (strcmp(s, "0") == 0) {
		*ret_s = 0;
		return true;
	}
	do {
		uint64_t part;

		if (!take_part(&s, &part) || part > (uint64_t)INT64_MAX - ns) {
			return false;
		}
		ns += part;
	} while (*s);
	int64_t whole = (int64_t)(ns / second_ns + (ns % second_ns > 0));
	*ret_s = negative ? -whole : whole;
	return true;
}

void indent_duration_format(int64_t s, char dst[INDENT_DURATION_SIZE])
{
	const struct {
		int64_t n;
		char unit;
	} parts[] = { { s / 3600, 'h' }, { s / 60 % 60, 'm' }, { s % 60, 's' } };

	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		dst += text_put_int(dst, parts[i].n);
		*dst++ = parts[i].unit;
	}
	*dst = '\0';
}
