/* SPDX-License-Identifier: Apache-2.0 */
/* A buffer never holds more than its cap, and never half of what was added. */
#include "tests/lib/test.h"

#include "shared/buf.h"

static void it_grows_and_stays_a_string(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100000);
	assert_string_equal(buf_str(&b), "");
	for (int i = 0; i < 10000; i++) {
		assert_true(buf_add_char(&b, (char)('a' + i % 26)));
	}
	assert_int_equal(b.len, 10000);
	assert_int_equal(strlen(buf_str(&b)), 10000);
	assert_int_equal(b.data[9999], 'a' + 9999 % 26);
	assert_false(b.over);
	buf_finish(&b);
}

static void the_cap_is_exact_and_nothing_is_added_by_halves(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	assert_true(buf_add(&b, "abc", 3));
	assert_false(buf_add(&b, "def", 3));
	assert_true(b.over);
	assert_string_equal(buf_str(&b), "abc");
	assert_false(buf_addf(&b, "%d", 123));
	assert_string_equal(buf_str(&b), "abc");
	assert_true(buf_add_str(&b, "de"));
	assert_false(buf_add_char(&b, 'f'));
	assert_string_equal(buf_str(&b), "abcde");
	assert_true(buf_add(&b, "", 0));
	buf_finish(&b);
}

static void a_cap_of_nothing_and_a_cap_of_everything(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_false(buf_add_char(&b, 'x'));
	assert_true(buf_add(&b, NULL, 0));
	buf_finish(&b);

	buf_init(&b, SIZE_MAX);
	assert_true(buf_add_str(&b, "x"));
	assert_false(buf_add(&b, "x", SIZE_MAX));
	assert_false(buf_add(&b, "x", SIZE_MAX - 1));
	assert_string_equal(buf_str(&b), "x");
	buf_finish(&b);
}

static void formats_go_in_whole(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_true(buf_addf(&b, "%s=%d;", "key", 5));
	assert_true(buf_addf(&b, "%0200d", 7));
	assert_int_equal(b.len, 6 + 200);
	assert_memory_equal(buf_str(&b), "key=5;000", 9);
	buf_finish(&b);
}

static void dropping_takes_from_the_front(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	buf_drop(&b, 3);
	buf_add_str(&b, "abcdef");
	buf_drop(&b, 2);
	assert_string_equal(buf_str(&b), "cdef");
	assert_true(buf_add_str(&b, "ghijkl"));
	assert_false(buf_add_char(&b, 'm'));
	buf_drop(&b, 99);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	buf_finish(&b);
}

static void clearing_and_finishing_leave_it_usable(void **state)
{
	struct buf b;
	const char *memory;

	(void)state;
	buf_init(&b, 3);
	buf_add_str(&b, "abc");
	buf_add_char(&b, 'd');
	memory = b.data;
	buf_clear(&b);
	assert_false(b.over);
	assert_string_equal(buf_str(&b), "");
	assert_int_equal(b.len, 0);
	assert_ptr_equal(b.data, memory);
	buf_finish(&b);
	assert_null(b.data);
	assert_true(buf_add_str(&b, "xyz"));
	assert_false(buf_add_char(&b, 'd'));
	buf_finish(&b);
	buf_finish(&b);
	buf_finish(NULL);
}

static void resting_keeps_little_memory_only(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	buf_add_str(&b, "abc");
	buf_rest(&b, 64);
	assert_non_null(b.data);
	assert_string_equal(buf_str(&b), "");
	buf_reserve(&b, 500);
	buf_rest(&b, 64);
	assert_null(b.data);
	assert_true(buf_add_str(&b, "xyz"));
	buf_finish(&b);
}

static void it_holds_bytes_too(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 10);
	assert_true(buf_add(&b, "a\0b", 3));
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b\0", 4);
	buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_and_stays_a_string),
		cmocka_unit_test(the_cap_is_exact_and_nothing_is_added_by_halves),
		cmocka_unit_test(a_cap_of_nothing_and_a_cap_of_everything),
		cmocka_unit_test(formats_go_in_whole),
		cmocka_unit_test(dropping_takes_from_the_front),
		cmocka_unit_test(clearing_and_finishing_leave_it_usable),
		cmocka_unit_test(resting_keeps_little_memory_only),
		cmocka_unit_test(it_holds_bytes_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
