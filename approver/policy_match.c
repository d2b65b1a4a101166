/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies speak of a resource, and which providers they need. */
#include "approver/policy.h"

#include <string.h>

#include "shared/text.h"

const struct resource *policy_find_resource(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->resources.n; i++) {
		if (text_same(c->resources.items[i].name, name)) {
			return &c->resources.items[i];
		}
	}
	return NULL;
}

static bool label_is(const struct str_map *labels, const struct str_pair *want)
{
	for (size_t i = 0; i < labels->n; i++) {
		if (text_same(labels->items[i].key, want->key)) {
			return strcmp(labels->items[i].value, want->value) == 0;
		}
	}
	return false;
}

static bool globs_match(const struct str_list *globs, const char *name)
{
	for (size_t i = 0; i < globs->n; i++) {
		if (text_glob(globs->items[i], name)) {
			return true;
		}
	}
	return false;
}

bool policy_matches(const struct policy *p, const struct resource *r)
{
	if (p->resources.n == 0 && p->labels.n == 0) {
		return false; /* said nothing is not said everything */
	}
	if (p->resources.n > 0 && !globs_match(&p->resources, r->name)) {
		return false;
	}
	for (size_t i = 0; i < p->labels.n; i++) {
		if (!label_is(&r->labels, &p->labels.items[i])) {
			return false;
		}
	}
	return true;
}

static void needs_add(struct policy_needs *n, const struct policy *p)
{
	for (size_t i = 0; i < p->any.n; i++) {
		const struct condition *c = &p->any.items[i];

		n->incidentio |= c->incidentio.where.present;
		n->pagerduty |= c->pagerduty.where.present;
		n->on_call |=
			c->pagerduty.where.present &&
			(c->pagerduty.on_call_level > 0 || c->pagerduty.schedules.n > 0);
	}
}

void policy_needs(const struct config *c, const char *resource,
		  struct policy_needs *ret_n)
{
	const struct resource *r = policy_find_resource(c, resource);

	*ret_n = (struct policy_needs){ 0 };
	for (size_t i = 0; r && i < c->policies.n; i++) {
		const struct policy *p = &c->policies.items[i];

		if (!policy_matches(p, r)) {
			continue;
		}
		if (p->deny) {
			*ret_n = (struct policy_needs){ 0 };
			return; /* refused whatever the providers say */
		}
		needs_add(ret_n, p);
	}
}

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void policy_wants(const struct config *c, struct policy_wants *ret_w)
{
	*ret_w = (struct policy_wants){ 0 };
	for (size_t i = 0; i < c->policies.n; i++) {
		const struct condition_list *any = &c->policies.items[i].any;

		for (size_t k = 0; k < any->n; k++) {
			const struct pagerduty_rule *r = &any->items[k].pagerduty;

			ret_w->participants |= any->items[k].incidentio.where.present &&
					       any->items[k].incidentio.participants;
			ret_w->schedules |= r->where.present && r->schedules.n > 0;
			ret_w->window_before_s =
				larger(ret_w->window_before_s, r->window_before_s);
			ret_w->window_after_s =
				larger(ret_w->window_after_s, r->window_after_s);
		}
	}
}

const struct policy *policy_find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->policies.n; i++) {
		if (text_same(c->policies.items[i].name, name)) {
			return &c->policies.items[i];
		}
	}
	return NULL;
}
