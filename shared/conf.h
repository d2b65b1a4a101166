/* SPDX-License-Identifier: Apache-2.0 */
/* Config files, driven by tables. Knows libconfig, and nothing of what the keys mean.
 *
 * A table describes a C struct: one row per key, in alphabetical order. Reading fills the
 * struct, printing and the checks of sample and docs walk the same rows. An unknown key
 * is an error that names its line and the nearest known key. */
#ifndef SHARED_CONF_H
#define SHARED_CONF_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/config.h"
#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"

/* What a row's member is:                                 in the struct */
enum conf_type {
	CONF_STRING,   /* char *, never NULL                            */
	CONF_SECRET,   /* struct secret, from "env:..." or "file:..."   */
	CONF_INT,      /* int64_t                                       */
	CONF_BOOL,     /* bool                                          */
	CONF_DURATION, /* int64_t, seconds, written "2h"                */
	CONF_MS,       /* int64_t, milliseconds, written "1500ms" or "2s" */
	CONF_STRINGS,  /* struct str_list                               */
	/* struct str_map, a group with free keys; or [ "name=value" ], as names of a
	 * group cannot hold what some vendors' do, such as a slash */
	CONF_MAP,
	CONF_GROUP, /* a struct that starts with struct conf_where   */
	CONF_LIST,  /* { T *items; size_t n; }, T starts with conf_where */
};

enum {
	CONF_REQUIRED =
		1 << 0,       /* the file must set it (within a group that is present) */
	CONF_RELOAD = 1 << 1, /* SIGHUP takes a new value; others need a restart */
	CONF_ZERO = 1 << 2,   /* CONF_DURATION: "0" is a value as well, for never */
};

struct conf_table;

struct conf_key {
	const char *name;
	enum conf_type type;
	size_t offset;
	unsigned flags;
	const char *def;              /* without quotes; NULL: none; lists have none */
	const char *choice;           /* CONF_STRING: "a|b|c", or NULL for any text */
	const struct conf_table *sub; /* CONF_GROUP, CONF_LIST */
	const char *help;
};

struct conf_table {
	const struct conf_key *keys;
	size_t n;
	size_t size; /* of the struct */
};

/* Fill *ret (t->size bytes, all of it overwritten) from the file, or from defaults alone
 * when path is NULL. On failure nothing is left to free. Messages:
 * "accessd.conf line 12: unknown key 'polices'" with the hint "Did you mean 'policies'?".
 * A secret that cannot be read fails only if `secrets` (so that `config` can print
 * without them). */
bool conf_read(const char *path, const struct conf_table *t, bool secrets, void *ret,
	       struct fail *f);

/* The same from text, for tests and fuzzers; `name` stands in messages. */
bool conf_read_text(const char *text, const char *name, const struct conf_table *t,
		    bool secrets, void *ret, struct fail *f);

/* For who wants to hear of all secrets that cannot be read, not of the first: each is told
 * with the words that conf_read() would fail with. False: the file cannot be read to its end
 * for another reason. Nothing of it is kept. */
typedef void conf_unread_fn(void *data, const struct fail *f);

bool conf_each_unread(const char *path, const struct conf_table *t, conf_unread_fn *fn,
		      void *data, struct fail *f);
bool conf_each_unread_text(const char *text, const char *name, const struct conf_table *t,
			   conf_unread_fn *fn, void *data, struct fail *f);

void conf_finish(const struct conf_table *t, void *conf);

/* The values in the file's syntax, secrets as <redacted> or <unset>. */
void conf_format(const struct conf_table *t, const void *conf, struct buf *out);

/* Call fn for each row with its full name ("slack.app_token",
 * "policies.any.incidentio.roles"). */
void conf_each(const struct conf_table *t,
	       void (*fn)(const char *full_name, const struct conf_key *key, void *data),
	       void *data);

/* Whether a and b differ in a row without CONF_RELOAD; its full name in name (of
 * `size`). */
bool conf_needs_restart(const struct conf_table *t, const void *a, const void *b,
			char *name, size_t size);

#endif
