/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do, whichever database is behind it: grants and effects. One
 * suite for memory: and for sqlite:. */
#include "tests/lib/ledger_fixture.h"

/* --- grants ---------------------------------------------------------------------- */

static void due_grants_come_soonest_first(void **state)
{
	struct fixture *t = *state;

	fixture_grant(t, 3, 300, "U0ANA0001");
	fixture_grant(t, 2, 100, "U0BOB0001");
	fixture_grant(t, 1, 300, "U0BOB0001");
	fixture_grant(t, 4, 200, "U0ANA0001");
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 4);
	assert_string_equal(t->grants[0].id, fixture_id(2));
	assert_string_equal(t->grants[1].id, fixture_id(4));
	assert_string_equal(t->grants[2].id, fixture_id(1));
	assert_string_equal(t->grants[3].id, fixture_id(3));
	assert_int_equal(fixture_due(t, 200, ROOM), 2);
	assert_int_equal(fixture_due(t, 99, ROOM), 0);
	assert_int_equal(fixture_due(t, INT64_MAX, 1), 1);
	assert_string_equal(t->grants[0].id, fixture_id(2));
}

static void a_closed_grant_is_closed_once(void **state)
{
	struct fixture *t = *state;
	struct effect_row e;

	fixture_grant(t, 1, 100, "U0ANA0001");
	ledger_effect(1, "{\"ended\":true}", &e);
	t->op = ledger_close(1, "INC-204 was resolved");
	t->op.grant_move.effects = &e;
	t->op.grant_move.n_effects = 1;
	assert_done(t);
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 0);
	assert_int_equal(fixture_of(t, "T0ACME001", "U0ANA0001", ROOM), 0);
	t->op = ledger_close(1, "again");
	t->op.grant_move.effects = &e;
	t->op.grant_move.n_effects = 1;
	assert_conflict(t, "is closed, not active");
	assert_int_equal(fixture_effects(t, 0, ROOM), 1);
	fixture_free(t);
	t->op = ledger_close(2, "never was");
	assert_conflict(t, "is not in the ledger");
}

static void the_grants_of_a_person_are_theirs_alone(void **state)
{
	struct fixture *t = *state;

	for (unsigned i = 1; i <= 5; i++) {
		fixture_grant(t, i, 1000 - i, "U0ANA0001");
	}
	fixture_grant(t, 6, 1, "U0BOB0001");
	assert_int_equal(fixture_of(t, "T0ACME001", "U0ANA0001", 3), 3);
	assert_int_equal(t->op.grants_of.total, 5);
	assert_string_equal(t->grants[0].id, fixture_id(5));
	assert_string_equal(t->grants[2].id, fixture_id(3));
	assert_int_equal(fixture_of(t, "T0ACME001", "U0BOB0001", ROOM), 1);
	assert_int_equal(fixture_of(t, "T0OTHER01", "U0ANA0001", ROOM), 0);
	assert_int_equal(t->op.grants_of.total, 0);
	assert_int_equal(fixture_of(t, "T0ACME001", "u0ana0001", ROOM), 0);
}

/* --- effects --------------------------------------------------------------------- */

static struct store_op effect_op(int64_t id, enum effect_state to)
{
	struct store_op op = { .kind = STORE_EFFECT_MOVE };

	op.effect_move.id = id;
	op.effect_move.to = to;
	op.effect_move.at_ms = 2000000;
	op.effect_move.due_ms = 2000500;
	op.effect_move.tries = 3;
	op.effect_move.note = "no reply in 3000 ms";
	return op;
}

static void effects_come_in_the_order_of_their_ids(void **state)
{
	struct fixture *t = *state;
	struct effect_row e[3];

	for (unsigned i = 0; i < 3; i++) {
		ledger_effect(1, "{}", &e[i]);
	}
	fixture_deny(t, 1, e, 3);
	assert_true(e[0].id < e[1].id && e[1].id < e[2].id);
	assert_int_equal(fixture_effects(t, 0, 2), 2);
	assert_int_equal(t->effects[0].id, e[0].id);
	assert_int_equal(t->effects[1].id, e[1].id);
	fixture_free(t);
	assert_int_equal(fixture_effects(t, e[1].id, ROOM), 1);
	assert_int_equal(t->effects[0].id, e[2].id);
	fixture_free(t);
	assert_int_equal(fixture_effects(t, e[2].id, ROOM), 0);
}

static void an_effect_waits_for_its_next_try_and_ends_once(void **state)
{
	struct fixture *t = *state;
	struct effect_row e;

	ledger_effect(1, "{}", &e);
	fixture_deny(t, 1, &e, 1);
	t->op = effect_op(e.id, EFFECT_PENDING);
	assert_done(t);
	assert_int_equal(fixture_effects(t, 0, ROOM), 1);
	assert_int_equal(t->effects[0].due_ms, 2000500);
	assert_int_equal(t->effects[0].tries, 3);
	fixture_free(t);
	t->op = effect_op(e.id, EFFECT_DONE);
	assert_done(t);
	assert_int_equal(fixture_effects(t, 0, ROOM), 0);
	t->op = effect_op(e.id, EFFECT_FAILED);
	assert_conflict(t, "is done, not pending");
	t->op = effect_op(e.id + 1, EFFECT_DONE);
	assert_conflict(t, "is not in the ledger");
}

static void an_effect_need_not_belong_to_a_request(void **state)
{
	struct fixture *t = *state;
	struct effect_row e;

	ledger_effect(1, "{}", &e);
	e.request_id[0] = '\0';
	fixture_deny(t, 1, &e, 1);
	assert_int_equal(fixture_effects(t, 0, ROOM), 1);
	assert_string_equal(t->effects[0].request_id, "");
	fixture_free(t);
}

#define SUITE(ledger) \
	ON(ledger, due_grants_come_soonest_first), \
		ON(ledger, a_closed_grant_is_closed_once), \
		ON(ledger, the_grants_of_a_person_are_theirs_alone), \
		ON(ledger, effects_come_in_the_order_of_their_ids), \
		ON(ledger, an_effect_waits_for_its_next_try_and_ends_once), \
		ON(ledger, an_effect_need_not_belong_to_a_request)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
