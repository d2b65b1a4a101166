/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy asks of PagerDuty, check by check: one acknowledgement of Ana's, changed
 * in one respect. */
#include "tests/lib/test.h"

#include "shared/text.h"
#include "tests/lib/policy_test.h"

#define MIN ((int64_t)60 * 1000)

static int set_up(void **state)
{
	policy_set_up(state);
	w.policies[0].any.items++; /* the page alone */
	w.policies[0].any.n = 1;
	return 0;
}

struct change {
	const char *label;
	/* the rule */
	const char *services[2];
	const char *urgency;
	int64_t max_ack_age_s, max_age_s;
	bool self_triggered;
	int64_t on_call_level;
	/* the page */
	const char *service, *page_urgency;
	int64_t acked_ago_ms, created_ago_ms;
	const char *creator;
	bool creator_unknown;
	struct on_call on_call;
	/* what comes of it; failed NULL: granted */
	const char *failed;
	const char *but;
};

/* clang-format off */
static const struct change changes[] = {
	{ .label = "nothing else asked for" },
	{ .label = "the service", .services = { "PSVC001" } },
	{ .label = "the second service", .services = { "PSVC000", "PSVC001" } },
	{ .label = "another service", .services = { "PSVC002" }, .failed = "service",
	  .but = "it is of payments-db, which db-responders does not count." },
	{ .label = "a service by its name", .services = { "payments-db" }, .failed = "service" },
	{ .label = "no service known", .services = { "PSVC001" }, .service = "", .failed = "service" },
	{ .label = "the urgency", .urgency = "high" },
	{ .label = "another urgency", .urgency = "high", .page_urgency = "low", .failed = "urgency",
	  .but = "its urgency is low and db-responders asks for high." },
	{ .label = "no urgency known", .urgency = "high", .page_urgency = "", .failed = "urgency" },
	{ .label = "acknowledged just in time", .max_ack_age_s = 600, .acked_ago_ms = 10 * MIN },
	{ .label = "acknowledged too long ago", .max_ack_age_s = 600, .acked_ago_ms = 10 * MIN + 1, .failed = "max_ack_age" },
	{ .label = "acknowledged hours ago", .max_ack_age_s = 4 * 3600, .acked_ago_ms = 5 * 60 * MIN, .failed = "max_ack_age",
	  .but = "that was 5 h ago and db-responders counts 4 h at most." },
	{ .label = "acknowledged 5 min ahead of our clock", .max_ack_age_s = 600, .acked_ago_ms = -5 * MIN },
	{ .label = "acknowledged in the future", .max_ack_age_s = 600, .acked_ago_ms = -6 * MIN, .failed = "max_ack_age" },
	{ .label = "acknowledged nobody knows when", .max_ack_age_s = 600, .acked_ago_ms = FACTS_NOW_MS, .failed = "max_ack_age",
	  .but = "it is not known when that was." },
	{ .label = "opened lately", .max_age_s = 3600, .created_ago_ms = 60 * MIN },
	{ .label = "an old one opened again", .max_age_s = 3600, .created_ago_ms = 61 * MIN, .failed = "max_age",
	  .but = "it was opened 1 h 1 min ago and db-responders counts 1 h at most." },
	{ .label = "triggered by herself", .creator = FACTS_ANA_PD, .failed = "self_triggered",
	  .but = "you triggered it yourself." },
	{ .label = "triggered by herself, allowed", .creator = FACTS_ANA_PD, .self_triggered = true },
	{ .label = "triggered by another", .creator = FACTS_BOB_PD },
	{ .label = "triggered by nobody knows whom", .creator_unknown = true, .failed = "self_triggered",
	  .but = "it is not known who triggered it." },
	{ .label = "nobody knows, but it is allowed", .creator_unknown = true, .self_triggered = true },
	{ .label = "on call at the first level", .on_call_level = 1, .on_call = { "PEP0001", 1 } },
	{ .label = "on call at the level asked for", .on_call_level = 2, .on_call = { "PEP0001", 2 } },
	{ .label = "on call at a level too high", .on_call_level = 2, .on_call = { "PEP0001", 3 }, .failed = "on_call_level",
	  .but = "you are on call for it at level 3 and db-responders counts up to level 2." },
	{ .label = "on call for another policy", .on_call_level = 2, .on_call = { "PEP0002", 1 }, .failed = "on_call_level",
	  .but = "you are not on call for it." },
	{ .label = "not on call", .on_call_level = 1, .failed = "on_call_level" },
	{ .label = "on call at level 0, which is none", .on_call_level = 1, .on_call = { "PEP0001", 0 }, .failed = "on_call_level" },
	{ .label = "on call at a level below all", .on_call_level = 1, .on_call = { "PEP0001", -1 }, .failed = "on_call_level" },
	{ .label = "on call at no policy, of an incident of none", .on_call_level = 1, .on_call = { "", 1 }, .failed = "on_call_level" },
};
/* clang-format on */

static void change_world(const struct change *c)
{
	struct pagerduty_rule *r = &w.any[0][1].pagerduty;
	struct incident *in = facts_pd_incident(&w, "#512");
	struct stand *ack = facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");

	r->services = facts_list(c->services[0], c->services[1], NULL);
	r->urgency = facts_text(c->urgency ? c->urgency : "");
	r->max_ack_age_s = c->max_ack_age_s;
	r->max_age_s = c->max_age_s;
	r->self_triggered = c->self_triggered;
	r->on_call_level = c->on_call_level;
	text_copy(in->service_id, VENDOR_ID_SIZE, c->service ? c->service : "PSVC001");
	text_copy(in->urgency, sizeof(in->urgency),
		  c->page_urgency ? c->page_urgency : "high");
	in->created_ms = FACTS_NOW_MS - c->created_ago_ms;
	text_copy(in->creator, VENDOR_ID_SIZE, c->creator);
	in->creator_known = !c->creator_unknown;
	ack->since_ms = FACTS_NOW_MS - c->acked_ago_ms;
	w.facts.pagerduty.on_call = &c->on_call;
	w.facts.pagerduty.n_on_call = 1;
}

static void each_check_holds_and_fails_as_it_should(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		const struct change *c = &changes[i];

		set_up(state);
		change_world(c);
		facts_decide(&w);
		assert_row((w.verdict.kind == VERDICT_GRANTED) == !c->failed, i,
			   c->label);
		if (c->failed) {
			const struct trace_line *last =
				&w.verdict.trace[w.verdict.n_trace - 1];

			assert_row(strcmp(last->check, c->failed) == 0 && !last->ok, i,
				   c->label);
		}
		if (c->but) {
			assert_has(w.verdict.why, "You acknowledged #512 payments-db "
						  "replica lag, but ");
			assert_has(w.verdict.why, c->but);
		}
		policy_tear_down(state);
	}
}

static void a_first_page_of_another_does_not_hide_hers(void **state)
{
	(void)state;
	facts_pd_incident(&w, "#511");
	facts_stand(w.pagerduty, FACTS_BOB_PD, "", "");
	facts_pd_incident(&w, "#512");
	facts_stand(w.pagerduty, FACTS_BOB_PD, "", "");
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.incident_ref, "#512");
}

static void the_page_of_another_does_not_count(void **state)
{
	(void)state;
	facts_pd_incident(&w, "#511");
	facts_stand(w.pagerduty, FACTS_BOB_PD, "", "");
	facts_stand(w.pagerduty, "", "", "");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "#511 payments-db replica lag is open, but you have not "
			    "acknowledged it.");
	assert_string_equal(w.verdict.fix,
			    "Acknowledge a page of payments-db, then ask again.");
}

static void with_no_page_the_fix_names_the_service_by_id(void **state)
{
	(void)state;
	w.any[0][1].pagerduty.urgency = facts_text("high");
	w.any[0][1].pagerduty.on_call_level = 1;
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "You have not acknowledged a high-urgency page of PSVC001.");
	assert_string_equal(w.verdict.fix,
			    "Acknowledge a high-urgency page of PSVC001 while you are on "
			    "call for it, then ask again.");
}

static void a_young_page_beside_an_old_one_grants(void **state)
{
	(void)state;
	w.any[0][1].pagerduty.max_ack_age_s = 3600;
	facts_pd_incident(&w, "#1");
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "")->since_ms -= 120 * MIN;
	facts_pd_incident(&w, "#2");
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.incident_ref, "#2");
}

static void a_rule_that_asks_for_nothing_grants_nothing(void **state)
{
	(void)state;
	w.any[0][1].pagerduty.acknowledged = false;
	facts_pd_incident(&w, "#512");
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_has(w.verdict.why, "asks nothing of PagerDuty");
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, policy_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_check_holds_and_fails_as_it_should),
		ROW(a_first_page_of_another_does_not_hide_hers),
		ROW(the_page_of_another_does_not_count),
		ROW(with_no_page_the_fix_names_the_service_by_id),
		ROW(a_young_page_beside_an_old_one_grants),
		ROW(a_rule_that_asks_for_nothing_grants_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
