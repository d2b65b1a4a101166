/* SPDX-License-Identifier: Apache-2.0 */
/* The order that tells a target of a later end: of a grant that was extended, or of one that
 * came while another of its lane gave the access already.
 *
 * Only targets that end access by themselves have to know (`actions` of the config). Such a
 * one that does not learn of the later end ends it at the earlier one, so then the grant ends
 * there, too: what is said and recorded is what there is.
 *
 *   {"at_ms":…,"was_until_ms":…}     when it was ordered, and the end before; or nothing */
#include "approver/order_parts.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "approver/provisioners.h"
#include "approver/reminders.h"
#include "shared/jx.h"
#include "shared/log.h"
#include "shared/text.h"

size_t order_extend_fill(const struct config *c, const struct grant_row *g,
			 int64_t was_until_ms, int64_t now_ms, char own[ORDER_OWN_SIZE],
			 struct effect_row *ret_row)
{
	if (!g->provisioner[0] || !provisioner_can(c, g->provisioner, "extend")) {
		return 0;
	}
	grant_order(g, effect_kinds[EFFECT_EXTEND].word, now_ms, ret_row);
	if (own) {
		snprintf(own, ORDER_OWN_SIZE, "{\"at_ms\":%lld,\"was_until_ms\":%lld}",
			 (long long)now_ms, (long long)was_until_ms);
		ret_row->payload = own;
	}
	return 1;
}

static int64_t own_number(const struct order *x, const char *name)
{
	const char *text = x->row.own;
	json_t *raw = NULL;

	if (!*text || !jx_parse_object(text, strlen(text), &raw, NULL)) {
		return 0;
	}
	json_auto_t *o = raw;

	return jx_int(o, name);
}

int64_t order_extend_since_ms(const struct order *x)
{
	int64_t at_ms = own_number(x, "at_ms");

	return at_ms > 0 ? at_ms : x->row.grant.active_ms;
}

bool order_extend_needed(const struct order *x)
{
	return x->row.others_until_ms < x->row.grant.expires_ms &&
	       provisioner_can(x->line->all->a->env.config, x->line->name, "extend");
}

/* --- it was not taken ---------------------------------------------------------------- */

static void shorten_start(struct order *x);

static void on_shortened(struct grant_set *s, const struct fail *f)
{
	struct order *x = container_of(s, struct order, set);
	struct approver *a = x->line->all->a;

	if (f->kind == FAIL_CONFLICT) {
		/* Extended once more, lost, kept or ended meanwhile: look again. */
		x->due_ms = clock_wall_ms(a->clock);
		order_postpone(x);
		order_op_done(x);
	} else if (f->kind != FAIL_NONE) {
		order_tell_again(x, f, shorten_start);
	} else {
		grants_added(a->grants, s->to.expires_ms);
		reminders_added(a->reminders, s->to.remind_ms);
		order_failed(x);
		order_op_done(x);
	}
}

/* The latest end that the target knows of; what it has ended by now ends now. */
static int64_t known_until_ms(const struct order *x, int64_t now_ms)
{
	int64_t until_ms = own_number(x, "was_until_ms");

	until_ms = x->row.others_until_ms > until_ms ? x->row.others_until_ms : until_ms;
	return until_ms > now_ms ? until_ms : now_ms;
}

static void shorten_start(struct order *x)
{
	x->ops++;
	grant_set_submit(&x->set);
}

void order_shorten(struct order *x)
{
	struct approver *a = x->line->all->a;
	int64_t now_ms = clock_wall_ms(a->clock);
	int64_t until_ms = known_until_ms(x, now_ms);
	struct grant_set *s = &x->set;

	if (until_ms >= x->row.grant.expires_ms) {
		order_failed(x);
		return;
	}
	grant_set_init(s, a, &x->row.grant, "shortened", on_shortened);
	s->to.expires_ms = until_ms;
	s->to.remind_ms = grant_remind_ms(s->to.starts_ms, until_ms);
	s->to.remind_ms = s->to.remind_ms > now_ms ? s->to.remind_ms : 0;
	s->why = x->why;
	s->kind = NOTICE_SHORTENED;
	grant_facts(&s->to, now_ms, &s->about);
	text_copy(s->about.why, sizeof(s->about.why), x->why);
	shorten_start(x);
}
