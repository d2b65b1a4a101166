/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a grant rests on is still there. Pure.
 *
 * What made it count then (its severity, its age, its service) is not asked again: access
 * that was given to handle an incident lasts while the person handles it. Asked again is
 * what the rule's first check asks: whether they have the part in it. */
#include "approver/policy_schedule.h"

#include <string.h>

#include "approver/snapshot.h"
#include "shared/text.h"

/* A shift counts for so much longer than it lasts: what is known of it may be some seconds
 * old, so that the next one, which begins as it ends, is not known yet. */
enum { SHIFT_LATE_MS = 10 * 1000 };

static const struct incident *find(const struct snapshot *s, const char *id)
{
	for (size_t i = 0; i < s->n_incidents; i++) {
		if (text_same(s->incidents[i].id, id)) {
			return &s->incidents[i];
		}
	}
	return NULL;
}

/* Any of the person's stands in the incident is enough for the rule that l looks at. */
static bool has_part(struct look *l, const struct incident *in)
{
	const struct snapshot *s = l->of->snapshot;
	size_t n = 0;
	const struct stand *stands = snapshot_stands_of(s, l->of->user, &n);

	for (size_t i = 0; i < n; i++) {
		struct trace_line spare;

		if (stands[i].incident >= s->n_incidents ||
		    &s->incidents[stands[i].incident] != in ||
		    stands[i].participant != l->kind->of_participants) {
			continue;
		}
		l->stand = &stands[i];
		l->incident = in;
		if (l->kind->checks[0].look(l, &spare) == CHECK_HOLDS) {
			return true;
		}
	}
	return false;
}

static void facts_fill(struct facts *facts, const struct grant_row *g,
		       const struct snapshot *s)
{
	struct provider_facts *of = strcmp(g->provider, "incidentio") == 0
					    ? &facts->incidentio
					    : &facts->pagerduty;

	facts->resource = g->resource;
	facts->incident = "";
	facts->reason = "";
	facts->policy = "";
	of->configured = true;
	of->snapshot = s;
	text_copy(of->user, sizeof(of->user), g->provider_user);
}

enum standing policy_standing(const struct policy *p, const struct grant_row *g,
			      const struct snapshot *s)
{
	const struct incident *in = find(s, g->incident_id);
	struct facts facts = { 0 };

	if (!in) {
		return STANDING_GONE;
	}
	facts_fill(&facts, g, s);
	for (size_t i = 0; i < p->any.n; i++) {
		struct look l;

		if (!look_init(&l, &facts, p, i) || l.of->snapshot != s ||
		    l.kind->without_incident) {
			continue;
		}
		/* Who takes part could not be read: that ends nothing. */
		if ((l.kind->of_participants && !s->participants_known) ||
		    (l.kind->open(&l, NULL) && has_part(&l, in))) {
			return STANDING_HOLDS;
		}
	}
	return STANDING_LOST;
}

enum standing policy_standing_on_call(const struct policy *p, const struct facts *facts,
				      int64_t *ret_until_ms)
{
	*ret_until_ms = 0;
	for (size_t i = 0; i < p->any.n; i++) {
		int64_t end_ms;
		struct look l;

		if (look_init(&l, facts, p, i) && l.kind->without_incident &&
		    schedule_holds(&l, SHIFT_LATE_MS, &end_ms)) {
			end_ms = end_ms == INT64_MAX ? end_ms : end_ms + SHIFT_LATE_MS;
			*ret_until_ms = end_ms > *ret_until_ms ? end_ms : *ret_until_ms;
		}
	}
	return *ret_until_ms > 0 ? STANDING_HOLDS : STANDING_LOST;
}

/* Whether it is not what the grant rests on anyway. */
static bool is_other(const struct look *l, const struct grant_row *g)
{
	return l->kind->without_incident == (*g->incident_id != '\0');
}

bool policy_has_rest(const struct policy *p, const struct grant_row *g)
{
	const struct facts nothing = { 0 };

	for (size_t i = 0; i < p->any.n; i++) {
		struct look l;

		if (look_init(&l, &nothing, p, i) && is_other(&l, g)) {
			return true;
		}
	}
	return false;
}

/* Of who they are: nobody gives them anything, rather than that it could not be found out. */
static bool is_refusal(const struct fail *f)
{
	return f->kind == FAIL_DENIED || f->kind == FAIL_NOT_FOUND ||
	       f->kind == FAIL_INVALID;
}

enum standing policy_rest(const struct policy *p, const struct grant_row *g,
			  const struct facts *facts, struct verdict *v)
{
	enum standing none = STANDING_LOST;

	verdict_reset(v);
	if (facts->identity.kind != FAIL_NONE) {
		return is_refusal(&facts->identity) ? STANDING_LOST : STANDING_GONE;
	}
	for (size_t i = 0; i < p->any.n; i++) {
		struct look l;

		if (!look_init(&l, facts, p, i) || !is_other(&l, g) ||
		    !l.of->configured) {
			continue;
		}
		if (!look_answered(&l, v)) {
			none = STANDING_GONE;
		} else if (rule_try(&l, v, NULL)) {
			verdict_grant(v, p, &l);
			return STANDING_HOLDS;
		}
	}
	return none;
}
