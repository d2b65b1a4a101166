/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy can ask of incident.io: a role in a live incident that counts.
 *
 * Roles are matched by their ids alone. A name in the config stands for a role only while
 * exactly one role of incident.io has it: names are free text that an administrator over
 * there can change, so that a name with two roles gives access by neither. */
#include "approver/policy_incidentio.h"

#include <stdio.h>

#include "approver/snapshot.h"
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
	if (rule_of(l)->any_role) {
		words_add_str(w, "any role but the reporter's");
	}
}

static const char *role_name(const struct look *l)
{
	return l->stand->role_name[0] ? l->stand->role_name : l->stand->role_id;
}

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
	if (rule_of(l)->any_role) {
		return l->stand->role_id[0] && !l->stand->reporter ? CHECK_HOLDS
								   : CHECK_FAILS;
	}
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

/* clang-format off */
static const struct check checks[] = {
	{ "role", look_role, but_role },
	INCIDENTIO_CHECKS,
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
		const struct catalog_item *role =
			catalog_find(c, roles->items[i], rule_of(l)->shortforms, &n);

		if (role && role->id[0] != '\0') {
			l->roles[l->n_roles++] = role;
		} else {
			trace_role_off(l, v, roles->items[i], n);
		}
	}
	/* No role is no role, not any role. */
	return l->n_roles > 0 || rule_of(l)->any_role;
}

static void say_evidence(const struct look *l, struct words *w)
{
	words_add_cut(w, role_name(l), 60);
	words_add_str(w, " of ");
	words_add_str(w, incidentio_shown(l));
	words_add_str(w, " (incident.io)");
}

static void say_held(const struct look *l, struct words *w)
{
	words_add_str(w, "You are ");
	words_add_cut(w, role_name(l), 60);
	words_add(w, " of %s, but ", incidentio_shown(l));
}

static void say_live(const struct look *l, size_t n, struct words *w)
{
	words_add(w, "%s%s live, but you hold no role of %s in %s.",
		  l->incident->reference, n > 1 ? " and others are" : " is",
		  l->policy->name, n > 1 ? "any of them" : "it");
}

static void say_none(const struct look *l, struct words *w)
{
	if (rule_of(l)->any_role) {
		words_add_str(w, "You hold no role in a live incident.");
		return;
	}
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

static void say_fix(const struct look *l, struct words *w)
{
	if (rule_of(l)->any_role) {
		words_add_str(w, "take a role");
	} else {
		words_add_str(w, "take the role ");
		add_roles(l, w);
	}
	words_add_str(w, " in ");
	incidentio_add_wanted(l, w);
}

const struct rule_kind rule_role = {
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
