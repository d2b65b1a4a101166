/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy can ask of PagerDuty: to be on call on a schedule, now or nearly so. On its
 * own it is a rule that rests on no incident; beside `acknowledged` it is one check more. */
#include "approver/policy_schedule.h"

#include "shared/text.h"

static const struct pagerduty_rule *rule_of(const struct look *l)
{
	return &l->condition->pagerduty;
}

static bool is_named(const struct look *l, const struct on_schedule *shift)
{
	const struct str_list *schedules = &rule_of(l)->schedules;

	for (size_t i = 0; i < schedules->n; i++) {
		if (text_same(schedules->items[i], shift->id)) {
			return true;
		}
	}
	return false;
}

/* Overlap counts, as it does for PagerDuty's `since` and `until`. */
static bool is_within(const struct look *l, const struct on_schedule *shift,
		      int64_t late_ms)
{
	int64_t since_ms =
		l->facts->now_ms - rule_of(l)->window_before_s * 1000 - late_ms;
	int64_t until_ms = l->facts->now_ms + rule_of(l)->window_after_s * 1000;

	return shift->start_ms <= until_ms &&
	       (shift->end_ms == 0 || shift->end_ms > since_ms);
}

static const struct on_schedule *find_shift(const struct look *l)
{
	for (size_t i = 0; i < l->of->n_on_schedules; i++) {
		const struct on_schedule *shift = &l->of->on_schedules[i];

		if (is_named(l, shift) && is_within(l, shift, 0)) {
			return shift;
		}
	}
	return NULL;
}

bool schedule_holds(const struct look *l, int64_t late_ms, int64_t *ret_end_ms)
{
	bool holds = false;

	*ret_end_ms = 0;
	for (size_t i = 0; i < l->of->n_on_schedules; i++) {
		const struct on_schedule *shift = &l->of->on_schedules[i];
		int64_t end_ms = shift->end_ms == 0 ? INT64_MAX : shift->end_ms;

		if (is_named(l, shift) && is_within(l, shift, late_ms)) {
			holds = true;
			*ret_end_ms = end_ms > *ret_end_ms ? end_ms : *ret_end_ms;
		}
	}
	return holds;
}

static const char *name_of(const struct on_schedule *shift)
{
	return shift->name[0] ? shift->name : shift->id;
}

/* By their ids: who is on none of them is not told their names. */
static void add_schedules(const struct look *l, struct words *w)
{
	const struct str_list *schedules = &rule_of(l)->schedules;

	for (size_t i = 0; i < schedules->n; i++) {
		words_add_str(w, words_or(i, schedules->n));
		words_add_cut(w, schedules->items[i], 60);
	}
}

enum check_result schedule_look(const struct look *l, struct trace_line *t)
{
	const struct on_schedule *shift;
	struct words wanted;

	if (rule_of(l)->schedules.n == 0) {
		return CHECK_OFF;
	}
	words_init(&wanted, t->wanted, sizeof(t->wanted));
	add_schedules(l, &wanted);
	shift = find_shift(l);
	text_copy(t->found, sizeof(t->found), shift ? name_of(shift) : "not on call");
	return shift ? CHECK_HOLDS : CHECK_FAILS;
}

void schedule_but(const struct look *l, struct words *w)
{
	words_add_str(w, "you are not on call for ");
	add_schedules(l, w);
}

void schedule_add_fix(const struct look *l, struct words *w)
{
	words_add_str(w, "be on call for ");
	add_schedules(l, w);
}

/* --- the rule that asks for nothing else -------------------------------------------- */

static const struct check checks[] = {
	{ "schedule", schedule_look, schedule_but },
};

static bool open_rule(struct look *l, struct verdict *v)
{
	(void)v;
	return rule_of(l)->schedules.n > 0;
}

static void say_evidence(const struct look *l, struct words *w)
{
	const struct on_schedule *shift = find_shift(l);

	words_add_str(w, "on call for ");
	words_add_cut(w, shift ? name_of(shift) : "nothing", 60);
	words_add_str(w, " (PagerDuty)");
}

static void say_none(const struct look *l, struct words *w)
{
	words_add_str(w, "You are not on call for ");
	add_schedules(l, w);
	words_add_str(w, ".");
}

static void say_off(const struct look *l, struct words *w)
{
	words_add(w, "%s asks nothing of PagerDuty, so nobody can have it that way.",
		  l->policy->name);
}

const struct rule_kind rule_schedule = {
	.provider = "pagerduty",
	.name = "PagerDuty",
	.without_incident = true,
	.checks = checks,
	.n_checks = ARRAY_LEN(checks),
	.open = open_rule,
	.say_evidence = say_evidence,
	.say_none = say_none,
	.say_off = say_off,
	.say_fix = schedule_add_fix,
};
