/* SPDX-License-Identifier: Apache-2.0 */
/* The decision as a whole: who refuses, and which policy grants for how long. The files
 * beside this one are about its parts: what is asked of each provider, and how it reads. */
#include "tests/lib/test.h"

#include "tests/lib/policy_test.h"

/* --- what grants -------------------------------------------------------------------- */

static void a_role_in_a_live_incident_grants(void **state)
{
	(void)state;
	ana_leads("INC-204");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "Incident Lead of INC-204 (incident.io)");
	assert_string_equal(w.verdict.fix, "");
	assert_string_equal(w.verdict.provider, "incidentio");
	assert_string_equal(w.verdict.incident_id, "01JIINC-204");
	assert_string_equal(w.verdict.incident_ref, "INC-204");
	assert_ptr_equal(w.verdict.policy, &w.policies[0]);
	assert_int_equal(w.verdict.for_s, 7200);
	assert_true(facts_line(&w, "role")->ok);
	assert_int_equal(facts_line(&w, "role")->age_ms, 1200);
}

static void an_acknowledged_page_grants(void **state)
{
	(void)state;
	ana_acknowledged("#512");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why,
			    "acknowledged #512 payments-db replica lag (PagerDuty)");
	assert_string_equal(w.verdict.provider, "pagerduty");
	assert_string_equal(w.verdict.incident_ref, "#512");
}

static void the_severest_and_then_oldest_incident_is_the_record(void **state)
{
	struct incident *in;

	(void)state;
	ana_leads("INC-1");
	in = facts_io_incident(&w, "INC-2");
	in->created_ms -= 1000;
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_DBA, "DBA");
	in = facts_io_incident(&w, "INC-3");
	in->severity_rank = 0;
	in->created_ms -= 5000;
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "DBA of INC-2 (incident.io)");
}

/* --- who asks, for what ------------------------------------------------------------- */

static void identity_comes_before_everything(void **state)
{
	(void)state;
	ana_leads("INC-204");
	fail_set(&w.facts.identity, FAIL_DENIED, "guests cannot ask for access");
	fail_hint(&w.facts.identity, "Ask a member to do it.");
	assert_int_equal(facts_decide(&w), VERDICT_IDENTITY);
	assert_string_equal(w.verdict.why, "Guests cannot ask for access.");
	assert_string_equal(w.verdict.fix, "Ask a member to do it.");
	assert_false(w.verdict.retryable);

	fail_set(&w.facts.identity, FAIL_TIMEOUT, "Slack did not say who you are in 5 s");
	assert_int_equal(facts_decide(&w), VERDICT_IDENTITY);
	assert_true(w.verdict.retryable);
	assert_string_equal(w.verdict.fix, "Ask again in a moment.");
}

static void an_unknown_resource_is_refused(void **state)
{
	(void)state;
	ana_leads("INC-204");
	w.facts.resource = "prod-dbx";
	assert_int_equal(facts_decide(&w), VERDICT_NO_RESOURCE);
	assert_null(w.verdict.policy);
	w.facts.resource = "";
	assert_int_equal(facts_decide(&w), VERDICT_NO_RESOURCE);
}

static void a_resource_without_a_policy_cannot_be_asked_for(void **state)
{
	(void)state;
	ana_leads("INC-204");
	w.facts.resource = "staging-db";
	assert_int_equal(facts_decide(&w), VERDICT_NO_RESOURCE);
	assert_string_equal(w.verdict.why, "No policy lets anybody ask for staging-db.");
}

static void a_policy_with_globs_and_labels_needs_both(void **state)
{
	struct str_pair label = { facts_text("env"), facts_text("prod") };

	(void)state;
	ana_leads("INC-204");
	w.policies[0].labels = (struct str_map){ &label, 1 };
	assert_int_equal(facts_decide(&w), VERDICT_NO_RESOURCE);
	w.resources[0].labels = (struct str_map){ &label, 1 };
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	w.policies[0].resources.n = 0;
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	w.policies[0].labels.n = 0;
	assert_int_equal(facts_decide(&w), VERDICT_NO_RESOURCE);
}

/* --- several policies --------------------------------------------------------------- */

static void a_deny_policy_wins_wherever_it_stands(void **state)
{
	(void)state;
	ana_leads("INC-204");
	second_policy("Comms");
	w.policies[1].name = facts_text("freeze");
	w.policies[1].deny = true;
	w.policies[1].any.n = 0;
	assert_int_equal(facts_decide(&w), VERDICT_REFUSED);
	assert_string_equal(w.verdict.why,
			    "freeze refuses prod-db to everybody at present.");
	assert_ptr_equal(w.verdict.policy, &w.policies[1]);
	w.policies[1].resources = facts_list("staging-*", NULL, NULL);
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
}

static void a_later_policy_can_still_grant(void **state)
{
	(void)state;
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_COMMS, "Comms");
	second_policy("Comms");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_ptr_equal(w.verdict.policy, &w.policies[1]);
	assert_string_equal(w.verdict.why, "Comms of INC-204 (incident.io)");
}

static void the_first_policy_explains_the_denial(void **state)
{
	(void)state;
	second_policy("Comms");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_ptr_equal(w.verdict.policy, &w.policies[0]);
	assert_string_equal(w.verdict.why,
			    "No live incident names you as Incident Lead or DBA.");
}

static void the_first_of_two_that_would_grant_decides(void **state)
{
	(void)state;
	ana_leads("INC-204");
	second_policy("Incident Lead");
	w.policies[1].duration_s = 60;
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_int_equal(w.verdict.for_s, 7200);
}

/* --- how long, and why -------------------------------------------------------------- */

static void durations_are_granted_whole_or_not_at_all(void **state)
{
	static const struct {
		int64_t asked, granted; /* 0: too long */
	} rows[] = { { 0, 7200 },  { 1, 1 },         { 7201, 7201 }, { 28800, 28800 },
		     { 28801, 0 }, { INT64_MAX, 0 }, { -5, 7200 } };

	(void)state;
	ana_leads("INC-204");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		w.facts.for_s = rows[i].asked;
		facts_decide(&w);
		assert_row(w.verdict.kind ==
				   (rows[i].granted ? VERDICT_GRANTED : VERDICT_TOO_LONG),
			   i, "kind");
		assert_row(w.verdict.for_s == (rows[i].granted ? rows[i].granted : 28800),
			   i, "for_s");
	}
}

static void too_long_names_the_maximum(void **state)
{
	(void)state;
	ana_leads("INC-204");
	w.facts.for_s = 4 * 86400;
	assert_int_equal(facts_decide(&w), VERDICT_TOO_LONG);
	assert_string_equal(
		w.verdict.why,
		"4 d is longer than the 8 h that db-responders allows at most.");
	assert_string_equal(w.verdict.fix, "Ask for 8 h or less.");
	assert_string_equal(facts_line(&w, "max_duration")->found, "4 d");
	assert_string_equal(facts_line(&w, "max_duration")->wanted, "8 h at most");
}

static void a_policy_that_allows_no_time_grants_none(void **state)
{
	(void)state;
	ana_leads("INC-204");
	w.policies[0].duration_s = 0;
	w.policies[0].max_duration_s = 0;
	assert_int_equal(facts_decide(&w), VERDICT_TOO_LONG);
}

static void a_reason_can_be_required(void **state)
{
	(void)state;
	ana_leads("INC-204");
	w.policies[0].reason_required = true;
	assert_int_equal(facts_decide(&w), VERDICT_NO_REASON);
	w.facts.reason = "replica lag";
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
}

/* --- named incidents ---------------------------------------------------------------- */

static void only_the_named_incident_is_looked_at(void **state)
{
	(void)state;
	ana_leads("INC-204");
	facts_io_incident(&w, "INC-7");
	w.facts.incident = "inc-7";
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(
		w.verdict.why,
		"INC-7 is live, but you hold no role of db-responders in it.");
	assert_string_equal(
		w.verdict.fix,
		"Take the role Incident Lead or DBA in INC-7, then ask again.");
	w.facts.again = "press Try again";
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(
		w.verdict.fix,
		"Take the role Incident Lead or DBA in INC-7, then press Try again.");
	w.facts.incident = "INC-204";
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	w.facts.incident = "INC-42";
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "INC-42 is not a live incident.");
	assert_string_equal(facts_line(&w, "incident")->found, "not live");
}

static void a_page_can_be_named_by_its_number(void **state)
{
	(void)state;
	ana_leads("INC-204");
	ana_acknowledged("#512");
	w.facts.incident = "#512";
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.provider, "pagerduty");
	w.facts.incident = "#51";
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(a_role_in_a_live_incident_grants),
		POLICY_TEST(an_acknowledged_page_grants),
		POLICY_TEST(the_severest_and_then_oldest_incident_is_the_record),
		POLICY_TEST(identity_comes_before_everything),
		POLICY_TEST(an_unknown_resource_is_refused),
		POLICY_TEST(a_resource_without_a_policy_cannot_be_asked_for),
		POLICY_TEST(a_policy_with_globs_and_labels_needs_both),
		POLICY_TEST(a_deny_policy_wins_wherever_it_stands),
		POLICY_TEST(a_later_policy_can_still_grant),
		POLICY_TEST(the_first_policy_explains_the_denial),
		POLICY_TEST(the_first_of_two_that_would_grant_decides),
		POLICY_TEST(durations_are_granted_whole_or_not_at_all),
		POLICY_TEST(too_long_names_the_maximum),
		POLICY_TEST(a_policy_that_allows_no_time_grants_none),
		POLICY_TEST(a_reason_can_be_required),
		POLICY_TEST(only_the_named_incident_is_looked_at),
		POLICY_TEST(a_page_can_be_named_by_its_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
