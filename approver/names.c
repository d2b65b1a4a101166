/* SPDX-License-Identifier: Apache-2.0 */
/* Checks the names that policies use against what incident.io has: a role that was renamed
 * or doubled gives nobody access, and somebody should hear of it before 3 a.m. */
#include <stdio.h>

#include "approver/service.h"
#include "approver/snapshot.h"

static void name_check(struct names_check *n, const char *policy, const char *what,
		       const struct catalog *c, const char *name, bool shortforms)
{
	char line[CAUSE_SIZE + NAME_SIZE];
	size_t found = 0;

	if (catalog_find(c, name, shortforms, &found)) {
		return;
	}
	n->bad++;
	if (found == 0) {
		snprintf(
			line, sizeof(line),
			"policy '%.60s': incident.io has no %s '%.100s' (names are exact, case counts)",
			policy, what, name);
	} else {
		snprintf(
			line, sizeof(line),
			"policy '%.60s': %zu %ss of incident.io are called '%.100s'; use the id",
			policy, found, what, name);
	}
	n->say(n, line);
}

static void policy_names(struct names_check *n, const struct policy *p,
			 const struct snapshot *s)
{
	for (size_t i = 0; i < p->any.n; i++) {
		const struct incidentio_rule *rule = &p->any.items[i].incidentio;

		if (!rule->where.present) {
			continue;
		}
		for (size_t k = 0; k < rule->roles.n; k++) {
			name_check(n, p->name, "role", &s->roles, rule->roles.items[k],
				   rule->shortforms);
		}
		if (*rule->min_severity) {
			name_check(n, p->name, "severity", &s->severities,
				   rule->min_severity, false);
		}
	}
}

static void on_snapshot(struct standing_ask *ask, const struct fail *f)
{
	struct names_check *n = container_of(ask, struct names_check, ask);
	const struct config *c = n->approver->env.config;

	if (f->kind == FAIL_NONE) {
		for (size_t i = 0; i < c->policies.n; i++) {
			policy_names(n, &c->policies.items[i], ask->snapshot);
		}
		snapshot_unref(ask->snapshot);
	}
	n->cb(n, f);
}

void approver_check_names(struct approver *a, struct names_check *n)
{
	struct provider *p = a->providers[PROVIDER_INCIDENTIO];

	n->approver = a;
	n->bad = 0;
	n->nobody = (struct person){ 0 };
	n->ask = (struct standing_ask){ .who = &n->nobody, .cb = on_snapshot };
	p->ops->ask(p, &n->ask);
}
