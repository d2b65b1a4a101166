/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger file of a test's own. */
#include "tests/lib/sqlite_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "approver/audit_check.h"
#include "approver/store_sqlite.h"
#include "tests/lib/ledger_rows.h"

int sqlite_setup(void **state)
{
	struct sqlite_fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	temp_dir_make(&t->dir);
	snprintf(t->path_room, sizeof(t->path_room), "%s/ledger.db", t->dir.path);
	t->path = t->path_room;
	*state = t;
	return 0;
}

int sqlite_teardown(void **state)
{
	struct sqlite_fixture *t = *state;

	store_sqlite.close(t->db);
	temp_dir_remove(&t->dir);
	free(t);
	return 0;
}

bool sqlite_try(struct sqlite_fixture *t)
{
	return store_sqlite.open(t->path, &t->db, &t->fail);
}

void sqlite_must_open(struct sqlite_fixture *t)
{
	if (!sqlite_try(t)) {
		fail_msg("%s", t->fail.msg);
	}
}

void sqlite_shut(struct sqlite_fixture *t)
{
	store_sqlite.close(t->db);
	t->db = NULL;
}

void assert_refused(struct sqlite_fixture *t, const char *why, const char *hint)
{
	assert_false(sqlite_try(t));
	assert_null(t->db);
	assert_has(t->fail.msg, why);
	assert_has(t->fail.hint, hint);
}

void sqlite_elsewhere(const struct sqlite_fixture *t, const char *text)
{
	sqlite3 *other;

	assert_int_equal(sqlite3_open(t->path, &other), SQLITE_OK);
	if (sqlite3_exec(other, text, NULL, NULL, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", text, sqlite3_errmsg(other));
	}
	sqlite3_close(other);
}

static int on_number(void *data, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	*(int64_t *)data = values[0] ? strtoll(values[0], NULL, 10) : -1;
	return 0;
}

int64_t sqlite_number(const struct sqlite_fixture *t, const char *text)
{
	int64_t n = -2;

	assert_int_equal(sqlite3_exec(t->db->sql, text, on_number, &n, NULL), SQLITE_OK);
	return n;
}

void sqlite_exec(const struct sqlite_fixture *t, const char *text)
{
	if (sqlite3_exec(t->db->sql, text, NULL, NULL, NULL) != SQLITE_OK) {
		fail_msg("%s: %s", text, sqlite3_errmsg(t->db->sql));
	}
}

bool sqlite_add(struct sqlite_fixture *t, unsigned n)
{
	struct request_row r;
	struct store_op op;

	ledger_request(n, &r);
	op = ledger_add(&r, r.id, NULL);
	return ledger_do(&store_sqlite, t->db, &op, &t->fail);
}

void assert_adds(struct sqlite_fixture *t, unsigned n)
{
	if (!sqlite_add(t, n)) {
		fail_msg("%s", t->fail.msg);
	}
}

void assert_cannot_write(struct sqlite_fixture *t, unsigned n, const char *why)
{
	assert_false(sqlite_add(t, n));
	assert_int_equal(t->fail.kind, FAIL_LEDGER);
	assert_has(t->fail.msg, "the ledger cannot be written: ");
	assert_has(t->fail.msg, why);
	assert_true(t->fail.hint[0] != '\0');
}

bool sqlite_reads(struct sqlite_fixture *t, size_t *ret_n)
{
	struct request_row *rows = calloc(64, sizeof(*rows));
	struct store_op op = { .kind = STORE_REQUESTS_OPEN };
	bool ok;

	assert_non_null(rows);
	op.requests_open.rows = rows;
	op.requests_open.max = 64;
	ok = ledger_do(&store_sqlite, t->db, &op, &t->fail);
	*ret_n = op.requests_open.n;
	free(rows);
	return ok;
}

/* The audit's chain, from its first row to its last. */
static void assert_chain(const struct sqlite_fixture *t)
{
	struct audit_row row;
	struct audit_check check;
	struct store_op op = { .kind = STORE_AUDIT_ROWS };
	struct fail f = { 0 };

	audit_check_init(&check, NULL);
	op.audit_rows.after = INT64_MIN;
	op.audit_rows.rows = &row;
	op.audit_rows.max = 1;
	while (ledger_do(&store_sqlite, t->db, &op, &f) && op.audit_rows.n > 0) {
		if (!audit_check_row(&check, &row)) {
			fail_msg("%s", check.report.what);
		}
		op.audit_rows.after = row.seq;
		store_rows_free(&op);
	}
	assert_int_equal(f.kind, FAIL_NONE);
	audit_check_finish(&check);
}

void assert_consistent(const struct sqlite_fixture *t)
{
	assert_chain(t);
	assert_int_equal(sqlite_number(t, "SELECT count(*) FROM pragma_quick_check"
					  " WHERE quick_check <> 'ok'"),
			 0);
	assert_int_equal(
		sqlite_number(t, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
	/* Each request and each grant has the audit line of its present state, and no audit
	 * line is without its row. */
	assert_int_equal(
		sqlite_number(
			t,
			"SELECT count(*) FROM request AS r WHERE NOT EXISTS (SELECT 1 FROM"
			" audit WHERE subject = 'request' AND subject_id = r.id"
			" AND to_state = r.state)"),
		0);
	assert_int_equal(
		sqlite_number(
			t,
			"SELECT count(*) FROM grants AS g WHERE NOT EXISTS (SELECT 1 FROM"
			" audit WHERE subject = 'grant' AND subject_id = g.id"
			" AND to_state = g.state)"),
		0);
	assert_int_equal(
		sqlite_number(t, "SELECT count(*) FROM audit WHERE subject_id NOT IN"
				 " (SELECT id FROM request)"),
		0);
	/* A granted request has its grant and its effect; no other has. */
	assert_int_equal(
		sqlite_number(
			t, "SELECT count(*) FROM request AS r WHERE"
			   " (r.state = 'granted') <> (r.id IN (SELECT id FROM grants))"),
		0);
	assert_int_equal(
		sqlite_number(
			t,
			"SELECT count(*) FROM request AS r WHERE (r.state = 'granted') <>"
			" (r.id IN (SELECT request_id FROM effect))"),
		0);
}

bool sqlite_has(const struct sqlite_fixture *t, unsigned n)
{
	char id[ULID_SIZE];
	char text[120];

	ledger_id(n, id);
	snprintf(text, sizeof(text), "SELECT count(*) FROM request WHERE id = '%s'", id);
	return sqlite_number(t, text) == 1;
}

void sqlite_copy(const struct sqlite_fixture *t, const char *name, const char *to,
		 long cut)
{
	FILE *in = fopen(temp_dir_file(&t->dir, name), "r");
	FILE *out = fopen(temp_dir_file(&t->dir, to), "w");
	size_t left = cut < 0 ? SIZE_MAX : (size_t)cut;
	static char bytes[1 << 16];
	size_t n;

	assert_non_null(in);
	assert_non_null(out);
	while ((n = fread(bytes, 1, left < sizeof(bytes) ? left : sizeof(bytes), in)) >
	       0) {
		assert_int_equal(fwrite(bytes, 1, n, out), n);
		left -= n;
	}
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

void in_child(struct sqlite_fixture *t, void (*fn)(struct sqlite_fixture *t))
{
	pid_t pid = fork();
	int status;

	assert_true(pid >= 0);
	if (pid == 0) {
		fn(t);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}
