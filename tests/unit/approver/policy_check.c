/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about a config before anybody asks: each row breaks a good one. */
#include "tests/lib/test.h"

#include "shared/duration.h"
#include "tests/lib/facts.h"

static struct facts_world w;

static void second(const char *name)
{
	w.policies[1].name = facts_text(name);
	w.policies[1].where.line = 40;
	w.policies[1].resources = facts_list("*", NULL, NULL);
	w.policies[1].any = w.policies[0].any;
	w.config.policies.n = 2;
}

static void bad_resource_name(void)
{
	w.resources[1].name = facts_text("Prod DB");
}

static void two_resources(void)
{
	w.resources[1].name = w.resources[0].name;
}

static void two_policies(void)
{
	second("db-responders");
}

static void no_policy_name(void)
{
	second("");
}

static void matches_nothing(void)
{
	w.policies[0].resources = facts_list("test-*", NULL, NULL);
}

static void says_nothing(void)
{
	w.policies[0].resources.n = 0;
}

static void asks_for_nothing(void)
{
	w.policies[0].any.n = 0;
}

static void deny_with_conditions(void)
{
	w.policies[0].deny = true;
}

static void empty_condition(void)
{
	w.any[0][1].pagerduty.where.present = false;
}

static void two_rules(void)
{
	w.any[0][0].pagerduty = w.any[0][1].pagerduty;
}

static void no_incidentio(void)
{
	w.config.incidentio.where.present = false;
}

static void no_pagerduty(void)
{
	w.config.pagerduty.where.present = false;
}

static void no_roles(void)
{
	w.any[0][0].incidentio.roles.n = 0;
}

static void roles_and_participants(void)
{
	w.any[0][0].incidentio.participants = true;
}

static void empty_schedule(void)
{
	w.any[0][1].pagerduty.schedules = facts_list("PSCHED1", "", NULL);
}

static void many_schedules(void)
{
	static char *ids[ON_SCHEDULES_MAX + 1];

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		ids[i] = facts_text("PSCHED1");
	}
	w.any[0][1].pagerduty.schedules = (struct str_list){ ids, ARRAY_LEN(ids) };
}

static void schedules_of_a_service(void)
{
	w.any[0][1].pagerduty.acknowledged = false;
	w.any[0][1].pagerduty.schedules = facts_list("PSCHED1", NULL, NULL);
}

static void schedules_of_a_level(void)
{
	schedules_of_a_service();
	w.any[0][1].pagerduty.services.n = 0;
	w.any[0][1].pagerduty.on_call_level = 1;
}

static void empty_role(void)
{
	w.any[0][0].incidentio.roles = facts_list("DBA", "", NULL);
}

static void empty_type(void)
{
	w.any[0][0].incidentio.types = facts_list("", NULL, NULL);
}

static void no_ack(void)
{
	w.any[0][1].pagerduty.acknowledged = false;
}

static void empty_service(void)
{
	w.any[0][1].pagerduty.services = facts_list("", NULL, NULL);
}

static void bad_urgency(void)
{
	w.any[0][1].pagerduty.urgency = facts_text("HIGH");
}

static void negative_level(void)
{
	w.any[0][1].pagerduty.on_call_level = -1;
}

static void over_maximum(void)
{
	w.policies[0].duration_s = 28801;
}

static void no_duration(void)
{
	w.policies[0].duration_s = 0;
}

static void endless(void)
{
	w.policies[0].max_duration_s = DURATION_MAX_S + 1;
}

static void endless_name(void)
{
	static char name[NAME_SIZE + 1];

	memset(name, 'x', NAME_SIZE);
	w.policies[0].name = name;
}

/* clang-format off */
static const struct {
	const char *label;
	void (*break_it)(void);
	const char *msg;
} rows[] = {
	{ "resource name", bad_resource_name, "a resource cannot be called 'Prod DB'" },
	{ "resource twice", two_resources, "a second resource 'prod-db'" },
	{ "policy twice", two_policies, "line 40: policy 'db-responders': a second one of that name" },
	{ "policy without a name", no_policy_name, "it has no name" },
	{ "matches no resource", matches_nothing, "it matches no resource" },
	{ "no globs and no labels", says_nothing, "it matches no resource" },
	{ "no condition", asks_for_nothing, "it asks for nothing" },
	{ "deny with conditions", deny_with_conditions, "one that denies has no conditions" },
	{ "condition without a rule", empty_condition, "exactly one rule" },
	{ "condition with two", two_rules, "exactly one rule" },
	{ "incident.io not configured", no_incidentio, "'incidentio' is used but not configured" },
	{ "PagerDuty not configured", no_pagerduty, "'pagerduty' is used but not configured" },
	{ "no roles", no_roles, "'incidentio' names no role" },
	{ "empty role", empty_role, "'incidentio' names no role, or an empty one" },
	{ "roles and participants", roles_and_participants, "'roles' and 'participants' in one condition" },
	{ "empty schedule", empty_schedule, "'schedules' names an empty one" },
	{ "too many schedules", many_schedules, "names more than 32 schedules" },
	{ "on call for a service", schedules_of_a_service, "says which incidents count, but asks for none" },
	{ "on call at a level", schedules_of_a_level, "says which incidents count, but asks for none" },
	{ "empty type", empty_type, "'types' names an empty one" },
	{ "not acknowledged", no_ack, "'pagerduty' asks for nothing" },
	{ "empty service", empty_service, "'services' names an empty one" },
	{ "urgency", bad_urgency, "'urgency' is neither" },
	{ "level", negative_level, "is negative" },
	{ "duration over the maximum", over_maximum, "its duration 8 h 1 s is over its maximum 8 h" },
	{ "no duration", no_duration, "must be 1 s to 366 d" },
	{ "endless", endless, "must be 1 s to 366 d" },
	{ "a name that nobody can read", endless_name, "its name is longer than 127 bytes" },
};
/* clang-format on */

static void a_good_config_is_good(void **state)
{
	struct fail f = { 0 };

	(void)state;
	facts_world_init(&w);
	second("everything");
	assert_true(policy_check(&w.config, &f));
	w.policies[1].deny = true;
	w.policies[1].any.n = 0;
	assert_true(policy_check(&w.config, &f));
	facts_world_finish(&w);
}

static void what_gives_standing_may_stand_alone_or_together(void **state)
{
	struct fail f = { 0 };

	(void)state;
	facts_world_init(&w);
	w.any[0][0].incidentio.roles.n = 0;
	w.any[0][0].incidentio.participants = true;
	w.any[0][1].pagerduty.schedules = facts_list("PSCHED1", NULL, NULL);
	assert_true(policy_check(&w.config, &f));
	w.any[0][1].pagerduty.acknowledged = false;
	w.any[0][1].pagerduty.services.n = 0;
	assert_true(policy_check(&w.config, &f));
	w.any[0][0].incidentio.participants = false;
	w.any[0][0].incidentio.any_role = true;
	assert_true(policy_check(&w.config, &f));
	facts_world_finish(&w);
}

static void each_mistake_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = { 0 };

		facts_world_init(&w);
		rows[i].break_it();
		assert_row(!policy_check(&w.config, &f), i, rows[i].label);
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_has(f.msg, rows[i].msg);
		facts_world_finish(&w);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_config_is_good),
		cmocka_unit_test(what_gives_standing_may_stand_alone_or_together),
		cmocka_unit_test(each_mistake_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
