/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite ledger's statements: their texts, how they are run, what their errors mean.
 *
 * All are prepared when a connection is opened and kept: that also proves that the tables
 * have the columns we count on. */
#include "approver/store_sqlite.h"

#include <errno.h>

#include <sqlite3.h>

#define REQUEST_COLUMNS \
	"id, state, source, team, user, channel, reply_url, resource, for_s, incident, " \
	"reason, asked_ms, decided_ms, policy"
#define AUDIT_COLUMNS \
	"seq, at_ms, subject, subject_id, from_state, to_state, prev, hash, data"
#define HEAD_COLUMNS "seq, at_ms, hash, key_id, signature"
#define GRANT_COLUMNS \
	"id, state, team, user, channel, resource, policy, provider, incident_id, " \
	"incident_ref, evidence, starts_ms, expires_ms, active_ms, moved_ms, ended_ms, " \
	"cause, why, provisioner, lane, provider_user, by_user, lost_ms, kept, " \
	"remind_ms, room"

/* The same when tables are joined. */
#define GRANT_COLUMNS_OF(t) \
	t ".id, " t ".state, " t ".team, " t ".user, " t ".channel, " t ".resource, " t \
	  ".policy, " t ".provider, " t ".incident_id, " t ".incident_ref, " t \
	  ".evidence, " t ".starts_ms, " t ".expires_ms, " t ".active_ms, " t \
	  ".moved_ms, " t ".ended_ms, " t ".cause, " t ".why, " t ".provisioner, " t \
	  ".lane, " t ".provider_user, " t ".by_user, " t ".lost_ms, " t ".kept, " t \
	  ".remind_ms, " t ".room"

/* The literals of the WHERE clauses are those of the partial indexes, or SQLite would not
 * use them. */
static const char *const texts[SQL_MAX] = {
	/* The lock is taken at once: a batch waits for another process once, and not once
	 * per operation. */
	[SQL_BEGIN] = "BEGIN IMMEDIATE",
	[SQL_BEGIN_READ] = "BEGIN",
	[SQL_COMMIT] = "COMMIT",
	[SQL_ROLLBACK] = "ROLLBACK",
	[SQL_SAVE] = "SAVEPOINT op",
	[SQL_SAVE_KEEP] = "RELEASE op",
	[SQL_SAVE_UNDO] = "ROLLBACK TO op",

	[SQL_AUDIT_ADD] = "INSERT INTO audit (" AUDIT_COLUMNS ")"
			  " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
	[SQL_AUDIT_LAST] = "SELECT seq, hash FROM audit"
			   " WHERE seq = (SELECT max(seq) FROM audit)",
	[SQL_AUDIT_ROWS] = "SELECT " AUDIT_COLUMNS " FROM audit WHERE seq > ?1"
			   " ORDER BY seq LIMIT ?2",

	[SQL_EFFECT_ADD] =
		"INSERT INTO effect (request_id, kind, lane, queue, state, payload,"
		" due_ms, tries) VALUES (nullif(?1, ''), ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	[SQL_EFFECT_MOVE] = "UPDATE effect SET state = ?2, moved_ms = ?3, due_ms = ?4,"
			    " tries = ?5, note = coalesce(?6, note), begun = ?7"
			    " WHERE id = ?1 AND state = 'pending'",
	[SQL_EFFECT_STATE] = "SELECT state FROM effect WHERE id = ?1",
	[SQL_EFFECTS_DUE] =
		"SELECT id, request_id, kind, lane, queue, state, payload, due_ms, tries"
		" FROM effect WHERE state = 'pending' AND queue = '' AND id > ?1"
		" ORDER BY id LIMIT ?2",
	/* What a grant waits for no more is looked at now. */
	[SQL_EFFECTS_HURRY] =
		"UPDATE effect SET due_ms = ?2 WHERE state = 'pending' AND queue <> ''"
		" AND lane = (SELECT lane FROM grants WHERE id = ?1) AND request_id = ?1"
		" AND due_ms > ?2",

	[SQL_EVENT_FIND] = "SELECT 1 FROM event WHERE source = ?1 AND key IN (?2, ?3)",
	[SQL_EVENT_ADD] = "INSERT INTO event (source, key, what, subject, at_ms)"
			  " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
	[SQL_EVENTS_FORGET] = "DELETE FROM event WHERE (source, key) IN"
			      " (SELECT source, key FROM event WHERE at_ms < ?1"
			      " ORDER BY at_ms LIMIT 5000)",

	[SQL_GRANT_ADD] =
		"INSERT INTO grants (" GRANT_COLUMNS ", told) VALUES (?1, ?2, ?3, ?4, ?5,"
		" ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, nullif(?14, 0), ?15,"
		" nullif(?16, 0), ?17, ?18, ?19, ?20, ?21, '', NULL, 0, nullif(?22, 0),"
		" ?24, ?23)",
	[SQL_GRANT_COVER] = "SELECT 1 FROM grants WHERE state = 'active' AND lane <> ''"
			    " AND lane = ?1 AND id <> ?2 LIMIT 1",
	[SQL_GRANT_LANE] = "SELECT lane FROM grants WHERE id = ?1 AND state = ?2",
	[SQL_GRANT_MOVE] =
		"UPDATE grants SET state = ?3, moved_ms = ?4,"
		" active_ms = iif(?3 = 'active', ?4, active_ms),"
		" ended_ms = iif(?5, ?4, ended_ms),"
		" cause = coalesce(?6, cause), why = coalesce(?7, why),"
		" by_user = coalesce(?8, by_user)"
		" WHERE id = ?1 AND state = ?2 AND (NOT ?9 OR (expires_ms = ?10"
		" AND coalesce(lost_ms, 0) = ?11 AND kept = ?12))",
	[SQL_GRANT_GET] = "SELECT " GRANT_COLUMNS " FROM grants WHERE id = ?1",
	[SQL_GRANT_ROOM] = "UPDATE grants SET room = ?2 WHERE id = ?1",
	/* Where it is compared with what it was, NULL is 0. */
	[SQL_GRANT_SET] =
		"UPDATE grants SET policy = ?6, provider = ?7, provider_user = ?8,"
		" incident_id = ?9, incident_ref = ?10, evidence = ?11, expires_ms = ?12,"
		" lost_ms = nullif(?13, 0), kept = ?14, remind_ms = nullif(?15, 0)"
		" WHERE id = ?1 AND state = ?2 AND expires_ms = ?3"
		" AND coalesce(lost_ms, 0) = ?4 AND kept = ?5",
	[SQL_GRANT_STATE] = "SELECT state FROM grants WHERE id = ?1",
	[SQL_GRANTS_DUE] = "SELECT " GRANT_COLUMNS " FROM grants"
			   " WHERE state IN ('active', 'granting') AND expires_ms <= ?1"
			   " ORDER BY expires_ms, id LIMIT ?2",
	[SQL_GRANTS_FIND] = "SELECT " GRANT_COLUMNS " FROM grants WHERE id < ?1"
			    " AND (NOT ?2 OR ended_ms IS NULL)"
			    " AND (?3 = '' OR user = ?3)"
			    " AND (?4 = '' OR resource = ?4)"
			    " AND (?5 = '' OR incident_id = ?5 OR incident_ref = ?5)"
			    " ORDER BY id DESC LIMIT ?6",
	[SQL_GRANTS_LIVE] =
		"SELECT " GRANT_COLUMNS " FROM grants"
		" WHERE state IN ('active', 'granting') AND id > ?1"
		" AND (?2 = '' OR team = ?2) AND (?3 = '' OR user = ?3)"
		" AND (?4 = '' OR resource = ?4)"
		" AND (?5 = '' OR incident_id = ?5 OR incident_ref = ?5)"
		" AND (?6 = '' OR provider = ?6)"
		" AND (?7 = '' OR resource = ?7 OR incident_id = ?7 OR incident_ref = ?7"
		"  OR substr(id, 1, length(?7)) = ?7 OR substr(id, -length(?7)) = ?7)"
		" ORDER BY id LIMIT ?8",
	/* A lane begins with "provisioner/", and '0' is behind '/': by the index of active
	 * ones with a lane, as there may be a million others. */
	[SQL_GRANTS_AT] =
		"SELECT " GRANT_COLUMNS
		", told, min(id) FROM grants INDEXED BY grants_lane"
		" WHERE state = 'active' AND lane <> '' AND lane > max(?3, ?1 || '/')"
		" AND lane < ?1 || '0' AND substr(lane, -length(?2)) = ?2"
		" GROUP BY lane ORDER BY lane LIMIT ?4",
	[SQL_GRANTS_REMIND] =
		"SELECT " GRANT_COLUMNS " FROM grants"
		" WHERE state IN ('active', 'granting') AND remind_ms IS NOT NULL"
		" AND remind_ms <= ?1 ORDER BY remind_ms, id LIMIT ?2",
	[SQL_GRANTS_OF] = "SELECT " GRANT_COLUMNS " FROM grants"
			  " WHERE state = 'active' AND team = ?1 AND user = ?2"
			  " ORDER BY expires_ms, id LIMIT ?3",
	[SQL_GRANTS_OF_COUNT] = "SELECT count(*) FROM grants"
				" WHERE state = 'active' AND team = ?1 AND user = ?2",
	[SQL_GRANTS_STUCK] = "SELECT " GRANT_COLUMNS " FROM grants"
			     " WHERE state = 'revoking' AND moved_ms <= ?1"
			     " ORDER BY moved_ms LIMIT ?2",
	[SQL_GRANTS_STUCK_COUNT] = "SELECT count(*) FROM grants"
				   " WHERE state = 'revoking' AND moved_ms <= ?1",

	[SQL_HEAD_ADD] = "INSERT INTO audit_head (" HEAD_COLUMNS ")"
			 " VALUES (?1, ?2, ?3, ?4, ?5)",
	[SQL_HEAD_LAST] = "SELECT max(seq) FROM audit_head",
	[SQL_HEADS] = "SELECT " HEAD_COLUMNS " FROM audit_head WHERE seq > ?1"
		      " ORDER BY seq LIMIT ?2",

	[SQL_IDS_FIND] = "SELECT id FROM request WHERE id GLOB ?1 || '*'"
			 " OR id GLOB '*' || ?1 ORDER BY id LIMIT ?2",

	/* A key that stands for a request already goes on to do so. */
	[SQL_KEY_ADD] = "INSERT INTO request_key (source, key, request_id, seen_ms)"
			" VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO NOTHING",
	[SQL_KEY_FIND] = "SELECT r.id, r.state FROM request_key AS k"
			 " JOIN request AS r ON r.id = k.request_id"
			 " WHERE k.source = ?1 AND k.key = ?2",
	/* Not all at once: after a long pause that would hold everybody up. */
	[SQL_KEYS_FORGET] = "DELETE FROM request_key WHERE (source, key) IN"
			    " (SELECT source, key FROM request_key WHERE seen_ms < ?1"
			    " ORDER BY seen_ms LIMIT 5000)",

	/* The first of each lane: nothing overtakes within one. */
	[SQL_ORDERS_DUE] = "SELECT " GRANT_COLUMNS_OF(
		"g") ","
		     " e.id, e.request_id, e.kind, e.lane, e.queue, e.state, g.told, e.due_ms,"
		     " e.tries, e.begun, e.payload, r.reply_url, r.reason, r.asked_ms,"
		     " EXISTS (SELECT 1 FROM grants AS o WHERE o.state = 'active'"
		     "  AND o.lane <> '' AND o.lane = e.lane AND o.id <> g.id),"
		     /* One with an order of its own is not told of yet. */
		     " (SELECT max(o.expires_ms) FROM grants AS o WHERE o.state = 'active'"
		     "  AND o.lane <> '' AND o.lane = e.lane AND o.id <> g.id"
		     "  AND NOT EXISTS (SELECT 1 FROM effect AS w WHERE w.state = 'pending'"
		     "   AND w.queue <> '' AND w.lane = o.lane AND w.request_id = o.id))"
		     " FROM effect AS e JOIN grants AS g ON g.id = e.request_id"
		     " JOIN request AS r ON r.id = e.request_id"
		     " WHERE e.state = 'pending' AND e.queue <> '' AND e.queue = ?1"
		     " AND NOT EXISTS (SELECT 1 FROM effect AS b WHERE b.state = 'pending'"
		     "  AND b.queue <> '' AND b.lane = e.lane AND b.id < e.id)"
		     " ORDER BY e.due_ms, e.id LIMIT ?2",

	[SQL_PAGE_COUNT] = "PRAGMA page_count",

	/* Another value each time: SQLite leaves a page alone that would stay the same. */
	[SQL_PROBE] = "INSERT INTO meta (key, value) VALUES ('probes', 1)"
		      " ON CONFLICT DO UPDATE SET value = value + 1",

	[SQL_META_GET] = "SELECT value FROM meta WHERE key = ?1",
	[SQL_META_SET] = "INSERT INTO meta (key, value) VALUES (?1, ?2)"
			 " ON CONFLICT DO UPDATE SET value = ?2",
	[SQL_DATA_VERSION] = "PRAGMA data_version",

	[SQL_REQUEST_GET] = "SELECT " REQUEST_COLUMNS " FROM request WHERE id = ?1",
	[SQL_REQUEST_ADD] =
		"INSERT INTO request (" REQUEST_COLUMNS ") VALUES (?1, ?2, ?3, ?4,"
		" ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, nullif(?13, 0), ?14)",
	[SQL_REQUEST_MOVE] =
		"UPDATE request SET state = ?3, decided_ms = nullif(?4, 0),"
		" policy = coalesce(?5, policy) WHERE id = ?1 AND state = ?2",
	[SQL_REQUEST_STATE] = "SELECT state FROM request WHERE id = ?1",
	[SQL_REQUESTS_FIND] = "SELECT " REQUEST_COLUMNS " FROM request WHERE id < ?1"
			      " AND asked_ms >= ?2 AND (?3 = '' OR state = ?3)"
			      " AND (?4 = '' OR incident = ?4)"
			      " ORDER BY id DESC LIMIT ?5",
	[SQL_REQUESTS_OPEN] =
		"SELECT " REQUEST_COLUMNS " FROM request"
		" WHERE decided_ms IS NULL AND id > ?1 ORDER BY id LIMIT ?2",

	[SQL_SINK_MOVE] = "INSERT INTO meta (key, value) VALUES ('sink:' || ?1, ?2)"
			  " ON CONFLICT DO UPDATE SET value = ?2",
	[SQL_SINK_READ] = "SELECT value FROM meta WHERE key = 'sink:' || ?1",
};

/* What SQLite's primary result codes mean to an operator. */
static const struct trouble {
	int code;
	bool reconnect; /* a new connection may help */
	const char *words;
	const char *hint;
} troubles[] = {
	{ SQLITE_BUSY, false, "another process holds it",
	  "end what else has the file open: an sqlite3 shell, a second accessd." },
	{ SQLITE_CANTOPEN, true, "a file cannot be opened",
	  "the directory must exist, and belong to the user that runs accessd." },
	{ SQLITE_CORRUPT, true, "it is damaged",
	  "stop accessd, keep a copy of the file and restore the ledger from a backup." },
	{ SQLITE_FULL, false, "the disk is full",
	  "make room on the file system; accessd then goes on by itself." },
	{ SQLITE_IOERR, true, "the disk failed",
	  "see the kernel's log; accessd goes on by itself when the disk works again." },
	{ SQLITE_LOCKED, false, "another process holds it",
	  "end what else has the file open: an sqlite3 shell, a second accessd." },
	{ SQLITE_NOMEM, false, "memory ran out", "give accessd more memory." },
	{ SQLITE_NOTADB, true, "it is not a ledger",
	  "name a file of accessd's own; one that does not exist is made." },
	{ SQLITE_PROTOCOL, true, "its lock file is in disorder",
	  "end what else has the file open: an sqlite3 shell, a second accessd." },
	{ SQLITE_READONLY, true, "it is read-only",
	  "the file and its directory must be writable for the user that runs accessd." },
};

/* os is errno as the failed call left it. SQLite keeps it to itself when a write fails, and
 * to SQLite a quota or a limit on the size of files is a failing disk. */
static const struct trouble *trouble_find(struct sqlite3 *sql, int os)
{
	static const struct trouble other = { .reconnect = true,
					      .words = "SQLite refused" };
	int code = sqlite3_errcode(sql) & 0xff;

	if (code == SQLITE_IOERR && (os == EDQUOT || os == EFBIG || os == ENOSPC)) {
		code = SQLITE_FULL;
	}
	for (size_t i = 0; i < ARRAY_LEN(troubles); i++) {
		if (troubles[i].code == code) {
			return &troubles[i];
		}
	}
	return &other;
}

static bool explain(struct sqlite3 *sql, const struct trouble *t, const char *done,
		    struct fail *f)
{
	int code = sqlite3_errcode(sql);

	if ((code & 0xff) == SQLITE_CONSTRAINT) {
		return fail_set(f, FAIL_CONFLICT,
				"it does not fit what is in the ledger: %s",
				sqlite3_errmsg(sql));
	}
	if (code == SQLITE_TOOBIG) {
		return fail_set(f, FAIL_INVALID, "it is too large for the ledger");
	}
	fail_set(f, FAIL_LEDGER, "%s (%s)", t->words, sqlite3_errmsg(sql));
	if (done) {
		fail_wrap(f, "the ledger cannot be %s", done);
	}
	return t->hint ? fail_hint(f, "%s", t->hint) : false;
}

bool sql_explain(struct sqlite3 *sql, const char *done, struct fail *f)
{
	return explain(sql, trouble_find(sql, errno), done, f);
}

bool sql_fail(struct store_db *db, const char *done, struct fail *f)
{
	const struct trouble *t = trouble_find(db->sql, errno);
	struct fail why;

	explain(db->sql, t, done, &why);
	db->full = db->full || t->code == SQLITE_FULL;
	if (why.kind == FAIL_LEDGER && t->reconnect) {
		db->broken = true;
	}
	if (f) {
		*f = why;
	}
	return false;
}

int sql_step(struct sqlite3_stmt *stmt)
{
	errno = 0;
	return sqlite3_step(stmt);
}

/* --- running --------------------------------------------------------------------- */

bool sql_prepare(struct store_db *db, struct fail *f)
{
	for (size_t i = 0; i < SQL_MAX; i++) {
		if (sqlite3_prepare_v3(db->sql, texts[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &db->stmts[i], NULL) != SQLITE_OK) {
			return sql_explain(db->sql, NULL, f);
		}
	}
	return true;
}

void sql_finalize(struct store_db *db)
{
	for (size_t i = 0; i < SQL_MAX; i++) {
		sqlite3_finalize(db->stmts[i]);
		db->stmts[i] = NULL;
	}
}

static bool bind(struct sqlite3_stmt *stmt, const struct sql_arg *args, size_t n)
{
	int rc = SQLITE_OK;

	for (size_t i = 0; i < n && rc == SQLITE_OK; i++) {
		int at = (int)i + 1;

		if (args[i].blob > 0) {
			rc = sqlite3_bind_blob(stmt, at, args[i].bytes, (int)args[i].blob,
					       SQLITE_STATIC);
		} else if (!args[i].is_text) {
			rc = sqlite3_bind_int64(stmt, at, args[i].number);
		} else if (!args[i].text) {
			rc = sqlite3_bind_null(stmt, at);
		} else {
			rc = sqlite3_bind_text(stmt, at, args[i].text, -1, SQLITE_STATIC);
		}
	}
	return rc == SQLITE_OK;
}

bool sql_run(struct store_db *db, enum sql_id id, const struct sql_arg *args, size_t n,
	     int *ret_changed, struct fail *f)
{
	struct sqlite3_stmt *stmt = db->stmts[id];
	bool ok = bind(stmt, args, n) && sql_step(stmt) == SQLITE_DONE;

	if (!ok) {
		sql_fail(db, "written", f); /* before reset, which may clear the error */
	} else if (ret_changed) {
		*ret_changed = sqlite3_changes(db->sql);
	}
	sqlite3_reset(stmt);
	return ok;
}

void sql_rows_start(struct sql_rows *r, struct store_db *db, enum sql_id id,
		    const struct sql_arg *args, size_t n)
{
	*r = (struct sql_rows){ .db = db, .stmt = db->stmts[id] };
	if (!bind(r->stmt, args, n)) {
		r->failed = true;
		sql_fail(db, "read", &r->fail);
	}
}

struct sqlite3_stmt *sql_rows_next(struct sql_rows *r)
{
	int rc = r->failed ? SQLITE_DONE : sql_step(r->stmt);

	if (rc == SQLITE_ROW) {
		return r->stmt;
	}
	if (rc != SQLITE_DONE) {
		r->failed = true;
		sql_fail(r->db, "read", &r->fail);
	}
	return NULL;
}

bool sql_rows_end(struct sql_rows *r, struct fail *f)
{
	sqlite3_reset(r->stmt);
	if (r->failed && f) {
		*f = r->fail;
	}
	return !r->failed;
}

const char *sql_text(struct sqlite3_stmt *row, int column)
{
	/* NULL, whatever the schema says, in a damaged file and when memory ran out. */
	const char *text = (const char *)sqlite3_column_text(row, column);

	return text ? text : "";
}
