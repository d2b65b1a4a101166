/* SPDX-License-Identifier: Apache-2.0 */
/* Reminders are looked up in the ledger as ends are (grants.c): by wall time, with a timer
 * that only says when to look and never sleeps longer than LOOK_MS. That it was said is
 * one transaction with the message, so that it is said once. */
#include "approver/reminders.h"

#include <stdlib.h>

#include "approver/grant.h"
#include "approver/set.h"
#include "shared/log.h"

enum { LOOK_MS = 30 * 1000, AGAIN_MS = 5000, ROWS = 32 };

struct reminder {
	struct reminders *all;
	struct grant_set set;
};

struct reminders {
	struct approver *a;
	struct loop_timer timer;
	int64_t next_ms; /* wall: nothing is to be said before; INT64_MAX: nothing at all */
	bool looking;
	bool failed;
	struct store_op look;
	struct grant_row rows[ROWS];
	size_t saying;
};

static void look(struct reminders *r);

static void arm(struct reminders *r, int64_t least_ms)
{
	int64_t wait = LOOK_MS;

	if (r->a->closing) {
		return;
	}
	if (r->next_ms != INT64_MAX) {
		int64_t until = r->next_ms - clock_wall_ms(r->a->clock);

		wait = until < least_ms ? least_ms : until < LOOK_MS ? until : LOOK_MS;
	}
	loop_timer_start(r->a->env.loop, &r->timer, wait);
}

static void on_timer(struct loop_timer *t)
{
	struct reminders *r = container_of(t, struct reminders, timer);

	if (r->looking || r->saying > 0 || r->a->closing) {
		return;
	}
	if (r->next_ms <= clock_wall_ms(r->a->clock)) {
		look(r);
		return;
	}
	arm(r, 0);
}

static void on_said(struct grant_set *s, const struct fail *f)
{
	struct reminder *x = container_of(s, struct reminder, set);
	struct reminders *r = x->all;

	r->failed = r->failed || (f->kind != FAIL_NONE && f->kind != FAIL_CONFLICT);
	free(x);
	if (--r->saying > 0 || r->a->closing) {
		return;
	}
	if (r->failed) {
		r->failed = false;
		arm(r, AGAIN_MS);
	} else {
		look(r); /* there may be more */
	}
}

static bool say(struct reminders *r, const struct grant_row *g)
{
	struct reminder *x = calloc(1, sizeof(*x));

	if (!x) {
		return false;
	}
	x->all = r;
	grant_set_init(&x->set, r->a, g, "reminded", on_said);
	x->set.to.remind_ms = 0;
	x->set.kind = NOTICE_EXPIRING;
	r->saying++;
	grant_set_submit(&x->set);
	return true;
}

static void on_looked(struct store_op *op, const struct fail *f)
{
	struct reminders *r = container_of(op, struct reminders, look);
	int64_t now_ms = clock_wall_ms(r->a->clock);

	r->looking = false;
	if (r->a->closing) {
		return;
	}
	if (!service_ledger(r->a, f)) {
		r->next_ms = 0;
		arm(r, AGAIN_MS);
		return;
	}
	for (size_t i = 0; i < op->grants_remind.n; i++) {
		const struct grant_row *g = &r->rows[i];

		/* Grants that were added while the look was under way count as well. */
		r->next_ms = g->remind_ms < r->next_ms ? g->remind_ms : r->next_ms;
		if (g->remind_ms > now_ms || !say(r, g)) {
			break;
		}
	}
	if (r->saying == 0) {
		arm(r, 0);
	}
}

static void look(struct reminders *r)
{
	r->looking = true;
	r->next_ms = INT64_MAX;
	r->look = (struct store_op){ .kind = STORE_GRANTS_REMIND, .cb = on_looked };
	r->look.grants_remind.until_ms = INT64_MAX;
	r->look.grants_remind.rows = r->rows;
	r->look.grants_remind.max = ROWS;
	store_submit(r->a->store, &r->look);
}

void reminders_added(struct reminders *r, int64_t remind_ms)
{
	if (remind_ms > 0 && remind_ms < r->next_ms) {
		r->next_ms = remind_ms;
		if (!r->looking && r->saying == 0) {
			arm(r, 0);
		}
	}
}

struct reminders *reminders_create(struct approver *a)
{
	struct reminders *r = calloc(1, sizeof(*r));

	if (r) {
		r->a = a;
		r->timer.cb = on_timer;
		look(r);
	}
	return r;
}

void reminders_destroy(struct reminders *r)
{
	if (r) {
		loop_timer_cancel(&r->timer);
		free(r);
	}
}
