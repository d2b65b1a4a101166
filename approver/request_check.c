/* SPDX-License-Identifier: Apache-2.0 */
/* Finding out: who is it, and what standing have they? Slack is asked first, the providers
 * side by side. No answer is no standing; none is waited for longer than
 * REQUEST_CHECK_MS. */
#include "approver/request_parts.h"

#include "approver/facts.h"
#include "approver/identity.h"
#include "approver/policy.h"
#include "shared/log.h"
#include "shared/text.h"

static void questions_cancel(struct request *r)
{
	struct approver *a = r->all->a;

	if (r->member_in_flight) {
		a->env.directory->ops->cancel(a->env.directory, &r->member);
		r->member_in_flight = false;
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (r->questions[i].in_flight) {
			a->providers[i]->ops->cancel(a->providers[i],
						     &r->questions[i].ask);
			r->questions[i].in_flight = false;
		}
	}
}

void request_forget_standing(struct request *r)
{
	facts_forget(&r->facts.incidentio);
	facts_forget(&r->facts.pagerduty);
	r->questions_asked = false;
}

void request_release(struct request *r)
{
	questions_cancel(r);
	facts_release(&r->facts.incidentio);
	facts_release(&r->facts.pagerduty);
}

/* Forget what was found out, so that a later try looks afresh. */
void request_forget(struct request *r)
{
	request_release(r);
	r->facts = (struct facts){ 0 };
	r->questions_asked = false;
	r->member_known = false;
	r->held_known = false;
}

static struct provider_facts *facts_of(struct request *r, size_t provider)
{
	return provider == PROVIDER_INCIDENTIO ? &r->facts.incidentio
					       : &r->facts.pagerduty;
}

static void on_standing(struct standing_ask *ask, const struct fail *f)
{
	struct question *q = container_of(ask, struct question, ask);
	struct request *r = q->r;
	size_t provider = (size_t)(q - r->questions);

	q->in_flight = false;
	facts_hear(facts_of(r, provider), ask, f, clock_mono_ms(r->all->a->clock));
	request_advance(r);
}

static void ask_providers(struct request *r)
{
	struct approver *a = r->all->a;
	struct policy_needs needs;

	if (r->for_others) {
		decision_needs(r, &needs);
	} else {
		policy_needs(a->env.config, r->row.resource, &needs);
	}
	const bool wanted[PROVIDER_MAX] = { [PROVIDER_INCIDENTIO] = needs.incidentio,
					    [PROVIDER_PAGERDUTY] = needs.pagerduty };
	r->questions_asked = true;
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		struct question *q = &r->questions[i];

		facts_of(r, i)->configured = a->providers[i] != NULL;
		if (!wanted[i] || !a->providers[i]) {
			continue;
		}
		q->ask = (struct standing_ask){ .who = &r->who, .cb = on_standing };
		q->ask.want_on_call = needs.on_call;
		q->ask.newer_than_ms = r->looked_again ? r->started_ms : 0;
		if (a->providers[i]->ops->know(a->providers[i], &q->ask)) {
			facts_hear(facts_of(r, i), &q->ask, &(struct fail){ 0 },
				   clock_mono_ms(a->clock));
			continue;
		}
		q->in_flight = true;
		a->providers[i]->ops->ask(a->providers[i], &q->ask);
	}
}

/* For people: what an operator can mend is named, hosts and sockets are not. */
static void identity_unknown(struct fail *identity, const struct fail *f)
{
	*identity = *f;
	if (f->kind == FAIL_BUSY) {
		fail_set(identity, f->kind, "it is asked too often at the moment");
	} else if (fail_retryable(f->kind) || f->kind == FAIL_UNCERTAIN) {
		fail_set(identity, f->kind, "it did not answer as it should");
	}
	fail_wrap(identity, "Slack could not say who you are");
}

static void on_member(struct directory_ask *ask, const struct fail *f)
{
	struct request *r = container_of(ask, struct request, member);

	r->member_in_flight = false;
	r->member_known = true;
	if (f->kind == FAIL_NONE || f->kind == FAIL_NOT_FOUND) {
		identity_find(r->all->a->env.config, r->row.team, r->row.user,
			      f->kind == FAIL_NONE ? &ask->member : NULL, &r->who,
			      &r->facts.identity);
	} else {
		log_warn("directory.failed", LOG_T("req", r->row.id), LOG_F(f),
			 LOG_T("then", "nothing-granted"));
		identity_unknown(&r->facts.identity, f);
	}
	request_advance(r);
}

static int64_t patience_ms(const struct request *r)
{
	return r->decision && r->decision->within_ms > 0 ? r->decision->within_ms
							 : REQUEST_CHECK_MS;
}

/* Long enough: whoever has not answered by now has not answered. */
static void on_deadline(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);
	bool asked_member = r->member_in_flight;

	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (r->questions[i].in_flight) {
			fail_set(&facts_of(r, i)->fail, FAIL_TIMEOUT,
				 "%s did not answer in %d s",
				 r->all->a->providers[i]->ops->name,
				 (int)(patience_ms(r) / 1000));
		}
	}
	questions_cancel(r);
	if (asked_member) {
		r->member_known = true;
		fail_set(&r->facts.identity, FAIL_TIMEOUT,
			 "Slack could not say who you are: it did not answer in %d s",
			 (int)(patience_ms(r) / 1000));
	}
	request_advance(r);
}

/* From the first question on that is not answered at once. */
static void deadline_start(struct request *r)
{
	r->deadline.cb = on_deadline;
	loop_timer_start(r->all->a->env.loop, &r->deadline, patience_ms(r));
}

/* True: the answer comes to on_member(). Else all is said: a request of a time with Slack
 * is left in the ledger, and there is nobody to ask about it. */
static bool ask_directory(struct request *r)
{
	struct directory *d = r->all->a->env.directory;

	if (!d) {
		r->member_known = true;
		fail_set(&r->facts.identity, FAIL_DENIED,
			 "Slack is not set up any more, so nobody can say who you are");
		return false;
	}
	deadline_start(r);
	r->member = (struct directory_ask){ .cb = on_member };
	text_copy(r->member.team, sizeof(r->member.team), r->row.team);
	text_copy(r->member.user, sizeof(r->member.user), r->row.user);
	r->member_in_flight = true;
	d->ops->ask(d, &r->member);
	return true;
}

/* The ledger that does not answer cannot record a decision either. */
static void on_held(struct store_op *op, const struct fail *f)
{
	struct request *r = container_of(op, struct request, look);

	r->look_in_flight = false;
	r->held_known = true;
	r->is_held = service_ledger(r->all->a, f) && op->grants_live.n > 0;
	request_advance(r);
}

static bool waits_for_providers(struct request *r)
{
	bool waits = false;

	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		waits = waits || r->questions[i].in_flight;
	}
	if (waits && !loop_timer_running(&r->deadline)) {
		deadline_start(r);
	}
	return waits;
}

static void look_for_held(struct request *r)
{
	r->holds = (struct live_filter){ .team = r->row.team,
					 .user = r->row.user,
					 .resource = r->row.resource };
	r->look = (struct store_op){ .kind = STORE_GRANTS_LIVE, .cb = on_held };
	r->look.grants_live.filter = &r->holds;
	r->look.grants_live.rows = &r->held;
	r->look.grants_live.max = 1;
	r->look_in_flight = true;
	store_submit(r->all->a->store, &r->look);
}

void request_check(struct request *r)
{
	if (r->look_in_flight) {
		return; /* on_held() goes on from here */
	}
	if (request_is_stale(r)) {
		request_forget(r);
		request_deny_stale(r);
		return;
	}
	if (!r->member_known && r->for_others) {
		decision_identify(r);
	} else if (!r->member_known && ask_directory(r)) {
		return; /* on_member() goes on from here */
	}
	if (r->facts.identity.kind == FAIL_NONE && !r->held_known && !r->for_others) {
		look_for_held(r);
		return;
	}
	if (r->facts.identity.kind == FAIL_NONE && !r->questions_asked && !r->is_held) {
		ask_providers(r);
	}
	if (!waits_for_providers(r)) {
		request_decide(r);
	} /* else on_standing() goes on from here */
}
