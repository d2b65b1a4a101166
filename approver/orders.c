/* SPDX-License-Identifier: Apache-2.0 */
/* Orders: from a durable row to something given or taken back at a target.
 *
 *   a grant moves -> its order is on disk -> orders_poke() -> look: the first of each lane
 *     that is due -> order.c
 *
 * One line for each provisioner: what is due is read from the ledger, as much as may run at
 * the same time, so that ten thousand ends in one second neither fill the memory nor storm
 * the target, and a target that is down holds up nobody else's. A lane (one person at one
 * target) runs in order of id: the ledger gives out the first of each only.
 *
 * Nothing leases a row: one service acts on a ledger (store_claim()), and what runs is
 * known here. An order that a killed process left pending is begun anew; that it was begun
 * before is on disk where it matters (order.c). */
#include <stdlib.h>
#include <string.h>

#include "approver/effects.h"
#include "approver/order_parts.h"
#include "approver/provisioners.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	LOOK_MS = 30 * 1000, /* how late a jump of the wall clock is noticed */
	AGAIN_MS = 5000,     /* after the ledger failed */
	HOLD_MAX = 384,      /* orders of one line in memory */
	LOOK_MAX = 128,      /* more of them at a time */
	SET_BACK_MS = 5000,  /* what is no drift of the wall clock any more */
};

/* --- looking ------------------------------------------------------------------------ */

static bool is_held(const struct orders *o, int64_t effect)
{
	for (const struct line *line = o->lines; line; line = line->next) {
		for (const struct order *x = line->orders; x; x = x->next) {
			if (x->row.effect.id == effect) {
				return true;
			}
		}
	}
	return false;
}

static void row_finish(struct order_row *row)
{
	free((void *)(uintptr_t)row->effect.payload);
	row->effect.payload = NULL;
}

/* One that cannot be read is left in the ledger and said, and its lane waits. */
static void row_take(struct line *line, struct order_row *row)
{
	const struct effect_kind *kind = effect_kind_find(row->effect.kind);

	if (!kind || kind->from == GRANT_STATE_MAX) {
		log_error("order.unreadable", LOG_N("effect", row->effect.id),
			  LOG_T("kind", row->effect.kind),
			  LOG_T("then", "left-in-ledger"));
		return;
	}
	order_take(line, kind, row);
}

/* In order of due_ms: start what can be, and say when the rest is to be looked at. */
static int64_t rows_take(struct line *line, size_t n)
{
	int64_t now_ms = clock_wall_ms(line->all->a->clock);
	int64_t wait = LOOK_MS;

	for (size_t i = 0; i < n; i++) {
		struct order_row *row = &line->rows[i];
		int64_t until = row->effect.due_ms - now_ms;

		if (until > 0 && !line->hurry) {
			wait = until < wait ? until : wait;
		} else if (line->n < HOLD_MAX && !is_held(line->all, row->effect.id)) {
			row_take(line, row);
		}
		row_finish(row);
	}
	return wait;
}

static void line_tidy(struct line *line);

static void on_looked(struct store_op *op, const struct fail *f)
{
	struct line *line = container_of(op, struct line, look);
	struct approver *a = line->all->a;
	int64_t wait = AGAIN_MS;

	/* Still looking: what is taken may ask for another look, and the rows are one set. */
	if (service_ledger(a, f) && !a->closing && !line->retired) {
		line->full = op->orders_due.n == op->orders_due.max;
		wait = rows_take(line, op->orders_due.n);
		line->hurry = line->hurry && line->full;
	} else if (f->kind == FAIL_NONE) {
		for (size_t i = 0; i < op->orders_due.n; i++) {
			row_finish(&line->rows[i]);
		}
	}
	line->looking = false;
	if (a->closing || line->retired) {
		line_tidy(line);
		return;
	}
	loop_timer_start(a->env.loop, &line->timer, wait);
	if (line->look_again) {
		line->look_again = false;
		line_look(line);
	}
}

/* When an order is due is a time of the wall clock. If that is set back by an hour the next
 * try must not wait for an hour: it comes at once. (Forwards it does anyway.) */
static void clock_look(struct orders *o)
{
	int64_t ahead_ms = clock_wall_ms(o->a->clock) - clock_mono_ms(o->a->clock);

	for (struct line *line = o->lines; line && ahead_ms < o->ahead_ms - SET_BACK_MS;
	     line = line->next) {
		line->hurry = true;
	}
	o->ahead_ms = ahead_ms;
}

void line_look(struct line *line)
{
	clock_look(line->all);
	if (line->all->a->closing || line->retired || line->n > HOLD_MAX - LOOK_MAX) {
		return;
	}
	if (line->looking) {
		line->look_again = true;
		return;
	}
	line->looking = true;
	line->look = (struct store_op){ .kind = STORE_ORDERS_DUE, .cb = on_looked };
	line->look.orders_due.queue = line->name;
	line->look.orders_due.rows = line->rows;
	line->look.orders_due.max = line->n + LOOK_MAX;
	store_submit(line->all->a->store, &line->look);
}

static void on_timer(struct loop_timer *t)
{
	line_look(container_of(t, struct line, timer));
}

void line_pump(struct line *line)
{
	while (line->ready && line->busy < line->cap && !line->all->a->closing) {
		struct order *x = line->ready;

		line->ready = x->next_ready;
		if (!line->ready) {
			line->ready_end = &line->ready;
		}
		line->busy++;
		order_start(x);
	}
}

void line_free_one(struct line *line)
{
	line->busy--;
	line_pump(line);
}

void orders_poke(struct orders *o, const char *provisioner)
{
	for (struct line *line = o ? o->lines : NULL; line; line = line->next) {
		if (!provisioner || strcmp(line->name, provisioner) == 0) {
			line_look(line);
		}
	}
}

/* --- lines -------------------------------------------------------------------------- */

static void line_destroy(struct line *line)
{
	loop_timer_cancel(&line->timer);
	line->p->ops->close(line->p);
	free(line->rows);
	free(line);
}

static void line_remove(struct line *line)
{
	for (struct line **at = &line->all->lines; *at; at = &(*at)->next) {
		if (*at == line) {
			*at = line->next;
			line_destroy(line);
			return;
		}
	}
}

/* One that a reload took out of use goes when nothing points to it any more. */
static void line_tidy(struct line *line)
{
	if (line->retired && line->n == 0 && !line->looking) {
		line_remove(line);
	}
}

static void order_forget(struct order *x)
{
	struct line *line = x->line;

	if (x->prev) {
		x->prev->next = x->next;
	} else {
		line->orders = x->next;
	}
	if (x->next) {
		x->next->prev = x->prev;
	}
	loop_timer_cancel(&x->slow);
	loop_timer_cancel(&x->again);
	told_finish(&x->told);
	row_finish(&x->row);
	free(x);
	line->n--;
}

void order_drop(struct order *x)
{
	struct line *line = x->line;

	order_forget(x);
	metric_set(line->all->m_running, NULL, (double)orders_running(line->all));
	/* Behind x there may be the next of its lane. While there are many that do not wait
	 * for x, one look for some of them is enough. */
	if (line->retired) {
		orders_poke(line->all, line->name);
	} else if (!line->full || line->n <= HOLD_MAX - 2 * LOOK_MAX) {
		line_look(line);
	}
	line_tidy(line);
}

/* Take it out of use: what is not under way is left to the line that comes. */
static void line_retire(struct line *line)
{
	line->retired = true;
	loop_timer_cancel(&line->timer);
	while (line->ready) {
		struct order *x = line->ready;

		line->ready = x->next_ready;
		order_forget(x);
	}
	line->ready_end = &line->ready;
}

static bool line_open(struct orders *o, const struct provisioner_config *c,
		      struct line **ret_line, struct fail *f)
{
	const struct provisioner_ops *ops = provisioner_find(c->type);
	struct provisioner_env env = { .loop = o->a->env.loop,
				       .http = o->a->env.http,
				       .config = c };
	struct line *line = calloc(1, sizeof(*line));

	if (!line || !(line->rows = calloc(HOLD_MAX + LOOK_MAX, sizeof(*line->rows)))) {
		free(line);
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (!ops->open(&env, &line->p, f)) {
		free(line->rows);
		free(line);
		return fail_wrap(f, "open provisioner '%s'", c->name);
	}
	line->all = o;
	line->cap = (size_t)c->concurrency;
	line->ready_end = &line->ready;
	line->timer.cb = on_timer;
	line->hurry = true; /* nobody knows which clock an earlier process went by */
	text_copy(line->name, sizeof(line->name), c->name);
	*ret_line = line;
	return true;
}

static void lines_destroy(struct line *line)
{
	while (line) {
		struct line *next = line->next;

		line_destroy(line);
		line = next;
	}
}

static bool lines_open(struct orders *o, const struct config *c, struct line **ret_lines,
		       struct fail *f)
{
	struct line *lines = NULL;

	for (size_t i = 0; i < c->provisioners.n; i++) {
		struct line *line = NULL;

		if (!line_open(o, &c->provisioners.items[i], &line, f)) {
			lines_destroy(lines);
			return false;
		}
		line->next = lines;
		lines = line;
	}
	*ret_lines = lines;
	return true;
}

bool orders_reload(struct orders *o, const struct config *c, struct fail *f)
{
	struct line *lines = NULL;
	struct line **last = &lines;

	if (!lines_open(o, c, &lines, f)) {
		return false;
	}
	for (struct line *old = o->lines; old; old = old->next) {
		line_retire(old);
	}
	while (*last) {
		last = &(*last)->next;
	}
	*last = o->lines;
	o->lines = lines;
	for (struct line *line = o->lines; line;) {
		struct line *next = line->next;

		line_tidy(line);
		line = next;
	}
	orders_poke(o, NULL);
	return true;
}

struct provisioner *orders_provisioner(const struct orders *o, const char *name)
{
	for (const struct line *line = o->lines; line; line = line->next) {
		if (!line->retired && strcmp(line->name, name) == 0) {
			return line->p;
		}
	}
	return NULL;
}

/* --- life ----------------------------------------------------------------------------- */

size_t orders_running(const struct orders *o)
{
	size_t n = 0;

	for (const struct line *line = o->lines; line; line = line->next) {
		n += line->n;
	}
	return n;
}

bool orders_open(struct approver *a, struct orders **ret_o, struct fail *f)
{
	struct orders *o = calloc(1, sizeof(*o));

	if (!o) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	o->a = a;
	if (!lines_open(o, a->env.config, &o->lines, f)) {
		free(o);
		return false;
	}
	o->m_outcomes = metrics_counter(a->env.metrics, "accessd_provisions",
					"Orders to provisioners, by what became of a try",
					"outcome");
	o->m_running = metrics_gauge(a->env.metrics, "accessd_provisions_running",
				     "Orders that are being carried out", NULL);
	o->m_stuck = metrics_gauge(
		a->env.metrics, "accessd_revokes_stuck",
		"Grants that have ended and could not be taken back for a minute", NULL);
	o->m_lag = metrics_histogram(a->env.metrics, "accessd_provision_lag_seconds",
				     "From when an order was due to its start", NULL);
	metric_set(o->m_stuck, NULL, 0);
	orders_poke(o, NULL);
	*ret_o = o;
	return true;
}

void orders_close(struct orders *o)
{
	if (!o) {
		return;
	}
	for (struct line *line = o->lines; line; line = line->next) {
		while (line->orders) {
			struct order *x = line->orders;

			if (x->calling) {
				line->p->ops->cancel(line->p, &x->call);
			}
			effect_row_finish(&x->notice);
			effect_row_finish(&x->slow_notice);
			order_forget(x);
		}
	}
	lines_destroy(o->lines);
	free(o);
}
