/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do, whichever database is behind it: requests. One suite for
 * memory: and for sqlite:. */
#include "tests/lib/ledger_fixture.h"

#include "shared/text.h"

/* --- asking ---------------------------------------------------------------------- */

static void a_request_comes_back_as_it_was_added(void **state)
{
	struct fixture *t = *state;
	struct request_row r;

	ledger_request(1, &r);
	t->op = ledger_add(&r, "envelope", "trigger");
	assert_done(t);
	assert_false(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, r.id);
	assert_int_equal(t->op.request_add.state, REQUEST_ASKED);

	assert_int_equal(fixture_open(t, "", ROOM), 1);
	assert_string_equal(t->requests[0].id, r.id);
	assert_int_equal(t->requests[0].state, REQUEST_ASKED);
	assert_string_equal(t->requests[0].source, r.source);
	assert_string_equal(t->requests[0].team, r.team);
	assert_string_equal(t->requests[0].user, r.user);
	assert_string_equal(t->requests[0].channel, r.channel);
	assert_string_equal(t->requests[0].reply_url, r.reply_url);
	assert_string_equal(t->requests[0].resource, r.resource);
	assert_int_equal(t->requests[0].for_s, r.for_s);
	assert_string_equal(t->requests[0].incident, r.incident);
	assert_string_equal(t->requests[0].reason, r.reason);
	assert_int_equal(t->requests[0].asked_ms, r.asked_ms);
	assert_int_equal(t->requests[0].decided_ms, 0);
	assert_string_equal(t->requests[0].policy, "");
}

static void either_key_finds_the_first_delivery(void **state)
{
	struct fixture *t = *state;

	fixture_add(t, 1, "envelope", "trigger");
	fixture_add(t, 2, "envelope", NULL);
	assert_true(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(1));
	fixture_add(t, 3, NULL, "trigger");
	assert_true(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(1));
	assert_int_equal(fixture_open(t, "", ROOM), 1);
}

static void a_key_that_came_with_a_duplicate_counts_from_then_on(void **state)
{
	struct fixture *t = *state;

	fixture_add(t, 1, "envelope", "trigger");
	fixture_add(t, 2, "envelope, sent again", "trigger");
	assert_true(t->op.request_add.duplicate);
	fixture_add(t, 3, "envelope, sent again", "another trigger");
	assert_true(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(1));
	fixture_add(t, 4, "another trigger", NULL);
	assert_true(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(1));
}

static void keys_of_two_requests_stay_where_they_are(void **state)
{
	struct fixture *t = *state;

	fixture_add(t, 1, "a", NULL);
	fixture_add(t, 2, "b", NULL);
	fixture_add(t, 3, "b", "a");
	assert_true(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(2));
	fixture_add(t, 4, "a", NULL);
	assert_string_equal(t->op.request_add.id, fixture_id(1));
}

static void a_duplicate_tells_the_present_state(void **state)
{
	struct fixture *t = *state;

	fixture_add(t, 1, "k", NULL);
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_DENIED);
	assert_done(t);
	fixture_add(t, 2, "k", NULL);
	assert_true(t->op.request_add.duplicate);
	assert_int_equal(t->op.request_add.state, REQUEST_DENIED);
}

static void another_source_has_keys_of_its_own(void **state)
{
	struct fixture *t = *state;
	struct request_row r;

	fixture_add(t, 1, "k", NULL);
	ledger_request(2, &r);
	text_copy(r.source, sizeof(r.source), "indent");
	t->op = ledger_add(&r, "k", NULL);
	assert_done(t);
	assert_false(t->op.request_add.duplicate);
}

static void a_key_that_is_absent_is_never_a_duplicate(void **state)
{
	struct fixture *t = *state;

	fixture_add(t, 1, NULL, NULL);
	fixture_add(t, 2, "", NULL);
	fixture_add(t, 3, "", "");
	assert_false(t->op.request_add.duplicate);
	fixture_add(t, 4, "same", "same");
	assert_false(t->op.request_add.duplicate);
	assert_int_equal(fixture_open(t, "", ROOM), 4);
}

static void the_same_id_twice_is_a_conflict_that_leaves_no_key(void **state)
{
	struct fixture *t = *state;
	struct request_row r;

	fixture_add(t, 1, "a", NULL);
	ledger_request(1, &r);
	t->op = ledger_add(&r, "b", NULL);
	assert_conflict(t, "is in the ledger already");
	fixture_add(t, 2, "b", NULL);
	assert_false(t->op.request_add.duplicate);
}

static void keys_are_forgotten_but_not_within_the_hour(void **state)
{
	struct fixture *t = *state;
	const int64_t asked_ms = 1000001; /* of number 1 */
	const int64_t hour_ms = 3600000;

	fixture_add(t, 1, "k", NULL);
	fixture_probe(t, asked_ms + hour_ms, asked_ms + hour_ms);
	fixture_add(t, 2, "k", NULL);
	assert_true(t->op.request_add.duplicate);
	fixture_probe(t, asked_ms + hour_ms + 1, 0);
	fixture_add(t, 3, "k", NULL);
	assert_true(t->op.request_add.duplicate);
	fixture_probe(t, asked_ms + hour_ms + 1, asked_ms + 1);
	fixture_add(t, 4, "k", NULL);
	assert_false(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(4));
}

/* --- deciding -------------------------------------------------------------------- */

/* The data of the first line of the audit holds this. */
static void assert_audited(struct fixture *t, const char *to, const char *part)
{
	struct audit_row row;

	t->op = (struct store_op){ .kind = STORE_AUDIT_ROWS };
	t->op.audit_rows.rows = &row;
	t->op.audit_rows.max = 1;
	assert_done(t);
	assert_int_equal(t->op.audit_rows.n, 1);
	assert_string_equal(row.subject_id, fixture_id(1));
	assert_string_equal(row.to, to);
	assert_has(row.data, part);
	store_rows_free(&t->op);
}

static void a_request_may_come_in_decided(void **state)
{
	struct fixture *t = *state;
	struct request_row r;

	ledger_request(1, &r);
	r.state = REQUEST_GRANTED;
	r.decided_ms = r.asked_ms + 5;
	text_copy(r.policy, sizeof(r.policy), "db-responders");
	t->op = ledger_add(&r, "k", NULL);
	t->op.request_add.trace = "{\"checks\":[]}";
	assert_done(t);
	assert_false(t->op.request_add.duplicate);
	assert_int_equal(t->op.request_add.state, REQUEST_GRANTED);
	assert_int_equal(fixture_open(t, "", ROOM), 0); /* nothing to carry on */
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 0);
	assert_audited(t, "granted", "\"trace\":{\"checks\":[]}");

	ledger_request(2, &r);
	r.state = REQUEST_DENIED;
	t->op = ledger_add(&r, "k", NULL);
	assert_done(t);
	assert_true(t->op.request_add.duplicate);
	assert_string_equal(t->op.request_add.id, fixture_id(1));
	assert_int_equal(t->op.request_add.state, REQUEST_GRANTED);
}

static void a_move_needs_the_state_that_it_names(void **state)
{
	struct fixture *t = *state;

	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_CHECKING);
	assert_conflict(t, "is not in the ledger");
	fixture_add(t, 1, NULL, NULL);
	t->op = ledger_move(1, REQUEST_CHECKING, REQUEST_GRANTED);
	assert_conflict(t, "is asked, not checking");
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_CHECKING);
	assert_done(t);
	assert_int_equal(fixture_open(t, "", ROOM), 1);
	assert_int_equal(t->requests[0].state, REQUEST_CHECKING);
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_CHECKING);
	assert_conflict(t, "is checking, not asked");
}

static void a_grant_comes_with_its_row_and_its_effects(void **state)
{
	struct fixture *t = *state;
	struct grant_row g;
	struct effect_row e[2];

	fixture_add(t, 1, NULL, NULL);
	ledger_grant(1, 9000000, &g);
	ledger_effect(1, "{\"first\":1}", &e[0]);
	ledger_effect(1, "{\"second\":2}", &e[1]);
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.policy = "db-responders";
	t->op.request_move.trace = "{\"checks\":[]}";
	t->op.request_move.grant = &g;
	t->op.request_move.effects = e;
	t->op.request_move.n_effects = 2;
	assert_done(t);
	assert_true(e[0].id > 0 && e[1].id > e[0].id);

	assert_int_equal(fixture_open(t, "", ROOM), 0);
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 1);
	assert_string_equal(t->grants[0].id, fixture_id(1));
	assert_int_equal(t->grants[0].state, GRANT_ACTIVE);
	assert_string_equal(t->grants[0].team, g.team);
	assert_string_equal(t->grants[0].user, g.user);
	assert_string_equal(t->grants[0].channel, g.channel);
	assert_string_equal(t->grants[0].resource, g.resource);
	assert_string_equal(t->grants[0].policy, g.policy);
	assert_string_equal(t->grants[0].provider, g.provider);
	assert_string_equal(t->grants[0].incident_id, g.incident_id);
	assert_string_equal(t->grants[0].incident_ref, g.incident_ref);
	assert_string_equal(t->grants[0].evidence, g.evidence);
	assert_int_equal(t->grants[0].starts_ms, g.starts_ms);
	assert_int_equal(t->grants[0].expires_ms, g.expires_ms);
	assert_int_equal(t->grants[0].ended_ms, 0);
	assert_string_equal(t->grants[0].cause, "");

	assert_int_equal(fixture_effects(t, 0, ROOM), 2);
	assert_int_equal(t->effects[0].id, e[0].id);
	assert_string_equal(t->effects[0].payload, "{\"first\":1}");
	assert_string_equal(t->effects[1].payload, "{\"second\":2}");
	assert_string_equal(t->effects[0].request_id, fixture_id(1));
	assert_string_equal(t->effects[0].kind, "notice");
	assert_string_equal(t->effects[0].lane, e[0].lane);
	assert_int_equal(t->effects[0].state, EFFECT_PENDING);
	assert_int_equal(t->effects[0].due_ms, e[0].due_ms);
	assert_int_equal(t->effects[0].tries, 0);
	fixture_free(t);
}

static void a_move_that_fails_late_leaves_nothing(void **state)
{
	struct fixture *t = *state;
	struct grant_row g;
	struct effect_row e[2];

	fixture_add(t, 1, NULL, NULL);
	ledger_grant(1, 9000000, &g);
	ledger_effect(1, "{}", &e[0]);
	ledger_effect(77, "{}", &e[1]); /* of a request that nobody made */
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &g;
	t->op.request_move.effects = e;
	t->op.request_move.n_effects = 2;
	assert_int_equal(fixture_submit(t), FAIL_CONFLICT);
	assert_int_equal(fixture_open(t, "", ROOM), 1);
	assert_int_equal(t->requests[0].state, REQUEST_ASKED);
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 0);
	assert_int_equal(fixture_effects(t, 0, ROOM), 0);
}

static void one_request_gives_one_grant(void **state)
{
	struct fixture *t = *state;
	struct grant_row g;

	fixture_grant(t, 1, 9000000, "U0ANA0001");
	fixture_add(t, 2, NULL, NULL);
	ledger_grant(1, 9999999, &g); /* the id of the first */
	t->op = ledger_move(2, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &g;
	assert_conflict(t, "cannot add grant");
	ledger_grant(3, 9999999, &g); /* the id of none */
	t->op = ledger_move(2, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &g;
	assert_conflict(t, "cannot add grant");
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 1);
	assert_int_equal(t->grants[0].expires_ms, 9000000);
	assert_int_equal(fixture_open(t, "", ROOM), 1);
}

static void open_requests_come_oldest_first_in_pages(void **state)
{
	struct fixture *t = *state;

	fixture_add(t, 3, NULL, NULL);
	fixture_add(t, 1, NULL, NULL);
	fixture_add(t, 4, NULL, NULL);
	fixture_add(t, 2, NULL, NULL);
	t->op = ledger_move(4, REQUEST_ASKED, REQUEST_DENIED);
	assert_done(t);
	assert_int_equal(fixture_open(t, "", 2), 2);
	assert_string_equal(t->requests[0].id, fixture_id(1));
	assert_string_equal(t->requests[1].id, fixture_id(2));
	assert_int_equal(fixture_open(t, fixture_id(2), 2), 1);
	assert_string_equal(t->requests[0].id, fixture_id(3));
	assert_int_equal(fixture_open(t, fixture_id(3), 2), 0);
	assert_int_equal(fixture_open(t, "", 0), 0);
}

#define SUITE(ledger) \
	ON(ledger, a_request_comes_back_as_it_was_added), \
		ON(ledger, either_key_finds_the_first_delivery), \
		ON(ledger, a_key_that_came_with_a_duplicate_counts_from_then_on), \
		ON(ledger, keys_of_two_requests_stay_where_they_are), \
		ON(ledger, a_duplicate_tells_the_present_state), \
		ON(ledger, another_source_has_keys_of_its_own), \
		ON(ledger, a_key_that_is_absent_is_never_a_duplicate), \
		ON(ledger, the_same_id_twice_is_a_conflict_that_leaves_no_key), \
		ON(ledger, keys_are_forgotten_but_not_within_the_hour), \
		ON(ledger, a_request_may_come_in_decided), \
		ON(ledger, a_move_needs_the_state_that_it_names), \
		ON(ledger, a_grant_comes_with_its_row_and_its_effects), \
		ON(ledger, a_move_that_fails_late_leaves_nothing), \
		ON(ledger, one_request_gives_one_grant), \
		ON(ledger, open_requests_come_oldest_first_in_pages)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
