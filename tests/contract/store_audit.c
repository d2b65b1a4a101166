/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do, whichever database is behind it: the audit and its chain, and
 * what is read from outside. One suite for memory: and for sqlite:. */
#include "tests/lib/ledger_fixture.h"

#include <stdlib.h>

#include "approver/audit_check.h"
#include "shared/text.h"

enum { MANY = 600 };

static struct audit_row rows[ROOM];
static struct audit_head heads[ROOM];

static size_t read_rows(struct fixture *t, int64_t after, size_t max)
{
	store_rows_free(&t->op);
	t->op = (struct store_op){ .kind = STORE_AUDIT_ROWS };
	t->op.audit_rows.after = after;
	t->op.audit_rows.rows = rows;
	t->op.audit_rows.max = max;
	assert_done(t);
	return t->op.audit_rows.n;
}

static size_t read_heads(struct fixture *t, int64_t after, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_AUDIT_HEADS };
	t->op.audit_heads.after = after;
	t->op.audit_heads.rows = heads;
	t->op.audit_heads.max = max;
	assert_done(t);
	return t->op.audit_heads.n;
}

static int64_t sign(struct fixture *t, int64_t at_ms)
{
	t->op = (struct store_op){ .kind = STORE_AUDIT_SIGN };
	t->op.audit_sign.at_ms = at_ms;
	assert_done(t);
	return t->op.audit_sign.seq;
}

/* How many rows there are; they must be a chain. */
static int64_t check_chain(struct fixture *t)
{
	struct audit_check c;

	audit_check_init(&c, NULL);
	t->op = (struct store_op){ 0 };
	while (read_rows(t, c.last.seq, ROOM) > 0) {
		for (size_t i = 0; i < t->op.audit_rows.n; i++) {
			if (!audit_check_row(&c, &rows[i])) {
				fail_msg("%s", c.report.what);
			}
		}
		store_rows_free(&t->op);
	}
	audit_check_finish(&c);
	return c.last.seq;
}

/* --- rows ------------------------------------------------------------------------ */

static void every_change_has_its_row(void **state)
{
	static const struct {
		const char *subject, *from, *to, *data;
		unsigned of;
	} want[] = {
		{ "request", "", "asked", "\"reason\":\"replica lag\"", 1 },
		{ "request", "asked", "granted", "\"policy\":\"db-responders\"", 1 },
		{ "grant", "", "active", "\"incident_ref\":\"INC-204\"", 1 },
		{ "request", "", "asked", "\"user\":\"U0ANA0001\"", 2 },
		{ "request", "asked", "denied", "{}", 2 },
		{ "grant", "active", "closed", "{\"cause\":\"released\"}", 1 },
	};
	struct fixture *t = *state;
	struct grant_row g;

	fixture_add(t, 1, NULL, NULL);
	ledger_grant(1, 9000000, &g);
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.policy = "db-responders";
	t->op.request_move.grant = &g;
	assert_done(t);
	fixture_deny(t, 2, NULL, 0);
	t->op = ledger_close(1, "released");
	assert_done(t);

	t->op = (struct store_op){ 0 };
	assert_int_equal(read_rows(t, 0, ROOM), ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_int_equal(rows[i].seq, i + 1);
		assert_row(strcmp(rows[i].subject, want[i].subject) == 0, i, want[i].to);
		assert_row(strcmp(rows[i].subject_id, fixture_id(want[i].of)) == 0, i,
			   want[i].to);
		assert_row(strcmp(rows[i].from, want[i].from) == 0, i, want[i].to);
		assert_row(strcmp(rows[i].to, want[i].to) == 0, i, want[i].to);
		assert_has(rows[i].data, want[i].data);
		assert_row(rows[i].intact, i, want[i].to);
	}
	assert_int_equal(rows[0].at_ms, 1000001);
	assert_int_equal(rows[5].at_ms, 3000000);
	store_rows_free(&t->op);
	assert_int_equal(check_chain(t), ARRAY_LEN(want));
}

static void what_fails_leaves_no_row(void **state)
{
	struct fixture *t = *state;
	struct effect_row e;
	struct request_row r;

	fixture_add(t, 1, "key", NULL);
	ledger_request(2, &r);
	t->op = ledger_add(&r, "key", NULL); /* a duplicate */
	assert_done(t);
	ledger_request(1, &r);
	t->op = ledger_add(&r, NULL, NULL);
	assert_conflict(t, "already");
	ledger_effect(77, "{}", &e);
	t->op = ledger_move(1, REQUEST_ASKED, REQUEST_DENIED);
	t->op.request_move.effects = &e;
	t->op.request_move.n_effects = 1;
	assert_int_equal(fixture_submit(t), FAIL_CONFLICT);
	t->op = ledger_close(1, "never was");
	assert_conflict(t, "not in the ledger");
	assert_int_equal(check_chain(t), 1);
	fixture_deny(t, 3, NULL, 0);
	assert_int_equal(check_chain(t), 3);
}

struct flood {
	struct store_op op;
	struct request_row row;
};

static size_t waiting;
static bool idle;

static void on_flooded(struct store_op *op, const struct fail *f)
{
	(void)op;
	(void)f;
	idle = --waiting == 0;
}

/* Every third one fails within a batch of others. */
static void a_batch_is_a_chain_whatever_fails_in_it(void **state)
{
	struct fixture *t = *state;
	struct flood *all = calloc(MANY, sizeof(*all));
	int64_t added = 0;

	assert_non_null(all);
	fixture_add(t, 99999, NULL, NULL);
	waiting = MANY;
	idle = false;
	for (unsigned i = 0; i < MANY; i++) {
		bool fails = i % 3 == 2;

		ledger_request(fails ? 99999 : i + 1, &all[i].row);
		all[i].op = ledger_add(&all[i].row, NULL, NULL);
		all[i].op.cb = on_flooded;
		added += !fails;
		store_submit(t->store, &all[i].op);
	}
	assert_true(loop_run_until(t->loop, &idle, 20000));
	assert_int_equal(check_chain(t), added + 1);
	free(all);
}

static void pages_join_without_a_gap(void **state)
{
	struct fixture *t = *state;

	for (unsigned i = 1; i <= 5; i++) {
		fixture_add(t, i, NULL, NULL);
	}
	t->op = (struct store_op){ 0 };
	assert_int_equal(read_rows(t, 0, 2), 2);
	assert_int_equal(rows[1].seq, 2);
	assert_int_equal(read_rows(t, 2, 2), 2);
	assert_int_equal(rows[0].seq, 3);
	assert_int_equal(read_rows(t, 4, 2), 1);
	assert_int_equal(read_rows(t, 5, 2), 0);
	assert_int_equal(read_rows(t, INT64_MAX, 2), 0);
}

/* --- heads ----------------------------------------------------------------------- */

static void a_head_signs_what_is_new(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(sign(t, 5), 0);
	assert_int_equal(read_heads(t, 0, ROOM), 0);
	fixture_add(t, 1, NULL, NULL);
	assert_int_equal(sign(t, 10), 1);
	assert_int_equal(sign(t, 20), 1);
	fixture_deny(t, 2, NULL, 0);
	assert_int_equal(sign(t, 30), 3);
	assert_int_equal(read_heads(t, 0, ROOM), 2);
	assert_int_equal(heads[0].seq, 1);
	assert_int_equal(heads[0].at_ms, 10);
	assert_int_equal(heads[1].seq, 3);
	assert_string_equal(heads[0].key_id, heads[1].key_id);
	assert_int_equal(strlen(heads[0].key_id), AUDIT_KEY_ID_SIZE - 1);
	assert_int_equal(read_heads(t, 0, 1), 1);
	assert_int_equal(read_heads(t, 1, ROOM), 1);
	t->op = (struct store_op){ 0 };
	assert_int_equal(read_rows(t, 2, 1), 1);
	assert_memory_equal(rows[0].hash, heads[0].hash, AUDIT_HASH_SIZE);
	store_rows_free(&t->op);
}

static int64_t sink(struct fixture *t, enum store_op_kind kind, const char *name,
		    int64_t seq)
{
	t->op = (struct store_op){ .kind = kind };
	t->op.sink.name = name;
	t->op.sink.seq = seq;
	assert_done(t);
	return t->op.sink.seq;
}

static void each_sink_has_a_place_of_its_own(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(sink(t, STORE_SINK_READ, "file", 99), 0);
	sink(t, STORE_SINK_MOVE, "file", 12);
	sink(t, STORE_SINK_MOVE, "http", 7);
	sink(t, STORE_SINK_MOVE, "file", 13);
	assert_int_equal(sink(t, STORE_SINK_READ, "file", 0), 13);
	assert_int_equal(sink(t, STORE_SINK_READ, "http", 0), 7);
	assert_int_equal(sink(t, STORE_SINK_READ, "other", 0), 0);
}

/* --- from outside ---------------------------------------------------------------- */

static size_t find_grants(struct fixture *t, const struct grant_filter *by,
			  const char *before, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_GRANTS_FIND };
	t->op.grants_find.filter = by;
	text_copy(t->op.grants_find.before, ULID_SIZE, before);
	t->op.grants_find.rows = t->grants;
	t->op.grants_find.max = max;
	assert_done(t);
	return t->op.grants_find.n;
}

static void grants_are_found_by_what_is_asked(void **state)
{
	struct fixture *t = *state;
	struct grant_filter by = { 0 };

	for (unsigned i = 1; i <= 4; i++) {
		fixture_grant(t, i, 1000 + i, i % 2 ? "U0ANA0001" : "U0BOB0001");
	}
	t->op = ledger_close(3, "released");
	assert_done(t);
	assert_int_equal(find_grants(t, &by, "", ROOM), 4);
	assert_string_equal(t->grants[0].id, fixture_id(4));
	assert_string_equal(t->grants[1].cause, "released");
	assert_int_equal(find_grants(t, &by, fixture_id(4), 2), 2);
	assert_string_equal(t->grants[0].id, fixture_id(3));
	assert_int_equal(find_grants(t, &by, fixture_id(1), ROOM), 0);
	by.live = true;
	assert_int_equal(find_grants(t, &by, "", ROOM), 3);
	text_copy(by.user, sizeof(by.user), "U0ANA0001");
	assert_int_equal(find_grants(t, &by, "", ROOM), 1);
	text_copy(by.resource, sizeof(by.resource), "prod-redis");
	assert_int_equal(find_grants(t, &by, "", ROOM), 0);
	by = (struct grant_filter){ .incident = "INC-204" };
	assert_int_equal(find_grants(t, &by, "", ROOM), 4);
	by = (struct grant_filter){ .incident = "01JINCIDENT" };
	assert_int_equal(find_grants(t, &by, "", ROOM), 4);
	by = (struct grant_filter){ .incident = "INC-20" };
	assert_int_equal(find_grants(t, &by, "", ROOM), 0);
}

static size_t find_requests(struct fixture *t, const struct request_filter *by,
			    const char *before, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_REQUESTS_FIND };
	t->op.requests_find.filter = by;
	text_copy(t->op.requests_find.before, ULID_SIZE, before);
	t->op.requests_find.rows = t->requests;
	t->op.requests_find.max = max;
	assert_done(t);
	return t->op.requests_find.n;
}

static void requests_are_found_by_what_is_asked(void **state)
{
	struct fixture *t = *state;
	struct request_filter by = { .state = REQUEST_STATE_MAX };

	fixture_grant(t, 1, 100, "U0ANA0001");
	fixture_deny(t, 2, NULL, 0);
	fixture_add(t, 3, NULL, NULL);
	assert_int_equal(find_requests(t, &by, "", ROOM), 3);
	assert_string_equal(t->requests[0].id, fixture_id(3));
	assert_int_equal(find_requests(t, &by, fixture_id(3), 1), 1);
	assert_string_equal(t->requests[0].id, fixture_id(2));
	by.state = REQUEST_DENIED;
	assert_int_equal(find_requests(t, &by, "", ROOM), 1);
	by = (struct request_filter){ .state = REQUEST_STATE_MAX, .since_ms = 1000002 };
	assert_int_equal(find_requests(t, &by, "", ROOM), 2);
	by = (struct request_filter){ .state = REQUEST_STATE_MAX, .incident = "INC-204" };
	assert_int_equal(find_requests(t, &by, "", ROOM), 3);
	by = (struct request_filter){ .state = REQUEST_STATE_MAX, .incident = "INC-205" };
	assert_int_equal(find_requests(t, &by, "", ROOM), 0);
}

static void an_id_is_found_by_its_beginning_or_its_end(void **state)
{
	static const struct {
		const char *part;
		size_t n;
	} want[] = { { "01J8ZK", 3 },
		     { "12", 2 },
		     { "112", 1 },
		     { "99", 0 },
		     { "J8ZK", 0 },
		     { "", 3 },
		     { "01J8ZK00000000000000000212", 1 } };
	struct fixture *t = *state;
	char ids[ROOM][ULID_SIZE];

	fixture_add(t, 112, NULL, NULL);
	fixture_add(t, 212, NULL, NULL);
	fixture_add(t, 3, NULL, NULL);
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		t->op = (struct store_op){ .kind = STORE_IDS_FIND };
		t->op.ids_find.part = want[i].part;
		t->op.ids_find.ids = ids;
		t->op.ids_find.max = ROOM;
		assert_done(t);
		assert_row(t->op.ids_find.n == want[i].n, i, want[i].part);
	}
	t->op.ids_find.part = "01J";
	t->op.ids_find.max = 2;
	assert_done(t);
	assert_int_equal(t->op.ids_find.n, 2);
}

#define SUITE(ledger) \
	ON(ledger, every_change_has_its_row), ON(ledger, what_fails_leaves_no_row), \
		ON(ledger, a_batch_is_a_chain_whatever_fails_in_it), \
		ON(ledger, pages_join_without_a_gap), \
		ON(ledger, a_head_signs_what_is_new), \
		ON(ledger, each_sink_has_a_place_of_its_own), \
		ON(ledger, grants_are_found_by_what_is_asked), \
		ON(ledger, requests_are_found_by_what_is_asked), \
		ON(ledger, an_id_is_found_by_its_beginning_or_its_end)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
