/* SPDX-License-Identifier: Apache-2.0 */
/* One order: ask the provisioner, and make of its answer what the table of effect_kinds.c
 * says.
 *
 *   the grant is not where the order was for -> void
 *   another active grant of the lane         -> the target need not be told; of an end, if
 *                                               that of the other is not earlier
 *   else: begin -> call -> done | refused for good | uncertain | try again
 *
 * What goes wrong:
 *  - a grant's call is lost with the process: that it was begun is on disk before, so that a
 *    refusal of the next try is not taken for "they do not have it": it is taken back.
 *  - a revoke's is: it is sent again. Twice does no harm.
 *  - the grant ends while the target is being asked for it: the answer comes too late to move
 *    the grant, and the revoke is next in the lane.
 *  - a target refuses a revoke "for good": there is no such thing. They may have access. */
#include "approver/order_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/secret.h"
#include "shared/text.h"

enum {
	SLOW_MS = 10 * 1000,
	UNBEGUN_MS = 5000, /* the ledger failed: look again, but not at once */
};

/* --- what is made of an answer ---------------------------------------------------------- */

static int64_t wait_ms(const struct order *x, const struct fail *f)
{
	struct fail again = *f;
	uint32_t dice;

	secret_random(&dice, sizeof(dice));
	if (x->kind->refused == GRANT_STATE_MAX && !fail_retryable(f->kind)) {
		again.kind = FAIL_UPSTREAM; /* no refusal ends it */
	}
	return retry_wait_ms(&x->kind->retry, &again, x->tries, dice);
}

/* Whether the failure leaves no doubt that nothing was done. */
static bool is_harmless(const struct fail *f)
{
	return f->kind == FAIL_BUSY || f->kind == FAIL_TIMEOUT;
}

static bool is_extend(const struct order *x)
{
	return x->kind->action == PROVISION_EXTEND;
}

/* One try: whoever made the order looks again, and makes another. */
static bool is_clear(const struct order *x)
{
	return x->kind->from == GRANT_CLOSED;
}

static bool is_given_up(const struct order *x)
{
	int64_t now_ms = clock_wall_ms(x->line->all->a->clock);
	int64_t since_ms =
		is_extend(x) ? order_extend_since_ms(x) : x->row.grant.starts_ms;

	return x->kind->give_up_s > 0 && now_ms - since_ms > x->kind->give_up_s * 1000;
}

/* It may be there: say so, and take it back. */
static void is_uncertain(struct order *x, const struct fail *f)
{
	snprintf(x->why, sizeof(x->why), "%.180s. It is being taken back, to be sure",
		 f->msg);
	order_move(x, x->kind->uncertain, "uncertain", x->why);
}

static void is_refused(struct order *x, const struct fail *f)
{
	text_copy(x->why, sizeof(x->why), f->msg);
	if (is_extend(x)) {
		order_shorten(x);
		return;
	}
	/* An earlier try may have been carried out, whatever this one was told. */
	if (x->begun) {
		is_uncertain(x, f);
		return;
	}
	order_move(x, x->kind->refused, "refused", x->why);
}

static const char *judge(struct order *x, const struct fail *f)
{
	bool for_good = !fail_retryable(f->kind) && f->kind != FAIL_UNCERTAIN;

	if (is_clear(x)) {
		order_failed(x);
		return "failed";
	}
	if ((x->kind->refused != GRANT_STATE_MAX || is_extend(x)) && for_good) {
		is_refused(x, f);
		return "refused";
	}
	x->begun = x->begun || !is_harmless(f);
	if (x->kind->uncertain != GRANT_STATE_MAX && f->kind == FAIL_UNCERTAIN) {
		is_uncertain(x, f);
		return "uncertain";
	}
	if (is_given_up(x)) {
		is_refused(x, f);
		return "given-up";
	}
	x->due_ms = clock_wall_ms(x->line->all->a->clock) + wait_ms(x, f);
	order_postpone(x);
	return "retried";
}

static void on_called(struct provision_call *c, const struct fail *f)
{
	struct order *x = container_of(c, struct order, call);
	struct line *line = x->line;
	const char *outcome = "done";

	x->calling = false;
	loop_timer_cancel(&x->slow);
	if (line->all->a->closing) {
		return; /* it stays pending in the ledger */
	}
	line_free_one(line);
	if (f->kind == FAIL_NONE) {
		line->why[0] = '\0';
		metric_add(line->all->m_outcomes, outcome, 1);
		if (x->kind->done == GRANT_STATE_MAX) {
			order_done(x);
		} else {
			order_move(x, x->kind->done, NULL, NULL);
		}
		return;
	}
	text_copy(x->note, sizeof(x->note), f->msg);
	text_copy(line->why, sizeof(line->why), f->msg);
	x->tries++;
	log_warn("provision.failed", LOG_T("req", x->row.grant.id),
		 LOG_T("action", x->kind->word), LOG_T("provisioner", line->name),
		 LOG_N("tries", x->tries), LOG_F(f));
	outcome = judge(x, f);
	metric_add(line->all->m_outcomes, outcome, 1);
}

/* --- asking --------------------------------------------------------------------------------- */

static void on_slow(struct loop_timer *t)
{
	order_say_slow(container_of(t, struct order, slow));
}

static void what_fill(struct order *x)
{
	const struct grant_row *g = &x->row.grant;

	x->what = (struct provision){
		.action = x->kind->action,
		.grant = g->id,
		.team = g->team,
		.user = g->user,
		.email = x->told.email,
		.person_labels = &x->told.labels,
		.resource = g->resource,
		.target = &x->told.target,
		.policy = g->policy,
		.reason = x->row.reason,
		.why = x->kind->action == PROVISION_REVOKE ? g->why : g->evidence,
		.asked_ms = x->row.asked_ms,
		.starts_ms = g->starts_ms,
		.expires_ms = g->expires_ms,
		.now_ms = clock_wall_ms(x->line->all->a->clock),
	};
}

static void call(struct order *x)
{
	struct line *line = x->line;

	if (x->kind->from == GRANT_REVOKING) {
		x->slow.cb = on_slow;
		loop_timer_start(line->all->a->env.loop, &x->slow, SLOW_MS);
	}
	what_fill(x);
	x->call = (struct provision_call){ .what = &x->what, .cb = on_called };
	x->calling = true;
	line->p->ops->start(line->p, &x->call);
}

/* As if it had not been looked at: another look finds it. */
static void on_unbegun(struct loop_timer *t)
{
	order_drop(container_of(t, struct order, again));
}

static void on_begun(struct store_op *op, const struct fail *f)
{
	struct order *x = container_of(op, struct order, op);

	x->ops--;
	if (service_ledger(x->line->all->a, f) && !x->line->all->a->closing) {
		call(x);
		return;
	}
	line_free_one(x->line);
	x->again.cb = on_unbegun;
	loop_timer_start(x->line->all->a->env.loop, &x->again, UNBEGUN_MS);
}

/* That it may be there from now on is on disk before the target is asked. */
static void begin(struct order *x)
{
	struct approver *a = x->line->all->a;
	int64_t now_ms = clock_wall_ms(a->clock);

	x->op = (struct store_op){ .kind = STORE_EFFECT_MOVE, .cb = on_begun };
	x->op.effect_move.id = x->row.effect.id;
	x->op.effect_move.to = EFFECT_PENDING;
	x->op.effect_move.at_ms = now_ms;
	x->op.effect_move.due_ms = now_ms;
	x->op.effect_move.tries = x->tries;
	x->op.effect_move.begun = true;
	x->ops++;
	store_submit(a->store, &x->op);
}

static void measure(struct order *x)
{
	struct orders *o = x->line->all;
	int64_t lag_ms = clock_wall_ms(o->a->clock) - x->row.effect.due_ms;

	metric_observe(o->m_lag, NULL, lag_ms > 0 ? (double)lag_ms / 1000 : 0);
	metric_set(o->m_running, NULL, (double)orders_running(o));
}

void order_start(struct order *x)
{
	measure(x);
	if (x->kind->action == PROVISION_GRANT) {
		begin(x);
	} else {
		call(x);
	}
}

static void wait_for_room(struct order *x)
{
	struct line *line = x->line;

	*line->ready_end = x;
	line->ready_end = &x->next_ready;
	line_pump(line);
}

static void hold(struct line *line, struct order *x)
{
	x->line = line;
	x->next = line->orders;
	if (x->next) {
		x->next->prev = x;
	}
	line->orders = x;
	line->n++;
}

void order_take(struct line *line, const struct effect_kind *kind, struct order_row *row)
{
	struct order *x = calloc(1, sizeof(*x));
	struct fail f;

	if (!x) {
		abort(); /* out of memory for 20 KB */
	}
	hold(line, x);
	x->row = *row;
	row->effect.payload = NULL;
	x->kind = kind;
	x->tries = row->effect.tries;
	x->begun = row->effect.begun;
	if (x->row.grant.state != x->kind->from) {
		order_void(x);
	} else if ((is_extend(x) && !order_extend_needed(x)) ||
		   (is_clear(x) && x->row.covered)) {
		order_done(x);
	} else if (x->row.covered && !is_extend(x)) {
		order_skip(x);
	} else if (!told_parse(x->row.effect.payload, &x->told, &f)) {
		text_copy(x->note, sizeof(x->note), f.msg);
		judge(x, &f);
	} else {
		wait_for_room(x);
	}
}
