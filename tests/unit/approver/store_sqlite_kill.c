/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger when everything stops: kill -9, and power cuts that tear its tail. */
#include "tests/lib/sqlite_fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "approver/store_sqlite.h"
#include "tests/lib/ledger_rows.h"

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

/* Behind its frames there is only what is kept for a full disk. */
static long size_of_wal(const struct sqlite_fixture *t)
{
	return 32 + (long)t->db->wal_pages * (24 + 4096);
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
	size = size_of_wal(t);
	for (long cut = 0; cut <= size;
	     cut += cut < size && size - cut < 3571 ? size - cut : 3571) {
		int64_t n;

		after = *t;
		sqlite_copy(t, "ledger.db", "torn.db", -1);
		sqlite_copy(t, "ledger.db-wal", "torn.db-wal", cut);
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
		assert_true(n == 0 || sqlite_has(&after, (unsigned)n));
		assert_true(n >= before);
		before = n;
		assert_adds(&after, 99);
		sqlite_shut(&after);
	}
	assert_int_equal(before, 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, sqlite_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(kill_9_loses_nothing_that_was_confirmed),
		TEST(a_torn_tail_is_dropped_and_a_prefix_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
