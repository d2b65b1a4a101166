/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger in memory: what providers said by webhook. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

struct event {
	int64_t at_ms;
	char source[16];
	char key[];
};

static int cmp_event(const void *a, const void *b)
{
	const struct event *x = a;
	const struct event *y = b;
	int by_source = strcmp(x->source, y->source);

	return by_source != 0 ? by_source : strcmp(x->key, y->key);
}

void memory_events_init(struct store_db *db)
{
	db->events.cmp = cmp_event;
}

bool memory_event_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t len = strlen(op->event_add.key) + 1;
	struct event *e = calloc(1, sizeof(*e) + len);

	if (!e || !sorted_reserve(&db->events, 1)) {
		free(e);
		return memory_out(f);
	}
	text_copy(e->source, sizeof(e->source), op->event_add.source);
	memcpy(e->key, op->event_add.key, len);
	e->at_ms = op->event_add.at_ms;
	op->event_add.duplicate = sorted_find(&db->events, e) != NULL;
	if (op->event_add.duplicate) {
		free(e);
	} else {
		sorted_add(&db->events, e);
	}
	return true;
}

void memory_events_forget(struct store_db *db, int64_t before_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < db->events.n; i++) {
		struct event *e = db->events.items[i];

		if (e->at_ms < before_ms) {
			free(e);
		} else {
			db->events.items[n++] = e;
		}
	}
	db->events.n = n;
}
