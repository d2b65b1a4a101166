/* SPDX-License-Identifier: Apache-2.0 */
/* What is read by those who look at the SQLite ledger from outside. Nothing here has an
 * index of its own: a decision does not wait for it, and every index would cost each. */
#include "approver/store_sqlite.h"

#include <sqlite3.h>

#include "shared/text.h"

/* "" in a query of descending ids: from the newest. '~' is beyond every letter. */
static const char *before(const char *id)
{
	return *id ? id : "~";
}

bool sqlite_grants_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_filter *by = op->grants_find.filter;
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_GRANTS_FIND,
		       SQL_ARGS(ARG_T(before(op->grants_find.before)), ARG_N(by->live),
				ARG_T(by->user), ARG_T(by->resource), ARG_T(by->incident),
				ARG_N((int64_t)op->grants_find.max)));
	return sqlite_rows_read(&rows, op, sqlite_grant_read, SQL_INTO(op->grants_find),
				f);
}

bool sqlite_requests_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct request_filter *by = op->requests_find.filter;
	const char *state =
		by->state < REQUEST_STATE_MAX ? request_state_word(by->state) : "";
	struct sql_rows rows;

	sql_rows_start(&rows, db, SQL_REQUESTS_FIND,
		       SQL_ARGS(ARG_T(before(op->requests_find.before)),
				ARG_N(by->since_ms), ARG_T(state), ARG_T(by->incident),
				ARG_N((int64_t)op->requests_find.max)));
	return sqlite_rows_read(&rows, op, sqlite_request_read,
				SQL_INTO(op->requests_find), f);
}

bool sqlite_ids_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	op->ids_find.n = 0;
	sql_rows_start(
		&rows, db, SQL_IDS_FIND,
		SQL_ARGS(ARG_T(op->ids_find.part), ARG_N((int64_t)op->ids_find.max)));
	while ((row = sql_rows_next(&rows))) {
		text_copy(op->ids_find.ids[op->ids_find.n++], ULID_SIZE,
			  sql_text(row, 0));
	}
	return sql_rows_end(&rows, f);
}
