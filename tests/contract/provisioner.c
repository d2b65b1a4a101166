/* SPDX-License-Identifier: Apache-2.0 */
/* What every provisioner must do, whatever is behind it: a grant and a revoke are done, or
 * refused, or to be tried again, or of unknown outcome; a call that is cancelled is not
 * answered; nothing blocks the loop. One suite, run for each kind, the tests' own too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/lib/provisioner_test.h"
#include "tests/lib/test.h"

static void a_grant_and_its_end_are_done(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_DO);
	assert_int_equal(provisioner_do(t, PROVISION_GRANT), FAIL_NONE);
	t->kind->will(t, WILL_DO);
	assert_int_equal(provisioner_do(t, PROVISION_REVOKE), FAIL_NONE);
}

/* As often as one likes. */
static void a_later_end_is_told(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_DO);
	assert_int_equal(provisioner_do(t, PROVISION_GRANT), FAIL_NONE);
	t->what.expires_ms += 3600000;
	assert_int_equal(provisioner_do(t, PROVISION_EXTEND), FAIL_NONE);
	assert_int_equal(provisioner_do(t, PROVISION_EXTEND), FAIL_NONE);
	assert_int_equal(provisioner_do(t, PROVISION_REVOKE), FAIL_NONE);
}

static void it_never_answers_before_the_call_has_returned(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_DO);
	provisioner_start(t, PROVISION_GRANT);
	assert_false(t->done);
	assert_true(provisioner_wait(t));
}

static void what_is_refused_says_why(void **state)
{
	struct provisioner_test *t = *state;

	assert_true(t->kind->will(t, WILL_REFUSE));
	provisioner_do(t, PROVISION_GRANT);
	assert_false(fail_retryable(t->fail.kind));
	assert_int_not_equal(t->fail.kind, FAIL_NONE);
	assert_int_not_equal(t->fail.kind, FAIL_UNCERTAIN);
	assert_has(t->fail.msg, "target: ");
	assert_has(t->fail.msg, "no such user");
}

static void what_may_work_later_is_to_be_tried_again(void **state)
{
	struct provisioner_test *t = *state;

	assert_true(t->kind->will(t, WILL_FAIL));
	provisioner_do(t, PROVISION_GRANT);
	assert_true(fail_retryable(t->fail.kind));
	t->kind->will(t, WILL_DO);
	assert_int_equal(provisioner_do(t, PROVISION_GRANT), FAIL_NONE);
}

static void a_target_that_is_not_there_did_nothing(void **state)
{
	struct provisioner_test *t = *state;

	assert_true(t->kind->will(t, WILL_BE_GONE));
	provisioner_do(t, PROVISION_GRANT);
	assert_true(t->fail.kind == FAIL_BUSY || t->fail.kind == FAIL_TIMEOUT);
}

static void what_is_not_answered_in_time_is_of_unknown_outcome(void **state)
{
	struct provisioner_test *t = *state;

	assert_true(t->kind->will(t, WILL_HANG));
	provisioner_start(t, PROVISION_GRANT);
	assert_true(provisioner_arrived(t));
	fake_clock_advance(&t->clock, PROVISIONER_TIMEOUT_MS + 1);
	assert_true(provisioner_wait(t));
	assert_int_equal(t->fail.kind, FAIL_UNCERTAIN);
}

static void what_is_cancelled_is_not_answered(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_HANG);
	provisioner_start(t, PROVISION_GRANT);
	provisioner_arrived(t);
	t->p->ops->cancel(t->p, &t->call);
	fake_clock_advance(&t->clock, PROVISIONER_TIMEOUT_MS + 1);
	provisioner_settle(t);
	assert_false(t->done);
}

static void many_at_once_are_all_answered(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_DO);
	assert_int_equal(provisioner_do_many(t, 12), 12);
}

/* --- what is in force ------------------------------------------------------------------ */

static size_t in_force(struct provisioner_test *t)
{
	size_t n;

	provisioner_ask(t);
	assert_false(t->done);
	assert_true(provisioner_wait(t));
	assert_int_equal(t->fail.kind, FAIL_NONE);
	n = t->list.n;
	if (n > 0) {
		assert_string_equal(t->list.rows[0].user, "U0ANA0001");
	}
	free(t->list.rows);
	return n;
}

static void what_is_granted_is_in_force_until_its_end(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_DO);
	assert_int_equal(in_force(t), 0);
	provisioner_do(t, PROVISION_GRANT);
	assert_int_equal(in_force(t), 1);
	assert_int_equal(in_force(t), 1); /* to ask changes nothing */
	provisioner_do(t, PROVISION_REVOKE);
	assert_int_equal(in_force(t), 0);
}

static void a_list_that_does_not_come_is_no_list(void **state)
{
	static const enum will wills[] = { WILL_FAIL, WILL_REFUSE, WILL_BE_GONE };
	struct provisioner_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(wills); i++) {
		t->kind->will(t, wills[i]);
		provisioner_ask(t);
		assert_true(provisioner_wait(t));
		assert_int_not_equal(t->fail.kind, FAIL_NONE);
		assert_has(t->fail.msg, "target: ");
		assert_null(t->list.rows);
	}
}

static void a_question_that_is_cancelled_is_not_answered(void **state)
{
	struct provisioner_test *t = *state;

	t->kind->will(t, WILL_HANG);
	provisioner_ask(t);
	t->p->ops->list_cancel(t->p, &t->list);
	fake_clock_advance(&t->clock, PROVISIONER_TIMEOUT_MS + 1);
	provisioner_settle(t);
	assert_false(t->done);
}

/* Of kinds whose targets can say what is in force. */
#define LISTS(kind) \
	EACH(kind, what_is_granted_is_in_force_until_its_end), \
		EACH(kind, a_list_that_does_not_come_is_no_list), \
		EACH(kind, a_question_that_is_cancelled_is_not_answered)

/* What holds for one whose target cannot fail, too. */
#define ALWAYS(kind) \
	EACH(kind, a_grant_and_its_end_are_done), EACH(kind, a_later_end_is_told), \
		EACH(kind, it_never_answers_before_the_call_has_returned), \
		EACH(kind, what_is_cancelled_is_not_answered), \
		EACH(kind, many_at_once_are_all_answered)
#define SUITE(kind) \
	ALWAYS(kind), EACH(kind, what_is_refused_says_why), \
		EACH(kind, what_may_work_later_is_to_be_tried_again), \
		EACH(kind, a_target_that_is_not_there_did_nothing), \
		EACH(kind, what_is_not_answered_in_time_is_of_unknown_outcome)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE(test_command), SUITE(test_fake),
					    SUITE(test_indent),  ALWAYS(test_none),
					    LISTS(test_command), LISTS(test_fake) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
