/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a grant.
 *
 *   granting --confirmed--> active --ended--> revoking --confirmed--> closed
 *       | `------------outcome unknown, ended--------^                   ^
 *       `--refused for good--> failed      active --nothing to take back-'
 *
 * granting: the target is being asked to give access (order.c). The person is told so, and
 *           of the rest as it happens.
 * active:   they have access, for sure. Without a provisioner it begins here.
 * revoking: it has ended, and the target is being asked to take access back, until it
 *           confirms: they may still have it.
 * closed:   they have it no more, for sure.
 *
 * Grants of one person at one target are one access (the lane of store.h). While another
 * one is active the target is not told of this one, neither of its beginning nor of its
 * end. That is looked up in the transaction that moves it. It cannot change behind our
 * back: while none is active, only the first order of the lane can make one active. */
#include "approver/grant.h"

#include <assert.h>
#include <string.h>

#include "approver/effect_kinds.h"
#include "approver/effects.h"
#include "approver/orders.h"
#include "approver/policy.h"
#include "shared/log.h"
#include "shared/text.h"

#define TO(state) (1u << GRANT_##state)
static const unsigned moves[GRANT_STATE_MAX] = {
	[GRANT_GRANTING] = TO(ACTIVE) | TO(REVOKING) | TO(CLOSED) | TO(FAILED),
	[GRANT_ACTIVE] = TO(REVOKING) | TO(CLOSED),
	[GRANT_REVOKING] = TO(CLOSED),
	[GRANT_CLOSED] = 0,
	[GRANT_FAILED] = 0,
};
#undef TO

/* What people are told when it arrives somewhere; NOTICE_KIND_MAX: nothing yet. */
static const enum notice_kind notices[GRANT_STATE_MAX] = {
	[GRANT_GRANTING] = NOTICE_GRANTING, [GRANT_ACTIVE] = NOTICE_GRANTED,
	[GRANT_REVOKING] = NOTICE_KIND_MAX, [GRANT_CLOSED] = NOTICE_ENDED,
	[GRANT_FAILED] = NOTICE_FAILED,
};

/* --- what it says and does --------------------------------------------------------------- */

static enum notice_kind notice_of(const struct grant_move *m, enum grant_state to)
{
	/* What was never confirmed has not ended for them: it did not come. */
	return m->row.state == GRANT_GRANTING && to == GRANT_REVOKING ? NOTICE_FAILED
								      : notices[to];
}

static void notice_fill(const struct grant_move *m, enum grant_state to, int64_t now_ms,
			struct notice_facts *about)
{
	const struct grant_row *g = &m->row;
	const struct resource *res = policy_find_resource(m->a->env.config, g->resource);

	grant_facts(g, now_ms, about);
	about->asked_ms = m->asked_ms > 0 ? m->asked_ms : g->starts_ms;
	text_copy(about->reply_url, sizeof(about->reply_url), m->reply_url);
	if (to == GRANT_ACTIVE) {
		text_copy(about->warning, sizeof(about->warning),
			  res ? res->warning : "");
		text_copy(about->why, sizeof(about->why), g->evidence);
		return;
	}
	text_copy(about->why, sizeof(about->why), m->why ? m->why : g->why);
	text_copy(about->by, sizeof(about->by), m->by ? m->by : g->by);
	about->open_s = g->active_ms > 0 ? (now_ms - g->active_ms) / 1000 : -1;
}

/* The message of where it arrives, and the same for its incident's channel. */
static size_t notices_add(const struct grant_move *m, enum grant_state to, int64_t now_ms,
			  struct effect_row *rows)
{
	enum notice_kind kind = notice_of(m, to);
	struct notice_facts about;

	if (kind == NOTICE_KIND_MAX) {
		return 0;
	}
	notice_fill(m, to, now_ms, &about);
	grant_say(&rows[0], kind, &about, now_ms);
	if (kind != NOTICE_GRANTED && kind != NOTICE_ENDED) {
		return 1;
	}
	return 1 + grant_say_room(&m->row,
				  kind == NOTICE_GRANTED ? NOTICE_ROOM_GRANTED
							 : NOTICE_ROOM_ENDED,
				  &about, now_ms, &rows[1]);
}

void grant_order(const struct grant_row *g, const char *kind, int64_t now_ms,
		 struct effect_row *ret_row)
{
	*ret_row = (struct effect_row){ .state = EFFECT_PENDING,
					.due_ms = now_ms,
					.payload = "" };
	text_copy(ret_row->request_id, sizeof(ret_row->request_id), g->id);
	text_copy(ret_row->kind, sizeof(ret_row->kind), kind);
	text_copy(ret_row->lane, sizeof(ret_row->lane), g->lane);
	text_copy(ret_row->queue, sizeof(ret_row->queue), g->provisioner);
}

static void effects_make(struct grant_move *m, enum grant_state to, int64_t now_ms)
{
	size_t n = notices_add(m, to, now_ms, m->effects);

	if (to == GRANT_REVOKING) {
		grant_order(&m->row, effect_kinds[EFFECT_REVOKE].word, now_ms,
			    &m->effects[n++]);
	}
	m->op.grant_move.effects = m->effects;
	m->op.grant_move.n_effects = n;
}

/* --- moving ------------------------------------------------------------------------------ */

static void effects_go(struct grant_move *m, struct effect_row *rows, size_t n)
{
	struct approver *a = m->a;

	for (size_t i = 0; i < n; i++) {
		if (rows[i].queue[0]) {
			orders_poke(a->orders, rows[i].queue);
		} else {
			effects_add(a->effects, &rows[i]);
		}
	}
	if (m->row.provisioner[0]) {
		orders_poke(a->orders,
			    m->row.provisioner); /* others may wait behind it */
	}
}

static void arrived(struct grant_move *m, enum grant_state to)
{
	struct grant_row *g = &m->row;
	int64_t now_ms = m->op.grant_move.at_ms;

	g->state = to;
	g->moved_ms = now_ms;
	g->active_ms = to == GRANT_ACTIVE ? now_ms : g->active_ms;
	g->ended_ms = grant_state_over(to) ? now_ms : 0;
	text_copy(g->cause, sizeof(g->cause), m->cause ? m->cause : g->cause);
	text_copy(g->why, sizeof(g->why), m->why ? m->why : g->why);
	text_copy(g->by, sizeof(g->by), m->by ? m->by : g->by);
	log_info("grant.moved", LOG_T("req", g->id), LOG_T("user", g->user),
		 LOG_T("resource", g->resource), LOG_T("to", grant_state_word(to)),
		 LOG_T("cause", g->cause[0] ? g->cause : NULL),
		 LOG_T("by", g->by[0] ? g->by : NULL),
		 LOG_T("provisioner", g->provisioner[0] ? g->provisioner : NULL));
	if (grant_state_over(to)) {
		grants_count_end(m->a->grants, to == GRANT_FAILED ? "failed" : g->cause);
	}
}

static void rows_finish(struct effect_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (!rows[i].queue[0]) {
			effect_row_finish(&rows[i]);
		}
	}
}

static void on_moved(struct store_op *op, const struct fail *f)
{
	struct grant_move *m = container_of(op, struct grant_move, op);
	bool ok = service_ledger(m->a, f);
	bool covered = op->grant_move.covered;

	m->moved = ok && (covered || op->grant_move.to != op->grant_move.from);
	if (m->moved) {
		arrived(m, covered ? op->grant_move.covered_to : op->grant_move.to);
		effects_go(m, covered ? m->covered : m->effects,
			   covered ? op->grant_move.n_covered : op->grant_move.n_effects);
	} else if (f->kind == FAIL_CONFLICT) {
		effects_reload(
			m->a->effects); /* an earlier move may be on disk after all */
	}
	rows_finish(m->effects, ARRAY_LEN(m->effects));
	rows_finish(m->covered, ARRAY_LEN(m->covered));
	m->cb(m, f);
}

/* Where it goes when another grant keeps the access alive. */
static enum grant_state covered_state(const struct grant_move *m, enum grant_state to)
{
	return to == GRANT_REVOKING || m->row.state == GRANT_REVOKING ? GRANT_CLOSED
								      : GRANT_ACTIVE;
}

static void cover_fill(struct grant_move *m, enum grant_state to, int64_t now_ms)
{
	enum grant_state covered = covered_state(m, to);
	size_t n = notices_add(m, covered, now_ms, m->covered);

	/* The target has it, and may not know that it is for longer. */
	if (covered == GRANT_ACTIVE) {
		n += order_extend_fill(m->a->env.config, &m->row, 0, now_ms, NULL,
				       &m->covered[n]);
	}

	m->op.grant_move.mind_cover = true;
	m->op.grant_move.covered_to = covered;
	m->op.grant_move.covered_effects = m->covered;
	m->op.grant_move.n_covered = n;
}

/* The only function that moves a grant. */
void grant_move(struct grant_move *m, enum grant_state to)
{
	int64_t now_ms = clock_wall_ms(m->a->clock);
	enum grant_state from = m->row.state;

	if (to == GRANT_REVOKING && !m->row.provisioner[0]) {
		to = GRANT_CLOSED;
	}
	assert(moves[from] & (1u << to));
	m->op = (struct store_op){ .kind = STORE_GRANT_MOVE, .cb = on_moved };
	memset(m->effects, 0, sizeof(m->effects));
	memset(m->covered, 0, sizeof(m->covered));
	text_copy(m->op.grant_move.id, sizeof(m->op.grant_move.id), m->row.id);
	m->op.grant_move.from = from;
	m->op.grant_move.to = m->only_if_covered ? from : to;
	m->op.grant_move.at_ms = now_ms;
	m->op.grant_move.cause = m->cause;
	m->op.grant_move.why = m->why;
	m->op.grant_move.by = m->by;
	m->op.grant_move.as_read = m->as_read ? &m->row : NULL;
	m->op.grant_move.effect = m->effect;
	m->op.grant_move.effect_to = m->effect_to;
	m->op.grant_move.tries = m->tries;
	m->op.grant_move.note = m->note;
	if (!m->only_if_covered) {
		effects_make(m, to, now_ms);
	}
	if (m->row.lane[0] && (m->only_if_covered || to == GRANT_REVOKING)) {
		cover_fill(m, to, now_ms);
	}
	store_submit(m->a->store, &m->op);
}
