/* SPDX-License-Identifier: Apache-2.0 */
/* What is wrong with resources and policies before anybody asks. A rule that
 * could never hold, or that says less than its author meant, is an error here rather
 * than a surprise at 3 a.m. */
#include "approver/policy.h"

#include <string.h>

#include "approver/policy_rule.h"
#include "shared/duration.h"
#include "shared/text.h"

static bool resources_check(const struct config *c, struct fail *f)
{
	for (size_t i = 0; i < c->resources.n; i++) {
		const struct resource *r = &c->resources.items[i];

		if (!text_is_name(r->name)) {
			fail_set(f, FAIL_INVALID,
				 "line %d: a resource cannot be called '%s'",
				 r->where.line, r->name);
			return fail_hint(f, "Use a-z, 0-9, dot, dash and underscore.");
		}
		for (size_t j = 0; j < i; j++) {
			if (text_same(c->resources.items[j].name, r->name)) {
				return fail_set(f, FAIL_INVALID,
						"line %d: a second resource '%s'",
						r->where.line, r->name);
			}
		}
	}
	return true;
}

/* --- rules --------------------------------------------------------------------------- */

static bool bad(const struct policy *p, int line, const char *what, struct fail *f)
{
	return fail_set(f, FAIL_INVALID, "line %d: policy '%s': %s", line, p->name, what);
}

static bool none_empty(const struct str_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		if (list->items[i][0] == '\0') {
			return false;
		}
	}
	return true;
}

/* What gives standing: roles, or an update posted. Both in one would read as either. */
static bool standing_check(const struct policy *p, const struct incidentio_rule *r,
			   struct fail *f)
{
	if (r->participants && r->roles.n > 0) {
		bad(p, r->where.line, "'roles' and 'participants' in one condition", f);
		return fail_hint(f, "Give each braces of its own in 'any': one of them "
				    "is enough then.");
	}
	if (r->participants || r->any_role) {
		return true;
	}
	if (r->roles.n == 0 || !none_empty(&r->roles)) {
		bad(p, r->where.line, "'incidentio' names no role, or an empty one", f);
		return fail_hint(f, "No role is not any role: name those that count.");
	}
	return r->roles.n <= RULE_ROLES_MAX ||
	       bad(p, r->where.line, "'incidentio' names more than 32 roles", f);
}

static bool incidentio_check(const struct config *c, const struct policy *p,
			     const struct incidentio_rule *r, struct fail *f)
{
	if (!c->incidentio.where.present) {
		bad(p, r->where.line, "'incidentio' is used but not configured", f);
		return fail_hint(f, "Add a group 'incidentio' with its api_key.");
	}
	if (!standing_check(p, r, f)) {
		return false;
	}
	if (!none_empty(&r->types)) {
		return bad(p, r->where.line, "'types' names an empty one", f);
	}
	if (r->max_age_s < 0) {
		return bad(p, r->where.line, "'max_age' is negative", f);
	}
	return true;
}

/* Alone, `schedules` rests on no incident: what would narrow one down is a mistake. */
static bool schedules_check(const struct policy *p, const struct pagerduty_rule *r,
			    struct fail *f)
{
	if (!r->acknowledged && r->schedules.n == 0) {
		bad(p, r->where.line, "'pagerduty' asks for nothing", f);
		return fail_hint(f, "Write 'acknowledged = true;', or name 'schedules', "
				    "or both.");
	}
	if (!none_empty(&r->schedules)) {
		return bad(p, r->where.line, "'schedules' names an empty one", f);
	}
	if (r->schedules.n > ON_SCHEDULES_MAX) {
		return bad(p, r->where.line, "'pagerduty' names more than 32 schedules",
			   f);
	}
	if (r->acknowledged || (r->services.n == 0 && !r->urgency[0] &&
				!r->self_triggered && r->on_call_level == 0)) {
		return true;
	}
	bad(p, r->where.line, "'pagerduty' says which incidents count, but asks for none",
	    f);
	return fail_hint(f, "Add 'acknowledged = true;', or keep 'schedules' alone.");
}

static bool pagerduty_check(const struct config *c, const struct policy *p,
			    const struct pagerduty_rule *r, struct fail *f)
{
	if (!c->pagerduty.where.present) {
		bad(p, r->where.line, "'pagerduty' is used but not configured", f);
		return fail_hint(f, "Add a group 'pagerduty' with its api_key.");
	}
	if (!schedules_check(p, r, f)) {
		return false;
	}
	if (!none_empty(&r->services)) {
		return bad(p, r->where.line, "'services' names an empty one", f);
	}
	if (r->urgency[0] && strcmp(r->urgency, "high") != 0 &&
	    strcmp(r->urgency, "low") != 0) {
		return bad(p, r->where.line, "'urgency' is neither \"high\" nor \"low\"",
			   f);
	}
	if (r->max_ack_age_s < 0 || r->max_age_s < 0 || r->on_call_level < 0) {
		return bad(p, r->where.line,
			   "an age or a level of 'pagerduty' is negative", f);
	}
	return true;
}

static bool condition_check(const struct config *c, const struct policy *p,
			    const struct condition *any, struct fail *f)
{
	if (any->incidentio.where.present == any->pagerduty.where.present) {
		bad(p, any->where.line, "a condition must have exactly one rule", f);
		return fail_hint(f,
				 "Give each provider's rule braces of its own in 'any'.");
	}
	return any->incidentio.where.present ? incidentio_check(c, p, &any->incidentio, f)
					     : pagerduty_check(c, p, &any->pagerduty, f);
}

/* --- policies ------------------------------------------------------------------------ */

static bool durations_check(const struct policy *p, struct fail *f)
{
	char duration[DURATION_SIZE];
	char max[DURATION_SIZE];

	if (p->duration_s <= 0 || p->max_duration_s <= 0 ||
	    p->max_duration_s > DURATION_MAX_S) {
		return bad(p, p->where.line,
			   "'duration' and 'max_duration' must be 1 s to 366 d", f);
	}
	if (p->duration_s > p->max_duration_s) {
		duration_format(p->duration_s, duration);
		duration_format(p->max_duration_s, max);
		return fail_set(f, FAIL_INVALID,
				"line %d: policy '%s': its duration %s is over its "
				"maximum %s",
				p->where.line, p->name, duration, max);
	}
	return true;
}

static bool matches_check(const struct config *c, const struct policy *p, struct fail *f)
{
	for (size_t i = 0; i < c->resources.n; i++) {
		if (policy_matches(p, &c->resources.items[i])) {
			return true;
		}
	}
	bad(p, p->where.line, "it matches no resource", f);
	return fail_hint(f,
			 "See its 'resources' and 'labels'; with both, both must match.");
}

static bool one_check(const struct config *c, size_t i, struct fail *f)
{
	const struct policy *p = &c->policies.items[i];

	if (p->name[0] == '\0') {
		return bad(p, p->where.line, "it has no name", f);
	}
	if (strlen(p->name) >= NAME_SIZE) {
		return bad(p, p->where.line, "its name is longer than 127 bytes", f);
	}
	for (size_t j = 0; j < i; j++) {
		if (text_same(c->policies.items[j].name, p->name)) {
			return bad(p, p->where.line, "a second one of that name", f);
		}
	}
	if (!matches_check(c, p, f)) {
		return false;
	}
	if (p->deny) {
		return p->any.n == 0 ||
		       bad(p, p->where.line, "one that denies has no conditions", f);
	}
	if (p->any.n == 0) {
		bad(p, p->where.line, "it asks for nothing, so it would grant to all", f);
		return fail_hint(f, "List in 'any' what gives standing.");
	}
	for (size_t k = 0; k < p->any.n; k++) {
		if (!condition_check(c, p, &p->any.items[k], f)) {
			return false;
		}
	}
	return durations_check(p, f);
}

bool policy_check(const struct config *c, struct fail *f)
{
	if (!resources_check(c, f)) {
		return false;
	}
	for (size_t i = 0; i < c->policies.n; i++) {
		if (!one_check(c, i, f)) {
			return false;
		}
	}
	return true;
}
