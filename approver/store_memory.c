/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger in memory, for tests and for trying things out: it answers as the real ones do
 * and forgets everything when it is closed. It keeps no audit trail, as nothing that is
 * gone with the process would be one.
 *
 * Rows stand in arrays that are sorted by id; ids grow, so that a new one goes to the
 * end. Each operation finds out whether it can be done, takes the memory that it needs,
 * and only then changes anything. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

extern const struct store_driver store_memory;

/* A row begins with its id, be it a request or a grant. */
static int cmp_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int cmp_effect(const void *a, const void *b)
{
	const struct effect_row *x = a;
	const struct effect_row *y = b;

	return (x->id > y->id) - (x->id < y->id);
}

bool memory_out(struct fail *f)
{
	return fail_set(f, FAIL_INTERNAL, "out of memory");
}

/* --- requests -------------------------------------------------------------------- */

static struct memory_request *keys_find(const struct store_db *db,
					const struct store_op *op)
{
	for (size_t i = 0; i < ARRAY_LEN(op->request_add.keys); i++) {
		struct memory_request *known = memory_key_find(
			&db->keys, op->request_add.row->source, op->request_add.keys[i]);

		if (known) {
			return known;
		}
	}
	return NULL;
}

static void request_free(struct memory_request *r)
{
	free(r ? r->row : NULL);
	free(r);
}

static struct memory_request *request_make(const struct request_row *row)
{
	struct memory_request *r = calloc(1, sizeof(*r));

	if (!r) {
		return NULL;
	}
	text_copy(r->id, sizeof(r->id), row->id);
	r->state = row->state;
	if (request_state_decided(row->state)) {
		return r;
	}
	r->row = malloc(sizeof(*r->row));
	if (!r->row) {
		free(r);
		return NULL;
	}
	*r->row = *row;
	return r;
}

static struct memory_request *
request_insert(struct store_db *db, const struct request_row *row, struct fail *f)
{
	struct memory_request *r;

	if (sorted_find(&db->requests, row)) {
		fail_set(f, FAIL_CONFLICT, "request '%s' is in the ledger already",
			 row->id);
		return NULL;
	}
	r = request_make(row);
	if (!r || !sorted_reserve(&db->requests, 1)) {
		request_free(r);
		memory_out(f);
		return NULL;
	}
	sorted_add(&db->requests, r);
	return r;
}

static bool request_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct request_row *row = op->request_add.row;
	struct memory_request *r = keys_find(db, op);

	op->request_add.duplicate = r != NULL;
	r = r ? r : request_insert(db, row, f);
	if (!r) {
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(op->request_add.keys); i++) {
		memory_key_add(&db->keys, row->source, op->request_add.keys[i], r,
			       row->asked_ms);
	}
	text_copy(op->request_add.id, ULID_SIZE, r->id);
	op->request_add.state = r->state;
	return true;
}

static bool grant_check(const struct store_db *db, const struct grant_row *g,
			struct fail *f)
{
	if (g && (sorted_find(&db->grants, g) || !sorted_find(&db->requests, g->id))) {
		return fail_set(
			f, FAIL_CONFLICT,
			"cannot add grant '%s': it does not fit what is in the ledger",
			g->id);
	}
	return true;
}

static void request_set(struct memory_request *r, const struct store_op *op)
{
	r->state = op->request_move.to;
	if (request_state_decided(r->state)) {
		free(r->row);
		r->row = NULL;
	} else if (r->row) {
		r->row->state = r->state;
	}
}

static bool request_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *grant = op->request_move.grant;
	struct memory_request *r = sorted_find(&db->requests, op->request_move.id);
	struct grant_row *g = NULL;

	if (!r) {
		return fail_set(f, FAIL_CONFLICT, "request '%s' is not in the ledger",
				op->request_move.id);
	}
	if (r->state != op->request_move.from) {
		return fail_set(f, FAIL_CONFLICT, "request '%s' is %s, not %s", r->id,
				request_state_word(r->state),
				request_state_word(op->request_move.from));
	}
	if (!grant_check(db, grant, f) ||
	    !memory_effects_check(db, op->request_move.effects,
				  op->request_move.n_effects, f)) {
		return false;
	}
	if (grant && (!sorted_reserve(&db->grants, 1) || !(g = malloc(sizeof(*g))))) {
		return memory_out(f);
	}
	if (!memory_effects_add(db, op->request_move.effects, op->request_move.n_effects,
				f)) {
		free(g);
		return false;
	}
	if (g) {
		*g = *grant;
		sorted_add(&db->grants, g);
	}
	request_set(r, op);
	return true;
}

static bool requests_open(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = 0; i < db->requests.n && n < op->requests_open.max; i++) {
		const struct memory_request *r = db->requests.items[i];

		if (r->row && strcmp(r->id, op->requests_open.after) > 0) {
			op->requests_open.rows[n++] = *r->row;
		}
	}
	op->requests_open.n = n;
	return true;
}

static bool probe(struct store_db *db, struct store_op *op, struct fail *f)
{
	(void)f;
	memory_keys_forget(&db->keys, op->probe.forget_before_ms);
	memory_events_forget(db, op->probe.forget_events_before_ms);
	return true;
}

/* --- the driver ------------------------------------------------------------------ */

static bool (*const ops[STORE_OP_MAX])(struct store_db *db, struct store_op *op,
				       struct fail *f) = {
	[STORE_REQUEST_ADD] = request_add,      [STORE_REQUEST_MOVE] = request_move,
	[STORE_GRANT_MOVE] = memory_grant_move, [STORE_EFFECT_MOVE] = memory_effect_move,
	[STORE_REQUESTS_OPEN] = requests_open,  [STORE_GRANTS_DUE] = memory_grants_due,
	[STORE_GRANTS_OF] = memory_grants_of,   [STORE_EFFECTS_DUE] = memory_effects_due,
	[STORE_EVENT_ADD] = memory_event_add,   [STORE_PROBE] = probe,
};

static bool memory_open(const char *where, struct store_db **ret_db, struct fail *f)
{
	struct store_db *db;

	if (where[0] != '\0') {
		return fail_set(f, FAIL_INVALID, "nothing may stand behind 'memory:'");
	}
	db = calloc(1, sizeof(*db));
	if (!db) {
		return memory_out(f);
	}
	db->requests.cmp = cmp_id;
	db->grants.cmp = cmp_id;
	db->effects.cmp = cmp_effect;
	memory_events_init(db);
	*ret_db = db;
	return true;
}

static void memory_close(struct store_db *db)
{
	if (!db) {
		return;
	}
	for (size_t i = 0; i < db->requests.n; i++) {
		free(((struct memory_request *)db->requests.items[i])->row);
	}
	sorted_finish(&db->requests);
	memory_keys_finish(&db->keys);
	sorted_finish(&db->grants);
	sorted_finish(&db->effects);
	sorted_finish(&db->events);
	free(db);
}

static bool memory_apply(struct store_db *db, struct store_op *op, struct fail *f)
{
	return ops[op->kind](db, op, f);
}

/* Nothing can fail between the two, so there is nothing to undo. */
static bool memory_nothing(struct store_db *db, struct fail *f)
{
	(void)db;
	(void)f;
	return true;
}

const struct store_driver store_memory = {
	.scheme = "memory",
	.instant = true,
	.open = memory_open,
	.close = memory_close,
	.begin = memory_nothing,
	.apply = memory_apply,
	.commit = memory_nothing,
};
