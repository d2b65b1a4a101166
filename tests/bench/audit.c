/* SPDX-License-Identifier: Apache-2.0 */
/* What the proof costs: how fast a whole audit is checked, what a row's hash takes, and
 * whether a decision becomes dearer when a million grants have ended before it.
 *
 *   audit [FOLDER]    where the ledgers go; /tmp if none is named */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "accessd/clock.h"
#include "accessd/reader.h"
#include "approver/audit_chain.h"
#include "tests/lib/bench.h"
#include "tests/lib/ledger_rows.h"
#include "tests/lib/temp_dir.h"

extern const struct store_driver store_sqlite;

enum {
	STORIES = 60000, /* four rows each */
	FEW = 1000,
	MANY = 1000000,
	DECISIONS = 4000,
	BATCH = 100, /* decisions in one transaction */
	HASHES = 20000,
};

static char path[200];

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "bench: %s\n", what);
		exit(1);
	}
}

/* --- checking ---------------------------------------------------------------------- */

/* About as long as a real one. */
static const char trace[] =
	"{\"verdict\":\"granted\",\"policy\":\"db-responders\",\"provider\":\"incidentio\","
	"\"incident\":\"01JINCIDENT\",\"why\":\"Incident Lead of INC-204 (incident.io)\","
	"\"for_s\":7200,\"cut\":false,\"checks\":[{\"check\":\"max_duration\",\"ok\":true,"
	"\"found\":\"2 h\",\"wanted\":\"8 h at most\",\"policy\":\"db-responders\"},"
	"{\"check\":\"role\",\"ok\":true,\"found\":\"Incident Lead\",\"wanted\":"
	"\"Incident Lead or DBA\",\"policy\":\"db-responders\",\"condition\":0,"
	"\"incident\":\"01JINCIDENT\",\"age_ms\":812},{\"check\":\"min_severity\",\"ok\":"
	"true,\"found\":\"Major\",\"wanted\":\"Major\",\"policy\":\"db-responders\","
	"\"condition\":0,\"incident\":\"01JINCIDENT\",\"age_ms\":812}],\"now_ms\":"
	"1787565600000,\"asked_for_s\":7200,\"incidentio\":{\"user\":\"01JUANA\","
	"\"age_ms\":812,\"incidents\":3}}";

/* Ask, grant and, if `close`, end: in the transaction that is open. */
static void tell(struct store_db *db, unsigned n, bool close)
{
	struct request_row r;
	struct grant_row g;
	struct effect_row e;
	struct store_op op;
	struct fail f = { 0 };

	ledger_request(n, &r);
	ledger_grant(n, 9000000 + n, &g);
	ledger_effect(n, "{\"kind\":\"granted\"}", &e);
	op = ledger_add(&r, r.id, NULL);
	must(store_sqlite.apply(db, &op, &f), f.msg);
	op = ledger_move(n, REQUEST_ASKED, REQUEST_GRANTED);
	op.request_move.policy = "db-responders";
	op.request_move.trace = trace;
	op.request_move.grant = &g;
	op.request_move.effects = &e;
	op.request_move.n_effects = 1;
	must(store_sqlite.apply(db, &op, &f), f.msg);
	op = ledger_close(n, "expired");
	must(!close || store_sqlite.apply(db, &op, &f), f.msg);
}

static struct store_db *open_new(const char *where)
{
	struct store_db *db;
	struct fail f = { 0 };

	must(store_sqlite.open(where, &db, &f), f.msg);
	return db;
}

static void transact(struct store_db *db, unsigned from, unsigned n, bool close)
{
	struct fail f = { 0 };

	must(store_sqlite.begin(db, &f), f.msg);
	for (unsigned i = 0; i < n; i++) {
		tell(db, from + i, close);
	}
	must(store_sqlite.commit(db, &f), f.msg);
}

static void bench_verify(const char *where)
{
	struct store_db *db = open_new(where);
	struct store_op op = { .kind = STORE_AUDIT_SIGN };
	struct audit_report report;
	struct reader *r;
	struct fail f = { 0 };
	char url[256];
	double best = 0;

	for (unsigned i = 0; i < STORIES; i += 1000) {
		transact(db, 1 + i, 1000, true);
		must(ledger_do(&store_sqlite, db, &op, &f), f.msg);
	}
	store_sqlite.close(db);
	snprintf(url, sizeof(url), "sqlite:%s", where);
	must(reader_open(url, &r, &f), f.msg);
	for (int i = 0; i < 3; i++) {
		int64_t start = bench_now_ns();
		double rate;

		must(reader_verify(r, NULL, &report, &f) && report.whole, report.what);
		rate = (double)report.rows * 1e9 / (double)(bench_now_ns() - start);
		best = rate > best ? rate : best;
	}
	reader_close(r);
	printf("audit verify           %8.0f rows/s (%" PRId64 " rows, %" PRId64
	       " heads)\n",
	       best, report.rows, report.heads);
}

static void bench_hash(void)
{
	struct digest *d = digest_create();
	struct audit_row row = { .seq = 123456,
				 .at_ms = 1787565600000,
				 .subject = "request",
				 .subject_id = "01J8ZK00000000000000000001",
				 .from = "asked",
				 .to = "granted",
				 .data = trace };
	struct audit_content c = audit_content_of(&row);
	int64_t start = bench_now_ns();

	for (int i = 0; i < HASHES; i++) {
		audit_hash(d, row.hash, &c, row.hash);
	}
	printf("audit row's hash       %8.2f us (%zu bytes of data)\n",
	       (double)(bench_now_ns() - start) / HASHES / 1000, strlen(trace));
	digest_destroy(d);
}

/* --- a long history ---------------------------------------------------------------- */

static int on_text(void *data, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(char **)data = sqlite3_mprintf("%s", values[0]);
	return 0;
}

static void run(sqlite3 *sql, char *text)
{
	if (sqlite3_exec(sql, text, NULL, NULL, NULL) != SQLITE_OK) {
		fprintf(stderr, "%s\n%s\n", text, sqlite3_errmsg(sql));
		exit(1);
	}
	sqlite3_free(text);
}

/* The one row of a table again and again, with other keys: whatever columns it has. */
static void multiply(sqlite3 *sql, const char *table, const char *key, const char *as,
		     const char *and_key, const char *and_as, unsigned n)
{
	char *columns = NULL;
	char *values = NULL;
	char *text = sqlite3_mprintf(
		"SELECT group_concat(name) FROM pragma_table_info(%Q)", table);

	must(sqlite3_exec(sql, text, on_text, &columns, NULL) == SQLITE_OK, text);
	sqlite3_free(text);
	text = sqlite3_mprintf(
		"SELECT group_concat(CASE name WHEN %Q THEN %Q WHEN %Q THEN %Q ELSE name END)"
		" FROM pragma_table_info(%Q)",
		key, as, and_key, and_as, table);
	must(sqlite3_exec(sql, text, on_text, &values, NULL) == SQLITE_OK, text);
	sqlite3_free(text);
	run(sql,
	    sqlite3_mprintf("INSERT INTO %s (%s) WITH RECURSIVE i(n) AS (SELECT 2 UNION"
			    " ALL SELECT n + 1 FROM i WHERE n < %u)"
			    " SELECT %s FROM i, (SELECT * FROM %s LIMIT 1)",
			    table, columns, n, values, table));
	sqlite3_free(columns);
	sqlite3_free(values);
}

/* n grants that have ended, each with its request, its message and a row of the audit. The
 * chain is not one: nobody checks this ledger. */
static void history(const char *where, unsigned n)
{
	static const char id[] = "printf('01J8ZK%020d', n)";
	struct store_db *db = open_new(where);
	sqlite3 *sql;

	transact(db, 1, 1, true);
	store_sqlite.close(db);
	must(sqlite3_open(where, &sql) == SQLITE_OK, where);
	run(sql, sqlite3_mprintf("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000;"
				 "UPDATE effect SET state = 'done'; BEGIN"));
	multiply(sql, "request", "id", id, "", "", n);
	multiply(sql, "grants", "id", id, "", "", n);
	multiply(sql, "effect", "id", "n", "request_id", id, n);
	multiply(sql, "audit", "seq", "n + 4", "subject_id", id, n);
	run(sql, sqlite3_mprintf("COMMIT; PRAGMA wal_checkpoint(TRUNCATE)"));
	sqlite3_close(sql);
}

/* Microseconds per decision, in the middle of so many transactions. */
static double decide(struct store_db *db, unsigned *next)
{
	int64_t took[DECISIONS / BATCH];

	for (size_t i = 0; i < DECISIONS / BATCH; i++) {
		int64_t start = bench_now_ns();

		transact(db, *next, BATCH, false);
		took[i] = bench_now_ns() - start;
		*next += BATCH;
	}
	return (double)bench_sum_up(took, DECISIONS / BATCH).median_ns / BATCH / 1000;
}

static void bench_decisions(const struct temp_dir *dir)
{
	static const unsigned sizes[] = { FEW, MANY };
	struct store_db *db[2];
	unsigned next = 2 * MANY;
	double us[2] = { 1e9, 1e9 };

	for (int i = 0; i < 2; i++) {
		snprintf(path, sizeof(path), "%s/%u.db", dir->path, sizes[i]);
		history(path, sizes[i]);
		db[i] = open_new(path);
	}
	for (int round = 0; round < 3; round++) { /* in turns: the machine has moods */
		for (int i = 0; i < 2; i++) {
			double now = decide(db[i], &next);

			us[i] = now < us[i] ? now : us[i];
		}
	}
	printf("a decision in the ledger  %5.1f us after 1 k grants, %.1f us after 1 M "
	       "(%.2fx)\n",
	       us[0], us[1], us[1] / us[0]);
	store_sqlite.close(db[0]);
	store_sqlite.close(db[1]);
}

int main(int argc, char **argv)
{
	struct temp_dir dir;

	snprintf(dir.path, sizeof(dir.path), "%.30s/accessd-bench-XXXXXX",
		 argc > 1 ? argv[1] : "/tmp");
	must(mkdtemp(dir.path) != NULL, dir.path);
	bench_hash();
	snprintf(path, sizeof(path), "%s/verify.db", dir.path);
	bench_verify(path);
	bench_decisions(&dir);
	temp_dir_remove(&dir);
	return 0;
}
