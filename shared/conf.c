/* SPDX-License-Identifier: Apache-2.0 */
/* Reading a config file through libconfig into the struct that a table describes. */
#include "shared/conf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <libconfig.h>

#include "shared/conf_value.h"
#include "shared/text.h"

enum { PATH_SIZE = 256 }; /* of a row's full name */

struct reader {
	const char *name; /* of the file, in messages */
	bool secrets;
	conf_unread_fn *unread; /* told of secrets, which are no failure then; or NULL */
	void *data;
	struct fail *f;
};

/* --- messages ------------------------------------------------------------------ */

/* "slack" + "api_url" -> "slack.api_url" */
static void join_name(char dst[PATH_SIZE], const char *within, const char *name)
{
	size_t n = strlen(within);

	text_copy(dst, PATH_SIZE, within);
	if (n > 0 && n < PATH_SIZE - 1) {
		dst[n++] = '.';
	}
	text_copy(dst + (n < PATH_SIZE ? n : PATH_SIZE - 1),
		  n < PATH_SIZE ? PATH_SIZE - n : 1, name);
}

/* Put file, line and row in front of what is said of a value. */
static bool wrap(const struct reader *r, const config_setting_t *at, const char *full)
{
	return fail_wrap(r->f, "%s line %u: '%s'", r->name,
			 config_setting_source_line(at), full);
}

/* clang-format off */
static const char *const wanted[] = {
	[CONF_STRING]   = "text in quotes",
	[CONF_SECRET]   = "\"env:NAME\" or \"file:PATH\"",
	[CONF_INT]      = "a whole number",
	[CONF_BOOL]     = "true or false",
	[CONF_DURATION] = "a duration in quotes, such as \"2h\"",
	[CONF_MS]       = "a duration in quotes, such as \"1500ms\" or \"2s\"",
	[CONF_STRINGS]  = "a list of texts, such as [ \"a\", \"b\" ]",
	[CONF_MAP]      = "a group of texts, such as { env = \"prod\"; }",
	[CONF_GROUP]    = "a group in braces, { ... }",
	[CONF_LIST]     = "a list of groups, ( { ... }, { ... } )",
};
/* clang-format on */

static const char *found(const config_setting_t *s)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
	case CONFIG_TYPE_INT64:
		return "a number";
	case CONFIG_TYPE_FLOAT:
		return "a fraction";
	case CONFIG_TYPE_STRING:
		return "text in quotes";
	case CONFIG_TYPE_BOOL:
		return "true or false";
	case CONFIG_TYPE_ARRAY:
		return "a list in [ ]";
	case CONFIG_TYPE_LIST:
		return "a list in ( )";
	case CONFIG_TYPE_GROUP:
		return "a group in { }";
	default:
		return "nothing";
	}
}

static bool say_type(const struct reader *r, const config_setting_t *s, const char *full,
		     enum conf_type type)
{
	return fail_set(r->f, FAIL_INVALID, "%s line %u: '%s' must be %s, not %s",
			r->name, config_setting_source_line(s), full, wanted[type],
			found(s));
}

/* A name is near when a third of it or less is wrong. */
static bool say_unknown(const struct reader *r, const config_setting_t *s,
			const char *within, const struct conf_table *t)
{
	const char *name = config_setting_name(s);
	size_t best = strlen(name) / 3 + 2;
	const char *near = NULL;
	char full[PATH_SIZE];

	join_name(full, within, name);
	fail_set(r->f, FAIL_INVALID, "%s line %u: unknown key '%s'", r->name,
		 config_setting_source_line(s), full);
	for (size_t i = 0; i < t->n; i++) {
		size_t d = text_distance(name, t->keys[i].name, best);

		if (d < best) {
			best = d;
			near = t->keys[i].name;
		}
	}
	return near ? fail_hint(r->f, "Did you mean '%s'?", near) : false;
}

/* --- values -------------------------------------------------------------------- */

static bool read_table(const struct reader *r, config_setting_t *group,
		       const char *within, const struct conf_table *t, void *conf);

static bool read_text(const struct reader *r, const config_setting_t *s, const char *full,
		      const struct conf_key *key, void *conf)
{
	if (config_setting_type(s) != CONFIG_TYPE_STRING) {
		return say_type(r, s, full, key->type);
	}
	if (conf_set_text(key, conf, config_setting_get_string(s), r->secrets, r->f)) {
		return true;
	}
	wrap(r, s, full);
	if (key->type != CONF_SECRET || !r->unread) {
		return false;
	}
	r->unread(r->data, r->f);
	*r->f = (struct fail){ 0 };
	return true;
}

static bool read_int(const struct reader *r, const config_setting_t *s, const char *full,
		     int64_t *ret_v)
{
	switch (config_setting_type(s)) {
	case CONFIG_TYPE_INT:
		*ret_v = config_setting_get_int(s);
		return true;
	case CONFIG_TYPE_INT64:
		*ret_v = config_setting_get_int64(s);
		return true;
	default:
		return say_type(r, s, full, CONF_INT);
	}
}

static bool read_bool(const struct reader *r, const config_setting_t *s, const char *full,
		      bool *ret_v)
{
	if (config_setting_type(s) != CONFIG_TYPE_BOOL) {
		return say_type(r, s, full, CONF_BOOL);
	}
	*ret_v = config_setting_get_bool(s) != 0;
	return true;
}

/* One text of a list or a group of them; NULL after saying what is wrong. */
static const char *read_inner_text(const struct reader *r, const config_setting_t *s,
				   const char *full, enum conf_type type)
{
	const char *text = config_setting_get_string(s);

	if (!text) {
		say_type(r, s, full, type);
		return NULL;
	}
	if (!conf_text_check(text, r->f)) {
		wrap(r, s, full);
		return NULL;
	}
	return text;
}

static bool read_strings(const struct reader *r, const config_setting_t *s,
			 const char *full, struct str_list *list)
{
	if (!config_setting_is_array(s) && !config_setting_is_list(s)) {
		return say_type(r, s, full, CONF_STRINGS);
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *item = config_setting_get_elem(s, (unsigned)i);
		const char *text = read_inner_text(r, item, full, CONF_STRINGS);

		if (!text) {
			return false;
		}
		if (!*text) {
			fail_set(r->f, FAIL_INVALID, "it has an empty text");
			return wrap(r, item, full);
		}
		conf_strings_add(list, text);
	}
	return true;
}

static bool map_has(const struct str_map *map, const char *name)
{
	for (size_t i = 0; i < map->n; i++) {
		if (strcmp(map->items[i].key, name) == 0) {
			return true;
		}
	}
	return false;
}

/* [ "aws/group=dba" ]. A name that is a number would change places in some readers. */
static bool read_pairs(const struct reader *r, const config_setting_t *s,
		       const char *full, struct str_map *map)
{
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *item = config_setting_get_elem(s, (unsigned)i);
		const char *text = read_inner_text(r, item, full, CONF_MAP);
		const char *sign = text ? strchr(text, '=') : NULL;
		char name[PATH_SIZE];

		if (!text) {
			return false;
		}
		if (!sign || sign == text || (size_t)(sign - text) >= sizeof(name) ||
		    strspn(text, "0123456789") == (size_t)(sign - text)) {
			fail_set(r->f, FAIL_INVALID, "it is not written name=value");
			return wrap(r, item, full);
		}
		snprintf(name, sizeof(name), "%.*s", (int)(sign - text), text);
		if (map_has(map, name)) {
			fail_set(r->f, FAIL_INVALID, "it has a name twice");
			return wrap(r, item, full);
		}
		conf_map_add(map, name, sign + 1);
	}
	return true;
}

static bool read_map(const struct reader *r, const config_setting_t *s, const char *full,
		     struct str_map *map)
{
	if (config_setting_is_array(s) || config_setting_is_list(s)) {
		return read_pairs(r, s, full, map);
	}
	if (!config_setting_is_group(s)) {
		return say_type(r, s, full, CONF_MAP);
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		const config_setting_t *item = config_setting_get_elem(s, (unsigned)i);
		char inner[PATH_SIZE];
		const char *text;

		join_name(inner, full, config_setting_name(item));
		text = read_inner_text(r, item, inner, CONF_STRING);
		if (!text) {
			return false;
		}
		conf_map_add(map, config_setting_name(item), text);
	}
	return true;
}

static bool read_group(const struct reader *r, config_setting_t *s, const char *full,
		       const struct conf_table *t, void *group)
{
	struct conf_where where = {
		.present = true,
		.line = (int)config_setting_source_line(s),
	};

	if (!config_setting_is_group(s)) {
		return say_type(r, s, full, CONF_GROUP);
	}
	memcpy(group, &where, sizeof(where));
	return read_table(r, s, full, t, group);
}

static bool read_list(const struct reader *r, config_setting_t *s, const char *full,
		      const struct conf_key *key, void *conf)
{
	if (!config_setting_is_list(s)) {
		return say_type(r, s, full, CONF_LIST);
	}
	for (int i = 0; i < config_setting_length(s); i++) {
		config_setting_t *item = config_setting_get_elem(s, (unsigned)i);

		if (!read_group(r, item, full, key->sub, conf_list_add(key, conf))) {
			return false;
		}
	}
	return true;
}

static bool read_value(const struct reader *r, config_setting_t *s, const char *full,
		       const struct conf_key *key, void *conf)
{
	void *member = conf_member(key, conf);

	switch (key->type) {
	case CONF_STRING:
	case CONF_SECRET:
	case CONF_DURATION:
	case CONF_MS:
		return read_text(r, s, full, key, conf);
	case CONF_INT:
		return read_int(r, s, full, member);
	case CONF_BOOL:
		return read_bool(r, s, full, member);
	case CONF_STRINGS:
		return read_strings(r, s, full, member);
	case CONF_MAP:
		return read_map(r, s, full, member);
	case CONF_GROUP:
		return read_group(r, s, full, key->sub, member);
	case CONF_LIST:
		return read_list(r, s, full, key, conf);
	}
	return false;
}

/* --- tables -------------------------------------------------------------------- */

static const struct conf_key *find_key(const struct conf_table *t, const char *name)
{
	for (size_t i = 0; i < t->n; i++) {
		if (strcmp(t->keys[i].name, name) == 0) {
			return &t->keys[i];
		}
	}
	return NULL;
}

static bool check_required(const struct reader *r, const config_setting_t *group,
			   const char *within, const struct conf_table *t)
{
	char full[PATH_SIZE];

	for (size_t i = 0; i < t->n; i++) {
		const struct conf_key *key = &t->keys[i];

		if (!(key->flags & CONF_REQUIRED) ||
		    config_setting_get_member(group, key->name)) {
			continue;
		}
		join_name(full, within, key->name);
		if (!*within) {
			return fail_set(r->f, FAIL_INVALID, "%s: '%s' is missing",
					r->name, full);
		}
		return fail_set(r->f, FAIL_INVALID, "%s line %u: '%s' is missing",
				r->name, config_setting_source_line(group), full);
	}
	return true;
}

/* All keys that stand in the group, then those that do not but must. */
static bool read_table(const struct reader *r, config_setting_t *group,
		       const char *within, const struct conf_table *t, void *conf)
{
	for (int i = 0; i < config_setting_length(group); i++) {
		config_setting_t *s = config_setting_get_elem(group, (unsigned)i);
		const struct conf_key *key = find_key(t, config_setting_name(s));
		char full[PATH_SIZE];

		if (!key) {
			return say_unknown(r, s, within, t);
		}
		join_name(full, within, key->name);
		if (!read_value(r, s, full, key, conf)) {
			return false;
		}
	}
	return check_required(r, group, within, t);
}

/* --- the text ------------------------------------------------------------------ */

static bool parse(config_t *c, const char *text, const char *name, struct fail *f)
{
	if (!conf_scan(text, name, f)) {
		return false;
	}
	if (config_read_string(c, text) == CONFIG_TRUE) {
		return true;
	}
	fail_set(f, FAIL_INVALID, "%s line %d: %s", name, config_error_line(c),
		 config_error_text(c));
	if (strcmp(config_error_text(c), "syntax error") == 0) {
		fail_hint(f, "Look there, and on the line before, for a missing ; , = or "
			     "quote.");
	}
	return false;
}

static bool read_text_whole(const struct reader *r, const char *text,
			    const struct conf_table *t, void *ret)
{
	config_t c;
	bool ok;

	config_init(&c);
	conf_defaults(t, ret);
	ok = parse(&c, text, r->name, r->f) &&
	     read_table(r, config_root_setting(&c), "", t, ret);
	if (!ok) {
		conf_finish(t, ret);
	}
	config_destroy(&c);
	return ok;
}

bool conf_read_text(const char *text, const char *name, const struct conf_table *t,
		    bool secrets, void *ret, struct fail *f)
{
	struct reader r = { .name = name, .secrets = secrets, .f = f };

	return read_text_whole(&r, text, t, ret);
}

bool conf_each_unread_text(const char *text, const char *name, const struct conf_table *t,
			   conf_unread_fn *fn, void *data, struct fail *f)
{
	struct reader r = {
		.name = name, .secrets = true, .unread = fn, .data = data, .f = f
	};
	void *conf = calloc(1, t->size);
	bool ok;

	if (!conf) {
		abort(); /* out of memory for a few KB */
	}
	ok = read_text_whole(&r, text, t, conf);
	if (ok) {
		conf_finish(t, conf);
	}
	free(conf);
	return ok;
}
