/* SPDX-License-Identifier: Apache-2.0 */
/* Signing the audit now and then. What was recorded since the last signature can be cut off
 * without a trace by whoever can write the file; what is older cannot. */
#include "approver/seal.h"

#include <stdlib.h>

#include "accessd/store.h"
#include "shared/log.h"
#include "shared/metrics.h"

enum {
	SEAL_MS = 5 * 60 * 1000,
	AGAIN_MS = 30 * 1000, /* after it failed */
};

struct seal {
	struct approver *a;
	struct loop_timer timer;
	struct store_op op;
	bool running;
	bool failing;
	struct metric *m_failures;
	struct metric *m_signed;
};

static void on_signed(struct store_op *op, const struct fail *f)
{
	struct seal *s = container_of(op, struct seal, op);

	s->running = false;
	if (f->kind == FAIL_NONE) {
		metric_set(s->m_signed, NULL, (double)op->audit_sign.seq);
		s->failing = false;
	} else {
		metric_add(s->m_failures, NULL, 1);
		if (!s->failing) {
			log_error("audit.unsigned", LOG_F(f),
				  LOG_T("then", "recorded-all-the-same"));
		}
		s->failing = true;
	}
	if (!s->a->closing) {
		loop_timer_start(s->a->env.loop, &s->timer,
				 s->failing ? AGAIN_MS : SEAL_MS);
	}
}

static void sign(struct seal *s)
{
	s->op = (struct store_op){ .kind = STORE_AUDIT_SIGN, .cb = on_signed };
	s->op.audit_sign.at_ms = clock_wall_ms(s->a->clock);
	s->running = true;
	store_submit(s->a->store, &s->op);
}

static void on_timer(struct loop_timer *t)
{
	sign(container_of(t, struct seal, timer));
}

struct seal *seal_create(struct approver *a)
{
	struct seal *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->a = a;
	s->timer.cb = on_timer;
	s->m_failures = metrics_counter(a->env.metrics, "accessd_audit_sign_failures",
					"Times the audit could not be signed", NULL);
	s->m_signed =
		metrics_gauge(a->env.metrics, "accessd_audit_signed_rows",
			      "Rows of the audit that the last signature covers", NULL);
	sign(s); /* this makes the key, too */
	return s;
}

void seal_stop(struct seal *s)
{
	if (!s) {
		return;
	}
	loop_timer_cancel(&s->timer);
	if (!s->running) {
		sign(s);
	}
}

void seal_destroy(struct seal *s)
{
	if (s) {
		loop_timer_cancel(&s->timer);
		free(s);
	}
}
