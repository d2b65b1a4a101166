/* SPDX-License-Identifier: Apache-2.0 */
/* All requests that are being decided: those that come in, and those that an earlier process
 * left behind. */
#include "approver/request_parts.h"

#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	TRACE_TEXT_MAX = 512 * 1024,
	TRACE_KEPT_MAX = 4096, /* in those that are kept to be used again */
};

bool requests_have(const struct requests *all, const char *id)
{
	for (const struct request *r = all->first; r; r = r->next) {
		if (strcmp(r->row.id, id) == 0) {
			return true;
		}
	}
	return false;
}

static int64_t age_ms(const struct requests *all, const struct request_row *row)
{
	int64_t age = clock_wall_ms(all->a->clock) - row->asked_ms;

	return age > 0 ? age : 0; /* the clock was set back since */
}

/* Begin in the turn after next: by then the ack, which was queued in this one, is out.
 * Even a line of the log costs more than all else that the ack waits for here. */
static void on_head_start(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);

	if (!r->begun) {
		r->begun = true;
		loop_timer_start(r->all->a->env.loop, t, 0);
		return;
	}
	request_advance(r);
}

/* malloc() would look for 14 KB in one piece each time. */
static struct request *spare_take(struct requests *all)
{
	struct request *r = all->spare;

	if (!r) {
		r = calloc(1, sizeof(*r));
		if (r) {
			buf_init(&r->trace, TRACE_TEXT_MAX);
		}
		return r;
	}
	all->spare = r->next;
	all->n_spare--;
	memset(r, 0, offsetof(struct request, row));
	return r;
}

static void request_end(struct request *r)
{
	buf_finish(&r->trace);
	free(r);
}

void request_free(struct request *r)
{
	struct requests *all = r->all;

	buf_rest(&r->trace, TRACE_KEPT_MAX);
	if (all->n_spare == REQUESTS_SPARE_MAX) {
		request_end(r);
		return;
	}
	r->next = all->spare;
	all->spare = r;
	all->n_spare++;
}

struct request *request_create(struct requests *all, const struct request_row *row)
{
	struct request *r = spare_take(all);

	if (!r) {
		return NULL;
	}
	r->all = all;
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		r->questions[i].r = r;
		r->questions[i].in_flight = false;
	}
	request_row_copy(&r->row, row);
	r->started_ms = clock_mono_ms(all->a->clock);
	r->asked_mono_ms = r->started_ms - age_ms(all, row);
	r->next = all->first;
	if (all->first) {
		all->first->prev = r;
	}
	all->first = r;
	all->n++;
	metric_set(all->m_checking, NULL, (double)all->n);
	return r;
}

void requests_start(struct requests *all, const struct request_row *row, bool resumed)
{
	struct loop *l = all->a->env.loop;
	struct request *r;

	/* While the ledger is read, a new row may come both from there and from its ask. */
	if (all->loading && requests_have(all, row->id)) {
		return;
	}
	r = request_create(all, row);
	if (!r) {
		log_error("request.no_memory", LOG_T("req", row->id),
			  LOG_T("then", "decided-at-next-start"));
		return;
	}
	r->resumed = resumed;
	r->slow.cb = request_on_slow;
	loop_timer_start(l, &r->slow, REQUEST_SLOW_MS);
	r->deadline.cb = on_head_start;
	loop_timer_start(l, &r->deadline, 0);
}

bool requests_have_room(const struct requests *all)
{
	return all->n < REQUESTS_MAX;
}

size_t requests_count(const struct requests *all)
{
	return all->n;
}

void requests_cancel_questions(struct requests *all)
{
	for (struct request *r = all->first; r; r = r->next) {
		if (!r->moving) {
			request_forget(r);
		}
	}
}

void requests_ask_again(struct requests *all)
{
	for (struct request *r = all->first, *next; r; r = next) {
		next = r->next;
		request_advance(r);
	}
}

static void load_start(struct requests *all, const char *after);

static void on_loaded(struct store_op *op, const struct fail *f)
{
	struct requests *all = container_of(op, struct requests, load);
	size_t n = op->requests_open.n;

	if (!service_ledger(all->a, f)) {
		all->loading = false;
		all->load_again = false;
		log_error("request.load_failed", LOG_F(f),
			  LOG_T("then", "look-again-when-it-recovers"));
		return;
	}
	for (size_t i = 0; i < n && !all->a->closing; i++) {
		if (!requests_have(all, all->rows[i].id)) {
			requests_start(all, &all->rows[i], true);
		}
	}
	all->loading = false;
	if (all->a->closing) {
		return;
	}
	if (all->load_again) {
		all->load_again = false;
		load_start(all, "");
	} else if (n == REQUESTS_LOAD_MAX) {
		load_start(all, all->rows[n - 1].id);
	}
}

static void load_start(struct requests *all, const char *after)
{
	char last[ULID_SIZE];

	text_copy(last, sizeof(last), after);
	all->loading = true;
	all->load = (struct store_op){ .kind = STORE_REQUESTS_OPEN, .cb = on_loaded };
	text_copy(all->load.requests_open.after, sizeof(all->load.requests_open.after),
		  last);
	all->load.requests_open.rows = all->rows;
	all->load.requests_open.max = REQUESTS_LOAD_MAX;
	store_submit(all->a->store, &all->load);
}

void requests_reload(struct requests *all)
{
	if (all->a->closing) {
		return;
	}
	if (all->loading) {
		all->load_again = true;
	} else {
		load_start(all, "");
	}
}

struct requests *requests_create(struct approver *a)
{
	struct requests *all = calloc(1, sizeof(*all));

	if (!all) {
		return NULL;
	}
	all->a = a;
	all->m_requests =
		metrics_counter(a->env.metrics, "accessd_requests",
				"Requests that were decided, by verdict", "verdict");
	all->m_seconds =
		metrics_histogram(a->env.metrics, "accessd_decision_seconds",
				  "From the request to its durable decision", NULL);
	all->m_checking = metrics_gauge(a->env.metrics, "accessd_requests_checking",
					"Requests that are being decided", NULL);
	load_start(all, "");
	return all;
}

void requests_destroy(struct requests *all)
{
	if (!all) {
		return;
	}
	while (all->first) {
		request_destroy(all->first);
	}
	while (all->spare) {
		struct request *r = all->spare;

		all->spare = r->next;
		request_end(r);
	}
	free(all);
}
