/* SPDX-License-Identifier: Apache-2.0 */
/* Form fields: split at '&' and '=', then decoded where they stand, which never makes
 * them longer. */
#include "shared/form.h"

#include <stdlib.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* '+' is a space, "%41" a byte. False: a '%' without its digits. */
static bool decode(char *text, size_t n, size_t *ret_n)
{
	size_t out = 0;

	for (size_t i = 0; i < n; i++) {
		char c = text[i];

		if (c == '%') {
			int high = n - i > 2 ? hex_digit(text[i + 1]) : -1;
			int low = n - i > 2 ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0) {
				return false;
			}
			c = (char)(high * 16 + low);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		text[out++] = c;
	}
	text[out] = '\0';
	*ret_n = out;
	return true;
}

/* text[n] may be written: it was a '&', or is the end. */
static bool field_parse(struct form *form, char *text, size_t n, struct fail *f)
{
	char *equals = memchr(text, '=', n);
	size_t name_len = equals ? (size_t)(equals - text) : n;
	char *value = equals ? equals + 1 : text + n;
	size_t value_len = equals ? n - name_len - 1 : 0;

	if (form->n == FORM_FIELDS_MAX) {
		return fail_set(f, FAIL_INVALID, "more than %d fields", FORM_FIELDS_MAX);
	}
	/* The value first: the name's end is where it begins. */
	if (!decode(value, value_len, &value_len) || !decode(text, name_len, &name_len)) {
		return fail_set(f, FAIL_INVALID,
				"field %zu has a '%%' without two digits", form->n + 1);
	}
	if (name_len == 0 || strlen(text) != name_len || form_find(form, text)) {
		return fail_set(f, FAIL_INVALID, "field %zu has no name of its own",
				form->n + 1);
	}
	form->fields[form->n++] = (struct form_field){ text, value, value_len };
	return true;
}

static bool fields_parse(struct form *form, size_t n, struct fail *f)
{
	char *at = form->text;
	char *end = form->text + n;

	while (at < end) {
		char *stop = memchr(at, '&', (size_t)(end - at));
		size_t len = (size_t)((stop ? stop : end) - at);

		if (len > 0 && !field_parse(form, at, len, f)) {
			return false;
		}
		at += len + 1;
	}
	return true;
}

bool form_parse(const char *body, size_t n, struct form *ret_form, struct fail *f)
{
	struct form form = { 0 };

	if (n > FORM_BYTES_MAX) {
		return fail_set(f, FAIL_INVALID, "cannot read a form: over %d bytes",
				FORM_BYTES_MAX);
	}
	form.text = malloc(n + 1);
	if (!form.text) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	memcpy(form.text, body, n);
	form.text[n] = '\0';
	if (!fields_parse(&form, n, f)) {
		form_finish(&form);
		return fail_wrap(f, "cannot read a form");
	}
	*ret_form = form;
	return true;
}

void form_finish(struct form *form)
{
	free(form->text);
	form->text = NULL;
	form->n = 0;
}

const struct form_field *form_find(const struct form *form, const char *name)
{
	for (size_t i = 0; i < form->n; i++) {
		if (strcmp(form->fields[i].name, name) == 0) {
			return &form->fields[i];
		}
	}
	return NULL;
}
