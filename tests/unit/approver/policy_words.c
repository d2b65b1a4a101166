/* SPDX-License-Identifier: Apache-2.0 */
/* How a denial reads: what is live, what would help, and for whom. */
#include "tests/lib/test.h"

#include "shared/text.h"
#include "tests/lib/policy_test.h"

static void a_denial_says_what_is_live_and_what_would_help(void **state)
{
	(void)state;
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_BOB_IO, FACTS_LEAD, "Incident Lead");
	facts_pd_incident(&w, "#512");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "INC-204 is live, but you hold no role of "
					   "db-responders in it.");
	assert_string_equal(w.verdict.fix,
			    "Take the role Incident Lead or DBA in INC-204, or "
			    "acknowledge a page of payments-db, then ask again.");
}

static void several_live_incidents_are_not_listed(void **state)
{
	(void)state;
	facts_io_incident(&w, "INC-204");
	facts_io_incident(&w, "INC-205");
	facts_decide(&w);
	assert_string_equal(w.verdict.why, "INC-204 and others are live, but you hold no "
					   "role of db-responders in any of them.");
}

static void nobody_at_a_provider_is_said_with_the_reason(void **state)
{
	static const char why[] =
		"your Slack account maps to no PagerDuty user (ana@acme.example)";

	(void)state;
	ana_leads("INC-204");
	w.facts.incident = "INC-205";
	w.facts.pagerduty.user[0] = '\0';
	text_copy(w.facts.pagerduty.why_no_user, CAUSE_SIZE, why);
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "INC-205 is not a live incident. Your Slack account maps to "
			    "no PagerDuty user (ana@acme.example).");
	w.policies[0].any.items++;
	w.policies[0].any.n = 1;
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "Your Slack account maps to no PagerDuty user "
					   "(ana@acme.example).");
	assert_string_equal(w.verdict.fix, "Those who run accessd can map your account.");
}

static void texts_are_cut_at_code_points(void **state)
{
	struct incident *in = facts_pd_incident(&w, "#512");

	(void)state;
	in->title[0] = '\0';
	for (size_t i = 0; i < 60; i++) {
		memcpy(in->title + 4 * i, "🔥", 5);
	}
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
	w.policies[0].name =
		facts_text("äääääääääääääääääääääääääääääääääääääääääääääääää"
			   "äääääääääääääääääääääääääääääääää");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_true(text_is_utf8(w.verdict.why, strlen(w.verdict.why)));
	w.any[0][1].pagerduty.urgency = facts_text("low");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_true(text_is_utf8(w.verdict.why, strlen(w.verdict.why)));
	assert_true(text_is_utf8(w.verdict.fix, strlen(w.verdict.fix)));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(a_denial_says_what_is_live_and_what_would_help),
		POLICY_TEST(several_live_incidents_are_not_listed),
		POLICY_TEST(nobody_at_a_provider_is_said_with_the_reason),
		POLICY_TEST(texts_are_cut_at_code_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
