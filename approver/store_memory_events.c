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

static struct event *event_create(const struct store_op *op, const char *key)
{
	size_t len = strlen(key) + 1;
	struct event *e = calloc(1, sizeof(*e) + len);

	if (e) {
		text_copy(e->source, sizeof(e->source), op->event_add.source);
		memcpy(e->key, key, len);
		e->at_ms = op->event_add.at_ms;
	}
	return e;
}

/* Both of its keys are added, or none of them. */
bool memory_event_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct event *both[ARRAY_LEN(op->event_add.keys)] = { NULL };
	bool ok = sorted_reserve(&db->events, ARRAY_LEN(both));
	bool seen = false;

	for (size_t i = 0; i < ARRAY_LEN(both) && ok; i++) {
		const char *key = op->event_add.keys[i];

		if (key && *key) {
			both[i] = event_create(op, key);
			ok = both[i] != NULL;
			seen |= ok && sorted_find(&db->events, both[i]) != NULL;
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		if (both[i] && ok && !seen) {
			sorted_add(&db->events, both[i]);
		} else {
			free(both[i]);
		}
	}
	op->event_add.duplicate = seen;
	return ok || memory_out(f);
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
