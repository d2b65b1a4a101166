/* SPDX-License-Identifier: Apache-2.0 */
/* What can still be had from what Slack sends when it is not good JSON. */
#include "bot/slack/salvage.h"

#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

static const char replacement[] = "\xef\xbf\xbd";

/* --- a copy that can be parsed ------------------------------------------------ */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the \uXXXX at s, or -1. */
static int escape_unit(const char *s, size_t n)
{
	int unit = 0;

	if (n < 6 || s[0] != '\\' || s[1] != 'u') {
		return -1;
	}
	for (size_t i = 2; i < 6; i++) {
		int digit = hex_digit(s[i]);

		if (digit < 0) {
			return -1;
		}
		unit = unit * 16 + digit;
	}
	return unit;
}

/* How many bytes the escape at s has, and whether they can stay. */
static size_t escape_take(const char *s, size_t n, bool *ret_good)
{
	int unit = escape_unit(s, n);

	*ret_good = true;
	if (unit < 0) {
		return n < 2 ? n : 2;
	}
	if (unit >= 0xd800 && unit <= 0xdbff) {
		int low = escape_unit(s + 6, n - 6);

		if (low >= 0xdc00 && low <= 0xdfff) {
			return 12;
		}
	}
	*ret_good = unit != 0 && (unit < 0xd800 || unit > 0xdfff);
	return 6;
}

/* The same for bytes beyond ASCII. */
static size_t utf8_take(const char *s, size_t n, bool *ret_good)
{
	unsigned char lead = (unsigned char)*s;
	size_t len = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;

	*ret_good = len <= n && text_is_utf8(s, len);
	return *ret_good ? len : 1;
}

/* One piece of what is between two quotes. */
static size_t string_take(const char *s, size_t n, bool *ret_good)
{
	unsigned char c = (unsigned char)*s;

	if (c == '\\') {
		return escape_take(s, n, ret_good);
	}
	if (c >= 0x80) {
		return utf8_take(s, n, ret_good);
	}
	*ret_good = c >= 0x20;
	return 1;
}

bool salvage_clean(const char *text, size_t n, struct buf *out)
{
	bool in_string = false;
	size_t i = 0;

	while (i < n) {
		size_t len = 1;
		bool good = true;

		if (text[i] == '"') {
			in_string = !in_string;
		} else if (in_string) {
			len = string_take(text + i, n - i, &good);
		}
		if (!(good ? buf_add(out, text + i, len)
			   : buf_add_str(out, replacement))) {
			return false;
		}
		i += len;
	}
	return true;
}

bool salvage_clean_text(const char *text, size_t n, struct buf *out)
{
	size_t len;

	for (size_t i = 0; i < n; i += len) {
		bool good = text[i] != '\0';

		len = 1;
		if ((unsigned char)text[i] >= 0x80) {
			len = utf8_take(text + i, n - i, &good);
		}
		if (!(good ? buf_add(out, text + i, len)
			   : buf_add_str(out, replacement))) {
			return false;
		}
	}
	return true;
}

json_t *salvage_parse(const char *text, size_t n, struct fail *f)
{
	struct fail ignored;
	json_t *root = NULL;
	struct buf clean;

	if (jx_parse_object(text, n, &root, f)) {
		return root;
	}
	buf_init(&clean, n * 3 + 1); /* a byte becomes three at most */
	if (salvage_clean(text, n, &clean)) {
		jx_parse_object(buf_str(&clean), clean.len, &root, &ignored);
	}
	buf_finish(&clean);
	return root;
}

/* --- one member of the outermost object --------------------------------------- */

static size_t space_skip(const char *text, size_t n, size_t i)
{
	while (i < n && strchr(" \t\r\n", text[i]) && text[i]) {
		i++;
	}
	return i;
}

/* From behind an opening quote to the closing one, or n. */
static size_t string_end(const char *text, size_t n, size_t i)
{
	while (i < n && text[i] != '"') {
		i += text[i] == '\\' ? 2 : 1;
	}
	return i < n ? i : n;
}

/* From the start of a value to the comma or brace behind it, or n. */
static size_t value_end(const char *text, size_t n, size_t i)
{
	size_t depth = 0;

	for (; i < n; i++) {
		char c = text[i];

		if (c == '"') {
			i = string_end(text, n, i + 1);
		} else if (c == '{' || c == '[') {
			depth++;
		} else if (depth == 0 && (c == ',' || c == '}')) {
			return i;
		} else if (c == '}' || c == ']') {
			depth -= depth > 0;
		}
	}
	return n;
}

/* The string value at text[i], which begins with its quote. */
static bool string_copy(const char *text, size_t n, size_t i, char *dst, size_t size)
{
	size_t end;

	if (i >= n || text[i] != '"') {
		return false;
	}
	end = string_end(text, n, ++i);
	if (end >= n || end - i >= size || memchr(text + i, '\\', end - i) ||
	    memchr(text + i, '\0', end - i) || !text_is_utf8(text + i, end - i)) {
		return false;
	}
	memcpy(dst, text + i, end - i);
	dst[end - i] = '\0';
	return true;
}

bool salvage_member(const char *text, size_t n, const char *name, char *dst, size_t size)
{
	size_t i = space_skip(text, n, 0);

	while (i < n && (text[i] == '{' || text[i] == ',')) {
		size_t key = space_skip(text, n, i + 1);
		size_t key_end, value;

		if (key >= n || text[key] != '"') {
			return false;
		}
		key_end = string_end(text, n, ++key);
		value = space_skip(text, n, key_end + 1);
		if (value >= n || text[value] != ':') {
			return false;
		}
		value = space_skip(text, n, value + 1);
		if (key_end - key == strlen(name) &&
		    memcmp(text + key, name, key_end - key) == 0) {
			return string_copy(text, n, value, dst, size);
		}
		i = value_end(text, n, value);
	}
	return false;
}
