/* SPDX-License-Identifier: Apache-2.0 */
/* Private incidents: they count where a policy lets them, and are named to nobody. */
#include "tests/lib/test.h"

#include "shared/buf.h"
#include "shared/text.h"
#include "tests/lib/policy_test.h"

static void a_private_incident_is_never_named(void **state)
{
	struct incident *in = facts_io_incident(&w, "INC-9");
	struct buf json;

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
	buf_init(&json, 1 << 16);
	assert_true(verdict_trace_add(&json, &w.verdict, &w.facts));
	assert_has_not(buf_str(&json), "salaries");
	assert_has_not(buf_str(&json), "\"INC-9\"");
	buf_finish(&json);
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

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(a_private_incident_is_never_named),
		POLICY_TEST(a_private_incident_without_opt_in_is_as_if_it_was_not_there),
		POLICY_TEST(a_private_incident_of_others_is_not_named_where_they_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
