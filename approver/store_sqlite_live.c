/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite ledger's operations for grants that live: what changes of one while it does,
 * finding them, and the freeze. */
#include "approver/store_sqlite.h"

#include <stdint.h>
#include <string.h>

#include <sqlite3.h>

#include "approver/store_audit.h"
#include "shared/text.h"

/* --- one ------------------------------------------------------------------------- */

static bool set_run(struct store_db *db, const struct store_op *op, int *ret_changed,
		    struct fail *f)
{
	const struct grant_row *was = op->grant_set.was;
	const struct grant_row *to = op->grant_set.to;

	return sql_run(db, SQL_GRANT_SET,
		       SQL_ARGS(ARG_T(was->id), ARG_T(grant_state_word(was->state)),
				ARG_N(was->expires_ms), ARG_N(was->lost_ms),
				ARG_N(was->kept), ARG_T(to->policy), ARG_T(to->provider),
				ARG_T(to->provider_user), ARG_T(to->incident_id),
				ARG_T(to->incident_ref), ARG_T(to->evidence),
				ARG_N(to->expires_ms), ARG_N(to->lost_ms),
				ARG_N(to->kept), ARG_N(to->remind_ms)),
		       ret_changed, f);
}

bool sqlite_grant_set(struct store_db *db, struct store_op *op, struct fail *f)
{
	const char *id = op->grant_set.was->id;
	const char *state = grant_state_word(op->grant_set.was->state);
	int changed = 0;

	if (!set_run(db, op, &changed, f)) {
		return false;
	}
	if (changed == 0) {
		return sql_move_conflict(db, SQL_GRANT_STATE, (struct sql_arg)ARG_T(id),
					 "grant", "as it was read", f);
	}
	if (op->grant_set.to->expires_ms > op->grant_set.was->expires_ms &&
	    !sql_thawed(db, &op->grant_set.frozen, f)) {
		return false;
	}
	return audit_add(db, op->grant_set.at_ms, "grant", id, state, state,
			 audit_grant_set(op, &db->audit), f) &&
	       sql_effects_add(db, op->grant_set.effects, op->grant_set.n_effects, f);
}

bool sqlite_grant_get(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;
	bool ok = true;

	sql_rows_start(&rows, db, SQL_GRANT_GET, SQL_ARGS(ARG_T(op->grant_get.id)));
	row = sql_rows_next(&rows);
	op->grant_get.found = row != NULL;
	ok = !row || sqlite_grant_read(row, op->grant_get.row, f);
	return sql_rows_end(&rows, f) && ok;
}

bool sqlite_request_get(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;
	bool ok = true;

	sql_rows_start(&rows, db, SQL_REQUEST_GET, SQL_ARGS(ARG_T(op->request_get.id)));
	row = sql_rows_next(&rows);
	op->request_get.found = row != NULL;
	ok = !row || sqlite_request_read(row, op->request_get.row, f);
	return sql_rows_end(&rows, f) && ok;
}

/* --- all that live --------------------------------------------------------------- */

static const char *any(const char *s)
{
	return s ? s : "";
}

bool sqlite_grants_live(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct live_filter *by = op->grants_live.filter;
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_GRANTS_LIVE,
		       SQL_ARGS(ARG_T(op->grants_live.after), ARG_T(any(by->team)),
				ARG_T(any(by->user)), ARG_T(any(by->resource)),
				ARG_T(any(by->incident)), ARG_T(any(by->provider)),
				ARG_T(any(by->target)),
				ARG_N((int64_t)op->grants_live.max)));
	return sqlite_rows_read(&rows, op, sqlite_grant_read, SQL_INTO(op->grants_live),
				f);
}

static bool grant_told_read(struct sqlite3_stmt *row, void *dst, struct fail *f)
{
	enum { TOLD = 26 };
	struct grant_row *g = dst;

	if (!sqlite_grant_read(row, g, f)) {
		return false;
	}
	g->told = strdup(sql_text(row, TOLD));
	return g->told || fail_set(f, FAIL_INTERNAL, "out of memory");
}

bool sqlite_grants_at(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_GRANTS_AT,
		       SQL_ARGS(ARG_T(op->grants_at.provisioner),
				ARG_T(op->grants_at.lane_end), ARG_T(op->grants_at.after),
				ARG_N((int64_t)op->grants_at.max)));
	return sqlite_rows_read(&rows, op, grant_told_read, SQL_INTO(op->grants_at), f);
}

bool sqlite_grants_remind(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_GRANTS_REMIND,
		       SQL_ARGS(ARG_N(op->grants_remind.until_ms),
				ARG_N((int64_t)op->grants_remind.max)));
	return sqlite_rows_read(&rows, op, sqlite_grant_read, SQL_INTO(op->grants_remind),
				f);
}

/* --- the freeze ------------------------------------------------------------------ */

/* Three rows of `meta`; without the first there is none. */
#define FREEZE_SINCE "freeze_since"
#define FREEZE_BY    "freeze_by"
#define FREEZE_WHY   "freeze_why"

static bool meta_get(struct store_db *db, const char *key, char *dst, size_t size,
		     int64_t *ret_number, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	sql_rows_start(&rows, db, SQL_META_GET, SQL_ARGS(ARG_T(key)));
	row = sql_rows_next(&rows);
	text_copy(dst, size, row ? sql_text(row, 0) : "");
	if (ret_number) {
		*ret_number = row ? sqlite3_column_int64(row, 0) : 0;
	}
	return sql_rows_end(&rows, f);
}

bool sqlite_freeze_get(struct store_db *db, struct freeze_row *ret_z, struct fail *f)
{
	struct freeze_row z = { 0 };
	char number[32];

	if (!meta_get(db, FREEZE_SINCE, number, sizeof(number), &z.since_ms, f) ||
	    !meta_get(db, FREEZE_BY, z.by, sizeof(z.by), NULL, f) ||
	    !meta_get(db, FREEZE_WHY, z.why, sizeof(z.why), NULL, f)) {
		return false;
	}
	z.on = z.since_ms != 0;
	*ret_z = z;
	return true;
}

bool sql_thawed(struct store_db *db, struct freeze_row *ret_frozen, struct fail *f)
{
	return sqlite_freeze_get(db, ret_frozen, f) &&
	       (!ret_frozen->on || fail_set(f, FAIL_DENIED, "everything is frozen"));
}

bool sqlite_freeze_set(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct freeze_row *z = &op->freeze_set.row;
	int64_t at_ms = op->freeze_set.at_ms;
	bool on = z->on;
	struct freeze_row was;

	if (!sqlite_freeze_get(db, &was, f)) {
		return false;
	}
	return sql_run(db, SQL_META_SET,
		       SQL_ARGS(ARG_T(FREEZE_SINCE), ARG_N(on ? z->since_ms : 0)), NULL,
		       f) &&
	       sql_run(db, SQL_META_SET,
		       SQL_ARGS(ARG_T(FREEZE_BY), ARG_T(on ? z->by : "")), NULL, f) &&
	       sql_run(db, SQL_META_SET,
		       SQL_ARGS(ARG_T(FREEZE_WHY), ARG_T(on ? z->why : "")), NULL, f) &&
	       audit_add(db, at_ms, "service", "freeze", was.on ? "frozen" : "open",
			 on ? "frozen" : "open", audit_freeze(z, &db->audit), f);
}

/* SQLite's own count: it moves when another connection has written, not for our own. */
bool sqlite_changed(struct store_db *db, bool *ret_changed, struct fail *f)
{
	int64_t was = db->data_version;
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	sql_rows_start(&rows, db, SQL_DATA_VERSION, NULL, 0);
	row = sql_rows_next(&rows);
	db->data_version = row ? sqlite3_column_int64(row, 0) : 0;
	*ret_changed = was != 0 && was != db->data_version;
	return sql_rows_end(&rows, f);
}
