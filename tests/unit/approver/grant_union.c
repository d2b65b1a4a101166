/* SPDX-License-Identifier: Apache-2.0 */
/* Overlapping grants, seen from the target: access is there exactly over their union.
 *
 * Random interleavings of grants, ends, answers of every kind (some lost, some lies about
 * what happened), and kills. What must hold at every moment:
 *  - where the ledger has an active grant, the target gives access;
 *  - where it has neither a live grant nor one on its way in or out, the target gives none;
 *  - while one is active the target is told nothing of that access but a later end;
 *  - once there is nothing to tell it, it knows no end that is earlier than the last of them;
 * and in the end every grant has its end, said once. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/grants_test.h"
#include "tests/lib/test.h"

enum { SEEDS = 24, STEPS = 50, DRAIN_MAX = 600 };

static const char *const users[] = { "U0ANA0001", "U0BOB0001" };
static const char *const targets[] = { "g1", "g2" };

static unsigned dice(unsigned *seed, unsigned n)
{
	*seed = *seed * 1103515245u + 12345u;
	return (*seed >> 16) % n;
}

static int64_t count(const struct grants_test *t, const char *user, const char *target,
		     const char *states)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM grants WHERE lane = 'fake/T0ACME001/%s/group/%s'"
		 " AND state IN (%s)",
		 user, target, states);
	return grants_sql(t, sql);
}

/* At one moment: when the last of them ends, or 0 while there is something to tell. */
static int64_t settled_until(const struct grants_test *t, const char *user,
			     const char *target)
{
	char sql[768];

	snprintf(sql, sizeof(sql),
		 "SELECT iif(EXISTS (SELECT 1 FROM effect WHERE state = 'pending'"
		 " AND queue <> '' AND lane = l), 0, (SELECT coalesce(max(expires_ms), 0)"
		 " FROM grants WHERE state = 'active' AND lane = l))"
		 " FROM (SELECT 'fake/T0ACME001/%s/group/%s' AS l)",
		 user, target);
	return grants_sql(t, sql);
}

static void look_at_end(const struct grants_test *t, const char *user, const char *target,
			unsigned seed, unsigned step)
{
	int64_t until_ms = settled_until(t, user, target);

	assert_true(until_ms >= 0);
	if (fake_target_until(&t->target, user, target) < until_ms) {
		fail_msg("seed %u, step %u: %s at %s: the target ends it earlier", seed,
			 step, user, target);
	}
}

static void look(const struct grants_test *t, unsigned seed, unsigned step)
{
	for (size_t u = 0; u < ARRAY_LEN(users); u++) {
		for (size_t g = 0; g < ARRAY_LEN(targets); g++) {
			bool has = fake_target_has(&t->target, users[u], targets[g]);
			int64_t active = count(t, users[u], targets[g], "'active'");
			int64_t open = count(t, users[u], targets[g],
					     "'active', 'granting', 'revoking'");

			if ((active > 0 && !has) || (open == 0 && has)) {
				fail_msg("seed %u, step %u: %s at %s: %d active, %d "
					 "open, and the target says %d",
					 seed, step, users[u], targets[g], (int)active,
					 (int)open, has);
			}
			look_at_end(t, users[u], targets[g], seed, step);
		}
	}
}

static void on_call(const struct fake_call *c, void *data)
{
	static const char *const words[] = { [PROVISION_GRANT] = "grant",
					     [PROVISION_REVOKE] = "revoke",
					     [PROVISION_EXTEND] = "extend" };
	const struct grants_test *t = data;

	/* One that has just ended may be told of still: its end is next. */
	if (c->action == PROVISION_EXTEND
		    ? count(t, c->user, c->target, "'active', 'revoking'") == 0
		    : count(t, c->user, c->target, "'active'") > 0) {
		fail_msg("the target was told %s of %s at %s, and that cannot be",
			 words[c->action], c->user, c->target);
	}
	for (size_t i = 0; i + 1 < t->target.n; i++) {
		if (strcmp(t->target.calls[i].user, c->user) == 0 &&
		    strcmp(t->target.calls[i].target, c->target) == 0) {
			fail_msg("two calls about %s at %s at once", c->user, c->target);
		}
	}
}

/* What became of a call over there, and what the caller hears. */
static const struct {
	bool may_happen;
	enum fail_kind kind;
} answers[] = {
	{ true, FAIL_NONE },      { true, FAIL_NONE },  { true, FAIL_UPSTREAM },
	{ true, FAIL_UNCERTAIN }, { false, FAIL_BUSY }, { false, FAIL_DENIED },
	{ false, FAIL_TIMEOUT },
};

static void answer_some(struct grants_test *t, unsigned *seed)
{
	unsigned which = dice(seed, ARRAY_LEN(answers));
	struct fail f = { 0 };
	bool happens = answers[which].may_happen &&
		       (answers[which].kind == FAIL_NONE || dice(seed, 2) == 0);

	if (t->target.n == 0) {
		return;
	}
	if (answers[which].kind != FAIL_NONE) {
		fail_set(&f, answers[which].kind, "fake: said so");
	}
	fake_target_answer(&t->target, dice(seed, (unsigned)t->target.n), happens, &f);
}

static void kill_it(struct grants_test *t, unsigned *seed)
{
	for (size_t i = 0; i < t->target.n; i++) {
		if (dice(seed, 2) == 0) {
			fake_target_happen(&t->target, i);
		}
	}
	grants_restart(t);
}

static void step(struct grants_test *t, unsigned *seed)
{
	switch (dice(seed, 10)) {
	case 0:
	case 1:
	case 2:
		grants_add(t, users[dice(seed, ARRAY_LEN(users))],
			   targets[dice(seed, ARRAY_LEN(targets))], 5 + dice(seed, 60));
		return;
	case 3:
	case 4:
		fake_clock_advance(&t->clock, (int64_t)dice(seed, 20000));
		return;
	case 5:
		kill_it(t, seed);
		return;
	default:
		answer_some(t, seed);
	}
}

/* Everything works from now on: all of it ends. */
static void drain(struct grants_test *t)
{
	const struct fail fine = { 0 };

	for (size_t i = 0; i < DRAIN_MAX; i++) {
		while (t->target.n > 0) {
			fake_target_answer(&t->target, 0, true, &fine);
		}
		fake_clock_advance(&t->clock, 3000);
		grants_settle(t);
		if (i % 10 == 9 &&
		    grants_sql(t, "SELECT count(*) FROM grants WHERE state "
				  "NOT IN ('closed', 'failed')") == 0) {
			return;
		}
	}
	fail_msg("not all grants have ended");
}

static void one(unsigned start)
{
	static struct grants_test t;
	unsigned seed = start;

	grants_open(&t, NULL);
	t.target.on_call = on_call;
	t.target.data = &t;
	for (unsigned i = 0; i < STEPS; i++) {
		step(&t, &seed);
		grants_settle(&t);
		look(&t, start, i);
	}
	drain(&t);
	look(&t, start, STEPS);
	assert_int_equal(grants_sql(&t, "SELECT count(*) FROM effect WHERE state = "
					"'pending' AND queue <> ''"),
			 0);
	assert_int_equal(grants_sql(&t,
				    "SELECT count(*) FROM (SELECT subject_id FROM audit"
				    " WHERE subject = 'grant' AND to_state IN "
				    "('closed', 'failed') GROUP BY subject_id)"),
			 t.next);
	grants_close(&t);
}

static void access_is_there_exactly_over_the_union(void **state)
{
	const char *only = getenv("SEED");

	(void)state;
	if (only) {
		one((unsigned)strtoul(only, NULL, 10));
		return;
	}
	for (unsigned seed = 1; seed <= SEEDS; seed++) {
		one(seed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(access_is_there_exactly_over_the_union),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
