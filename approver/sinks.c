/* SPDX-License-Identifier: Apache-2.0 */
/* One courier per place:
 *
 *   asking ──► resting ──wake──► reading ──► delivering ──► saving ──► reading
 *                 ▲                 │            │  ▲
 *                 └──nothing new────┘     failed └──┘ waiting
 *
 * A batch that failed is delivered again until it is taken, and nothing overtakes it. How
 * far it has come is saved after it was taken, so that a crash between the two delivers it
 * twice, and never not at all. */
#include "approver/sinks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "accessd/reader.h"
#include "approver/sink.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/retry.h"
#include "shared/secret.h"
#include "shared/text.h"

enum {
	ROWS = 128,          /* in a batch */
	LINES_MAX = 8 << 20, /* bytes of a batch */
	LATE_MS = 5000,      /* silent for so long, it is no better than one that fails */
};

static const struct retry again = { .first_ms = 500,
				    .max_ms = 30 * 1000,
				    .uncertain = true };

static const struct sink_ops *const places[] = { &sink_file, &sink_http };

enum courier_state {
	COURIER_ASKING, /* how far it has come */
	COURIER_RESTING,
	COURIER_READING,
	COURIER_DELIVERING,
	COURIER_WAITING, /* to deliver the same again */
	COURIER_SAVING,
};

struct courier {
	struct sinks *all;
	struct sink *sink; /* NULL: the config does not ask for it */
	enum courier_state state;
	bool wake; /* something came while it was busy */
	struct loop_timer timer;
	struct store_op op;
	struct audit_row rows[ROWS];
	struct buf lines;
	struct sink_batch batch;
	int64_t at;       /* the last row that was taken */
	int64_t since_ms; /* mono: since when it has tried to deliver this batch; 0: none */
	int64_t oldest_ms; /* wall: when the first row of the batch was recorded */
	unsigned tries;    /* that failed, in a row */
	struct fail fail;
};

struct sinks {
	struct approver *a;
	bool required;
	struct courier couriers[ARRAY_LEN(places)];
	struct metric *m_failures;
	struct metric *m_lag;
	struct metric *m_rows;
};

static const char *name_of(const struct courier *c)
{
	return c->sink->ops->name;
}

static void lag_set(const struct courier *c)
{
	int64_t now_ms = clock_wall_ms(c->all->a->clock);
	bool behind = c->since_ms > 0 && now_ms > c->oldest_ms;

	metric_set(c->all->m_lag, name_of(c),
		   behind ? (double)(now_ms - c->oldest_ms) / 1000 : 0);
}

/* Try again after a while, whatever it is that has to be done again. */
static void wait_again(struct courier *c)
{
	uint32_t dice;
	struct fail f = c->fail;

	secret_random(&dice, sizeof(dice));
	f.kind = FAIL_UPSTREAM; /* whatever it was: nobody else delivers it */
	loop_timer_start(c->all->a->env.loop, &c->timer,
			 retry_wait_ms(&again, &f, c->tries, dice));
}

static void read_on(struct courier *c);

static void rest(struct courier *c)
{
	c->state = COURIER_RESTING;
	if (c->wake) {
		read_on(c);
	}
}

/* --- saving ---------------------------------------------------------------------- */

/* One that is not saved is delivered again after a restart. */
static void on_saved(struct store_op *op, const struct fail *f)
{
	struct courier *c = container_of(op, struct courier, op);

	(void)f;
	c->state = COURIER_RESTING;
	if (!c->all->a->closing) {
		read_on(c);
	}
}

static void save(struct courier *c)
{
	c->state = COURIER_SAVING;
	c->op = (struct store_op){ .kind = STORE_SINK_MOVE,
				   .lazy = true,
				   .cb = on_saved };
	c->op.sink.name = name_of(c);
	c->op.sink.seq = c->at;
	store_submit(c->all->a->store, &c->op);
}

/* --- delivering ------------------------------------------------------------------ */

static void taken(struct courier *c)
{
	if (c->tries > 0) {
		log_info("audit.sink_recovered", LOG_T("sink", name_of(c)),
			 LOG_N("tries", c->tries));
	}
	metric_add(c->all->m_rows, name_of(c), (double)(c->batch.last - c->at));
	c->at = c->batch.last;
	c->tries = 0;
	c->since_ms = 0;
	lag_set(c);
	save(c);
}

/* Not taken, or not even put together: `then` is done again after a while. */
static void failed(struct courier *c, enum courier_state then, const struct fail *f)
{
	c->fail = *f;
	metric_add(c->all->m_failures, name_of(c), 1);
	lag_set(c);
	if (c->tries++ == 0) {
		log_error("audit.sink_failed", LOG_T("sink", name_of(c)), LOG_F(f),
			  LOG_T("then", c->all->required ? "nothing-granted-until-taken"
							 : "delivered-later"));
	}
	c->state = then;
	wait_again(c);
}

static void on_delivered(struct sink_batch *b, const struct fail *f)
{
	struct courier *c = container_of(b, struct courier, batch);

	if (c->all->a->closing) {
		return; /* there may be no ledger any more; it is delivered again */
	}
	if (f->kind == FAIL_NONE) {
		taken(c);
	} else {
		failed(c, COURIER_WAITING, f);
	}
}

static void deliver(struct courier *c)
{
	c->state = COURIER_DELIVERING;
	c->sink->ops->deliver(c->sink, &c->batch);
}

/* --- reading --------------------------------------------------------------------- */

/* All that was read, or nothing: a row that is left out is one that nobody misses. */
static bool batch_fill(struct courier *c, const struct store_op *op, struct fail *f)
{
	size_t n = op->audit_rows.n;
	bool whole = true;

	buf_clear(&c->lines);
	for (size_t i = 0; i < n && whole; i++) {
		whole = audit_line(&c->rows[i], &c->lines);
	}
	c->batch = (struct sink_batch){ .lines = buf_str(&c->lines),
					.len = c->lines.len,
					.first = c->rows[0].seq,
					.last = c->rows[n - 1].seq,
					.cb = on_delivered };
	c->oldest_ms = c->rows[0].at_ms;
	c->since_ms = clock_mono_ms(c->all->a->clock) + 1; /* never 0 */
	return whole || fail_set(f, FAIL_INTERNAL,
				 "one of the audit's rows %" PRId64 " to %" PRId64
				 " does not fit into %d bytes",
				 c->batch.first, c->batch.last, LINES_MAX);
}

static void on_read(struct store_op *op, const struct fail *f)
{
	struct courier *c = container_of(op, struct courier, op);
	struct fail unfit = { 0 };
	bool whole;

	if (f->kind != FAIL_NONE) {
		c->state = COURIER_RESTING; /* the probe wakes it when that works again */
		return;
	}
	if (op->audit_rows.n == 0 || c->all->a->closing) {
		store_rows_free(op);
		if (!c->all->a->closing) {
			rest(c);
		}
		return;
	}
	whole = batch_fill(c, op, &unfit);
	store_rows_free(op);
	if (whole) {
		deliver(c);
	} else {
		failed(c, COURIER_RESTING, &unfit); /* read again: memory may be back */
	}
}

static void read_on(struct courier *c)
{
	c->wake = false;
	c->state = COURIER_READING;
	c->op = (struct store_op){ .kind = STORE_AUDIT_ROWS, .cb = on_read };
	c->op.audit_rows.after = c->at;
	c->op.audit_rows.rows = c->rows;
	c->op.audit_rows.max = ROWS;
	store_submit(c->all->a->store, &c->op);
}

/* --- asking ---------------------------------------------------------------------- */

static void ask(struct courier *c);

static void on_asked(struct store_op *op, const struct fail *f)
{
	struct courier *c = container_of(op, struct courier, op);

	if (c->all->a->closing) {
		return;
	}
	if (f->kind != FAIL_NONE) {
		c->tries++;
		c->fail = *f;
		wait_again(c);
		return;
	}
	c->tries = 0;
	c->at = op->sink.seq;
	read_on(c);
}

static void ask(struct courier *c)
{
	c->op = (struct store_op){ .kind = STORE_SINK_READ, .cb = on_asked };
	c->op.sink.name = name_of(c);
	store_submit(c->all->a->store, &c->op);
}

/* Woken from rest, or to try again. */
static void on_timer(struct loop_timer *t)
{
	struct courier *c = container_of(t, struct courier, timer);

	switch (c->state) {
	case COURIER_ASKING:
		ask(c);
		break;
	case COURIER_RESTING:
		read_on(c);
		break;
	case COURIER_WAITING:
		deliver(c);
		break;
	default:
		break;
	}
}

/* --- from outside ---------------------------------------------------------------- */

/* Many changes of one turn are one look. */
void sinks_wake(struct sinks *s)
{
	for (size_t i = 0; s && i < ARRAY_LEN(places); i++) {
		struct courier *c = &s->couriers[i];

		if (!c->sink || s->a->closing) {
			continue;
		}
		c->wake = true;
		lag_set(c);
		if (c->state == COURIER_RESTING && !loop_timer_running(&c->timer)) {
			loop_timer_start(s->a->env.loop, &c->timer, 0);
		}
	}
}

static bool is_late(const struct courier *c)
{
	return c->since_ms > 0 && clock_mono_ms(c->all->a->clock) - c->since_ms > LATE_MS;
}

bool sinks_forbid(const struct sinks *s, char *why, size_t size)
{
	for (size_t i = 0; s && s->required && i < ARRAY_LEN(places); i++) {
		const struct courier *c = &s->couriers[i];

		if (c->sink && (c->tries > 0 || is_late(c))) {
			snprintf(why, size, "the audit cannot be delivered (%s: %s)",
				 name_of(c), c->tries > 0 ? c->fail.msg : "no answer");
			return true;
		}
	}
	return false;
}

static bool courier_open(struct courier *c, const struct sink_ops *place)
{
	const struct approver_env *env = &c->all->a->env;
	struct sink_env sink = { .loop = env->loop,
				 .http = env->http,
				 .config = &env->config->audit };

	if (!place->wanted(sink.config)) {
		return true;
	}
	buf_init(&c->lines, LINES_MAX);
	c->timer.cb = on_timer;
	c->sink = place->open(&sink);
	if (c->sink) {
		ask(c);
	}
	return c->sink != NULL;
}

struct sinks *sinks_create(struct approver *a)
{
	struct sinks *s = calloc(1, sizeof(*s));
	bool ok = s != NULL;

	if (!s) {
		return NULL;
	}
	s->a = a;
	s->required = a->env.config->audit.required;
	s->m_failures = metrics_counter(a->env.metrics, "accessd_audit_sink_failures",
					"Deliveries of the audit that failed", "sink");
	s->m_rows = metrics_counter(a->env.metrics, "accessd_audit_sink_rows",
				    "Rows of the audit that were delivered", "sink");
	s->m_lag =
		metrics_gauge(a->env.metrics, "accessd_audit_sink_lag_seconds",
			      "How old the oldest row is that was not delivered", "sink");
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		s->couriers[i].all = s;
		ok = ok && courier_open(&s->couriers[i], places[i]);
	}
	if (!ok) {
		sinks_destroy(s);
		return NULL;
	}
	return s;
}

void sinks_destroy(struct sinks *s)
{
	for (size_t i = 0; s && i < ARRAY_LEN(places); i++) {
		struct courier *c = &s->couriers[i];

		if (c->sink) {
			loop_timer_cancel(&c->timer);
			c->sink->ops->close(c->sink);
			buf_finish(&c->lines);
		}
	}
	free(s);
}
