/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger file of a test's own, its driver called by hand, and what must hold in it. */
#ifndef TESTS_LIB_SQLITE_FIXTURE_H
#define TESTS_LIB_SQLITE_FIXTURE_H

#include "tests/lib/test.h"

#include <stdio.h>
#include <unistd.h>

#include "accessd/store.h"
#include "tests/lib/temp_dir.h"

extern const struct store_driver store_sqlite;

struct sqlite_fixture {
	struct temp_dir dir;
	const char *path;
	char path_room[160];
	struct store_db *db; /* open, or NULL */
	struct fail fail;
};

/* For cmocka. The file does not exist yet. */
int sqlite_setup(void **state);
int sqlite_teardown(void **state);

bool sqlite_try(struct sqlite_fixture *t);
void sqlite_must_open(struct sqlite_fixture *t);
void sqlite_shut(struct sqlite_fixture *t);

/* It does not open, and says why. */
void assert_refused(struct sqlite_fixture *t, const char *why, const char *hint);

/* Run SQL on the file as another program would. Not while it is open: to close the other
 * connection drops the locks of ours. */
void sqlite_elsewhere(const struct sqlite_fixture *t, const char *text);

/* A number that SQL gives, read on the ledger's own connection. */
int64_t sqlite_number(const struct sqlite_fixture *t, const char *text);

/* Run SQL on it, as nobody but a test does. */
void sqlite_exec(const struct sqlite_fixture *t, const char *text);

/* Add request n, in a transaction of its own. */
bool sqlite_add(struct sqlite_fixture *t, unsigned n);
void assert_adds(struct sqlite_fixture *t, unsigned n);
void assert_cannot_write(struct sqlite_fixture *t, unsigned n, const char *why);

/* List the open requests: how many, 64 at most. */
bool sqlite_reads(struct sqlite_fixture *t, size_t *ret_n);

/* Whether request n is in the ledger. */
bool sqlite_has(const struct sqlite_fixture *t, unsigned n);

/* Copy a file of the test's folder, `cut` bytes of it at most (-1: all). */
void sqlite_copy(const struct sqlite_fixture *t, const char *name, const char *to,
		 long cut);

/* Run fn in a child. It must end well there; it says so with check(). */
void in_child(struct sqlite_fixture *t, void (*fn)(struct sqlite_fixture *t));

#define check(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #cond, \
				t->fail.msg); \
			_exit(1); \
		} \
	} while (0)

/* What must hold in any ledger, however it came to be as it is. */
void assert_consistent(const struct sqlite_fixture *t);

#endif
