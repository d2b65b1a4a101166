/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do with grants that live: change them once, find them, and keep a
 * freeze. One suite for memory: and for sqlite:. */
#include "tests/lib/ledger_fixture.h"

#include "shared/text.h"

static const struct grant_row *got(struct fixture *t, unsigned n)
{
	t->op = (struct store_op){ .kind = STORE_GRANT_GET };
	text_copy(t->op.grant_get.id, ULID_SIZE, fixture_id(n));
	t->op.grant_get.row = &t->grants[0];
	assert_done(t);
	assert_true(t->op.grant_get.found);
	return &t->grants[0];
}

static struct store_op set_op(const struct grant_row *was, const struct grant_row *to)
{
	struct store_op op = { .kind = STORE_GRANT_SET };

	op.grant_set.was = was;
	op.grant_set.to = to;
	op.grant_set.at_ms = 50;
	op.grant_set.what = "extended";
	op.grant_set.by = "U0ANA0001";
	return op;
}

static size_t live(struct fixture *t, const struct live_filter *by, unsigned after,
		   size_t max)
{
	t->op = (struct store_op){ .kind = STORE_GRANTS_LIVE };
	t->op.grants_live.filter = by;
	text_copy(t->op.grants_live.after, ULID_SIZE, after > 0 ? fixture_id(after) : "");
	t->op.grants_live.rows = t->grants;
	t->op.grants_live.max = max;
	assert_done(t);
	return t->op.grants_live.n;
}

static void a_grant_is_changed_as_it_was_read_or_not_at_all(void **state)
{
	struct fixture *t = *state;
	struct grant_row was, to;
	struct effect_row e;

	fixture_grant(t, 1, 100, "U0ANA0001");
	was = to = *got(t, 1);
	to.expires_ms = 200;
	to.remind_ms = 190;
	text_copy(to.policy, sizeof(to.policy), "another");
	ledger_effect(1, "{\"extended\":true}", &e);
	t->op = set_op(&was, &to);
	t->op.grant_set.effects = &e;
	t->op.grant_set.n_effects = 1;
	assert_done(t);
	assert_int_equal(got(t, 1)->expires_ms, 200);
	assert_int_equal(got(t, 1)->remind_ms, 190);
	assert_string_equal(got(t, 1)->policy, "another");
	assert_int_equal(fixture_effects(t, 0, ROOM), 1);
	fixture_free(t);

	t->op = set_op(&was, &to); /* somebody else was quicker */
	assert_conflict(t, "not as it was read");
	was = *got(t, 1);
	to = was;
	to.lost_ms = 60;
	t->op = set_op(&was, &to);
	assert_done(t);
	t->op = set_op(&was, &to);
	assert_conflict(t, "not as it was read");
	assert_int_equal(got(t, 1)->lost_ms, 60);
}

static void an_end_may_ask_for_it_as_it_was_read(void **state)
{
	struct fixture *t = *state;
	struct grant_row was, to;

	fixture_grant(t, 1, 100, "U0ANA0001");
	was = to = *got(t, 1);
	to.kept = true;
	t->op = set_op(&was, &to);
	assert_done(t);
	t->op = ledger_close(1, "incident");
	t->op.grant_move.as_read = &was;
	assert_conflict(t, "");
	assert_int_equal(got(t, 1)->state, GRANT_ACTIVE);
	was = *got(t, 1);
	t->op = ledger_close(1, "incident");
	t->op.grant_move.as_read = &was;
	t->op.grant_move.by = "U0BOB0001";
	assert_done(t);
	assert_int_equal(got(t, 1)->state, GRANT_CLOSED);
	assert_string_equal(got(t, 1)->by, "U0BOB0001");
}

static void live_ones_are_found_by_all_that_is_asked_for(void **state)
{
	struct fixture *t = *state;
	const char *id;
	struct live_filter any = { 0 };
	struct live_filter ana = { .team = "T0ACME001", .user = "U0ANA0001" };
	struct live_filter part = { 0 };

	fixture_grant(t, 1, 100, "U0ANA0001");
	fixture_grant(t, 2, 100, "U0BOB0001");
	fixture_grant(t, 3, 100, "U0ANA0001");
	fixture_grant(t, 4, 100, "U0ANA0001");
	t->op = ledger_close(4, "over");
	assert_done(t);
	assert_int_equal(live(t, &any, 0, ROOM), 3);
	assert_string_equal(t->grants[0].id, fixture_id(1));
	assert_int_equal(live(t, &any, 1, 1), 1);
	assert_string_equal(t->grants[0].id, fixture_id(2));
	assert_int_equal(live(t, &ana, 0, ROOM), 2);
	id = fixture_id(3);
	part.target = id;
	assert_int_equal(live(t, &part, 0, ROOM), 1);
	part.target = id + 20;
	assert_true(live(t, &part, 0, ROOM) >= 1);
	part.target = t->grants[0].resource;
	assert_int_equal(live(t, &part, 0, ROOM), 3);
	part.target = "NOSUCHID";
	assert_int_equal(live(t, &part, 0, ROOM), 0);
	any.provider = "pagerduty";
	any.user = "U0NOBODY1";
	assert_int_equal(live(t, &any, 0, ROOM), 0);
}

static void what_ends_soon_comes_soonest_first(void **state)
{
	struct fixture *t = *state;

	for (unsigned n = 1; n <= 3; n++) {
		struct grant_row was, to;

		fixture_grant(t, n, 1000, "U0ANA0001");
		was = to = *got(t, n);
		to.remind_ms = n == 2 ? 0 : 500 - n;
		t->op = set_op(&was, &to);
		assert_done(t);
	}
	t->op = (struct store_op){ .kind = STORE_GRANTS_REMIND };
	t->op.grants_remind.until_ms = INT64_MAX;
	t->op.grants_remind.rows = t->grants;
	t->op.grants_remind.max = ROOM;
	assert_done(t);
	assert_int_equal(t->op.grants_remind.n, 2);
	assert_string_equal(t->grants[0].id, fixture_id(3));
	assert_string_equal(t->grants[1].id, fixture_id(1));
	t->op.grants_remind.until_ms = 497;
	assert_done(t);
	assert_int_equal(t->op.grants_remind.n, 1);
}

static void what_is_not_there_is_not_found(void **state)
{
	struct fixture *t = *state;
	struct request_row row;

	t->op = (struct store_op){ .kind = STORE_GRANT_GET };
	text_copy(t->op.grant_get.id, ULID_SIZE, fixture_id(9));
	assert_done(t);
	assert_false(t->op.grant_get.found);
	t->op = (struct store_op){ .kind = STORE_REQUEST_GET };
	text_copy(t->op.request_get.id, ULID_SIZE, fixture_id(9));
	assert_done(t);
	assert_false(t->op.request_get.found);
	fixture_add(t, 1, "k", NULL);
	t->op = (struct store_op){ .kind = STORE_REQUEST_GET };
	text_copy(t->op.request_get.id, ULID_SIZE, fixture_id(1));
	t->op.request_get.row = &row;
	assert_done(t);
	assert_true(t->op.request_get.found);
	assert_string_equal(row.id, fixture_id(1));
}

static void a_freeze_is_kept_and_taken_off(void **state)
{
	struct fixture *t = *state;

	fixture_probe(t, 1, 0);
	assert_false(t->op.probe.freeze.on);
	assert_false(t->op.probe.changed);
	t->op = (struct store_op){ .kind = STORE_FREEZE_SET };
	t->op.freeze_set.row = (struct freeze_row){ .on = true, .since_ms = 7 };
	text_copy(t->op.freeze_set.row.by, VENDOR_ID_SIZE, "U0CARA001");
	text_copy(t->op.freeze_set.row.why, CAUSE_SIZE, "a stolen laptop");
	assert_done(t);
	fixture_probe(t, 2, 0);
	assert_true(t->op.probe.freeze.on);
	assert_int_equal(t->op.probe.freeze.since_ms, 7);
	assert_string_equal(t->op.probe.freeze.by, "U0CARA001");
	assert_string_equal(t->op.probe.freeze.why, "a stolen laptop");
	assert_false(t->op.probe.changed); /* by us, that is */
	t->op = (struct store_op){ .kind = STORE_FREEZE_SET };
	assert_done(t);
	fixture_probe(t, 3, 0);
	assert_false(t->op.probe.freeze.on);
	assert_string_equal(t->op.probe.freeze.why, "");
}

static void freeze(struct fixture *t, bool on)
{
	t->op = (struct store_op){ .kind = STORE_FREEZE_SET };
	t->op.freeze_set.row = (struct freeze_row){ .on = on, .since_ms = on ? 7 : 0 };
	text_copy(t->op.freeze_set.row.by, VENDOR_ID_SIZE, on ? "operator" : "");
	assert_done(t);
}

static void prolong(struct fixture *t, const struct grant_row *was, struct grant_row *to,
		    int64_t by_ms)
{
	*to = *was;
	to->expires_ms += by_ms;
	to->remind_ms = 0;
	t->op = (struct store_op){ .kind = STORE_GRANT_SET };
	t->op.grant_set.was = was;
	t->op.grant_set.to = to;
	t->op.grant_set.what = "extended";
}

/* In the transaction that would grant it: whoever froze it, and however lately. */
static void once_it_is_frozen_nothing_is_granted(void **state)
{
	struct fixture *t = *state;
	struct grant_row was, to;
	struct request_row r;

	fixture_grant(t, 1, 500, "U0ANA0001");
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 1);
	was = t->grants[0];
	fixture_add(t, 2, "two", NULL);
	ledger_grant(2, 500, &to);
	freeze(t, true);

	t->op = ledger_move(2, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &to;
	assert_int_equal(fixture_submit(t), FAIL_DENIED);
	assert_string_equal(t->op.request_move.frozen.by, "operator");
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 1);

	ledger_request(3, &r);
	r.state = REQUEST_GRANTED;
	r.decided_ms = r.asked_ms;
	t->op = ledger_add(&r, "three", NULL);
	assert_int_equal(fixture_submit(t), FAIL_DENIED);
	assert_int_equal(t->op.request_add.frozen.since_ms, 7);

	prolong(t, &was, &to, 100);
	assert_int_equal(fixture_submit(t), FAIL_DENIED);
	prolong(t, &was, &to, -100); /* what takes away is not frozen */
	assert_done(t);
	t->op = ledger_move(2, REQUEST_ASKED, REQUEST_DENIED);
	assert_done(t);

	freeze(t, false);
	t->op = ledger_add(&r, "three", NULL);
	assert_done(t);
	assert_false(t->op.request_add.duplicate);
}

/* An answer that was lost is no second grant: it is found out, frozen or not. */
static void what_was_granted_before_the_freeze_stays_so(void **state)
{
	struct fixture *t = *state;
	struct grant_row g;
	struct request_row r;

	fixture_grant(t, 1, 500, "U0ANA0001");
	ledger_request(2, &r);
	r.state = REQUEST_GRANTED;
	r.decided_ms = r.asked_ms;
	t->op = ledger_add(&r, "two", NULL);
	assert_done(t);
	freeze(t, true);
	ledger_grant(1, 500, &g);
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &g;
	assert_conflict(t, "is granted, not asked");
	t->op = ledger_add(&r, "two", NULL);
	assert_done(t);
	assert_true(t->op.request_add.duplicate);
}

#define SUITE(ledger) \
	ON(ledger, a_grant_is_changed_as_it_was_read_or_not_at_all), \
		ON(ledger, an_end_may_ask_for_it_as_it_was_read), \
		ON(ledger, live_ones_are_found_by_all_that_is_asked_for), \
		ON(ledger, what_ends_soon_comes_soonest_first), \
		ON(ledger, what_is_not_there_is_not_found), \
		ON(ledger, a_freeze_is_kept_and_taken_off), \
		ON(ledger, once_it_is_frozen_nothing_is_granted), \
		ON(ledger, what_was_granted_before_the_freeze_stays_so)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
