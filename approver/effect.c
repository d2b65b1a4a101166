/* SPDX-License-Identifier: Apache-2.0 */
/* One message: sent, and what became of it written down. effects.c has the whole story. */
#include "approver/effect_parts.h"

#include <stdlib.h>

#include "approver/effect_kinds.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/retry.h"
#include "shared/secret.h"
#include "shared/text.h"

static const struct effect_kind *const message = &effect_kinds[EFFECT_NOTICE];

/* --- waiting -------------------------------------------------------------------- */

/* How long until a moment of the wall clock, which may have been set back since. */
static int64_t until_ms(const struct effects *e, int64_t due_ms)
{
	int64_t wait = due_ms - clock_wall_ms(e->a->clock);

	return wait < 0 ? 0 : wait < message->retry.max_ms ? wait : message->retry.max_ms;
}

static void on_sendable(struct loop_timer *t)
{
	effects_run(container_of(t, struct effect, timer)->all);
}

void effect_wait(struct effect *x, int64_t due_ms)
{
	int64_t wait_ms = until_ms(x->all, due_ms);

	x->timer.cb = on_sendable;
	if (wait_ms > 0) {
		loop_timer_start(x->all->a->env.loop, &x->timer, wait_ms);
	}
}

void effect_destroy(struct effect *x)
{
	struct effects *e = x->all;

	for (struct effect **at = &e->over; *at; at = &(*at)->next) {
		if (*at == x) {
			*at = x->next;
			break;
		}
	}
	loop_timer_cancel(&x->timer);
	free(x);
	e->n--;
	metric_set(e->m_waiting, NULL, (double)e->n);
}

/* --- recording ------------------------------------------------------------------ */

static void record(struct effect *x, enum effect_state to, int64_t due_ms);

static void on_record_again(struct loop_timer *t)
{
	struct effect *x = container_of(t, struct effect, timer);

	record(x, x->op.effect_move.to, x->op.effect_move.due_ms);
}

static void on_recorded(struct store_op *op, const struct fail *f)
{
	struct effect *x = container_of(op, struct effect, op);
	struct effects *e = x->all;
	bool again = op->effect_move.to == EFFECT_PENDING;

	if (!service_ledger(e->a, f) && f->kind != FAIL_CONFLICT) {
		log_error("effect.unrecorded", LOG_N("effect", x->id), LOG_F(f),
			  LOG_T("then", "record-again"));
		x->timer.cb = on_record_again;
		loop_timer_start(e->a->env.loop, &x->timer, EFFECTS_RECORD_AGAIN_MS);
		return;
	}
	if (again && f->kind == FAIL_NONE) {
		x->step = STEP_WAITING;
		effect_wait(x, op->effect_move.due_ms);
	} else {
		if (x->step != STEP_OVER) {
			lane_leave(x);
		}
		effect_destroy(x);
	}
	effects_run(e);
}

static void record(struct effect *x, enum effect_state to, int64_t due_ms)
{
	struct approver *a = x->all->a;

	if (to == EFFECT_PENDING) {
		x->step = STEP_RECORDING;
	} else if (x->step != STEP_OVER) {
		lane_leave(x);
	}
	x->op = (struct store_op){ .kind = STORE_EFFECT_MOVE, .cb = on_recorded };
	x->op.lazy = to != EFFECT_PENDING;
	x->op.effect_move.id = x->id;
	x->op.effect_move.to = to;
	x->op.effect_move.at_ms = clock_wall_ms(a->clock);
	x->op.effect_move.due_ms = due_ms;
	x->op.effect_move.tries = x->tries;
	x->op.effect_move.note = x->note;
	if (to == EFFECT_DONE && x->kind == NOTICE_ROOM_GRANTED && x->note[0]) {
		x->op.effect_move.room_of = x->about.request_id; /* its end goes there */
	}
	store_submit(a->store, &x->op);
}

/* --- sending -------------------------------------------------------------------- */

static void sending_failed(struct effect *x, const struct fail *f)
{
	struct approver *a = x->all->a;
	int64_t now_ms = clock_wall_ms(a->clock);
	int64_t born_ms =
		x->about.decided_ms > 0 ? x->about.decided_ms : x->about.asked_ms;
	uint32_t dice;

	secret_random(&dice, sizeof(dice));
	int64_t wait_ms = retry_wait_ms(&message->retry, f, x->tries, dice);

	text_copy(x->note, sizeof(x->note), f->msg);
	if (wait_ms == RETRY_NEVER || now_ms - born_ms > message->give_up_s * 1000) {
		log_error("notice.failed", LOG_T("req", x->about.request_id),
			  LOG_N("tries", x->tries), LOG_F(f), LOG_T("then", "given-up"));
		metric_add(x->all->m_sent, "failed", 1);
		record(x, EFFECT_FAILED, now_ms);
		effects_run(x->all);
		return;
	}
	log_warn("notice.delayed", LOG_T("req", x->about.request_id),
		 LOG_N("tries", x->tries), LOG_F(f), LOG_N("wait_ms", wait_ms),
		 LOG_T("then", "send-again"));
	metric_add(x->all->m_sent, "delayed", 1);
	record(x, EFFECT_PENDING, now_ms + wait_ms);
}

static void on_sent(struct notice *n, const struct fail *f)
{
	struct effect *x = container_of(n, struct effect, notice);

	x->all->sending--;
	if (f->kind != FAIL_NONE) {
		x->tries++;
		sending_failed(x, f);
		return;
	}
	metric_add(x->all->m_sent, "sent", 1);
	text_copy(x->note, sizeof(x->note), n->ref);
	record(x, EFFECT_DONE, clock_wall_ms(x->all->a->clock));
	effects_run(x->all);
}

void effect_send(struct effect *x)
{
	struct notifier *notifier = x->all->a->env.notifier;

	x->step = STEP_SENDING;
	x->all->sending++;
	x->notice = (struct notice){
		.kind = x->kind, .about = &x->about, .tries = x->tries, .cb = on_sent
	};
	notifier->ops->send(notifier, &x->notice);
}
