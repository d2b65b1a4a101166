/* SPDX-License-Identifier: Apache-2.0 */
/* What a program may say of who has what: all of it can be read, or none. */
#include <stdlib.h>
#include <string.h>

#include "approver/in_force.h"
#include "tests/lib/test.h"

#define LONG "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeee"

static const struct {
	const char *text;
	int n; /* -1: it cannot be read */
} rows[] = {
	{ "{\"held\":[]}", 0 },
	{ "{\"held\":[{\"email\":\"ana@acme.example\"}],\"at\":1}", 1 },
	{ "{\"held\":[{\"user\":\"U0ANA0001\"},{\"grant\":\"01J8ZK3V9QK2M4T6W8Y0A1B2C3\","
	  "\"since\":7}]}",
	  2 },
	{ "{\"held\":[{\"user\":\"U0ANA0001\",\"email\":null}]}\n", 1 },
	{ "", -1 },
	{ "ok", -1 },
	{ "[]", -1 },
	{ "{}", -1 },
	{ "{\"held\":null}", -1 },
	{ "{\"held\":{}}", -1 },
	{ "{\"held\":[\"ana\"]}", -1 },
	{ "{\"held\":[{}]}", -1 },
	{ "{\"held\":[{\"user\":\"\"}]}", -1 },
	{ "{\"held\":[{\"user\":7}]}", -1 },
	{ "{\"held\":[{\"user\":\"U0ANA0001\"},{\"name\":\"bob\"}]}", -1 },
	{ "{\"held\":[{\"grant\":\"" LONG "\"}]}", -1 },
	{ "{\"held\":[]} {\"held\":[]}", -1 },
	{ "{\"held\":[", -1 },
};

static void each_answer_is_read_wholly_or_not_at_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct in_force *found = NULL;
		struct fail f = { 0 };
		size_t n = 99;
		bool ok = in_force_parse(rows[i].text, strlen(rows[i].text), &found, &n,
					 &f);

		assert_row(ok == (rows[i].n >= 0), i, rows[i].text);
		assert_row(!ok || n == (size_t)rows[i].n, i, rows[i].text);
		assert_row(ok || (!found && *f.msg), i, rows[i].text);
		free(found);
	}
}

static void too_many_are_no_list(void **state)
{
	static char text[(IN_FORCE_MAX + 2) * 16];
	struct in_force *found = NULL;
	struct fail f = { 0 };
	size_t n;

	(void)state;
	size_t len = strlen("{\"held\":[");
	memcpy(text, "{\"held\":[", len);
	for (size_t i = 0; i <= IN_FORCE_MAX; i++) {
		const char *one = i == 0 ? "{\"user\":\"U\"}" : ",{\"user\":\"U\"}";

		memcpy(text + len, one, strlen(one));
		len += strlen(one);
	}
	memcpy(text + len, "]}", 3);
	assert_false(in_force_parse(text, len + 2, &found, &n, &f));
	assert_has(f.msg, "more than");
	assert_null(found);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_answer_is_read_wholly_or_not_at_all),
		cmocka_unit_test(too_many_are_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
