/* SPDX-License-Identifier: Apache-2.0 */
/* Effects in the ledger that is kept in memory. */
#include "approver/store_memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* An effect and its payload in one piece. */
static struct effect_row *effect_copy(const struct effect_row *from)
{
	size_t len = strlen(from->payload) + 1;
	struct effect_row *e = malloc(sizeof(*e) + len);

	if (e) {
		*e = *from;
		memcpy(e + 1, from->payload, len);
		e->payload = (const char *)(e + 1);
	}
	return e;
}

bool memory_effects_check(const struct store_db *db, const struct effect_row *rows,
			  size_t n, struct fail *f)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].request_id[0] &&
		    !sorted_find(&db->requests, rows[i].request_id)) {
			return fail_set(f, FAIL_CONFLICT,
					"request '%s' is not in the ledger",
					rows[i].request_id);
		}
	}
	return true;
}

bool memory_effects_add(struct store_db *db, struct effect_row *rows, size_t n,
			struct fail *f)
{
	size_t before = db->effects.n;

	if (!sorted_reserve(&db->effects, n)) {
		return memory_out(f);
	}
	for (size_t i = 0; i < n; i++) {
		struct effect_row *e = effect_copy(&rows[i]);

		if (!e) {
			while (db->effects.n > before) {
				free(db->effects.items[--db->effects.n]);
			}
			return memory_out(f);
		}
		e->id = ++db->last_effect;
		rows[i].id = e->id;
		sorted_add(&db->effects, e);
	}
	return true;
}

bool memory_effect_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct effect_row like = { .id = op->effect_move.id };
	struct effect_row *e = sorted_find(&db->effects, &like);

	if (!e) {
		return fail_set(f, FAIL_CONFLICT,
				"effect '%" PRId64 "' is not in the ledger", like.id);
	}
	if (e->state != EFFECT_PENDING) {
		return fail_set(f, FAIL_CONFLICT,
				"effect '%" PRId64 "' is %s, not pending", like.id,
				effect_state_word(e->state));
	}
	e->state = op->effect_move.to;
	e->due_ms = op->effect_move.due_ms;
	e->tries = op->effect_move.tries;
	return true;
}

bool memory_effects_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct effect_row like = { .id = op->effects_due.after };
	struct effect_row *rows = op->effects_due.rows;
	size_t n = 0;

	for (size_t i = sorted_place(&db->effects, &like);
	     i < db->effects.n && n < op->effects_due.max; i++) {
		const struct effect_row *e = db->effects.items[i];

		if (e->id <= like.id || e->state != EFFECT_PENDING) {
			continue;
		}
		rows[n] = *e;
		rows[n].payload = strdup(e->payload);
		if (!rows[n].payload) {
			while (n > 0) {
				free((void *)(uintptr_t)rows[--n].payload);
			}
			op->effects_due.n = 0;
			return memory_out(f);
		}
		n++;
	}
	op->effects_due.n = n;
	return true;
}
