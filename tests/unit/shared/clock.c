/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's clocks, and the one that tests turn. */
#include "tests/lib/test.h"

#include "accessd/clock.h"
#include "tests/lib/fake_clock.h"

static void the_machine_has_the_time(void **state)
{
	const struct clock *c = clock_system();
	int64_t mono = clock_mono_ms(c);

	(void)state;
	/* Between 2024 and 2100: milliseconds, not seconds or microseconds. */
	assert_true(clock_wall_ms(c) > 1704067200000 && clock_wall_ms(c) < 4102444800000);
	assert_true(mono > 0);
	assert_true(clock_mono_ms(c) >= mono);
	assert_ptr_equal(c, clock_system());
}

static void a_fake_clock_moves_when_told(void **state)
{
	struct fake_clock fc;
	int64_t mono;

	(void)state;
	fake_clock_init(&fc, 1000);
	mono = clock_mono_ms(&fc.clock);
	assert_int_equal(clock_wall_ms(&fc.clock), 1000);
	fake_clock_advance(&fc, 250);
	assert_int_equal(clock_wall_ms(&fc.clock), 1250);
	assert_int_equal(clock_mono_ms(&fc.clock), mono + 250);
	fake_clock_jump_wall(&fc, -3600000);
	assert_int_equal(clock_wall_ms(&fc.clock), 1250 - 3600000);
	assert_int_equal(clock_mono_ms(&fc.clock), mono + 250);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_machine_has_the_time),
		cmocka_unit_test(a_fake_clock_moves_when_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
