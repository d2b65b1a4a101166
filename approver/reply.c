/* SPDX-License-Identifier: Apache-2.0 */
/* Reading the JSON of providers. */
#include "approver/reply.h"

#include <string.h>

#include "shared/text.h"

bool reply_parse(const char *data, size_t n, const char *list, json_t **ret_body,
		 json_t **ret_rows, struct fail *f)
{
	const struct jx_field field = { list, JX_ARRAY, true };
	json_t *body;

	if (!jx_parse_object(data, n, &body, f)) {
		return false;
	}
	if (!jx_check(body, &field, 1, f)) {
		json_decref(body);
		return false;
	}
	*ret_body = body;
	*ret_rows = jx_arr(body, list);
	return true;
}

bool reply_check_row(const char *list, size_t i, const json_t *row,
		     const struct jx_field *fields, size_t n, struct fail *f)
{
	if (!json_is_object(row)) {
		return fail_set(f, FAIL_INVALID, "'%s' row %zu must be an object", list,
				i + 1);
	}
	if (!jx_check(row, fields, n, f)) {
		return fail_wrap(f, "'%s' row %zu", list, i + 1);
	}
	return true;
}

bool reply_id(char dst[VENDOR_ID_SIZE], const json_t *obj, const char *name,
	      struct fail *f)
{
	const char *s = jx_str(obj, name);

	if (!*s) {
		return fail_set(f, FAIL_INVALID, "'%s' must be a text that is not empty",
				name);
	}
	if (!text_copy(dst, VENDOR_ID_SIZE, s)) {
		return fail_set(f, FAIL_INVALID, "'%s' is longer than %d bytes", name,
				VENDOR_ID_SIZE - 1);
	}
	return true;
}

bool reply_time(int64_t *ret_ms, const json_t *obj, const char *name, struct fail *f)
{
	if (!text_parse_time(jx_str(obj, name), ret_ms)) {
		return fail_set(f, FAIL_INVALID, "'%s' must be a time as RFC 3339 has it",
				name);
	}
	return true;
}

void reply_text(char *dst, size_t size, const json_t *obj, const char *name)
{
	if (!text_copy(dst, size, jx_str(obj, name))) {
		dst[0] = '\0';
	}
}

void reply_code(char dst[REPLY_CODE_SIZE], const char *text)
{
	static const char harmless[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789_-.";
	size_t n = strspn(text, harmless);

	if (text[n] != '\0' || n >= REPLY_CODE_SIZE) {
		n = 0;
	}
	memcpy(dst, text, n);
	dst[n] = '\0';
}
