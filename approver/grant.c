/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a grant.
 *
 *   active --expires_ms has passed--> closed
 *
 * A move writes the row, its audit line and the message of it in one transaction. When a
 * grant ends is a matter of wall time; a timer only says when to look. The clock may jump,
 * so the timer never sleeps longer than LOOK_MS, and what is due is what the ledger says
 * is due at that moment: a grant ends once, and not early. Nothing but the soonest end is
 * kept in memory. */
#include "approver/grant.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "accessd/store.h"
#include "approver/effects.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	LOOK_MS = 30 * 1000, /* how late a jump of the wall clock is noticed */
	AGAIN_MS = 5000,     /* after the ledger failed */
	BATCH = 32,          /* grants ended at a time */
};

#define TO(state) (1u << GRANT_##state)
static const unsigned moves[GRANT_STATE_MAX] = {
	[GRANT_ACTIVE] = TO(CLOSED),
	[GRANT_CLOSED] = 0,
};
#undef TO

struct ending {
	struct grants *all;
	struct grant_row row;
	struct effect_row effect;
	struct store_op op;
};

struct grants {
	struct approver *a;
	struct loop_timer timer;
	int64_t next_ms; /* wall: no grant ends before; INT64_MAX: none lives */
	bool looking;
	bool closing_some; /* the look is for what is due, not for what is next */
	struct store_op look;
	struct grant_row rows[BATCH];
	size_t ending; /* moves that are under way */
	bool full;     /* the last look found a whole batch: there may be more */
	bool failed;   /* some could not be ended: look again, but not at once */
	struct metric *m_ended;
};

static void look(struct grants *g, bool due);

/* Sleep until the next end, but no longer than LOOK_MS. */
static void arm(struct grants *g)
{
	int64_t wait = LOOK_MS;

	if (g->next_ms != INT64_MAX) {
		int64_t until = g->next_ms - clock_wall_ms(g->a->clock);

		wait = until < 0 ? 0 : until < LOOK_MS ? until : LOOK_MS;
	}
	loop_timer_start(g->a->env.loop, &g->timer, wait);
}

static void on_timer(struct loop_timer *t)
{
	struct grants *g = container_of(t, struct grants, timer);

	if (g->looking || g->ending > 0 || g->a->closing) {
		return;
	}
	if (g->next_ms <= clock_wall_ms(g->a->clock)) {
		look(g, true);
		return;
	}
	arm(g);
}

/* --- ending one ------------------------------------------------------------------ */

static void batch_done(struct grants *g)
{
	if (g->a->closing) {
		return;
	}
	if (g->failed) {
		g->failed = false;
		loop_timer_start(g->a->env.loop, &g->timer, AGAIN_MS);
	} else {
		look(g, g->full);
	}
}

static void on_closed(struct store_op *op, const struct fail *f)
{
	struct ending *x = container_of(op, struct ending, op);
	struct grants *g = x->all;

	if (service_ledger(g->a, f)) {
		log_info("grant.ended", LOG_T("req", x->row.id),
			 LOG_T("user", x->row.user), LOG_T("resource", x->row.resource),
			 LOG_T("cause", op->grant_move.cause));
		metric_add(g->m_ended, "expired", 1);
		effects_add(g->a->effects, &x->effect);
	} else if (f->kind == FAIL_CONFLICT) {
		/* an earlier move went through after all */
		effects_reload(g->a->effects);
	} else {
		log_error("grant.end_unrecorded", LOG_T("req", x->row.id), LOG_F(f),
			  LOG_T("then", "try-again"));
		g->failed = true;
	}
	effect_row_finish(&x->effect);
	free(x);
	if (--g->ending == 0) {
		batch_done(g);
	}
}

/* What the message will say of a grant that has ended. */
static void notice_fill(struct notice_facts *about, const struct grant_row *row,
			int64_t now_ms)
{
	*about =
		(struct notice_facts){ .asked_ms = row->starts_ms, .decided_ms = now_ms };
	about->open_s = (now_ms - row->starts_ms) / 1000;
	text_copy(about->request_id, sizeof(about->request_id), row->id);
	text_copy(about->team, sizeof(about->team), row->team);
	text_copy(about->user, sizeof(about->user), row->user);
	text_copy(about->channel, sizeof(about->channel), row->channel);
	text_copy(about->resource, sizeof(about->resource), row->resource);
	text_copy(about->policy, sizeof(about->policy), row->policy);
	text_copy(about->why, sizeof(about->why), "The time is up");
}

/* The only function that moves a grant. */
static bool grant_move(struct grants *g, const struct grant_row *row, enum grant_state to,
		       int64_t now_ms)
{
	struct notice_facts about;
	struct ending *x = calloc(1, sizeof(*x));

	assert(moves[row->state] & (1u << to));
	if (!x) {
		return false;
	}
	notice_fill(&about, row, now_ms);
	if (!effect_row_init(&x->effect, NOTICE_ENDED, &about, now_ms)) {
		free(x);
		return false;
	}
	x->all = g;
	x->row = *row;
	x->op = (struct store_op){ .kind = STORE_GRANT_MOVE, .cb = on_closed };
	text_copy(x->op.grant_move.id, sizeof(x->op.grant_move.id), row->id);
	x->op.grant_move.from = row->state;
	x->op.grant_move.to = to;
	x->op.grant_move.at_ms = now_ms;
	x->op.grant_move.cause = "expired";
	x->op.grant_move.effects = &x->effect;
	x->op.grant_move.n_effects = 1;
	g->ending++;
	store_submit(g->a->store, &x->op);
	return true;
}

/* --- looking into the ledger ------------------------------------------------------- */

static void end_due(struct grants *g, size_t n)
{
	int64_t now_ms = clock_wall_ms(g->a->clock);

	g->full = n == BATCH;
	for (size_t i = 0; i < n; i++) {
		if (!grant_move(g, &g->rows[i], GRANT_CLOSED, now_ms)) {
			g->failed = true; /* memory ran out: they stay due */
			break;
		}
	}
	if (g->ending == 0) {
		batch_done(g);
	}
}

static void on_looked(struct store_op *op, const struct fail *f)
{
	struct grants *g = container_of(op, struct grants, look);
	size_t n = op->grants_due.n;

	g->looking = false;
	if (g->a->closing) {
		return;
	}
	if (!service_ledger(g->a, f)) {
		g->next_ms = 0; /* unknown: look again soon */
		loop_timer_start(g->a->env.loop, &g->timer, AGAIN_MS);
		return;
	}
	if (g->closing_some) {
		end_due(g, n);
		return;
	}
	/* Grants that were added while the look was under way count as well. */
	int64_t soonest = n > 0 ? g->rows[0].expires_ms : INT64_MAX;
	g->next_ms = g->next_ms < soonest ? g->next_ms : soonest;
	arm(g);
}

static void look(struct grants *g, bool due)
{
	g->looking = true;
	g->closing_some = due;
	g->look = (struct store_op){ .kind = STORE_GRANTS_DUE, .cb = on_looked };
	g->look.grants_due.until_ms = due ? clock_wall_ms(g->a->clock) : INT64_MAX;
	g->look.grants_due.rows = g->rows;
	g->look.grants_due.max = due ? BATCH : 1;
	if (!due) {
		g->next_ms = INT64_MAX;
	}
	store_submit(g->a->store, &g->look);
}

void grants_added(struct grants *g, int64_t expires_ms)
{
	if (expires_ms < g->next_ms) {
		g->next_ms = expires_ms;
		if (!g->looking && g->ending == 0) {
			arm(g);
		}
	}
}

bool grants_busy(const struct grants *g)
{
	return g->ending > 0;
}

struct grants *grants_create(struct approver *a)
{
	struct grants *g = calloc(1, sizeof(*g));

	if (!g) {
		return NULL;
	}
	g->a = a;
	g->timer.cb = on_timer;
	g->m_ended = metrics_counter(a->env.metrics, "accessd_grants_ended",
				     "Grants that ended, by cause", "cause");
	look(g, true);
	return g;
}

void grants_destroy(struct grants *g)
{
	if (g) {
		loop_timer_cancel(&g->timer);
		free(g);
	}
}
