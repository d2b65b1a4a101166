/* SPDX-License-Identifier: Apache-2.0 */
/* Half a list would make what is there look as if it were not: whatever cannot be read whole
 * is no list. Members that are not known are left alone. */
#include "approver/in_force.h"

#include <jansson.h>
#include <stdlib.h>

#include "shared/jx.h"
#include "shared/text.h"

static const struct jx_field fields[] = {
	{ "grant", JX_STRING, false },
	{ "user", JX_STRING, false },
	{ "email", JX_STRING, false },
};

static bool row_read(const json_t *from, struct in_force *to, struct fail *f)
{
	bool fits;

	if (!json_is_object(from)) {
		return fail_set(f, FAIL_INVALID, "an entry of 'held' is no object");
	}
	if (!jx_check(from, fields, ARRAY_LEN(fields), f)) {
		return false;
	}
	fits = text_copy(to->grant, sizeof(to->grant), jx_str(from, "grant"));
	fits = text_copy(to->user, sizeof(to->user), jx_str(from, "user")) && fits;
	fits = text_copy(to->email, sizeof(to->email), jx_str(from, "email")) && fits;
	if (!fits) {
		return fail_set(f, FAIL_INVALID, "a text in 'held' is too long");
	}
	return *to->grant || *to->user || *to->email ||
	       fail_set(f, FAIL_INVALID,
			"an entry of 'held' has neither grant, user nor email");
}

static bool rows_read(const json_t *held, struct in_force **ret_rows, size_t *ret_n,
		      struct fail *f)
{
	size_t n = json_array_size(held);
	struct in_force *rows;

	if (n > IN_FORCE_MAX) {
		return fail_set(f, FAIL_INVALID, "'held' has more than %d entries",
				IN_FORCE_MAX);
	}
	rows = calloc(n + 1, sizeof(*rows));
	if (!rows) {
		return fail_set(f, FAIL_BUSY, "out of memory");
	}
	for (size_t i = 0; i < n; i++) {
		if (!row_read(json_array_get(held, i), &rows[i], f)) {
			free(rows);
			return false;
		}
	}
	*ret_rows = rows;
	*ret_n = n;
	return true;
}

bool in_force_parse(const char *text, size_t len, struct in_force **ret_rows,
		    size_t *ret_n, struct fail *f)
{
	static const struct jx_field held = { "held", JX_ARRAY, true };
	json_t *raw = NULL;

	*ret_rows = NULL;
	*ret_n = 0;
	if (!jx_parse_object(text, len, &raw, f)) {
		return fail_wrap(f, "cannot read what is in force");
	}
	json_auto_t *o = raw;

	return (jx_check(o, &held, 1, f) &&
		rows_read(jx_arr(o, "held"), ret_rows, ret_n, f)) ||
	       fail_wrap(f, "cannot read what is in force");
}
