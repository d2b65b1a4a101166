/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger's front must do with many operations at once, and with a database that
 * fails beneath it. One suite for memory: and for sqlite:. */
#include "tests/lib/ledger_fixture.h"

#include <stdlib.h>

#include "shared/metrics.h"
#include "tests/lib/store_fault.h"

enum { WAITING_MAX = 8192 };

/* Operations that are answered one by one. */
struct many {
	size_t n, answered;
	bool all;
	struct item {
		struct store_op op;
		struct request_row row;
		struct fail fail;
		size_t nth; /* the how-manieth answer it was; 0: none yet */
		struct many *many;
	} items[];
};

static void on_answered(struct store_op *op, const struct fail *f)
{
	struct item *i = container_of(op, struct item, op);

	assert_int_equal(i->nth, 0);
	i->fail = *f;
	i->nth = ++i->many->answered;
	i->many->all = i->many->answered == i->many->n;
}

/* n requests to be added, numbers first, first + 1, ... */
static struct many *many_make(size_t n, unsigned first)
{
	struct many *m = calloc(1, sizeof(*m) + n * sizeof(m->items[0]));

	assert_non_null(m);
	m->n = n;
	for (size_t i = 0; i < n; i++) {
		ledger_request(first + (unsigned)i, &m->items[i].row);
		m->items[i].op = ledger_add(&m->items[i].row, NULL, NULL);
		m->items[i].many = m;
	}
	return m;
}

static void many_submit(struct fixture *t, struct many *m)
{
	for (size_t i = 0; i < m->n; i++) {
		m->items[i].op.cb = on_answered;
		store_submit(t->store, &m->items[i].op);
	}
	assert_int_equal(m->answered, 0);
}

static void many_wait(struct fixture *t, struct many *m)
{
	assert_true(loop_run_until(t->loop, &m->all, 20000));
}

/* The thread is kept busy, so that what is submitted gathers into one batch. */
static void gather(struct fixture *t, struct many *busy)
{
	store_fault_hold(STORE_FAULT_BEGIN);
	many_submit(t, busy);
	assert_true(store_fault_held(5000));
}

/* Submit them as one batch and wait for the answers. */
static void many_do(struct fixture *t, struct many *m)
{
	struct many *busy = many_make(1, 900000);

	gather(t, busy);
	many_submit(t, m);
	store_fault_release();
	many_wait(t, m);
	assert_true(busy->all);
	free(busy);
}

static enum fail_kind kind_of(const struct many *m, size_t i)
{
	return m->items[i].fail.kind;
}

/* --- batches --------------------------------------------------------------------- */

static void what_waits_shares_one_commit_and_is_answered_in_order(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(100, 1);

	many_do(t, m);
	assert_int_equal(store_fault_calls(STORE_FAULT_COMMIT), 2);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(kind_of(m, i), FAIL_NONE);
		assert_int_equal(m->items[i].nth, i + 1);
	}
	free(m);
}

static void duplicates_are_found_within_a_batch(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(3, 1);

	for (size_t i = 0; i < m->n; i++) {
		m->items[i].op.request_add.keys[0] = "k";
	}
	many_do(t, m);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(kind_of(m, i), FAIL_NONE);
		assert_int_equal(m->items[i].op.request_add.duplicate, i > 0);
		assert_string_equal(m->items[i].op.request_add.id, fixture_id(1));
	}
	free(m);
}

static void of_two_moves_in_a_batch_one_wins(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(3, 1);
	struct grant_row g;

	ledger_grant(1, 9000000, &g);
	m->items[1].op = ledger_move(1, REQUEST_ASKED, REQUEST_GRANTED);
	m->items[1].op.request_move.grant = &g;
	m->items[2].op = ledger_move(1, REQUEST_ASKED, REQUEST_DENIED);
	many_do(t, m);
	assert_int_equal(kind_of(m, 0), FAIL_NONE);
	assert_int_equal(kind_of(m, 1), FAIL_NONE);
	assert_int_equal(kind_of(m, 2), FAIL_CONFLICT);
	assert_int_equal(fixture_due(t, INT64_MAX, ROOM), 1);
	free(m);
}

static void an_operation_that_fails_leaves_its_batch_alone(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(5, 1);
	struct effect_row bad;

	m->items[1].op = ledger_move(77, REQUEST_ASKED, REQUEST_DENIED);
	m->items[2].row = m->items[0].row; /* the id is taken */
	/* Half done when it fails: the move succeeds, its effect does not. */
	ledger_effect(77, "{}", &bad);
	m->items[3].op = ledger_move(1, REQUEST_ASKED, REQUEST_DENIED);
	m->items[3].op.request_move.effects = &bad;
	m->items[3].op.request_move.n_effects = 1;
	many_do(t, m);
	assert_int_equal(kind_of(m, 0), FAIL_NONE);
	assert_int_equal(kind_of(m, 1), FAIL_CONFLICT);
	assert_int_equal(kind_of(m, 2), FAIL_CONFLICT);
	assert_int_equal(kind_of(m, 3), FAIL_CONFLICT);
	assert_int_equal(kind_of(m, 4), FAIL_NONE);
	assert_int_equal(fixture_open(t, "", ROOM), 3); /* and the one of gather() */
	assert_string_equal(t->requests[0].id, fixture_id(1));
	assert_int_equal(t->requests[0].state, REQUEST_ASKED);
	assert_string_equal(t->requests[1].id, fixture_id(5));
	free(m);
}

static void a_batch_sees_what_it_did_itself(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(4, 1);
	struct grant_row g;
	struct effect_row e;

	ledger_grant(1, 9000000, &g);
	ledger_effect(1, "{}", &e);
	m->items[1].op = ledger_move(1, REQUEST_ASKED, REQUEST_GRANTED);
	m->items[1].op.request_move.grant = &g;
	m->items[2].op = ledger_close(1, "released");
	m->items[2].op.grant_move.effects = &e;
	m->items[2].op.grant_move.n_effects = 1;
	m->items[3].op = (struct store_op){ .kind = STORE_EFFECTS_DUE };
	m->items[3].op.effects_due.rows = t->effects;
	m->items[3].op.effects_due.max = ROOM;
	many_do(t, m);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(kind_of(m, i), FAIL_NONE);
	}
	assert_int_equal(m->items[3].op.effects_due.n, 1);
	assert_int_equal(t->effects[0].id, e.id);
	fixture_free(t);
	free(m);
}

/* --- the queue ------------------------------------------------------------------- */

static void more_than_8192_that_wait_are_too_many(void **state)
{
	struct fixture *t = *state;
	struct many *busy = many_make(1, 900000);
	struct many *m = many_make(WAITING_MAX + 2, 1);
	size_t refused = 0;

	gather(t, busy);
	many_submit(t, m);
	for (size_t i = 0; i < 3; i++) {
		loop_run_once(
			t->loop); /* the refused are answered while the others wait */
	}
	assert_int_equal(m->answered, 2);
	store_fault_release();
	many_wait(t, m);
	for (size_t i = 0; i < m->n; i++) {
		refused += kind_of(m, i) == FAIL_BUSY;
		assert_int_equal(kind_of(m, i), i < WAITING_MAX ? FAIL_NONE : FAIL_BUSY);
	}
	assert_int_equal(refused, 2);
	fixture_add(t, 800000, NULL, NULL); /* there is room again */
	free(m);
	free(busy);
}

/* Submits the next operation in the same struct. */
struct chain {
	struct store_op op;
	struct store *store;
	struct request_row row;
	unsigned step;
	bool done;
};

static void on_link(struct store_op *op, const struct fail *f)
{
	struct chain *c = container_of(op, struct chain, op);
	enum fail_kind kind = f->kind;

	assert_int_equal(kind, c->step == 0 ? FAIL_CONFLICT : FAIL_NONE);
	if (++c->step == 3) {
		c->done = true;
		return;
	}
	c->op = c->step == 1 ? ledger_add(&c->row, NULL, NULL)
			     : ledger_move(1, REQUEST_ASKED, REQUEST_DENIED);
	c->op.cb = on_link;
	store_submit(c->store, &c->op);
	/* What was handed over lives on, whatever becomes of the operation. */
	assert_int_equal(f->kind, kind);
}

static void a_callback_may_use_its_operation_again(void **state)
{
	struct fixture *t = *state;
	struct chain c = { .store = t->store };

	ledger_request(1, &c.row);
	c.op = ledger_move(1, REQUEST_ASKED, REQUEST_DENIED);
	c.op.cb = on_link;
	store_submit(t->store, &c.op);
	assert_true(loop_run_until(t->loop, &c.done, 5000));
}

static void to_close_carries_out_what_waits(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(1000, 1);

	many_submit(t, m);
	store_close(t->store);
	t->store = NULL;
	assert_int_equal(m->answered, m->n);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(kind_of(m, i), FAIL_NONE);
	}
	free(m);
}

/* Submits another while the ledger is being closed. */
struct late {
	struct store_op first, second;
	struct store *store;
	struct request_row row;
	enum fail_kind ended;
};

static void on_second(struct store_op *op, const struct fail *f)
{
	container_of(op, struct late, second)->ended = f->kind;
}

static void on_first(struct store_op *op, const struct fail *f)
{
	struct late *l = container_of(op, struct late, first);

	assert_int_equal(f->kind, FAIL_NONE);
	l->second = (struct store_op){ .kind = STORE_PROBE, .cb = on_second };
	store_submit(l->store, &l->second);
	assert_int_equal(l->ended, FAIL_NONE);
}

static void what_comes_while_it_closes_is_cancelled(void **state)
{
	struct fixture *t = *state;
	struct late l = { .store = t->store };

	ledger_request(1, &l.row);
	l.first = ledger_add(&l.row, NULL, NULL);
	l.first.cb = on_first;
	store_submit(t->store, &l.first);
	store_close(t->store);
	t->store = NULL;
	assert_int_equal(l.ended, FAIL_CANCELLED);
}

/* --- a database that fails ------------------------------------------------------- */

static struct fail trouble(enum fail_kind kind)
{
	struct fail f = { 0 };

	fail_set(&f, kind, "the ledger cannot be written: the disk is full");
	return f;
}

static void a_begin_that_fails_fails_all_and_the_next_goes_on(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(3, 1);
	struct fail f = trouble(FAIL_LEDGER);

	store_fault_at(STORE_FAULT_BEGIN, 2, 1, &f); /* the first is that of gather() */
	many_do(t, m);
	for (size_t i = 0; i < m->n; i++) {
		assert_int_equal(kind_of(m, i), FAIL_LEDGER);
		assert_string_equal(m->items[i].fail.msg, f.msg);
	}
	assert_int_equal(fixture_open(t, "", ROOM), 1);
	fixture_add(t, 1, NULL, NULL);
	free(m);
}

static void a_commit_that_fails_leaves_nothing_of_its_batch(void **state)
{
	struct fixture *t = *state;
	struct many *m = many_make(4, 1);
	struct fail f = trouble(FAIL_LEDGER);

	m->items[1].op = ledger_move(77, REQUEST_ASKED, REQUEST_DENIED);
	m->items[3].op = (struct store_op){ .kind = STORE_EFFECTS_DUE };
	m->items[3].op.effects_due.rows = t->effects;
	m->items[3].op.effects_due.max = ROOM;
	{
		struct effect_row e;

		ledger_effect(500, "{}", &e);
		fixture_deny(t, 500, &e, 1);
	}
	store_fault_at(STORE_FAULT_COMMIT, 2, 1, &f);
	many_do(t, m);
	for (size_t i = 0; i < m->n; i++) {
		assert_true(kind_of(m, i) == FAIL_LEDGER || i == 1);
	}
	assert_int_equal(m->items[3].op.effects_due.n, 0); /* and nothing to be freed */
	assert_int_equal(fixture_open(t, "", ROOM), 1);
	fixture_add(t, 1, NULL, NULL);
	free(m);
}

static void an_uncertain_commit_is_found_out_by_asking_again(void **state)
{
	struct fixture *t = *state;
	struct fail f = trouble(FAIL_UNCERTAIN);

	for (unsigned happened = 0; happened < 2; happened++) {
		struct request_row r;

		ledger_request(1 + happened, &r);
		store_fault_happen(happened);
		store_fault_at(STORE_FAULT_COMMIT, 1, 1, &f);
		t->op = ledger_add(&r, happened ? "yes" : "no", NULL);
		assert_int_equal(fixture_submit(t), FAIL_UNCERTAIN);
		t->op = ledger_add(&r, happened ? "yes" : "no", NULL);
		assert_done(t);
		assert_int_equal(t->op.request_add.duplicate, happened);
		assert_string_equal(t->op.request_add.id, r.id);
	}
}

static void a_fault_can_strike_one_kind_of_operation(void **state)
{
	struct fixture *t = *state;
	struct fail f = trouble(FAIL_LEDGER);

	store_fault_at_op(STORE_REQUEST_MOVE, 2, 0, &f);
	for (unsigned i = 1; i <= 3; i++) {
		fixture_add(t, i, NULL, NULL);
		t->op = ledger_move(i, REQUEST_ASKED, REQUEST_DENIED);
		assert_int_equal(fixture_submit(t), i < 2 ? FAIL_NONE : FAIL_LEDGER);
	}
	store_fault_heal();
	t->op = ledger_move(3, REQUEST_ASKED, REQUEST_DENIED);
	assert_done(t);
}

/* --- opening --------------------------------------------------------------------- */

static const struct {
	const char *url;
	const char *why;
} bad_urls[] = {
	{ "", "no kind of ledger is called ''" },
	{ "sqlite", "no kind of ledger is called 'sqlite'" },
	{ "/var/lib/ledger.db", "no kind of ledger" },
	{ "sqlitex:/tmp/x", "no kind of ledger is called 'sqlitex'" },
	{ "oracle://user:secret@host/db", "no kind of ledger is called 'oracle'" },
	{ "memory:x", "nothing may stand behind 'memory:'" },
	{ "sqlite:", "it names no file" },
	{ "sqlite::memory:", "it names no file" },
	{ "sqlite:/nowhere/at/all/ledger.db",
	  "cannot open or make the file: No such file" },
	{ "sqlite:/tmp", "cannot open or make the file: Is a directory" },
};

static void a_url_that_is_wrong_is_refused_with_a_hint(void **state)
{
	struct fixture *t = *state;
	struct store *s;

	for (size_t i = 0; i < ARRAY_LEN(bad_urls); i++) {
		struct fail f = { 0 };

		assert_row(!store_open(bad_urls[i].url, t->loop, NULL, &s, &f), i,
			   bad_urls[i].url);
		assert_row(strstr(f.msg, bad_urls[i].why), i, f.msg);
		assert_row(!strstr(f.msg, "secret"), i, f.msg);
		assert_row(f.hint[0] || strstr(f.msg, "memory"), i, f.msg);
	}
}

static void what_was_done_and_what_failed_is_counted(void **state)
{
	struct fixture *t = *state;
	struct metrics *m = metrics_create();
	struct store *own = t->store;
	struct fail f = trouble(FAIL_LEDGER);
	struct buf out;

	assert_true(store_open("memory:", t->loop, m, &t->store, &f));
	fixture_add(t, 1, NULL, NULL);
	fixture_add(t, 2, NULL, NULL);
	t->op = ledger_move(9, REQUEST_ASKED, REQUEST_DENIED);
	assert_int_equal(fixture_submit(t), FAIL_CONFLICT);
	store_close(t->store);
	assert_true(store_open("fault:memory:", t->loop, m, &t->store, &f));
	f = trouble(FAIL_LEDGER);
	store_fault_at(STORE_FAULT_COMMIT, 1, 1, &f);
	t->op = (struct store_op){ .kind = STORE_PROBE };
	assert_int_equal(fixture_submit(t), FAIL_LEDGER);
	store_close(t->store);
	t->store = own;

	buf_init(&out, 1 << 16);
	metrics_format(m, &out);
	assert_has(buf_str(&out),
		   "accessd_ledger_operations_total{kind=\"request-add\"} 2\n");
	assert_has(buf_str(&out),
		   "accessd_ledger_operations_total{kind=\"request-move\"} 1\n");
	assert_has(buf_str(&out), "accessd_ledger_failures_total{why=\"ledger\"} 1\n");
	assert_has_not(buf_str(&out), "why=\"conflict\"");
	assert_has(buf_str(&out), "accessd_ledger_commit_seconds_count 4\n");
	buf_finish(&out);
	metrics_destroy(m);
}

#define SUITE(ledger) \
	ON(ledger, what_waits_shares_one_commit_and_is_answered_in_order), \
		ON(ledger, duplicates_are_found_within_a_batch), \
		ON(ledger, of_two_moves_in_a_batch_one_wins), \
		ON(ledger, an_operation_that_fails_leaves_its_batch_alone), \
		ON(ledger, a_batch_sees_what_it_did_itself), \
		ON(ledger, more_than_8192_that_wait_are_too_many), \
		ON(ledger, a_callback_may_use_its_operation_again), \
		ON(ledger, to_close_carries_out_what_waits), \
		ON(ledger, what_comes_while_it_closes_is_cancelled), \
		ON(ledger, a_begin_that_fails_fails_all_and_the_next_goes_on), \
		ON(ledger, a_commit_that_fails_leaves_nothing_of_its_batch), \
		ON(ledger, an_uncertain_commit_is_found_out_by_asking_again), \
		ON(ledger, a_fault_can_strike_one_kind_of_operation), \
		ON(ledger, a_url_that_is_wrong_is_refused_with_a_hint), \
		ON(ledger, what_was_done_and_what_failed_is_counted)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("fault:memory:"),
					    SUITE("fault:sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
