/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do, whichever database is behind it: grants that a provisioner
 * carries out, and the orders to it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/ledger_fixture.h"

#define LANE  "okta/T0ACME001/U0ANA0001/okta.v1.Group/00g1"
#define OTHER "okta/T0ACME001/U0BOB0001/okta.v1.Group/00g1"

static struct order_row orders[ROOM];

static void order(unsigned n, const char *kind, const char *lane, int64_t due_ms,
		  struct effect_row *e)
{
	ledger_effect(n, "", e);
	e->due_ms = due_ms;
	text_copy(e->kind, sizeof(e->kind), kind);
	text_copy(e->lane, sizeof(e->lane), lane);
	text_copy(e->queue, sizeof(e->queue), "okta");
}

/* Ask for it and grant it, as a decision with a provisioner does; whether it was covered. */
static bool give(struct fixture *t, unsigned n, const char *lane, int64_t due_ms)
{
	struct effect_row effects[2], covered;
	struct grant_row g;

	fixture_add(t, n, NULL, NULL);
	ledger_grant(n, 9000000, &g);
	g.state = GRANT_GRANTING;
	text_copy(g.provisioner, sizeof(g.provisioner), "okta");
	text_copy(g.lane, sizeof(g.lane), lane);
	g.told = "{\"email\":\"ana@acme.example\"}";
	ledger_effect(n, "{\"kind\":\"granting\"}", &effects[0]);
	order(n, "provision", lane, due_ms, &effects[1]);
	ledger_effect(n, "{\"kind\":\"granted\"}", &covered);
	t->op = ledger_move(n, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &g;
	t->op.request_move.effects = effects;
	t->op.request_move.n_effects = 2;
	t->op.request_move.covered_effects = &covered;
	t->op.request_move.n_covered = 1;
	assert_done(t);
	return t->op.request_move.covered;
}

static size_t due(struct fixture *t, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_ORDERS_DUE };
	t->op.orders_due.queue = "okta";
	t->op.orders_due.rows = orders;
	t->op.orders_due.max = max;
	assert_done(t);
	for (size_t i = 0; i < t->op.orders_due.n; i++) {
		free((void *)(uintptr_t)orders[i].effect.payload);
	}
	return t->op.orders_due.n;
}

static struct store_op move(unsigned n, enum grant_state from, enum grant_state to)
{
	struct store_op op = ledger_close(n, "expired");

	op.grant_move.from = from;
	op.grant_move.to = to;
	op.grant_move.why = "The time is up";
	return op;
}

static void confirm(struct fixture *t, unsigned n)
{
	due(t, ROOM);
	t->op = move(n, GRANT_GRANTING, GRANT_ACTIVE);
	t->op.grant_move.effect = orders[0].effect.id;
	t->op.grant_move.effect_to = EFFECT_DONE;
	assert_done(t);
}

/* Prolong it, with an order to tell the target of that. */
static void extend(struct fixture *t, unsigned n, int64_t expires_ms, const char *own)
{
	struct grant_row was, to;
	struct effect_row e;

	t->op = (struct store_op){ .kind = STORE_GRANT_GET };
	t->op.grant_get.row = &was;
	text_copy(t->op.grant_get.id, ULID_SIZE, fixture_id(n));
	assert_done(t);
	to = was;
	to.expires_ms = expires_ms;
	order(n, "extend", LANE, 3000000, &e);
	e.payload = own;
	t->op = (struct store_op){ .kind = STORE_GRANT_SET };
	t->op.grant_set.was = &was;
	t->op.grant_set.to = &to;
	t->op.grant_set.what = "extended";
	t->op.grant_set.effects = &e;
	t->op.grant_set.n_effects = 1;
	assert_done(t);
}

/* Whether there was no need to, for another covers it. */
static bool take_back(struct fixture *t, unsigned n, struct effect_row *covered)
{
	struct effect_row e;

	order(n, "revoke", LANE, 2000000, &e);
	t->op = move(n, GRANT_ACTIVE, GRANT_REVOKING);
	t->op.grant_move.effects = &e;
	t->op.grant_move.n_effects = 1;
	t->op.grant_move.mind_cover = true;
	t->op.grant_move.covered_to = GRANT_CLOSED;
	t->op.grant_move.covered_effects = covered;
	t->op.grant_move.n_covered = covered != NULL;
	assert_done(t);
	return t->op.grant_move.covered;
}

/* The grants at the target 00g1, from behind this lane on; store_rows_free() follows. */
static size_t at_target(struct fixture *t, const char *provisioner, const char *after,
			size_t max)
{
	t->op = (struct store_op){ .kind = STORE_GRANTS_AT };
	t->op.grants_at.provisioner = provisioner;
	t->op.grants_at.lane_end = "/okta.v1.Group/00g1";
	t->op.grants_at.rows = t->grants;
	t->op.grants_at.max = max;
	text_copy(t->op.grants_at.after, LANE_SIZE, after);
	assert_done(t);
	return t->op.grants_at.n;
}

static void an_order_comes_with_its_grant_and_its_request(void **state)
{
	struct fixture *t = *state;

	assert_false(give(t, 1, LANE, 2000000));
	assert_int_equal(due(t, ROOM), 1);
	assert_string_equal(orders[0].effect.kind, "provision");
	assert_string_equal(orders[0].effect.lane, LANE);
	assert_string_equal(orders[0].grant.id, fixture_id(1));
	assert_int_equal(orders[0].grant.state, GRANT_GRANTING);
	assert_string_equal(orders[0].grant.provisioner, "okta");
	assert_string_equal(orders[0].reason, "replica lag");
	assert_has(orders[0].reply_url, "https://hooks.slack.test/");
	assert_int_equal(orders[0].asked_ms, 1000001);
	assert_false(orders[0].covered);
	assert_false(orders[0].effect.begun);
	/* It is none of the messages' business. */
	assert_int_equal(fixture_effects(t, 0, ROOM), 1);
	assert_has(t->effects[0].payload, "granting");
	fixture_free(t);
}

/* What an order is about by itself, and until when the others of its lane are. */
static void an_order_knows_the_others_of_its_lane(void **state)
{
	static const char own[] = "{\"at_ms\":1,\"was_until_ms\":9000000}";
	struct fixture *t = *state;

	give(t, 1, LANE, 2000000);
	confirm(t, 1);
	assert_true(give(t, 2, LANE, 2000000));
	extend(t, 2, 12000000, own);
	assert_int_equal(due(t, ROOM), 1);
	assert_string_equal(orders[0].effect.kind, "extend");
	assert_string_equal(orders[0].own, own);
	assert_int_equal(orders[0].grant.expires_ms, 12000000);
	assert_true(orders[0].covered);
	assert_int_equal(orders[0].others_until_ms, 9000000);

	/* An end that the target is yet to be told of is no end that it knows. */
	assert_true(give(t, 3, LANE, 2000000));
	extend(t, 3, 11000000, "");
	assert_int_equal(due(t, ROOM), 1);
	assert_int_equal(orders[0].others_until_ms, 9000000);

	/* Once its grant is over it is due: what is behind it is not to wait. */
	t->op = move(2, GRANT_ACTIVE, GRANT_REVOKING);
	t->op.grant_move.at_ms = 2500000;
	assert_done(t);
	assert_int_equal(due(t, ROOM), 1);
	assert_int_equal(orders[0].effect.due_ms, 2500000);
}

/* One for each person who has this target, with what the provisioner was told. */
static void who_has_a_target_is_found_by_their_first_grant(void **state)
{
	struct fixture *t = *state;

	give(t, 1, LANE, 1);
	confirm(t, 1);
	give(t, 2, "okta/T0ACME001/U0ANA0001/okta.v1.Group/x00g1", 1);
	confirm(t, 2);
	give(t, 3, OTHER, 1); /* not there yet */
	assert_true(give(t, 4, LANE, 1));
	assert_int_equal(at_target(t, "okta", "", ROOM), 1);
	assert_string_equal(t->grants[0].id, fixture_id(1));
	assert_has(t->grants[0].told, "ana@acme.example");
	store_rows_free(&t->op);
	due(t, ROOM);
	confirm(t, 3);
	assert_int_equal(at_target(t, "okta", LANE, 1), 1);
	assert_string_equal(t->grants[0].id, fixture_id(3));
	store_rows_free(&t->op);
	assert_int_equal(at_target(t, "okta", OTHER, 1), 0);
	assert_int_equal(at_target(t, "script", "", 1), 0);
}

static void only_the_first_of_a_lane_is_given_out(void **state)
{
	struct fixture *t = *state;

	give(t, 1, LANE, 3000);
	give(t, 2, LANE, 1000);
	give(t, 3, OTHER, 2000);
	assert_int_equal(due(t, ROOM), 2);
	assert_string_equal(orders[0].grant.id, fixture_id(3));
	assert_string_equal(orders[1].grant.id, fixture_id(1));
	assert_int_equal(due(t, 1), 1);
	t->op = (struct store_op){ .kind = STORE_ORDERS_DUE };
	t->op.orders_due.queue = "other";
	t->op.orders_due.rows = orders;
	t->op.orders_due.max = ROOM;
	assert_done(t);
	assert_int_equal(t->op.orders_due.n, 0);
}

static void a_confirmed_grant_settles_its_order(void **state)
{
	struct fixture *t = *state;

	give(t, 1, LANE, 2000000);
	confirm(t, 1);
	assert_int_equal(due(t, ROOM), 0);
	assert_int_equal(fixture_of(t, "T0ACME001", "U0ANA0001", ROOM), 1);
	assert_int_equal(t->grants[0].active_ms, 3000000);
	assert_int_equal(t->grants[0].moved_ms, 3000000);
	assert_int_equal(t->grants[0].ended_ms, 0);
}

static void a_second_grant_of_an_access_needs_no_order(void **state)
{
	struct fixture *t = *state;

	give(t, 1, LANE, 2000000);
	confirm(t, 1);
	assert_true(give(t, 2, LANE, 2000000));
	assert_false(give(t, 3, OTHER, 2000000));
	assert_int_equal(due(t, ROOM), 1);
	assert_string_equal(orders[0].grant.id, fixture_id(3));
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 3);
	assert_int_equal(t->grants[1].state, GRANT_ACTIVE);
}

static void the_end_of_one_of_two_is_none_for_the_target(void **state)
{
	struct fixture *t = *state;
	struct effect_row ended;

	give(t, 1, LANE, 2000000);
	confirm(t, 1);
	give(t, 2, LANE, 2000000);
	ledger_effect(1, "{\"kind\":\"ended\"}", &ended);
	assert_true(take_back(t, 1, &ended));
	assert_int_equal(due(t, ROOM), 0);

	assert_false(take_back(t, 2, NULL));
	assert_int_equal(due(t, ROOM), 1);
	assert_int_equal(orders[0].grant.state, GRANT_REVOKING);
	assert_string_equal(orders[0].grant.why, "The time is up");
	assert_string_equal(orders[0].grant.cause, "expired");
}

/* To the state that it is in: only if another covers it is anything done. */
static void a_look_that_finds_no_cover_changes_nothing(void **state)
{
	struct fixture *t = *state;

	give(t, 1, LANE, 2000000);
	t->op = move(1, GRANT_GRANTING, GRANT_GRANTING);
	t->op.grant_move.mind_cover = true;
	t->op.grant_move.covered_to = GRANT_ACTIVE;
	assert_done(t);
	assert_false(t->op.grant_move.covered);
	assert_int_equal(due(t, ROOM), 1);
	assert_int_equal(orders[0].grant.state, GRANT_GRANTING);
	assert_int_equal(orders[0].grant.moved_ms, 2000000);
	t->op = move(1, GRANT_ACTIVE, GRANT_ACTIVE);
	t->op.grant_move.mind_cover = true;
	assert_conflict(t, "is granting, not active");
}

static void what_a_grant_waits_for_in_vain_is_due_at_once(void **state)
{
	struct fixture *t = *state;

	give(t, 1, LANE, 8000000);
	t->op = move(1, GRANT_GRANTING, GRANT_REVOKING);
	assert_done(t);
	assert_int_equal(due(t, ROOM), 1);
	assert_int_equal(orders[0].effect.due_ms, 3000000);
	assert_string_equal(orders[0].effect.kind, "provision");
	assert_int_equal(orders[0].grant.state, GRANT_REVOKING);
}

static void a_try_that_was_begun_stays_begun(void **state)
{
	struct fixture *t = *state;
	struct effect_row said;

	give(t, 1, LANE, 2000000);
	due(t, ROOM);
	ledger_effect(1, "{\"kind\":\"revoking\"}", &said);
	t->op = (struct store_op){ .kind = STORE_EFFECT_MOVE };
	t->op.effect_move.id = orders[0].effect.id;
	t->op.effect_move.to = EFFECT_PENDING;
	t->op.effect_move.due_ms = 2500000;
	t->op.effect_move.tries = 2;
	t->op.effect_move.begun = true;
	t->op.effect_move.effects = &said;
	t->op.effect_move.n_effects = 1;
	assert_done(t);
	assert_int_equal(due(t, ROOM), 1);
	assert_true(orders[0].effect.begun);
	assert_int_equal(orders[0].effect.tries, 2);
	assert_int_equal(orders[0].effect.due_ms, 2500000);
	assert_int_equal(fixture_effects(t, 0, ROOM), 2);
	fixture_free(t);
}

static void what_cannot_be_taken_back_is_listed(void **state)
{
	struct fixture *t = *state;
	struct grant_row rows[2];

	for (unsigned n = 1; n <= 3; n++) {
		char lane[64];

		snprintf(lane, sizeof(lane), "okta/%u", n);
		give(t, n, lane, 2000000);
		t->op = move(n, GRANT_GRANTING, GRANT_REVOKING);
		t->op.grant_move.at_ms = 5000000 - n * 1000;
		assert_done(t);
	}
	t->op = (struct store_op){ .kind = STORE_GRANTS_STUCK };
	t->op.grants_stuck.before_ms = 4998000;
	t->op.grants_stuck.rows = rows;
	t->op.grants_stuck.max = 2;
	assert_done(t);
	assert_int_equal(t->op.grants_stuck.total, 2);
	assert_int_equal(t->op.grants_stuck.n, 2);
	assert_string_equal(rows[0].id, fixture_id(3));
	assert_string_equal(rows[1].id, fixture_id(2));
}

static void only_what_is_over_has_an_end(void **state)
{
	struct fixture *t = *state;
	struct grant_row row;

	give(t, 1, LANE, 2000000);
	t->op = move(1, GRANT_GRANTING, GRANT_REVOKING);
	assert_done(t);
	t->op = (struct store_op){ .kind = STORE_GRANTS_STUCK };
	t->op.grants_stuck.before_ms = INT64_MAX;
	t->op.grants_stuck.rows = &row;
	t->op.grants_stuck.max = 1;
	assert_done(t);
	assert_int_equal(row.ended_ms, 0);
	assert_int_equal(row.active_ms, 0);
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 0);
	t->op = move(1, GRANT_REVOKING, GRANT_CLOSED);
	assert_done(t);
	assert_int_equal(due(t, ROOM), 1);
	assert_int_equal(orders[0].grant.ended_ms, 3000000);
}

#define SUITE(ledger) \
	ON(ledger, an_order_comes_with_its_grant_and_its_request), \
		ON(ledger, an_order_knows_the_others_of_its_lane), \
		ON(ledger, who_has_a_target_is_found_by_their_first_grant), \
		ON(ledger, only_the_first_of_a_lane_is_given_out), \
		ON(ledger, a_confirmed_grant_settles_its_order), \
		ON(ledger, a_second_grant_of_an_access_needs_no_order), \
		ON(ledger, the_end_of_one_of_two_is_none_for_the_target), \
		ON(ledger, a_look_that_finds_no_cover_changes_nothing), \
		ON(ledger, what_a_grant_waits_for_in_vain_is_due_at_once), \
		ON(ledger, a_try_that_was_begun_stays_begun), \
		ON(ledger, what_cannot_be_taken_back_is_listed), \
		ON(ledger, only_what_is_over_has_an_end)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
