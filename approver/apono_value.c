/* SPDX-License-Identifier: Apache-2.0 */
/* Single values of Apono's bodies. */
#include "approver/apono_value.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "approver/apono_parse.h"
#include "shared/jx.h"
#include "shared/text.h"

/* What Handlebars' escapeExpression() writes, and nothing else that HTML knows. */
/* clang-format off */
static const struct { const char *entity; char c; } entities[] = {
	{ "&amp;",  '&' },
	{ "&gt;",   '>' },
	{ "&lt;",   '<' },
	{ "&quot;", '"' },
	{ "&#x27;", '\'' },
	{ "&#x3D;", '=' },
	{ "&#x60;", '`' },
};
/* clang-format on */

static size_t entity_at(const char *s, char *ret_c)
{
	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		size_t n = strlen(entities[i].entity);

		if (strncmp(s, entities[i].entity, n) == 0) {
			*ret_c = entities[i].c;
			return n;
		}
	}
	*ret_c = *s;
	return 1;
}

void apono_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		from += entity_at(from, to++);
	}
	*to = '\0';
}

static bool is_absent(const json_t *v)
{
	return !v || json_is_null(v);
}

static bool too_long(const char *name, size_t size, struct fail *f)
{
	return fail_set(f, FAIL_INVALID, "'%s' is longer than %zu bytes", name, size - 1);
}

bool apono_id(const json_t *o, const char *name, char *dst, size_t size, struct fail *f)
{
	const json_t *v = json_object_get(o, name);
	struct jx_field field = { name, JX_STRING, false };

	if (json_is_integer(v)) {
		snprintf(dst, size, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		return true;
	}
	if (!jx_check(o, &field, 1, f)) {
		return false;
	}
	return text_trim(dst, size, jx_str(o, name)) || too_long(name, size, f);
}

/* An entity is longer than what it stands for, by six at most. */
bool apono_email(const json_t *o, const char *name, char dst[EMAIL_SIZE], struct fail *f)
{
	struct jx_field field = { name, JX_STRING, false };
	char escaped[EMAIL_SIZE * 6];

	if (!jx_check(o, &field, 1, f)) {
		return false;
	}
	if (!text_copy(escaped, sizeof(escaped), jx_str(o, name))) {
		return too_long(name, EMAIL_SIZE, f);
	}
	apono_unescape(escaped);
	return text_trim(dst, EMAIL_SIZE, escaped) || too_long(name, EMAIL_SIZE, f);
}

/* --- seconds --------------------------------------------------------------------------- */

static bool digits_read(const char **s, double *ret_n)
{
	const char *from = *s;

	for (*ret_n = 0; isdigit((unsigned char)**s); (*s)++) {
		*ret_n = *ret_n * 10 + (**s - '0');
	}
	return *s > from;
}

/* "3600", "3600.5", "-1", as JSON writes them but for exponents. The fraction matters only
 * in whether there is one. */
static bool number_read(const char *s, double *ret_n)
{
	bool minus = *s == '-';
	double fraction = 0;

	s += minus;
	if (!digits_read(&s, ret_n)) {
		return false;
	}
	if (*s == '.') {
		s++;
		if (!digits_read(&s, &fraction)) {
			return false;
		}
	}
	*ret_n += fraction > 0 ? 0.5 : 0;
	*ret_n = minus ? -*ret_n : *ret_n;
	return *s == '\0';
}

static int64_t whole_seconds(double n)
{
	if (n <= 0 || n > (double)APONO_FOREVER_S) {
		return APONO_FOREVER_S;
	}
	return (int64_t)n + (n > (double)(int64_t)n ? 1 : 0);
}

bool apono_seconds(const json_t *o, const char *name, int64_t *ret_s, struct fail *f)
{
	const json_t *v = json_object_get(o, name);
	char text[64] = "";
	double n = json_number_value(v);

	if (json_is_string(v) && !text_trim(text, sizeof(text), json_string_value(v))) {
		return too_long(name, sizeof(text), f);
	}
	if (is_absent(v) || (json_is_string(v) && !*text)) {
		*ret_s = 0;
		return true;
	}
	if (!json_is_number(v) && (!json_is_string(v) || !number_read(text, &n))) {
		return fail_set(f, FAIL_INVALID, "'%s' must be a number of seconds",
				name);
	}
	*ret_s = whole_seconds(n);
	return true;
}
