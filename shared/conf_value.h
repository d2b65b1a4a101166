/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of shared/conf.h share: the values in a struct that a table
 * describes. Not for others. */
#ifndef SHARED_CONF_VALUE_H
#define SHARED_CONF_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "shared/conf.h"

/* Any CONF_LIST, whatever its items are. */
struct conf_items {
	void *items;
	size_t n;
};

/* Where the row's value is. */
void *conf_member(const struct conf_key *key, void *conf);
const void *conf_member_const(const struct conf_key *key, const void *conf);

/* Copies of the list's pointer and length; its i-th item. */
struct conf_items conf_items_get(const struct conf_key *key, const void *conf);
void *conf_item(const struct conf_key *key, const void *conf, size_t i);

/* What the file's syntax has no words for: a duration that is not set, and a group that
 * is not there, which would be there if it were printed. */
bool conf_is_absent(const struct conf_key *key, const void *conf);

/* Write the defaults over whatever is in conf. */
void conf_defaults(const struct conf_table *t, void *conf);

/* Put another item, with its defaults, at the end of a CONF_LIST. Borrowed. */
void *conf_list_add(const struct conf_key *key, void *conf);

/* Put a copy at the end. */
void conf_strings_add(struct str_list *list, const char *text);
void conf_map_add(struct str_map *map, const char *name, const char *value);

/* Set a row that is written as a string (STRING, SECRET, DURATION, MS) and free what was
 * there. Messages say what is wrong with the value, without the row's name. A secret that
 * cannot be read is left unset and fails only if `secrets`. */
bool conf_set_text(const struct conf_key *key, void *conf, const char *text, bool secrets,
		   struct fail *f);

/* Whether a string may stand in a config: UTF-8 without control characters, newline and
 * tab aside. */
bool conf_text_check(const char *text, struct fail *f);

/* Whether libconfig may be given the text: 1.5 takes 5000000000 for 705032704 without a
 * word, ends a string at \x00, and opens whatever an @include names. `name` stands in
 * messages. */
bool conf_scan(const char *text, const char *name, struct fail *f);

#endif
