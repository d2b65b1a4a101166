/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite ledger's tables, by version.
 *
 * The header's application_id says that the file is ours, user_version which of the steps
 * below it has seen. Both are written by the transaction that makes the tables. A step
 * that was released is never edited: a change is a step of its own behind it. */
#include "approver/store_sqlite.h"

#include <inttypes.h>
#include <stdio.h>

#include <sqlite3.h>

#define APPLICATION_ID 0x61636373 /* "accs" */

/* Columns hold the words of record_words.c, milliseconds since 1970, and "" for unknown
 * texts; NULL is kept for "not yet" and "none". The partial indexes keep what is open
 * apart, so that finding it costs the same however long the history has become. */
static const char version_1[] =
	"CREATE TABLE request ("
	" id TEXT NOT NULL PRIMARY KEY,"
	" state TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" team TEXT NOT NULL,"
	" user TEXT NOT NULL,"
	" channel TEXT NOT NULL,"
	" reply_url TEXT NOT NULL,"
	" resource TEXT NOT NULL,"
	" for_s INTEGER NOT NULL,"
	" incident TEXT NOT NULL,"
	" reason TEXT NOT NULL,"
	" asked_ms INTEGER NOT NULL,"
	" decided_ms INTEGER,"
	" policy TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX request_open ON request (id) WHERE decided_ms IS NULL;"

	"CREATE TABLE request_key ("
	" source TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" request_id TEXT NOT NULL REFERENCES request (id),"
	" seen_ms INTEGER NOT NULL,"
	" PRIMARY KEY (source, key)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX request_key_seen ON request_key (seen_ms);"

	"CREATE TABLE grants (" /* GRANT is a keyword of SQL */
	" id TEXT NOT NULL PRIMARY KEY REFERENCES request (id),"
	" state TEXT NOT NULL,"
	" team TEXT NOT NULL,"
	" user TEXT NOT NULL,"
	" channel TEXT NOT NULL,"
	" resource TEXT NOT NULL,"
	" policy TEXT NOT NULL,"
	" provider TEXT NOT NULL,"
	" incident_id TEXT NOT NULL,"
	" incident_ref TEXT NOT NULL,"
	" evidence TEXT NOT NULL,"
	" provider_user TEXT NOT NULL,"
	" starts_ms INTEGER NOT NULL,"
	" expires_ms INTEGER NOT NULL,"
	" active_ms INTEGER,"
	" moved_ms INTEGER NOT NULL,"
	" ended_ms INTEGER,"
	" cause TEXT NOT NULL,"
	" why TEXT NOT NULL,"
	" by_user TEXT NOT NULL,"
	" lost_ms INTEGER,"
	" kept INTEGER NOT NULL,"
	" remind_ms INTEGER,"
	" room TEXT NOT NULL,"
	" provisioner TEXT NOT NULL,"
	" lane TEXT NOT NULL,"
	" told TEXT NOT NULL"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX grants_due ON grants (expires_ms, id)"
	" WHERE state IN ('active', 'granting');"
	"CREATE INDEX grants_live ON grants (id) WHERE state IN ('active', 'granting');"
	"CREATE INDEX grants_remind ON grants (remind_ms, id)"
	" WHERE state IN ('active', 'granting') AND remind_ms IS NOT NULL;"
	"CREATE INDEX grants_lane ON grants (lane) WHERE state = 'active' AND lane <> '';"
	"CREATE INDEX grants_revoking ON grants (moved_ms) WHERE state = 'revoking';"
	"CREATE INDEX grants_of ON grants (team, user, expires_ms, id)"
	" WHERE state = 'active';"

	"CREATE TABLE effect ("
	" id INTEGER PRIMARY KEY," /* never given twice, as no row is deleted */
	" request_id TEXT REFERENCES request (id),"
	" kind TEXT NOT NULL,"
	" lane TEXT NOT NULL,"
	" queue TEXT NOT NULL,"
	" state TEXT NOT NULL,"
	" payload TEXT NOT NULL,"
	" due_ms INTEGER NOT NULL,"
	" tries INTEGER NOT NULL,"
	" begun INTEGER NOT NULL DEFAULT 0,"
	" moved_ms INTEGER,"
	" note TEXT"
	") STRICT;"
	"CREATE INDEX effect_pending ON effect (state)"
	" WHERE state = 'pending' AND queue = '';"
	"CREATE INDEX effect_order ON effect (queue, due_ms, id)"
	" WHERE state = 'pending' AND queue <> '';"
	"CREATE INDEX effect_lane ON effect (lane, id)"
	" WHERE state = 'pending' AND queue <> '';"

	/* What providers said by webhook, so that a second delivery is known. */
	"CREATE TABLE event ("
	" source TEXT NOT NULL,"
	" key TEXT NOT NULL,"
	" what TEXT NOT NULL,"
	" subject TEXT NOT NULL,"
	" at_ms INTEGER NOT NULL,"
	" PRIMARY KEY (source, key)"
	") STRICT, WITHOUT ROWID;"
	"CREATE INDEX event_at ON event (at_ms);"

	"CREATE TABLE audit ("
	" seq INTEGER PRIMARY KEY,"
	" at_ms INTEGER NOT NULL,"
	" subject TEXT NOT NULL,"
	" subject_id TEXT NOT NULL,"
	" from_state TEXT,"
	" to_state TEXT NOT NULL,"
	" prev BLOB NOT NULL,"
	" hash BLOB NOT NULL,"
	" data TEXT NOT NULL" /* last: it may be long */
	") STRICT;"
	"CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
	" BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;"
	"CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
	" BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;"

	"CREATE TABLE audit_head ("
	" seq INTEGER PRIMARY KEY REFERENCES audit (seq),"
	" at_ms INTEGER NOT NULL,"
	" hash BLOB NOT NULL,"
	" key_id TEXT NOT NULL,"
	" signature BLOB NOT NULL"
	") STRICT;"
	"CREATE TRIGGER audit_head_no_update BEFORE UPDATE ON audit_head"
	" BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;"
	"CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head"
	" BEGIN SELECT raise(ABORT, 'the audit is append-only'); END;"

	"CREATE TABLE meta ("
	" key TEXT NOT NULL PRIMARY KEY,"
	" value ANY NOT NULL"
	") STRICT, WITHOUT ROWID;";

static const char *const steps[] = { version_1 };

/* False with SQLite's own error left on the connection. */
static bool read_number(struct sqlite3 *sql, const char *text, int64_t *ret_n)
{
	sqlite3_stmt *stmt;
	bool ok;

	if (sqlite3_prepare_v2(sql, text, -1, &stmt, NULL) != SQLITE_OK) {
		return false;
	}
	ok = sqlite3_step(stmt) == SQLITE_ROW;
	if (ok) {
		*ret_n = sqlite3_column_int64(stmt, 0);
	}
	return sqlite3_finalize(stmt) == SQLITE_OK && ok;
}

/* Whose file is it, and which version? An empty one is ours, at version 0. */
static bool version_read(struct sqlite3 *sql, int64_t *ret_version, struct fail *f)
{
	int64_t app;
	int64_t tables;

	if (!read_number(sql, "PRAGMA application_id", &app) ||
	    !read_number(sql, "PRAGMA user_version", ret_version) ||
	    !read_number(sql, "SELECT count(*) FROM sqlite_master", &tables)) {
		return sql_explain(sql, NULL, f);
	}
	if (app == APPLICATION_ID || (app == 0 && *ret_version == 0 && tables == 0)) {
		return true;
	}
	fail_set(f, FAIL_LEDGER, "it is a database of another program");
	return fail_hint(
		f, "name a file of accessd's own; one that does not exist is made.");
}

static bool version_newer(int64_t version, size_t known, struct fail *f)
{
	fail_set(f, FAIL_LEDGER,
		 "its schema is version %" PRId64 ", this accessd knows %zu", version,
		 known);
	return fail_hint(f, "run the version of accessd that wrote it, or a newer one.");
}

static bool steps_run(struct sqlite3 *sql, const char *const *todo, size_t from, size_t n,
		      struct fail *f)
{
	char set[96];
	bool ok = true;

	for (size_t i = from; i < n && ok; i++) {
		ok = sqlite3_exec(sql, todo[i], NULL, NULL, NULL) == SQLITE_OK;
	}
	snprintf(set, sizeof(set),
		 "PRAGMA application_id = %d; PRAGMA user_version = %zu", APPLICATION_ID,
		 n);
	if (!ok || sqlite3_exec(sql, set, NULL, NULL, NULL) != SQLITE_OK) {
		return fail_set(f, FAIL_LEDGER,
				"cannot bring its schema from version %zu to %zu: %s",
				from, n, sqlite3_errmsg(sql));
	}
	return true;
}

/* Within the transaction. The version is read again: another process may have been
 * faster. */
static bool upgrade(struct sqlite3 *sql, const char *const *todo, size_t n,
		    struct fail *f)
{
	int64_t version;

	if (!version_read(sql, &version, f)) {
		return false;
	}
	if (version < 0 || version > (int64_t)n) {
		return version_newer(version, n, f);
	}
	if (!steps_run(sql, todo, (size_t)version, n, f)) {
		return false;
	}
	return sqlite3_exec(sql, "COMMIT", NULL, NULL, NULL) == SQLITE_OK ||
	       sql_explain(sql, NULL, f);
}

bool sqlite_schema_upgrade(struct sqlite3 *sql, const char *const *todo, size_t n,
			   struct fail *f)
{
	int64_t version;
	bool ok;

	if (!version_read(sql, &version, f)) {
		return false;
	}
	if (version == (int64_t)n) {
		return true;
	}
	if (sqlite3_exec(sql, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) {
		return sql_explain(sql, NULL, f);
	}
	ok = upgrade(sql, todo, n, f);
	if (!sqlite3_get_autocommit(sql)) {
		sqlite3_exec(sql, "ROLLBACK", NULL, NULL, NULL);
	}
	return ok;
}

bool sqlite_schema_match(struct store_db *db, struct fail *f)
{
	int64_t version;

	if (!version_read(db->sql, &version, f)) {
		return false;
	}
	if (version > (int64_t)ARRAY_LEN(steps)) {
		return version_newer(version, ARRAY_LEN(steps), f);
	}
	if (version < (int64_t)ARRAY_LEN(steps)) {
		fail_set(f, FAIL_LEDGER,
			 version > 0 ? "its schema is version %" PRId64
				       ", this accessd knows %zu"
				     : "no accessd has served from it yet",
			 version, ARRAY_LEN(steps));
		return fail_hint(f, "start the service once: it brings its ledger up to "
				    "date.");
	}
	return true;
}

bool sqlite_schema_check(struct store_db *db, struct fail *f)
{
	return sqlite_schema_upgrade(db->sql, steps, ARRAY_LEN(steps), f);
}
