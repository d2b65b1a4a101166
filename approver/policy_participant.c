/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy can ask of incident.io: to have posted an update to a live incident that
 * counts. Whoever may see an incident may do that, so it is weaker than a role. */
#include "approver/policy_incidentio.h"

#include "shared/text.h"

static enum check_result look_update(const struct look *l, struct trace_line *t)
{
	text_copy(t->wanted, sizeof(t->wanted), "an update by this person");
	text_copy(t->found, sizeof(t->found), l->stand ? "an update" : "no update");
	return l->stand ? CHECK_HOLDS : CHECK_FAILS;
}

/* clang-format off */
static const struct check checks[] = {
	{ "participant", look_update, NULL },
	INCIDENTIO_CHECKS,
};
/* clang-format on */

static bool open_rule(struct look *l, struct verdict *v)
{
	(void)l;
	(void)v;
	return true;
}

static void say_evidence(const struct look *l, struct words *w)
{
	words_add(w, "posted an update to %s (incident.io)", incidentio_shown(l));
}

static void say_held(const struct look *l, struct words *w)
{
	words_add(w, "You posted an update to %s, but ", incidentio_shown(l));
}

static void say_live(const struct look *l, size_t n, struct words *w)
{
	words_add(w, "%s%s live, but you have posted no update to %s.",
		  l->incident->reference, n > 1 ? " and others are" : " is",
		  n > 1 ? "any of them" : "it");
}

static void say_none(const struct look *l, struct words *w)
{
	(void)l;
	words_add_str(w, "You have posted no update to a live incident.");
}

static void say_fix(const struct look *l, struct words *w)
{
	words_add_str(w, "post an update to ");
	incidentio_add_wanted(l, w);
}

const struct rule_kind rule_participant = {
	.provider = "incidentio",
	.name = "incident.io",
	.of_participants = true,
	.checks = checks,
	.n_checks = ARRAY_LEN(checks),
	.open = open_rule,
	.say_evidence = say_evidence,
	.say_held = say_held,
	.say_live = say_live,
	.say_none = say_none,
	.say_off = say_none,
	.say_fix = say_fix,
};
