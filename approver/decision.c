/* SPDX-License-Identifier: Apache-2.0 */
/* A decision that another platform asks for and carries out itself:
 *
 *   approver_decide() -> providers (request_check.c) -> policy_decide() for each resource
 *     -> one request in the ledger, decided as it comes in -> cb
 *
 * The platform waits at the other end of a connection, so nothing is recorded before it is
 * decided: whoever heard no answer asks again. There is no grant and no message. */
#include "accessd/approver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "approver/freeze.h"
#include "approver/identity.h"
#include "approver/request_parts.h"
#include "approver/snapshot.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	TRACE_TAIL = 1024, /* kept free for what is said of those that do not fit */
};

/* --- finding out -------------------------------------------------------------------- */

/* The others first, so that what is answered and recorded is of who asks. */
static const struct person *person_now(const struct request *r)
{
	const struct decision *d = r->decision;

	return r->person < d->n_others ? &d->others[r->person] : &d->who;
}

void decision_identify(struct request *r)
{
	identity_vouched(r->all->a->env.config, person_now(r), &r->who,
			 &r->facts.identity);
	r->member_known = true;
}

void decision_needs(const struct request *r, struct policy_needs *ret_n)
{
	const struct decision *d = r->decision;

	*ret_n = (struct policy_needs){ 0 };
	for (size_t i = 0; i < d->n_resources && !d->refused; i++) {
		struct policy_needs n;

		policy_needs(r->all->a->env.config, d->resources[i], &n);
		ret_n->incidentio |= n.incidentio;
		ret_n->pagerduty |= n.pagerduty;
		ret_n->on_call |= n.on_call;
	}
}

/* --- deciding ----------------------------------------------------------------------- */

/* Nothing that the policies could speak of, or somebody else has refused it. */
static void decide_without(struct request *r, struct verdict *v)
{
	const char *why = r->decision->refused;

	verdict_reset(v);
	v->kind = why ? VERDICT_REFUSED : VERDICT_NO_RESOURCE;
	text_copy(v->why, sizeof(v->why),
		  why ? why : "The request names no resource that is known here.");
	r->facts.resource = r->row.resource;
}

static void decide_one(struct request *r, const char *resource, struct verdict *v)
{
	r->facts.resource = resource;
	policy_decide(r->all->a->env.config, &r->facts, v);
	if (r->at_most_s > 0 && v->for_s > r->at_most_s) {
		v->for_s = r->at_most_s;
	}
}

/* What does not fit any more is left out: the verdict stands in the row. */
static void trace_add_one(struct buf *trace, const struct verdict *v,
			  const struct facts *facts)
{
	size_t whole = trace->len;
	bool fits;

	trace->max -= TRACE_TAIL;
	fits = verdict_trace_add(trace, v, facts);
	trace->max += TRACE_TAIL;
	if (!fits) {
		trace->len = whole;
		trace->over = false;
		buf_add_str(trace, "{\"cut\":true}");
	}
}

/* In a trace of several people: of whom a part of it is. */
static const char *name_now(const struct request *r)
{
	const struct person *p = person_now(r);

	if (r->decision->n_others == 0) {
		return NULL;
	}
	return *p->slack ? p->slack : p->email;
}

/* All have to pass: the first that does not is the verdict, the shortest time is. The
 * trace of one is an object, of several a list. */
void decision_reach(struct request *r, struct verdict *v)
{
	const struct decision *d = r->decision;
	size_t n = d->refused ? 0 : d->n_resources;
	bool is_list = n > 1 || d->n_others > 0;
	int64_t for_s = INT64_MAX;
	size_t i = 0;

	r->trace.len = r->traced;
	r->trace.over = false;
	buf_add_str(&r->trace, is_list && r->traced == 0 ? "[" : "");
	r->facts.policy = d->policy ? d->policy : "";
	r->facts.person = name_now(r);
	do {
		if (n == 0) {
			decide_without(r, v);
		} else {
			decide_one(r, d->resources[i], v);
		}
		for_s = v->for_s < for_s ? v->for_s : for_s;
		buf_add_str(&r->trace, i > 0 || r->traced > 0 ? "," : "");
		trace_add_one(&r->trace, v, &r->facts);
	} while (v->kind == VERDICT_GRANTED && ++i < n);
	buf_add_str(&r->trace, is_list ? "]" : "");
	v->for_s = v->kind == VERDICT_GRANTED ? for_s : 0;
}

bool decision_next(struct request *r, const struct verdict *v)
{
	if (v->kind != VERDICT_GRANTED || r->trace.over ||
	    r->person == r->decision->n_others) {
		return false;
	}
	r->traced = r->trace.len - 1; /* the list goes on */
	r->at_most_s = v->for_s;
	r->person++;
	request_forget(r);
	return true;
}

/* --- recording ---------------------------------------------------------------------- */

static void forget(struct decision *d)
{
	free(d->names);
	d->names = NULL;
	d->job = NULL;
}

static void answer(struct request *r, const struct fail *f)
{
	struct decision *d = r->decision;
	struct fail why = *f;

	request_destroy(r);
	if (d) {
		forget(d);
		d->cb(d, &why);
	}
}

/* Who is known by an e-mail only is in the ledger by it, and not in the log. */
static void log_decided(const struct request *r)
{
	bool granted = r->row.state == REQUEST_GRANTED;
	const char *user = strchr(r->row.user, '@') ? NULL : r->row.user;

	log_info(granted ? "request.granted" : "request.denied", LOG_T("req", r->row.id),
		 LOG_T("source", r->row.source), LOG_T("user", user),
		 LOG_T("resource", r->row.resource),
		 LOG_T("verdict", verdict_word(r->outcome)),
		 LOG_T("policy", r->row.policy),
		 LOG_N("ms", r->row.decided_ms - r->row.asked_ms));
}

static void on_recorded(struct store_op *op, const struct fail *f)
{
	struct request *r = container_of(op, struct request, op);
	struct requests *all = r->all;
	struct decision *d = r->decision;

	r->moving = false;
	if (f->kind == FAIL_DENIED && d && !all->a->closing) {
		/* Frozen since it was decided, perhaps by another process. */
		freeze_learn(all->a, &op->request_add.frozen);
		request_decide(r);
		return;
	}
	if (!service_ledger(all->a, f)) {
		log_error("decision.unrecorded", LOG_T("req", r->row.id), LOG_F(f),
			  LOG_T("then", "nothing-granted"));
		answer(r, f);
		return;
	}
	if (op->request_add.duplicate) {
		log_info("request.duplicate", LOG_T("req", op->request_add.id));
	} else {
		metric_add(all->m_requests, verdict_word(r->outcome), 1);
		metric_observe(all->m_seconds, NULL,
			       (double)(r->row.decided_ms - r->row.asked_ms) / 1000);
		log_decided(r);
	}
	if (d) {
		d->duplicate = op->request_add.duplicate;
		text_copy(d->row.id, sizeof(d->row.id), op->request_add.id);
		d->row.state = op->request_add.state;
	}
	answer(r, f);
}

static enum decision_outcome outcome_of(const struct verdict *v)
{
	if (v->kind == VERDICT_GRANTED) {
		return DECISION_GRANTED;
	}
	return v->kind == VERDICT_COULD_NOT_ASK ? DECISION_COULD_NOT_ASK
						: DECISION_DENIED;
}

static void incident_fill(struct decision *d, const struct request *r,
			  const struct verdict *v)
{
	const struct snapshot *s = strcmp(v->provider, "incidentio") == 0
					   ? r->facts.incidentio.snapshot
					   : r->facts.pagerduty.snapshot;
	const struct incident *i =
		s && *v->incident_id ? snapshot_find(s, v->incident_id) : NULL;

	text_copy(d->incident.id, sizeof(d->incident.id), i ? i->id : "");
	text_copy(d->incident.reference, sizeof(d->incident.reference),
		  i ? i->reference : "");
	d->incident.is_private = i && i->is_private;
}

static void decision_fill(struct decision *d, const struct request *r,
			  const struct verdict *v)
{
	d->outcome = outcome_of(v);
	d->decided_ms = r->row.decided_ms;
	d->for_s = v->for_s;
	text_copy(d->policy_name, sizeof(d->policy_name), r->row.policy);
	text_copy(d->provider, sizeof(d->provider), v->provider);
	text_copy(d->provider_user, sizeof(d->provider_user),
		  strcmp(v->provider, "incidentio") == 0 ? r->facts.incidentio.user
							 : r->facts.pagerduty.user);
	text_copy(d->why, sizeof(d->why), v->why);
	text_copy(d->fix, sizeof(d->fix), v->fix);
	incident_fill(d, r, v);
}

void decision_record(struct request *r, const struct verdict *v)
{
	struct approver *a = r->all->a;

	loop_timer_cancel(&r->deadline);
	if (r->trace.over) {
		abort(); /* out of memory for a few KB */
	}
	r->outcome = v->kind;
	r->row.state = v->kind == VERDICT_GRANTED ? REQUEST_GRANTED : REQUEST_DENIED;
	r->row.decided_ms = clock_wall_ms(a->clock);
	text_copy(r->row.policy, sizeof(r->row.policy), v->policy ? v->policy->name : "");
	decision_fill(r->decision, r, v);
	r->op = (struct store_op){ .kind = STORE_REQUEST_ADD, .cb = on_recorded };
	r->op.request_add.row = &r->row;
	if (v->kind != VERDICT_COULD_NOT_ASK) {
		r->op.request_add.keys[0] = r->keys[0];
		r->op.request_add.keys[1] = r->keys[1];
	}
	r->op.request_add.trace = buf_str(&r->trace);
	r->moving = true;
	store_submit(a->store, &r->op);
}

/* --- asking ------------------------------------------------------------------------- */

static void on_refused(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, deadline);
	struct fail f;

	if (r->all->n > REQUESTS_MAX) {
		fail_set(&f, FAIL_BUSY, "too many requests are being decided");
	} else {
		fail_set(&f, FAIL_INVALID, "the key of the request is too long");
	}
	answer(r, &f);
}

/* Half a key could be somebody else's. */
static bool keys_keep(struct request *r, const struct decision *d)
{
	bool whole = true;

	for (size_t i = 0; i < ARRAY_LEN(d->keys); i++) {
		whole = text_copy(r->keys[i], sizeof(r->keys[i]), d->keys[i]) && whole;
	}
	return whole;
}

/* A reload may free the config that they are of. */
static void names_keep(struct decision *d)
{
	size_t size = 1;
	char *at;

	for (size_t i = 0; i < d->n_resources; i++) {
		size += strlen(d->resources[i]) + 1;
	}
	d->names = at = malloc(size);
	if (!at) {
		abort(); /* out of memory for a few names */
	}
	for (size_t i = 0; i < d->n_resources; i++) {
		size_t len = strlen(d->resources[i]) + 1;

		d->resources[i] = memcpy(at, d->resources[i], len);
		at += len;
	}
}

void decision_init(struct decision *d)
{
	request_row_clear(&d->row);
	memset(d->keys, 0,
	       offsetof(struct decision, duplicate) -
		       offsetof(struct decision, keys)); /* behind it: out */
}

void approver_decide(struct approver *a, struct decision *d)
{
	struct request *r;

	names_keep(d);
	ulid_make(&a->ids, clock_wall_ms(a->clock), d->row.id);
	d->row.state = REQUEST_ASKED;
	d->row.asked_ms = clock_wall_ms(a->clock);
	d->row.decided_ms = 0;
	d->duplicate = false;
	r = request_create(a->requests, &d->row);
	if (!r) {
		abort(); /* out of memory for some 14 KB */
	}
	r->for_others = true;
	r->decision = d;
	r->at_most_s = d->at_most_s;
	d->job = r;
	if (!keys_keep(r, d) || a->requests->n > REQUESTS_MAX) {
		r->deadline.cb = on_refused;
		loop_timer_start(a->env.loop, &r->deadline, 0);
		return;
	}
	request_advance(r); /* it answers later, whatever it finds */
}

void approver_decide_cancel(struct decision *d)
{
	struct request *r = d->job;

	forget(d);
	if (r && r->moving) {
		r->decision = NULL;
	} else if (r) {
		request_destroy(r);
	}
}
