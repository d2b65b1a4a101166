/* SPDX-License-Identifier: Apache-2.0 */
/* Form bodies: what is read has names of its own, and is never longer than it was. */
#include <stdint.h>
#include <string.h>

#include "shared/form.h"
#include "tests/lib/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct form form;
	struct fail f = { 0 };
	size_t total = 0;

	if (!form_parse((const char *)data, len, &form, &f)) {
		hold(f.kind == FAIL_INVALID && f.msg[0]);
		return 0;
	}
	hold(form.n <= FORM_FIELDS_MAX);
	for (size_t i = 0; i < form.n; i++) {
		const struct form_field *field = &form.fields[i];

		hold(field->name[0] && field->value[field->len] == '\0');
		hold(form_find(&form, field->name) == field);
		total += strlen(field->name) + field->len;
	}
	hold(total <= len);
	form_finish(&form);
	return 0;
}
