/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, booleans and lists in environment variables. */
#include "bot/environment_value.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

/* --- numbers --------------------------------------------------------------------------- */

static size_t digits(const char *s)
{
	return strspn(s, "0123456789");
}

/* The length of the number that s begins with, 0: none. "1.", ".5", "-1" and "1e3" are
 * numbers, "." and "e3" are not; "1e" is 1. */
static size_t number_span(const char *s)
{
	size_t n = *s == '+' || *s == '-';
	size_t whole = digits(s + n);
	size_t fraction = 0;
	size_t exponent;

	n += whole;
	if (s[n] == '.') {
		fraction = digits(s + n + 1);
		n += whole + fraction > 0 ? 1 + fraction : 0;
	}
	if (whole + fraction == 0) {
		return 0;
	}
	if (s[n] == 'e' || s[n] == 'E') {
		exponent = s[n + 1] == '+' || s[n + 1] == '-' ? 2 : 1;
		n += digits(s + n + exponent) ? exponent + digits(s + n + exponent) : 0;
	}
	return n;
}

static bool number_read(const char *text, double *ret_d)
{
	char copy[64];
	size_t n;

	text += strspn(text, " \t\n\v\f\r");
	n = number_span(text);
	if (n == 0 || n >= sizeof(copy)) {
		return false;
	}
	memcpy(copy, text, n);
	copy[n] = '\0';
	*ret_d = strtod(copy, NULL);
	return true;
}

static bool say_bounds(const struct environment_number *n, const char *text,
		       struct fail *f)
{
	fail_set(f, FAIL_INVALID, "%s '%.40s' is out of bounds: it must be %s%lld %s",
		 n->name, text, n->min_s > 0 ? "more than 0, and at most " : "0 to ",
		 (long long)(n->max_s / n->unit_s), n->unit);
	return fail_hint(f, "Unset it for %lld %s.",
			 (long long)(n->otherwise_s / n->unit_s), n->unit);
}

bool environment_number(const struct environment_number *n, const char *text,
			int64_t *ret_s, struct fail *f)
{
	double d = 0;

	if (!*text) {
		*ret_s = n->otherwise_s;
		return true;
	}
	if (!number_read(text, &d)) {
		fail_set(f, FAIL_INVALID, "%s '%.40s' is not a number of %s", n->name,
			 text, n->unit);
		return fail_hint(f, "Write one, such as 6 or 0.5, or unset it for %lld.",
				 (long long)(n->otherwise_s / n->unit_s));
	}
	d = d * (double)n->unit_s + 0.5;
	/* In this order, so that what is infinite is never made an integer of. */
	if (!(d >= (double)n->min_s && d < (double)n->max_s + 1)) {
		return say_bounds(n, text, f);
	}
	*ret_s = (int64_t)d;
	return true;
}

/* --- booleans --------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *word;
	bool means;
} words[] = {
	{ "true", true },   { "1", true },  { "yes", true }, { "on", true },
	{ "false", false }, { "0", false }, { "no", false }, { "off", false },
};
/* clang-format on */

bool environment_bool(const char *name, const char *text, bool *ret_b, struct fail *f)
{
	if (!*text) {
		*ret_b = false;
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (text_same_nocase(words[i].word, text)) {
			*ret_b = words[i].means;
			return true;
		}
	}
	fail_set(f, FAIL_INVALID, "%s '%.40s' is neither true nor false", name, text);
	return fail_hint(f,
			 "Write true, 1, yes or on; or false, 0, no, off, or nothing.");
}

/* --- lists -------------------------------------------------------------------------------- */

static void list_add(struct str_list *l, const char *s, size_t n)
{
	char **items = reallocarray(l->items, l->n + 1, sizeof(*items));
	char *copy = strndup(s, n);

	if (!items || !copy) {
		abort(); /* out of memory at the start, for a few names */
	}
	l->items = items;
	l->items[l->n++] = copy;
}

static bool is_blank(char c)
{
	return c && strchr(" \t\n\v\f\r", c);
}

static void list_add_trimmed(struct str_list *l, const char *s, size_t n)
{
	while (n > 0 && is_blank(*s)) {
		s++;
		n--;
	}
	while (n > 0 && is_blank(s[n - 1])) {
		n--;
	}
	if (n > 0) {
		list_add(l, s, n);
	}
}

bool environment_list(const char *name, const char *text, struct str_list *ret_l,
		      struct fail *f)
{
	struct str_list l = { 0 };

	if (!text_is_utf8(text, strlen(text))) {
		return fail_set(f, FAIL_INVALID, "%s is not UTF-8", name);
	}
	for (const char *s = text; *s;) {
		size_t n = strcspn(s, ",");

		list_add_trimmed(&l, s, n);
		s += n + (s[n] == ',');
	}
	if (*text && l.n == 0) {
		fail_set(f, FAIL_INVALID, "%s is set, but it names nothing", name);
		return fail_hint(f, "Write names with commas between them, or unset it.");
	}
	*ret_l = l;
	return true;
}

void environment_list_finish(struct str_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		free(l->items[i]);
	}
	free(l->items);
	*l = (struct str_list){ 0 };
}
