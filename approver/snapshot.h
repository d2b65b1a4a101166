/* SPDX-License-Identifier: Apache-2.0 */
/* Making, sharing and searching snapshots (struct snapshot in accessd/provider.h).
 * Pure. */
#ifndef APPROVER_SNAPSHOT_H
#define APPROVER_SNAPSHOT_H

#include "accessd/provider.h"

/* One reference, empty. NULL when memory ran out. */
struct snapshot *snapshot_create(void);
const struct snapshot *snapshot_ref(const struct snapshot *s);
void snapshot_unref(const struct snapshot *s); /* NULL is fine */

/* Append; what is returned is zeroed and stays put until the next append of its kind.
 * NULL when memory ran out. */
struct incident *snapshot_add_incident(struct snapshot *s);
struct stand *snapshot_add_stand(struct snapshot *s, size_t incident);
struct catalog_item *catalog_add(struct catalog *c);

/* Append all of src to dst. False when memory ran out; dst is to be finished then too. */
bool catalog_copy(struct catalog *dst, const struct catalog *src);
void catalog_finish(struct catalog *c); /* leaves it empty and usable */

/* Order incidents and stands as struct snapshot says; stands keep pointing at theirs.
 * Call once, when all is there. False when memory ran out: throw it away. */
bool snapshot_seal(struct snapshot *s);

/* The stands of a person: the first one, and how many follow. "" has none. */
const struct stand *snapshot_stands_of(const struct snapshot *s, const char *user,
				       size_t *ret_n);

/* By id, or by reference in any case ("inc-204", "#512", "512"); NULL: not live. */
const struct incident *snapshot_find(const struct snapshot *s, const char *text);

/* The one item with this id, or else the one item of this (trimmed, exact) name, or, with
 * `shortforms`, short form. NULL: none, or several; *ret_n says how many matched. */
const struct catalog_item *catalog_find(const struct catalog *c, const char *id_or_name,
					bool shortforms, size_t *ret_n);

#endif
