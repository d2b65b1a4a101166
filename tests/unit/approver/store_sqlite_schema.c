/* SPDX-License-Identifier: Apache-2.0 */
/* The versions of the embedded ledger's tables. */
#include "tests/lib/sqlite_fixture.h"

#include <sqlite3.h>

#include "approver/store_sqlite.h"

static void a_newer_schema_is_refused_with_a_hint(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_adds(t, 1);
	sqlite_shut(t);
	sqlite_elsewhere(t, "PRAGMA user_version = 7");
	assert_refused(t, "its schema is version 7, this accessd knows 1",
		       "run the version of accessd that wrote it, or a newer one.");
	sqlite_elsewhere(t, "PRAGMA user_version = -1");
	assert_refused(t, "its schema is version -1", "run the version");
	sqlite_elsewhere(t, "PRAGMA user_version = 1");
	sqlite_must_open(t);
}

static void an_upgrade_happens_wholly_or_not_at_all(void **state)
{
	struct sqlite_fixture *t = *state;
	const char *steps[] = { "CREATE TABLE one (x)", "CREATE TABLE two (x)",
				"CREATE TABLE three (x); CREATE TABLE one (x)" };
	struct store_db db = { 0 };

	t->db = &db;
	assert_int_equal(sqlite3_open(t->path, &db.sql), SQLITE_OK);
	assert_true(sqlite_schema_upgrade(db.sql, steps, 1, &t->fail));
	assert_int_equal(sqlite_number(t, "PRAGMA user_version"), 1);
	assert_false(sqlite_schema_upgrade(db.sql, steps, 3, &t->fail));
	assert_has(t->fail.msg, "cannot bring its schema from version 1 to 3");
	assert_has(t->fail.msg, "table one already exists");
	assert_int_equal(sqlite_number(t, "PRAGMA user_version"), 1);
	assert_int_equal(sqlite_number(t, "SELECT count(*) FROM sqlite_master"), 1);
	steps[2] = "CREATE TABLE three (x)";
	assert_true(sqlite_schema_upgrade(db.sql, steps, 3, &t->fail));
	assert_int_equal(sqlite_number(t, "PRAGMA user_version"), 3);
	assert_int_equal(sqlite_number(t, "SELECT count(*) FROM sqlite_master"), 3);
	assert_true(
		sqlite_schema_upgrade(db.sql, steps, 3, &t->fail)); /* nothing to do */
	sqlite3_close(db.sql);
	t->db = NULL;
}

static void a_ledger_that_lacks_a_column_is_refused(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	sqlite_shut(t);
	sqlite_elsewhere(t, "ALTER TABLE effect DROP COLUMN note");
	assert_refused(t, "no such column: note", "");
}

static void the_audit_cannot_be_changed(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	assert_adds(t, 1);
	assert_int_not_equal(
		sqlite3_exec(t->db->sql, "UPDATE audit SET at_ms = 0", NULL, NULL, NULL),
		SQLITE_OK);
	assert_has(sqlite3_errmsg(t->db->sql), "the audit is append-only");
	assert_int_not_equal(
		sqlite3_exec(t->db->sql, "DELETE FROM audit", NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite_number(t, "SELECT count(*) FROM audit"), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, sqlite_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_newer_schema_is_refused_with_a_hint),
		TEST(an_upgrade_happens_wholly_or_not_at_all),
		TEST(a_ledger_that_lacks_a_column_is_refused),
		TEST(the_audit_cannot_be_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
