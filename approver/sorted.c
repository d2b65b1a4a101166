/* SPDX-License-Identifier: Apache-2.0 */
/* Arrays of pointers that are kept in order. */
#include "approver/sorted.h"

#include <stdlib.h>
#include <string.h>

size_t sorted_place(const struct sorted *s, const void *like)
{
	size_t low = 0;
	size_t high = s->n;

	if (s->n > 0 && s->cmp(s->items[s->n - 1], like) < 0) {
		return s->n;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (s->cmp(s->items[mid], like) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	return low;
}

void *sorted_find(const struct sorted *s, const void *like)
{
	size_t at = sorted_place(s, like);

	return at < s->n && s->cmp(s->items[at], like) == 0 ? s->items[at] : NULL;
}

bool sorted_reserve(struct sorted *s, size_t more)
{
	size_t room = s->n + more > 2 * s->room ? s->n + more : 2 * s->room;
	void **items;

	if (s->n + more <= s->room) {
		return true;
	}
	items = realloc(s->items, room * sizeof(*items));
	if (items) {
		s->items = items;
		s->room = room;
	}
	return items != NULL;
}

void sorted_add(struct sorted *s, void *item)
{
	size_t at = sorted_place(s, item);

	memmove(&s->items[at + 1], &s->items[at], (s->n - at) * sizeof(*s->items));
	s->items[at] = item;
	s->n++;
}

void sorted_finish(struct sorted *s)
{
	for (size_t i = 0; i < s->n; i++) {
		free(s->items[i]);
	}
	sorted_forget(s);
}

void sorted_forget(struct sorted *s)
{
	free(s->items);
	*s = (struct sorted){ .cmp = s->cmp };
}
