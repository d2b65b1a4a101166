/* SPDX-License-Identifier: Apache-2.0 */
/* The heap of timers: a thousand of them, started, moved and cancelled at random. */
#include "shared/loop_timers.h"

#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

enum { MANY = 1000 };

struct fixture {
	struct timers timers;
	struct loop_timer all[MANY];
	const struct loop_timer *fired[MANY];
	unsigned n;
};

static struct fixture *running; /* whose timers fire */

static void on_timer(struct loop_timer *t)
{
	assert_int_equal(t->slot, 0);
	assert_in_range(running->n, 0, MANY - 1);
	running->fired[running->n++] = t;
}

static void put(struct fixture *t, int i)
{
	t->all[i].cb = on_timer;
	timers_put(&t->timers, &t->all[i], rand() % 500);
}

static void a_thousand_timers_stay_in_order(void **state)
{
	static struct fixture t;
	unsigned left = 0;

	(void)state;
	running = &t;
	srand(7);
	for (int i = 0; i < MANY; i++) {
		put(&t, i);
	}
	for (int i = 0; i < MANY; i += 3) {
		timers_take(&t.timers, &t.all[i]);
	}
	for (int i = 1; i < MANY; i += 7) {
		put(&t, i); /* some are running, some are not */
	}
	for (int i = 0; i < MANY; i++) {
		left += t.all[i].slot > 0;
	}
	assert_int_equal(timers_run(&t.timers, 499), left);
	assert_int_equal(t.n, left);
	assert_int_equal(timers_next(&t.timers), -1);
	for (unsigned i = 1; i < t.n; i++) {
		const struct loop_timer *a = t.fired[i - 1];
		const struct loop_timer *b = t.fired[i];

		assert_true(a->at_ms < b->at_ms ||
			    (a->at_ms == b->at_ms && a->seq < b->seq));
	}
	timers_finish(&t.timers);
}

static void the_next_one_is_the_earliest(void **state)
{
	struct timers ts = { 0 };
	struct loop_timer a = { .cb = on_timer };
	struct loop_timer b = { .cb = on_timer };

	(void)state;
	assert_int_equal(timers_next(&ts), -1);
	timers_put(&ts, &a, 20);
	timers_put(&ts, &b, 10);
	assert_int_equal(timers_next(&ts), 10);
	timers_put(&ts, &b, 30);
	assert_int_equal(timers_next(&ts), 20);
	assert_int_equal(timers_run(&ts, 19), 0);
	timers_finish(&ts);
	assert_int_equal(a.slot, 0); /* stopped */
	assert_int_equal(b.slot, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_thousand_timers_stay_in_order),
		cmocka_unit_test(the_next_one_is_the_earliest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
