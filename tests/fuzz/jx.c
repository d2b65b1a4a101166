/* SPDX-License-Identifier: Apache-2.0 */
/* JSON: what is accepted is an object, and is read the same when it is written. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/jx.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not true: %s\n", what);
		abort();
	}
}

static const struct jx_field fields[] = {
	{ "s", JX_STRING, true }, { "i", JX_INTEGER, false }, { "n", JX_NUMBER, false },
	{ "b", JX_BOOL, false },  { "o", JX_OBJECT, false },  { "a", JX_ARRAY, true },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fail f = { 0 };
	json_t *v = NULL, *again = NULL;
	char *text;

	if (!jx_parse_object((const char *)data, size, &v, &f)) {
		must(!v && f.kind == FAIL_INVALID && f.msg[0], "a failure says why");
		return 0;
	}
	must(json_is_object(v), "it is an object");
	if (jx_check(v, fields, ARRAY_LEN(fields), &f)) {
		must(json_is_string(json_object_get(v, "s")), "the table holds");
		must(jx_arr(v, "a") != NULL, "the table holds");
	}
	must(jx_str(v, "s") != NULL, "absent is empty");
	text = jx_dump(v);
	must(text != NULL, "it can be written");
	must(jx_parse_object(text, strlen(text), &again, &f), f.msg);
	must(json_equal(v, again), "it is read the same");
	free(text);
	json_decref(v);
	json_decref(again);
	return 0;
}
