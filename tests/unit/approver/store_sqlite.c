/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger's file: how it is made, and which files are refused. */
#include "tests/lib/sqlite_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "approver/store_sqlite.h"
#include "tests/lib/ledger_rows.h"

static void a_new_ledger_is_for_its_owner_alone(void **state)
{
	struct sqlite_fixture *t = *state;
	const char *names[] = { "ledger.db", "ledger.db-wal", "ledger.db-shm" };
	mode_t mask = umask(0);

	sqlite_must_open(t);
	assert_adds(t, 1);
	umask(mask);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct stat st;

		assert_int_equal(stat(temp_dir_file(&t->dir, names[i]), &st), 0);
		assert_row((st.st_mode & 07777) == 0600, i, names[i]);
	}
}

static void the_settings_are_those_of_a_ledger(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_int_equal(sqlite_number(t, "PRAGMA synchronous"), 2);
	assert_int_equal(sqlite_number(t, "PRAGMA foreign_keys"), 1);
	assert_int_equal(sqlite_number(t, "PRAGMA busy_timeout"), 250);
	assert_int_equal(sqlite_number(t, "PRAGMA application_id"), 0x61636373);
	assert_int_equal(sqlite_number(t, "PRAGMA user_version"), 1);
	assert_int_equal(
		sqlite_number(
			t, "SELECT count(*) FROM pragma_table_list WHERE type = 'table'"
			   " AND NOT strict AND name NOT LIKE 'sqlite_%'"),
		0);
	assert_int_equal(
		sqlite_number(
			t,
			"SELECT count(*) FROM pragma_journal_mode WHERE journal_mode = 'wal'"),
		1);
}

static off_t size_of(struct sqlite_fixture *t, const char *name)
{
	struct stat st;

	assert_int_equal(stat(temp_dir_file(&t->dir, name), &st), 0);
	return st.st_size;
}

static void the_log_is_folded_in_when_nobody_waits(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	for (unsigned n = 1; n <= 60; n++) {
		assert_adds(t, n);
	}
	assert_true(t->db->wal_pages > 200); /* not while somebody waits */
	store_sqlite.rest(t->db, true);
	assert_int_equal(t->db->wal_pages, 0);
	for (unsigned n = 61; n <= 1000; n++) {
		assert_adds(t, n);
		store_sqlite.rest(t->db, false);
	}
	assert_true(t->db->wal_pages < 1400); /* but not for ever */
	assert_true(size_of(t, "ledger.db-wal") <= 8 << 20);
}

static void what_was_written_is_there_after_a_restart(void **state)
{
	struct sqlite_fixture *t = *state;
	size_t n;

	sqlite_must_open(t);
	assert_adds(t, 1);
	assert_true(ledger_grant_whole(&store_sqlite, t->db, 2, &t->fail));
	sqlite_shut(t);
	sqlite_must_open(t);
	assert_true(sqlite_reads(t, &n));
	assert_int_equal(n, 1);
	assert_int_equal(sqlite_number(t, "SELECT count(*) FROM grants"), 1);
	assert_consistent(t);
}

static void a_relative_name_is_a_file_whatever_it_looks_like(void **state)
{
	struct sqlite_fixture *t = *state;
	char *before = getcwd(NULL, 0);

	assert_int_equal(chdir(t->dir.path), 0);
	t->path = "file:ledger?mode=memory";
	sqlite_must_open(t);
	assert_adds(t, 1);
	assert_int_equal(access("file:ledger?mode=memory", F_OK), 0);
	sqlite_shut(t);
	assert_int_equal(chdir(before), 0);
	free(before);
}

static void write_file(const struct sqlite_fixture *t, const char *data, size_t n)
{
	FILE *f = fopen(t->path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

static void a_file_that_is_no_database_is_refused_and_kept(void **state)
{
	struct sqlite_fixture *t = *state;
	static const size_t sizes[] = { 1, 15, 100, 511, 512, 4096, 9000 };
	char text[9000];
	struct stat st;

	memset(text, '#', sizeof(text));
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		write_file(t, text, sizes[i]);
		assert_refused(t, "it is not a ledger", "name a file of accessd's own");
		assert_int_equal(stat(t->path, &st), 0);
		assert_int_equal(st.st_size, sizes[i]);
	}
}

static void an_empty_file_becomes_a_ledger(void **state)
{
	struct sqlite_fixture *t = *state;

	write_file(t, "", 0);
	sqlite_must_open(t);
	assert_adds(t, 1);
}

static void the_database_of_another_program_is_refused_unchanged(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_elsewhere(t, "CREATE TABLE song (title); INSERT INTO song VALUES ('x')");
	assert_refused(t, "it is a database of another program", "file of accessd's own");
	sqlite_elsewhere(t, "PRAGMA application_id = 7; DROP TABLE song");
	assert_refused(t, "it is a database of another program", "file of accessd's own");
	sqlite_elsewhere(t, "CREATE TABLE song (title)"); /* it can still be used */
	assert_int_not_equal(access(temp_dir_file(&t->dir, "ledger.db-wal"), F_OK), 0);
}

static void a_directory_that_is_not_there_is_named(void **state)
{
	struct sqlite_fixture *t = *state;

	t->path = "/nowhere/ledger.db";
	assert_refused(t, "cannot open or make the file: No such file or directory",
		       "the directory");
	t->path = t->dir.path;
	assert_refused(t, "cannot open or make the file: Is a directory",
		       "the directory");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, sqlite_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_new_ledger_is_for_its_owner_alone),
		TEST(the_settings_are_those_of_a_ledger),
		TEST(the_log_is_folded_in_when_nobody_waits),
		TEST(what_was_written_is_there_after_a_restart),
		TEST(a_relative_name_is_a_file_whatever_it_looks_like),
		TEST(a_file_that_is_no_database_is_refused_and_kept),
		TEST(an_empty_file_becomes_a_ledger),
		TEST(the_database_of_another_program_is_refused_unchanged),
		TEST(a_directory_that_is_not_there_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
