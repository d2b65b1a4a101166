/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger in memory, for tests and for trying things out: it answers as the real ones do
 * and forgets everything when it is closed.
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

static struct request_row *keys_find(const struct store_db *db, const struct store_op *op)
{
	for (size_t i = 0; i < ARRAY_LEN(op->request_add.keys); i++) {
		struct request_row *known = memory_key_find(
			&db->keys, op->request_add.row->source, op->request_add.keys[i]);

		if (known) {
			return known;
		}
	}
	return NULL;
}

static struct request_row *request_insert(struct store_db *db,
					  const struct request_row *row,
					  const char *trace, struct fail *f)
{
	struct request_row *r;

	if (sorted_find(&db->requests, row)) {
		fail_set(f, FAIL_CONFLICT, "request '%s' is in the ledger already",
			 row->id);
		return NULL;
	}
	if (!memory_audit_plan(db, row->asked_ms, "request", row->id, NULL,
			       request_state_word(row->state),
			       audit_request_added(row, trace, &db->audit.text), f)) {
		return NULL;
	}
	r = malloc(sizeof(*r));
	if (!r || !sorted_reserve(&db->requests, 1)) {
		free(r);
		memory_out(f);
		return NULL;
	}
	*r = *row;
	sorted_add(&db->requests, r);
	return r;
}

static bool request_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct request_row *row = op->request_add.row;
	struct request_row *r = keys_find(db, op);

	op->request_add.duplicate = r != NULL;
	if (!r && row->state == REQUEST_GRANTED &&
	    !memory_thawed(db, &op->request_add.frozen, f)) {
		return false;
	}
	r = r ? r : request_insert(db, row, op->request_add.trace, f);
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

static bool move_check(const struct store_db *db, const struct store_op *op,
		       const struct request_row *r, struct fail *f)
{
	const struct grant_row *g = op->request_move.grant;

	if (!r) {
		return fail_set(f, FAIL_CONFLICT, "request '%s' is not in the ledger",
				op->request_move.id);
	}
	if (r->state != op->request_move.from) {
		return fail_set(f, FAIL_CONFLICT, "request '%s' is %s, not %s", r->id,
				request_state_word(r->state),
				request_state_word(op->request_move.from));
	}
	if (g && (sorted_find(&db->grants, g) || !sorted_find(&db->requests, g->id))) {
		return fail_set(
			f, FAIL_CONFLICT,
			"cannot add grant '%s': it does not fit what is in the ledger",
			g->id);
	}
	return true;
}

static bool move_plan(struct store_db *db, const struct store_op *op, bool covered,
		      struct fail *f)
{
	const struct grant_row *g = op->request_move.grant;
	int64_t at_ms = op->request_move.at_ms;

	return memory_audit_plan(db, at_ms, "request", op->request_move.id,
				 request_state_word(op->request_move.from),
				 request_state_word(op->request_move.to),
				 audit_request_moved(op->request_move.policy,
						     op->request_move.trace,
						     &db->audit.text),
				 f) &&
	       (!g ||
		memory_audit_plan(db, at_ms, "grant", g->id, NULL,
				  grant_state_word(covered ? GRANT_ACTIVE : g->state),
				  audit_grant_added(g, &db->audit.text), f));
}

static bool request_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *grant = op->request_move.grant;
	struct request_row *r = sorted_find(&db->requests, op->request_move.id);
	bool covered = grant && memory_covered(db, grant->lane, grant->id);
	struct effect_row *effects =
		covered ? op->request_move.covered_effects : op->request_move.effects;
	size_t n = covered ? op->request_move.n_covered : op->request_move.n_effects;
	struct grant_row *g = NULL;

	if (!move_check(db, op, r, f) ||
	    (op->request_move.to == REQUEST_GRANTED &&
	     !memory_thawed(db, &op->request_move.frozen, f)) ||
	    !move_plan(db, op, covered, f) || !memory_effects_check(db, effects, n, f)) {
		return false;
	}
	if (grant &&
	    (!sorted_reserve(&db->grants, 1) ||
	     !(g = memory_grant_copy(grant, covered ? GRANT_ACTIVE : grant->state,
				     op->request_move.at_ms)))) {
		return memory_out(f);
	}
	if (!memory_effects_add(db, effects, n, f)) {
		free(g);
		return false;
	}
	if (g) {
		sorted_add(&db->grants, g);
	}
	op->request_move.covered = covered;
	r->state = op->request_move.to;
	r->decided_ms = request_state_decided(r->state) ? op->request_move.at_ms : 0;
	if (op->request_move.policy) {
		text_copy(r->policy, sizeof(r->policy), op->request_move.policy);
	}
	return true;
}

static bool requests_open(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = 0; i < db->requests.n && n < op->requests_open.max; i++) {
		const struct request_row *r = db->requests.items[i];

		if (r->decided_ms == 0 && strcmp(r->id, op->requests_open.after) > 0) {
			op->requests_open.rows[n++] = *r;
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
	op->probe.changed = false;
	op->probe.freeze = db->freeze;
	return true;
}

/* --- the driver ------------------------------------------------------------------ */

static bool (*const ops[STORE_OP_MAX])(struct store_db *db, struct store_op *op,
				       struct fail *f) = {
	[STORE_REQUEST_ADD] = request_add,
	[STORE_REQUEST_MOVE] = request_move,
	[STORE_GRANT_MOVE] = memory_grant_move,
	[STORE_GRANT_SET] = memory_grant_set,
	[STORE_FREEZE_SET] = memory_freeze_set,
	[STORE_GRANTS_LIVE] = memory_grants_live,
	[STORE_GRANTS_AT] = memory_grants_at,
	[STORE_GRANTS_REMIND] = memory_grants_remind,
	[STORE_GRANT_GET] = memory_grant_get,
	[STORE_REQUEST_GET] = memory_request_get,
	[STORE_EFFECT_MOVE] = memory_effect_move,
	[STORE_REQUESTS_OPEN] = requests_open,
	[STORE_GRANTS_DUE] = memory_grants_due,
	[STORE_GRANTS_OF] = memory_grants_of,
	[STORE_GRANTS_STUCK] = memory_grants_stuck,
	[STORE_EFFECTS_DUE] = memory_effects_due,
	[STORE_ORDERS_DUE] = memory_orders_due,
	[STORE_EVENT_ADD] = memory_event_add,
	[STORE_PROBE] = probe,
	[STORE_AUDIT_SIGN] = memory_audit_sign,
	[STORE_AUDIT_ROWS] = memory_audit_rows,
	[STORE_AUDIT_HEADS] = memory_audit_heads,
	[STORE_SINK_MOVE] = memory_sink_move,
	[STORE_SINK_READ] = memory_sink_read,
	[STORE_GRANTS_FIND] = memory_grants_find,
	[STORE_REQUESTS_FIND] = memory_requests_find,
	[STORE_IDS_FIND] = memory_ids_find,
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
	if (!memory_audit_init(&db->audit, f)) {
		free(db);
		return false;
	}
	*ret_db = db;
	return true;
}

static void memory_close(struct store_db *db)
{
	if (!db) {
		return;
	}
	sorted_finish(&db->requests);
	memory_keys_finish(&db->keys);
	sorted_finish(&db->grants);
	sorted_finish(&db->effects);
	sorted_finish(&db->events);
	memory_audit_finish(db);
	free(db);
}

static bool memory_apply(struct store_db *db, struct store_op *op, struct fail *f)
{
	bool ok = ops[op->kind](db, op, f);

	ok ? memory_audit_keep(db) : memory_audit_drop(db);
	return ok;
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
