/* SPDX-License-Identifier: Apache-2.0 */
/* What the target says is in force, against the ledger: what had ended is taken back once
 * more, what is not there is said, and nobody else is touched. */
#include <stdio.h>
#include <string.h>

#include "shared/loop.h"
#include "shared/text.h"
#include "tests/lib/grants_test.h"
#include "tests/lib/test.h"

enum { SECOND = 1000, MINUTE = 60 * 1000, QUARTER = 15 * MINUTE + SECOND };

static struct grants_test t;

static int set_up(void **state)
{
	(void)state;
	grants_open(&t, NULL);
	t.target.prompt = true;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	grants_close(&t);
	return 0;
}

static void pass(int64_t ms)
{
	fake_clock_advance(&t.clock, ms);
	for (int i = 0; i < 4; i++) {
		grants_settle(&t);
	}
}

static void look(void)
{
	size_t before = t.target.lists;

	for (int i = 0; i < 3 && t.target.lists == before; i++) {
		pass(QUARTER);
	}
	for (int i = 0; i < 6; i++) {
		pass(SECOND);
	}
	assert_true(t.target.lists > before);
}

static void differs(size_t left, size_t missing, size_t unknown)
{
	struct approver_health h;

	approver_health(t.approver, &h);
	assert_int_equal(h.left, left);
	assert_int_equal(h.missing, missing);
	assert_int_equal(h.unknown, unknown);
	assert_int_equal(*h.differs_first != '\0', left + missing + unknown > 0);
}

/* Somebody over there changes it by hand. */
static void by_hand(const char *user, const char *target, bool has)
{
	for (size_t i = 0; i < t.target.n_holds; i++) {
		if (strcmp(t.target.holds[i].user, user) == 0 &&
		    strcmp(t.target.holds[i].target, target) == 0) {
			t.target.holds[i].has = has;
			t.target.holds[i].until_ms = 1;
			return;
		}
	}
	text_copy(t.target.holds[t.target.n_holds].user, VENDOR_ID_SIZE, user);
	text_copy(t.target.holds[t.target.n_holds].target, NAME_SIZE, target);
	t.target.holds[t.target.n_holds].until_ms = 1;
	t.target.holds[t.target.n_holds++].has = has;
}

static void what_is_as_it_should_be_is_left_alone(void **state)
{
	(void)state;
	grants_add(&t, "U0ANA0001", "g1", 7200);
	pass(SECOND);
	look();
	differs(0, 0, 0);
	assert_int_equal(t.target.grants, 1);
	assert_int_equal(t.target.revokes, 0);
}

static void what_had_ended_is_taken_back_once_more(void **state)
{
	(void)state;
	grants_add(&t, "U0ANA0001", "g1", 60);
	pass(SECOND);
	pass(2 * MINUTE);
	pass(SECOND);
	assert_false(fake_target_has(&t.target, "U0ANA0001", "g1"));
	by_hand("U0ANA0001", "g1", true);
	look();
	differs(1, 0, 0);
	assert_false(fake_target_has(&t.target, "U0ANA0001", "g1"));
	assert_int_equal(t.target.revokes, 2);
	assert_int_equal(t.said[NOTICE_ENDED], 1);
	assert_int_equal(grants_sql(&t, "SELECT count(*) FROM audit WHERE data LIKE "
					"'%\"what\":\"found\"%'"),
			 1);
	look();
	differs(0, 0, 0);
	assert_int_equal(t.target.revokes, 2);
}

/* Each look makes one try: nothing new waits behind it. */
static void a_target_that_fails_is_asked_again_at_the_next_look(void **state)
{
	const struct fail busy = { .kind = FAIL_BUSY, .msg = "fake: busy" };

	(void)state;
	grants_add(&t, "U0ANA0001", "g1", 60);
	pass(SECOND);
	pass(2 * MINUTE);
	pass(SECOND);
	by_hand("U0ANA0001", "g1", true);
	t.target.prompt = false;
	look();
	assert_int_equal(t.target.n, 1);
	fake_target_answer(&t.target, 0, false, &busy);
	pass(SECOND);
	assert_int_equal(grants_sql(&t, "SELECT count(*) FROM effect WHERE state = "
					"'pending' AND queue <> ''"),
			 0);
	t.target.prompt = true;
	look();
	assert_false(fake_target_has(&t.target, "U0ANA0001", "g1"));
}

static void what_is_not_there_is_said_and_no_more(void **state)
{
	(void)state;
	grants_add(&t, "U0ANA0001", "g1", 7200);
	pass(2 * MINUTE);
	by_hand("U0ANA0001", "g1", false);
	look();
	differs(0, 1, 0);
	assert_int_equal(t.target.grants, 1);
	by_hand("U0ANA0001", "g1", true);
	look();
	differs(0, 0, 0);
}

/* Members of the group for other reasons; and of those, one who had a grant once. */
static void nobody_else_is_touched(void **state)
{
	(void)state;
	grants_add(&t, "U0BOB0001", "g1", 60);
	pass(SECOND);
	pass(2 * MINUTE);
	pass(SECOND);
	by_hand("U0CARA001", "g1", true);
	by_hand("U0BOB0001", "g1", true);
	for (size_t i = 0; i < t.target.n_holds; i++) {
		t.target.holds[i].grant[0] = '\0';
	}
	look();
	differs(0, 0, 0);
	assert_int_equal(t.target.revokes, 1);
	assert_true(fake_target_has(&t.target, "U0CARA001", "g1"));
	assert_true(fake_target_has(&t.target, "U0BOB0001", "g1"));
}

static void a_grant_that_nobody_knows_is_said(void **state)
{
	(void)state;
	by_hand("U0CARA001", "g2", true);
	text_copy(t.target.holds[0].grant, ULID_SIZE, "01J8ZK00000000000000000099");
	look();
	differs(0, 0, 1);
	assert_int_equal(t.target.revokes, 0);
}

/* The target was told of the first grant only; the second keeps the access alive. */
static void the_second_of_one_access_is_there_by_the_first(void **state)
{
	(void)state;
	t.target.only_grants = true;
	grants_add(&t, "U0ANA0001", "g1", 60);
	pass(SECOND);
	grants_add(&t, "U0ANA0001", "g1", 7200);
	pass(2 * MINUTE);
	pass(SECOND);
	look();
	differs(0, 0, 0);
	assert_int_equal(t.target.revokes, 0);
	assert_true(fake_target_has(&t.target, "U0ANA0001", "g1"));
}

static void a_list_that_does_not_come_says_nothing(void **state)
{
	(void)state;
	grants_add(&t, "U0ANA0001", "g1", 7200);
	pass(2 * MINUTE);
	by_hand("U0ANA0001", "g1", false);
	fail_set(&t.target.list_fail, FAIL_BUSY, "fake: busy");
	look();
	differs(0, 0, 0);
}

/* What moves while the target is asked is looked at the next time. */
static void what_has_just_moved_is_not_compared(void **state)
{
	size_t lists;

	(void)state;
	look();
	lists = t.target.lists;
	pass(14 * MINUTE);
	grants_add(&t, "U0ANA0001", "g1", 7200);
	pass(SECOND);
	by_hand("U0ANA0001", "g1", false);
	pass(54 * SECOND);
	pass(SECOND);
	assert_true(t.target.lists > lists);
	differs(0, 0, 0);
	look();
	differs(0, 1, 0);
}

static void a_restart_in_the_middle_leaves_nothing_behind(void **state)
{
	(void)state;
	grants_add(&t, "U0ANA0001", "g1", 60);
	pass(SECOND);
	pass(2 * MINUTE);
	by_hand("U0ANA0001", "g1", true);
	fake_clock_advance(&t.clock, QUARTER);
	loop_run_once(t.loop);
	grants_restart(&t);
	look();
	assert_false(fake_target_has(&t.target, "U0ANA0001", "g1"));
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	static const struct CMUnitTest tests[] = {
		STORY(what_is_as_it_should_be_is_left_alone),
		STORY(what_had_ended_is_taken_back_once_more),
		STORY(a_target_that_fails_is_asked_again_at_the_next_look),
		STORY(what_is_not_there_is_said_and_no_more),
		STORY(nobody_else_is_touched),
		STORY(a_grant_that_nobody_knows_is_said),
		STORY(the_second_of_one_access_is_there_by_the_first),
		STORY(a_list_that_does_not_come_says_nothing),
		STORY(what_has_just_moved_is_not_compared),
		STORY(a_restart_in_the_middle_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
