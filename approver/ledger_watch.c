/* SPDX-License-Identifier: Apache-2.0 */
/* How the ledger is doing: what the last operation said, and a probe that asks every five
 * seconds whether a write still reaches the disk. */
#include "approver/ledger_watch.h"

#include "approver/effects.h"
#include "approver/freeze.h"
#include "approver/orders.h"
#include "approver/providers.h"
#include "approver/request.h"
#include "approver/service.h"
#include "approver/sinks.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	PROBE_MS = 5000,
	LOOK_MS = 60 * 1000, /* how old what is known of a provider may get */
	HUNG_MS = 3000,      /* silent for so long, it is no better than one that fails */
	/* Slack's last retry comes after 5 minutes, or hourly; and no window of
	 * indent.replay_window is longer than half of it */
	KEY_LIFETIME_S = 3 * 3600,
	EVENT_LIFETIME_S = 72 * 3600, /* PagerDuty sends for 48 h what was not answered */
};

bool service_ledger(struct approver *a, const struct fail *f)
{
	bool trouble = f->kind == FAIL_LEDGER || f->kind == FAIL_BUSY ||
		       f->kind == FAIL_UNCERTAIN;

	a->heard_ms = clock_mono_ms(a->clock);
	if (trouble && a->ledger_ok) {
		log_error("ledger.failed", LOG_F(f),
			  LOG_T("then", "nothing-granted-until-it-recovers"));
	} else if (f->kind == FAIL_NONE && !a->ledger_ok && !a->ledger_full) {
		log_info("ledger.recovered");
		if (!a->closing) {
			/* What was of unknown outcome, or could not be looked for, is
			 * found before anything newer is taken in. */
			requests_reload(a->requests);
			effects_reload(a->effects);
			orders_poke(a->orders, NULL);
		}
	}
	if (trouble) {
		a->ledger_ok = false;
		text_copy(a->ledger_why, sizeof(a->ledger_why), f->msg);
	} else if (f->kind == FAIL_NONE && !a->ledger_full) {
		a->ledger_ok = true;
		a->ledger_why[0] = '\0';
	}
	metric_set(a->m_ledger_ok, NULL, a->ledger_ok);
	if (f->kind == FAIL_NONE) {
		sinks_wake(a->sinks);
	}
	return f->kind == FAIL_NONE;
}

/* Somebody on the command line: what follows from it is ours to do. */
static void others_wrote(struct approver *a)
{
	if (a->closing) {
		return;
	}
	log_debug("ledger.changed", LOG_T("then", "look"));
	effects_reload(a->effects);
	orders_poke(a->orders, NULL);
}

/* On a full disk ends are still written: that they succeed does not mean that it is well. */
static void room_learn(struct approver *a, const struct ledger_room *room)
{
	struct fail f;

	metric_set(a->m_ledger_free, NULL, (double)room->free_bytes);
	metric_set(a->m_ledger_reserve, NULL, (double)room->reserve_bytes);
	a->ledger_full = room->full;
	if (room->full) {
		fail_set(
			&f, FAIL_LEDGER,
			"the ledger cannot be written: the disk is full (%.1f MB are kept "
			"for what ends)",
			(double)room->reserve_bytes / (1 << 20));
		fail_hint(&f, "make room on the file system; accessd then goes on by "
			      "itself.");
		service_ledger(a, &f);
	}
}

static void on_probed(struct store_op *op, const struct fail *f)
{
	struct approver *a = container_of(op, struct approver, probe);

	a->probing = false;
	loop_timer_cancel(&a->hung_timer);
	if (f->kind == FAIL_NONE) {
		room_learn(a, &op->probe.room);
	}
	if (service_ledger(a, f)) {
		freeze_learn(a, &op->probe.freeze);
		if (op->probe.changed) {
			others_wrote(a);
		}
	}
	if (!a->closing) {
		loop_timer_start(a->env.loop, &a->probe_timer, PROBE_MS);
	}
}

static void on_hung(struct loop_timer *t)
{
	struct approver *a = container_of(t, struct approver, hung_timer);
	int64_t left_ms = a->heard_ms + HUNG_MS - clock_mono_ms(a->clock);
	struct fail f;

	if (left_ms > 0) {
		loop_timer_start(a->env.loop, t, left_ms); /* there is just much to do */
		return;
	}
	fail_set(&f, FAIL_BUSY, "the ledger has not answered for %d s", HUNG_MS / 1000);
	service_ledger(a, &f);
}

/* So that /readyz knows, also when nobody asks: one that failed is tried again, one that
 * works is looked at now and then. */
static void providers_look(struct approver *a)
{
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		struct provider *p = a->providers[i];
		struct provider_health h;

		if (!p) {
			continue;
		}
		p->ops->health(p, &h);
		if (!h.ok || h.age_ms > LOOK_MS) {
			p->ops->warm(p);
		}
	}
}

void ledger_watch_probe(struct approver *a)
{
	int64_t now_ms = clock_wall_ms(a->clock);

	a->probe = (struct store_op){ .kind = STORE_PROBE, .cb = on_probed };
	a->probe.probe.now_ms = now_ms;
	a->probe.probe.forget_before_ms = now_ms - (int64_t)KEY_LIFETIME_S * 1000;
	a->probe.probe.forget_events_before_ms =
		now_ms - (int64_t)EVENT_LIFETIME_S * 1000;
	a->probing = true;
	loop_timer_start(a->env.loop, &a->hung_timer, HUNG_MS);
	store_submit(a->store, &a->probe);
}

static void on_probe_timer(struct loop_timer *t)
{
	struct approver *a = container_of(t, struct approver, probe_timer);

	ledger_watch_probe(a);
	orders_look_stuck(a->orders);
	providers_look(a);
}

void ledger_watch_init(struct approver *a)
{
	struct metrics *m = a->env.metrics;

	a->ledger_ok = true;
	a->m_ledger_ok = metrics_gauge(m, "accessd_ledger_ok",
				       "1 while the ledger can be written", NULL);
	a->m_ledger_free =
		metrics_gauge(m, "accessd_ledger_free_bytes",
			      "Free on the ledger's file system; -1: unknown", NULL);
	a->m_ledger_reserve =
		metrics_gauge(m, "accessd_ledger_reserve_bytes",
			      "Kept for what ends while the disk is full", NULL);
	metric_set(a->m_ledger_ok, NULL, 1);
	a->probe_timer.cb = on_probe_timer;
	a->hung_timer.cb = on_hung;
}

void ledger_watch_stop(struct approver *a)
{
	loop_timer_cancel(&a->probe_timer);
	loop_timer_cancel(&a->hung_timer);
}
