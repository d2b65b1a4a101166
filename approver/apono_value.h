/* SPDX-License-Identifier: Apache-2.0 */
/* Values as a Handlebars template leaves them: escaped for HTML, and all of them text.
 * Pure. Each is a member of an object; absent, null and "" are the same. */
#ifndef APPROVER_APONO_VALUE_H
#define APPROVER_APONO_VALUE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"

/* Text or a whole number. */
bool apono_id(const json_t *o, const char *name, char *dst, size_t size, struct fail *f);

/* Who somebody is: white space around it and HTML's entities in it are taken away. */
bool apono_email(const json_t *o, const char *name, char dst[EMAIL_SIZE], struct fail *f);

/* A number, or text that is one, of seconds, rounded up; 0 when absent. Nothing and less
 * is access without an end, as in Apono's own API: APONO_FOREVER_S. */
bool apono_seconds(const json_t *o, const char *name, int64_t *ret_s, struct fail *f);

/* Undo, once, what `{{x}}` does to a text, in place. */
void apono_unescape(char *text);

#endif
