/* SPDX-License-Identifier: Apache-2.0 */
/* JSON from strangers. The place of an error is named, the content never: it may be a
 * token. */
#include "shared/jx.h"

#include <inttypes.h>
#include <string.h>

#include "shared/text.h"

enum { DEPTH_MAX = 64 };

/* --- parsing ------------------------------------------------------------------- */

/* Strings are skipped, all else that is wrong is jansson's to find. jansson's own limit
 * is 2048, which is more stack than text from outside should get. */
static bool too_deep(const char *s, size_t n)
{
	bool in_string = false;
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		if (in_string && s[i] == '\\') {
			i++;
		} else if (in_string) {
			in_string = s[i] != '"';
		} else if (s[i] == '"') {
			in_string = true;
		} else if (s[i] == '{' || s[i] == '[') {
			if (++depth > DEPTH_MAX) {
				return true;
			}
		} else if ((s[i] == '}' || s[i] == ']') && depth > 0) {
			depth--;
		}
	}
	return false;
}

/* jansson's own text quotes what stands near the error. */
static const char *error_words(enum json_error_code code)
{
	switch (code) {
	case json_error_premature_end_of_input:
		return "it ends too early";
	case json_error_end_of_input_expected:
		return "something follows its end";
	case json_error_invalid_utf8:
		return "it is not UTF-8";
	case json_error_null_character:
	case json_error_null_byte_in_key:
		return "a string has a NUL in it";
	case json_error_duplicate_key:
		return "a key stands twice in one object";
	case json_error_numeric_overflow:
		return "a number is too large";
	case json_error_stack_overflow:
		return "it is nested too deep";
	case json_error_out_of_memory:
		return "out of memory";
	default:
		return "it is not JSON";
	}
}

bool jx_parse_object(const char *data, size_t n, json_t **ret_obj, struct fail *f)
{
	json_error_t e = { 0 };
	json_t *v;

	if (too_deep(data, n)) {
		return fail_set(f, FAIL_INVALID,
				"cannot read JSON: nested deeper than %d levels",
				DEPTH_MAX);
	}
	v = json_loadb(data, n, JSON_REJECT_DUPLICATES, &e);
	if (!v) {
		return fail_set(f, FAIL_INVALID,
				"cannot read JSON: line %d column %d: %s", e.line,
				e.column, error_words(json_error_code(&e)));
	}
	if (!json_is_object(v)) {
		json_decref(v);
		return fail_set(f, FAIL_INVALID, "cannot read JSON: it is not an object");
	}
	*ret_obj = v;
	return true;
}

/* --- checking ------------------------------------------------------------------ */

/* clang-format off */
static const char *const wanted[] = {
	[JX_STRING]  = "a string",
	[JX_INTEGER] = "an integer",
	[JX_NUMBER]  = "a number",
	[JX_BOOL]    = "true or false",
	[JX_OBJECT]  = "an object",
	[JX_ARRAY]   = "an array",
};

static const char *const found[] = {
	[JSON_OBJECT]  = "an object",
	[JSON_ARRAY]   = "an array",
	[JSON_STRING]  = "a string",
	[JSON_INTEGER] = "an integer",
	[JSON_REAL]    = "a fraction",
	[JSON_TRUE]    = "true",
	[JSON_FALSE]   = "false",
	[JSON_NULL]    = "null",
};
/* clang-format on */

static bool is_type(const json_t *v, enum jx_type type)
{
	switch (type) {
	case JX_STRING:
		return json_is_string(v);
	case JX_INTEGER:
		return json_is_integer(v);
	case JX_NUMBER:
		return json_is_number(v);
	case JX_BOOL:
		return json_is_boolean(v);
	case JX_OBJECT:
		return json_is_object(v);
	case JX_ARRAY:
		return json_is_array(v);
	}
	return false;
}

bool jx_check(const json_t *obj, const struct jx_field *fields, size_t n, struct fail *f)
{
	for (size_t i = 0; i < n; i++) {
		const struct jx_field *want = &fields[i];
		const json_t *v = json_object_get(obj, want->name);

		if (!v && want->required) {
			return fail_set(f, FAIL_INVALID, "'%s' is missing", want->name);
		}
		if (!v || (json_is_null(v) && !want->required)) {
			continue;
		}
		if (!is_type(v, want->type)) {
			return fail_set(f, FAIL_INVALID, "'%s' must be %s, not %s",
					want->name, wanted[want->type],
					found[json_typeof(v)]);
		}
	}
	return true;
}

/* --- using --------------------------------------------------------------------- */

const char *jx_str(const json_t *obj, const char *name)
{
	const char *s = json_string_value(json_object_get(obj, name));

	return s ? s : "";
}

json_int_t jx_int(const json_t *obj, const char *name)
{
	return json_integer_value(json_object_get(obj, name));
}

bool jx_bool(const json_t *obj, const char *name)
{
	return json_is_true(json_object_get(obj, name));
}

json_t *jx_obj(const json_t *obj, const char *name)
{
	json_t *v = json_object_get(obj, name);

	return json_is_object(v) ? v : NULL;
}

json_t *jx_arr(const json_t *obj, const char *name)
{
	json_t *v = json_object_get(obj, name);

	return json_is_array(v) ? v : NULL;
}

/* --- writing ------------------------------------------------------------------- */

/* What needs no escape and is one byte. */
static bool is_plain(char c)
{
	return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

#define EACH(byte) (0x0101010101010101u * (byte))

/* 0 if each of the eight bytes is plain. What a byte lends to the one above it, or hands on
 * to it, comes of one that is not. */
static uint64_t odd_bytes(uint64_t w)
{
	return (w | (w + EACH(1)) |           /* 0x7f and more */
		(w - EACH(0x20)) |            /* less than 0x20 */
		((w ^ EACH('"')) - EACH(1)) | /* equal */
		((w ^ EACH('\\')) - EACH(1))) &
	       EACH(0x80);
}

static uint64_t eight_bytes(const char *s)
{
	uint64_t w;

	memcpy(&w, s, sizeof(w));
	return w;
}

/* 4 to 7 bytes, some of them twice. */
static uint64_t few_bytes(const char *s, size_t n)
{
	uint32_t first;
	uint32_t last;

	memcpy(&first, s, sizeof(first));
	memcpy(&last, s + n - sizeof(last), sizeof(last));
	return (uint64_t)last << 32 | first;
}

/* Whether all are plain, as nearly all are: eight are looked at at once, some of the last
 * twice. */
static bool are_plain(const char *s, size_t n)
{
	if (n >= 8) {
		for (size_t i = 0; i < n - 8; i += 8) {
			if (odd_bytes(eight_bytes(s + i)) != 0) {
				return false;
			}
		}
		return odd_bytes(eight_bytes(s + n - 8)) == 0;
	}
	if (n >= 4) {
		return odd_bytes(few_bytes(s, n)) == 0;
	}
	while (n > 0 && is_plain(s[n - 1])) {
		n--;
	}
	return n == 0;
}

/* What is not plain. Control characters and what breaks lines in other readers (U+2028
 * and U+2029 in JavaScript, DEL in terminals) are escaped. */
static void add_odd(struct buf *out, const char **s)
{
	uint32_t c = text_next(s);
	char utf8[4];

	if (c == '"' || c == '\\') {
		buf_add_char(out, '\\');
	}
	if (c < 0x20 || c == 0x7f || c == 0x2028 || c == 0x2029) {
		buf_addf(out, "\\u%04" PRIx32, c);
	} else {
		buf_add(out, utf8, text_put(utf8, sizeof(utf8), c));
	}
}

/* n + 2 bytes. Nearly every text is plain as a whole. */
static void put_plain(char *at, const char *s, size_t n)
{
	at[0] = '"';
	memcpy(at + 1, s, n);
	at[n + 1] = '"';
}

bool jx_add_text(struct buf *out, const char *s)
{
	size_t n = strlen(s);

	if (are_plain(s, n)) {
		char *at = buf_extend(out, n + 2);

		if (at) {
			put_plain(at, s, n);
		}
		return at != NULL;
	}
	buf_add_char(out, '"');
	while (*s) {
		for (n = 0; is_plain(s[n]); n++) {
		}
		buf_add(out, s, n);
		s += n;
		if (*s) {
			add_odd(out, &s);
		}
	}
	return buf_add_char(out, '"') && !out->over;
}

/* Where the value goes, that takes n bytes; NULL when it does not fit. */
static char *add_name(struct buf *out, const char *name, size_t n)
{
	bool first = out->len == 0 || out->data[out->len - 1] == '{';
	size_t len = strlen(name);
	char *at = buf_extend(out, len + (first ? 3 : 4) + n);

	if (!at) {
		return NULL;
	}
	if (!first) {
		*at++ = ',';
	}
	at[0] = '"';
	memcpy(at + 1, name, len);
	at[len + 1] = '"';
	at[len + 2] = ':';
	return at + len + 3;
}

bool jx_add_name(struct buf *out, const char *name)
{
	return add_name(out, name, 0) != NULL;
}

bool jx_add_member(struct buf *out, const char *name, const char *text)
{
	size_t n = strlen(text);
	char *at;

	if (!are_plain(text, n)) {
		return jx_add_name(out, name) && jx_add_text(out, text);
	}
	at = add_name(out, name, n + 2);
	if (at) {
		put_plain(at, text, n);
	}
	return at != NULL;
}

static void add_object(struct buf *out, json_t *v)
{
	const char *name;
	json_t *member;

	buf_add_char(out, '{');
	json_object_foreach (v, name, member) {
		if (are_plain(name, strlen(name))) {
			jx_add_name(out, name);
		} else {
			buf_add_str(out, out->data[out->len - 1] == '{' ? "" : ",");
			jx_add_text(out, name);
			buf_add_char(out, ':');
		}
		jx_add(out, member);
	}
	buf_add_char(out, '}');
}

static void add_array(struct buf *out, const json_t *v)
{
	buf_add_char(out, '[');
	for (size_t i = 0; i < json_array_size(v); i++) {
		buf_add_str(out, i > 0 ? "," : "");
		jx_add(out, json_array_get(v, i));
	}
	buf_add_char(out, ']');
}

static int on_piece(const char *bytes, size_t n, void *data)
{
	return buf_add(data, bytes, n) ? 0 : -1;
}

/* jansson's own writer costs several times as much, and is left what is rare. */
bool jx_add(struct buf *out, const json_t *v)
{
	switch (v ? json_typeof(v) : JSON_NULL) {
	case JSON_OBJECT:
		add_object(out, (json_t *)(uintptr_t)v);
		break;
	case JSON_ARRAY:
		add_array(out, v);
		break;
	case JSON_STRING:
		jx_add_text(out, json_string_value(v));
		break;
	case JSON_INTEGER:
		buf_add_int(out, json_integer_value(v));
		break;
	default:
		json_dump_callback(v, on_piece, out, JSON_COMPACT | JSON_ENCODE_ANY);
		break;
	}
	return !out->over;
}

json_t *jx_time(int64_t ms)
{
	char text[TIME_SIZE];

	text_format_time(ms, text);
	return json_string(text);
}

json_t *jx_map(const struct str_map *map)
{
	json_t *o = json_object();

	for (size_t i = 0; o && i < map->n; i++) {
		if (json_object_set_new(o, map->items[i].key,
					json_string(map->items[i].value)) != 0) {
			json_decref(o);
			o = NULL;
		}
	}
	return o;
}

char *jx_dump(const json_t *v)
{
	return json_dumps(v, JSON_COMPACT | JSON_ENCODE_ANY);
}
