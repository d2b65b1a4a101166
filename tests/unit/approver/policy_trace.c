/* SPDX-License-Identifier: Apache-2.0 */
/* The trace of a decision: it has a cap, and it is JSON. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "shared/buf.h"
#include "tests/lib/policy_test.h"

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
	struct buf json;

	(void)state;
	ana_leads("INC-204");
	facts_decide(&w);
	buf_init(&json, 1 << 16);
	assert_true(verdict_trace_add(&json, &w.verdict, &w.facts));
	assert_has(buf_str(&json), "\"verdict\":\"granted\"");
	assert_has(buf_str(&json), "\"check\":\"role\"");
	assert_has(buf_str(&json), "\"found\":\"Incident Lead\"");
	assert_has(buf_str(&json), "\"wanted\":\"Incident Lead or DBA\"");
	buf_finish(&json);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(the_trace_has_a_cap_and_says_that_it_was_cut),
		POLICY_TEST(the_trace_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
