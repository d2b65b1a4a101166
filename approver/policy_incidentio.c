/* SPDX-License-Identifier: Apache-2.0 */
/* Which of incident.io's live incidents count, whatever it is that a person holds in
 * them: the checks that policy_role.c and policy_participant.c have in common. */
#include "approver/policy_incidentio.h"

#include "approver/snapshot.h"
#include "shared/duration.h"
#include "shared/text.h"

const char *incidentio_shown(const struct look *l)
{
	return l->incident->is_private ? "a private incident" : l->incident->reference;
}

static const struct incidentio_rule *rule_of(const struct look *l)
{
	return &l->condition->incidentio;
}

enum check_result incidentio_look_private(const struct look *l, struct trace_line *t)
{
	if (!l->incident->is_private) {
		return CHECK_OFF;
	}
	text_copy(t->found, sizeof(t->found), "private");
	text_copy(t->wanted, sizeof(t->wanted),
		  rule_of(l)->private_incidents ? "private or public" : "public");
	return rule_of(l)->private_incidents ? CHECK_HOLDS : CHECK_FAILS;
}

static const struct catalog_item *min_severity(const struct look *l)
{
	size_t n = 0;

	return catalog_find(&l->of->snapshot->severities, rule_of(l)->min_severity, false,
			    &n);
}

enum check_result incidentio_look_severity(const struct look *l, struct trace_line *t)
{
	const struct catalog_item *min;

	if (rule_of(l)->min_severity[0] == '\0') {
		return CHECK_OFF;
	}
	min = min_severity(l);
	text_copy(t->wanted, sizeof(t->wanted), rule_of(l)->min_severity);
	text_copy(t->found, sizeof(t->found),
		  l->incident->has_severity ? l->incident->severity_name : "none");
	/* "rank: higher is more severe", unlike P1 to P5. */
	return min && l->incident->has_severity && l->incident->severity_rank >= min->rank
		       ? CHECK_HOLDS
		       : CHECK_FAILS;
}

void incidentio_but_severity(const struct look *l, struct words *w)
{
	const struct catalog_item *min = min_severity(l);

	if (!min) {
		words_add(w, "%s asks for the severity '%s', which is not exactly one",
			  l->policy->name, rule_of(l)->min_severity);
		return;
	}
	if (l->incident->has_severity) {
		words_add(w, "its severity is %s", l->incident->severity_name);
	} else {
		words_add_str(w, "it has no severity");
	}
	words_add(w, " and %s asks for %s or above", l->policy->name, min->name);
}

enum check_result incidentio_look_type(const struct look *l, struct trace_line *t)
{
	const struct str_list *types = &rule_of(l)->types;
	struct words wanted;

	if (types->n == 0) {
		return CHECK_OFF;
	}
	words_init(&wanted, t->wanted, sizeof(t->wanted));
	text_copy(t->found, sizeof(t->found),
		  l->incident->type_name[0] ? l->incident->type_name : "none");
	for (size_t i = 0; i < types->n; i++) {
		words_add(&wanted, "%s%s", words_or(i, types->n), types->items[i]);
	}
	for (size_t i = 0; i < types->n; i++) {
		if (text_same(types->items[i], l->incident->type_id) ||
		    text_same(types->items[i], l->incident->type_name)) {
			return CHECK_HOLDS;
		}
	}
	return CHECK_FAILS;
}

void incidentio_but_type(const struct look *l, struct words *w)
{
	words_add(w, "its type is %s, which %s does not count",
		  l->incident->type_name[0] ? l->incident->type_name : "not set",
		  l->policy->name);
}

enum check_result incidentio_look_age(const struct look *l, struct trace_line *t)
{
	return check_age(l, l->incident->created_ms, rule_of(l)->max_age_s, t);
}

void incidentio_but_age(const struct look *l, struct words *w)
{
	check_age_but(l, "it was declared", l->incident->created_ms,
		      rule_of(l)->max_age_s, w);
}

enum check_result incidentio_look_declared(const struct look *l, struct trace_line *t)
{
	if (!rule_of(l)->not_self_declared) {
		return CHECK_OFF;
	}
	return check_maker(l, "declared by somebody else", t);
}

void incidentio_but_declared(const struct look *l, struct words *w)
{
	words_add_str(w, l->incident->creator_known ? "you declared it yourself"
						    : "it is not known who declared it");
}

static void add_kind(const struct look *l, struct words *w)
{
	const struct incidentio_rule *r = rule_of(l);
	char age[DURATION_SIZE];

	words_add(w, "a %slive incident", r->private_incidents ? "" : "public ");
	if (r->min_severity[0]) {
		words_add(w, " of severity %s or above", r->min_severity);
	}
	for (size_t i = 0; i < r->types.n; i++) {
		words_add(w, "%s%s", i == 0 ? " of type " : words_or(i, r->types.n),
			  r->types.items[i]);
	}
	if (r->max_age_s > 0) {
		duration_format(r->max_age_s, age);
		words_add(w, " declared within %s", age);
	}
	if (r->not_self_declared) {
		words_add_str(w, " by somebody else");
	}
}

void incidentio_add_wanted(const struct look *l, struct words *w)
{
	if (l->incident) {
		words_add_str(w, l->incident->reference);
	} else {
		add_kind(l, w);
	}
}
