/* SPDX-License-Identifier: Apache-2.0 */
/* What became of an order, in the ledger. Until that is written down the order is held
 * here: what the target did is not asked of it again while this process lives. */
#include "approver/order_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "approver/effects.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum { RECORD_AGAIN_MS = 5000 };

void order_op_done(struct order *x)
{
	assert(x->ops > 0);
	x->ops--;
	if (x->over && x->ops == 0) {
		order_drop(x);
	}
}

static void over(struct order *x)
{
	x->over = true;
	order_op_done(x);
}

static void on_again(struct loop_timer *t)
{
	struct order *x = container_of(t, struct order, again);

	x->retold(x);
}

/* The ledger failed: it is told again what it could not be told. */
void order_tell_again(struct order *x, const struct fail *f,
		      void (*retold)(struct order *x))
{
	struct approver *a = x->line->all->a;

	log_error("order.unrecorded", LOG_T("req", x->row.grant.id), LOG_F(f),
		  LOG_T("then", "record-again"));
	x->ops--;
	x->retold = retold;
	x->again.cb = on_again;
	if (!a->closing) {
		loop_timer_start(a->env.loop, &x->again, RECORD_AGAIN_MS);
	}
}

/* --- the grant moves ------------------------------------------------------------------- */

static void move_start(struct order *x);

static void on_moved(struct grant_move *m, const struct fail *f)
{
	struct order *x = container_of(m, struct order, move);

	if (f->kind == FAIL_CONFLICT) {
		x->ops--;
		order_void(x);
	} else if (f->kind != FAIL_NONE) {
		order_tell_again(x, f, move_start);
	} else {
		if (m->only_if_covered) {
			metric_add(x->line->all->m_outcomes,
				   m->moved ? "needless" : "again", 1);
		}
		over(x);
	}
}

static void move_start(struct order *x)
{
	x->ops++;
	grant_move(&x->move, x->to);
}

static void move_fill(struct order *x, enum grant_state to)
{
	x->to = to;
	x->move = (struct grant_move){ .a = x->line->all->a,
				       .row = x->row.grant,
				       .reply_url = x->row.reply_url,
				       .asked_ms = x->row.asked_ms,
				       .effect = x->row.effect.id,
				       .tries = x->tries,
				       .cb = on_moved };
	x->move.effect_to = to == x->kind->done ? EFFECT_DONE : EFFECT_FAILED;
	x->move.note = x->note[0] ? x->note : NULL;
}

void order_move(struct order *x, enum grant_state to, const char *cause, const char *why)
{
	move_fill(x, to);
	x->move.cause = cause;
	x->move.why = why;
	move_start(x);
}

void order_skip(struct order *x)
{
	move_fill(x, x->kind->done);
	x->move.only_if_covered = true;
	move_start(x);
}

/* --- only the order does ----------------------------------------------------------------- */

static void settle_start(struct order *x);

static void on_settled(struct store_op *op, const struct fail *f)
{
	struct order *x = container_of(op, struct order, op);
	struct approver *a = x->line->all->a;

	if (!service_ledger(a, f) && f->kind != FAIL_CONFLICT) {
		order_tell_again(x, f, settle_start);
		return;
	}
	if (f->kind == FAIL_NONE && x->notice.payload) {
		effects_add(a->effects, &x->notice);
	}
	effect_row_finish(&x->notice);
	over(x);
}

static void settle_start(struct order *x)
{
	x->ops++;
	store_submit(x->line->all->a->store, &x->op);
}

static void settle(struct order *x, enum effect_state to)
{
	x->op = (struct store_op){ .kind = STORE_EFFECT_MOVE, .cb = on_settled };
	x->op.effect_move.id = x->row.effect.id;
	x->op.effect_move.to = to;
	x->op.effect_move.at_ms = clock_wall_ms(x->line->all->a->clock);
	x->op.effect_move.due_ms = x->due_ms;
	x->op.effect_move.tries = x->tries;
	x->op.effect_move.begun = x->begun;
	x->op.effect_move.note = x->note[0] ? x->note : NULL;
	x->op.effect_move.effects = &x->notice;
	x->op.effect_move.n_effects = x->notice.payload ? 1 : 0;
	settle_start(x);
}

void order_done(struct order *x)
{
	settle(x, EFFECT_DONE);
}

void order_failed(struct order *x)
{
	settle(x, EFFECT_FAILED);
}

void order_void(struct order *x)
{
	if (!x->note[0]) {
		text_copy(x->note, sizeof(x->note), "its grant went another way");
	}
	settle(x, EFFECT_FAILED);
}

/* --- an end that takes longer --------------------------------------------------------------- */

/* "Ending: ...": the first time that it was not confirmed at once. */
static void slow_notice(const struct order *x, struct effect_row *row)
{
	const struct grant_row *g = &x->row.grant;
	int64_t now_ms = clock_wall_ms(x->line->all->a->clock);
	struct notice_facts about = { .asked_ms = x->row.asked_ms, .decided_ms = now_ms };

	text_copy(about.request_id, sizeof(about.request_id), g->id);
	text_copy(about.team, sizeof(about.team), g->team);
	text_copy(about.user, sizeof(about.user), g->user);
	text_copy(about.channel, sizeof(about.channel), g->channel);
	text_copy(about.resource, sizeof(about.resource), g->resource);
	text_copy(about.policy, sizeof(about.policy), g->policy);
	text_copy(about.provisioner, sizeof(about.provisioner), g->provisioner);
	text_copy(about.why, sizeof(about.why), g->why);
	if (!effect_row_init(row, NOTICE_REVOKING, &about, now_ms)) {
		abort();
	}
}

void order_postpone(struct order *x)
{
	if (x->kind->from == GRANT_REVOKING && x->tries == 1) {
		slow_notice(x, &x->notice);
	}
	settle(x, EFFECT_PENDING);
}

static void on_said(struct store_op *op, const struct fail *f)
{
	struct order *x = container_of(op, struct order, slow_op);

	if (service_ledger(x->line->all->a, f)) {
		effects_add(x->line->all->a->effects, &x->slow_notice);
	}
	effect_row_finish(&x->slow_notice);
	order_op_done(x);
}

/* Best effort, while the target is still being asked. The try counts as failed from now on,
 * so that it is said once. */
void order_say_slow(struct order *x)
{
	struct approver *a = x->line->all->a;
	int64_t now_ms = clock_wall_ms(a->clock);

	if (x->tries > 0 || a->closing) {
		return;
	}
	x->tries = 1;
	slow_notice(x, &x->slow_notice);
	x->slow_op = (struct store_op){ .kind = STORE_EFFECT_MOVE, .cb = on_said };
	x->slow_op.effect_move.id = x->row.effect.id;
	x->slow_op.effect_move.to = EFFECT_PENDING;
	x->slow_op.effect_move.at_ms = now_ms;
	x->slow_op.effect_move.due_ms = now_ms;
	x->slow_op.effect_move.tries = x->tries;
	x->slow_op.effect_move.effects = &x->slow_notice;
	x->slow_op.effect_move.n_effects = 1;
	x->ops++;
	store_submit(a->store, &x->slow_op);
}
