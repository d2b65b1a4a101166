/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/grants_test.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approver/effect_kinds.h"
#include "approver/effects.h"
#include "approver/grant.h"
#include "approver/orders.h"
#include "approver/service.h"
#include "approver/told.h"
#include "shared/log.h"
#include "shared/text.h"
#include "tests/lib/ledger_rows.h"
#include "tests/lib/test.h"

enum { START_MS = 1000000000, ROUNDS = 6, CAP_MS = 8000 };

/* --- who is told ------------------------------------------------------------------------ */

struct telling {
	struct grants_test *t;
	struct notice *notice;
	struct loop_timer timer;
};

static void on_told(struct loop_timer *timer)
{
	struct telling *x = container_of(timer, struct telling, timer);
	struct notice *n = x->notice;
	struct fail fine = { 0 };

	n->job = NULL;
	free(x);
	n->cb(n, &fine);
}

static void tell(struct notifier *self, struct notice *n)
{
	struct grants_test *t = container_of(self, struct grants_test, notifier);
	struct telling *x = calloc(1, sizeof(*x));

	assert_non_null(x);
	t->said[n->kind]++;
	x->t = t;
	x->notice = n;
	x->timer.cb = on_told;
	n->job = x;
	loop_timer_start(t->loop, &x->timer, 0);
}

static void tell_cancel(struct notifier *self, struct notice *n)
{
	struct telling *x = n->job;

	(void)self;
	loop_timer_cancel(&x->timer);
	free(x);
}

static const struct notifier_ops notifier_ops = { .send = tell, .cancel = tell_cancel };

/* --- starting and stopping ---------------------------------------------------------------- */

static void resource_make(struct resource *r, char *name, char *target)
{
	static char fake[] = "fake";
	static char kind[] = "group";

	*r = (struct resource){ .name = name, .provision = fake };
	r->target.kind = kind;
	r->target.id = target;
	r->target.display_name = target;
}

static void approver_begin(struct grants_test *t)
{
	struct approver_env env = { .loop = t->loop,
				    .notifier = &t->notifier,
				    .config = &t->config };
	struct fail f = { 0 };

	if (!approver_open(&env, &t->approver, &f)) {
		fail_msg("%s", f.msg);
	}
}

void grants_open(struct grants_test *t, const struct clock *clock)
{
	static char fake[] = "fake";
	static char none[] = "";
	static char name_a[] = "prod-db", name_b[] = "prod-shell";
	static char id_a[] = "g1", id_b[] = "g2";
	static char extend[] = "extend";
	static char list[] = "list";
	static char *actions[] = { extend, list };
	struct fail f = { 0 };

	*t = (struct grants_test){ 0 };
	log_setup(clock_system(), LOG_ERROR, LOG_LOGFMT, false);
	temp_dir_make(&t->dir);
	fake_clock_init(&t->clock, START_MS);
	if (!loop_create(clock ? clock : &t->clock.clock, &t->loop, &f)) {
		fail_msg("%s", f.msg);
	}
	fake_target_init(&t->target);
	t->notifier.ops = &notifier_ops;
	snprintf(t->ledger, sizeof(t->ledger), "sqlite:%s",
		 temp_dir_file(&t->dir, "l.db"));
	t->provisioner = (struct provisioner_config){ .name = fake,
						      .type = fake,
						      .url = none,
						      .timeout_ms = 1000,
						      .actions = { actions, 2 },
						      .concurrency = 3 };
	t->config.ledger = t->ledger;
	t->config.audit.file = t->config.audit.url = none;
	t->config.provisioners.items = &t->provisioner;
	t->config.provisioners.n = 1;
	resource_make(&t->resources[0], name_a, id_a);
	resource_make(&t->resources[1], name_b, id_b);
	t->config.resources.items = t->resources;
	t->config.resources.n = 2;
	approver_begin(t);
}

void grants_close(struct grants_test *t)
{
	approver_close(t->approver);
	fake_target_finish(&t->target);
	loop_destroy(t->loop);
	temp_dir_remove(&t->dir);
}

void grants_restart(struct grants_test *t)
{
	approver_close(t->approver);
	approver_begin(t);
}

/* --- the ledger -------------------------------------------------------------------------------- */

struct waiting {
	struct store_op op;
	bool done;
	struct fail fail;
};

static void on_done(struct store_op *op, const struct fail *f)
{
	struct waiting *w = container_of(op, struct waiting, op);

	w->fail = *f;
	w->done = true;
}

static void submit(struct grants_test *t, struct waiting *w)
{
	w->op.cb = on_done;
	w->done = false;
	store_submit(t->approver->store, &w->op);
	if (!loop_run_until(t->loop, &w->done, CAP_MS) || w->fail.kind != FAIL_NONE) {
		fail_msg("the ledger: %s", w->fail.msg);
	}
}

/* Reading comes after all that was written before. */
void grants_settle(struct grants_test *t)
{
	struct grant_row row;
	struct waiting w = { 0 };

	for (size_t i = 0; i < ROUNDS; i++) {
		w.op = (struct store_op){ .kind = STORE_GRANTS_STUCK };
		w.op.grants_stuck.rows = &row;
		w.op.grants_stuck.max = 1;
		submit(t, &w);
		loop_run_once(t->loop);
	}
}

int64_t grants_sql(const struct grants_test *t, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t n = -1;

	if (sqlite3_open_v2(t->ledger + strlen("sqlite:"), &db, SQLITE_OPEN_READONLY,
			    NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		n = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

/* --- a grant ----------------------------------------------------------------------------------- */

static void rows_make(struct grants_test *t, const char *user, char *target,
		      int64_t for_s, struct request_row *r, struct grant_row *g)
{
	static char name[] = "prod-db";
	int64_t now_ms = clock_wall_ms(loop_clock(t->loop));
	struct resource res;

	ledger_request(t->next, r);
	ledger_grant(t->next, now_ms + for_s * 1000, g);
	resource_make(&res, name, target);
	text_copy(r->user, sizeof(r->user), user);
	text_copy(g->user, sizeof(g->user), user);
	r->asked_ms = now_ms;
	g->starts_ms = now_ms;
	g->state = GRANT_GRANTING;
	text_copy(g->provisioner, sizeof(g->provisioner), "fake");
	told_lane(&res, g->team, g->user, g->lane);
	g->told = told_format(&res, "ana@acme.example", NULL);
}

unsigned grants_add(struct grants_test *t, const char *user, const char *target,
		    int64_t for_s)
{
	int64_t now_ms = clock_wall_ms(loop_clock(t->loop));
	struct effect_row effects[2], covered[2];
	struct notice_facts about = { .asked_ms = now_ms, .decided_ms = now_ms };
	struct waiting w = { 0 };
	struct request_row r;
	struct grant_row g;
	char id[NAME_SIZE];

	t->next++;
	text_copy(id, sizeof(id), target);
	rows_make(t, user, id, for_s, &r, &g);
	text_copy(about.request_id, sizeof(about.request_id), r.id);
	w.op = ledger_add(&r, r.id, NULL);
	submit(t, &w);
	effect_row_init(&effects[0], NOTICE_GRANTING, &about, now_ms);
	effect_row_init(&covered[0], NOTICE_GRANTED, &about, now_ms);
	order_extend_fill(&t->config, &g, 0, now_ms, NULL, &covered[1]);
	grant_order(&g, effect_kinds[EFFECT_PROVISION].word, now_ms, &effects[1]);
	w.op = ledger_move(t->next, REQUEST_ASKED, REQUEST_GRANTED);
	w.op.request_move.at_ms = now_ms;
	w.op.request_move.grant = &g;
	w.op.request_move.effects = effects;
	w.op.request_move.n_effects = 2;
	w.op.request_move.covered_effects = covered;
	w.op.request_move.n_covered = 2;
	submit(t, &w);
	effects_add(t->approver->effects,
		    w.op.request_move.covered ? &covered[0] : &effects[0]);
	grants_added(t->approver->grants, g.expires_ms);
	orders_poke(t->approver->orders, "fake");
	effect_row_finish(&effects[0]);
	effect_row_finish(&covered[0]);
	free((void *)(uintptr_t)g.told);
	return t->next;
}
