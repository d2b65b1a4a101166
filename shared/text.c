/* SPDX-License-Identifier: Apache-2.0 */
/* Text as strangers send it: UTF-8, comparing, globs, and the distance of names. Times
 * are in text_time.c. */
#include "shared/text.h"

#include <string.h>

#define NOT_UTF8 0xfffdu

/* Names longer than this are never near one another. */
enum { DISTANCE_CHARS = 128 };

/* --- UTF-8 --------------------------------------------------------------------- */

/* The length of the sequence at s (at most n bytes), and its code point; 0 when it is not
 * UTF-8: overlong, a surrogate, beyond U+10FFFF, broken off. */
static size_t decode(const unsigned char *s, size_t n, uint32_t *ret_c)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	size_t len = s[0] < 0x80   ? 1
		     : s[0] < 0xc2 ? 0
		     : s[0] < 0xe0 ? 2
		     : s[0] < 0xf0 ? 3
		     : s[0] < 0xf5 ? 4
				   : 0;
	uint32_t c = len < 2 ? s[0] : s[0] & (0xffu >> (len + 1));

	if (len == 0 || len > n) {
		return 0;
	}
	for (size_t i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80) {
			return 0;
		}
		c = c << 6 | (s[i] & 0x3fu);
	}
	if (c < least[len] || (c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff) {
		return 0;
	}
	*ret_c = c;
	return len;
}

bool text_is_utf8(const char *s, size_t n)
{
	const unsigned char *p = (const unsigned char *)s;
	uint32_t c;

	while (n > 0) {
		size_t len = decode(p, n, &c);

		if (len == 0) {
			return false;
		}
		p += len;
		n -= len;
	}
	return true;
}

/* Inline, as names are mostly ASCII and globs are tried for every policy. */
static inline uint32_t next(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	uint32_t c = NOT_UTF8;
	size_t len;

	if (*p < 0x80) {
		*s += *p != 0;
		return *p;
	}
	/* A NUL is no continuation byte, so that 4 never reaches beyond the end. */
	len = decode(p, 4, &c);
	*s += len ? len : 1;
	return len ? c : NOT_UTF8;
}

uint32_t text_next(const char **s)
{
	return next(s);
}

size_t text_put(char *dst, size_t room, uint32_t c)
{
	size_t len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };

	if ((c >= 0xd800 && c <= 0xdfff) || c > 0x10ffff || len > room) {
		return 0;
	}
	for (size_t i = len - 1; i > 0; i--) {
		dst[i] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	dst[0] = (char)(lead[len] | c);
	return len;
}

size_t text_chars(const char *s)
{
	size_t n = 0;

	while (next(&s)) {
		n++;
	}
	return n;
}

size_t text_cut(const char *s, size_t chars)
{
	size_t bytes = strnlen(s, chars);
	const char *p = s;

	if (bytes < chars) {
		return bytes;
	}
	while (chars > 0 && next(&p)) {
		chars--;
	}
	return (size_t)(p - s);
}

/* --- copying ------------------------------------------------------------------- */

static bool copy(char *dst, size_t size, const char *s, size_t len)
{
	size_t cut = len;

	if (size == 0) {
		return false;
	}
	if (cut >= size) {
		cut = size - 1;
		/* At most 3 back: what is not UTF-8 is cut anywhere. */
		for (size_t i = 0; i < 3 && cut > 0 && (s[cut] & 0xc0) == 0x80; i++) {
			cut--;
		}
	}
	if (cut > 0) {
		memmove(dst, s, cut);
	}
	dst[cut] = '\0';
	return cut == len;
}

bool text_copy_n(char *dst, size_t size, const char *s, size_t n)
{
	return copy(dst, size, s, s ? strnlen(s, n) : 0);
}

bool text_copy(char *dst, size_t size, const char *s)
{
	return copy(dst, size, s, s ? strlen(s) : 0);
}

/* What Unicode calls white space, and the byte order mark that some editors leave. */
static bool is_space(uint32_t c)
{
	return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xa0 ||
	       c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 ||
	       c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000 || c == 0xfeff;
}

/* Seen without decoding to be no space. */
static bool is_mark(char c)
{
	return c > ' ' && c < 0x7f;
}

bool text_trim(char *dst, size_t size, const char *s)
{
	const char *p = s ? s : "";
	const char *begin = NULL;
	const char *end = p;
	size_t n = strlen(p);

	if (n > 0 && is_mark(p[0]) && is_mark(p[n - 1])) {
		return copy(dst, size, p, n); /* as most are: nothing to trim */
	}
	for (const char *at = p;; at = p) {
		uint32_t c = next(&p);

		if (c == 0) {
			break;
		}
		if (!is_space(c)) {
			begin = begin ? begin : at;
			end = p;
		}
	}
	return text_copy_n(dst, size, begin, begin ? (size_t)(end - begin) : 0);
}

/* --- numbers ------------------------------------------------------------------- */

size_t text_put_int(char dst[TEXT_INT_SIZE], int64_t n)
{
	char digits[TEXT_INT_SIZE];
	size_t at = sizeof(digits);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	digits[--at] = '\0';
	do {
		digits[--at] = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (n < 0) {
		digits[--at] = '-';
	}
	memcpy(dst, digits + at, sizeof(digits) - at);
	return sizeof(digits) - 1 - at;
}

/* --- comparing ----------------------------------------------------------------- */

bool text_same(const char *a, const char *b)
{
	return a && b && *a && *a == *b && strcmp(a, b) == 0;
}

/* Not tolower(): what counts as a letter must not depend on a locale. */
static unsigned char ascii_lower(char c)
{
	return (unsigned char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

void text_lower(char *s)
{
	for (; *s; s++) {
		*s = (char)ascii_lower(*s);
	}
}

bool text_same_nocase(const char *a, const char *b)
{
	if (!a || !b || !*a) {
		return false;
	}
	while (*a && ascii_lower(*a) == ascii_lower(*b)) {
		a++;
		b++;
	}
	return !*a && !*b;
}

/* Only the last star is ever tried again, further on: a star before it has nothing to
 * gain from taking more. So the work is the product of the lengths at worst. */
bool text_glob(const char *glob, const char *name)
{
	const char *star = NULL;
	const char *resume = NULL;

	while (*name) {
		const char *g = glob;
		const char *n = name;
		uint32_t want;
		uint32_t have;

		if (*g == *n && is_mark(*g) && *g != '*') {
			glob++; /* nearly all of a name: needs no decoding */
			name++;
			continue;
		}
		want = next(&g);
		have = next(&n);
		if (want == '*') {
			if (!*g) {
				return true; /* it takes all the rest */
			}
			star = glob = g;
			resume = name;
		} else if (want && (want == '?' || (want == have && *glob == *name))) {
			glob = g;
			name = n;
		} else if (star) {
			next(&resume);
			glob = star;
			name = resume;
		} else {
			return false;
		}
	}
	while (*glob == '*') {
		glob++;
	}
	return !*glob;
}

static size_t least3(size_t a, size_t b, size_t c)
{
	size_t m = a < b ? a : b;

	return m < c ? m : c;
}

size_t text_distance(const char *a, const char *b, size_t cap)
{
	uint32_t col[DISTANCE_CHARS];
	size_t row[DISTANCE_CHARS + 1];
	size_t n = 0;
	size_t i = 0;

	if (text_chars(a) > DISTANCE_CHARS || text_chars(b) > DISTANCE_CHARS) {
		return cap;
	}
	while ((col[n] = next(&b))) {
		row[n] = n;
		n++;
		if (n == DISTANCE_CHARS) {
			break;
		}
	}
	row[n] = n;
	for (uint32_t c; (c = next(&a)); i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t k = 0; k < n; k++) {
			size_t next = least3(row[k] + 1, row[k + 1] + 1,
					     diagonal + (col[k] != c));

			diagonal = row[k + 1];
			row[k + 1] = next;
		}
	}
	return row[n] < cap ? row[n] : cap;
}

bool text_is_name(const char *s)
{
	size_t n = s ? strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789._-") : 0;

	return n > 0 && n < NAME_SIZE && !s[n] && !strchr("._-", s[0]);
}
