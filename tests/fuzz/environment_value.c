/* SPDX-License-Identifier: Apache-2.0 */
/* Values of environment variables: whatever they hold, what is read is within its bounds,
 * and what is refused says so. */
#include "bot/environment_value.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void number(const char *text)
{
	static const struct environment_number n = { .name = "N",
						     .unit = "hours",
						     .unit_s = 3600,
						     .otherwise_s = 7,
						     .min_s = 1,
						     .max_s =
							     ENVIRONMENT_DURATION_MAX_S };
	struct fail f = { 0 };
	int64_t s = -1;

	if (environment_number(&n, text, &s, &f)) {
		check(s >= n.min_s && s <= n.max_s);
		check(*text || s == n.otherwise_s);
	} else {
		check(s == -1 && f.kind == FAIL_INVALID && *f.msg && *f.hint);
	}
}

static void list(const char *text)
{
	struct str_list l = { 0 };
	struct fail f = { 0 };

	if (!environment_list("L", text, &l, &f)) {
		check(f.kind == FAIL_INVALID && *f.msg && l.n == 0);
		return;
	}
	check((l.n == 0) == (*text == '\0'));
	for (size_t i = 0; i < l.n; i++) {
		const char *item = l.items[i];

		check(*item && !strchr(item, ',') && *item != ' ' &&
		      item[strlen(item) - 1] != ' ');
	}
	environment_list_finish(&l);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = strndup((const char *)data, len);
	struct fail f = { 0 };
	bool b = false;

	number(text);
	list(text);
	check(environment_bool("B", text, &b, &f) || (f.kind == FAIL_INVALID && *f.hint));
	free(text);
	return 0;
}
