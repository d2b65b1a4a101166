/* SPDX-License-Identifier: Apache-2.0 */
/* The life of a request, from its row in the ledger to a decision in the ledger.
 *
 *   asked --> checking --> granted   (and a grant lives: see grant.c)
 *                  `-----> denied
 *
 * asked:    durable before Slack is answered.
 * checking: this process works on it; on disk it stays `asked`, as whoever comes after a
 *           crash has to begin anew. Who is it (directory) -> what standing have they (providers, side by side) ->
 *           policy_decide(), a pure function -> the move.
 *
 * A move writes the row, its audit line, the grant and the message of it in one
 * transaction; nothing is said or done before that is on disk. What goes wrong:
 *  - a provider or Slack does not answer: no answer is no standing, the verdict says so;
 *    none is waited for longer than CHECK_MS.
 *  - it takes longer than SLOW_MS: the person is told that it is being worked on.
 *  - the ledger cannot be written: nothing is granted, the person is told so once, and the
 *    request is checked afresh every AGAIN_MS until it can be.
 *  - the process dies: the next one finds the row and goes on from there; a request that
 *    is older than STALE_S by then is denied, as nobody waits for it any more. */
#include "approver/request.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/directory.h"
#include "accessd/notifier.h"
#include "accessd/store.h"
#include "approver/effects.h"
#include "approver/grant.h"
#include "approver/identity.h"
#include "approver/snapshot.h"
#include "shared/duration.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	REQUESTS_MAX = 4096, /* being decided at the same time */
	SLOW_MS = 1400,      /* "within 1.5 s the person sees something" */
	CHECK_MS = 10 * 1000,
	AGAIN_MS = 5000,
	STALE_S = 10 * 60,
	LOAD_MAX = 32,
};

#define TO(state) (1u << REQUEST_##state)
static const unsigned moves[REQUEST_STATE_MAX] = {
	[REQUEST_ASKED] = TO(CHECKING),
	[REQUEST_CHECKING] = TO(GRANTED) | TO(DENIED),
	[REQUEST_GRANTED] = 0,
	[REQUEST_DENIED] = 0,
};

/* A question to one provider. */
struct question {
	struct request *r;
	bool in_flight;
	struct standing_ask ask;
};

struct request {
	struct requests *all;
	struct request *next, *prev;
	struct request_row row; /* as it is on disk, but for `checking` */

	struct directory_ask member;
	bool member_in_flight, member_known;
	struct person who;
	struct question questions[PROVIDER_MAX];
	bool questions_asked;
	int64_t started_ms;    /* mono: when we began to decide */
	int64_t asked_mono_ms; /* the wall clock may jump while it is being decided */
	bool looked_again;
	bool begun;
	struct facts facts;

	struct loop_timer slow;     /* tell the person that it takes time */
	struct loop_timer deadline; /* checking: long enough; moving failed: try again */
	struct notice notice;       /* the one that is not durable */
	struct notice_facts notice_about;
	bool notice_in_flight, told_stuck;

	struct store_op op;
	bool moving;
	struct grant_row grant;
	struct effect_row effect;
	char *trace;
	char policy[NAME_SIZE]; /* a copy: a reload may free the policies */
	enum verdict_kind outcome;
};

struct requests {
	struct approver *a;
	struct request *first;
	size_t n;
	bool loading;
	bool load_again; /* from the start, when this one is over */
	struct store_op load;
	struct request_row rows[LOAD_MAX];
	struct metric *m_requests;
	struct metric *m_seconds;
	struct metric *m_checking;
};

static void request_advance(struct request *r);

/* --- what is told outside the ledger ---------------------------------------------- */

static void notice_about(const struct request *r, struct notice_facts *about)
{
	const struct request_row *row = &r->row;

	*about = (struct notice_facts){ .asked_ms = row->asked_ms };
	text_copy(about->request_id, sizeof(about->request_id), row->id);
	text_copy(about->team, sizeof(about->team), row->team);
	text_copy(about->user, sizeof(about->user), row->user);
	text_copy(about->channel, sizeof(about->channel), row->channel);
	text_copy(about->reply_url, sizeof(about->reply_url), row->reply_url);
	text_copy(about->resource, sizeof(about->resource), row->resource);
}

static void on_told(struct notice *n, const struct fail *f)
{
	struct request *r = container_of(n, struct request, notice);

	r->notice_in_flight = false;
	if (f->kind != FAIL_NONE) {
		log_warn("notice.failed", LOG_T("req", r->row.id), LOG_F(f),
			 LOG_T("then", "given-up"));
	}
}

/* Best effort: what matters is told again when it is durable. False: the one before is
 * still on its way. */
static bool tell(struct request *r, enum notice_kind kind, const char *why)
{
	struct notifier *notifier = r->all->a->env.notifier;

	if (r->notice_in_flight) {
		return false;
	}
	notice_about(r, &r->notice_about);
	text_copy(r->notice_about.why, sizeof(r->notice_about.why), why);
	r->notice =
		(struct notice){ .kind = kind, .about = &r->notice_about, .cb = on_told };
	r->notice_in_flight = true;
	notifier->ops->send(notifier, &r->notice);
	return true;
}

/* "incident.io and PagerDuty have not answered yet." */
static void who_is_slow(const struct request *r, char *dst, size_t size)
{
	const char *slow[1 + PROVIDER_MAX];
	size_t n = 0;

	if (r->member_in_flight) {
		slow[n++] = "Slack";
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (r->questions[i].in_flight) {
			slow[n++] = r->all->a->providers[i]->ops->name;
		}
	}
	if (n == 0) {
		slow[n++] = "the ledger";
	}
	/* Nobody is asked beside Slack, so that there are two at most. */
	snprintf(dst, size, "%s%s%s %s not answered yet.", slow[0], n > 1 ? " and " : "",
		 n > 1 ? slow[1] : "", n > 1 ? "have" : "has");
}

static void on_slow(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, slow);
	char why[NOTICE_TEXT_SIZE];

	if (r->told_stuck) {
		return; /* they know, and no provider is to blame */
	}
	who_is_slow(r, why, sizeof(why));
	tell(r, NOTICE_CHECKING, why);
}

/* --- life -------------------------------------------------------------------------- */

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

/* Forget what was found out, so that a later try looks afresh. */
static void facts_forget(struct request *r)
{
	questions_cancel(r);
	snapshot_unref(r->facts.incidentio.snapshot);
	snapshot_unref(r->facts.pagerduty.snapshot);
	r->facts = (struct facts){ 0 };
	r->member_known = false;
	r->questions_asked = false;
}

static void move_forget(struct request *r)
{
	effect_row_finish(&r->effect);
	free(r->trace);
	r->trace = NULL;
}

static void request_destroy(struct request *r)
{
	struct requests *all = r->all;

	if (r->notice_in_flight) {
		all->a->env.notifier->ops->cancel(all->a->env.notifier, &r->notice);
	}
	facts_forget(r);
	move_forget(r);
	loop_timer_cancel(&r->slow);
	loop_timer_cancel(&r->deadline);
	if (r->prev) {
		r->prev->next = r->next;
	} else {
		all->first = r->next;
	}
	if (r->next) {
		r->next->prev = r->prev;
	}
	free(r);
	all->n--;
	metric_set(all->m_checking, NULL, (double)all->n);
}

/* --- moving -------------------------------------------------------------------------- */

static void on_again(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);

	facts_forget(r); /* minutes may have passed: look afresh */
	request_advance(r);
}

static void move_failed(struct request *r, const struct fail *f)
{
	struct approver *a = r->all->a;

	if (f->kind == FAIL_CONFLICT) {
		/* An earlier move, of unknown outcome, went through: its message is on disk. */
		log_warn("request.already_moved", LOG_T("req", r->row.id), LOG_F(f));
		effects_reload(a->effects);
		grants_added(a->grants, 0);
		request_destroy(r);
		return;
	}
	log_error("request.unrecorded", LOG_T("req", r->row.id), LOG_F(f),
		  LOG_T("then", "nothing-granted-try-again"));
	if (f->kind == FAIL_UNCERTAIN) {
		/* If it went through, what it left is not to wait for the next try. */
		effects_reload(a->effects);
		grants_added(a->grants, 0);
	}
	r->told_stuck = r->told_stuck || tell(r, NOTICE_STUCK, f->msg);
	r->deadline.cb = on_again;
	loop_timer_start(a->env.loop, &r->deadline, AGAIN_MS);
}

static void decided(struct request *r)
{
	struct requests *all = r->all;
	struct approver *a = all->a;
	bool granted = r->row.state == REQUEST_GRANTED;
	double s = (double)(r->op.request_move.at_ms - r->row.asked_ms) / 1000;

	metric_add(all->m_requests, verdict_word(r->outcome), 1);
	metric_observe(all->m_seconds, NULL, s > 0 ? s : 0);
	log_info(granted ? "request.granted" : "request.denied", LOG_T("req", r->row.id),
		 LOG_T("user", r->row.user), LOG_T("resource", r->row.resource),
		 LOG_T("verdict", verdict_word(r->outcome)),
		 LOG_T("policy", r->op.request_move.policy),
		 LOG_N("for_s",
		       granted ? (r->grant.expires_ms - r->grant.starts_ms) / 1000 : 0),
		 LOG_N("ms", r->op.request_move.at_ms - r->row.asked_ms));
	if (granted) {
		grants_added(a->grants, r->grant.expires_ms);
	}
	effects_add(a->effects, &r->effect);
	request_destroy(r);
}

static void on_moved(struct store_op *op, const struct fail *f)
{
	struct request *r = container_of(op, struct request, op);

	r->moving = false;
	if (service_ledger(r->all->a, f)) {
		r->row.state = op->request_move.to;
		decided(r);
		return;
	}
	move_forget(r);
	if (!r->all->a->closing) {
		move_failed(r, f);
	}
}

/* The only place where the state moves on disk. The row, its audit line, its grant and its message
 * go into one transaction; on_moved() goes on when that is on disk, and not before. */
static void request_move(struct request *r, enum request_state to, const char *policy)
{
	struct approver *a = r->all->a;

	assert(moves[r->row.state] & (1u << to));
	loop_timer_cancel(&r->deadline);
	r->op = (struct store_op){ .kind = STORE_REQUEST_MOVE, .cb = on_moved };
	text_copy(r->op.request_move.id, sizeof(r->op.request_move.id), r->row.id);
	r->op.request_move.from = REQUEST_ASKED;
	r->op.request_move.to = to;
	r->op.request_move.at_ms = clock_wall_ms(a->clock);
	text_copy(r->policy, sizeof(r->policy), policy);
	r->op.request_move.policy = policy ? r->policy : NULL;
	r->op.request_move.trace = r->trace;
	r->op.request_move.grant = to == REQUEST_GRANTED ? &r->grant : NULL;
	r->op.request_move.effects = &r->effect;
	r->op.request_move.n_effects = r->effect.payload ? 1 : 0;
	r->moving = true;
	store_submit(a->store, &r->op);
}

/* --- deciding ------------------------------------------------------------------------- */

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

	notice_about(r, &about);
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

		move_forget(r);
		fail_set(&f, FAIL_BUSY, "out of memory");
		move_failed(r, &f);
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
static void decide(struct request *r)
{
	struct approver *a = r->all->a;

	r->facts.now_ms = clock_wall_ms(a->clock);
	r->facts.resource = r->row.resource;
	r->facts.for_s = r->row.for_s;
	r->facts.incident = r->row.incident;
	r->facts.reason = r->row.reason;
	policy_decide(a->env.config, &r->facts, a->verdict);
	if (look_again(r, a->verdict)) {
		request_advance(r);
	} else {
		verdict_apply(r, a->verdict);
	}
}

/* --- finding out ----------------------------------------------------------------------- */

static struct provider_facts *facts_of(struct request *r, size_t provider)
{
	return provider == PROVIDER_INCIDENTIO ? &r->facts.incidentio
					       : &r->facts.pagerduty;
}

static void on_standing(struct standing_ask *ask, const struct fail *f)
{
	struct question *q = container_of(ask, struct question, ask);
	struct request *r = q->r;
	struct provider_facts *facts = facts_of(r, (size_t)(q - r->questions));

	q->in_flight = false;
	facts->fail = *f;
	if (f->kind == FAIL_NONE) {
		facts->snapshot = ask->snapshot;
		facts->age_ms =
			clock_mono_ms(r->all->a->clock) - ask->snapshot->fetched_mono_ms;
		text_copy(facts->user, sizeof(facts->user), ask->user);
		text_copy(facts->why_no_user, sizeof(facts->why_no_user),
			  ask->why_no_user);
		memcpy(facts->on_call, ask->on_call, sizeof(facts->on_call));
		facts->n_on_call = ask->n_on_call;
	}
	request_advance(r);
}

static void ask_providers(struct request *r)
{
	struct approver *a = r->all->a;
	struct policy_needs needs;

	policy_needs(a->env.config, r->row.resource, &needs);
	const bool wanted[PROVIDER_MAX] = { [PROVIDER_INCIDENTIO] = needs.incidentio,
					    [PROVIDER_PAGERDUTY] = needs.pagerduty };
	r->questions_asked = true;
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		struct question *q = &r->questions[i];

		facts_of(r, i)->configured = a->providers[i] != NULL;
		if (!wanted[i] || !a->providers[i]) {
			continue;
		}
		q->r = r;
		q->ask = (struct standing_ask){ .who = &r->who, .cb = on_standing };
		q->ask.want_on_call = needs.on_call;
		q->ask.newer_than_ms = r->looked_again ? r->started_ms : 0;
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

/* Long enough: whoever has not answered by now has not answered. */
static void on_deadline(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);
	bool asked_member = r->member_in_flight;

	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (r->questions[i].in_flight) {
			fail_set(&facts_of(r, i)->fail, FAIL_TIMEOUT,
				 "%s did not answer in %d s",
				 r->all->a->providers[i]->ops->name, CHECK_MS / 1000);
		}
	}
	questions_cancel(r);
	if (asked_member) {
		r->member_known = true;
		fail_set(&r->facts.identity, FAIL_TIMEOUT,
			 "Slack could not say who you are: it did not answer in %d s",
			 CHECK_MS / 1000);
	}
	request_advance(r);
}

/* From an earlier process, and so old that nobody waits for it. */
static bool is_stale(const struct request *r)
{
	return clock_mono_ms(r->all->a->clock) - r->asked_mono_ms >
	       (int64_t)STALE_S * 1000;
}

static void deny_stale(struct request *r)
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

static void check(struct request *r)
{
	struct approver *a = r->all->a;

	if (is_stale(r)) {
		facts_forget(r);
		deny_stale(r);
		return;
	}
	if (!r->member_known) {
		r->deadline.cb = on_deadline;
		loop_timer_start(a->env.loop, &r->deadline, CHECK_MS);
		r->member = (struct directory_ask){ .cb = on_member };
		text_copy(r->member.team, sizeof(r->member.team), r->row.team);
		text_copy(r->member.user, sizeof(r->member.user), r->row.user);
		r->member_in_flight = true;
		a->env.directory->ops->ask(a->env.directory, &r->member);
		return; /* on_member() goes on from here */
	}
	if (r->facts.identity.kind == FAIL_NONE && !r->questions_asked) {
		ask_providers(r);
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (r->questions[i].in_flight) {
			return; /* on_standing() goes on from here */
		}
	}
	decide(r);
}

/* Run the request until it has to wait for somebody. Every callback stores what it learned
 * and calls this. */
static void request_advance(struct request *r)
{
	if (r->all->a->closing || r->moving) {
		return;
	}
	switch (r->row.state) {
	case REQUEST_ASKED:
		assert(moves[REQUEST_ASKED] & TO(CHECKING));
		r->row.state = REQUEST_CHECKING;
		check(r);
		return;
	case REQUEST_CHECKING:
		check(r);
		return;
	case REQUEST_GRANTED:
	case REQUEST_DENIED:
	case REQUEST_STATE_MAX:
		request_destroy(r);
		return;
	}
}

/* --- all of them ------------------------------------------------------------------------- */

bool requests_have(const struct requests *all, const char *id)
{
	for (const struct request *r = all->first; r; r = r->next) {
		if (strcmp(r->row.id, id) == 0) {
			return true;
		}
	}
	return false;
}

static int64_t age_ms(const struct requests *all, const struct request_row *row)
{
	int64_t age = clock_wall_ms(all->a->clock) - row->asked_ms;

	return age > 0 ? age : 0; /* the clock was set back since */
}

/* Begin in the turn after next: by then the ack, which was queued in this one, is out. */
static void on_head_start(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);

	if (!r->begun) {
		r->begun = true;
		loop_timer_start(r->all->a->env.loop, t, 0);
		return;
	}
	request_advance(r);
}

void requests_start(struct requests *all, const struct request_row *row)
{
	struct approver *a = all->a;
	struct request *r;

	/* While the ledger is read, a new row may come both from there and from its ask. */
	if (all->loading && requests_have(all, row->id)) {
		return;
	}
	r = calloc(1, sizeof(*r));
	if (!r) {
		log_error("request.no_memory", LOG_T("req", row->id),
			  LOG_T("then", "decided-at-next-start"));
		return;
	}
	r->all = all;
	r->row = *row;
	r->started_ms = clock_mono_ms(a->clock);
	r->asked_mono_ms = r->started_ms - age_ms(all, row);
	r->slow.cb = on_slow;
	r->next = all->first;
	if (all->first) {
		all->first->prev = r;
	}
	all->first = r;
	all->n++;
	metric_set(all->m_checking, NULL, (double)all->n);
	loop_timer_start(a->env.loop, &r->slow, SLOW_MS);
	r->deadline.cb = on_head_start;
	loop_timer_start(a->env.loop, &r->deadline, 0);
}

bool requests_have_room(const struct requests *all)
{
	return all->n < REQUESTS_MAX;
}

size_t requests_count(const struct requests *all)
{
	return all->n;
}

void requests_cancel_questions(struct requests *all)
{
	for (struct request *r = all->first; r; r = r->next) {
		if (!r->moving) {
			facts_forget(r);
		}
	}
}

void requests_ask_again(struct requests *all)
{
	for (struct request *r = all->first, *next; r; r = next) {
		next = r->next;
		request_advance(r);
	}
}

static void load_start(struct requests *all, const char *after);

static void on_loaded(struct store_op *op, const struct fail *f)
{
	struct requests *all = container_of(op, struct requests, load);
	size_t n = op->requests_open.n;

	if (!service_ledger(all->a, f)) {
		all->loading = false;
		all->load_again = false;
		log_error("request.load_failed", LOG_F(f),
			  LOG_T("then", "look-again-when-it-recovers"));
		return;
	}
	for (size_t i = 0; i < n && !all->a->closing; i++) {
		if (!requests_have(all, all->rows[i].id)) {
			log_info("request.resumed", LOG_T("req", all->rows[i].id));
			requests_start(all, &all->rows[i]);
		}
	}
	all->loading = false;
	if (all->a->closing) {
		return;
	}
	if (all->load_again) {
		all->load_again = false;
		load_start(all, "");
	} else if (n == LOAD_MAX) {
		load_start(all, all->rows[n - 1].id);
	}
}

static void load_start(struct requests *all, const char *after)
{
	char last[ULID_SIZE];

	text_copy(last, sizeof(last), after);
	all->loading = true;
	all->load = (struct store_op){ .kind = STORE_REQUESTS_OPEN, .cb = on_loaded };
	text_copy(all->load.requests_open.after, sizeof(all->load.requests_open.after),
		  last);
	all->load.requests_open.rows = all->rows;
	all->load.requests_open.max = LOAD_MAX;
	store_submit(all->a->store, &all->load);
}

void requests_reload(struct requests *all)
{
	if (all->a->closing) {
		return;
	}
	if (all->loading) {
		all->load_again = true;
	} else {
		load_start(all, "");
	}
}

struct requests *requests_create(struct approver *a)
{
	struct requests *all = calloc(1, sizeof(*all));

	if (!all) {
		return NULL;
	}
	all->a = a;
	all->m_requests =
		metrics_counter(a->env.metrics, "accessd_requests",
				"Requests that were decided, by verdict", "verdict");
	all->m_seconds =
		metrics_histogram(a->env.metrics, "accessd_decision_seconds",
				  "From the request to its durable decision", NULL);
	all->m_checking = metrics_gauge(a->env.metrics, "accessd_requests_checking",
					"Requests that are being decided", NULL);
	load_start(all, "");
	return all;
}

void requests_destroy(struct requests *all)
{
	if (!all) {
		return;
	}
	while (all->first) {
		request_destroy(all->first);
	}
	free(all);
}
