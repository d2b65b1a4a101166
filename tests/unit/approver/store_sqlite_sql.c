/* SPDX-License-Identifier: Apache-2.0 */
/* The embedded ledger's statements: none may become slower as the history grows. */
#include "tests/lib/sqlite_fixture.h"

#include <sqlite3.h>

#include "approver/store_sqlite.h"

static int on_plan(void *data, int n, char **values, char **names)
{
	const char *text = data;

	(void)names;
	assert_int_equal(n, 4);
	if (strncmp(values[3], "SCAN", 4) == 0 || strstr(values[3], "TEMP B-TREE")) {
		fail_msg("%s: %s", values[3], text);
	}
	return 0;
}

static void no_statement_walks_through_the_history(void **state)
{
	struct sqlite_fixture *t = *state;

	sqlite_must_open(t);
	for (size_t i = 0; i < SQL_MAX; i++) {
		if (i == SQL_IDS_FIND) {
			continue; /* asked from outside, by the command line */
		}
		char *text = sqlite3_mprintf("EXPLAIN QUERY PLAN %s",
					     sqlite3_sql(t->db->stmts[i]));

		assert_int_equal(sqlite3_exec(t->db->sql, text, on_plan, text, NULL),
				 SQLITE_OK);
		sqlite3_free(text);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sqlite_setup, sqlite_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_statement_walks_through_the_history),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
