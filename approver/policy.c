/* SPDX-License-Identifier: Apache-2.0 */
/* The decision, from the outside in: who asks, for what, who refuses, and then policy by
 * policy until one grants.
 *
 * Nothing is granted because something did not answer, and absent never equals absent.
 * When no policy grants, the first one that matched explains why. */
#include "approver/policy.h"

#include <stdio.h>

#include "approver/policy_rule.h"
#include "shared/duration.h"
#include "shared/text.h"

/* clang-format off */
static const char *const words[] = {
	[VERDICT_GRANTED]       = "granted",
	[VERDICT_NO_RESOURCE]   = "no-resource",
	[VERDICT_REFUSED]       = "refused",
	[VERDICT_HELD]          = "held",
	[VERDICT_FROZEN]        = "frozen",
	[VERDICT_IDENTITY]      = "identity",
	[VERDICT_TOO_LONG]      = "too-long",
	[VERDICT_NO_REASON]     = "no-reason",
	[VERDICT_NO_STANDING]   = "no-standing",
	[VERDICT_COULD_NOT_ASK] = "could-not-ask",
};
/* clang-format on */

const char *verdict_word(enum verdict_kind k)
{
	return k < VERDICT_KIND_MAX ? words[k] : "unknown";
}

/* One policy, tried: what it came to when it did not grant. */
struct attempt {
	const struct policy *policy;
	enum verdict_kind kind;
	int64_t for_s;
	/* who did not answer, though a rule needs them */
	bool no_incidentio, no_pagerduty;
	bool named; /* the incident that was named is live, here is all about it */
};

/* Only what may be read: the trace is large, and n_trace says how much of it counts. */
void verdict_reset(struct verdict *v)
{
	v->kind = VERDICT_NO_STANDING;
	v->policy = NULL;
	v->for_s = 0;
	v->provider = "";
	v->incident_id[0] = '\0';
	v->incident_ref[0] = '\0';
	v->why[0] = '\0';
	v->fix[0] = '\0';
	v->retryable = false;
	v->n_trace = 0;
	v->trace_cut = false;
}

static void trace_policy(struct verdict *v, const struct policy *p, const char *check,
			 bool ok, const char *found)
{
	struct trace_line spare;
	struct trace_line *t = trace_add(v, &spare, p, -1, check);

	t->ok = ok;
	text_copy(t->found, sizeof(t->found), found);
}

/* --- before any policy -------------------------------------------------------------- */

static bool identity_holds(const struct facts *facts, struct verdict *v)
{
	struct words why, fix;

	if (facts->identity.kind == FAIL_NONE) {
		return true;
	}
	v->kind = VERDICT_IDENTITY;
	v->retryable = fail_retryable(facts->identity.kind);
	words_init(&why, v->why, sizeof(v->why));
	words_init(&fix, v->fix, sizeof(v->fix));
	words_add_sentence(&why, facts->identity.msg[0]
					 ? facts->identity.msg
					 : "it could not be found out who you are");
	words_add_sentence(&fix, facts->identity.hint);
	if (fix.len == 0 && v->retryable) {
		words_add(&fix, "Ask again in a moment.");
	}
	trace_policy(v, NULL, "identity", false, facts->identity.msg);
	return false;
}

/* Asking again neither dead-ends nor prolongs in silence: they are told what they can do. */
static bool is_new_to_them(const struct facts *facts, struct verdict *v)
{
	const struct grant_row *g = facts->held;
	bool longer;

	if (!g) {
		return true;
	}
	longer = facts->for_s > 0 && facts->now_ms + facts->for_s * 1000 > g->expires_ms;
	v->kind = VERDICT_HELD;
	snprintf(v->why, sizeof(v->why),
		 g->state == GRANT_ACTIVE
			 ? "You have it already."
			 : "It is being granted to you already: wait until %.64s has "
			   "confirmed it.",
		 g->provisioner);
	text_copy(v->fix, sizeof(v->fix),
		  longer ? "To have it for longer, press Extend, or extend it by as much "
			   "as you need."
			 : "Press Release when you are done.");
	trace_policy(v, NULL, "held", false, g->id);
	return false;
}

/* An order of people stands above every policy. */
static bool nothing_is_frozen(const struct facts *facts, struct verdict *v)
{
	const struct freeze_row *z = facts->freeze;
	struct words why;

	if (!z || !z->on) {
		return true;
	}
	v->kind = VERDICT_FROZEN;
	words_init(&why, v->why, sizeof(v->why));
	words_add_str(&why, "Everything is frozen at present");
	if (z->why[0]) {
		words_add_str(&why, ": ");
		words_add_str(&why, z->why);
	}
	words_add_str(&why, ".");
	snprintf(v->fix, sizeof(v->fix), "Ask again when it is over.");
	trace_policy(v, NULL, "freeze", false, z->why[0] ? z->why : "frozen");
	return false;
}

static bool resource_holds(const struct facts *facts, const struct resource *r,
			   struct verdict *v)
{
	if (r) {
		return true;
	}
	v->kind = VERDICT_NO_RESOURCE;
	snprintf(v->why, sizeof(v->why), "There is no resource called %s.",
		 facts->resource);
	trace_policy(v, NULL, "resource", false, facts->resource);
	return false;
}

/* A policy that denies wins over every other, wherever it stands. */
static bool nobody_refuses(const struct config *c, const struct resource *r,
			   struct verdict *v)
{
	for (size_t i = 0; i < c->policies.n; i++) {
		const struct policy *p = &c->policies.items[i];

		if (!p->deny || !policy_matches(p, r)) {
			continue;
		}
		v->kind = VERDICT_REFUSED;
		v->policy = p;
		snprintf(v->why, sizeof(v->why), "%s refuses %s to everybody at present.",
			 p->name, r->name);
		trace_policy(v, p, "deny", false, "it denies");
		return false;
	}
	return true;
}

/* --- one policy --------------------------------------------------------------------- */

static bool duration_holds(const struct facts *facts, struct attempt *a,
			   struct verdict *v)
{
	const struct policy *p = a->policy;
	struct trace_line spare;
	struct trace_line *t = trace_add(v, &spare, p, -1, "max_duration");
	struct words wanted;
	char max[DURATION_SIZE];

	a->for_s = facts->for_s > 0 ? facts->for_s : p->duration_s;
	if (facts->for_s <= 0 && a->for_s > p->max_duration_s) {
		a->for_s = p->max_duration_s; /* nobody asked for more than it allows */
	}
	t->ok = a->for_s > 0 && a->for_s <= p->max_duration_s;
	duration_format(a->for_s, t->found);
	duration_format(p->max_duration_s, max);
	words_init(&wanted, t->wanted, sizeof(t->wanted));
	words_add_str(&wanted, max);
	words_add_str(&wanted, " at most");
	a->kind = t->ok ? a->kind : VERDICT_TOO_LONG;
	return t->ok;
}

static bool reason_holds(const struct facts *facts, struct attempt *a, struct verdict *v)
{
	bool given = facts->reason[0] != '\0';

	if (!a->policy->reason_required) {
		return true;
	}
	trace_policy(v, a->policy, "reason_required", given, given ? "given" : "none");
	a->kind = given ? a->kind : VERDICT_NO_REASON;
	return given;
}

void verdict_grant(struct verdict *v, const struct policy *p, const struct look *l)
{
	struct words why;

	v->kind = VERDICT_GRANTED;
	v->policy = p;
	v->provider = l->kind->provider;
	if (l->incident) {
		text_copy(v->incident_id, sizeof(v->incident_id), l->incident->id);
	}
	if (l->incident && !l->incident->is_private) {
		text_copy(v->incident_ref, sizeof(v->incident_ref),
			  l->incident->reference);
	}
	words_init(&why, v->why, sizeof(v->why));
	l->kind->say_evidence(l, &why);
}

/* One of the conditions is enough. */
static bool any_holds(const struct facts *facts, struct attempt *a, struct verdict *v)
{
	for (size_t i = 0; i < a->policy->any.n; i++) {
		struct look l;

		if (!look_init(&l, facts, a->policy, i)) {
			continue;
		}
		if (!look_answered(&l, v)) {
			a->no_incidentio |=
				l.of == &facts->incidentio && l.of->configured;
			a->no_pagerduty |= l.of == &facts->pagerduty && l.of->configured;
			continue;
		}
		if (rule_try(&l, v, NULL)) {
			verdict_grant(v, a->policy, &l);
			v->for_s = a->for_s;
			return true;
		}
		a->named |= l.only && !l.only->is_private;
	}
	return false;
}

static bool policy_grants(const struct facts *facts, struct attempt *a, struct verdict *v)
{
	a->kind = VERDICT_NO_STANDING;
	if (!duration_holds(facts, a, v) || !reason_holds(facts, a, v)) {
		return false;
	}
	if (any_holds(facts, a, v)) {
		return true;
	}
	/* Who was not asked about an incident that another has would not know it. */
	if ((a->no_incidentio || a->no_pagerduty) && !a->named) {
		a->kind = VERDICT_COULD_NOT_ASK;
	}
	return false;
}

/* --- no policy granted -------------------------------------------------------------- */

static void say_too_long(struct verdict *v, const struct attempt *a)
{
	char asked[DURATION_SIZE];
	char max[DURATION_SIZE];

	v->for_s = a->policy->max_duration_s;
	duration_format(a->for_s, asked);
	duration_format(a->policy->max_duration_s, max);
	snprintf(v->why, sizeof(v->why),
		 "%s is longer than the %s that %s allows at most.", asked, max,
		 a->policy->name);
	snprintf(v->fix, sizeof(v->fix), "Ask for %s or less.", max);
}

static void say_no_reason(struct verdict *v, const struct attempt *a)
{
	snprintf(v->why, sizeof(v->why), "%s wants a reason, and none was given.",
		 a->policy->name);
	snprintf(v->fix, sizeof(v->fix),
		 "Write in a few words what you need it for, behind the rest, and ask "
		 "again.");
}

static void explain(struct verdict *v, const struct facts *facts, const struct attempt *a)
{
	v->kind = a->kind;
	v->policy = a->policy;
	switch (a->kind) {
	case VERDICT_TOO_LONG:
		say_too_long(v, a);
		return;
	case VERDICT_NO_REASON:
		say_no_reason(v, a);
		return;
	case VERDICT_COULD_NOT_ASK:
		verdict_say_unanswered(v, facts, a->policy, a->no_incidentio,
				       a->no_pagerduty);
		return;
	default:
		verdict_say_miss(v, facts, a->policy);
		return;
	}
}

/* The first that matched explains, unless a later one could perhaps have granted. */
static void attempt_keep(struct attempt *kept, const struct attempt *a)
{
	if (!kept->policy ||
	    (kept->kind == VERDICT_NO_STANDING && a->kind == VERDICT_COULD_NOT_ASK)) {
		*kept = *a;
	}
}

/* Whoever asks may name the one policy that they mean. */
static bool is_wanted(const struct facts *facts, const struct policy *p)
{
	return facts->policy[0] == '\0' || text_same(facts->policy, p->name);
}

static void say_no_policy(struct verdict *v, const struct facts *facts,
			  const struct resource *r)
{
	v->kind = VERDICT_NO_RESOURCE;
	if (facts->policy[0]) {
		snprintf(v->why, sizeof(v->why),
			 "No policy called %.64s lets anybody ask for %s.", facts->policy,
			 r->name);
	} else {
		snprintf(v->why, sizeof(v->why), "No policy lets anybody ask for %s.",
			 r->name);
	}
	trace_policy(v, NULL, "policy", false, "none matches");
}

static void try_policies(const struct config *c, const struct facts *facts,
			 const struct resource *r, struct verdict *v)
{
	struct attempt kept = { 0 };

	for (size_t i = 0; i < c->policies.n; i++) {
		struct attempt a = { .policy = &c->policies.items[i] };

		if (a.policy->deny || !is_wanted(facts, a.policy) ||
		    !policy_matches(a.policy, r)) {
			continue;
		}
		if (policy_grants(facts, &a, v)) {
			return;
		}
		attempt_keep(&kept, &a);
	}
	if (kept.policy) {
		explain(v, facts, &kept);
		return;
	}
	say_no_policy(v, facts, r);
}

void policy_decide(const struct config *c, const struct facts *facts, struct verdict *v)
{
	const struct resource *r;

	verdict_reset(v);
	if (!identity_holds(facts, v) || !is_new_to_them(facts, v) ||
	    !nothing_is_frozen(facts, v)) {
		return;
	}
	r = policy_find_resource(c, facts->resource);
	if (resource_holds(facts, r, v) && nobody_refuses(c, r, v)) {
		try_policies(c, facts, r, v);
	}
}
