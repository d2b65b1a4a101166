/* SPDX-License-Identifier: Apache-2.0 */
/* What the reading of every provider's JSON needs: a list in an object, rows that are
 * checked by table, ids that are whole or refused. Pure. Messages name the place, never
 * the content. */
#ifndef APPROVER_REPLY_H
#define APPROVER_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/jx.h"

/* Parse a body of n bytes: an object with an array called `list`. *ret_body is the
 * caller's to json_decref(); *ret_rows lives as long as that. */
bool reply_parse(const char *data, size_t n, const char *list, json_t **ret_body,
		 json_t **ret_rows, struct fail *f);

/* Is element i of `list` an object of this form? "'incidents' row 3: 'id' must be ..." */
bool reply_check_row(const char *list, size_t i, const json_t *row,
		     const struct jx_field *fields, size_t n, struct fail *f);

/* A required id: not empty, and it fits. */
bool reply_id(char dst[VENDOR_ID_SIZE], const json_t *obj, const char *name,
	      struct fail *f);

/* A required moment. */
bool reply_time(int64_t *ret_ms, const json_t *obj, const char *name, struct fail *f);

/* The member as a whole, or "" when it is absent, null or does not fit. For names too,
 * because policies compare them: half a name must not equal somebody else's whole one. */
void reply_text(char *dst, size_t size, const json_t *obj, const char *name);

/* An error code or request id that a vendor sent, for a message: of harmless characters
 * and at most 64 of them, or "". */
enum { REPLY_CODE_SIZE = 65, REPLY_NOTE_SIZE = 2 * REPLY_CODE_SIZE + 32 };
void reply_code(char dst[REPLY_CODE_SIZE], const char *text);

#endif
