/* SPDX-License-Identifier: Apache-2.0 */
/* A look over the text of a config file before libconfig reads it, for what libconfig
 * would take silently for something else. */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/conf_value.h"
#include "shared/text.h"

enum { DEPTH_MAX = 32 };

struct scan {
	const char *at;
	const char *name;
	int line;
	int depth;
	struct fail *f;
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_name_char(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-' || c == '*';
}

static bool say(const struct scan *s, const char *what)
{
	return fail_set(s->f, FAIL_INVALID, "%s line %d: %s", s->name, s->line, what);
}

/* Move on by one byte, counting lines. */
static void step(struct scan *s)
{
	s->line += *s->at == '\n';
	s->at++;
}

static void skip_line(struct scan *s)
{
	s->at += strcspn(s->at, "\n");
}

/* Where something begins that has no end: libconfig would name the last line. */
static bool say_open(struct scan *s, int line, const char *what)
{
	s->line = line;
	return say(s, what);
}

static bool skip_comment(struct scan *s)
{
	int line = s->line;

	s->at += 2;
	while (*s->at && strncmp(s->at, "*/", 2) != 0) {
		step(s);
	}
	if (!*s->at) {
		return say_open(s, line, "a comment is not closed");
	}
	s->at += 2;
	return true;
}

static bool skip_string(struct scan *s)
{
	int line = s->line;

	for (s->at++; *s->at && *s->at != '"'; step(s)) {
		if (*s->at != '\\') {
			continue;
		}
		s->at++;
		if (!*s->at || !strchr("\"\\fnrtx", *s->at)) {
			say(s, "a string has a '\\' that means nothing");
			return fail_hint(s->f,
					 "For the character itself, write it twice.");
		}
		if (strncmp(s->at, "x00", 3) == 0) {
			return say(s, "a string has a NUL in it");
		}
	}
	if (!*s->at) {
		return say_open(s, line, "a string is not closed");
	}
	s->at++;
	return true;
}

static bool number_fits(const char *token)
{
	bool negative = *token == '-';
	const char *digits = token + (*token == '-' || *token == '+');
	bool hex = digits[0] == '0' && (digits[1] == 'x' || digits[1] == 'X');
	char *end;
	unsigned long long v;
	unsigned long long max;

	if (!hex && strpbrk(token, ".eE")) {
		return true; /* a fraction, and those are refused where they stand */
	}
	errno = 0;
	v = strtoull(digits, &end, hex ? 16 : 10);
	max = *end == 'L' ? (unsigned long long)INT64_MAX : INT32_MAX;
	return errno == 0 && v <= max + negative;
}

static bool skip_number(struct scan *s)
{
	size_t n = 1 + strspn(s->at + 1, "+-.0123456789abcdefABCDEFxXL");
	char token[64];

	if (!text_copy_n(token, sizeof(token), s->at, n) || !number_fits(token)) {
		say(s, "a number is too large");
		return fail_hint(s->f, "A number beyond 2147483647 ends in L.");
	}
	s->at += n;
	return true;
}

/* Brackets, and what has no meaning to us. */
static bool scan_sign(struct scan *s)
{
	char c = *s->at;

	if (c == '@') {
		say(s, "'@include' is not supported");
		return fail_hint(s->f, "All settings stand in one file.");
	}
	s->depth += strchr("({[", c) ? 1 : strchr(")}]", c) ? -1 : 0;
	if (s->depth > DEPTH_MAX) {
		return say(s, "brackets are nested too deep");
	}
	if (((unsigned char)c < ' ' && !strchr("\t\n\r", c)) || c == 0x7f) {
		return say(s, "a control character");
	}
	step(s);
	return true;
}

static bool scan_one(struct scan *s)
{
	char c = *s->at;

	if (c == '#' || strncmp(s->at, "//", 2) == 0) {
		skip_line(s);
		return true;
	}
	if (strncmp(s->at, "/*", 2) == 0) {
		return skip_comment(s);
	}
	if (c == '"') {
		return skip_string(s);
	}
	if (is_digit(c) || ((c == '-' || c == '+') && is_digit(s->at[1]))) {
		return skip_number(s);
	}
	if (is_name_char(c)) {
		while (is_name_char(*s->at)) {
			s->at++;
		}
		return true;
	}
	return scan_sign(s);
}

/* The line on which the text stops being UTF-8. */
static bool check_utf8(struct scan *s)
{
	const char *at = s->at;

	while (*at) {
		size_t n = strcspn(at, "\n");

		if (!text_is_utf8(at, n)) {
			return say(s, "the text is not UTF-8");
		}
		s->line += at[n] == '\n';
		at += n + (at[n] == '\n');
	}
	s->line = 1;
	return true;
}

bool conf_scan(const char *text, const char *name, struct fail *f)
{
	struct scan s = { .at = text, .name = name, .line = 1, .f = f };

	if (!check_utf8(&s)) {
		return false;
	}
	while (*s.at) {
		if (!scan_one(&s)) {
			return false;
		}
	}
	return true;
}
