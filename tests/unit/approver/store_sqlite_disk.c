/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger on disks that fill up or fail, at every step. After each failure it
 * must go on without a restart. */
#include "tests/lib/sqlite_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <sqlite3.h>

#include "approver/store_sqlite.h"
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

/* --- a full disk ----------------------------------------------------------------- */

static void a_full_ledger_says_so_and_goes_on_when_there_is_room(void **state)
{
	struct sqlite_fixture *t = *state;
	unsigned n = 1;
	size_t rows;

	sqlite_must_open(t);
	/* SQLite does not refuse pages of what is kept for a full disk: use that up. */
	sqlite_exec(t,
		    "INSERT INTO meta (key, value) VALUES ('fill', zeroblob(6000000))");
	sqlite_number(t, "PRAGMA max_page_count = 1560");
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
	check(sqlite_add(t, n) && sqlite_has(t, n));
	sqlite_shut(t);
}

static void a_limit_on_the_size_of_files_is_a_full_disk(void **state)
{
	struct sqlite_fixture *t = *state;

	in_child(t, within_a_limit);
	sqlite_must_open(t);
	assert_consistent(t);
}

/* --- a disk that fails at any step ----------------------------------------------- */

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

/* Only a sync that failed leaves anything in doubt. */
static void assert_certain(const enum fail_kind ended[SCRIPT])
{
	for (unsigned i = 0; i < SCRIPT; i++) {
		assert_int_not_equal(ended[i], FAIL_UNCERTAIN);
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
			: sqlite_has(t, 10 + i);
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
			if (sweeps[i].steps != SQLITE_FAULT_SYNC) {
				assert_certain(ended);
			}
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
			sqlite_copy(t, "ledger.db", "after.db", -1);
			sqlite_copy(t, "ledger.db-wal", "after.db-wal", -1);
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
	assert_false(t->db->broken); /* a new connection would take it for safe */
	assert_adds(t, 2);           /* asking again settles it */
	assert_adds(t, 3);
	assert_consistent(t);
}

/* --- a transaction too large for the cache --------------------------------------- */

enum { LARGE = 1 << 19 };

/* Deny 1, 2 and 3 in one batch, with effects larger than the cache. */
static bool deny_largely(struct sqlite_fixture *t, const char *payload,
			 struct fail ended[3], struct fail *f)
{
	assert_true(store_sqlite.begin(t->db, f));
	for (unsigned i = 0; i < 3; i++) {
		struct effect_row e;
		struct store_op op = ledger_move(i + 1, REQUEST_ASKED, REQUEST_DENIED);

		ledger_effect(i + 1, payload, &e);
		op.request_move.effects = &e;
		op.request_move.n_effects = 1;
		ended[i] = (struct fail){ 0 };
		store_sqlite.apply(t->db, &op, &ended[i]);
	}
	return store_sqlite.commit(t->db, f);
}

/* Pages are written before the commit then: SQLite may undo all in the middle of it, and
 * what follows must not become a transaction of its own. */
static void a_write_that_fails_within_a_batch_fails_all_or_its_own(void **state)
{
	struct sqlite_fixture *t = *state;
	char *payload = malloc(LARGE);
	unsigned in_the_middle = 0;
	bool struck = true;

	assert_non_null(payload);
	memset(payload, 'x', LARGE - 1);
	payload[LARGE - 1] = '\0';
	for (unsigned nth = 1; struck; nth += 17) {
		struct fail ended[3];
		struct fail f = { 0 };
		int64_t done = 0;
		bool ok;

		fresh(t);
		assert_adds(t, 2);
		assert_adds(t, 3);
		sqlite_fault_at(SQLITE_FAULT_WRITE, nth, 1, SQLITE_FULL);
		ok = deny_largely(t, payload, ended, &f);
		struck = sqlite_fault_struck() > 0;
		sqlite_fault_heal();
		for (unsigned i = 0; i < 3; i++) {
			done += ok && ended[i].kind == FAIL_NONE;
			in_the_middle += ended[i].kind != FAIL_NONE;
			if (ended[i].kind != FAIL_NONE) {
				assert_has(ended[i].msg, "the disk is full");
			}
		}
		if (!ok) {
			assert_int_equal(f.kind, FAIL_LEDGER);
			assert_has(f.msg, "the disk is full");
		}
		assert_int_equal(sqlite_number(t, "SELECT count(*) FROM effect"), done);
		assert_int_equal(
			sqlite_number(
				t, "SELECT count(*) FROM request WHERE state = 'denied'"),
			done);
		assert_adds(t, 4);
	}
	assert_true(in_the_middle > 0);
	free(payload);
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
		FAULT(a_write_that_fails_within_a_batch_fails_all_or_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
