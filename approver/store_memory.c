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

/* --- the rest --------------------------------------------------------------------- */

static bool probe(struct store_db *db, struct store_op *op, struct fail *f)
{
	(void)f;
	memory_keys_forget(&db->keys, op->probe.forget_before_ms);
	memory_events_forget(db, op->probe.forget_events_before_ms);
	op->probe.changed = false;
	op->probe.freeze = db->freeze;
	op->probe.room = (struct ledger_room){ .free_bytes = -1 };
	return true;
}

/* --- the driver ------------------------------------------------------------------ */

static bool (*const ops[STORE_OP_MAX])(struct store_db *db, struct store_op *op,
				       struct fail *f) = {
	[STORE_REQUEST_ADD] = memory_request_add,
	[STORE_REQUEST_MOVE] = memory_request_move,
	[STORE_GRANT_MOVE] = memory_grant_move,
	[STORE_GRANT_SET] = memory_grant_set,
	[STORE_FREEZE_SET] = memory_freeze_set,
	[STORE_GRANTS_LIVE] = memory_grants_live,
	[STORE_GRANTS_AT] = memory_grants_at,
	[STORE_GRANTS_REMIND] = memory_grants_remind,
	[STORE_GRANT_GET] = memory_grant_get,
	[STORE_REQUEST_GET] = memory_request_get,
	[STORE_EFFECT_MOVE] = memory_effect_move,
	[STORE_REQUESTS_OPEN] = memory_requests_open,
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
	db->keys.arena = &db->arena;
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
	sorted_forget(&db->requests);
	memory_keys_finish(&db->keys);
	sorted_finish(&db->grants);
	sorted_finish(&db->effects);
	sorted_finish(&db->events);
	memory_audit_finish(db);
	arena_finish(&db->arena);
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
