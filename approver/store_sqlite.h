/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the SQLite ledger share. Nobody else includes it, tests of these
 * files aside.
 *
 *   store_sqlite.c         the driver: connection, transactions, what a failure leaves
 *   store_sqlite_audit.c   the audit's chain and its signed heads
 *   store_sqlite_claim.c   one service at a time
 *   store_sqlite_find.c    the reads of those who look from outside
 *   store_sqlite_ops.c     the operations that write
 *   store_sqlite_live.c    those for what lives: changes, freezes, and finding them
 *   store_sqlite_reads.c   those that read
 *   store_sqlite_room.c    room that is kept for a full disk
 *   store_sqlite_schema.c  the tables, by version
 *   store_sqlite_sql.c     the statements, how they are run, what their errors mean */
#ifndef APPROVER_STORE_SQLITE_H
#define APPROVER_STORE_SQLITE_H

#include "accessd/store.h"
#include "approver/audit_chain.h"
#include "shared/buf.h"

struct signing_key;
struct sqlite3;
struct sqlite3_stmt;

/* One prepared statement each; the texts are in store_sqlite_sql.c. */
enum sql_id {
	SQL_BEGIN,
	SQL_BEGIN_READ,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_SAVE,
	SQL_SAVE_KEEP,
	SQL_SAVE_UNDO,
	SQL_AUDIT_ADD,
	SQL_AUDIT_LAST,
	SQL_AUDIT_ROWS,
	SQL_DATA_VERSION,
	SQL_EFFECT_ADD,
	SQL_EFFECT_MOVE,
	SQL_EFFECT_STATE,
	SQL_EFFECTS_DUE,
	SQL_EFFECTS_HURRY,
	SQL_EVENT_FIND,
	SQL_EVENT_ADD,
	SQL_EVENTS_FORGET,
	SQL_GRANT_ADD,
	SQL_GRANT_COVER,
	SQL_GRANT_GET,
	SQL_GRANT_LANE,
	SQL_GRANT_MOVE,
	SQL_GRANT_ROOM,
	SQL_GRANT_SET,
	SQL_GRANT_STATE,
	SQL_GRANTS_DUE,
	SQL_GRANTS_FIND,
	SQL_GRANTS_LIVE,
	SQL_GRANTS_OF,
	SQL_GRANTS_OF_COUNT,
	SQL_GRANTS_AT,
	SQL_GRANTS_REMIND,
	SQL_GRANTS_STUCK,
	SQL_GRANTS_STUCK_COUNT,
	SQL_HEAD_ADD,
	SQL_HEAD_LAST,
	SQL_HEADS,
	SQL_IDS_FIND,
	SQL_KEY_ADD,
	SQL_KEY_FIND,
	SQL_KEYS_FORGET,
	SQL_META_GET,
	SQL_META_SET,
	SQL_ORDERS_DUE,
	SQL_PAGE_COUNT,
	SQL_PROBE,
	SQL_REQUEST_ADD,
	SQL_REQUEST_GET,
	SQL_REQUEST_MOVE,
	SQL_REQUEST_STATE,
	SQL_REQUESTS_FIND,
	SQL_REQUESTS_OPEN,
	SQL_SINK_MOVE,
	SQL_SINK_READ,
	SQL_MAX
};

struct store_db {
	char *path;
	bool read_only;      /* for those who look from outside */
	struct sqlite3 *sql; /* NULL while there is no connection */
	struct sqlite3_stmt *stmts[SQL_MAX];
	int64_t data_version; /* as of the last probe; 0: none yet */
	int wal_pages;        /* in the WAL since the last checkpoint, or fewer */

	/* store_sqlite_room.c's. */
	int room_fd;        /* the file, as long as the connection; -1: none */
	bool full;          /* nothing new is begun: what is left is for what ends */
	int64_t used_bytes; /* of the file, with what is in the WAL; 0: not known */
	int64_t room_end;   /* up to there the file has its blocks; 0: not known */

	struct buf audit; /* for the JSON of audit lines; its memory is kept */

	/* The last row of the audit, known within a transaction only and not after a
	 * savepoint was undone: another process may write between two of ours. */
	bool chain_known;
	struct audit_link chain;
	struct digest *digest;
	struct signing_key *key; /* NULL until it is needed */

	bool broken;              /* connect anew before the next transaction */
	struct fail cannot_write; /* why this transaction can only read; kind or NONE */
	struct fail lost;         /* why SQLite undid this transaction; kind or NONE */
};

/* --- statements ------------------------------------------------------------------ */

/* A parameter. A NULL text is NULL. What is pointed to is borrowed until the statement is
 * done. */
struct sql_arg {
	bool is_text;
	size_t blob; /* not 0: so many bytes */
	union {
		const char *text;
		const void *bytes;
		int64_t number;
	};
};

/* clang-format off */
#define ARG_T(v)  { .is_text = true, .text = (v) }
#define ARG_N(v)  { .number = (v) }
#define ARG_B(v, n)  { .blob = (n), .bytes = (v) }
/* clang-format on */
#define SQL_ARGS(...) \
	(const struct sql_arg[]){ __VA_ARGS__ }, \
		sizeof((const struct sql_arg[]){ __VA_ARGS__ }) / sizeof(struct sql_arg)

bool sql_prepare(struct store_db *db, struct fail *f);
void sql_finalize(struct store_db *db);

/* Run one that gives no rows. ret_changed (may be NULL): how many rows it touched. */
bool sql_run(struct store_db *db, enum sql_id id, const struct sql_arg *args, size_t n,
	     int *ret_changed, struct fail *f);

/* Run one that gives rows: start, next until it gives NULL, end. A failure of any of the
 * three is reported by sql_rows_end(). */
struct sql_rows {
	struct store_db *db;
	struct sqlite3_stmt *stmt;
	bool failed;
	struct fail fail;
};

void sql_rows_start(struct sql_rows *r, struct store_db *db, enum sql_id id,
		    const struct sql_arg *args, size_t n);
struct sqlite3_stmt *sql_rows_next(struct sql_rows *r);
bool sql_rows_end(struct sql_rows *r, struct fail *f);

/* A column's text, "" for NULL; good until the next row. */
const char *sql_text(struct sqlite3_stmt *row, int column);

/* sqlite3_step(), with errno cleared before it: the two below look at it. */
int sql_step(struct sqlite3_stmt *stmt);

/* The connection's last error in our words. `done` is what cannot be: "written", "read";
 * NULL when the caller says that. */
bool sql_explain(struct sqlite3 *sql, const char *done, struct fail *f);

/* The same; and marks the connection broken where a new one may help. */
bool sql_fail(struct store_db *db, const char *done, struct fail *f);

/* --- the other files ------------------------------------------------------------- */

/* As long as there is a connection; to close it drops the locks of the process on the file,
 * so after that. */
void sqlite_room_open(struct store_db *db);
void sqlite_room_close(struct store_db *db);

/* Look that the room is there, and take what is missing if the disk has it; db->full says
 * how that went. Between two transactions. */
void sqlite_room_keep(struct store_db *db);

/* Within one: how large the file is going to be. */
void sqlite_room_measure(struct store_db *db);

/* It has to wait until there is room. Returns false. */
bool sqlite_room_refuse(struct fail *f);

void sqlite_room_get(struct store_db *db, struct ledger_room *ret_r);

bool sqlite_claim(const char *where, int *ret_fd, struct fail *f);

/* Carry op out within the transaction. Those that write leave it to the caller to undo
 * what a failed one did. */
bool sqlite_request_add(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_request_move(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grant_move(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grant_set(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_freeze_set(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_effect_move(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_event_add(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_probe(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_requests_open(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_due(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_of(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_live(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_at(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_remind(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grant_get(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_request_get(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_stuck(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_effects_due(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_orders_due(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_audit_sign(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_audit_rows(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_audit_heads(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_sink_move(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_sink_read(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_grants_find(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_requests_find(struct store_db *db, struct store_op *op, struct fail *f);
bool sqlite_ids_find(struct store_db *db, struct store_op *op, struct fail *f);

/* The only function that writes the audit: a row with the data in db->audit, chained to
 * the row before it. `from` is NULL for something new; data_fits as the functions of
 * store_audit.h say it. */
bool audit_add(struct store_db *db, int64_t at_ms, const char *subject, const char *id,
	       const char *from, const char *to, bool data_fits, struct fail *f);

bool sql_effects_add(struct store_db *db, struct effect_row *rows, size_t n,
		     struct fail *f);

/* Nothing was moved: say why. Returns false. */
bool sql_move_conflict(struct store_db *db, enum sql_id look, struct sql_arg id,
		       const char *subject, const char *from, struct fail *f);

/* What is in force, and whether somebody else has written since it was asked last. */
bool sqlite_freeze_get(struct store_db *db, struct freeze_row *ret_z, struct fail *f);

/* Whether something may be granted in this transaction; FAIL_DENIED: that is frozen. */
bool sql_thawed(struct store_db *db, struct freeze_row *ret_frozen, struct fail *f);
bool sqlite_changed(struct store_db *db, bool *ret_changed, struct fail *f);

/* Read a row's columns, as all statements that give whole rows have them, into dst: a
 * struct request_row, a struct grant_row. */
typedef bool sqlite_row_fn(struct sqlite3_stmt *row, void *dst, struct fail *f);
sqlite_row_fn sqlite_request_read;
sqlite_row_fn sqlite_grant_read;

/* Read all rows into op's own, each by `read`, and end them. When one fails, what those
 * before it hold is freed. */
bool sqlite_rows_read(struct sql_rows *rows, struct store_op *op, sqlite_row_fn *read,
		      void *dst, size_t size, size_t *ret_n, struct fail *f);
#define SQL_INTO(part) (part).rows, sizeof(*(part).rows), &(part).n

/* steps[i] is SQL that leads from version i to i + 1. Brings the ledger to version n in
 * one transaction; refuses what is not a ledger or newer than that. */
bool sqlite_schema_upgrade(struct sqlite3 *sql, const char *const *steps, size_t n,
			   struct fail *f);
bool sqlite_schema_check(struct store_db *db, struct fail *f);

/* For a reader: whether it is a ledger of just this version. */
bool sqlite_schema_match(struct store_db *db, struct fail *f);

#endif
