/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who: entries of one person each, and a cap that spares those in use. */
#include "approver/people.h"

#include <stdio.h>

#include "shared/text.h"
#include "tests/lib/test.h"

static struct person person(unsigned i)
{
	struct person p = { 0 };

	snprintf(p.slack, sizeof(p.slack), "U%05u", i);
	text_copy(p.slack_team, sizeof(p.slack_team), "T1");
	return p;
}

static void an_entry_belongs_to_one_person_in_every_respect(void **state)
{
	struct people *all = people_create();
	struct person p = person(1);
	struct person other;
	struct who *w = people_get(all, &p);

	(void)state;
	assert_non_null(w);
	assert_ptr_equal(people_get(all, &p), w);
	assert_string_equal(w->why, "");
	for (size_t i = 0; i < 4; i++) {
		other = p;
		char *const texts[] = { other.slack_team, other.email, other.incidentio,
					other.pagerduty };

		texts[i][0] = 'X';
		assert_ptr_not_equal(people_get(all, &other), w);
	}
	assert_int_equal(people_count(all), 5);
	people_destroy(all);
	people_destroy(NULL);
}

static void when_it_is_full_those_in_use_stay(void **state)
{
	struct people *all = people_create();
	struct who *asked = NULL;
	struct who *read = NULL;

	(void)state;
	for (unsigned i = 0; i < PEOPLE_MAX; i++) {
		struct person p = person(i);
		struct who *w = people_get(all, &p);

		assert_non_null(w);
		asked = i == 7 ? w : asked;
		read = i == 4000 ? w : read;
	}
	asked->asks = 1;
	read->calls.running = true;
	assert_int_equal(people_count(all), PEOPLE_MAX);
	struct person more = person(PEOPLE_MAX);
	struct person seven = person(7);

	assert_non_null(people_get(all, &more));
	assert_int_equal(people_count(all), 3);
	assert_ptr_equal(people_get(all, &seven), asked);
	people_destroy(all);
}

static void when_all_are_in_use_there_is_no_room(void **state)
{
	struct people *all = people_create();
	struct person p;

	(void)state;
	for (unsigned i = 0; i < PEOPLE_MAX; i++) {
		p = person(i);
		people_get(all, &p)->asks = 1;
	}
	p = person(PEOPLE_MAX);
	assert_null(people_get(all, &p));
	p = person(1);
	assert_non_null(people_get(all, &p));
	people_destroy(all);
}

static void rows_of_another_user_are_not_theirs(void **state)
{
	static struct calls calls = { .rows = { { .level = 1 }, { .level = 2 } },
				      .n = 2,
				      .schedules = { { .start_ms = 7 } },
				      .n_schedules = 1 };
	struct people *all = people_create();
	struct person p = person(1);
	struct who *w = people_get(all, &p);

	(void)state;
	who_found(w, "P1", "");
	assert_true(who_called(w, &calls));
	assert_int_equal(w->n_on_call, 2);
	assert_int_equal(w->on_schedules[0].start_ms, 7);
	w->calls.there = true;
	who_found(w, "P1", "");
	assert_true(w->calls.there);
	who_found(w, "P2", "");
	assert_false(w->calls.there);
	calls.rows[0] = calls.rows[1];
	calls.n = 1;
	assert_true(who_called(w, &calls));
	assert_int_equal(w->n_on_call, 1);
	assert_int_equal(w->on_call[0].level, 2);
	calls.n = calls.n_schedules = 0;
	assert_true(who_called(w, &calls));
	assert_int_equal(w->n_on_call + w->n_on_schedules, 0);
	people_destroy(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_entry_belongs_to_one_person_in_every_respect),
		cmocka_unit_test(when_it_is_full_those_in_use_stay),
		cmocka_unit_test(when_all_are_in_use_there_is_no_room),
		cmocka_unit_test(rows_of_another_user_are_not_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
