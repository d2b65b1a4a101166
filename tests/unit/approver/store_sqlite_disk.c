/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger on bad days: disks that fill up or fail, damaged pages, other
 * processes, files that are moved away. After each it must go on without a restart. */
#include "tests/lib/sqlite_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sqlite3.h>

#include "tests/lib/ledger_rows.h"
#include "tests/lib/sqlite_fault.h"

static int fault_setup(void **state)
{
	sqlite_fault_install();
	return sqlite_setup(state);
}

static int fault_teardown(void **state)
{
	sqlite_fault_heal();
	sqlite_teardown(state);
	sqlite_fault_remove();
	return 0;
}

static bool is_there(const struct sqlite_fixture *t, unsigned n)
{
	char id[ULID_SIZE];
	char text[120];

	ledger_id(n, id);
	snprintf(text, sizeof(text), "SELECT count(*) FROM request WHERE id = '%s'", id);
	return sqlite_number(t, text) == 1;
}

/* Run fn in a child. It must end well there, asserts included. */
static void in_child(struct sqlite_fixture *t, void (*fn)(struct sqlite_fixture *t))
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

#define check(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #cond, \
				t->fail.msg); \
			_exit(1); \
		} \
	} while (0)

/* --- a full disk --------------------------------------------------------------------- */

static void a_full_ledger_says_so_and_goes_on_when_there_is_room(void **state)
{
	struct sqlite_fixture *t = *state;
	unsigned n = 1;
	size_t rows;

	sqlite_must_open(t);
	sqlite_number(t, "PRAGMA max_page_count = 30");
	while (n < 1000 && sqlite_add(t, n)) {
		n++;
	}
	assert_int_equal(t->fail.kind, FAIL_LEDGER);
	assert_string_equal(t->fail.msg, "the ledger cannot be written: the disk is full "
					 "(database or disk is full)");
	assert_string_equal(
		t->fail.hint,
		"make room on the file system; accessd then goes on by itself.");
	assert_cannot_write(t, n, "the disk is full");
	assert_true(sqlite_reads(t, &rows));
	assert_int_equal(rows, n - 1 < 64 ? n - 1 : 64);
	sqlite_number(t, "PRAGMA max_page_count = 100000");
	assert_adds(t, n);
	assert_consistent(t);
}

static void limit_size(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	setrlimit(RLIMIT_FSIZE, &limit);
}

static void within_a_limit(struct sqlite_fixture *t)
{
	size_t rows;
	unsigned n = 1;

	check(sqlite_try(t));
	limit_size(100000);
	while (n < 1000 && sqlite_add(t, n)) {
		n++;
	}
	check(n > 1 && n < 1000);
	check(t->fail.kind == FAIL_LEDGER);
	check(strstr(t->fail.msg, "the ledger cannot be written: the disk is full ("));
	check(sqlite_reads(t, &rows) && rows == (n - 1 < 64 ? n - 1 : 64));
	check(!sqlite_add(t, n));
	limit_size(RLIM_INFINITY);
	check(sqlite_add(t, n) && is_there(t, n));
	sqlite_shut(t);
}

static void a_limit_on_the_size_of_files_is_a_full_disk(void **state)
{
	struct sqlite_fixture *t = *state;

	in_child(t, within_a_limit);
	sqlite_must_open(t);
	assert_consistent(t);
}

/* --- a disk that fails at any step ---------------------------------------------------- */

enum { SCRIPT = 6 };

/* Two requests, then a grant in two moves, one closed, one more request: how each ended. */
static void script(struct sqlite_fixture *t, enum fail_kind ended[SCRIPT])
{
	struct store_op op;
	struct effect_row e;
	struct grant_row g;

	for (unsigned i = 0; i < SCRIPT; i++) {
		struct fail f = { 0 };
		struct request_row r;

		ledger_request(10 + i, &r);
		op = ledger_add(&r, r.id, NULL);
		if (i == 2) {
			op = ledger_move(10, REQUEST_ASKED, REQUEST_GRANTED);
			ledger_grant(10, 9000000, &g);
			ledger_effect(10, "{}", &e);
			op.request_move.grant = &g;
			op.request_move.effects = &e;
			op.request_move.n_effects = 1;
		} else if (i == 3) {
			op = ledger_close(10, "released");
		}
		ledger_do(&store_sqlite, t->db, &op, &f);
		ended[i] = f.kind;
	}
}

/* Whether the i-th line of the script is in the ledger. */
static bool has_happened(const struct sqlite_fixture *t, unsigned i)
{
	return i == 2   ? sqlite_number(t, "SELECT count(*) FROM grants") == 1
	       : i == 3 ? sqlite_number(
				  t,
				  "SELECT count(*) FROM grants WHERE state = 'closed'") ==
				  1
			: is_there(t, 10 + i);
}

static void assert_as_told(const struct sqlite_fixture *t,
			   const enum fail_kind ended[SCRIPT], bool crashed)
{
	for (unsigned i = 0; i < SCRIPT; i++) {
		if (ended[i] == FAIL_NONE) {
			assert_true(has_happened(t, i));
		} else if (ended[i] != FAIL_UNCERTAIN && !crashed) {
			assert_false(has_happened(t, i));
		}
	}
}

static const struct {
	const char *name;
	unsigned steps;
	int code;
} sweeps[] = {
	{ "full", SQLITE_FAULT_WRITE, SQLITE_FULL },
	{ "write error", SQLITE_FAULT_WRITE, SQLITE_IOERR_WRITE },
	{ "sync error", SQLITE_FAULT_SYNC, SQLITE_IOERR_FSYNC },
	{ "read error", SQLITE_FAULT_READ, SQLITE_IOERR_READ },
};

static void fresh(struct sqlite_fixture *t)
{
	sqlite_shut(t);
	unlink(t->path);
	unlink(temp_dir_file(&t->dir, "ledger.db-wal"));
	unlink(temp_dir_file(&t->dir, "ledger.db-shm"));
	sqlite_must_open(t);
	assert_adds(t, 1);
}

static void one_step_that_fails_costs_one_transaction_at_most(void **state)
{
	struct sqlite_fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(sweeps); i++) {
		unsigned nth = 0;
		bool struck;

		do {
			enum fail_kind ended[SCRIPT];

			fresh(t);
			if (sweeps[i].steps == SQLITE_FAULT_READ) {
				sqlite_number(t, "PRAGMA shrink_memory");
			}
			sqlite_fault_at(sweeps[i].steps, ++nth, 1, sweeps[i].code);
			script(t, ended);
			struck = sqlite_fault_struck() > 0;
			sqlite_fault_heal();
			assert_as_told(t, ended, false);
			assert_adds(t, 2);
			assert_consistent(t);
			sqlite_shut(t);
			sqlite_must_open(t);
			assert_as_told(t, ended, false);
			assert_consistent(t);
			assert_row(nth < 200, i, sweeps[i].name);
		} while (struck);
		assert_row(nth > 2 || sweeps[i].steps == SQLITE_FAULT_READ, i,
			   sweeps[i].name);
	}
}

static void copy(const struct sqlite_fixture *t, const char *name, const char *to,
		 long cut)
{
	FILE *in = fopen(temp_dir_file(&t->dir, name), "r");
	FILE *out = fopen(temp_dir_file(&t->dir, to), "w");
	int c;

	assert_non_null(in);
	assert_non_null(out);
	while (cut-- != 0 && (c = getc(in)) != EOF) {
		putc(c, out);
	}
	fclose(in);
	assert_int_equal(fclose(out), 0);
}

/* The machine stops at the nth step: nothing after it reaches the disk. What the files
 * hold then must be a ledger in which all that was confirmed is there. */
static void a_crash_at_any_step_keeps_what_was_confirmed(void **state)
{
	struct sqlite_fixture *t = *state;

	for (size_t i = 0; i < 3; i++) {
		unsigned nth = 0;
		bool struck;

		do {
			enum fail_kind ended[SCRIPT];
			struct sqlite_fixture after = *t;

			fresh(t);
			sqlite_fault_at(SQLITE_FAULT_WRITE | SQLITE_FAULT_SYNC, ++nth, 0,
					sweeps[i].code);
			script(t, ended);
			struck = sqlite_fault_struck() > 0;
			copy(t, "ledger.db", "after.db", -1);
			copy(t, "ledger.db-wal", "after.db-wal", -1);
			sqlite_fault_heal();

			after.path = temp_dir_file(&t->dir, "after.db");
			after.db = NULL;
			sqlite_must_open(&after);
			assert_as_told(&after, ended, true);
			assert_consistent(&after);
			sqlite_shut(&after);
			assert_adds(t, 2); /* and ours, had it only been the disk */
			assert_consistent(t);
		} while (struck && nth < 200);
		assert_true(nth > 2 && nth < 200);
	}
}

static void a_sync_that_fails_at_the_commit_is_uncertain(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_adds(t, 1);
	sqlite_fault_at(SQLITE_FAULT_SYNC, 1, 1, SQLITE_IOERR_FSYNC);
	assert_false(sqlite_add(t, 2));
	assert_int_equal(sqlite_fault_struck(), 1);
	assert_int_equal(t->fail.kind, FAIL_UNCERTAIN);
	assert_adds(t, 2); /* asking again settles it */
	assert_adds(t, 3);
	assert_consistent(t);
}

/* --- a transaction too large for the cache ---------------------------------------------- */

/* Pages are written before the commit then; a full disk shows itself in the middle. */
static void a_disk_that_fills_up_within_a_batch_fails_all_of_it(void **state)
{
	enum { SIZE = 1 << 20 };
	struct sqlite_fixture *t = *state;
	char *payload = malloc(SIZE);
	struct effect_row e;
	struct store_op op;
	struct fail ended[3] = { 0 };
	struct fail f = { 0 };
	bool ok;

	assert_non_null(payload);
	memset(payload, 'x', SIZE - 1);
	payload[SIZE - 1] = '\0';
	sqlite_must_open(t);
	assert_adds(t, 1);
	assert_adds(t, 2);
	assert_adds(t, 3);
	sqlite_fault_at(SQLITE_FAULT_WRITE, 20, 0, SQLITE_FULL);
	assert_true(store_sqlite.begin(t->db, &f));
	for (unsigned i = 0; i < 3; i++) {
		ledger_effect(i + 1, payload, &e);
		op = ledger_move(i + 1, REQUEST_ASKED, REQUEST_DENIED);
		op.request_move.effects = &e;
		op.request_move.n_effects = 1;
		store_sqlite.apply(t->db, &op, &ended[i]);
	}
	ok = store_sqlite.commit(t->db, &f);
	assert_true(sqlite_fault_struck() > 0);
	sqlite_fault_heal();
	for (unsigned i = 0; i < 3; i++) {
		assert_true(ended[i].kind == FAIL_LEDGER || !ok);
	}
	assert_int_equal(sqlite_number(t, "SELECT count(*) FROM effect"), 0);
	assert_int_equal(
		sqlite_number(t, "SELECT count(*) FROM request WHERE state = 'asked'"),
		3);
	assert_adds(t, 4);
	assert_consistent(t);
	free(payload);
}

/* --- other processes ---------------------------------------------------------------------- */

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

/* --- the file is not what it was ------------------------------------------------------------ */

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
	assert_true(is_there(t, 1));
	assert_consistent(t);
}

static void a_ledger_that_was_restored_is_used(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_adds(t, 1);
	sqlite_shut(t);
	copy(t, "ledger.db", "backup.db", -1);
	sqlite_must_open(t);
	assert_adds(t, 2);
	assert_int_equal(rename(temp_dir_file(&t->dir, "backup.db"), t->path), 0);
	unlink(temp_dir_file(&t->dir, "ledger.db-wal"));
	unlink(temp_dir_file(&t->dir, "ledger.db-shm"));
	assert_adds(t, 3);
	assert_true(is_there(t, 1));
	assert_false(is_there(t, 2));
	assert_consistent(t);
}

/* Fill the pages from `from` on with what no page looks like. */
static void damage(const struct sqlite_fixture *t, long from)
{
	int fd = open(t->path, O_RDWR);
	char junk[4096];
	off_t size;

	assert_true(fd >= 0);
	memset(junk, 0xa5, sizeof(junk));
	size = lseek(fd, 0, SEEK_END);
	for (long at = from * 4096; at < size; at += 4096) {
		assert_int_equal(pwrite(fd, junk, sizeof(junk), at), sizeof(junk));
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
	copy(t, "ledger.db", "backup.db", -1);
	damage(t, 1);
	sqlite_must_open(t); /* the schema is whole; only use finds it out */
	assert_false(sqlite_add(t, 51));
	assert_int_equal(t->fail.kind, FAIL_LEDGER);
	assert_has(t->fail.msg, "it is damaged (database disk image is malformed)");
	assert_has(t->fail.hint, "restore the ledger from a backup.");
	assert_int_equal(rename(temp_dir_file(&t->dir, "backup.db"), t->path), 0);
	assert_adds(t, 51);
	assert_consistent(t);
	sqlite_shut(t);
	damage(t, 0);
	assert_refused(t, "it is not a ledger", "");
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

/* --- kill -9 and power cuts ------------------------------------------------------------------ */

/* Add 1, 2, 3, ... and say so to fd each time it is confirmed, until killed. */
static void add_until_killed(struct sqlite_fixture *t, int fd)
{
	if (!sqlite_try(t)) {
		_exit(1);
	}
	for (unsigned n = 1;; n++) {
		if (!ledger_grant_whole(&store_sqlite, t->db, n, &t->fail) ||
		    write(fd, &n, sizeof(n)) != sizeof(n)) {
			_exit(1);
		}
	}
}

static void kill_9_loses_nothing_that_was_confirmed(void **state)
{
	struct sqlite_fixture *t = *state;

	for (unsigned round = 1; round <= 8; round++) {
		unsigned last = 0;
		unsigned n;
		int fds[2];
		int status;
		pid_t pid;

		unlink(t->path);
		unlink(temp_dir_file(&t->dir, "ledger.db-wal"));
		unlink(temp_dir_file(&t->dir, "ledger.db-shm"));
		assert_int_equal(pipe(fds), 0);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			add_until_killed(t, fds[1]);
		}
		close(fds[1]);
		while (last < round * 13 && read(fds[0], &n, sizeof(n)) == sizeof(n)) {
			last = n;
		}
		assert_int_equal(kill(pid, SIGKILL), 0);
		while (read(fds[0], &n, sizeof(n)) == sizeof(n)) {
			last = n; /* it was faster than the signal */
		}
		close(fds[0]);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFSIGNALED(status));
		sqlite_must_open(t);
		assert_true(sqlite_number(t, "SELECT count(*) FROM grants") >= last);
		assert_true(sqlite_number(t, "SELECT count(*) FROM grants") <= last + 1);
		assert_consistent(t);
		sqlite_shut(t);
	}
}

static long size_of(const struct sqlite_fixture *t, const char *name)
{
	struct stat st;

	assert_int_equal(stat(temp_dir_file(&t->dir, name), &st), 0);
	return (long)st.st_size;
}

static void flip_last_byte(const char *path, long size)
{
	int fd = open(path, O_RDWR);
	char c;

	assert_int_equal(pread(fd, &c, 1, size - 1), 1);
	c = (char)(c ^ 0x40);
	assert_int_equal(pwrite(fd, &c, 1, size - 1), 1);
	close(fd);
}

static void a_torn_tail_is_dropped_and_a_prefix_is_kept(void **state)
{
	struct sqlite_fixture *t = *state;
	struct sqlite_fixture after;
	int64_t before = 0;
	long size;

	sqlite_must_open(t);
	for (unsigned n = 1; n <= 6; n++) {
		assert_true(ledger_grant_whole(&store_sqlite, t->db, n, &t->fail));
	}
	size = size_of(t, "ledger.db-wal");
	for (long cut = 0; cut <= size;
	     cut += cut < size && size - cut < 3571 ? size - cut : 3571) {
		int64_t n;

		after = *t;
		copy(t, "ledger.db", "torn.db", -1);
		copy(t, "ledger.db-wal", "torn.db-wal", cut);
		if (cut > 0 && cut < size) {
			flip_last_byte(temp_dir_file(&t->dir, "torn.db-wal"), cut);
		}
		after.path = temp_dir_file(&t->dir, "torn.db");
		after.db = NULL;
		sqlite_must_open(&after);
		assert_consistent(&after);
		n = sqlite_number(&after, "SELECT count(*) FROM request");
		/* The first n, and no others. */
		assert_int_equal(
			sqlite_number(&after, "SELECT count(*) FROM audit"),
			sqlite_number(&after, "SELECT coalesce(max(seq), 0) FROM audit"));
		assert_true(n == 0 || is_there(&after, (unsigned)n));
		assert_true(n >= before);
		before = n;
		assert_adds(&after, 99);
		sqlite_shut(&after);
	}
	assert_int_equal(before, 6);
}

#define TEST(name)  cmocka_unit_test_setup_teardown(name, sqlite_setup, sqlite_teardown)
#define FAULT(name) cmocka_unit_test_setup_teardown(name, fault_setup, fault_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_full_ledger_says_so_and_goes_on_when_there_is_room),
		TEST(a_limit_on_the_size_of_files_is_a_full_disk),
		FAULT(one_step_that_fails_costs_one_transaction_at_most),
		FAULT(a_crash_at_any_step_keeps_what_was_confirmed),
		FAULT(a_sync_that_fails_at_the_commit_is_uncertain),
		FAULT(a_disk_that_fills_up_within_a_batch_fails_all_of_it),
		TEST(while_another_holds_the_lock_reads_are_answered),
		TEST(a_ledger_that_was_moved_away_is_not_replaced_by_an_empty_one),
		TEST(a_ledger_that_was_restored_is_used),
		TEST(damaged_pages_are_reported_and_a_restored_file_is_used),
		TEST(a_file_or_directory_that_cannot_be_written_is_refused),
		TEST(kill_9_loses_nothing_that_was_confirmed),
		TEST(a_torn_tail_is_dropped_and_a_prefix_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
