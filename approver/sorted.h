/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of pointers that are kept in order: found by halving, added to at the end as a
 * rule. What the pointers point to is freed with free(). */
#ifndef APPROVER_SORTED_H
#define APPROVER_SORTED_H

#include <stdbool.h>
#include <stddef.h>

/* All zero but cmp is an empty one. */
struct sorted {
	void **items;
	size_t n, room;
	int (*cmp)(const void *a, const void *b);
};

/* The place of the first that is not before `like`. */
size_t sorted_place(const struct sorted *s, const void *like);

/* The one that equals `like`, or NULL. */
void *sorted_find(const struct sorted *s, const void *like);

/* Make room for some more; false when memory ran out. */
bool sorted_reserve(struct sorted *s, size_t more);

/* Cannot fail: room was reserved. */
void sorted_add(struct sorted *s, void *item);

/* Frees the items, too. */
void sorted_finish(struct sorted *s);

/* The items are somebody else's. */
void sorted_forget(struct sorted *s);

#endif
