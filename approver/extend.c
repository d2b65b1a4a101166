/* SPDX-License-Identifier: Apache-2.0 */
/* Having it for longer: the policies decide anew, on what is the case now, as if the whole
 * time from its first start on were asked for. So nobody gets round a maximum in pieces,
 * and nobody keeps what they would not be given any more. What Slack delivers twice is one
 * extension: its keys are the decision's. */
#include <stdio.h>

#include "approver/deed.h"
#include "approver/freeze.h"
#include "approver/grant.h"
#include "approver/policy.h"
#include "approver/reminders.h"
#include "approver/set.h"
#include "shared/duration.h"
#include "shared/text.h"

struct extend {
	struct deed_job *job;
	struct grant_row row;
	struct decision decision;
	bool deciding;
	char refused[NOTICE_TEXT_SIZE]; /* why the policies need not be asked, or "" */
	struct request_row first; /* what was decided when this was delivered before */
	struct grant_set set;
};

enum { DEFAULT_S = 3600 }; /* of a policy that is there no more */

static int64_t had_s(const struct grant_row *g)
{
	return (g->expires_ms - g->starts_ms) / 1000;
}

static void end_done(struct deed_job *j, const struct grant_row *g)
{
	char total[DURATION_SIZE];

	duration_format(had_s(g), total);
	j->d->n = 1;
	deed_end(j, FAIL_NONE, "Done: you have %s for %s in all.", g->resource, total);
}

/* --- recording --------------------------------------------------------------------- */

static void on_set(struct grant_set *s, const struct fail *f)
{
	struct extend *e = container_of(s, struct extend, set);
	struct deed_job *j = e->job;

	if (f->kind == FAIL_CONFLICT) {
		deed_end_late(j, s->was.id);
		return;
	}
	if (f->kind == FAIL_DENIED) {
		freeze_learn(j->a, &s->op.grant_set.frozen);
		deed_end(j, FAIL_DENIED,
			 "Not extended: everything is frozen at present.");
		return;
	}
	if (f->kind != FAIL_NONE) {
		deed_end_unrecorded(j, f);
		return;
	}
	reminders_added(j->a->reminders, s->to.remind_ms);
	end_done(j, &s->to);
}

static void rest_on(struct grant_row *g, const struct decision *d)
{
	text_copy(g->policy, sizeof(g->policy), d->policy_name);
	text_copy(g->provider, sizeof(g->provider), d->provider);
	text_copy(g->provider_user, sizeof(g->provider_user), d->provider_user);
	text_copy(g->incident_id, sizeof(g->incident_id), d->incident.id);
	text_copy(g->incident_ref, sizeof(g->incident_ref),
		  d->incident.is_private ? "" : d->incident.reference);
	text_copy(g->evidence, sizeof(g->evidence), d->why);
	g->lost_ms = 0;
}

static void record(struct extend *e)
{
	struct deed_job *j = e->job;
	int64_t now_ms = clock_wall_ms(j->a->clock);
	struct grant_row *to = &e->set.to;

	grant_set_init(&e->set, j->a, &e->row, "extended", on_set);
	rest_on(to, &e->decision);
	to->expires_ms = to->starts_ms + e->decision.for_s * 1000;
	to->remind_ms = grant_remind_ms(to->starts_ms, to->expires_ms);
	to->remind_ms = to->remind_ms > now_ms ? to->remind_ms : 0;
	grant_facts(to, now_ms, &e->set.about);
	e->set.by = deed_by(j);
	e->set.kind = NOTICE_EXTENDED;
	text_copy(e->set.about.by, sizeof(e->set.about.by), e->set.by);
	text_copy(e->set.about.why, sizeof(e->set.about.why), to->evidence);
	text_copy(e->set.about.reply_url, sizeof(e->set.about.reply_url),
		  j->d->reply_url);
	e->set.about.asked_ms = now_ms;
	grant_set_submit(&e->set);
}

/* --- deciding ----------------------------------------------------------------------- */

static void go_by_decision(struct extend *e)
{
	struct deed_job *j = e->job;
	const struct decision *d = &e->decision;
	char left[DURATION_SIZE];
	int64_t left_ms = e->row.expires_ms - clock_wall_ms(j->a->clock);

	if (d->outcome == DECISION_GRANTED) {
		record(e);
		return;
	}
	duration_format(left_ms > 0 ? left_ms / 1000 : 0, left);
	deed_end(j, FAIL_DENIED,
		 "Not extended: %.250s %.100s %s ends in %s, as it would have.", d->why,
		 d->fix, e->row.resource, left);
}

/* The end that it was decided to have says whether it was extended then: it is recorded after
 * the decision, so a crash may have come between. */
static void on_first(struct store_op *op, const struct fail *f)
{
	struct deed_job *j = container_of(op, struct deed_job, op);
	struct extend *e = j->more;
	bool was_granted = op->request_get.found && e->first.state == REQUEST_GRANTED;

	if (!service_ledger(j->a, f)) {
		deed_end_unrecorded(j, f);
	} else if (was_granted && e->first.for_s <= had_s(&e->row)) {
		end_done(j, &e->row);
	} else if (!was_granted) {
		deed_end(j, FAIL_DENIED,
			 "Not extended: that was denied before. Ask with a new command.");
	} else {
		go_by_decision(e);
	}
}

static void on_decided(struct decision *d, const struct fail *f)
{
	struct extend *e = container_of(d, struct extend, decision);
	struct deed_job *j = e->job;

	e->deciding = false;
	if (f->kind != FAIL_NONE) {
		deed_end_unrecorded(j, f);
	} else if (d->duplicate) {
		j->op = (struct store_op){ .kind = STORE_REQUEST_GET, .cb = on_first };
		text_copy(j->op.request_get.id, sizeof(j->op.request_get.id), d->row.id);
		j->op.request_get.row = &e->first;
		store_submit(j->a->store, &j->op);
	} else {
		go_by_decision(e);
	}
}

static void decide(struct extend *e, int64_t total_s)
{
	struct deed_job *j = e->job;
	struct decision *d = &e->decision;

	*d = (struct decision){ .keys = { j->d->keys[0], j->d->keys[1] },
				.who = j->actor.who,
				.cb = on_decided };
	text_copy(d->row.source, sizeof(d->row.source), "extend");
	text_copy(d->row.team, sizeof(d->row.team), e->row.team);
	text_copy(d->row.user, sizeof(d->row.user), e->row.user);
	text_copy(d->row.channel, sizeof(d->row.channel), j->d->channel);
	text_copy(d->row.resource, sizeof(d->row.resource), e->row.resource);
	/* A reason was given for it when it was asked for, if one was wanted. */
	text_copy(d->row.reason, sizeof(d->row.reason),
		  *j->d->why ? j->d->why : "as before");
	d->row.for_s = total_s;
	d->refused = *e->refused ? e->refused : NULL;
	d->resources[0] = e->row.resource;
	d->n_resources = 1;
	e->deciding = true;
	approver_decide(j->a, d);
}

static void extend(struct deed_job *j)
{
	struct extend *e = j->more;
	const struct grant_row *g = &j->rows[0];
	const struct policy *p = policy_find(j->a->env.config, g->policy);
	int64_t max_s = p ? p->max_duration_s : had_s(g);
	int64_t total_s = had_s(g) + (j->d->for_s > 0 ? j->d->for_s
				      : p             ? p->duration_s
						      : DEFAULT_S);
	char max[DURATION_SIZE];

	if (j->d->for_s == 0 && total_s > max_s) {
		total_s = max_s; /* nobody asked for more than there is */
	}
	e->job = j;
	e->row = *g;
	if (total_s <= had_s(g)) {
		/* Perhaps by this very command: then its keys say so. */
		duration_format(max_s, max);
		snprintf(e->refused, sizeof(e->refused),
			 "%.127s allows %s at most from its start on, and that is what "
			 "you have.",
			 g->policy, max);
	}
	decide(e, total_s);
}

static void cancel(struct deed_job *j)
{
	struct extend *e = j->more;

	if (e->deciding) {
		approver_decide_cancel(&e->decision);
	}
}

static void find(struct deed_job *j)
{
	j->cancel = cancel;
	deed_find_own(j, extend);
}

void approver_extend(struct approver *a, struct deed *d)
{
	deed_start(a, d, false, sizeof(struct extend), find);
}
