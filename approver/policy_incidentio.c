/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy can ask of incident.io: a role in a live incident that counts.
 *
 * Roles are matched by their ids alone. A name in the config stands for a role only while
 * exactly one role of incident.io has it: names are free text that an administrator over
 * there can change, so that a name with two roles gives access by neither. */
#include "approver/policy_rule.h"

#include <stdio.h>

#include "approver/snapshot.h"
#include "shared/duration.h"
#include "shared/text.h"

static const struct incidentio_rule *rule_of(const struct look *l)
{
	return &l->condition->incidentio;
}

/* "Incident Lead or DBA", in the words that people see over there. */
static void add_roles(const struct look *l, struct words *w)
{
	for (size_t i = 0; i < l->n_roles; i++) {
		words_add_str(w, words_or(i, l->n_roles));
		words_add_cut(w, l->roles[i]->name, 60);
	}
}

static const char *role_name(const struct look *l)
{
	return l->stand->role_name[0] ? l->stand->role_name : l->stand->role_id;
}

/* A private incident has no name that others may read. */
static const char *shown(const struct look *l)
{
	return l->incident->is_private ? "a private incident" : l->incident->reference;
}

/* --- the checks, in the order in which they are explained -------------------------- */

static enum check_result look_role(const struct look *l, struct trace_line *t)
{
	struct words wanted;

	words_init(&wanted, t->wanted, sizeof(t->wanted));
	add_roles(l, &wanted);
	if (!l->stand) {
		text_copy(t->found, sizeof(t->found), "no role");
		return CHECK_FAILS;
	}
	text_copy(t->found, sizeof(t->found), role_name(l));
	for (size_t i = 0; i < l->n_roles; i++) {
		if (text_same(l->stand->role_id, l->roles[i]->id)) {
			return CHECK_HOLDS;
		}
	}
	return CHECK_FAILS;
}

static void but_role(const struct look *l, struct words *w)
{
	words_add(w, "%s asks for ", l->policy->name);
	add_roles(l, w);
}

static enum check_result look_private(const struct look *l, struct trace_line *t)
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

	return catalog_find(&l->of->snapshot->severities, rule_of(l)->min_severity, &n);
}

static enum check_result look_severity(const struct look *l, struct trace_line *t)
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

static void but_severity(const struct look *l, struct words *w)
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

static enum check_result look_type(const struct look *l, struct trace_line *t)
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

static void but_type(const struct look *l, struct words *w)
{
	words_add(w, "its type is %s, which %s does not count",
		  l->incident->type_name[0] ? l->incident->type_name : "not set",
		  l->policy->name);
}

static enum check_result look_age(const struct look *l, struct trace_line *t)
{
	return check_age(l, l->incident->created_ms, rule_of(l)->max_age_s, t);
}

static void but_age(const struct look *l, struct words *w)
{
	check_age_but(l, "it was declared", l->incident->created_ms,
		      rule_of(l)->max_age_s, w);
}

static enum check_result look_declared(const struct look *l, struct trace_line *t)
{
	if (!rule_of(l)->not_self_declared) {
		return CHECK_OFF;
	}
	text_copy(t->wanted, sizeof(t->wanted), "declared by somebody else");
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

static void but_declared(const struct look *l, struct words *w)
{
	words_add_str(w, l->incident->creator_known ? "you declared it yourself"
						    : "it is not known who declared it");
}

/* clang-format off */
static const struct check checks[] = {
	{ "role",              look_role,     but_role },
	{ "private",           look_private,  NULL }, /* never spoken of */
	{ "min_severity",      look_severity, but_severity },
	{ "type",              look_type,     but_type },
	{ "max_age",           look_age,      but_age },
	{ "not_self_declared", look_declared, but_declared },
};
/* clang-format on */

/* --- the rule as a whole ----------------------------------------------------------- */

static void trace_role_off(const struct look *l, struct verdict *v, const char *name,
			   size_t n)
{
	struct trace_line spare;
	struct trace_line *t = trace_add(v, &spare, l->policy, l->index, "role_name");

	snprintf(t->found, sizeof(t->found), "%zu roles", n);
	text_copy(t->wanted, sizeof(t->wanted), name);
	t->age_ms = l->of->age_ms;
}

static bool open_rule(struct look *l, struct verdict *v)
{
	const struct str_list *roles = &rule_of(l)->roles;
	const struct catalog *c = &l->of->snapshot->roles;

	l->n_roles = 0;
	for (size_t i = 0; i < roles->n && l->n_roles < RULE_ROLES_MAX; i++) {
		size_t n = 0;
		const struct catalog_item *role = catalog_find(c, roles->items[i], &n);

		if (role && role->id[0] != '\0') {
			l->roles[l->n_roles++] = role;
		} else {
			trace_role_off(l, v, roles->items[i], n);
		}
	}
	return l->n_roles > 0; /* no role is no role, not any role */
}

static void say_evidence(const struct look *l, struct words *w)
{
	words_add_cut(w, role_name(l), 60);
	words_add(w, " of %s (incident.io)", shown(l));
}

static void say_held(const struct look *l, struct words *w)
{
	words_add_str(w, "You are ");
	words_add_cut(w, role_name(l), 60);
	words_add(w, " of %s, but ", shown(l));
}

static void say_live(const struct look *l, size_t n, struct words *w)
{
	words_add(w, "%s%s live, but you hold no role of %s in %s.",
		  l->incident->reference, n > 1 ? " and others are" : " is",
		  l->policy->name, n > 1 ? "any of them" : "it");
}

static void say_none(const struct look *l, struct words *w)
{
	words_add_str(w, "No live incident names you as ");
	add_roles(l, w);
	words_add_str(w, ".");
}

static void say_off(const struct look *l, struct words *w)
{
	const struct str_list *roles = &rule_of(l)->roles;

	words_add(w, "%s names no role that is exactly one at incident.io (",
		  l->policy->name);
	for (size_t i = 0; i < roles->n; i++) {
		words_add(w, "%s'%s'", i > 0 ? ", " : "", roles->items[i]);
	}
	words_add_str(w, "), so nobody can have it by a role.");
}

/* Which incidents count, when there is none that could be named. */
static void add_kind_of_incident(const struct look *l, struct words *w)
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

static void say_fix(const struct look *l, struct words *w)
{
	words_add_str(w, "take the role ");
	add_roles(l, w);
	words_add_str(w, " in ");
	if (l->incident) {
		words_add_str(w, l->incident->reference);
	} else {
		add_kind_of_incident(l, w);
	}
}

const struct rule_kind rule_incidentio = {
	.provider = "incidentio",
	.name = "incident.io",
	.checks = checks,
	.n_checks = ARRAY_LEN(checks),
	.open = open_rule,
	.say_evidence = say_evidence,
	.say_held = say_held,
	.say_live = say_live,
	.say_none = say_none,
	.say_off = say_off,
	.say_fix = say_fix,
};
