/* SPDX-License-Identifier: Apache-2.0 */
/* Waits double up to a cap, are spread, and obey the other side. */
#include "tests/lib/test.h"

#include "accessd/types.h"
#include "shared/retry.h"

static const struct retry usual = { .first_ms = 1000, .max_ms = 30000, .tries = 10 };

static struct fail failed(enum fail_kind kind, uint32_t retry_after_s)
{
	return (struct fail){ .kind = kind, .retry_after_s = retry_after_s };
}

static void waits_double_up_to_the_cap(void **state)
{
	static const int64_t most[] = { 1000,  2000,  4000,  8000, 16000,
					30000, 30000, 30000, 30000 };
	struct fail f = failed(FAIL_TIMEOUT, 0);

	(void)state;
	for (unsigned i = 0; i < ARRAY_LEN(most); i++) {
		assert_int_equal(retry_wait_ms(&usual, &f, i + 1, UINT32_MAX), most[i]);
		assert_int_equal(retry_wait_ms(&usual, &f, i + 1, 0), most[i] / 2);
	}
}

static void the_dice_spread_over_the_upper_half(void **state)
{
	struct fail f = failed(FAIL_BUSY, 0);
	int64_t last = 0;

	(void)state;
	for (uint32_t dice = 0; dice < UINT32_MAX - 1000000; dice += 1000000) {
		int64_t wait = retry_wait_ms(&usual, &f, 3, dice);

		assert_true(wait >= 2000 && wait <= 4000 && wait >= last);
		last = wait;
	}
}

static void it_gives_up_after_so_many_or_never(void **state)
{
	struct fail f = failed(FAIL_TIMEOUT, 0);
	struct retry forever = usual;

	(void)state;
	assert_true(retry_wait_ms(&usual, &f, 9, 0) > 0);
	assert_int_equal(retry_wait_ms(&usual, &f, 10, 0), RETRY_NEVER);
	assert_int_equal(retry_wait_ms(&usual, &f, 11, 0), RETRY_NEVER);
	forever.tries = 1;
	assert_int_equal(retry_wait_ms(&forever, &f, 1, 0), RETRY_NEVER);
	forever.tries = 0;
	assert_int_equal(retry_wait_ms(&forever, &f, UINT32_MAX, UINT32_MAX), 30000);
}

static void what_cannot_help_is_not_tried(void **state)
{
	struct retry twice_is_fine = usual;

	(void)state;
	for (int k = 0; k < FAIL_MAX; k++) {
		struct fail f = failed((enum fail_kind)k, 5);
		bool again = retry_wait_ms(&usual, &f, 1, 0) != RETRY_NEVER;

		assert_row(again == fail_retryable(f.kind), k, fail_word(f.kind));
	}
	twice_is_fine.uncertain = true;
	assert_true(retry_wait_ms(&twice_is_fine,
				  &(struct fail){ .kind = FAIL_UNCERTAIN }, 1, 0) > 0);
	assert_int_equal(retry_wait_ms(&twice_is_fine,
				       &(struct fail){ .kind = FAIL_DENIED }, 1, 0),
			 RETRY_NEVER);
}

static void a_retry_after_is_waited_in_full(void **state)
{
	struct fail f = failed(FAIL_BUSY, 45);

	(void)state;
	assert_int_equal(retry_wait_ms(&usual, &f, 1, 0), 45000);
	f.retry_after_s = 1;
	assert_int_equal(retry_wait_ms(&usual, &f, 6, UINT32_MAX), 30000);
	/* A day, whatever they say. */
	f.retry_after_s = UINT32_MAX;
	assert_int_equal(retry_wait_ms(&usual, &f, 1, 0), 86400000);
}

static void the_largest_numbers_do_not_overflow(void **state)
{
	struct retry r = { .first_ms = INT64_MAX, .max_ms = INT64_MAX };
	struct fail f = failed(FAIL_BUSY, 0);
	int64_t wait;

	(void)state;
	wait = retry_wait_ms(&r, &f, 1, UINT32_MAX / 2);
	assert_true(wait >= INT64_MAX / 2);
	r.first_ms = 1;
	assert_true(retry_wait_ms(&r, &f, UINT32_MAX, 1) >= INT64_MAX / 2);
	assert_true(retry_wait_ms(&r, &f, UINT32_MAX, UINT32_MAX) > 0);
	r = (struct retry){ 0 };
	assert_int_equal(retry_wait_ms(&r, &f, UINT32_MAX, UINT32_MAX), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_double_up_to_the_cap),
		cmocka_unit_test(the_dice_spread_over_the_upper_half),
		cmocka_unit_test(it_gives_up_after_so_many_or_never),
		cmocka_unit_test(what_cannot_help_is_not_tried),
		cmocka_unit_test(a_retry_after_is_waited_in_full),
		cmocka_unit_test(the_largest_numbers_do_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
