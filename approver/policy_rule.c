/* SPDX-License-Identifier: Apache-2.0 */
/* Looks at one rule: the person's stands in the order of the record, and for each the
 * rule's row of checks. The first stand for which all hold is the one that the grant
 * rests on; the check that failed at the nearest one explains a denial. */
#include "approver/policy_rule.h"

#include <stdio.h>

#include "approver/snapshot.h"
#include "shared/duration.h"
#include "shared/text.h"

enum { SKEW_MS = 5 * 60 * 1000 };

struct trace_line *trace_add(struct verdict *v, struct trace_line *spare,
			     const struct policy *p, int index, const char *check)
{
	struct trace_line *t = spare;

	if (v && v->n_trace < TRACE_MAX) {
		t = &v->trace[v->n_trace++];
	} else if (v) {
		v->trace_cut = true;
	}
	/* Field by field: the texts are large and mostly unused. */
	t->policy = p ? p->name : "";
	t->condition = index;
	t->incident[0] = '\0';
	t->check = check;
	t->ok = false;
	t->found[0] = '\0';
	t->wanted[0] = '\0';
	t->age_ms = -1;
	return t;
}

static const struct rule_kind *kind_of(const struct condition *c)
{
	if (c->incidentio.where.present) {
		return c->incidentio.participants ? &rule_participant : &rule_role;
	}
	return !c->pagerduty.acknowledged && c->pagerduty.schedules.n > 0
		       ? &rule_schedule
		       : &rule_pagerduty;
}

bool look_init(struct look *l, const struct facts *facts, const struct policy *p,
	       size_t index)
{
	const struct condition *c = &p->any.items[index];

	/* Field by field here, too: the roles are many. */
	l->facts = facts;
	l->policy = p;
	l->index = (int)index;
	l->condition = c;
	l->only = NULL;
	l->incident = NULL;
	l->stand = NULL;
	l->n_roles = 0;
	if (c->incidentio.where.present == c->pagerduty.where.present) {
		return false; /* none, or two that would not hold for one incident */
	}
	l->kind = kind_of(c);
	l->of = c->incidentio.where.present ? &facts->incidentio : &facts->pagerduty;
	return true;
}

bool look_named(struct look *l)
{
	if (l->facts->incident[0] == '\0' || l->kind->without_incident) {
		return true;
	}
	l->only = snapshot_find(l->of->snapshot, l->facts->incident);
	return l->only != NULL;
}

const struct fail *facts_failure(const struct provider_facts *of)
{
	if (of->fail.kind == FAIL_NONE && of->snapshot) {
		return &of->snapshot->no_participants;
	}
	return &of->fail;
}

bool look_answered(const struct look *l, struct verdict *v)
{
	struct trace_line spare;
	struct trace_line *t;

	if (l->of->configured && l->of->fail.kind == FAIL_NONE && l->of->snapshot &&
	    (!l->kind->of_participants || l->of->snapshot->participants_known)) {
		return true;
	}
	t = trace_add(v, &spare, l->policy, l->index, "answer");
	text_copy(t->found, sizeof(t->found),
		  l->of->configured ? facts_failure(l->of)->msg : "not configured");
	text_copy(t->wanted, sizeof(t->wanted), l->kind->name);
	return false;
}

static enum check_result run_check(const struct look *l, const struct check *check,
				   struct verdict *v)
{
	struct trace_line spare;
	struct trace_line *t = trace_add(v, &spare, l->policy, l->index, check->name);
	enum check_result result = check->look(l, t);

	if (result == CHECK_OFF) {
		if (t != &spare) {
			v->n_trace--; /* not asked for: no line */
		}
		return result;
	}
	t->ok = result == CHECK_HOLDS;
	t->age_ms = l->of->age_ms;
	if (l->incident) {
		text_copy(t->incident, sizeof(t->incident), l->incident->id);
	}
	return result;
}

/* The first check that fails; NULL: all hold. */
static const struct check *first_failing(const struct look *l, size_t from,
					 struct verdict *v)
{
	for (size_t i = from; i < l->kind->n_checks; i++) {
		if (run_check(l, &l->kind->checks[i], v) == CHECK_FAILS) {
			return &l->kind->checks[i];
		}
	}
	return NULL;
}

/* Whether a denial may speak of the incident: a private one only to say that the person
 * holds something in it, and only where private ones count. */
static bool may_say(const struct look *l)
{
	return !l->incident->is_private || (l->condition->incidentio.where.present &&
					    l->condition->incidentio.private_incidents);
}

/* Keep the nearest stand: one of the right kind in an incident that does not count is
 * nearer than one of another kind. */
static void miss_held(struct miss *m, const struct look *l, const struct check *failed)
{
	bool nearer = m->near < NEAR_HELD ||
		      (m->check == &l->kind->checks[0] && failed != m->check);

	if (nearer && may_say(l)) {
		m->near = NEAR_HELD;
		m->look = *l;
		m->check = failed;
	}
}

static bool try_stands(struct look *l, struct verdict *v, struct miss *m)
{
	const struct snapshot *s = l->of->snapshot;
	const struct stand *stands = l->of->stands;
	size_t looked = 0;

	for (size_t i = 0; i < l->of->n_stands; i++) {
		const struct check *failed;

		if (stands[i].incident >= s->n_incidents ||
		    !text_same(stands[i].user, l->of->user)) {
			continue;
		}
		l->stand = &stands[i];
		l->incident = &s->incidents[stands[i].incident];
		if ((l->only && l->incident != l->only) ||
		    stands[i].participant != l->kind->of_participants) {
			continue;
		}
		looked++;
		failed = first_failing(l, 0, v);
		if (!failed) {
			return true;
		}
		if (m) {
			miss_held(m, l, failed);
		}
	}
	l->stand = NULL;
	l->incident = l->only;
	if (looked == 0) {
		run_check(l, &l->kind->checks[0], v);
	}
	return false;
}

/* The checks of a rule that rests on no incident. */
static bool try_without(struct look *l, struct verdict *v, struct miss *m)
{
	if (!first_failing(l, 0, v)) {
		return true;
	}
	if (m) {
		m->near = NEAR_NONE;
		m->look = *l;
	}
	return false;
}

static bool miss_at(struct miss *m, enum nearness near, const struct look *l)
{
	if (m) {
		m->near = near;
		m->look = *l;
	}
	return false;
}

/* The person holds nothing: find out whether there is something that they could. */
static void miss_live(struct miss *m, const struct look *l)
{
	if (l->only && l->only->is_private) {
		miss_at(m, NEAR_UNKNOWN, l); /* as if it was not there */
		return;
	}
	m->look = *l;
	m->n_live = rule_live(&m->look);
	if (m->n_live == 0 && l->only) {
		m->look.incident = l->only; /* live, though it would not count either */
		m->n_live = 1;
	}
	m->near = m->n_live > 0 ? NEAR_LIVE : NEAR_NONE;
}

static void trace_look(const struct look *l, struct verdict *v, const char *check,
		       const char *found, const char *wanted)
{
	struct trace_line spare;
	struct trace_line *t = trace_add(v, &spare, l->policy, l->index, check);

	text_copy(t->found, sizeof(t->found), found);
	text_copy(t->wanted, sizeof(t->wanted), wanted);
	t->age_ms = l->of->age_ms;
}

bool rule_try(struct look *l, struct verdict *v, struct miss *ret_m)
{
	if (ret_m) {
		*ret_m = (struct miss){ .near = NEAR_NOT };
	}
	if (!l->kind->open(l, v)) {
		return miss_at(ret_m, NEAR_OFF, l);
	}
	if (l->of->user[0] == '\0') {
		trace_look(l, v, "user", l->of->why_no_user, l->kind->name);
		return miss_at(ret_m, NEAR_NO_USER, l);
	}
	if (!look_named(l)) {
		trace_look(l, v, "incident", "not live", l->facts->incident);
		return miss_at(ret_m, NEAR_UNKNOWN, l);
	}
	if (l->kind->without_incident) {
		return try_without(l, v, ret_m);
	}
	if (try_stands(l, v, ret_m)) {
		return true;
	}
	if (ret_m && ret_m->near != NEAR_HELD) {
		miss_live(ret_m, l);
	}
	return false;
}

size_t rule_live(struct look *l)
{
	const struct snapshot *s = l->of->snapshot;
	const struct incident *first = NULL;
	size_t n = 0;

	l->stand = NULL;
	for (size_t i = 0; !l->kind->without_incident && i < s->n_incidents && n < 2;
	     i++) {
		l->incident = &s->incidents[i];
		if (l->incident->is_private || (l->only && l->incident != l->only)) {
			continue;
		}
		if (!first_failing(l, 1, NULL)) {
			first = first ? first : l->incident;
			n++;
		}
	}
	l->incident = first;
	return n;
}

enum check_result check_age(const struct look *l, int64_t since_ms, int64_t max_s,
			    struct trace_line *t)
{
	int64_t age_ms = l->facts->now_ms - since_ms;
	char shown[DURATION_SIZE];

	if (max_s <= 0) {
		return CHECK_OFF;
	}
	duration_format(max_s, shown);
	text_copy(t->wanted, sizeof(t->wanted), shown);
	if (since_ms <= 0) {
		text_copy(t->found, sizeof(t->found), "unknown");
		return CHECK_FAILS;
	}
	if (age_ms < -SKEW_MS) {
		text_copy(t->found, sizeof(t->found), "in the future");
		return CHECK_FAILS;
	}
	age_ms = age_ms < 0 ? 0 : age_ms;
	duration_format(age_ms / 1000, shown);
	text_copy(t->found, sizeof(t->found), shown);
	return (age_ms + 999) / 1000 <= max_s ? CHECK_HOLDS : CHECK_FAILS;
}

void check_age_but(const struct look *l, const char *what, int64_t since_ms,
		   int64_t max_s, struct words *w)
{
	int64_t age_ms = l->facts->now_ms - since_ms;
	char age[DURATION_SIZE];
	char max[DURATION_SIZE];

	duration_format(age_ms > 0 ? age_ms / 1000 : 0, age);
	duration_format(max_s, max);
	if (since_ms <= 0) {
		words_add(w, "it is not known when %s", what);
	} else if (age_ms < 0) {
		words_add(w, "by our clock %s in the future", what);
	} else {
		words_add(w, "%s %s ago and %s counts %s at most", what, age,
			  l->policy->name, max);
	}
}

enum check_result check_maker(const struct look *l, const char *wanted,
			      struct trace_line *t)
{
	text_copy(t->wanted, sizeof(t->wanted), wanted);
	if (!l->incident->creator_known) {
		text_copy(t->found, sizeof(t->found), "unknown");
		return CHECK_FAILS;
	}
	if (text_same(l->incident->creator, l->of->user)) {
		text_copy(t->found, sizeof(t->found), "the same person");
		return CHECK_FAILS;
	}
	text_copy(t->found, sizeof(t->found),
		  l->incident->creator[0] ? "somebody else" : "not a person");
	return CHECK_HOLDS;
}
