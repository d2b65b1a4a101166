/* SPDX-License-Identifier: Apache-2.0 */
/* The values in a struct that a config table describes: defaults, setting, freeing. */
#include "shared/conf_value.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/duration.h"
#include "shared/secret.h"
#include "shared/text.h"

/* --- memory: a config is read at the start, when there is nothing to save yet ----- */

static char *must_strdup(const char *s)
{
	char *copy = strdup(s);

	if (!copy) {
		abort();
	}
	return copy;
}

/* Room for one more item of `size` bytes, cleared. */
static void *must_grow(void *items, size_t n, size_t size)
{
	char *more = reallocarray(items, n + 1, size);

	if (!more) {
		abort();
	}
	memset(more + n * size, 0, size);
	return more;
}

/* --- members ------------------------------------------------------------------- */

void *conf_member(const struct conf_key *key, void *conf)
{
	return (char *)conf + key->offset;
}

const void *conf_member_const(const struct conf_key *key, const void *conf)
{
	return (const char *)conf + key->offset;
}

/* By memcpy(), since the struct in the config has another type for its pointer. */
struct conf_items conf_items_get(const struct conf_key *key, const void *conf)
{
	struct conf_items list;

	memcpy(&list, conf_member_const(key, conf), sizeof(list));
	return list;
}

void *conf_item(const struct conf_key *key, const void *conf, size_t i)
{
	return (char *)conf_items_get(key, conf).items + i * key->sub->size;
}

void *conf_list_add(const struct conf_key *key, void *conf)
{
	struct conf_items list = conf_items_get(key, conf);
	void *item;

	list.items = must_grow(list.items, list.n, key->sub->size);
	list.n++;
	memcpy(conf_member(key, conf), &list, sizeof(list));
	item = conf_item(key, conf, list.n - 1);
	conf_defaults(key->sub, item);
	return item;
}

void conf_strings_add(struct str_list *list, const char *text)
{
	list->items = must_grow(list->items, list->n, sizeof(*list->items));
	list->items[list->n++] = must_strdup(text);
}

void conf_map_add(struct str_map *map, const char *name, const char *value)
{
	map->items = must_grow(map->items, map->n, sizeof(*map->items));
	map->items[map->n++] = (struct str_pair){
		.key = must_strdup(name),
		.value = must_strdup(value),
	};
}

bool conf_is_absent(const struct conf_key *key, const void *conf)
{
	const void *member = conf_member_const(key, conf);
	struct conf_where where;

	switch (key->type) {
	case CONF_DURATION:
	case CONF_MS:
		return *(const int64_t *)member <= 0 && !(key->flags & CONF_ZERO);
	case CONF_GROUP:
		memcpy(&where, member, sizeof(where));
		return !where.present;
	default:
		return false;
	}
}

/* --- setting ------------------------------------------------------------------- */

bool conf_text_check(const char *text, struct fail *f)
{
	if (!text_is_utf8(text, strlen(text))) {
		return fail_set(f, FAIL_INVALID, "it is not UTF-8");
	}
	for (; *text; text++) {
		if (((unsigned char)*text < ' ' && !strchr("\n\t", *text)) ||
		    *text == 0x7f) {
			return fail_set(f, FAIL_INVALID, "it has a control character");
		}
	}
	return true;
}

/* Whether the first n bytes of a "a|b|c" are the text. */
static bool choice_allows(const char *choice, const char *text)
{
	size_t len = strlen(text);

	for (;;) {
		size_t n = strcspn(choice, "|");

		if (n == len && strncmp(choice, text, n) == 0) {
			return true;
		}
		if (!choice[n]) {
			return false;
		}
		choice += n + 1;
	}
}

/* "a|b|c" -> "'a', 'b' or 'c'". */
static bool say_choice(const char *choice, struct fail *f)
{
	struct buf words;

	buf_init(&words, sizeof(f->msg));
	for (;;) {
		size_t n = strcspn(choice, "|");

		buf_addf(&words, "%s'%.*s'",
			 words.len == 0 ? ""
			 : choice[n]    ? ", "
					: " or ",
			 (int)n, choice);
		if (!choice[n]) {
			break;
		}
		choice += n + 1;
	}
	fail_set(f, FAIL_INVALID, "it must be %s", buf_str(&words));
	buf_finish(&words);
	return false;
}

static bool set_string(const struct conf_key *key, void *conf, const char *text,
		       struct fail *f)
{
	char **s = conf_member(key, conf);

	if (!conf_text_check(text, f)) {
		return false;
	}
	if (key->choice && !choice_allows(key->choice, text)) {
		return say_choice(key->choice, f);
	}
	free(*s);
	*s = must_strdup(text);
	return true;
}

/* Without `secrets` only what could never be right is an error. */
static bool set_secret(const struct conf_key *key, void *conf, const char *text,
		       bool secrets, struct fail *f)
{
	bool named = strncmp(text, "env:", 4) == 0 || strncmp(text, "file:", 5) == 0;
	struct secret *s = conf_member(key, conf);
	struct secret read = { 0 };

	if (!secret_read(text, &read, f)) {
		if (secrets || !named) {
			return false;
		}
		read.len = strlen(text); /* see secret_is_named() */
	}
	secret_finish(s);
	*s = read;
	return true;
}

static bool set_duration(const struct conf_key *key, void *conf, const char *text,
			 struct fail *f)
{
	int64_t *s = conf_member(key, conf);

	if (key->flags & CONF_ZERO && strcmp(text, "0") == 0) {
		*s = 0;
		return true;
	}
	return duration_parse(text, s, f);
}

/* "1500ms", or any duration. */
static bool set_ms(const struct conf_key *key, void *conf, const char *text,
		   struct fail *f)
{
	int64_t *ms = conf_member(key, conf);
	size_t n = strspn(text, "0123456789");
	int64_t s;

	if (n > 0 && n < 10 && strcmp(text + n, "ms") == 0) {
		*ms = strtoll(text, NULL, 10);
		return *ms > 0 || fail_set(f, FAIL_INVALID, "it must be at least 1ms");
	}
	if (!duration_parse(text, &s, f)) {
		return fail_hint(f, "Write it like 1500ms or 2s.");
	}
	*ms = s * 1000;
	return true;
}

bool conf_set_text(const struct conf_key *key, void *conf, const char *text, bool secrets,
		   struct fail *f)
{
	switch (key->type) {
	case CONF_STRING:
		return set_string(key, conf, text, f);
	case CONF_SECRET:
		return set_secret(key, conf, text, secrets, f);
	case CONF_DURATION:
		return set_duration(key, conf, text, f);
	case CONF_MS:
		return set_ms(key, conf, text, f);
	case CONF_INT:
	case CONF_BOOL:
	case CONF_STRINGS:
	case CONF_MAP:
	case CONF_GROUP:
	case CONF_LIST:
		break;
	}
	return fail_set(f, FAIL_INTERNAL, "'%s' is not written as a string", key->name);
}

/* --- defaults ------------------------------------------------------------------ */

static void set_default(const struct conf_key *key, void *conf)
{
	void *member = conf_member(key, conf);

	switch (key->type) {
	case CONF_STRING:
		*(char **)member = must_strdup(key->def ? key->def : "");
		break;
	case CONF_DURATION:
	case CONF_MS:
		if (key->def) {
			bool ok = conf_set_text(key, conf, key->def, false, NULL);

			assert(ok);
			(void)ok;
		}
		break;
	case CONF_INT:
		*(int64_t *)member = key->def ? strtoll(key->def, NULL, 10) : 0;
		break;
	case CONF_BOOL:
		*(bool *)member = key->def && strcmp(key->def, "true") == 0;
		break;
	case CONF_GROUP:
		conf_defaults(key->sub, member);
		break;
	case CONF_SECRET:
	case CONF_STRINGS:
	case CONF_MAP:
	case CONF_LIST:
		assert(!key->def); /* empty */
		break;
	}
}

void conf_defaults(const struct conf_table *t, void *conf)
{
	memset(conf, 0, t->size);
	for (size_t i = 0; i < t->n; i++) {
		set_default(&t->keys[i], conf);
	}
}

/* --- freeing ------------------------------------------------------------------- */

static void strings_finish(struct str_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		free(list->items[i]);
	}
	free(list->items);
}

static void map_finish(struct str_map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->items[i].key);
		free(map->items[i].value);
	}
	free(map->items);
}

static void list_finish(const struct conf_key *key, void *conf)
{
	struct conf_items list = conf_items_get(key, conf);

	for (size_t i = 0; i < list.n; i++) {
		conf_finish(key->sub, conf_item(key, conf, i));
	}
	free(list.items);
}

static void value_finish(const struct conf_key *key, void *conf)
{
	void *member = conf_member(key, conf);

	switch (key->type) {
	case CONF_STRING:
		free(*(char **)member);
		break;
	case CONF_SECRET:
		secret_finish(member);
		break;
	case CONF_STRINGS:
		strings_finish(member);
		break;
	case CONF_MAP:
		map_finish(member);
		break;
	case CONF_GROUP:
		conf_finish(key->sub, member);
		break;
	case CONF_LIST:
		list_finish(key, conf);
		break;
	case CONF_INT:
	case CONF_BOOL:
	case CONF_DURATION:
	case CONF_MS:
		break;
	}
}

void conf_finish(const struct conf_table *t, void *conf)
{
	for (size_t i = 0; i < t->n; i++) {
		value_finish(&t->keys[i], conf);
	}
	memset(conf, 0, t->size);
}
