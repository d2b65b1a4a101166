/* SPDX-License-Identifier: Apache-2.0 */
/* Listing the rows of a config table, and telling whether a reload is enough. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "shared/conf_value.h"
#include "shared/secret.h"

enum { NAME_ROOM = 256 };

/* --- listing ------------------------------------------------------------------- */

static void each_within(const struct conf_table *t, const char *within,
			void (*fn)(const char *full_name, const struct conf_key *key,
				   void *data),
			void *data)
{
	char full[NAME_ROOM];

	for (size_t i = 0; i < t->n; i++) {
		snprintf(full, sizeof(full), "%s%s%s", within, *within ? "." : "",
			 t->keys[i].name);
		fn(full, &t->keys[i], data);
		if (t->keys[i].sub) {
			each_within(t->keys[i].sub, full, fn, data);
		}
	}
}

void conf_each(const struct conf_table *t,
	       void (*fn)(const char *full_name, const struct conf_key *key, void *data),
	       void *data)
{
	each_within(t, "", fn, data);
}

/* --- comparing ----------------------------------------------------------------- */

static bool same_secret(const struct secret *a, const struct secret *b)
{
	return secret_is_set(a) ? secret_equal(b, a->text, a->len) : !secret_is_set(b);
}

static bool same_strings(const struct str_list *a, const struct str_list *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (strcmp(a->items[i], b->items[i]) != 0) {
			return false;
		}
	}
	return a->n == b->n;
}

static bool same_map(const struct str_map *a, const struct str_map *b)
{
	for (size_t i = 0; i < a->n && i < b->n; i++) {
		if (strcmp(a->items[i].key, b->items[i].key) != 0 ||
		    strcmp(a->items[i].value, b->items[i].value) != 0) {
			return false;
		}
	}
	return a->n == b->n;
}

/* Groups and lists are the same here: their rows are compared one by one. */
static bool same_value(const struct conf_key *key, const void *a, const void *b)
{
	const void *x = conf_member_const(key, a);
	const void *y = conf_member_const(key, b);

	switch (key->type) {
	case CONF_STRING:
		return strcmp(*(char *const *)x, *(char *const *)y) == 0;
	case CONF_SECRET:
		return same_secret(x, y);
	case CONF_INT:
	case CONF_DURATION:
	case CONF_MS:
		return *(const int64_t *)x == *(const int64_t *)y;
	case CONF_BOOL:
		return *(const bool *)x == *(const bool *)y;
	case CONF_STRINGS:
		return same_strings(x, y);
	case CONF_MAP:
		return same_map(x, y);
	case CONF_GROUP:
		return conf_is_absent(key, a) == conf_is_absent(key, b);
	case CONF_LIST:
		return conf_items_get(key, a).n == conf_items_get(key, b).n;
	}
	return false;
}

static bool table_needs(const struct conf_table *t, const char *within, const void *a,
			const void *b, char *name, size_t size);

/* A list that may be reloaded may change as a whole; a group has rows of its own. */
static bool key_needs(const struct conf_key *key, const char *full, const void *a,
		      const void *b, char *name, size_t size)
{
	bool reload = key->flags & CONF_RELOAD;

	if (!reload && !same_value(key, a, b)) {
		snprintf(name, size, "%s", full);
		return true;
	}
	if (key->type == CONF_GROUP) {
		return table_needs(key->sub, full, conf_member_const(key, a),
				   conf_member_const(key, b), name, size);
	}
	if (key->type == CONF_LIST && !reload) {
		for (size_t i = 0; i < conf_items_get(key, a).n; i++) {
			if (table_needs(key->sub, full, conf_item(key, a, i),
					conf_item(key, b, i), name, size)) {
				return true;
			}
		}
	}
	return false;
}

static bool table_needs(const struct conf_table *t, const char *within, const void *a,
			const void *b, char *name, size_t size)
{
	char full[NAME_ROOM];

	for (size_t i = 0; i < t->n; i++) {
		snprintf(full, sizeof(full), "%s%s%s", within, *within ? "." : "",
			 t->keys[i].name);
		if (key_needs(&t->keys[i], full, a, b, name, size)) {
			return true;
		}
	}
	return false;
}

bool conf_needs_restart(const struct conf_table *t, const void *a, const void *b,
			char *name, size_t size)
{
	return table_needs(t, "", a, b, name, size);
}
