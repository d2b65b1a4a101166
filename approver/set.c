/* SPDX-License-Identifier: Apache-2.0 */
/* One change of a grant that stays in its state: compare-and-swap, its audit line, its
 * message. */
#include "approver/set.h"

#include "approver/effect_kinds.h"
#include "approver/effects.h"
#include "approver/grant.h"
#include "approver/orders.h"
#include "shared/log.h"

void grant_set_init(struct grant_set *s, struct approver *a, const struct grant_row *row,
		    const char *what, grant_set_cb *cb)
{
	*s = (struct grant_set){ .a = a,
				 .was = *row,
				 .to = *row,
				 .what = what,
				 .kind = NOTICE_KIND_MAX,
				 .cb = cb };
	grant_facts(row, clock_wall_ms(a->clock), &s->about);
}

static void effects_go(struct grant_set *s)
{
	for (size_t i = 0; i < s->op.grant_set.n_effects; i++) {
		if (s->effects[i].queue[0]) {
			orders_poke(s->a->orders, s->effects[i].queue);
		} else {
			effects_add(s->a->effects, &s->effects[i]);
		}
	}
}

static void effects_finish(struct grant_set *s)
{
	for (size_t i = 0; i < s->op.grant_set.n_effects; i++) {
		if (!s->effects[i].queue[0]) {
			effect_row_finish(&s->effects[i]);
		}
	}
}

static void on_set(struct store_op *op, const struct fail *f)
{
	struct grant_set *s = container_of(op, struct grant_set, op);

	if (service_ledger(s->a, f)) {
		log_info("grant.set", LOG_T("req", s->to.id), LOG_T("user", s->to.user),
			 LOG_T("resource", s->to.resource), LOG_T("what", s->what),
			 LOG_T("by", s->by));
		effects_go(s);
	} else if (f->kind == FAIL_CONFLICT) {
		effects_reload(s->a->effects); /* it may have been us, a commit ago */
	}
	effects_finish(s);
	s->cb(s, f);
}

void grant_set_submit(struct grant_set *s)
{
	int64_t now_ms = clock_wall_ms(s->a->clock);
	size_t n = 0;

	s->op = (struct store_op){ .kind = STORE_GRANT_SET, .cb = on_set };
	s->op.grant_set.was = &s->was;
	s->op.grant_set.to = &s->to;
	s->op.grant_set.at_ms = now_ms;
	s->op.grant_set.what = s->what;
	s->op.grant_set.why = s->why;
	s->op.grant_set.by = s->by;
	s->op.grant_set.effects = s->effects;
	if (s->to.expires_ms > s->was.expires_ms) {
		n = order_extend_fill(s->a->env.config, &s->to, s->was.expires_ms, now_ms,
				      s->own, &s->effects[0]);
	}
	if (s->clear) {
		grant_order(&s->to, effect_kinds[EFFECT_CLEAR].word, now_ms,
			    &s->effects[n++]);
	}
	if (s->kind != NOTICE_KIND_MAX) {
		s->about.is_told = n > 0;
		grant_say(&s->effects[n++], s->kind, &s->about, now_ms);
	}
	s->op.grant_set.n_effects = n;
	store_submit(s->a->store, &s->op);
}
