/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a request, from its row in the ledger to a decision in the ledger.
 *
 *   asked --> checking --> granted   (and a grant lives: see grant.c)
 *                  `-----> denied
 *
 * asked:    durable before Slack is answered.
 * checking: this process works on it; on disk it stays `asked`, as whoever comes after a
 *           crash has to begin anew. Who is it (directory) -> what standing have they
 *           (providers, side by side): request_check.c -> policy_decide(), a pure function:
 *           request_decide.c -> the move, here.
 *
 * A move writes the row, its audit line, the grant and the message of it in one
 * transaction; nothing is said or done before that is on disk. What goes wrong:
 *  - a provider or Slack does not answer: no answer is no standing, the verdict says so;
 *    none is waited for longer than CHECK_MS.
 *  - it takes longer than SLOW_MS: the person is told that it is being worked on.
 *  - the ledger cannot be written: nothing is granted, the person is told so once, and the
 *    request is checked afresh every AGAIN_MS until it can be.
 *  - everything is frozen meanwhile, which the move finds out: it is decided anew.
 *  - the process dies: the next one finds the row and goes on from there; a request that
 *    is older than STALE_S by then is denied, as nobody waits for it any more. */
#include "approver/request_parts.h"

#include <assert.h>
#include <stdlib.h>

#include "approver/effects.h"
#include "approver/freeze.h"
#include "approver/grant.h"
#include "approver/orders.h"
#include "approver/reminders.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum { AGAIN_MS = 5000 };

#define TO(state) (1u << REQUEST_##state)
static const unsigned moves[REQUEST_STATE_MAX] = {
	[REQUEST_ASKED] = TO(CHECKING),
	[REQUEST_CHECKING] = TO(GRANTED) | TO(DENIED),
	[REQUEST_GRANTED] = 0,
	[REQUEST_DENIED] = 0,
};

/* --- life -------------------------------------------------------------------------- */

void request_forget_move(struct request *r)
{
	for (size_t i = 0; i < r->n_effects; i++) {
		if (!r->effects[i].queue[0]) { /* an order's payload is `told` */
			effect_row_finish(&r->effects[i]);
		}
	}
	for (size_t i = 0; i < r->n_covered; i++) {
		if (!r->covered[i].queue[0]) {
			effect_row_finish(&r->covered[i]);
		}
	}
	r->n_effects = r->n_covered = 0;
	free(r->told);
	r->told = NULL;
}

void request_destroy(struct request *r)
{
	struct requests *all = r->all;

	if (r->notice_in_flight) {
		all->a->env.notifier->ops->cancel(all->a->env.notifier, &r->notice);
	}
	request_release(r);
	request_forget_move(r);
	loop_timer_cancel(&r->slow);
	loop_timer_cancel(&r->deadline);
	if (r->prev) {
		r->prev->next = r->next;
	} else {
		all->first = r->next;
	}
	if (r->next) {
		r->next->prev = r->prev;
	}
	request_free(r);
	all->n--;
	metric_set(all->m_checking, NULL, (double)all->n);
}

/* --- moving -------------------------------------------------------------------------- */

static void on_again(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);

	request_forget(r); /* minutes may have passed: look afresh */
	request_advance(r);
}

void request_move_failed(struct request *r, const struct fail *f)
{
	struct approver *a = r->all->a;

	if (f->kind == FAIL_CONFLICT) {
		/* An earlier move, of unknown outcome, went through: its message is on disk. */
		log_warn("request.already_moved", LOG_T("req", r->row.id), LOG_F(f));
		effects_reload(a->effects);
		grants_added(a->grants, 0);
		request_destroy(r);
		return;
	}
	log_error("request.unrecorded", LOG_T("req", r->row.id), LOG_F(f),
		  LOG_T("then", "nothing-granted-try-again"));
	r->told_stuck = r->told_stuck || request_tell(r, NOTICE_STUCK, f->msg);
	r->deadline.cb = on_again;
	loop_timer_start(a->env.loop, &r->deadline, AGAIN_MS);
}

/* What is said; orders are looked for in the ledger. */
static void effects_go(struct request *r)
{
	bool covered = r->op.request_move.covered;
	const struct effect_row *rows = covered ? r->covered : r->effects;
	size_t n = covered ? r->n_covered : r->n_effects;

	for (size_t i = 0; i < n; i++) {
		if (!rows[i].queue[0]) {
			effects_add(r->all->a->effects, &rows[i]);
		}
	}
}

static void decided(struct request *r)
{
	struct requests *all = r->all;
	struct approver *a = all->a;
	bool granted = r->row.state == REQUEST_GRANTED;
	double s = (double)(r->op.request_move.at_ms - r->row.asked_ms) / 1000;

	metric_add(all->m_requests, verdict_word(r->outcome), 1);
	metric_observe(all->m_seconds, NULL, s > 0 ? s : 0);
	log_info(granted ? "request.granted" : "request.denied", LOG_T("req", r->row.id),
		 LOG_T("user", r->row.user), LOG_T("resource", r->row.resource),
		 LOG_T("verdict", verdict_word(r->outcome)),
		 LOG_T("policy", r->op.request_move.policy),
		 LOG_N("for_s",
		       granted ? (r->grant.expires_ms - r->grant.starts_ms) / 1000 : 0),
		 LOG_N("ms", r->op.request_move.at_ms - r->row.asked_ms));
	if (granted) {
		grants_added(a->grants, r->grant.expires_ms);
		reminders_added(a->reminders, r->grant.remind_ms);
	}
	effects_go(r);
	if (granted && r->grant.provisioner[0]) {
		orders_poke(a->orders, r->grant.provisioner);
	}
	request_destroy(r);
}

static void on_moved(struct store_op *op, const struct fail *f)
{
	struct request *r = container_of(op, struct request, op);

	r->moving = false;
	if (service_ledger(r->all->a, f)) {
		r->row.state = op->request_move.to;
		decided(r);
		return;
	}
	request_forget_move(r);
	if (r->all->a->closing) {
		return;
	}
	if (f->kind == FAIL_DENIED) {
		/* Frozen since it was decided, perhaps by another process. */
		freeze_learn(r->all->a, &op->request_move.frozen);
		request_decide(r);
		return;
	}
	request_move_failed(r, f);
}

/* The only place where the state moves on disk. The row, its audit line, its grant and its message
 * go into one transaction; on_moved() goes on when that is on disk, and not before. */
void request_move(struct request *r, enum request_state to, const char *policy)
{
	struct approver *a = r->all->a;

	assert(moves[r->row.state] & (1u << to));
	loop_timer_cancel(&r->deadline);
	r->op = (struct store_op){ .kind = STORE_REQUEST_MOVE, .cb = on_moved };
	text_copy(r->op.request_move.id, sizeof(r->op.request_move.id), r->row.id);
	r->op.request_move.from = REQUEST_ASKED;
	r->op.request_move.to = to;
	r->op.request_move.at_ms = clock_wall_ms(a->clock);
	text_copy(r->policy, sizeof(r->policy), policy);
	r->op.request_move.policy = policy ? r->policy : NULL;
	r->op.request_move.trace = buf_str(&r->trace);
	r->op.request_move.grant = to == REQUEST_GRANTED ? &r->grant : NULL;
	r->op.request_move.effects = r->effects;
	r->op.request_move.n_effects = r->n_effects;
	r->op.request_move.covered_effects = r->covered;
	r->op.request_move.n_covered = r->n_covered;
	r->moving = true;
	store_submit(a->store, &r->op);
}

static void log_begun(const struct request *r)
{
	const struct request_row *row = &r->row;

	log_info(r->resumed ? "request.resumed" : "request.asked", LOG_T("req", row->id),
		 LOG_T("user", row->user), LOG_T("resource", row->resource),
		 LOG_N("for_s", row->for_s),
		 LOG_T("incident", row->incident[0] ? row->incident : NULL));
}

/* Run the request until it has to wait for somebody. Every callback stores what it learned
 * and calls this. */
void request_advance(struct request *r)
{
	if (r->all->a->closing || r->moving) {
		return;
	}
	switch (r->row.state) {
	case REQUEST_ASKED:
		assert(moves[REQUEST_ASKED] & TO(CHECKING));
		r->row.state = REQUEST_CHECKING;
		if (!r->for_others) {
			log_begun(r); /* theirs is one event, when it is decided */
		}
		request_check(r);
		return;
	case REQUEST_CHECKING:
		request_check(r);
		return;
	case REQUEST_GRANTED:
	case REQUEST_DENIED:
	case REQUEST_STATE_MAX:
		request_destroy(r);
		return;
	}
}
