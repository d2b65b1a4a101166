/* SPDX-License-Identifier: Apache-2.0 */
/* Ids sort by the order of their making, whatever the clock does. */
#include "tests/lib/test.h"

#include "shared/ulid.h"

#define NOW INT64_C(1768469462417)

static void the_time_is_in_front(void **state)
{
	struct ulid_source src = { 0 };
	char id[ULID_SIZE];

	(void)state;
	ulid_make(&src, NOW, id);
	assert_true(ulid_is(id));
	assert_memory_equal(id, "01KF0FWZCH", 10);
}

static void ids_of_one_millisecond_are_in_order(void **state)
{
	struct ulid_source src = { 0 };
	char last[ULID_SIZE], id[ULID_SIZE];

	(void)state;
	ulid_make(&src, NOW, last);
	for (int i = 0; i < 5000; i++) {
		ulid_make(&src, NOW, id);
		assert_true(strcmp(last, id) < 0);
		assert_memory_equal(last, id, 10);
		memcpy(last, id, sizeof(last));
	}
}

static void a_clock_that_goes_back_does_not_take_them_along(void **state)
{
	struct ulid_source src = { 0 };
	char a[ULID_SIZE], b[ULID_SIZE], c[ULID_SIZE];

	(void)state;
	ulid_make(&src, NOW, a);
	ulid_make(&src, NOW - 3600000, b);
	ulid_make(&src, NOW + 1, c);
	assert_true(strcmp(a, b) < 0);
	assert_true(strcmp(b, c) < 0);
}

static void random_bits_that_run_over_go_into_the_next_millisecond(void **state)
{
	struct ulid_source src = { .last_ms = NOW };
	char a[ULID_SIZE], b[ULID_SIZE];

	(void)state;
	memset(src.random, 0xff, sizeof(src.random));
	src.random[9] = 0xfe;
	ulid_make(&src, NOW, a);
	assert_string_equal(a + 10, "ZZZZZZZZZZZZZZZZ");
	ulid_make(&src, NOW, b);
	assert_true(strcmp(a, b) < 0);
	assert_int_equal(src.last_ms, NOW + 1);
}

static void two_sources_do_not_meet(void **state)
{
	struct ulid_source one = { 0 }, two = { 0 };
	char a[ULID_SIZE], b[ULID_SIZE];

	(void)state;
	ulid_make(&one, NOW, a);
	ulid_make(&two, NOW, b);
	assert_memory_equal(a, b, 10);
	assert_string_not_equal(a + 10, b + 10);
}

static void times_out_of_range_still_give_ids(void **state)
{
	struct ulid_source src = { 0 };
	char id[ULID_SIZE];

	(void)state;
	ulid_make(&src, -5, id);
	assert_true(ulid_is(id));
	ulid_make(&src, INT64_MAX, id);
	assert_true(ulid_is(id));
	assert_memory_equal(id, "7ZZZZZZZZZ", 10);
}

static void other_text_is_no_id(void **state)
{
	(void)state;
	assert_true(ulid_is("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
	assert_true(ulid_is("7ZZZZZZZZZZZZZZZZZZZZZZZZZ"));
	assert_false(ulid_is("8ZZZZZZZZZZZZZZZZZZZZZZZZZ")); /* 130 bits */
	assert_false(ulid_is("01ARZ3NDEKTSV4RRFFQ69G5FA"));
	assert_false(ulid_is("01ARZ3NDEKTSV4RRFFQ69G5FAVV"));
	assert_false(ulid_is("01arz3ndektsv4rrffq69g5fav"));
	assert_false(ulid_is("01ARZ3NDEKTSV4RRFFQ69G5FAU"));
	assert_false(ulid_is("01ARZ3NDEKTSV4RRFFQ69G5FA'"));
	assert_false(ulid_is(""));
	assert_false(ulid_is(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_time_is_in_front),
		cmocka_unit_test(ids_of_one_millisecond_are_in_order),
		cmocka_unit_test(a_clock_that_goes_back_does_not_take_them_along),
		cmocka_unit_test(random_bits_that_run_over_go_into_the_next_millisecond),
		cmocka_unit_test(two_sources_do_not_meet),
		cmocka_unit_test(times_out_of_range_still_give_ids),
		cmocka_unit_test(other_text_is_no_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
