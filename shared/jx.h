/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from strangers: read whole, check by table, then use. On jansson. */
#ifndef SHARED_JX_H
#define SHARED_JX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"

enum jx_type { JX_STRING, JX_INTEGER, JX_NUMBER, JX_BOOL, JX_OBJECT, JX_ARRAY };

struct jx_field {
	const char *name;
	enum jx_type type;
	bool required; /* an optional one may be absent or null */
};

/* Parse n bytes as one JSON object: no trailing data, no duplicate keys with differing
 * meaning, no NUL in strings, at most 64 levels deep. The message names the place, never
 * the content. */
bool jx_parse_object(const char *data, size_t n, json_t **ret_obj, struct fail *f);

/* Says "'event_type' must be a string, not an integer" for all of them. */
bool jx_check(const json_t *obj, const struct jx_field *fields, size_t n, struct fail *f);

/* After jx_check(), or where absence is fine: the member, or "" / 0 / false / NULL when
 * it is absent, null or of another type. Borrowed. */
const char *jx_str(const json_t *obj, const char *name);
json_int_t jx_int(const json_t *obj, const char *name);
bool jx_bool(const json_t *obj, const char *name);
json_t *jx_obj(const json_t *obj, const char *name);
json_t *jx_arr(const json_t *obj, const char *name);

/* Write it behind what is in out: a text in quotes (what is not UTF-8 becomes U+FFFD), or
 * any value that jx_parse_object() lets pass, compact. False when it does not fit. */
bool jx_add_text(struct buf *out, const char *s);
bool jx_add(struct buf *out, const json_t *v);

/* The name of a member of the object that out ends in, with its colon, and a comma unless
 * it is the first; a literal that needs no escapes. Then with a text. */
bool jx_add_name(struct buf *out, const char *name);
bool jx_add_member(struct buf *out, const char *name, const char *text);

/* New: milliseconds since 1970 as text_format_time() writes them; an object with each pair as
 * a member. NULL when memory ran out. */
json_t *jx_time(int64_t ms);
json_t *jx_map(const struct str_map *map);

/* Compact text, to be freed by the caller with free(). NULL when memory ran out. */
char *jx_dump(const json_t *v);

#endif
