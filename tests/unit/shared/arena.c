/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/test.h"

#include <stdint.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/arena.h"

/* Sizes around the borders of pieces and blocks; each piece is filled with its number. */
static const size_t sizes[] = {
	1,     7,     8,      15,     16,     17, 100, 4096, 32767,
	32768, 32769, 100000, 262144, 262145, 1,  0,   3,
};

enum { ROUNDS = 40 };

static void pieces_are_aligned_and_keep_apart(void **state)
{
	static char *pieces[ROUNDS][ARRAY_LEN(sizes)];
	struct arena a = { 0 };

	(void)state;
	for (size_t r = 0; r < ROUNDS; r++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			pieces[r][i] = arena_take(&a, sizes[i]);
			assert_non_null(pieces[r][i]);
			assert_int_equal((uintptr_t)pieces[r][i] % _Alignof(max_align_t),
					 0);
			memset(pieces[r][i], (int)(r + i), sizes[i]);
		}
	}
	for (size_t r = 0; r < ROUNDS; r++) {
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			for (size_t n = 0; n < sizes[i]; n++) {
				assert_int_equal(pieces[r][i][n], (char)(r + i));
			}
		}
	}
	arena_finish(&a);
}

static void too_much_is_none(void **state)
{
	struct arena a = { 0 };

	(void)state;
	assert_null(arena_take(&a, SIZE_MAX));
	assert_null(arena_take(&a, SIZE_MAX - 8));
	assert_non_null(arena_take(&a, 1));
	arena_finish(&a);
	arena_finish(&a);
	assert_non_null(arena_take(&a, 1));
	arena_finish(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pieces_are_aligned_and_keep_apart),
		cmocka_unit_test(too_much_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
