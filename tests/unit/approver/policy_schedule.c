/* SPDX-License-Identifier: Apache-2.0 */
/* Being on call on a schedule: alone it rests on no incident, beside an acknowledgement it
 * is one check more. */
#include "tests/lib/test.h"

#include "shared/text.h"
#include "tests/lib/policy_test.h"

#define MIN ((int64_t)60 * 1000)

static struct pagerduty_rule *rule;

static int set_up(void **state)
{
	policy_set_up(state);
	w.policies[0].any.items++; /* PagerDuty alone */
	w.policies[0].any.n = 1;
	rule = &w.any[0][1].pagerduty;
	rule->acknowledged = false;
	rule->services.n = 0;
	rule->schedules = facts_list("PSCHED1", "PSCHED2", NULL);
	return 0;
}

/* Times are in minutes from now. */
static void shift(const char *id, const char *name, int64_t from, int64_t to)
{
	static struct on_schedule shifts[ON_SCHEDULES_MAX];
	struct on_schedule *s = &shifts[w.facts.pagerduty.n_on_schedules++];

	w.facts.pagerduty.on_schedules = shifts;

	text_copy(s->id, sizeof(s->id), id);
	text_copy(s->name, sizeof(s->name), name);
	s->start_ms = FACTS_NOW_MS + from * MIN;
	s->end_ms = to ? FACTS_NOW_MS + to * MIN : 0;
}

/* clang-format off */
static const struct {
	const char *label;
	const char *id;
	int64_t from, to; /* 0: never ends */
	int64_t before_s, after_s;
	bool granted;
} rows[] = {
	{ "on call now", "PSCHED1", -60, 60, 0, 0, true },
	{ "on the second of them", "PSCHED2", -60, 60, 0, 0, true },
	{ "on another", "PSCHED3", -60, 60, 0, 0, false },
	{ "on one of its name in another case", "psched1", -60, 60, 0, 0, false },
	{ "on one without an id", "", -60, 60, 0, 0, false },
	{ "it begins now", "PSCHED1", 0, 60, 0, 0, true },
	{ "it began and never ends", "PSCHED1", -60, 0, 0, 0, true },
	{ "it never ends, but begins later", "PSCHED1", 60, 0, 0, 0, false },
	{ "it was over a minute ago", "PSCHED1", -60, -1, 0, 0, false },
	{ "it begins in five minutes", "PSCHED1", 5, 60, 0, 0, false },
	{ "it was over 1 min ago, 2 min count", "PSCHED1", -60, -1, 120, 0, true },
	{ "it was over 2 min ago, 2 min count", "PSCHED1", -60, -2, 120, 0, false },
	{ "it begins in 5 min, 5 min count", "PSCHED1", 5, 60, 0, 300, true },
	{ "it begins in 6 min, 5 min count", "PSCHED1", 6, 60, 60, 300, false },
};
/* clang-format on */

static void each_shift_counts_as_it_should(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		set_up(state);
		rule->window_before_s = rows[i].before_s;
		rule->window_after_s = rows[i].after_s;
		shift(rows[i].id, "SRE primary", rows[i].from, rows[i].to);
		facts_decide(&w);
		assert_row((w.verdict.kind == VERDICT_GRANTED) == rows[i].granted, i,
			   rows[i].label);
		policy_tear_down(state);
	}
}

static void it_rests_on_no_incident(void **state)
{
	(void)state;
	facts_pd_incident(&w, "#512");
	shift("PSCHED3", "Other", -60, 60);
	shift("PSCHED1", "SRE primary", -60, 60);
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "on call for SRE primary (PagerDuty)");
	assert_string_equal(w.verdict.provider, "pagerduty");
	assert_string_equal(w.verdict.incident_id, "");
	assert_string_equal(w.verdict.incident_ref, "");
	assert_true(facts_line(&w, "schedule")->ok);
	assert_string_equal(facts_line(&w, "schedule")->found, "SRE primary");
	assert_string_equal(facts_line(&w, "schedule")->wanted, "PSCHED1 or PSCHED2");
	assert_null(facts_line(&w, "acknowledged"));
}

static void a_schedule_without_a_name_goes_by_its_id(void **state)
{
	(void)state;
	shift("PSCHED1", "", -60, 60);
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "on call for PSCHED1 (PagerDuty)");
}

static void it_does_not_mind_which_incident_was_named(void **state)
{
	(void)state;
	w.facts.incident = "INC-204";
	shift("PSCHED1", "SRE primary", -60, 60);
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.incident_id, "");
}

static void a_denial_says_what_to_be_on_call_for(void **state)
{
	(void)state;
	facts_pd_incident(&w, "#512");
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "You are not on call for PSCHED1 or PSCHED2.");
	assert_string_equal(w.verdict.fix,
			    "Be on call for PSCHED1 or PSCHED2, then ask again.");
	assert_string_equal(facts_line(&w, "schedule")->found, "not on call");
	assert_null(facts_line(&w, "acknowledged"));
}

static void beside_a_role_the_fix_has_both(void **state)
{
	(void)state;
	w.policies[0].any.items--;
	w.policies[0].any.n = 2;
	facts_io_incident(&w, "INC-204");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.fix,
			    "Take the role Incident Lead or DBA in INC-204, or be on "
			    "call for PSCHED1 or PSCHED2, then ask again.");
}

static void beside_an_acknowledgement_both_must_hold(void **state)
{
	(void)state;
	rule->acknowledged = true;
	facts_pd_incident(&w, "#512");
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "You acknowledged #512 payments-db replica lag, but you are "
			    "not on call for PSCHED1 or PSCHED2.");
	assert_has(w.verdict.fix, "Acknowledge a page and be on call for PSCHED1 or "
				  "PSCHED2, then ask again.");
	shift("PSCHED1", "SRE primary", -60, 60);
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_has(w.verdict.why, "acknowledged #512");
	assert_string_equal(w.verdict.incident_ref, "#512");
}

static void who_is_nobody_at_pagerduty_is_told_so(void **state)
{
	(void)state;
	w.facts.pagerduty.user[0] = '\0';
	text_copy(w.facts.pagerduty.why_no_user, CAUSE_SIZE,
		  "PagerDuty has no user with your e-mail");
	shift("PSCHED1", "SRE primary", -60, 60);
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "PagerDuty has no user with your e-mail.");
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, policy_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_shift_counts_as_it_should),
		ROW(it_rests_on_no_incident),
		ROW(a_schedule_without_a_name_goes_by_its_id),
		ROW(it_does_not_mind_which_incident_was_named),
		ROW(a_denial_says_what_to_be_on_call_for),
		ROW(beside_a_role_the_fix_has_both),
		ROW(beside_an_acknowledgement_both_must_hold),
		ROW(who_is_nobody_at_pagerduty_is_told_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
