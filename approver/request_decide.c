/* SPDX-License-Identifier: Apache-2.0 */
/* From what was found out to a verdict, and from the verdict to what the ledger will hold:
 * the trace, the grant and the message. */
#include "approver/request_parts.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/effects.h"
#include "approver/snapshot.h"
#include "shared/duration.h"
#include "shared/text.h"

static void grant_fill(struct request *r, const struct verdict *v, int64_t now_ms)
{
	struct grant_row *g = &r->grant;

	*g = (struct grant_row){ .state = GRANT_ACTIVE, .starts_ms = now_ms };
	g->expires_ms = now_ms + v->for_s * 1000;
	text_copy(g->id, sizeof(g->id), r->row.id);
	text_copy(g->team, sizeof(g->team), r->row.team);
	text_copy(g->user, sizeof(g->user), r->row.user);
	text_copy(g->channel, sizeof(g->channel), r->row.channel);
	text_copy(g->resource, sizeof(g->resource), r->row.resource);
	text_copy(g->policy, sizeof(g->policy), v->policy->name);
	text_copy(g->provider, sizeof(g->provider), v->provider);
	text_copy(g->incident_id, sizeof(g->incident_id), v->incident_id);
	text_copy(g->incident_ref, sizeof(g->incident_ref), v->incident_ref);
	text_copy(g->evidence, sizeof(g->evidence), v->why);
}

static bool message_fill(struct request *r, const struct verdict *v, int64_t now_ms)
{
	const struct resource *res =
		policy_find_resource(r->all->a->env.config, r->row.resource);
	bool granted = v->kind == VERDICT_GRANTED;
	struct notice_facts about;

	request_notice(r, &about);
	about.decided_ms = now_ms;
	text_copy(about.policy, sizeof(about.policy), v->policy ? v->policy->name : "");
	text_copy(about.why, sizeof(about.why), v->why);
	text_copy(about.fix, sizeof(about.fix), v->fix);
	if (granted) {
		text_copy(about.warning, sizeof(about.warning), res ? res->warning : "");
		about.for_s = v->for_s;
		about.until_ms = now_ms + v->for_s * 1000;
	}
	return effect_row_init(&r->effect, granted ? NOTICE_GRANTED : NOTICE_DENIED,
			       &about, now_ms);
}

static void verdict_apply(struct request *r, const struct verdict *v)
{
	int64_t now_ms = clock_wall_ms(r->all->a->clock);
	bool granted = v->kind == VERDICT_GRANTED;

	r->outcome = v->kind;
	r->trace = verdict_trace_json(v, &r->facts);
	if (!r->trace || !message_fill(r, v, now_ms)) {
		struct fail f;

		request_forget_move(r);
		fail_set(&f, FAIL_BUSY, "out of memory");
		request_move_failed(r, &f);
		return;
	}
	if (granted) {
		grant_fill(r, v, now_ms);
	}
	request_move(r, granted ? REQUEST_GRANTED : REQUEST_DENIED,
		     v->policy ? v->policy->name : NULL);
}

static bool is_older(const struct provider_facts *p, int64_t mono_ms)
{
	return p->snapshot && p->snapshot->fetched_mono_ms < mono_ms;
}

/* "Take the role, then ask again": whoever does that within max_age would be denied by what
 * was read before they took it. So a denial rests on what was read after they asked. */
static bool look_again(struct request *r, const struct verdict *v)
{
	if (v->kind != VERDICT_NO_STANDING || r->looked_again ||
	    (!is_older(&r->facts.incidentio, r->started_ms) &&
	     !is_older(&r->facts.pagerduty, r->started_ms))) {
		return false;
	}
	snapshot_unref(r->facts.incidentio.snapshot);
	snapshot_unref(r->facts.pagerduty.snapshot);
	r->facts.incidentio = (struct provider_facts){ 0 };
	r->facts.pagerduty = (struct provider_facts){ 0 };
	r->looked_again = true;
	r->questions_asked = false;
	return true;
}

/* Everything that can be known is known. */
void request_decide(struct request *r)
{
	struct approver *a = r->all->a;

	r->facts.now_ms = clock_wall_ms(a->clock);
	r->facts.resource = r->row.resource;
	r->facts.for_s = r->row.for_s;
	r->facts.incident = r->row.incident;
	r->facts.reason = r->row.reason;
	r->facts.policy = "";
	if (r->for_others) {
		decision_reach(r, a->verdict);
	} else {
		policy_decide(a->env.config, &r->facts, a->verdict);
	}
	if (look_again(r, a->verdict)) {
		request_advance(r);
	} else if (r->for_others) {
		decision_record(r, a->verdict);
	} else {
		verdict_apply(r, a->verdict);
	}
}

/* From an earlier process, and so old that nobody waits for it. */
bool request_is_stale(const struct request *r)
{
	return clock_mono_ms(r->all->a->clock) - r->asked_mono_ms >
	       (int64_t)REQUEST_STALE_S * 1000;
}

void request_deny_stale(struct request *r)
{
	struct verdict *v = r->all->a->verdict;
	char ago[DURATION_SIZE];

	duration_format((clock_mono_ms(r->all->a->clock) - r->asked_mono_ms) / 1000, ago);
	verdict_reset(v);
	v->kind = VERDICT_COULD_NOT_ASK;
	v->retryable = true;
	snprintf(v->why, sizeof(v->why),
		 "You asked %s ago, and it could not be decided until now.", ago);
	text_copy(v->fix, sizeof(v->fix), "Ask again if you still need it.");
	verdict_apply(r, v);
}
