/* SPDX-License-Identifier: Apache-2.0 */
/* Providers that do not answer: none of them grants, and the denial says so. */
#include "tests/lib/test.h"

#include "tests/lib/policy_test.h"

static void fail_provider(struct provider_facts *of, enum fail_kind kind, const char *msg)
{
	fail_set(&of->fail, kind, "%s", msg);
}

static void a_provider_that_is_down_never_grants(void **state)
{
	(void)state;
	ana_acknowledged("#512"); /* what it said before it went down */
	fail_provider(&w.facts.pagerduty, FAIL_TIMEOUT,
		      "PagerDuty did not answer in 5 s");
	assert_int_equal(facts_decide(&w), VERDICT_COULD_NOT_ASK);
	assert_string_equal(w.verdict.why,
			    "PagerDuty did not answer in 5 s, so nothing was granted.");
	assert_string_equal(w.verdict.fix,
			    "Take the role Incident Lead or DBA in a public live "
			    "incident, or ask again in a moment.");
	assert_true(w.verdict.retryable);
	w.facts.again = "press Try again";
	assert_int_equal(facts_decide(&w), VERDICT_COULD_NOT_ASK);
	assert_string_equal(w.verdict.fix,
			    "Take the role Incident Lead or DBA in a public live "
			    "incident, or press Try again in a moment.");
	assert_string_equal(facts_line(&w, "answer")->found,
			    "PagerDuty did not answer in 5 s");
}

static void the_other_provider_still_grants(void **state)
{
	(void)state;
	ana_acknowledged("#512");
	fail_provider(&w.facts.incidentio, FAIL_UPSTREAM, "incident.io: HTTP 503");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.provider, "pagerduty");
}

static void two_that_are_down_are_both_named(void **state)
{
	(void)state;
	ana_leads("INC-204");
	fail_provider(&w.facts.incidentio, FAIL_DENIED, "incident.io: HTTP 401");
	fail_provider(&w.facts.pagerduty, FAIL_DENIED, "the key was refused.");
	assert_int_equal(facts_decide(&w), VERDICT_COULD_NOT_ASK);
	assert_string_equal(w.verdict.why,
			    "incident.io: HTTP 401; PagerDuty: the key was refused, so "
			    "nothing was granted.");
	assert_false(w.verdict.retryable);
	assert_has(w.verdict.fix, "have mended that");
}

static void a_named_incident_that_another_has_needs_no_answer_of_the_first(void **state)
{
	(void)state;
	facts_io_incident(&w, "INC-204");
	w.facts.incident = "INC-204";
	fail_provider(&w.facts.pagerduty, FAIL_TIMEOUT,
		      "PagerDuty did not answer in 5 s");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	w.facts.incident = "#512";
	assert_int_equal(facts_decide(&w), VERDICT_COULD_NOT_ASK);
}

static void a_later_policy_that_could_not_be_asked_is_said(void **state)
{
	(void)state;
	w.policies[0].any.n = 1;
	second_policy("x");
	w.any[1][0].incidentio.where.present = false;
	w.any[1][0].pagerduty.where.present = true;
	w.any[1][0].pagerduty.acknowledged = true;
	fail_provider(&w.facts.pagerduty, FAIL_TIMEOUT,
		      "PagerDuty did not answer in 5 s");
	assert_int_equal(facts_decide(&w), VERDICT_COULD_NOT_ASK);
	assert_ptr_equal(w.verdict.policy, &w.policies[1]);
}

static void a_provider_that_is_not_configured_gives_nothing(void **state)
{
	(void)state;
	ana_leads("INC-204");
	w.facts.incidentio.configured = false;
	w.facts.pagerduty.configured = false;
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_false(w.verdict.retryable);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(a_provider_that_is_down_never_grants),
		POLICY_TEST(the_other_provider_still_grants),
		POLICY_TEST(two_that_are_down_are_both_named),
		POLICY_TEST(
			a_named_incident_that_another_has_needs_no_answer_of_the_first),
		POLICY_TEST(a_later_policy_that_could_not_be_asked_is_said),
		POLICY_TEST(a_provider_that_is_not_configured_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
