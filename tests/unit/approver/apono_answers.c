/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts are remembered for a minute, and no more of them than fit. */
#include "approver/apono_answers.h"

#include <stdio.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

enum { NOW = 1000 };

static const uint8_t *digest(unsigned n)
{
	static uint8_t bytes[SIG_SIZE];

	memcpy(bytes, &n, sizeof(n));
	return bytes;
}

static int set_up(void **state)
{
	*state = apono_answers_create();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	apono_answers_destroy(*state);
	return 0;
}

static void what_was_said_is_said_again_for_a_minute(void **state)
{
	struct apono_answers *all = *state;

	assert_null(apono_answers_find(all, digest(0), NOW));
	apono_answers_add(all, digest(1), "one", NOW);
	assert_string_equal(apono_answers_find(all, digest(1), NOW), "one");
	assert_string_equal(
		apono_answers_find(all, digest(1), NOW + APONO_ANSWERS_MS - 1), "one");
	assert_null(apono_answers_find(all, digest(1), NOW + APONO_ANSWERS_MS));
	assert_null(apono_answers_find(all, digest(2), NOW));
	apono_answers_add(all, digest(1), "two", NOW + APONO_ANSWERS_MS);
	assert_string_equal(apono_answers_find(all, digest(1), NOW + APONO_ANSWERS_MS),
			    "two");
}

static void the_oldest_makes_room(void **state)
{
	struct apono_answers *all = *state;
	char text[16];

	for (unsigned i = 0; i <= APONO_ANSWERS_MAX; i++) {
		snprintf(text, sizeof(text), "%u", i);
		apono_answers_add(all, digest(i), text, NOW);
	}
	assert_null(apono_answers_find(all, digest(0), NOW));
	assert_string_equal(apono_answers_find(all, digest(1), NOW), "1");
	assert_string_equal(apono_answers_find(all, digest(APONO_ANSWERS_MAX), NOW),
			    "256");
}

static void all_can_be_forgotten(void **state)
{
	struct apono_answers *all = *state;

	apono_answers_add(all, digest(1), "one", NOW);
	apono_answers_clear(all);
	assert_null(apono_answers_find(all, digest(1), NOW));
	apono_answers_add(all, digest(1), "two", NOW);
	assert_string_equal(apono_answers_find(all, digest(1), NOW), "two");
	apono_answers_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)
		TEST(what_was_said_is_said_again_for_a_minute),
		TEST(the_oldest_makes_room),
		TEST(all_can_be_forgotten),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
