/* SPDX-License-Identifier: Apache-2.0 */
/* Effects in the ledger that is kept in memory. */
#include "approver/store_memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

static int cmp_effect_id(const struct effect_row *x, const struct effect_row *y)
{
	return (x->id > y->id) - (x->id < y->id);
}

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

static void room_note(struct store_db *db, const struct store_op *op)
{
	struct grant_row *g = op->effect_move.room_of
				      ? sorted_find(&db->grants, op->effect_move.room_of)
				      : NULL;

	if (g) {
		text_copy(g->room, sizeof(g->room), op->effect_move.note);
	}
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
	if (!memory_effects_check(db, op->effect_move.effects, op->effect_move.n_effects,
				  f) ||
	    !memory_effects_add(db, op->effect_move.effects, op->effect_move.n_effects,
				f)) {
		return false;
	}
	e->state = op->effect_move.to;
	e->due_ms = op->effect_move.due_ms;
	e->tries = op->effect_move.tries;
	e->begun = op->effect_move.begun;
	room_note(db, op);
	return true;
}

void memory_effects_settle(struct store_db *db, const struct store_op *op,
			   enum grant_state to)
{
	bool in_vain = to != GRANT_ACTIVE && (op->grant_move.from == GRANT_GRANTING ||
					      op->grant_move.from == GRANT_ACTIVE);
	int64_t at_ms = op->grant_move.at_ms;

	for (size_t i = 0; i < db->effects.n; i++) {
		struct effect_row *e = db->effects.items[i];

		if (e->state != EFFECT_PENDING) {
			continue;
		}
		if (e->id == op->grant_move.effect) {
			e->state = op->grant_move.effect_to;
			e->tries = op->grant_move.tries;
		} else if (in_vain && e->queue[0] && e->due_ms > at_ms &&
			   strcmp(e->request_id, op->grant_move.id) == 0) {
			e->due_ms = at_ms;
		}
	}
}

bool memory_effects_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct effect_row like = { .id = op->effects_due.after };

	op->effects_due.n = 0;
	for (size_t i = sorted_place(&db->effects, &like);
	     i < db->effects.n && op->effects_due.n < op->effects_due.max; i++) {
		const struct effect_row *e = db->effects.items[i];
		struct effect_row *row = &op->effects_due.rows[op->effects_due.n];

		if (e->id <= like.id || e->state != EFFECT_PENDING || e->queue[0]) {
			continue;
		}
		*row = *e;
		row->payload = strdup(e->payload);
		if (!row->payload) {
			store_rows_free(op);
			return memory_out(f);
		}
		op->effects_due.n++;
	}
	return true;
}

/* --- orders ---------------------------------------------------------------------- */

static bool is_first(const struct store_db *db, const struct effect_row *e)
{
	for (size_t i = 0; i < db->effects.n; i++) {
		const struct effect_row *b = db->effects.items[i];

		if (b->id < e->id && b->state == EFFECT_PENDING && b->queue[0] &&
		    strcmp(b->lane, e->lane) == 0) {
			return false;
		}
	}
	return true;
}

static bool is_ordered(const struct store_db *db, const char *grant)
{
	for (size_t i = 0; i < db->effects.n; i++) {
		const struct effect_row *e = db->effects.items[i];

		if (e->state == EFFECT_PENDING && e->queue[0] &&
		    strcmp(e->request_id, grant) == 0) {
			return true;
		}
	}
	return false;
}

/* When the last other active grant of the lane ends that no order is about; 0: there is
 * none. */
static int64_t others_until(const struct store_db *db, const char *lane, const char *id)
{
	int64_t until_ms = 0;

	for (size_t i = 0; i < db->grants.n; i++) {
		const struct grant_row *o = db->grants.items[i];

		if (o->state == GRANT_ACTIVE && *lane && strcmp(o->lane, lane) == 0 &&
		    strcmp(o->id, id) != 0 && o->expires_ms > until_ms &&
		    !is_ordered(db, o->id)) {
			until_ms = o->expires_ms;
		}
	}
	return until_ms;
}

static bool order_fill(const struct store_db *db, const struct effect_row *e,
		       struct order_row *o)
{
	const struct grant_row *g = sorted_find(&db->grants, e->request_id);
	const struct memory_request *r = sorted_find(&db->requests, e->request_id);
	char *told = strdup(g->told);

	if (!told) {
		return false;
	}
	o->effect = *e;
	o->effect.payload = told;
	o->grant = *g;
	o->grant.told = NULL;
	o->covered = memory_covered(db, e->lane, g->id);
	o->others_until_ms = others_until(db, e->lane, g->id);
	text_copy(o->own, sizeof(o->own), e->payload);
	text_copy(o->reply_url, sizeof(o->reply_url), r->reply_url);
	text_copy(o->reason, sizeof(o->reason), r->reason);
	o->asked_ms = r->asked_ms;
	return true;
}

static int cmp_due(const void *a, const void *b)
{
	const struct effect_row *x = *(void *const *)a;
	const struct effect_row *y = *(void *const *)b;
	int by_time = (x->due_ms > y->due_ms) - (x->due_ms < y->due_ms);

	return by_time != 0 ? by_time : cmp_effect_id(x, y);
}

bool memory_orders_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	void **found = malloc((db->effects.n + 1) * sizeof(*found));
	size_t n = 0;

	op->orders_due.n = 0;
	for (size_t i = 0; found && i < db->effects.n; i++) {
		const struct effect_row *e = db->effects.items[i];

		if (e->state == EFFECT_PENDING && e->queue[0] &&
		    strcmp(e->queue, op->orders_due.queue) == 0 && is_first(db, e)) {
			found[n++] = db->effects.items[i];
		}
	}
	if (!found) {
		return memory_out(f);
	}
	qsort(found, n, sizeof(*found), cmp_due);
	n = n < op->orders_due.max ? n : op->orders_due.max;
	while (op->orders_due.n < n &&
	       order_fill(db, found[op->orders_due.n],
			  &op->orders_due.rows[op->orders_due.n])) {
		op->orders_due.n++;
	}
	free(found);
	if (op->orders_due.n < n) {
		store_rows_free(op);
		return memory_out(f);
	}
	return true;
}
