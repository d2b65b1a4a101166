/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/seen.h"

#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

enum { MAX = 24, KINDS = 64, STEPS = 60000 };

/* Digests that share a home, so that they push each other on. */
static void digest_make(unsigned n, uint8_t ret_d[SEEN_DIGEST_SIZE])
{
	memset(ret_d, 0, SEEN_DIGEST_SIZE);
	ret_d[0] = (uint8_t)(n % 8);
	ret_d[SEEN_DIGEST_SIZE - 1] = (uint8_t)n;
}

static void what_was_seen_is_known_until_its_time_is_over(void **state)
{
	struct seen *s = seen_create(MAX);
	uint8_t d[SEEN_DIGEST_SIZE];

	(void)state;
	assert_non_null(s);
	digest_make(1, d);
	assert_int_equal(seen_add(s, d, 100, 200), SEEN_NEW);
	assert_int_equal(seen_add(s, d, 100, 200), SEEN_BEFORE);
	assert_int_equal(seen_add(s, d, 199, 300), SEEN_BEFORE);
	assert_int_equal(seen_add(s, d, 200, 300), SEEN_NEW);
	assert_int_equal(seen_count(s), 1);
	seen_remove(s, d);
	seen_remove(s, d);
	assert_int_equal(seen_count(s), 0);
	assert_int_equal(seen_add(s, d, 200, 300), SEEN_NEW);
	seen_destroy(s);
	seen_destroy(NULL);
}

static void a_full_table_says_so_and_takes_what_comes_when_there_is_room(void **state)
{
	struct seen *s = seen_create(MAX);
	uint8_t d[SEEN_DIGEST_SIZE];

	(void)state;
	for (unsigned i = 0; i < MAX; i++) {
		digest_make(i, d);
		assert_int_equal(seen_add(s, d, 0, 100 + i), SEEN_NEW);
	}
	digest_make(MAX, d);
	assert_int_equal(seen_add(s, d, 99, 500), SEEN_FULL);
	assert_int_equal(seen_add(s, d, 100, 500), SEEN_NEW); /* the first is over */
	digest_make(MAX + 1, d);
	assert_int_equal(seen_add(s, d, 100, 500), SEEN_FULL);
	digest_make(5, d);
	seen_remove(s, d);
	digest_make(MAX + 1, d);
	assert_int_equal(seen_add(s, d, 100, 500), SEEN_NEW);
	seen_destroy(s);
}

/* --- against a list that is looked through ------------------------------------------ */

struct model {
	int64_t until_ms[KINDS]; /* 0: not there */
};

static size_t alive(const struct model *m, int64_t now_ms)
{
	size_t n = 0;

	for (size_t i = 0; i < KINDS; i++) {
		n += m->until_ms[i] > now_ms;
	}
	return n;
}

static enum seen_result model_add(struct model *m, unsigned n, int64_t now_ms,
				  int64_t until_ms)
{
	if (m->until_ms[n] > now_ms) {
		return SEEN_BEFORE;
	}
	if (alive(m, now_ms) >= MAX) {
		return SEEN_FULL;
	}
	m->until_ms[n] = until_ms;
	return SEEN_NEW;
}

/* What is over may stand in the table for a while: it may be said to be full then, but
 * never "new" of what is alive, nor "before" of what is not. */
static void it_does_as_a_list_would(void **state)
{
	struct seen *s = seen_create(MAX);
	struct model m = { 0 };
	unsigned dice = 12345;
	int64_t now_ms = 1;

	(void)state;
	for (size_t i = 0; i < STEPS; i++) {
		uint8_t d[SEEN_DIGEST_SIZE];
		unsigned n;

		dice = dice * 1664525u + 1013904223u;
		n = dice >> 8 & (KINDS - 1);
		digest_make(n, d);
		now_ms += dice >> 20 & 3;
		if ((dice >> 28) == 0) {
			seen_remove(s, d);
			m.until_ms[n] = 0;
			continue;
		}
		int64_t until_ms = now_ms + 1 + (dice >> 16 & 31);
		enum seen_result want = model_add(&m, n, now_ms, until_ms);

		assert_row(seen_add(s, d, now_ms, until_ms) == want, i, "step");
		assert_row(seen_count(s) >= alive(&m, now_ms) && seen_count(s) <= MAX, i,
			   "count");
	}
	seen_destroy(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_seen_is_known_until_its_time_is_over),
		cmocka_unit_test(
			a_full_table_says_so_and_takes_what_comes_when_there_is_room),
		cmocka_unit_test(it_does_as_a_list_would),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
