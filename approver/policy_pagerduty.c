/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy can ask of PagerDuty: that this person holds an acknowledgement now, of
 * an incident that counts. "A user who opens an incident assigned to himself gets it
 * created already acknowledged": so the rule also asks who triggered it, of which service
 * it is, and how old both are. */
#include "approver/policy_schedule.h"

#include <stdio.h>

#include "shared/text.h"

static const struct pagerduty_rule *rule_of(const struct look *l)
{
	return &l->condition->pagerduty;
}

/* "#512 payments-db replica lag" */
static void add_incident(const struct look *l, struct words *w)
{
	if (l->incident->is_private) {
		words_add_str(w, "a private incident");
		return;
	}
	words_add_str(w, l->incident->reference);
	if (l->incident->title[0]) {
		words_add_str(w, " ");
		words_add_cut(w, l->incident->title, 80);
	}
}

/* The name that people know a service by, if one of its incidents is live. */
static const char *service_name(const struct look *l, const char *id)
{
	const struct snapshot *s = l->of->snapshot;

	for (size_t i = 0; s && i < s->n_incidents; i++) {
		if (text_same(s->incidents[i].service_id, id) &&
		    s->incidents[i].service_name[0] && !s->incidents[i].is_private) {
			return s->incidents[i].service_name;
		}
	}
	return id;
}

/* "a page of payments-db or PSVC002" */
static void add_page(const struct look *l, struct words *w)
{
	const struct pagerduty_rule *r = rule_of(l);

	if (r->urgency[0]) {
		words_add(w, "a %s-urgency page", r->urgency);
	} else {
		words_add_str(w, "a page");
	}
	for (size_t i = 0; i < r->services.n; i++) {
		words_add_str(w, i == 0 ? " of " : words_or(i, r->services.n));
		words_add_cut(w, service_name(l, r->services.items[i]), 60);
	}
}

/* --- the checks, in the order in which they are explained -------------------------- */

static enum check_result look_acknowledged(const struct look *l, struct trace_line *t)
{
	text_copy(t->wanted, sizeof(t->wanted), "acknowledged by this person");
	text_copy(t->found, sizeof(t->found),
		  l->stand ? "acknowledged" : "not acknowledged");
	return l->stand ? CHECK_HOLDS : CHECK_FAILS;
}

static enum check_result look_private(const struct look *l, struct trace_line *t)
{
	if (!l->incident->is_private) {
		return CHECK_OFF;
	}
	text_copy(t->found, sizeof(t->found), "private");
	text_copy(t->wanted, sizeof(t->wanted), "public");
	return CHECK_FAILS;
}

static enum check_result look_service(const struct look *l, struct trace_line *t)
{
	const struct str_list *services = &rule_of(l)->services;
	struct words wanted;

	if (services->n == 0) {
		return CHECK_OFF;
	}
	words_init(&wanted, t->wanted, sizeof(t->wanted));
	text_copy(t->found, sizeof(t->found), l->incident->service_id);
	for (size_t i = 0; i < services->n; i++) {
		words_add(&wanted, "%s%s", words_or(i, services->n), services->items[i]);
	}
	for (size_t i = 0; i < services->n; i++) {
		if (text_same(services->items[i], l->incident->service_id)) {
			return CHECK_HOLDS;
		}
	}
	return CHECK_FAILS;
}

static void but_service(const struct look *l, struct words *w)
{
	const char *name = l->incident->service_name;

	words_add_str(w, "it is of ");
	words_add_cut(w, name[0] ? name : "no service", 60);
	words_add(w, ", which %s does not count", l->policy->name);
}

static enum check_result look_urgency(const struct look *l, struct trace_line *t)
{
	const char *wanted = rule_of(l)->urgency;

	if (wanted[0] == '\0') {
		return CHECK_OFF;
	}
	text_copy(t->wanted, sizeof(t->wanted), wanted);
	text_copy(t->found, sizeof(t->found), l->incident->urgency);
	return text_same(wanted, l->incident->urgency) ? CHECK_HOLDS : CHECK_FAILS;
}

static void but_urgency(const struct look *l, struct words *w)
{
	words_add(w, "its urgency is %s and %s asks for %s",
		  l->incident->urgency[0] ? l->incident->urgency : "not known",
		  l->policy->name, rule_of(l)->urgency);
}

static enum check_result look_ack_age(const struct look *l, struct trace_line *t)
{
	if (!l->stand) {
		return CHECK_OFF; /* an acknowledgement to come is young */
	}
	return check_age(l, l->stand->since_ms, rule_of(l)->max_ack_age_s, t);
}

static void but_ack_age(const struct look *l, struct words *w)
{
	check_age_but(l, "that was", l->stand->since_ms, rule_of(l)->max_ack_age_s, w);
}

static enum check_result look_age(const struct look *l, struct trace_line *t)
{
	return check_age(l, l->incident->created_ms, rule_of(l)->max_age_s, t);
}

static void but_age(const struct look *l, struct words *w)
{
	check_age_but(l, "it was opened", l->incident->created_ms, rule_of(l)->max_age_s,
		      w);
}

static enum check_result look_trigger(const struct look *l, struct trace_line *t)
{
	if (rule_of(l)->self_triggered) {
		return CHECK_OFF;
	}
	return check_maker(l, "triggered by somebody else", t);
}

static void but_trigger(const struct look *l, struct words *w)
{
	words_add_str(w, l->incident->creator_known ? "you triggered it yourself"
						    : "it is not known who triggered it");
}

/* The lowest level at which the person is on call for the incident's escalation policy;
 * 0: at none. "Teams often put everybody on the last level." */
static int64_t on_call_level(const struct look *l)
{
	int64_t best = 0;

	for (size_t i = 0; i < l->of->n_on_call; i++) {
		const struct on_call *row = &l->of->on_call[i];

		if (text_same(row->escalation_policy, l->incident->escalation_policy) &&
		    row->level > 0 && (best == 0 || row->level < best)) {
			best = row->level;
		}
	}
	return best;
}

static enum check_result look_on_call(const struct look *l, struct trace_line *t)
{
	int64_t max = rule_of(l)->on_call_level;
	int64_t level;

	if (max <= 0) {
		return CHECK_OFF;
	}
	level = on_call_level(l);
	snprintf(t->wanted, sizeof(t->wanted), "level %lld or lower", (long long)max);
	if (level == 0) {
		text_copy(t->found, sizeof(t->found), "not on call");
		return CHECK_FAILS;
	}
	snprintf(t->found, sizeof(t->found), "level %lld", (long long)level);
	return level <= max ? CHECK_HOLDS : CHECK_FAILS;
}

static void but_on_call(const struct look *l, struct words *w)
{
	int64_t level = on_call_level(l);

	if (level == 0) {
		words_add_str(w, "you are not on call for it");
		return;
	}
	words_add(
		w, "you are on call for it at level %lld and %s counts up to level %lld",
		(long long)level, l->policy->name, (long long)rule_of(l)->on_call_level);
}

/* clang-format off */
static const struct check checks[] = {
	{ "acknowledged",   look_acknowledged, NULL },
	{ "private",        look_private,      NULL }, /* never spoken of */
	{ "service",        look_service,      but_service },
	{ "urgency",        look_urgency,      but_urgency },
	{ "max_ack_age",    look_ack_age,      but_ack_age },
	{ "max_age",        look_age,          but_age },
	{ "self_triggered", look_trigger,      but_trigger },
	{ "on_call_level",  look_on_call,      but_on_call },
	{ "schedule",       schedule_look,     schedule_but },
};
/* clang-format on */

/* --- the rule as a whole ----------------------------------------------------------- */

static bool open_rule(struct look *l, struct verdict *v)
{
	struct trace_line spare;
	struct trace_line *t;

	if (rule_of(l)->acknowledged) {
		return true;
	}
	t = trace_add(v, &spare, l->policy, l->index, "rule");
	text_copy(t->found, sizeof(t->found), "acknowledged = false");
	text_copy(t->wanted, sizeof(t->wanted), "acknowledged = true, or schedules");
	return false;
}

static void say_evidence(const struct look *l, struct words *w)
{
	words_add_str(w, "acknowledged ");
	add_incident(l, w);
	words_add_str(w, " (PagerDuty)");
}

static void say_held(const struct look *l, struct words *w)
{
	words_add_str(w, "You acknowledged ");
	add_incident(l, w);
	words_add_str(w, ", but ");
}

static void say_live(const struct look *l, size_t n, struct words *w)
{
	if (n > 1) {
		words_add(w, "%s and others are open, but you acknowledged none of them.",
			  l->incident->reference);
		return;
	}
	add_incident(l, w);
	words_add_str(w, " is open, but you have not acknowledged it.");
}

static void say_none(const struct look *l, struct words *w)
{
	words_add_str(w, "You have not acknowledged ");
	add_page(l, w);
	words_add_str(w, ".");
}

static void say_off(const struct look *l, struct words *w)
{
	words_add(w, "%s asks nothing of PagerDuty, so nobody can have it that way.",
		  l->policy->name);
}

static void say_fix(const struct look *l, struct words *w)
{
	words_add_str(w, "acknowledge ");
	if (l->only && l->incident) {
		add_incident(l, w);
	} else {
		add_page(l, w);
	}
	if (rule_of(l)->on_call_level > 0) {
		words_add_str(w, " while you are on call for it");
	}
	if (rule_of(l)->schedules.n > 0) {
		words_add_str(w, " and ");
		schedule_add_fix(l, w);
	}
}

const struct rule_kind rule_pagerduty = {
	.provider = "pagerduty",
	.name = "PagerDuty",
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
