/* SPDX-License-Identifier: Apache-2.0 */
/* Form bodies, as Slack sends them and as strangers do. */
#include "shared/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

/* clang-format off */
static const struct {
	const char *body;
	const char *fields; /* "name=value|", as they are; NULL: refused */
} bodies[] = {
	{ "",                         "" },
	{ "a=1",                      "a=1|" },
	{ "a=1&b=2",                  "a=1|b=2|" },
	{ "a=&b",                     "a=|b=|" },
	{ "a=b=c",                    "a=b=c|" },
	{ "&&a=1&&b=2&",              "a=1|b=2|" },
	{ "text=prod-db+2h+a%26b",    "text=prod-db 2h a&b|" },
	{ "u=https%3A%2F%2Fx%2f1",    "u=https://x/1|" },
	{ "%61%3D=%3d%26",            "a===&|" }, /* a name with '=' in it */
	{ "t=%C3%A4%f0%9f%9a%80",     "t=\xc3\xa4\xf0\x9f\x9a\x80|" },
	{ "t=%ff\x80",                "t=\xff\x80|" }, /* bytes are bytes here */
	{ "t=a%0d%0ab",               "t=a\r\nb|" },
	{ "a+b=1",                    "a b=1|" },
	{ "a=%",                      NULL },
	{ "a=%4",                     NULL },
	{ "a=%4&b=1",                 NULL }, /* the '&' is no digit */
	{ "a=%zz",                    NULL },
	{ "a=%u0041",                 NULL },
	{ "a=% 41",                   NULL },
	{ "%=1",                      NULL },
	{ "=1",                       NULL },
	{ "a=1&a=2",                  NULL },
	{ "a=1&%61=2",                NULL },
	{ "a%00b=1",                  NULL },
	{ "%00=1",                    NULL },
};
/* clang-format on */

static const char *show(const struct form *form)
{
	static char text[512];
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < form->n; i++) {
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s=%s|",
				       form->fields[i].name, form->fields[i].value);
	}
	return text;
}

static void forms_are_read_or_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct form form = { 0 };
		struct fail f = { 0 };
		bool read = form_parse(bodies[i].body, strlen(bodies[i].body), &form, &f);

		assert_row(read == (bodies[i].fields != NULL), i, bodies[i].body);
		assert_row(read || (f.kind == FAIL_INVALID && *f.msg), i, bodies[i].body);
		if (read) {
			assert_row(strcmp(show(&form), bodies[i].fields) == 0, i,
				   show(&form));
		}
		form_finish(&form);
	}
}

static void a_value_may_hold_a_nul(void **state)
{
	static const char body[] = "a=x%00y&b=\0z";
	struct form form;
	struct fail f;

	(void)state;
	assert_true(form_parse(body, sizeof(body) - 1, &form, &f));
	assert_int_equal(form_find(&form, "a")->len, 3);
	assert_memory_equal(form_find(&form, "a")->value, "x\0y", 4);
	assert_int_equal(form_find(&form, "b")->len, 2);
	assert_null(form_find(&form, "c"));
	assert_null(form_find(&form, ""));
	form_finish(&form);
	form_finish(&form);
}

static void there_are_caps(void **state)
{
	char *body = malloc(FORM_BYTES_MAX + 2);
	struct form form = { 0 };
	struct fail f;
	size_t at = 0;

	(void)state;
	assert_non_null(body);
	for (int i = 0; i < FORM_FIELDS_MAX; i++) {
		at += (size_t)snprintf(body + at, 32, "%sf%d=%d", i ? "&" : "", i, i);
	}
	assert_true(form_parse(body, at, &form, &f));
	assert_int_equal(form.n, FORM_FIELDS_MAX);
	form_finish(&form);
	memcpy(body + at, "&one_more", 9);
	assert_false(form_parse(body, at + 9, &form, &f));
	assert_has(f.msg, "more than 64");

	memset(body, 'a', FORM_BYTES_MAX + 1);
	assert_true(form_parse(body, FORM_BYTES_MAX, &form, &f));
	form_finish(&form);
	assert_false(form_parse(body, FORM_BYTES_MAX + 1, &form, &f));
	free(body);
}

/* It may be a token. */
static void what_is_wrong_is_said_without_its_content(void **state)
{
	struct form form;
	struct fail f;

	(void)state;
	assert_false(form_parse("a=1&token=secret%", 17, &form, &f));
	assert_string_equal(f.msg,
			    "cannot read a form: field 2 has a '%' without two digits");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms_are_read_or_refused),
		cmocka_unit_test(a_value_may_hold_a_nul),
		cmocka_unit_test(there_are_caps),
		cmocka_unit_test(what_is_wrong_is_said_without_its_content),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
