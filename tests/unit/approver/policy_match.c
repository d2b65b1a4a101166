/* SPDX-License-Identifier: Apache-2.0 */
/* Which policies speak of a resource, and which providers are asked for it. */
#include "tests/lib/test.h"

#include "tests/lib/policy_test.h"

static void only_the_whole_name_finds_a_resource(void **state)
{
	static const char *const not [] = { "", "prod", "prod-dbx", "PROD-DB", "prod-*" };

	(void)state;
	assert_ptr_equal(policy_find_resource(&w.config, "prod-db"), &w.resources[0]);
	for (size_t i = 0; i < ARRAY_LEN(not ); i++) {
		assert_row(!policy_find_resource(&w.config, not [i]), i, not [i]);
	}
}

static void only_providers_that_a_policy_needs_are_asked(void **state)
{
	struct policy_needs n;

	(void)state;
	policy_needs(&w.config, "prod-db", &n);
	assert_true(n.incidentio && n.pagerduty);
	assert_false(n.on_call);
	w.any[0][1].pagerduty.on_call_level = 1;
	policy_needs(&w.config, "prod-db", &n);
	assert_true(n.on_call);
	w.any[0][1].pagerduty.on_call_level = 0;
	w.any[0][1].pagerduty.schedules = facts_list("PSCHED1", NULL, NULL);
	policy_needs(&w.config, "prod-db", &n);
	assert_true(n.on_call);
	w.policies[0].any.n = 1;
	policy_needs(&w.config, "prod-db", &n);
	assert_true(n.incidentio);
	assert_false(n.pagerduty || n.on_call);
}

static void nobody_is_asked_about_what_no_policy_allows(void **state)
{
	struct policy_needs n;

	(void)state;
	policy_needs(&w.config, "staging-db", &n);
	assert_false(n.incidentio || n.pagerduty || n.on_call);
	policy_needs(&w.config, "unknown", &n);
	assert_false(n.incidentio || n.pagerduty || n.on_call);
	w.policies[1].deny = true;
	w.policies[1].resources = facts_list("prod-db", NULL, NULL);
	w.config.policies.n = 2;
	policy_needs(&w.config, "prod-db", &n);
	assert_false(n.incidentio || n.pagerduty || n.on_call);
	policy_needs(&w.config, "prod-cache", &n);
	assert_true(n.incidentio);
}

static void what_no_policy_wants_is_not_read(void **state)
{
	struct policy_wants want;

	(void)state;
	policy_wants(&w.config, &want);
	assert_false(want.participants || want.schedules);
	assert_int_equal(want.window_before_s + want.window_after_s, 0);
	w.any[0][0].incidentio.participants = true;
	w.any[0][1].pagerduty.schedules = facts_list("PSCHED1", NULL, NULL);
	w.any[0][1].pagerduty.window_before_s = 60;
	w.policies[1].any.n = 2;
	w.any[1][1].pagerduty.window_before_s = 30;
	w.any[1][1].pagerduty.window_after_s = 300;
	w.config.policies.n = 2;
	policy_wants(&w.config, &want);
	assert_true(want.participants && want.schedules);
	assert_int_equal(want.window_before_s, 60);
	assert_int_equal(want.window_after_s, 300);
}

static void labels_match_by_key_and_value(void **state)
{
	struct str_pair prod = { facts_text("env"), facts_text("prod") };
	struct str_pair test = { facts_text("env"), facts_text("test") };
	struct str_pair other = { facts_text("kind"), facts_text("prod") };
	struct policy *p = &w.policies[0];

	(void)state;
	p->resources.n = 0;
	p->labels = (struct str_map){ &prod, 1 };
	assert_false(policy_matches(p, &w.resources[0]));
	w.resources[0].labels = (struct str_map){ &test, 1 };
	assert_false(policy_matches(p, &w.resources[0]));
	w.resources[0].labels = (struct str_map){ &other, 1 };
	assert_false(policy_matches(p, &w.resources[0]));
	w.resources[0].labels = (struct str_map){ &prod, 1 };
	assert_true(policy_matches(p, &w.resources[0]));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(only_the_whole_name_finds_a_resource),
		POLICY_TEST(only_providers_that_a_policy_needs_are_asked),
		POLICY_TEST(nobody_is_asked_about_what_no_policy_allows),
		POLICY_TEST(what_no_policy_wants_is_not_read),
		POLICY_TEST(labels_match_by_key_and_value),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
