/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who can write the ledger's file. */
#include "tests/lib/ledger_tamper.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

static void must(int ok, struct sqlite3 *sql, const char *what)
{
	if (!ok) {
		fprintf(stderr, "tamper: %s: %s\n", what, sqlite3_errmsg(sql));
		abort();
	}
}

static struct sqlite3 *open_file(const char *path)
{
	static const char triggers[] = "DROP TRIGGER IF EXISTS audit_no_update;"
				       "DROP TRIGGER IF EXISTS audit_no_delete;"
				       "DROP TRIGGER IF EXISTS audit_head_no_update;"
				       "DROP TRIGGER IF EXISTS audit_head_no_delete;";
	struct sqlite3 *sql;

	must(sqlite3_open(path, &sql) == SQLITE_OK, sql, path);
	must(sqlite3_exec(sql, triggers, NULL, NULL, NULL) == SQLITE_OK, sql, "drop");
	return sql;
}

void tamper_copy(const char *from, const char *to)
{
	struct sqlite3 *sql;
	char *text = sqlite3_mprintf("VACUUM INTO %Q", to);

	remove(to);
	must(sqlite3_open(from, &sql) == SQLITE_OK, sql, from);
	must(sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK, sql, text);
	sqlite3_free(text);
	sqlite3_close(sql);
}

int tamper(const char *path, const char *fmt, ...)
{
	struct sqlite3 *sql = open_file(path);
	va_list ap;
	char *text;
	int changed;

	va_start(ap, fmt);
	text = sqlite3_vmprintf(fmt, ap);
	va_end(ap);
	must(sqlite3_exec(sql, text, NULL, NULL, NULL) == SQLITE_OK, sql, text);
	changed = sqlite3_changes(sql);
	sqlite3_free(text);
	sqlite3_close(sql);
	return changed;
}

/* --- one bit --------------------------------------------------------------------- */

static const char *const columns[] = { "at_ms",    "subject", "subject_id", "from_state",
				       "to_state", "prev",    "hash",       "data" };

/* What the column becomes, bound to the statement that writes it. */
static void bind_flipped(struct sqlite3_stmt *read, struct sqlite3_stmt *write,
			 uint32_t dice)
{
	int type = sqlite3_column_type(read, 0);
	int n = sqlite3_column_bytes(read, 0);
	char *bytes;

	if (type == SQLITE_INTEGER) {
		sqlite3_bind_int64(write, 1,
				   sqlite3_column_int64(read, 0) ^
					   ((sqlite3_int64)1 << dice % 63));
		return;
	}
	bytes = calloc(1, (size_t)n + 1);
	if (n > 0) {
		memcpy(bytes, sqlite3_column_blob(read, 0), (size_t)n);
		bytes[dice / 8 % (uint32_t)n] ^= (char)(1 << dice % 8);
	}
	if (type == SQLITE_BLOB) {
		sqlite3_bind_blob(write, 1, bytes, n, free);
	} else {
		sqlite3_bind_text(write, 1, bytes, n, free);
	}
}

static struct sqlite3_stmt *prepare(struct sqlite3 *sql, const char *fmt,
				    const char *column)
{
	struct sqlite3_stmt *stmt;
	char *text = sqlite3_mprintf(fmt, column);

	must(sqlite3_prepare_v2(sql, text, -1, &stmt, NULL) == SQLITE_OK, sql, text);
	sqlite3_free(text);
	return stmt;
}

const char *tamper_bit(const char *path, int64_t seq, uint32_t dice)
{
	const char *column = columns[dice % (sizeof(columns) / sizeof(columns[0]))];
	struct sqlite3 *sql = open_file(path);
	struct sqlite3_stmt *read, *write;

	dice /= sizeof(columns) / sizeof(columns[0]);
	read = prepare(sql, "SELECT %s FROM audit WHERE seq = ?1", column);
	write = prepare(sql, "UPDATE audit SET %s = ?1 WHERE seq = ?2", column);
	sqlite3_bind_int64(read, 1, seq);
	must(sqlite3_step(read) == SQLITE_ROW, sql, "no such row");
	bind_flipped(read, write, dice);
	sqlite3_bind_int64(write, 2, seq);
	sqlite3_finalize(read);
	must(sqlite3_step(write) == SQLITE_DONE, sql, "update");
	sqlite3_finalize(write);
	sqlite3_close(sql);
	return column;
}
