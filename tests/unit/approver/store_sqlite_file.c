/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger while others handle its file: they hold its lock, move it away,
 * damage it, restore it, or take away the right to write it. */
#include "tests/lib/sqlite_fixture.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/lib/ledger_rows.h"

/* --- other processes ------------------------------------------------------------- */

/* A child that holds the write lock until we close our end of the pipe. */
static pid_t lock_elsewhere(const struct sqlite_fixture *t, int *ret_until)
{
	int ready[2];
	int until[2];
	char c;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	assert_int_equal(pipe(until), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		sqlite3 *other;
		bool ok;

		close(until[1]);
		ok = sqlite3_open(t->path, &other) == SQLITE_OK &&
		     sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL) ==
			     SQLITE_OK;
		c = ok ? 'y' : 'n';
		if (write(ready[1], &c, 1) != 1 || read(until[0], &c, 1) < 0) {
			_exit(1);
		}
		sqlite3_close(other);
		_exit(0);
	}
	close(until[0]);
	close(ready[1]);
	assert_int_equal(read(ready[0], &c, 1), 1);
	assert_int_equal(c, 'y');
	close(ready[0]);
	*ret_until = until[1];
	return pid;
}

static void while_another_holds_the_lock_reads_are_answered(void **state)
{
	struct sqlite_fixture *t = *state;
	size_t rows;
	int until;
	int status;
	pid_t pid;

	sqlite_must_open(t);
	assert_adds(t, 1);
	pid = lock_elsewhere(t, &until);
	assert_cannot_write(t, 2, "another process holds it (database is locked)");
	assert_true(sqlite_reads(t, &rows));
	assert_int_equal(rows, 1);
	close(until);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_adds(t, 2);
	assert_consistent(t);
}

/* --- the file is not what it was ------------------------------------------------- */

static void a_ledger_that_was_moved_away_is_not_replaced_by_an_empty_one(void **state)
{
	struct sqlite_fixture *t = *state;
	const char *away = temp_dir_file(&t->dir, "away.db");
	size_t rows;

	sqlite_must_open(t);
	assert_adds(t, 1);
	assert_int_equal(rename(t->path, away), 0);
	for (unsigned i = 0; i < 3; i++) {
		assert_false(sqlite_add(t, 2));
		assert_int_equal(t->fail.kind, FAIL_LEDGER);
		assert_has(t->fail.msg,
			   "cannot be opened again: a file cannot be opened");
		assert_int_not_equal(access(t->path, F_OK), 0);
	}
	assert_false(sqlite_reads(t, &rows));
	assert_int_equal(rename(away, t->path), 0);
	assert_adds(t, 2);
	assert_true(sqlite_has(t, 1));
	assert_consistent(t);
}

static void a_ledger_that_was_restored_is_used(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_adds(t, 1);
	sqlite_shut(t);
	sqlite_copy(t, "ledger.db", "backup.db", -1);
	sqlite_must_open(t);
	assert_adds(t, 2);
	assert_int_equal(rename(temp_dir_file(&t->dir, "backup.db"), t->path), 0);
	unlink(temp_dir_file(&t->dir, "ledger.db-wal"));
	unlink(temp_dir_file(&t->dir, "ledger.db-shm"));
	assert_adds(t, 3);
	assert_true(sqlite_has(t, 1));
	assert_false(sqlite_has(t, 2));
	assert_consistent(t);
}

/* Fill a page with what no page looks like. */
static void junk_at(int fd, long page)
{
	char junk[4096];

	memset(junk, 0xa5, sizeof(junk));
	assert_int_equal(pwrite(fd, junk, sizeof(junk), page * 4096), sizeof(junk));
}

static int on_root(void *data, int n, char **values, char **names)
{
	(void)n;
	(void)names;
	junk_at(*(int *)data, strtol(values[0], NULL, 10) - 1);
	return 0;
}

/* The pages on which tables begin, or all. The schema has pages of its own by now. */
static void damage(const struct sqlite_fixture *t, bool all)
{
	sqlite3 *other;
	int fd = open(t->path, O_RDWR);

	assert_true(fd >= 0);
	assert_int_equal(sqlite3_open(t->path, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other,
				      "SELECT rootpage FROM sqlite_master WHERE rootpage"
				      " > 0",
				      on_root, &fd, NULL),
			 SQLITE_OK);
	sqlite3_close(other);
	for (long at = 0, end = lseek(fd, 0, SEEK_END); all && at < end; at += 4096) {
		junk_at(fd, at / 4096);
	}
	close(fd);
}

static void damaged_pages_are_reported_and_a_restored_file_is_used(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	for (unsigned i = 1; i <= 50; i++) {
		assert_adds(t, i);
	}
	sqlite_shut(t);
	sqlite_copy(t, "ledger.db", "backup.db", -1);
	damage(t, false);
	sqlite_must_open(t); /* the schema is whole; only use finds it out */
	assert_false(sqlite_add(t, 51));
	assert_int_equal(t->fail.kind, FAIL_LEDGER);
	assert_has(t->fail.msg, "it is damaged (database disk image is malformed)");
	assert_has(t->fail.hint, "restore the ledger from a backup.");
	sqlite_copy(t, "backup.db", "ledger.db", -1); /* in its place */
	assert_adds(t, 51);
	sqlite_shut(t);
	damage(t, false);
	sqlite_must_open(t);
	assert_false(sqlite_add(t, 52));
	assert_int_equal(rename(temp_dir_file(&t->dir, "backup.db"), t->path), 0);
	assert_adds(t, 51);
	assert_consistent(t);
	sqlite_shut(t);
	damage(t, true);
	assert_refused(t, "it is not a ledger", "");
}

/* The rows that could be read are not given either; what they held is freed. */
static void a_state_that_we_have_no_word_for_gives_no_rows(void **state)
{
	struct sqlite_fixture *t = *state;
	struct order_row rows[2];
	struct store_op op = { .kind = STORE_ORDERS_DUE };

	sqlite_must_open(t);
	assert_true(ledger_grant_whole(&store_sqlite, t->db, 1, &t->fail));
	assert_true(ledger_grant_whole(&store_sqlite, t->db, 2, &t->fail));
	sqlite_exec(t, "UPDATE effect SET queue = 'okta', lane = request_id;"
		       " UPDATE grants SET state = 'lent' WHERE expires_ms = 9000002");
	op.orders_due.queue = "okta";
	op.orders_due.rows = rows;
	op.orders_due.max = ARRAY_LEN(rows);
	assert_false(ledger_do(&store_sqlite, t->db, &op, &t->fail));
	assert_int_equal(t->fail.kind, FAIL_LEDGER);
	assert_has(t->fail.msg, "the ledger is damaged: the state of grant '");
	assert_int_equal(op.orders_due.n, 0);
	sqlite_exec(t, "UPDATE grants SET state = 'active'");
	assert_true(ledger_do(&store_sqlite, t->db, &op, &t->fail));
	assert_int_equal(op.orders_due.n, 2);
	store_rows_free(&op);
}

static void without_the_right_to_write(struct sqlite_fixture *t)
{
	/* Root may write anything: be somebody else. */
	if (geteuid() == 0) {
		check(chown(t->dir.path, 65534, 65534) == 0 &&
		      chown(t->path, 65534, 65534) == 0);
		check(setgid(65534) == 0 && setuid(65534) == 0);
	}
	check(chmod(t->path, 0400) == 0);
	check(!sqlite_try(t));
	check(strstr(t->fail.msg, "it is read-only"));
	check(strstr(t->fail.hint, "must be writable for the user that runs accessd."));
	check(chmod(t->path, 0600) == 0 && chmod(t->dir.path, 0500) == 0);
	check(!sqlite_try(t));
	check(t->fail.kind == FAIL_LEDGER && t->fail.hint[0]);
	t->path = temp_dir_file(&t->dir, "new.db");
	check(!sqlite_try(t));
	check(strstr(t->fail.msg, "cannot open or make the file: Permission denied"));
	t->path = t->path_room;
	check(chmod(t->path, 0000) == 0 && chmod(t->dir.path, 0700) == 0);
	check(!sqlite_try(t));
	check(strstr(t->fail.msg, "Permission denied"));
	check(chmod(t->path, 0600) == 0);
	check(sqlite_try(t) && sqlite_add(t, 2));
	sqlite_shut(t);
}

static void a_file_or_directory_that_cannot_be_written_is_refused(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_adds(t, 1);
	sqlite_shut(t);
	in_child(t, without_the_right_to_write);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, sqlite_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(while_another_holds_the_lock_reads_are_answered),
		TEST(a_ledger_that_was_moved_away_is_not_replaced_by_an_empty_one),
		TEST(a_ledger_that_was_restored_is_used),
		TEST(damaged_pages_are_reported_and_a_restored_file_is_used),
		TEST(a_state_that_we_have_no_word_for_gives_no_rows),
		TEST(a_file_or_directory_that_cannot_be_written_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
