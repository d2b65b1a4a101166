/* SPDX-License-Identifier: Apache-2.0 */
/* From what was found out to a verdict, and from the verdict to what the ledger will hold:
 * the trace, the grant and the message. */
#include "approver/request_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approver/effect_kinds.h"
#include "approver/effects.h"
#include "approver/grant.h"
#include "approver/orders.h"
#include "approver/sinks.h"
#include "approver/snapshot.h"
#include "approver/told.h"
#include "shared/duration.h"
#include "shared/text.h"

static const struct str_map *person_labels(const struct config *c, const char *user)
{
	for (size_t i = 0; i < c->people.n; i++) {
		if (text_same(c->people.items[i].slack, user)) {
			return &c->people.items[i].labels;
		}
	}
	return NULL;
}

/* Who carries it out. Without a provisioner it is active once it is in the ledger. */
static bool provision_fill(struct request *r, int64_t now_ms)
{
	const struct resource *res =
		policy_find_resource(r->all->a->env.config, r->row.resource);
	struct grant_row *g = &r->grant;

	if (!res || !*res->provision) {
		return true;
	}
	g->state = GRANT_GRANTING;
	text_copy(g->provisioner, sizeof(g->provisioner), res->provision);
	told_lane(res, r->row.team, r->row.user, g->lane);
	r->told = told_format(res, r->who.email,
			      person_labels(r->all->a->env.config, r->row.user));
	g->told = r->told;
	grant_order(g, effect_kinds[EFFECT_PROVISION].word, now_ms, &r->effects[1]);
	return r->told != NULL;
}

static const struct provider_facts *facts_for(const struct request *r,
					      const struct verdict *v)
{
	return strcmp(v->provider, "incidentio") == 0 ? &r->facts.incidentio
						      : &r->facts.pagerduty;
}

/* The incident's own channel hears of it, if it is in the same workspace and not the one
 * that hears of it anyway. */
static void room_fill(struct request *r, const struct verdict *v)
{
	const struct snapshot *s = facts_for(r, v)->snapshot;
	const struct incident *i =
		s && *v->incident_id ? snapshot_find(s, v->incident_id) : NULL;

	if (i && text_same(i->slack_team, r->row.team) &&
	    strcmp(i->slack_channel, r->row.channel) != 0) {
		text_copy(r->grant.room, sizeof(r->grant.room), i->slack_channel);
	}
}

static bool grant_fill(struct request *r, const struct verdict *v, int64_t now_ms)
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
	text_copy(g->provider_user, sizeof(g->provider_user), facts_for(r, v)->user);
	g->remind_ms = grant_remind_ms(g->starts_ms, g->expires_ms);
	room_fill(r, v);
	return provision_fill(r, now_ms);
}

/* With a provisioner, what is said depends on whether another grant covers it. */
static void effects_fill(struct request *r, bool granted,
			 const struct notice_facts *about)
{
	const struct grant_row *g = &r->grant;
	bool ordered = g->provisioner[0] != '\0';
	int64_t now_ms = about->decided_ms;

	grant_say(&r->effects[0],
		  ordered   ? NOTICE_GRANTING
		  : granted ? NOTICE_GRANTED
			    : NOTICE_DENIED,
		  about, now_ms);
	r->n_effects = 1;
	if (ordered) {
		grant_say(&r->covered[0], NOTICE_GRANTED, about, now_ms);
		r->n_covered = 1 + grant_say_room(g, NOTICE_ROOM_GRANTED, about, now_ms,
						  &r->covered[1]);
		r->n_covered += order_extend_fill(r->all->a->env.config, g, 0, now_ms,
						  NULL, &r->covered[r->n_covered]);
		r->n_effects = 2; /* grant_fill() made the order */
	} else if (granted) {
		r->n_effects += grant_say_room(g, NOTICE_ROOM_GRANTED, about, now_ms,
					       &r->effects[1]);
	}
}

/* The buttons are the grant's, not the request's. */
static bool held_fill(struct request *r, const struct verdict *v, int64_t now_ms)
{
	struct notice_facts about;

	if (v->kind != VERDICT_HELD || r->held.state != GRANT_ACTIVE) {
		return false;
	}
	request_notice(r, &about);
	about.decided_ms = now_ms;
	about.until_ms = r->held.expires_ms;
	text_copy(about.fix, sizeof(about.fix), v->fix);
	text_copy(about.request_id, sizeof(about.request_id), r->held.id);
	grant_say(&r->effects[0], NOTICE_HELD, &about, now_ms);
	r->n_effects = 1;
	return true;
}

static void message_fill(struct request *r, const struct verdict *v, int64_t now_ms)
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
	if (v->kind == VERDICT_FROZEN) {
		text_copy(about.by, sizeof(about.by), r->all->a->freeze.by);
	}
	if (granted) {
		text_copy(about.warning, sizeof(about.warning), res ? res->warning : "");
		about.for_s = v->for_s;
		about.until_ms = now_ms + v->for_s * 1000;
	}
	text_copy(about.provisioner, sizeof(about.provisioner), r->grant.provisioner);
	effects_fill(r, granted, &about);
}

/* What led to the verdict. False when memory ran out. */
static bool request_trace(struct request *r, const struct verdict *v)
{
	buf_clear(&r->trace);
	return verdict_trace_add(&r->trace, v, &r->facts);
}

static void verdict_apply(struct request *r, const struct verdict *v)
{
	int64_t now_ms = clock_wall_ms(r->all->a->clock);
	bool granted = v->kind == VERDICT_GRANTED;

	r->outcome = v->kind;
	r->grant = (struct grant_row){ 0 };
	if (!request_trace(r, v) || (granted && !grant_fill(r, v, now_ms))) {
		struct fail f;

		request_forget_move(r);
		fail_set(&f, FAIL_BUSY, "out of memory");
		request_move_failed(r, &f);
		return;
	}
	if (!held_fill(r, v, now_ms)) {
		message_fill(r, v, now_ms);
	}
	request_move(r, granted ? REQUEST_GRANTED : REQUEST_DENIED,
		     v->policy ? v->policy->name : NULL);
}

static bool is_older(const struct provider_facts *p, int64_t mono_ms)
{
	return p->snapshot && p->snapshot->fetched_mono_ms < mono_ms;
}

/* "Take the role, then press Try again": whoever does that within max_age would be denied by what
 * was read before they took it. So a denial rests on what was read after they asked. */
static bool look_again(struct request *r, const struct verdict *v)
{
	if (v->kind != VERDICT_NO_STANDING || r->looked_again ||
	    (!is_older(&r->facts.incidentio, r->started_ms) &&
	     !is_older(&r->facts.pagerduty, r->started_ms))) {
		return false;
	}
	request_forget_standing(r);
	r->looked_again = true;
	return true;
}

/* Nothing is granted that an audit which must be kept elsewhere would not hear of. */
static void forbid(struct verdict *v, const char *why)
{
	v->kind = VERDICT_COULD_NOT_ASK;
	v->retryable = true;
	snprintf(v->why, sizeof(v->why), "It would be granted, but %s.", why);
	text_copy(v->fix, sizeof(v->fix),
		  "Ask again when whoever runs accessd has mended that.");
}

/* Everything that can be known is known. */
void request_decide(struct request *r)
{
	struct approver *a = r->all->a;
	char why[CAUSE_SIZE];

	r->facts.now_ms = clock_wall_ms(a->clock);
	r->facts.resource = r->row.resource;
	r->facts.for_s = r->row.for_s;
	r->facts.incident = r->row.incident;
	r->facts.reason = r->row.reason;
	r->facts.policy = "";
	r->facts.again = "press Try again"; /* the button beneath a denial */
	r->facts.freeze = &a->freeze;
	r->facts.held = r->is_held ? &r->held : NULL;
	if (r->for_others) {
		decision_reach(r, a->verdict);
	} else {
		policy_decide(a->env.config, &r->facts, a->verdict);
	}
	if (a->verdict->kind == VERDICT_GRANTED &&
	    sinks_forbid(a->sinks, why, sizeof(why))) {
		forbid(a->verdict, why);
		if (r->for_others) { /* it has a trace by now */
			request_trace(r, a->verdict);
		}
	}
	if (look_again(r, a->verdict) ||
	    (r->for_others && decision_next(r, a->verdict))) {
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
