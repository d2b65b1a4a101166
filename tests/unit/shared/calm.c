/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines that strangers can cause. */
#include "shared/calm.h"

#include "tests/lib/test.h"

static void the_first_is_said_then_one_a_minute(void **state)
{
	struct calm c = { 0 };
	int64_t n = 0;

	(void)state;
	assert_true(calm_may(&c, 5, &n));
	assert_int_equal(n, 1);
	for (int i = 0; i < 1000; i++) {
		assert_false(calm_may(&c, 5 + i, &n));
	}
	assert_false(calm_may(&c, 5 + CALM_MS - 1, &n));
	assert_true(calm_may(&c, 5 + CALM_MS, &n));
	assert_int_equal(n, 1002);
	assert_false(calm_may(&c, 5 + CALM_MS, &n));
	assert_true(calm_may(&c, 5 + 9 * (int64_t)CALM_MS, &n));
	assert_int_equal(n, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_is_said_then_one_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
