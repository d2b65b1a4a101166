/* SPDX-License-Identifier: Apache-2.0 */
/* An open ledger on a loop, one operation at a time: what the suites of tests/contract/
 * start from. */
#ifndef TESTS_LIB_LEDGER_FIXTURE_H
#define TESTS_LIB_LEDGER_FIXTURE_H

#include "tests/lib/test.h"

#include "accessd/store.h"
#include "shared/loop.h"
#include "tests/lib/ledger_rows.h"
#include "tests/lib/temp_dir.h"

enum { ROOM = 16 };

struct fixture {
	struct temp_dir dir;
	struct loop *loop;
	struct store *store;
	struct store_op op;
	struct fail fail; /* how the last operation ended */
	bool done;
	struct request_row requests[ROOM];
	struct grant_row grants[ROOM];
	struct effect_row effects[ROOM];
};

/* For cmocka. *state is the scheme first, "memory:" or "sqlite:" ("fault:" may stand
 * before it), and the fixture then. */
int ledger_setup(void **state);
int ledger_teardown(void **state);

#define ON(ledger, test) \
	cmocka_unit_test_prestate_setup_teardown(test, ledger_setup, ledger_teardown, \
						 (void *)(uintptr_t)(ledger))

/* Submit t->op, wait, and say how it ended. */
enum fail_kind fixture_submit(struct fixture *t);

#define assert_done(t) \
	do { \
		if (fixture_submit(t) != FAIL_NONE) { \
			fail_msg("%s", (t)->fail.msg); \
		} \
	} while (0)

#define assert_conflict(t, text) \
	do { \
		assert_int_equal(fixture_submit(t), FAIL_CONFLICT); \
		assert_has((t)->fail.msg, text); \
	} while (0)

/* All of these must succeed. */
void fixture_add(struct fixture *t, unsigned n, const char *key, const char *key2);

/* Ask for it and grant it. */
void fixture_grant(struct fixture *t, unsigned n, int64_t expires_ms, const char *user);

/* Ask for it and deny it, with effects. */
void fixture_deny(struct fixture *t, unsigned n, struct effect_row *effects,
		  size_t n_effects);

void fixture_probe(struct fixture *t, int64_t now_ms, int64_t forget_before_ms);

/* How many there are; the rows are in the fixture. */
size_t fixture_open(struct fixture *t, const char *after, size_t max);
size_t fixture_due(struct fixture *t, int64_t until_ms, size_t max);
size_t fixture_of(struct fixture *t, const char *team, const char *user, size_t max);
size_t fixture_effects(struct fixture *t, int64_t after, size_t max);

/* Free the payloads of the last fixture_effects(). */
void fixture_free(struct fixture *t);

/* The id of number n. Good for the next three calls, too. */
const char *fixture_id(unsigned n);

#endif
