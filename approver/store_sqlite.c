/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger: one SQLite file, WAL, synchronous=FULL.
 *
 *   BEGIN IMMEDIATE -> per operation: SAVEPOINT, its statements, RELEASE -> COMMIT, fsync
 *
 * How it fails, and what is left:
 *  - an operation: back to its savepoint; the others stand.
 *  - SQLite undoes the whole transaction in the middle of it (a full disk, an I/O error):
 *    what follows fails at once, and so does the commit.
 *  - the commit: all is undone. Only when the fsync failed after all was written does
 *    nobody know: FAIL_UNCERTAIN.
 *  - no write lock, or a file that became read-only: reads are answered all the same.
 *  - the file was moved away, or the connection is of no use any more: the next
 *    transaction begins with a new connection, so that a disk that works again needs no
 *    restart of ours. Only open() makes a file; a ledger that is gone is not replaced by
 *    an empty one. */
#include "approver/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "approver/store_audit.h"
#include "approver/store_room.h"
#include "shared/signing.h"

extern const struct store_driver store_sqlite;

enum {
	OPEN_WAIT_MS = 2000, /* for another process, at start-up */
	WAIT_MS = 250,       /* and later: all who have asked wait with us */
	WAL_QUIET_PAGES = 200,
	WAL_MAX_PAGES = 1000, /* half of what is kept of it: to append costs more */
};

/* The cache is small, as are we; the WAL is cut back after a storm, to what
 * store_sqlite_room.c keeps of it. */
static const char settings[] = "PRAGMA synchronous = FULL;"
			       "PRAGMA foreign_keys = ON;"
			       "PRAGMA journal_size_limit = 8388608;"
			       "PRAGMA cache_size = -512;"
			       "PRAGMA temp_store = MEMORY;"
			       "PRAGMA trusted_schema = OFF;";

static int on_wal(void *data, sqlite3 *sql, const char *name, int pages)
{
	struct store_db *db = data;

	(void)sql;
	(void)name;
	db->wal_pages = pages;
	return SQLITE_OK;
}

/* A checkpoint syncs twice and takes milliseconds. SQLite does it within the commit that
 * made the WAL long enough, while somebody waits; we do it once they are answered. One
 * that fails is tried again, and what fails it fails the next commit, too. */
static void sqlite_rest(struct store_db *db, bool quiet)
{
	int enough = quiet ? WAL_QUIET_PAGES : WAL_MAX_PAGES;

	if (!db->sql || db->broken) {
		return;
	}
	sqlite_room_keep(db); /* first: the checkpoint writes into it */
	if (db->wal_pages >= enough &&
	    sqlite3_wal_checkpoint_v2(db->sql, "main", SQLITE_CHECKPOINT_PASSIVE, NULL,
				      NULL) == SQLITE_OK) {
		db->wal_pages = 0;
	}
}

/* --- connection ------------------------------------------------------------------ */

static void disconnect(struct store_db *db)
{
	sql_finalize(db);
	sqlite3_close(db->sql); /* brings the WAL home if it can */
	db->sql = NULL;
	sqlite_room_close(db);
}

static int on_journal_mode(void *data, int n, char **values, char **names)
{
	(void)names;
	*(bool *)data = n == 1 && strcmp(values[0], "wal") == 0;
	return 0;
}

/* We change nothing in the file of another program, and leave no WAL beside one that we
 * may not write. */
static bool settle(struct store_db *db, struct fail *f)
{
	bool wal = false;

	if (sqlite3_db_readonly(db->sql, "main") == 1) {
		fail_set(f, FAIL_LEDGER, "it is read-only");
		return fail_hint(
			f, "the file and its directory must be writable for the user "
			   "that runs accessd.");
	}
	if (!sqlite_schema_check(db, f)) {
		return false;
	}
	if (sqlite3_exec(db->sql, "PRAGMA journal_mode = WAL", on_journal_mode, &wal,
			 NULL) != SQLITE_OK ||
	    sqlite3_exec(db->sql, settings, NULL, NULL, NULL) != SQLITE_OK) {
		return sql_explain(db->sql, NULL, f);
	}
	if (!wal) {
		fail_set(f, FAIL_LEDGER, "its file system cannot keep a write-ahead log");
		return fail_hint(f, "keep the ledger on a local disk.");
	}
	sqlite3_wal_hook(db->sql, on_wal, db);
	return sql_prepare(db, f);
}

/* Nothing of the file is touched. */
static bool settle_read_only(struct store_db *db, struct fail *f)
{
	return sqlite_schema_match(db, f) &&
	       (sqlite3_exec(db->sql, settings, NULL, NULL, NULL) == SQLITE_OK ||
		sql_explain(db->sql, NULL, f)) &&
	       sql_prepare(db, f);
}

static bool connect(struct store_db *db, struct fail *f)
{
	/* NOMUTEX: one thread at a time is promised to us. */
	int flags = (db->read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE) |
		    SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	bool ok;

	if (sqlite3_open_v2(db->path, &db->sql, flags, NULL) != SQLITE_OK) {
		ok = db->sql ? sql_explain(db->sql, NULL, f)
			     : fail_set(f, FAIL_LEDGER, "out of memory");
	} else {
		sqlite3_busy_timeout(db->sql, OPEN_WAIT_MS);
		ok = db->read_only ? settle_read_only(db, f) : settle(db, f);
		sqlite3_busy_timeout(db->sql, WAIT_MS);
	}
	if (!ok) {
		disconnect(db);
		return false;
	}
	db->broken = false;
	sqlite_room_open(db);
	sqlite_room_keep(db);
	return true;
}

/* SQLite takes a file of one byte for an empty one. It is somebody's. */
static bool file_check(int fd, struct fail *f)
{
	static const char magic[16] = "SQLite format 3"; /* the NUL is part of it */
	char head[sizeof(magic)];
	ssize_t n = read(fd, head, sizeof(head));

	if (n < 0) {
		return fail_set(f, FAIL_LEDGER, "cannot read the file: %s",
				strerror(errno));
	}
	if (n == 0 || (n == sizeof(head) && memcmp(head, magic, sizeof(head)) == 0)) {
		return true;
	}
	fail_set(f, FAIL_LEDGER, "it is not a ledger");
	return fail_hint(
		f, "name a file of accessd's own; one that does not exist is made.");
}

/* SQLite would make it with the mode that umask leaves; its WAL takes after it. Before
 * SQLite has it open only: to close a file drops all of a process's locks on it. */
static bool file_make(const char *path, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0600);
	bool ok;

	if (fd < 0) {
		fail_set(f, FAIL_LEDGER, "cannot open or make the file: %s",
			 strerror(errno));
		return fail_hint(
			f, "the directory must exist, and with the file belong to the "
			   "user that runs accessd.");
	}
	ok = file_check(fd, f);
	close(fd);
	return ok;
}

static bool file_find(const char *path, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool ok;

	if (fd < 0) {
		fail_set(f, errno == ENOENT ? FAIL_NOT_FOUND : FAIL_LEDGER,
			 "cannot open the file: %s", strerror(errno));
		return fail_hint(
			f, errno == ENOENT ? "the service makes it when it first starts; "
					     "see `ledger` in the config."
					   : "run this as the user that runs accessd.");
	}
	ok = file_check(fd, f);
	close(fd);
	return ok;
}

/* A path of its own, as SQLite reads more into some names: "./" takes that from them. */
static char *path_make(const char *where)
{
	char *path = NULL;

	if (where[0] == '/') {
		return strdup(where);
	}
	return asprintf(&path, "./%s", where) < 0 ? NULL : path;
}

static void sqlite_close(struct store_db *db)
{
	if (!db) {
		return;
	}
	disconnect(db);
	buf_finish(&db->audit);
	digest_destroy(db->digest);
	signing_key_close(db->key);
	free(db->path);
	free(db);
}

static bool open_as(const char *where, bool read_only, struct store_db **ret_db,
		    struct fail *f)
{
	struct store_db *db;

	if (where[0] == '\0' || strcmp(where, ":memory:") == 0) {
		fail_set(f, FAIL_INVALID, "it names no file");
		return fail_hint(f, "write a path; memory: alone keeps nothing.");
	}
	/* A limit on the size of files is an error of write() to us, not our end. */
	signal(SIGXFSZ, SIG_IGN);
	db = calloc(1, sizeof(*db));
	if (!db || !(db->path = path_make(where))) {
		free(db);
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	db->read_only = read_only;
	db->room_fd = -1;
	db->digest = digest_create();
	buf_init(&db->audit, AUDIT_DATA_MAX);
	if (!(read_only ? file_find(db->path, f) : file_make(db->path, f)) ||
	    !connect(db, f)) {
		sqlite_close(db);
		return false;
	}
	*ret_db = db;
	return true;
}

static bool sqlite_open(const char *where, struct store_db **ret_db, struct fail *f)
{
	return open_as(where, false, ret_db, f);
}

static bool sqlite_open_read(const char *where, struct store_db **ret_db, struct fail *f)
{
	return open_as(where, true, ret_db, f);
}

/* --- transactions ---------------------------------------------------------------- */

/* Whether our file is still the one with our name: what is written into a file that was
 * moved away or deleted nobody will ever read. */
static bool file_moved(struct store_db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_HAS_MOVED, &moved) ==
		       SQLITE_OK &&
	       moved;
}

static bool reconnect(struct store_db *db, struct fail *f)
{
	disconnect(db);
	if (connect(db, f)) {
		return true;
	}
	f->kind = FAIL_LEDGER;
	return fail_wrap(f, "the ledger '%s' cannot be opened again", db->path);
}

static void roll_back(struct store_db *db)
{
	if (!sqlite3_get_autocommit(db->sql)) {
		sql_run(db, SQL_ROLLBACK, NULL, 0, NULL, NULL);
	}
}

static bool sqlite_begin(struct store_db *db, struct fail *f)
{
	db->cannot_write.kind = FAIL_NONE;
	db->lost.kind = FAIL_NONE;
	db->chain_known = false;
	if ((!db->sql || db->broken || file_moved(db)) && !reconnect(db, f)) {
		return false;
	}
	if (db->full) {
		sqlite_room_keep(db);
	}
	if (db->read_only) {
		fail_set(&db->cannot_write, FAIL_INVALID,
			 "the ledger was opened for reading");
		return sql_run(db, SQL_BEGIN_READ, NULL, 0, NULL, f);
	}
	if (sql_run(db, SQL_BEGIN, NULL, 0, NULL, &db->cannot_write)) {
		return true;
	}
	roll_back(db);
	return sql_run(db, SQL_BEGIN_READ, NULL, 0, NULL, f);
}

static const struct {
	bool (*run)(struct store_db *db, struct store_op *op, struct fail *f);
	bool writes;
} ops[STORE_OP_MAX] = {
	[STORE_REQUEST_ADD] = { sqlite_request_add, true },
	[STORE_REQUEST_MOVE] = { sqlite_request_move, true },
	[STORE_GRANT_MOVE] = { sqlite_grant_move, true },
	[STORE_GRANT_SET] = { sqlite_grant_set, true },
	[STORE_EFFECT_MOVE] = { sqlite_effect_move, true },
	[STORE_FREEZE_SET] = { sqlite_freeze_set, true },
	[STORE_REQUESTS_OPEN] = { sqlite_requests_open, false },
	[STORE_GRANTS_DUE] = { sqlite_grants_due, false },
	[STORE_GRANTS_OF] = { sqlite_grants_of, false },
	[STORE_GRANTS_LIVE] = { sqlite_grants_live, false },
	[STORE_GRANTS_AT] = { sqlite_grants_at, false },
	[STORE_GRANTS_REMIND] = { sqlite_grants_remind, false },
	[STORE_GRANT_GET] = { sqlite_grant_get, false },
	[STORE_REQUEST_GET] = { sqlite_request_get, false },
	[STORE_GRANTS_STUCK] = { sqlite_grants_stuck, false },
	[STORE_EFFECTS_DUE] = { sqlite_effects_due, false },
	[STORE_ORDERS_DUE] = { sqlite_orders_due, false },
	[STORE_EVENT_ADD] = { sqlite_event_add, true },
	[STORE_PROBE] = { sqlite_probe, true },
	[STORE_AUDIT_SIGN] = { sqlite_audit_sign, true },
	[STORE_AUDIT_ROWS] = { sqlite_audit_rows, false },
	[STORE_AUDIT_HEADS] = { sqlite_audit_heads, false },
	[STORE_SINK_MOVE] = { sqlite_sink_move, true },
	[STORE_SINK_READ] = { sqlite_sink_read, false },
	[STORE_GRANTS_FIND] = { sqlite_grants_find, false },
	[STORE_REQUESTS_FIND] = { sqlite_requests_find, false },
	[STORE_IDS_FIND] = { sqlite_ids_find, false },
};

static bool sqlite_apply(struct store_db *db, struct store_op *op, struct fail *f)
{
	bool ok;

	if (db->lost.kind != FAIL_NONE) {
		*f = db->lost;
		return false;
	}
	if (!ops[op->kind].writes) {
		return ops[op->kind].run(db, op, f);
	}
	if (db->cannot_write.kind != FAIL_NONE) {
		*f = db->cannot_write;
		return false;
	}
	if (db->full && store_op_begins(op)) {
		return sqlite_room_refuse(f);
	}
	ok = sql_run(db, SQL_SAVE, NULL, 0, NULL, f) && ops[op->kind].run(db, op, f) &&
	     sql_run(db, SQL_SAVE_KEEP, NULL, 0, NULL, f);
	if (ok) {
		return true;
	}
	db->chain_known = false;
	if (sqlite3_get_autocommit(db->sql) ||
	    !sql_run(db, SQL_SAVE_UNDO, NULL, 0, NULL, NULL) ||
	    !sql_run(db, SQL_SAVE_KEEP, NULL, 0, NULL, NULL)) {
		db->lost = *f;
		db->lost.kind = FAIL_LEDGER;
	}
	return false;
}

/* Whether the last frame of the transaction may stand in the WAL although COMMIT failed,
 * so that a recovery after a crash would find it: all but the writing itself comes after
 * that, the fsync and the update of the index. */
static bool is_uncertain(struct store_db *db)
{
	int code = sqlite3_extended_errcode(db->sql);

	switch (code) {
	case SQLITE_IOERR_READ:
	case SQLITE_IOERR_SHORT_READ:
	case SQLITE_IOERR_WRITE:
		return false;
	default:
		return (code & 0xff) == SQLITE_IOERR || code == SQLITE_NOMEM;
	}
}

static bool sqlite_commit(struct store_db *db, struct fail *f)
{
	bool uncertain;

	if (db->lost.kind != FAIL_NONE) {
		*f = db->lost;
		roll_back(db);
		return false;
	}
	sqlite_room_measure(db);
	if (sql_step(db->stmts[SQL_COMMIT]) == SQLITE_DONE) {
		sqlite3_reset(db->stmts[SQL_COMMIT]);
		return true;
	}
	uncertain = is_uncertain(db);
	sql_fail(db, "written", f);
	sqlite3_reset(db->stmts[SQL_COMMIT]);
	roll_back(db);
	if (uncertain) {
		f->kind = FAIL_UNCERTAIN;
		/* This connection writes the same place of the WAL again. A new one would
		 * take what is there for safe, although the disk has failed to say so. */
		db->broken = false;
	}
	return false;
}

const struct store_driver store_sqlite = {
	.scheme = "sqlite",
	.claim = sqlite_claim,
	.open = sqlite_open,
	.open_read = sqlite_open_read,
	.close = sqlite_close,
	.begin = sqlite_begin,
	.apply = sqlite_apply,
	.commit = sqlite_commit,
	.rest = sqlite_rest,
};
