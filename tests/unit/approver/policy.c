/* SPDX-License-Identifier: Apache-2.0 */
/* The decision as a whole: who refuses, which policy grants, and how a denial reads. The
 * checks of the two providers have tests of their own beside this one. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/buf.h"
#include "shared/text.h"
#include "tests/lib/facts.h"

static struct facts_world w;

static int set_up(void **state)
{
	(void)state;
	facts_world_init(&w);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	facts_world_finish(&w);
	return 0;
}

static void ana_leads(const char *reference)
{
	facts_io_incident(&w, reference);
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
}

static void ana_acknowledged(const char *reference)
{
	facts_pd_incident(&w, reference);
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
}

static void fail_provider(struct provider_facts *of, enum fail_kind kind, const char *msg)
{
	fail_set(&of->fail, kind, "%s", msg);
}

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

/* To be free()d. */
static char *trace_json(void)
{
	struct buf out;

	buf_init(&out, 1 << 16);
	assert_true(verdict_trace_add(&out, &w.verdict, &w.facts));
	return buf_take(&out);
}

static void a_private_incident_is_never_named(void **state)
{
	struct incident *in = facts_io_incident(&w, "INC-9");
	char *json;

	(void)state;
	in->is_private = true;
	text_copy(in->title, sizeof(in->title), "a leak of salaries");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	w.any[0][0].incidentio.private_incidents = true;
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why,
			    "Incident Lead of a private incident (incident.io)");
	assert_string_equal(w.verdict.incident_ref, "");
	assert_string_equal(w.verdict.incident_id, "01JIINC-9");
	json = trace_json();
	assert_has_not(json, "salaries");
	assert_has_not(json, "\"INC-9\"");
	free(json);
}

static void a_private_incident_without_opt_in_is_as_if_it_was_not_there(void **state)
{
	(void)state;
	facts_io_incident(&w, "INC-9")->is_private = true;
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "No live incident names you as Incident Lead or DBA.");
	assert_has_not(w.verdict.fix, "INC-9");
	assert_false(facts_line(&w, "private")->ok);

	w.facts.incident = "INC-9";
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "INC-9 is not a live incident.");
}

static void a_private_incident_of_others_is_not_named_where_they_count(void **state)
{
	(void)state;
	facts_io_incident(&w, "INC-9")->is_private = true;
	facts_stand(w.incidentio, FACTS_BOB_IO, FACTS_LEAD, "Incident Lead");
	w.any[0][0].incidentio.private_incidents = true;
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_has_not(w.verdict.why, "INC-9");
	assert_has_not(w.verdict.fix, "INC-9");
	w.facts.incident = "INC-9";
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "INC-9 is not a live incident.");
	assert_has_not(w.verdict.fix, "INC-9");
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

static void second_policy(const char *role)
{
	w.policies[1].name = facts_text("second");
	w.policies[1].resources = facts_list("*", NULL, NULL);
	w.policies[1].any.n = 1;
	w.any[1][0].incidentio.where.present = true;
	w.any[1][0].incidentio.roles = facts_list(role, NULL, NULL);
	w.config.policies.n = 2;
}

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

/* --- providers that do not answer --------------------------------------------------- */

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

/* --- how a denial reads ------------------------------------------------------------- */

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

/* --- the trace ---------------------------------------------------------------------- */

static void the_trace_has_a_cap_and_says_that_it_was_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < 300; i++) {
		char reference[16];

		snprintf(reference, sizeof(reference), "INC-%zu", i);
		facts_io_incident(&w, reference);
		facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_COMMS, "Comms");
	}
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_int_equal(w.verdict.n_trace, TRACE_MAX);
	assert_true(w.verdict.trace_cut);
}

static void the_trace_is_json(void **state)
{
	char *json;

	(void)state;
	ana_leads("INC-204");
	facts_decide(&w);
	json = trace_json();
	assert_non_null(json);
	assert_has(json, "\"verdict\":\"granted\"");
	assert_has(json, "\"check\":\"role\"");
	assert_has(json, "\"found\":\"Incident Lead\"");
	assert_has(json, "\"wanted\":\"Incident Lead or DBA\"");
	free(json);
}

/* --- what must hold for any facts --------------------------------------------------- */

static uint32_t dice(uint32_t n)
{
	static uint64_t x = 88172645463325252u; /* xorshift: the same run every time */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

static const char *one_of(const char *const *items, uint32_t n)
{
	return items[dice(n)];
}

static void random_world(void)
{
	static const char *const users[] = { "", FACTS_ANA_IO, FACTS_BOB_IO, "X" };
	static const char *const roles[] = { "", FACTS_LEAD, FACTS_DBA, FACTS_REPORTER };

	for (uint32_t i = dice(6); i > 0; i--) {
		struct incident *in = facts_io_incident(&w, "INC-1");

		in->is_private = dice(4) == 0;
		in->creator_known = dice(3) > 0;
		text_copy(in->creator, sizeof(in->creator), one_of(users, 4));
		for (uint32_t k = dice(4); k > 0; k--) {
			facts_stand(w.incidentio, one_of(users, 4), one_of(roles, 4),
				    "Incident Lead");
		}
	}
	text_copy(w.facts.incidentio.user, VENDOR_ID_SIZE, one_of(users, 4));
	w.any[0][0].incidentio.not_self_declared = dice(2) == 0;
	w.any[0][0].incidentio.private_incidents = dice(2) == 0;
	if (dice(5) == 0) {
		fail_set(&w.facts.incidentio.fail, FAIL_TIMEOUT, "slow");
	}
}

/* Looked up anew, without any of the code under test. */
static bool holds_a_role(void)
{
	const struct snapshot *s = w.incidentio;

	for (size_t i = 0; i < s->n_stands; i++) {
		const struct stand *st = &s->stands[i];
		const struct incident *in = &s->incidents[st->incident];

		if (st->user[0] && strcmp(st->user, w.facts.incidentio.user) == 0 &&
		    (strcmp(st->role_id, FACTS_LEAD) == 0 ||
		     strcmp(st->role_id, FACTS_DBA) == 0) &&
		    (!in->is_private || w.any[0][0].incidentio.private_incidents) &&
		    (!w.any[0][0].incidentio.not_self_declared ||
		     (in->creator_known && strcmp(in->creator, st->user) != 0))) {
			return true;
		}
	}
	return false;
}

static void no_grant_without_a_stand_of_the_same_user(void **state)
{
	size_t granted = 0;

	(void)state;
	for (size_t i = 0; i < 4000; i++) {
		bool could;

		facts_world_finish(&w);
		facts_world_init(&w);
		random_world();
		w.policies[0].any.n = 1;
		facts_decide(&w);
		could = w.facts.incidentio.fail.kind == FAIL_NONE && holds_a_role();
		assert_row((w.verdict.kind == VERDICT_GRANTED) == could, i,
			   w.verdict.why);
		granted += could;
		assert_true(w.verdict.why[0] != '\0');
		assert_true(could || w.verdict.fix[0] != '\0');
	}
	assert_true(granted > 400 && granted < 3600); /* the dice show all sides */
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(a_role_in_a_live_incident_grants),
		ROW(an_acknowledged_page_grants),
		ROW(the_severest_and_then_oldest_incident_is_the_record),
		ROW(a_private_incident_is_never_named),
		ROW(a_private_incident_without_opt_in_is_as_if_it_was_not_there),
		ROW(a_private_incident_of_others_is_not_named_where_they_count),
		ROW(identity_comes_before_everything),
		ROW(an_unknown_resource_is_refused),
		ROW(a_resource_without_a_policy_cannot_be_asked_for),
		ROW(a_policy_with_globs_and_labels_needs_both),
		ROW(a_deny_policy_wins_wherever_it_stands),
		ROW(a_later_policy_can_still_grant),
		ROW(the_first_policy_explains_the_denial),
		ROW(the_first_of_two_that_would_grant_decides),
		ROW(durations_are_granted_whole_or_not_at_all),
		ROW(too_long_names_the_maximum),
		ROW(a_policy_that_allows_no_time_grants_none),
		ROW(a_reason_can_be_required),
		ROW(only_the_named_incident_is_looked_at),
		ROW(a_page_can_be_named_by_its_number),
		ROW(a_provider_that_is_down_never_grants),
		ROW(the_other_provider_still_grants),
		ROW(two_that_are_down_are_both_named),
		ROW(a_named_incident_that_another_has_needs_no_answer_of_the_first),
		ROW(a_later_policy_that_could_not_be_asked_is_said),
		ROW(a_provider_that_is_not_configured_gives_nothing),
		ROW(a_denial_says_what_is_live_and_what_would_help),
		ROW(several_live_incidents_are_not_listed),
		ROW(nobody_at_a_provider_is_said_with_the_reason),
		ROW(texts_are_cut_at_code_points),
		ROW(the_trace_has_a_cap_and_says_that_it_was_cut),
		ROW(the_trace_is_json),
		ROW(no_grant_without_a_stand_of_the_same_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
