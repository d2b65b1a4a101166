/* SPDX-License-Identifier: Apache-2.0 */
/* application/x-www-form-urlencoded, as a checked struct. Pure. */
#ifndef SHARED_FORM_H
#define SHARED_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"

enum { FORM_FIELDS_MAX = 64, FORM_BYTES_MAX = 1 << 20 };

struct form_field {
	const char *name;  /* without a NUL */
	const char *value; /* any bytes, NUL-terminated */
	size_t len;        /* of the value */
};

struct form {
	struct form_field fields[FORM_FIELDS_MAX];
	size_t n;
	char *text; /* what the fields point into */
};

/* Refused: more than the caps, a '%' without two digits, a name that is empty, has a NUL
 * or stands twice: which of the two was meant? The message names the place, never the
 * content. */
bool form_parse(const char *body, size_t n, struct form *ret_form, struct fail *f);
void form_finish(struct form *form); /* also when it is zeroed */

/* NULL: not there. */
const struct form_field *form_find(const struct form *form, const char *name);

#endif
