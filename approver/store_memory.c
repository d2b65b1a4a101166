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

struct key {
	struct request_row *request;
	int64_t seen_ms;
	char source[sizeof(((struct request_row *)NULL)->source)];
	char text[];
};

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

static int cmp_key(const void *a, const void *b)
{
	const struct key *x = a;
	const struct key *y = b;
	int by_source = strcmp(x->source, y->source);

	return by_source != 0 ? by_source : strcmp(x->text, y->text);
}

bool memory_out(struct fail *f)
{
	return fail_set(f, FAIL_INTERNAL, "out of memory");
}

/* --- requests -------------------------------------------------------------------- */

static struct key *key_make(const char *source, const char *text, int64_t seen_ms)
{
	size_t len = strlen(text) + 1;
	struct key *k = calloc(1, sizeof(*k) + len);

	if (k) {
		text_copy(k->source, sizeof(k->source), source);
		memcpy(k->text, text, len);
		k->seen_ms = seen_ms;
	}
	return k;
}

/* The keys that the operation brings, NULL where it brings none. */
static bool keys_make(const struct store_op *op, struct key *keys[2], struct fail *f)
{
	const struct request_row *r = op->request_add.row;

	keys[0] = keys[1] = NULL;
	for (size_t i = 0; i < 2; i++) {
		const char *text = op->request_add.keys[i];

		if (!text || !*text) {
			continue;
		}
		keys[i] = key_make(r->source, text, r->asked_ms);
		if (!keys[i]) {
			free(keys[0]);
			return memory_out(f);
		}
	}
	return true;
}

/* Keys that are known already stay as they are. */
static void keys_add(struct store_db *db, struct key *keys[2], struct request_row *r)
{
	for (size_t i = 0; i < 2; i++) {
		if (keys[i] && !sorted_find(&db->keys, keys[i])) {
			keys[i]->request = r;
			sorted_add(&db->keys, keys[i]);
		} else {
			free(keys[i]);
		}
	}
}

static struct request_row *keys_find(const struct store_db *db, struct key *keys[2])
{
	for (size_t i = 0; i < 2; i++) {
		struct key *known = keys[i] ? sorted_find(&db->keys, keys[i]) : NULL;

		if (known) {
			return known->request;
		}
	}
	return NULL;
}

static struct request_row *request_insert(struct store_db *db,
					  const struct request_row *row, struct fail *f)
{
	struct request_row *r;

	if (sorted_find(&db->requests, row)) {
		fail_set(f, FAIL_CONFLICT, "request '%s' is in the ledger already",
			 row->id);
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
	struct key *keys[2];
	struct request_row *r;

	if (!keys_make(op, keys, f)) {
		return false;
	}
	r = keys_find(db, keys);
	op->request_add.duplicate = r != NULL;
	if (!sorted_reserve(&db->keys, 2)) {
		memory_out(f);
		r = NULL;
	} else if (!r) {
		r = request_insert(db, op->request_add.row, f);
	}
	if (!r) {
		free(keys[0]);
		free(keys[1]);
		return false;
	}
	text_copy(op->request_add.id, ULID_SIZE, r->id);
	op->request_add.state = r->state;
	keys_add(db, keys, r);
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

static bool request_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *grant = op->request_move.grant;
	struct request_row *r = sorted_find(&db->requests, op->request_move.id);
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
	size_t n = 0;

	(void)f;
	for (size_t i = 0; i < db->keys.n; i++) {
		struct key *k = db->keys.items[i];

		if (k->seen_ms < op->probe.forget_before_ms) {
			free(k);
		} else {
			db->keys.items[n++] = k;
		}
	}
	db->keys.n = n;
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
	db->keys.cmp = cmp_key;
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
	sorted_finish(&db->requests);
	sorted_finish(&db->keys);
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
	.open = memory_open,
	.close = memory_close,
	.begin = memory_nothing,
	.apply = memory_apply,
	.commit = memory_nothing,
};
