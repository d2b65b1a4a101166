/* SPDX-License-Identifier: Apache-2.0 */
/* An open ledger on a loop. */
#include "tests/lib/ledger_fixture.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/text.h"
#include "tests/lib/store_fault.h"

static struct fixture *current;

int ledger_setup(void **state)
{
	const char *scheme = *state;
	struct fixture *t = calloc(1, sizeof(*t));
	char url[200];

	assert_non_null(t);
	temp_dir_make(&t->dir);
	snprintf(url, sizeof(url), "%s%s", scheme,
		 strstr(scheme, "sqlite:") ? temp_dir_file(&t->dir, "ledger.db") : "");
	store_fault_reset();
	store_driver_use(&store_fault_driver);
	assert_true(loop_create(clock_system(), &t->loop, &t->fail));
	if (!store_open(url, t->loop, NULL, &t->store, &t->fail)) {
		fail_msg("%s", t->fail.msg);
	}
	current = t;
	*state = t;
	return 0;
}

int ledger_teardown(void **state)
{
	struct fixture *t = *state;

	store_fault_release();
	store_close(t->store);
	store_driver_use(NULL);
	loop_destroy(t->loop);
	temp_dir_remove(&t->dir);
	free(t);
	return 0;
}

static void on_done(struct store_op *op, const struct fail *f)
{
	assert_ptr_equal(op, &current->op);
	assert_false(current->done);
	current->fail = *f;
	current->done = true;
}

enum fail_kind fixture_submit(struct fixture *t)
{
	t->done = false;
	t->op.cb = on_done;
	store_submit(t->store, &t->op);
	assert_false(t->done); /* never before it has returned */
	assert_true(loop_run_until(t->loop, &t->done, 5000));
	return t->fail.kind;
}

void fixture_add(struct fixture *t, unsigned n, const char *key, const char *key2)
{
	struct request_row r;

	ledger_request(n, &r);
	t->op = ledger_add(&r, key, key2);
	assert_done(t);
}

void fixture_grant(struct fixture *t, unsigned n, int64_t expires_ms, const char *user)
{
	struct grant_row g;

	fixture_add(t, n, NULL, NULL);
	ledger_grant(n, expires_ms, &g);
	text_copy(g.user, sizeof(g.user), user);
	t->op = ledger_move(n, REQUEST_ASKED, REQUEST_GRANTED);
	t->op.request_move.grant = &g;
	assert_done(t);
}

void fixture_deny(struct fixture *t, unsigned n, struct effect_row *effects,
		  size_t n_effects)
{
	fixture_add(t, n, NULL, NULL);
	t->op = ledger_move(n, REQUEST_ASKED, REQUEST_DENIED);
	t->op.request_move.effects = effects;
	t->op.request_move.n_effects = n_effects;
	assert_done(t);
}

size_t fixture_open(struct fixture *t, const char *after, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_REQUESTS_OPEN };
	text_copy(t->op.requests_open.after, ULID_SIZE, after);
	t->op.requests_open.rows = t->requests;
	t->op.requests_open.max = max;
	assert_done(t);
	return t->op.requests_open.n;
}

size_t fixture_due(struct fixture *t, int64_t until_ms, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_GRANTS_DUE };
	t->op.grants_due.until_ms = until_ms;
	t->op.grants_due.rows = t->grants;
	t->op.grants_due.max = max;
	assert_done(t);
	return t->op.grants_due.n;
}

size_t fixture_of(struct fixture *t, const char *team, const char *user, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_GRANTS_OF };
	t->op.grants_of.team = team;
	t->op.grants_of.user = user;
	t->op.grants_of.rows = t->grants;
	t->op.grants_of.max = max;
	assert_done(t);
	return t->op.grants_of.n;
}

size_t fixture_effects(struct fixture *t, int64_t after, size_t max)
{
	t->op = (struct store_op){ .kind = STORE_EFFECTS_DUE };
	t->op.effects_due.after = after;
	t->op.effects_due.rows = t->effects;
	t->op.effects_due.max = max;
	assert_done(t);
	return t->op.effects_due.n;
}

void fixture_free(struct fixture *t)
{
	for (size_t i = 0; i < ROOM; i++) {
		free((void *)(uintptr_t)t->effects[i].payload);
		t->effects[i].payload = NULL;
	}
}

const char *fixture_id(unsigned n)
{
	static char ids[4][ULID_SIZE];
	static unsigned next;
	char *id = ids[next++ % 4];

	ledger_id(n, id);
	return id;
}

void fixture_probe(struct fixture *t, int64_t now_ms, int64_t forget_before_ms)
{
	t->op = (struct store_op){ .kind = STORE_PROBE };
	t->op.probe.now_ms = now_ms;
	t->op.probe.forget_before_ms = forget_before_ms;
	assert_done(t);
}
