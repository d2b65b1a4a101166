/* SPDX-License-Identifier: Apache-2.0 */
/* A provider says that something has changed: remembered durably, so that a second
 * delivery is known and the sender can be answered; then what is known of it is dropped,
 * and grants that rest on it are looked at. Nobody is called out to before the answer. */
#include "accessd/approver.h"

#include "approver/recheck.h"
#include "approver/service.h"
#include "shared/log.h"
#include "shared/text.h"

static void act(struct approver *a, const struct news *n)
{
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		struct provider *p = a->providers[i];

		if (p && text_same(p->ops->key, n->provider)) {
			p->ops->drop(p);
			recheck_now(a->recheck, i);
		}
	}
}

static void on_kept(struct store_op *op, const struct fail *f)
{
	struct news *n = container_of(op, struct news, op);
	struct approver *a = n->approver;

	n->duplicate = op->event_add.duplicate;
	if (service_ledger(a, f)) {
		log_info("news.heard", LOG_T("provider", n->provider),
			 LOG_T("what", n->what), LOG_T("incident", n->incident),
			 LOG_B("duplicate", n->duplicate));
	}
	if (f->kind == FAIL_NONE && !n->duplicate && !n->quiet && !a->closing) {
		act(a, n);
	}
	n->cb(n, f);
}

void approver_news(struct approver *a, struct news *n)
{
	n->approver = a;
	n->duplicate = false;
	n->op = (struct store_op){ .kind = STORE_EVENT_ADD, .cb = on_kept };
	n->op.event_add.source = n->provider;
	n->op.event_add.keys[0] = n->keys[0];
	n->op.event_add.keys[1] = n->keys[1];
	n->op.event_add.what = n->what;
	n->op.event_add.subject = n->incident;
	n->op.event_add.at_ms = clock_wall_ms(a->clock);
	store_submit(a->store, &n->op);
}
