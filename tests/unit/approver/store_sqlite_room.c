/* SPDX-License-Identifier: Apache-2.0 */
/* The room that the ledger keeps for a full disk: it is there, it stays there, and it is
 * enough for hundreds of ends. */
#include "tests/lib/sqlite_fixture.h"

#include <sys/stat.h>

#include "approver/store_room.h"
#include "approver/store_sqlite.h"
#include "tests/lib/ledger_rows.h"
#include "tests/lib/small_disk.h"

enum { TAIL = 4 << 20, WAL = 8 << 20, DISK = 32 << 20, ENDS = 400 };

static bool allowed;

/* With blocks on the disk, and not only a length. */
static int64_t taken(struct sqlite_fixture *t, const char *name)
{
	struct stat st;

	assert_int_equal(stat(temp_dir_file(&t->dir, name), &st), 0);
	assert_true(st.st_blocks * 512 >= st.st_size);
	return st.st_size;
}

static int64_t used(struct sqlite_fixture *t)
{
	return sqlite_number(t, "PRAGMA page_count") * 4096;
}

static void it_is_there_from_the_start(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_true(taken(t, "ledger.db") >= used(t) + TAIL);
	assert_true(taken(t, "ledger.db-wal") >= WAL);
	assert_false(t->db->full);
}

/* A checkpoint cuts the file behind its last page. */
static void it_stays_when_the_ledger_grows(void **state)
{
	struct sqlite_fixture *t = *state;
	unsigned n = 1;

	sqlite_must_open(t);
	for (unsigned round = 0; round < 12; round++) {
		char text[120];

		snprintf(text, sizeof(text),
			 "INSERT INTO meta VALUES ('fill %u', zeroblob(900000))", round);
		sqlite_exec(t, text);
		for (unsigned end = n + 30; n < end; n++) {
			assert_adds(t, n);
		}
		store_sqlite.rest(t->db, true);
		assert_int_equal(t->db->wal_pages, 0);
		assert_true(taken(t, "ledger.db") >= used(t) + TAIL);
		assert_true(taken(t, "ledger.db-wal") >= WAL);
	}
	sqlite_shut(t);
	assert_true(taken(t, "ledger.db") >= TAIL + 12 * 900000);
	sqlite_must_open(t);
	assert_true(taken(t, "ledger.db") >= used(t) + TAIL);
	assert_consistent(t);
}

/* --- a full disk --------------------------------------------------------------------- */

static bool closes(struct sqlite_fixture *t, unsigned n)
{
	struct store_op op = ledger_close(n, "expired");

	return ledger_do(&store_sqlite, t->db, &op, &t->fail);
}

static void grants_live(struct sqlite_fixture *t)
{
	for (unsigned n = 1; n <= ENDS; n++) {
		if (!ledger_grant_whole(&store_sqlite, t->db, n, &t->fail)) {
			fail_msg("%s", t->fail.msg);
		}
		store_sqlite.rest(t->db, false);
	}
}

static void hundreds_of_ends_fit_into_it(void **state)
{
	struct sqlite_fixture *t = *state;

	if (!allowed) {
		skip();
	}
	sqlite_must_open(t);
	grants_live(t);
	sqlite_shut(t); /* and with it the WAL, such as it had become */
	sqlite_must_open(t);
	small_disk_fill(t->dir.path);
	store_sqlite.rest(t->db, false);
	assert_cannot_write(t, ENDS + 1, "the disk is full");
	for (unsigned n = 1; n <= ENDS; n++) {
		if (!closes(t, n)) {
			fail_msg("end %u: %s", n, t->fail.msg);
		}
		store_sqlite.rest(t->db, false);
		small_disk_fill(t->dir.path);
	}
	assert_cannot_write(t, ENDS + 1, "the disk is full");
	assert_int_equal(
		sqlite_number(t, "SELECT count(*) FROM grants WHERE state = 'closed'"),
		ENDS);
	small_disk_make_room(t->dir.path);
	assert_adds(t, ENDS + 1);
	store_sqlite.rest(t->db, true);
	assert_true(taken(t, "ledger.db") >= used(t) + TAIL);
	assert_consistent(t);
}

/* What a start needs, and no more. */
static void leave_a_little(struct sqlite_fixture *t)
{
	const char *filler = temp_dir_file(&t->dir, "filler");
	struct stat st;

	small_disk_fill(t->dir.path);
	assert_int_equal(stat(filler, &st), 0);
	assert_int_equal(truncate(filler, st.st_size - 400 * 1024), 0);
}

/* Somebody else was there first: nothing is begun without it. */
static void without_it_nothing_is_begun(void **state)
{
	struct sqlite_fixture *t = *state;

	if (!allowed) {
		skip();
	}
	leave_a_little(t);
	sqlite_must_open(t);
	assert_true(t->db->full);
	assert_cannot_write(t, 2, "the disk is full");
	small_disk_make_room(t->dir.path);
	assert_adds(t, 2);
	assert_true(taken(t, "ledger.db") >= used(t) + TAIL);
	assert_consistent(t);
}

/* --- who has to wait --------------------------------------------------------------------- */

static void what_prolongs_waits_and_what_shortens_does_not(void **state)
{
	static const struct {
		const char *name;
		struct grant_row was, to;
		bool begins;
	} rows[] = {
		{ "extended", { .expires_ms = 5 }, { .expires_ms = 6 }, true },
		{ "kept", { .kept = false }, { .kept = true }, true },
		{ "cut short", { .expires_ms = 5 }, { .expires_ms = 4 }, false },
		{ "lost", { .expires_ms = 5 }, { .expires_ms = 5, .lost_ms = 3 }, false },
		{ "kept as it was", { .kept = true }, { .kept = true }, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_op op = { .kind = STORE_GRANT_SET };

		op.grant_set.was = &rows[i].was;
		op.grant_set.to = &rows[i].to;
		assert_row(store_op_begins(&op) == rows[i].begins, i, rows[i].name);
	}
}

static void only_requests_wait_of_the_rest(void **state)
{
	(void)state;
	for (int kind = 0; kind < STORE_OP_MAX; kind++) {
		struct store_op op = { .kind = (enum store_op_kind)kind };

		if (kind != STORE_GRANT_SET) {
			assert_int_equal(store_op_begins(&op),
					 kind == STORE_REQUEST_ADD ||
						 kind == STORE_REQUEST_MOVE);
		}
	}
}

/* --- for main() ------------------------------------------------------------------------ */

static int setup(void **state)
{
	struct sqlite_fixture *t;

	sqlite_setup(state);
	t = *state;
	if (allowed) {
		small_disk_mount(t->dir.path, DISK);
	}
	return 0;
}

static int teardown(void **state)
{
	struct sqlite_fixture *t = *state;

	if (allowed) {
		sqlite_shut(t);
		small_disk_unmount(t->dir.path);
	}
	return sqlite_teardown(state);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(it_is_there_from_the_start),
		TEST(it_stays_when_the_ledger_grows),
		TEST(hundreds_of_ends_fit_into_it),
		TEST(without_it_nothing_is_begun),
		cmocka_unit_test(what_prolongs_waits_and_what_shortens_does_not),
		cmocka_unit_test(only_requests_wait_of_the_rest),
	};

	allowed = small_disk_allowed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
