/* SPDX-License-Identifier: Apache-2.0 */
/* Messages: from a durable row to something said. What a provisioner has to carry out is in
 * orders.c; what becomes of each kind of effect is in the table of effect_kinds.c.
 *
 *   pending --send--> done | failed, or pending again with a later due time
 *
 * One lane (what is said of one request) runs in order of id, one at a time; lanes run
 * side by side. What goes wrong:
 *  - the other side is down or says "too often": tried again, with a doubling wait, or as
 *    long as it said; given up after a day.
 *  - nobody knows whether it arrived: sent again. Twice said is better than not said.
 *  - it was sent, but the ledger cannot be told: told again, not sent again. Meanwhile its
 *    lane goes on; only a crash before the ledger knows makes it be sent twice.
 *  - a commit of unknown outcome may have left rows that nobody added: the ledger is read
 *    again from the start.
 *  - more rows than MEMORY_MAX: the rest stays in the ledger until there is room.
 *  - the wall clock is set back: nothing waits longer for that than a retry may. */
#include "approver/effects.h"

#include <stdlib.h>
#include <string.h>

#include "approver/effect_parts.h"
#include "shared/log.h"
#include "shared/metrics.h"

enum {
	MEMORY_MAX = 2048, /* effects held in memory */
	SENDING_MAX = 64,  /* sent at the same time */
};

static void load_start(struct effects *e);

void effects_run(struct effects *e)
{
	if (e->a->closing) {
		return;
	}
	for (struct lane *lane = e->lanes; lane && e->sending < SENDING_MAX;
	     lane = lane->next) {
		struct effect *x = lane->head;

		if (x && x->step == STEP_WAITING && !loop_timer_running(&x->timer)) {
			effect_send(x);
		}
	}
	if (e->more && e->n < MEMORY_MAX / 2) {
		load_start(e);
	}
}

/* --- coming in ------------------------------------------------------------------ */

/* A row that cannot be read is left in the ledger and said: it must not stop the others. */
static void row_take(struct effects *e, const struct effect_row *row)
{
	struct fail f = { 0 };
	struct effect *x = calloc(1, sizeof(*x));

	if (!x) {
		e->more = true;
		return;
	}
	if (!notice_parse(row->payload, &x->kind, &x->about, &f)) {
		log_error("effect.unreadable", LOG_N("effect", row->id), LOG_F(&f),
			  LOG_T("then", "left-in-ledger"));
		e->last_id = row->id;
		free(x);
		return;
	}
	x->all = e;
	x->id = row->id;
	x->tries = row->tries;
	if (!lane_enter(x, row->lane)) {
		free(x);
		e->more = true;
		return;
	}
	effect_wait(x, row->due_ms);
	e->n++;
	e->last_id = x->id;
	e->high_id = x->id > e->high_id ? x->id : e->high_id;
	metric_set(e->m_waiting, NULL, (double)e->n);
}

void effects_add(struct effects *e, const struct effect_row *row)
{
	if (!e) {
		return;
	}
	/* Ids must enter in order: while older ones are still to come, it waits in the ledger. */
	if (e->more || e->loading || e->n >= MEMORY_MAX) {
		e->more = true;
	} else {
		row_take(e, row);
	}
	effects_run(e);
}

/* Whether a row is in memory already. */
static bool is_held(const struct effects *e, int64_t id)
{
	const struct effect *x = e->over;

	if (id > e->high_id) {
		return false;
	}
	while (x && x->id != id) {
		x = x->next;
	}
	for (const struct lane *lane = e->lanes; lane && !x; lane = lane->next) {
		x = lane->head;
		while (x && x->id != id) {
			x = x->next;
		}
	}
	return x != NULL;
}

static void on_again(struct loop_timer *t)
{
	load_start(container_of(t, struct effects, again));
}

static void on_loaded(struct store_op *op, const struct fail *f)
{
	struct effects *e = container_of(op, struct effects, load);
	size_t n = op->effects_due.n;

	/* Still loading: it may say that the ledger is back, upon which we are to reload. */
	if (!service_ledger(e->a, f)) {
		e->loading = false;
		e->more = true;
		loop_timer_start(e->a->env.loop, &e->again, EFFECTS_RECORD_AGAIN_MS);
		return;
	}
	for (size_t i = 0; i < n; i++) {
		if (is_held(e, e->rows[i].id)) {
			e->last_id = e->rows[i].id;
		} else if (e->rows[i].id > e->last_id) {
			row_take(e, &e->rows[i]);
		}
		effect_row_finish(&e->rows[i]);
	}
	e->loading = false;
	e->more = e->more || n == EFFECTS_LOAD_MAX;
	effects_run(e);
}

static void load_start(struct effects *e)
{
	if (e->loading || loop_timer_running(&e->again)) {
		return;
	}
	e->loading = true;
	e->more = false; /* what comes from now on sets it again */
	if (e->from_start) {
		e->from_start = false;
		e->last_id = 0;
	}
	e->load = (struct store_op){ .kind = STORE_EFFECTS_DUE, .cb = on_loaded };
	e->load.effects_due.after = e->last_id;
	e->load.effects_due.rows = e->rows;
	e->load.effects_due.max = EFFECTS_LOAD_MAX;
	store_submit(e->a->store, &e->load);
}

void effects_reload(struct effects *e)
{
	if (!e) {
		return;
	}
	loop_timer_cancel(&e->again);
	e->more = true;
	e->from_start = true;
	effects_run(e);
}

/* --- life ----------------------------------------------------------------------- */

struct effects *effects_create(struct approver *a)
{
	struct effects *e = calloc(1, sizeof(*e));

	if (!e) {
		return NULL;
	}
	e->a = a;
	e->again.cb = on_again;
	e->m_sent =
		metrics_counter(a->env.metrics, "accessd_notices",
				"Messages to people, by what became of them", "outcome");
	e->m_waiting = metrics_gauge(a->env.metrics, "accessd_notices_waiting",
				     "Messages that are not sent yet", NULL);
	load_start(e);
	return e;
}

void effects_destroy(struct effects *e)
{
	if (!e) {
		return;
	}
	loop_timer_cancel(&e->again);
	while (e->lanes) {
		struct lane *lane = e->lanes;
		struct effect *x = lane->head;

		if (x->step == STEP_SENDING) {
			e->a->env.notifier->ops->cancel(e->a->env.notifier, &x->notice);
		}
		lane_leave(x); /* frees the lane with its last one */
	}
	while (e->over) {
		effect_destroy(e->over);
	}
	free(e);
}

size_t effects_waiting(const struct effects *e)
{
	return e->n;
}

size_t effects_sending(const struct effects *e)
{
	size_t busy = 0;

	for (const struct effect *x = e->over; x; x = x->next) {
		busy++;
	}
	for (const struct lane *lane = e->lanes; lane; lane = lane->next) {
		busy += lane->head && !(lane->head->step == STEP_WAITING &&
					loop_timer_running(&lane->head->timer));
	}
	return busy;
}
