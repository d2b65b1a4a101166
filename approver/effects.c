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

#include "accessd/store.h"
#include "approver/effect_kinds.h"
#include "approver/notice.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/retry.h"
#include "shared/secret.h"
#include "shared/text.h"

enum {
	MEMORY_MAX = 2048, /* effects held in memory */
	SENDING_MAX = 64,  /* sent at the same time */
	LOAD_MAX = 64,     /* rows per look into the ledger */
	RECORD_AGAIN_MS = 5000,
};

static const struct effect_kind *const message = &effect_kinds[EFFECT_NOTICE];

enum step {
	STEP_WAITING,
	STEP_SENDING,
	STEP_RECORDING, /* that it is to be sent again: its lane waits */
	STEP_OVER,      /* done or failed, out of its lane; the ledger is being told */
};

struct effect {
	struct effects *all;
	struct effect *next; /* in its lane */
	struct lane *lane;
	int64_t id;
	unsigned tries;
	enum step step;
	enum notice_kind kind;
	struct notice_facts about;
	struct notice notice;
	struct loop_timer timer;
	struct store_op op;
	char note[CAUSE_SIZE];
};

struct lane {
	struct lane *next;
	char name[VENDOR_ID_SIZE];
	struct effect *head, *tail;
};

struct effects {
	struct approver *a;
	struct lane *lanes;
	struct effect *over; /* out of their lanes */
	size_t n, sending;
	int64_t last_id; /* the ledger was read up to here */
	int64_t high_id; /* the highest id that is or was in memory */
	bool more;       /* the ledger may hold pending ones beyond last_id */
	bool from_start; /* and ones that were overtaken by last_id */
	bool loading;
	struct store_op load;
	struct effect_row rows[LOAD_MAX];
	struct loop_timer again;
	struct metric *m_sent;
	struct metric *m_waiting;
};

static void lanes_run(struct effects *e);
static void load_start(struct effects *e);

/* --- lanes ---------------------------------------------------------------------- */

static struct lane *lane_get(struct effects *e, const char *name)
{
	struct lane **last = &e->lanes;
	struct lane *lane;

	for (; *last; last = &(*last)->next) {
		if (strcmp((*last)->name, name) == 0) {
			return *last;
		}
	}
	lane = calloc(1, sizeof(*lane));
	if (lane) {
		text_copy(lane->name, sizeof(lane->name), name);
		*last = lane; /* behind the others: they were there first */
	}
	return lane;
}

static void lane_drop_if_empty(struct effects *e, struct lane *lane)
{
	if (lane->head) {
		return;
	}
	for (struct lane **at = &e->lanes; *at; at = &(*at)->next) {
		if (*at == lane) {
			*at = lane->next;
			free(lane);
			return;
		}
	}
}

/* Only the head of a lane is ever at work. */
static void leave_lane(struct effect *x)
{
	struct effects *e = x->all;
	struct lane *lane = x->lane;

	lane->head = x->next;
	if (!lane->head) {
		lane->tail = NULL;
	}
	lane_drop_if_empty(e, lane);
	x->lane = NULL;
	x->step = STEP_OVER;
	x->next = e->over;
	e->over = x;
}

static void effect_destroy(struct effect *x)
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

/* How long until a moment of the wall clock, which may have been set back since. */
static int64_t until_ms(const struct effects *e, int64_t due_ms)
{
	int64_t wait = due_ms - clock_wall_ms(e->a->clock);

	return wait < 0 ? 0 : wait < message->retry.max_ms ? wait : message->retry.max_ms;
}

static void on_record_again(struct loop_timer *t)
{
	struct effect *x = container_of(t, struct effect, timer);

	record(x, x->op.effect_move.to, x->op.effect_move.due_ms);
}

static void on_sendable(struct loop_timer *t)
{
	lanes_run(container_of(t, struct effect, timer)->all);
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
		loop_timer_start(e->a->env.loop, &x->timer, RECORD_AGAIN_MS);
		return;
	}
	if (again && f->kind == FAIL_NONE) {
		x->step = STEP_WAITING;
		x->timer.cb = on_sendable;
		loop_timer_start(e->a->env.loop, &x->timer,
				 until_ms(e, op->effect_move.due_ms));
		return;
	}
	if (x->step != STEP_OVER) {
		leave_lane(x);
	}
	effect_destroy(x);
	lanes_run(e);
}

static void record(struct effect *x, enum effect_state to, int64_t due_ms)
{
	struct approver *a = x->all->a;

	if (to == EFFECT_PENDING) {
		x->step = STEP_RECORDING;
	} else if (x->step != STEP_OVER) {
		leave_lane(x);
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
		lanes_run(x->all);
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
	lanes_run(x->all);
}

static void send(struct effect *x)
{
	struct notifier *notifier = x->all->a->env.notifier;

	x->step = STEP_SENDING;
	x->all->sending++;
	x->notice = (struct notice){
		.kind = x->kind, .about = &x->about, .tries = x->tries, .cb = on_sent
	};
	notifier->ops->send(notifier, &x->notice);
}

/* Start what can be started: the first of each lane, if it is due. */
static void lanes_run(struct effects *e)
{
	if (e->a->closing) {
		return;
	}
	for (struct lane *lane = e->lanes; lane && e->sending < SENDING_MAX;
	     lane = lane->next) {
		struct effect *x = lane->head;

		if (x && x->step == STEP_WAITING && !loop_timer_running(&x->timer)) {
			send(x);
		}
	}
	if (e->more && e->n < MEMORY_MAX / 2) {
		load_start(e);
	}
}

/* --- coming in ------------------------------------------------------------------ */

static void effect_insert(struct effects *e, struct effect *x, const char *lane_name)
{
	struct lane *lane = lane_get(e, lane_name);

	if (!lane) {
		free(x);
		e->more = true;
		return;
	}
	x->lane = lane;
	if (lane->tail) {
		lane->tail->next = x;
	} else {
		lane->head = x;
	}
	lane->tail = x;
	e->n++;
	e->last_id = x->id;
	e->high_id = x->id > e->high_id ? x->id : e->high_id;
	metric_set(e->m_waiting, NULL, (double)e->n);
}

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
	x->timer.cb = on_sendable;
	effect_insert(e, x, row->lane);

	int64_t wait = until_ms(e, row->due_ms);
	if (wait > 0) {
		loop_timer_start(e->a->env.loop, &x->timer, wait);
	}
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
	lanes_run(e);
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
		loop_timer_start(e->a->env.loop, &e->again, RECORD_AGAIN_MS);
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
	e->more = e->more || n == LOAD_MAX;
	lanes_run(e);
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
	e->load.effects_due.max = LOAD_MAX;
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
	lanes_run(e);
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
		leave_lane(x); /* frees the lane with its last one */
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
