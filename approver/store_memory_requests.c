/* SPDX-License-Identifier: Apache-2.0 */
/* The requests of the ledger in memory. A row has room for the longest of texts, some 4 KB;
 * what is kept of it is as long as its texts are. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

/* --- a row ------------------------------------------------------------------------ */

/* Append s to the texts at *at, and move that behind it. */
static const char *text_keep(char **at, const char *s)
{
	size_t size = strlen(s) + 1;
	const char *kept = memcpy(*at, s, size);

	*at += size;
	return kept;
}

static size_t texts_size(const struct request_row *row)
{
	return strlen(row->source) + strlen(row->policy) + strlen(row->team) +
	       strlen(row->user) + strlen(row->channel) + strlen(row->reply_url) +
	       strlen(row->resource) + strlen(row->incident) + strlen(row->reason) + 9;
}

/* NULL when memory ran out. */
static struct memory_request *request_make(struct store_db *db,
					   const struct request_row *row)
{
	struct memory_request *r = arena_take(&db->arena, sizeof(*r) + texts_size(row));
	char *at;

	if (!r) {
		return NULL;
	}
	at = r->texts;
	text_copy(r->id, sizeof(r->id), row->id);
	r->state = row->state;
	r->for_s = row->for_s;
	r->asked_ms = row->asked_ms;
	r->decided_ms = row->decided_ms;
	r->source = text_keep(&at, row->source);
	r->policy = text_keep(&at, row->policy);
	r->team = text_keep(&at, row->team);
	r->user = text_keep(&at, row->user);
	r->channel = text_keep(&at, row->channel);
	r->reply_url = text_keep(&at, row->reply_url);
	r->resource = text_keep(&at, row->resource);
	r->incident = text_keep(&at, row->incident);
	r->reason = text_keep(&at, row->reason);
	return r;
}

void memory_request_out(const struct memory_request *r, struct request_row *ret_row)
{
	*ret_row = (struct request_row){ .state = r->state,
					 .for_s = r->for_s,
					 .asked_ms = r->asked_ms,
					 .decided_ms = r->decided_ms };
	text_copy(ret_row->id, sizeof(ret_row->id), r->id);
	text_copy(ret_row->source, sizeof(ret_row->source), r->source);
	text_copy(ret_row->team, sizeof(ret_row->team), r->team);
	text_copy(ret_row->user, sizeof(ret_row->user), r->user);
	text_copy(ret_row->channel, sizeof(ret_row->channel), r->channel);
	text_copy(ret_row->reply_url, sizeof(ret_row->reply_url), r->reply_url);
	text_copy(ret_row->resource, sizeof(ret_row->resource), r->resource);
	text_copy(ret_row->incident, sizeof(ret_row->incident), r->incident);
	text_copy(ret_row->reason, sizeof(ret_row->reason), r->reason);
	text_copy(ret_row->policy, sizeof(ret_row->policy), r->policy);
}

/* --- operations -------------------------------------------------------------------- */

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

static struct memory_request *request_insert(struct store_db *db,
					     const struct request_row *row,
					     const char *trace, struct fail *f)
{
	struct memory_request *r;

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
	r = sorted_reserve(&db->requests, 1) ? request_make(db, row) : NULL;
	if (!r) {
		memory_out(f);
		return NULL;
	}
	sorted_add(&db->requests, r);
	return r;
}

bool memory_request_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct request_row *row = op->request_add.row;
	struct memory_request *r = keys_find(db, op);

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
		       const struct memory_request *r, struct fail *f)
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

/* `to` stays as it is when there is none. */
static bool policy_keep(struct store_db *db, const char *policy, const char **to)
{
	char *at = policy ? arena_take(&db->arena, strlen(policy) + 1) : NULL;

	if (at) {
		*to = text_keep(&at, policy);
	}
	return at || !policy;
}

bool memory_request_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *grant = op->request_move.grant;
	struct memory_request *r = sorted_find(&db->requests, op->request_move.id);
	bool covered = grant && memory_covered(db, grant->lane, grant->id);
	struct effect_row *effects =
		covered ? op->request_move.covered_effects : op->request_move.effects;
	size_t n = covered ? op->request_move.n_covered : op->request_move.n_effects;
	struct grant_row *g = NULL;
	const char *policy = r ? r->policy : NULL;

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
	if (!policy_keep(db, op->request_move.policy, &policy) ||
	    !memory_effects_add(db, effects, n, f)) {
		free(g);
		return memory_out(f);
	}
	if (g) {
		sorted_add(&db->grants, g);
	}
	op->request_move.covered = covered;
	r->state = op->request_move.to;
	r->decided_ms = request_state_decided(r->state) ? op->request_move.at_ms : 0;
	r->policy = policy;
	return true;
}

bool memory_requests_open(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = 0; i < db->requests.n && n < op->requests_open.max; i++) {
		const struct memory_request *r = db->requests.items[i];

		if (r->decided_ms == 0 && strcmp(r->id, op->requests_open.after) > 0) {
			memory_request_out(r, &op->requests_open.rows[n++]);
		}
	}
	op->requests_open.n = n;
	return true;
}

bool memory_request_get(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct memory_request *r = sorted_find(&db->requests, op->request_get.id);

	(void)f;
	op->request_get.found = r != NULL;
	if (r) {
		memory_request_out(r, op->request_get.row);
	}
	return true;
}
