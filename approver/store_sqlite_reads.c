/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite ledger's operations that read, one function per kind. */
#include "approver/store_sqlite.h"

#include <string.h>

#include <sqlite3.h>

#include "shared/text.h"

/* A state that we have no word for would be a newer schema's, or damage. */
static bool state_known(bool known, const char *subject, const char *id, struct fail *f)
{
	return known ||
	       fail_set(f, FAIL_LEDGER,
			"the ledger is damaged: the state of %s '%s' is not known",
			subject, id);
}

bool sqlite_rows_read(struct sql_rows *rows, struct store_op *op, sqlite_row_fn *read,
		      void *dst, size_t size, size_t *ret_n, struct fail *f)
{
	struct sqlite3_stmt *row;
	bool ok = true;

	*ret_n = 0;
	while (ok && (row = sql_rows_next(rows))) {
		ok = read(row, (char *)dst + size * (*ret_n)++, f);
	}
	ok = sql_rows_end(rows, f) && ok;
	if (!ok) {
		store_rows_free(op);
	}
	return ok;
}

bool sqlite_request_read(struct sqlite3_stmt *row, void *dst, struct fail *f)
{
	struct request_row *r = dst;

#define TEXT(column, dst) text_copy(dst, sizeof(dst), sql_text(row, column))
	TEXT(0, r->id);
	r->state = request_state_parse(sql_text(row, 1));
	TEXT(2, r->source);
	TEXT(3, r->team);
	TEXT(4, r->user);
	TEXT(5, r->channel);
	TEXT(6, r->reply_url);
	TEXT(7, r->resource);
	r->for_s = sqlite3_column_int64(row, 8);
	TEXT(9, r->incident);
	TEXT(10, r->reason);
	r->asked_ms = sqlite3_column_int64(row, 11);
	r->decided_ms = sqlite3_column_int64(row, 12); /* NULL reads as 0 */
	TEXT(13, r->policy);
	return state_known(r->state < REQUEST_STATE_MAX, "request", r->id, f);
}

bool sqlite_requests_open(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_REQUESTS_OPEN,
		       SQL_ARGS(ARG_T(op->requests_open.after),
				ARG_N((int64_t)op->requests_open.max)));
	return sqlite_rows_read(&rows, op, sqlite_request_read,
				SQL_INTO(op->requests_open), f);
}

bool sqlite_grant_read(struct sqlite3_stmt *row, void *dst, struct fail *f)
{
	struct grant_row *g = dst;

	TEXT(0, g->id);
	g->state = grant_state_parse(sql_text(row, 1));
	TEXT(2, g->team);
	TEXT(3, g->user);
	TEXT(4, g->channel);
	TEXT(5, g->resource);
	TEXT(6, g->policy);
	TEXT(7, g->provider);
	TEXT(8, g->incident_id);
	TEXT(9, g->incident_ref);
	TEXT(10, g->evidence);
	g->starts_ms = sqlite3_column_int64(row, 11);
	g->expires_ms = sqlite3_column_int64(row, 12);
	g->active_ms = sqlite3_column_int64(row, 13);
	g->moved_ms = sqlite3_column_int64(row, 14);
	g->ended_ms = sqlite3_column_int64(row, 15);
	TEXT(16, g->cause);
	TEXT(17, g->why);
	TEXT(18, g->provisioner);
	TEXT(19, g->lane);
	TEXT(20, g->provider_user);
	TEXT(21, g->by);
	g->lost_ms = sqlite3_column_int64(row, 22);
	g->kept = sqlite3_column_int(row, 23) != 0;
	g->remind_ms = sqlite3_column_int64(row, 24);
	TEXT(25, g->room);
	g->told = NULL;
	return state_known(g->state < GRANT_STATE_MAX, "grant", g->id, f);
}

bool sqlite_grants_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_GRANTS_DUE,
		       SQL_ARGS(ARG_N(op->grants_due.until_ms),
				ARG_N((int64_t)op->grants_due.max)));
	return sqlite_rows_read(&rows, op, sqlite_grant_read, SQL_INTO(op->grants_due),
				f);
}

/* How many there are, by a statement whose only row says it. */
static bool count(struct store_db *db, enum sql_id id, const struct sql_arg *args,
		  size_t n, size_t *ret_total, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	sql_rows_start(&rows, db, id, args, n);
	row = sql_rows_next(&rows);
	*ret_total = row ? (size_t)sqlite3_column_int64(row, 0) : 0;
	return sql_rows_end(&rows, f);
}

bool sqlite_grants_of(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct sql_arg who[] = { ARG_T(op->grants_of.team),
				       ARG_T(op->grants_of.user) };
	struct sql_rows rows;

	op->grants_of.n = 0;
	if (!count(db, SQL_GRANTS_OF_COUNT, who, ARRAY_LEN(who), &op->grants_of.total,
		   f)) {
		return false;
	}
	sql_rows_start(&rows, db, SQL_GRANTS_OF,
		       SQL_ARGS(who[0], who[1], ARG_N((int64_t)op->grants_of.max)));
	return sqlite_rows_read(&rows, op, sqlite_grant_read, SQL_INTO(op->grants_of), f);
}

bool sqlite_grants_stuck(struct store_db *db, struct store_op *op, struct fail *f)
{
	int64_t before_ms = op->grants_stuck.before_ms;
	struct sql_rows rows;

	op->grants_stuck.n = 0;
	if (!count(db, SQL_GRANTS_STUCK_COUNT, SQL_ARGS(ARG_N(before_ms)),
		   &op->grants_stuck.total, f)) {
		return false;
	}
	sql_rows_start(&rows, db, SQL_GRANTS_STUCK,
		       SQL_ARGS(ARG_N(before_ms), ARG_N((int64_t)op->grants_stuck.max)));
	return sqlite_rows_read(&rows, op, sqlite_grant_read, SQL_INTO(op->grants_stuck),
				f);
}

/* The columns of an effect begin at `at`. */
static bool effect_read(struct sqlite3_stmt *row, int at, struct effect_row *e,
			struct fail *f)
{
	e->id = sqlite3_column_int64(row, at);
	TEXT(at + 1, e->request_id);
	TEXT(at + 2, e->kind);
	TEXT(at + 3, e->lane);
	TEXT(at + 4, e->queue);
	e->state = effect_state_parse(sql_text(row, at + 5));
	e->payload = strdup(sql_text(row, at + 6));
	e->due_ms = sqlite3_column_int64(row, at + 7);
	e->tries = (unsigned)sqlite3_column_int64(row, at + 8);
	e->begun = false;
	return e->payload || fail_set(f, FAIL_INTERNAL, "out of memory");
}

static bool effect_due_read(struct sqlite3_stmt *row, void *dst, struct fail *f)
{
	return effect_read(row, 0, dst, f);
}

bool sqlite_effects_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_EFFECTS_DUE,
		       SQL_ARGS(ARG_N(op->effects_due.after),
				ARG_N((int64_t)op->effects_due.max)));
	return sqlite_rows_read(&rows, op, effect_due_read, SQL_INTO(op->effects_due), f);
}

static bool order_read(struct sqlite3_stmt *row, void *dst, struct fail *f)
{
	enum { EFFECT = 26, BEGUN = EFFECT + 9, OWN = BEGUN + 1, REQUEST = OWN + 1 };
	struct order_row *o = dst;

	o->effect.payload = NULL;
	if (!sqlite_grant_read(row, &o->grant, f) ||
	    !effect_read(row, EFFECT, &o->effect, f)) {
		return false;
	}
	o->effect.begun = sqlite3_column_int(row, BEGUN) != 0;
	TEXT(OWN, o->own);
	TEXT(REQUEST, o->reply_url);
	TEXT(REQUEST + 1, o->reason);
	o->asked_ms = sqlite3_column_int64(row, REQUEST + 2);
	o->covered = sqlite3_column_int(row, REQUEST + 3) != 0;
	o->others_until_ms = sqlite3_column_int64(row, REQUEST + 4);
	return true;
}
#undef TEXT

bool sqlite_orders_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_ORDERS_DUE,
		       SQL_ARGS(ARG_T(op->orders_due.queue),
				ARG_N((int64_t)op->orders_due.max)));
	return sqlite_rows_read(&rows, op, order_read, SQL_INTO(op->orders_due), f);
}
