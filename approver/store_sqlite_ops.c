/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite ledger's operations that write, one function per kind. Each runs within a
 * savepoint, which the driver undoes when it fails. */
#include "approver/store_sqlite.h"

#include <inttypes.h>
#include <string.h>

#include <sqlite3.h>

#include "approver/store_audit.h"
#include "shared/text.h"

/* --- effects --------------------------------------------------------------------- */

bool sql_effects_add(struct store_db *db, struct effect_row *rows, size_t n,
		     struct fail *f)
{
	for (size_t i = 0; i < n; i++) {
		struct effect_row *e = &rows[i];

		if (!sql_run(db, SQL_EFFECT_ADD,
			     SQL_ARGS(ARG_T(e->request_id), ARG_T(e->kind),
				      ARG_T(e->lane), ARG_T(e->queue),
				      ARG_T(effect_state_word(e->state)),
				      ARG_T(e->payload), ARG_N(e->due_ms),
				      ARG_N(e->tries)),
			     NULL, f)) {
			return false;
		}
		e->id = sqlite3_last_insert_rowid(db->sql);
	}
	return true;
}

bool sql_move_conflict(struct store_db *db, enum sql_id look, struct sql_arg id,
		       const char *subject, const char *from, struct fail *f)
{
	char label[48] = "";
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	if (id.is_text) {
		text_copy(label, sizeof(label), id.text);
	} else {
		sqlite3_snprintf(sizeof(label), label, "%lld", (long long)id.number);
	}
	sql_rows_start(&rows, db, look, &id, 1);
	row = sql_rows_next(&rows);
	if (row) {
		fail_set(f, FAIL_CONFLICT, "%s '%s' is %s, not %s", subject, label,
			 sql_text(row, 0), from);
	} else {
		fail_set(f, FAIL_CONFLICT, "%s '%s' is not in the ledger", subject,
			 label);
	}
	sql_rows_end(&rows, f);
	return false;
}

/* --- requests -------------------------------------------------------------------- */

/* Which request do the keys stand for? ret_id is "" when for none. */
static bool keys_find(struct store_db *db, struct store_op *op, char ret_id[ULID_SIZE],
		      struct fail *f)
{
	ret_id[0] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(op->request_add.keys) && !ret_id[0]; i++) {
		const char *key = op->request_add.keys[i];
		struct sql_rows rows;
		struct sqlite3_stmt *row;

		if (!key || !*key) {
			continue;
		}
		sql_rows_start(&rows, db, SQL_KEY_FIND,
			       SQL_ARGS(ARG_T(op->request_add.row->source), ARG_T(key)));
		row = sql_rows_next(&rows);
		if (row) {
			text_copy(ret_id, ULID_SIZE, sql_text(row, 0));
			op->request_add.state = request_state_parse(sql_text(row, 1));
		}
		if (!sql_rows_end(&rows, f)) {
			return false;
		}
	}
	return true;
}

static bool keys_add(struct store_db *db, const struct store_op *op, const char *id,
		     struct fail *f)
{
	const struct request_row *r = op->request_add.row;

	for (size_t i = 0; i < ARRAY_LEN(op->request_add.keys); i++) {
		const char *key = op->request_add.keys[i];

		if (key && *key &&
		    !sql_run(db, SQL_KEY_ADD,
			     SQL_ARGS(ARG_T(r->source), ARG_T(key), ARG_T(id),
				      ARG_N(r->asked_ms)),
			     NULL, f)) {
			return false;
		}
	}
	return true;
}

static bool request_insert(struct store_db *db, const struct request_row *r,
			   const char *trace, struct fail *f)
{
	const char *state = request_state_word(r->state);

	if (!sql_run(db, SQL_REQUEST_ADD,
		     SQL_ARGS(ARG_T(r->id), ARG_T(state), ARG_T(r->source),
			      ARG_T(r->team), ARG_T(r->user), ARG_T(r->channel),
			      ARG_T(r->reply_url), ARG_T(r->resource), ARG_N(r->for_s),
			      ARG_T(r->incident), ARG_T(r->reason), ARG_N(r->asked_ms),
			      ARG_N(r->decided_ms), ARG_T(r->policy)),
		     NULL, f)) {
		if (f->kind == FAIL_CONFLICT) {
			fail_set(f, FAIL_CONFLICT,
				 "request '%s' is in the ledger already", r->id);
		}
		return false;
	}
	return audit_add(db, r->asked_ms, "request", r->id, NULL, state,
			 audit_request_added(r, trace, &db->audit), f);
}

bool sqlite_request_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct request_row *r = op->request_add.row;
	char old[ULID_SIZE];

	if (!keys_find(db, op, old, f)) {
		return false;
	}
	op->request_add.duplicate = old[0] != '\0';
	if (!op->request_add.duplicate) {
		if (r->state == REQUEST_GRANTED &&
		    !sql_thawed(db, &op->request_add.frozen, f)) {
			return false;
		}
		if (!request_insert(db, r, op->request_add.trace, f)) {
			return false;
		}
		op->request_add.state = r->state;
	}
	text_copy(op->request_add.id, ULID_SIZE, op->request_add.duplicate ? old : r->id);
	return keys_add(db, op, op->request_add.id, f);
}

/* Whether another active grant of the lane is there: no more than one is one access. */
static bool cover_find(struct store_db *db, const char *lane, const char *id,
		       bool *ret_covered, struct fail *f)
{
	struct sql_rows rows;

	*ret_covered = false;
	if (!*lane) {
		return true;
	}
	sql_rows_start(&rows, db, SQL_GRANT_COVER, SQL_ARGS(ARG_T(lane), ARG_T(id)));
	*ret_covered = sql_rows_next(&rows) != NULL;
	return sql_rows_end(&rows, f);
}

static bool grant_insert(struct store_db *db, const struct grant_row *g,
			 enum grant_state as, int64_t at_ms, struct fail *f)
{
	const char *state = grant_state_word(as);

	if (!sql_run(db, SQL_GRANT_ADD,
		     SQL_ARGS(ARG_T(g->id), ARG_T(state), ARG_T(g->team), ARG_T(g->user),
			      ARG_T(g->channel), ARG_T(g->resource), ARG_T(g->policy),
			      ARG_T(g->provider), ARG_T(g->incident_id),
			      ARG_T(g->incident_ref), ARG_T(g->evidence),
			      ARG_N(g->starts_ms), ARG_N(g->expires_ms),
			      ARG_N(as == GRANT_ACTIVE ? at_ms : 0), ARG_N(at_ms),
			      ARG_N(g->ended_ms), ARG_T(g->cause), ARG_T(g->why),
			      ARG_T(g->provisioner), ARG_T(g->lane),
			      ARG_T(g->provider_user), ARG_N(g->remind_ms),
			      ARG_T(g->told ? g->told : ""), ARG_T(g->room)),
		     NULL, f)) {
		return fail_wrap(f, "cannot add grant '%s'", g->id);
	}
	return audit_add(db, at_ms, "grant", g->id, NULL, state,
			 audit_grant_added(g, &db->audit), f);
}

/* The grant that a request brings, and its effects. */
static bool grant_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *g = op->request_move.grant;
	bool *covered = &op->request_move.covered;

	if (!cover_find(db, g->lane, g->id, covered, f) ||
	    !grant_insert(db, g, *covered ? GRANT_ACTIVE : g->state,
			  op->request_move.at_ms, f)) {
		return false;
	}
	return *covered ? sql_effects_add(db, op->request_move.covered_effects,
					  op->request_move.n_covered, f)
			: sql_effects_add(db, op->request_move.effects,
					  op->request_move.n_effects, f);
}

bool sqlite_request_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	const char *id = op->request_move.id;
	const char *from = request_state_word(op->request_move.from);
	const char *to = request_state_word(op->request_move.to);
	bool decided = request_state_decided(op->request_move.to);
	int64_t at_ms = op->request_move.at_ms;
	int moved;

	if (!sql_run(db, SQL_REQUEST_MOVE,
		     SQL_ARGS(ARG_T(id), ARG_T(from), ARG_T(to),
			      ARG_N(decided ? at_ms : 0), ARG_T(op->request_move.policy)),
		     &moved, f)) {
		return false;
	}
	if (moved == 0) {
		return sql_move_conflict(db, SQL_REQUEST_STATE, (struct sql_arg)ARG_T(id),
					 "request", from, f);
	}
	if (op->request_move.to == REQUEST_GRANTED &&
	    !sql_thawed(db, &op->request_move.frozen, f)) {
		return false;
	}
	return audit_add(db, at_ms, "request", id, from, to,
			 audit_request_moved(op->request_move.policy,
					     op->request_move.trace, &db->audit),
			 f) &&
	       (op->request_move.grant ? grant_add(db, op, f)
				       : sql_effects_add(db, op->request_move.effects,
							 op->request_move.n_effects, f));
}

/* --- grants ---------------------------------------------------------------------- */

/* Whether another grant covers it, by the lane that it has on disk. */
static bool grant_look(struct store_db *db, struct store_op *op, struct fail *f)
{
	const char *id = op->grant_move.id;
	const char *from = grant_state_word(op->grant_move.from);
	char lane[LANE_SIZE] = "";
	struct sql_rows rows;
	struct sqlite3_stmt *row;
	bool found;

	sql_rows_start(&rows, db, SQL_GRANT_LANE, SQL_ARGS(ARG_T(id), ARG_T(from)));
	row = sql_rows_next(&rows);
	found = row != NULL;
	text_copy(lane, sizeof(lane), row ? sql_text(row, 0) : "");
	if (!sql_rows_end(&rows, f)) {
		return false;
	}
	return found ? cover_find(db, lane, id, &op->grant_move.covered, f)
		     : sql_move_conflict(db, SQL_GRANT_STATE, (struct sql_arg)ARG_T(id),
					 "grant", from, f);
}

/* The effect that the move is the outcome of; and what waits for the grant in vain. */
static bool grant_settle(struct store_db *db, struct store_op *op, enum grant_state to,
			 struct fail *f)
{
	int64_t at_ms = op->grant_move.at_ms;

	if (op->grant_move.effect != 0 &&
	    !sql_run(db, SQL_EFFECT_MOVE,
		     SQL_ARGS(ARG_N(op->grant_move.effect),
			      ARG_T(effect_state_word(op->grant_move.effect_to)),
			      ARG_N(at_ms), ARG_N(at_ms), ARG_N(op->grant_move.tries),
			      ARG_T(op->grant_move.note), ARG_N(0)),
		     NULL, f)) {
		return false;
	}
	return to == GRANT_ACTIVE ||
	       (op->grant_move.from != GRANT_GRANTING &&
		op->grant_move.from != GRANT_ACTIVE) ||
	       sql_run(db, SQL_EFFECTS_HURRY,
		       SQL_ARGS(ARG_T(op->grant_move.id), ARG_N(at_ms)), NULL, f);
}

static bool grant_update(struct store_db *db, struct store_op *op, enum grant_state to,
			 struct fail *f)
{
	const char *id = op->grant_move.id;
	const char *from = grant_state_word(op->grant_move.from);
	const struct grant_row *as = op->grant_move.as_read;
	int64_t at_ms = op->grant_move.at_ms;
	int moved;

	if (!sql_run(db, SQL_GRANT_MOVE,
		     SQL_ARGS(ARG_T(id), ARG_T(from), ARG_T(grant_state_word(to)),
			      ARG_N(at_ms), ARG_N(grant_state_over(to)),
			      ARG_T(op->grant_move.cause), ARG_T(op->grant_move.why),
			      ARG_T(op->grant_move.by), ARG_N(as != NULL),
			      ARG_N(as ? as->expires_ms : 0), ARG_N(as ? as->lost_ms : 0),
			      ARG_N(as ? as->kept : 0)),
		     &moved, f)) {
		return false;
	}
	if (moved == 0) {
		return sql_move_conflict(db, SQL_GRANT_STATE, (struct sql_arg)ARG_T(id),
					 "grant", from, f);
	}
	return audit_add(db, at_ms, "grant", id, from, grant_state_word(to),
			 audit_grant_moved(op->grant_move.cause, op->grant_move.why,
					   op->grant_move.by, &db->audit),
			 f);
}

bool sqlite_grant_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	enum grant_state to = op->grant_move.to;

	op->grant_move.covered = false;
	if (op->grant_move.mind_cover && !grant_look(db, op, f)) {
		return false;
	}
	if (op->grant_move.covered) {
		to = op->grant_move.covered_to;
	} else if (to == op->grant_move.from) {
		return true;
	}
	return grant_update(db, op, to, f) && grant_settle(db, op, to, f) &&
	       (op->grant_move.covered
			? sql_effects_add(db, op->grant_move.covered_effects,
					  op->grant_move.n_covered, f)
			: sql_effects_add(db, op->grant_move.effects,
					  op->grant_move.n_effects, f));
}

/* --- effects and the rest -------------------------------------------------------- */

bool sqlite_effect_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_arg id = ARG_N(op->effect_move.id);
	int moved;

	if (!sql_run(db, SQL_EFFECT_MOVE,
		     SQL_ARGS(id, ARG_T(effect_state_word(op->effect_move.to)),
			      ARG_N(op->effect_move.at_ms), ARG_N(op->effect_move.due_ms),
			      ARG_N(op->effect_move.tries), ARG_T(op->effect_move.note),
			      ARG_N(op->effect_move.begun)),
		     &moved, f)) {
		return false;
	}
	if (moved == 0) {
		return sql_move_conflict(db, SQL_EFFECT_STATE, id, "effect", "pending",
					 f);
	}
	return (!op->effect_move.room_of ||
		sql_run(db, SQL_GRANT_ROOM,
			SQL_ARGS(ARG_T(op->effect_move.room_of),
				 ARG_T(op->effect_move.note)),
			NULL, f)) &&
	       sql_effects_add(db, op->effect_move.effects, op->effect_move.n_effects, f);
}

static bool event_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_EVENT_FIND,
		       SQL_ARGS(ARG_T(op->event_add.source), ARG_T(op->event_add.keys[0]),
				ARG_T(op->event_add.keys[1])));
	op->event_add.duplicate = sql_rows_next(&rows) != NULL;
	return sql_rows_end(&rows, f);
}

/* Both of its keys, or none: a delivery's is not signed, and whoever sends an old event
 * again must not be able to take those of the next ones. */
bool sqlite_event_add(struct store_db *db, struct store_op *op, struct fail *f)
{
	bool ok = event_find(db, op, f);

	for (size_t i = 0; i < ARRAY_LEN(op->event_add.keys) && ok; i++) {
		const char *key = op->event_add.keys[i];

		if (!op->event_add.duplicate && key && *key) {
			ok = sql_run(db, SQL_EVENT_ADD,
				     SQL_ARGS(ARG_T(op->event_add.source), ARG_T(key),
					      ARG_T(op->event_add.what),
					      ARG_T(op->event_add.subject),
					      ARG_N(op->event_add.at_ms)),
				     NULL, f);
		}
	}
	return ok;
}

bool sqlite_probe(struct store_db *db, struct store_op *op, struct fail *f)
{
	sqlite_room_get(db, &op->probe.room);
	return sqlite_changed(db, &op->probe.changed, f) &&
	       sqlite_freeze_get(db, &op->probe.freeze, f) &&
	       sql_run(db, SQL_PROBE, NULL, 0, NULL, f) &&
	       sql_run(db, SQL_KEYS_FORGET, SQL_ARGS(ARG_N(op->probe.forget_before_ms)),
		       NULL, f) &&
	       sql_run(db, SQL_EVENTS_FORGET,
		       SQL_ARGS(ARG_N(op->probe.forget_events_before_ms)), NULL, f);
}
