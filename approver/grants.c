/* SPDX-License-Identifier: Apache-2.0 */
/* All grants: that each ends in time, and which cannot be taken back.
 *
 * When a grant ends is a matter of wall time; a timer only says when to look. The clock may
 * jump, so the timer never sleeps longer than LOOK_MS, and what is due is what the ledger
 * says is due at that moment: a grant ends once, and not early. Nothing but the soonest end
 * is kept in memory, and the few that are being ended. */
#include <inttypes.h>
#include <stdlib.h>

#include "accessd/store.h"
#include "approver/grant.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	LOOK_MS = 30 * 1000, /* how late a jump of the wall clock is noticed */
	AGAIN_MS = 5000,     /* after the ledger failed */
	BATCH = 128,         /* grants ended at a time */
};

struct ending {
	struct grants *all;
	struct grant_move move;
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

/* --- ending those whose time is up ------------------------------------------------- */

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

/* The ledger answers in order: whoever looks behind the moves hears of them first. */
static void on_ended(struct grant_move *m, const struct fail *f)
{
	struct ending *x = container_of(m, struct ending, move);
	struct grants *g = x->all;

	if (f->kind != FAIL_NONE && f->kind != FAIL_CONFLICT) {
		log_error("grant.end_unrecorded", LOG_T("req", m->row.id), LOG_F(f),
			  LOG_T("then", "try-again"));
		g->failed = true;
	}
	free(x);
	if (--g->ending == 0 && !g->looking) {
		batch_done(g);
	}
}

static bool end_start(struct grants *g, const struct grant_row *row)
{
	struct ending *x = calloc(1, sizeof(*x));

	if (!x) {
		return false;
	}
	x->all = g;
	x->move = (struct grant_move){ .a = g->a,
				       .row = *row,
				       .cause = "expired",
				       .why = "The time is up",
				       .as_read = true,
				       .cb = on_ended };
	g->ending++;
	grant_move(&x->move, GRANT_REVOKING);
	return true;
}

static void end_due(struct grants *g, size_t n)
{
	g->full = n == BATCH;
	for (size_t i = 0; i < n; i++) {
		if (!end_start(g, &g->rows[i])) {
			g->failed = true; /* memory ran out: they stay due */
			break;
		}
	}
	if (g->full && !g->failed) {
		look(g, true); /* in the same transaction: it sees what these leave */
	} else if (g->ending == 0) {
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
		g->failed = false;
		loop_timer_start(g->a->env.loop, &g->timer, AGAIN_MS);
		return;
	}
	if (g->failed) {
		batch_done(g); /* they are due still, but not at once */
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

void grants_count_end(struct grants *g, const char *cause)
{
	if (g) {
		metric_add(g->m_ended, cause, 1);
	}
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
