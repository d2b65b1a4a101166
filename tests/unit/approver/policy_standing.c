/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what a grant rests on is still there, and what follows from it: tables of what
 * can become of an incident and of somebody's part in it. */
#include "tests/lib/test.h"

#include "approver/lost.h"
#include "shared/text.h"
#include "tests/lib/facts.h"

#define MIN ((int64_t)60 * 1000)

static struct facts_world w;

static struct grant_row grant_of(const char *provider, const char *user,
				 const char *incident, const char *ref)
{
	struct grant_row g = { .state = GRANT_ACTIVE,
			       .starts_ms = FACTS_NOW_MS,
			       .expires_ms = FACTS_NOW_MS + 120 * MIN };

	text_copy(g.provider, sizeof(g.provider), provider);
	text_copy(g.provider_user, sizeof(g.provider_user), user);
	text_copy(g.incident_id, sizeof(g.incident_id), incident);
	text_copy(g.incident_ref, sizeof(g.incident_ref), ref);
	return g;
}

/* --- the part in it -------------------------------------------------------------------- */

static const struct {
	const char *label;
	const char *user, *role_id, *role_name; /* who holds what; NULL: nobody */
	enum standing now;
} parts[] = {
	{ "the role that it was given for", FACTS_ANA_IO, FACTS_LEAD, "Incident Lead",
	  STANDING_HOLDS },
	{ "another one that the policy takes", FACTS_ANA_IO, FACTS_DBA, "DBA",
	  STANDING_HOLDS },
	{ "one that it does not take", FACTS_ANA_IO, FACTS_COMMS, "Comms",
	  STANDING_LOST },
	{ "only the reporter's, which it does not name", FACTS_ANA_IO, FACTS_REPORTER,
	  "Reporter", STANDING_LOST },
	{ "handed over to somebody else", FACTS_BOB_IO, FACTS_LEAD, "Incident Lead",
	  STANDING_LOST },
	{ "nobody has one", NULL, NULL, NULL, STANDING_LOST },
};

static void the_part_is_looked_at_as_the_policy_has_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct incident *in;
		struct grant_row g;
		enum verdict_kind ignored;

		facts_world_init(&w);
		in = facts_io_incident(&w, "INC-204");
		in->created_ms = 1; /* ages counted when it was given */
		g = grant_of("incidentio", FACTS_ANA_IO, in->id, "INC-204");
		if (parts[i].user) {
			facts_stand(w.incidentio, parts[i].user, parts[i].role_id,
				    parts[i].role_name);
		}
		ignored = facts_decide(&w); /* seals the snapshot */
		(void)ignored;
		assert_row(policy_standing(&w.policies[0], &g, w.incidentio) ==
				   parts[i].now,
			   i, parts[i].label);
		text_copy(g.incident_id, sizeof(g.incident_id), "01JGONE");
		assert_row(policy_standing(&w.policies[0], &g, w.incidentio) ==
				   STANDING_GONE,
			   i, parts[i].label);
		facts_world_finish(&w);
	}
}

/* --- the shift ---------------------------------------------------------------------------- */

/* Seconds from now; to 0: it never ends, until 0: never again. */
static const struct {
	const char *label;
	const char *id;
	int from, to;
	enum standing now;
	int until;
} shifts[] = {
	{ "on call", "PSCHED1", -600, 600, STANDING_HOLDS, 610 },
	{ "for ever", "PSCHED1", -600, 0, STANDING_HOLDS, 0 },
	{ "on another schedule", "PSCHED9", -600, 600, STANDING_LOST, 0 },
	{ "it ends now: the next may begin now", "PSCHED1", -600, -1, STANDING_HOLDS, 9 },
	{ "it ended", "PSCHED1", -600, -10, STANDING_LOST, 0 },
	{ "it is to begin", "PSCHED1", 60, 600, STANDING_LOST, 0 },
};

static void a_shift_holds_as_long_as_it_lasts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shifts); i++) {
		struct on_schedule shift = { 0 };
		struct on_schedule *s = &shift;
		struct pagerduty_rule *rule;
		int64_t until_ms;
		int64_t at_ms = FACTS_NOW_MS + shifts[i].until * (int64_t)1000;

		facts_world_init(&w);
		rule = &w.any[0][1].pagerduty; /* beside roles at incident.io */
		rule->acknowledged = false;
		rule->schedules = facts_list("PSCHED1", NULL, NULL);
		w.facts.pagerduty.on_schedules = &shift;
		w.facts.pagerduty.n_on_schedules = 1;
		text_copy(s->id, sizeof(s->id), shifts[i].id);
		s->start_ms = FACTS_NOW_MS + shifts[i].from * (int64_t)1000;
		s->end_ms = shifts[i].to == 0
				    ? 0
				    : FACTS_NOW_MS + shifts[i].to * (int64_t)1000;
		assert_row(policy_standing_on_call(&w.policies[0], &w.facts, &until_ms) ==
				   shifts[i].now,
			   i, shifts[i].label);
		if (shifts[i].now == STANDING_HOLDS) {
			assert_row(until_ms == (shifts[i].until ? at_ms : INT64_MAX), i,
				   shifts[i].label);
		}
		facts_world_finish(&w);
	}
}

/* Role or shift: which of them a grant could rest on instead. */
static void it_may_rest_on_something_else_of_its_policy(void **state)
{
	struct grant_row by_role, by_shift;
	struct policy *p;

	(void)state;
	facts_world_init(&w);
	p = &w.policies[0];
	by_role = grant_of("incidentio", FACTS_ANA_IO, "01JINC", "INC-204");
	by_shift = grant_of("pagerduty", FACTS_ANA_PD, "", "");
	assert_false(policy_has_rest(p, &by_role)); /* a page is no other incident's */
	assert_true(policy_has_rest(p, &by_shift));
	w.any[0][1].pagerduty.acknowledged = false;
	w.any[0][1].pagerduty.schedules = facts_list("PSCHED1", NULL, NULL);
	assert_true(policy_has_rest(p, &by_role));

	facts_io_incident(&w, "INC-205");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	facts_decide(&w);
	assert_int_equal(policy_rest(p, &by_shift, &w.facts, &w.verdict), STANDING_HOLDS);
	assert_string_equal(w.verdict.provider, "incidentio");
	assert_string_equal(w.verdict.incident_ref, "INC-205");
	/* Bound to one incident, another is not as good. */
	assert_int_equal(policy_rest(p, &by_role, &w.facts, &w.verdict), STANDING_LOST);
	fail_set(&w.facts.pagerduty.fail, FAIL_TIMEOUT, "no answer");
	assert_int_equal(policy_rest(p, &by_role, &w.facts, &w.verdict), STANDING_GONE);
	w.facts.pagerduty.configured = false;
	assert_int_equal(policy_rest(p, &by_role, &w.facts, &w.verdict), STANDING_LOST);
	fail_set(&w.facts.identity, FAIL_TIMEOUT, "no answer");
	assert_int_equal(policy_rest(p, &by_shift, &w.facts, &w.verdict), STANDING_GONE);
	fail_set(&w.facts.identity, FAIL_DENIED, "deactivated");
	assert_int_equal(policy_rest(p, &by_shift, &w.facts, &w.verdict), STANDING_LOST);
	facts_world_finish(&w);
}

/* --- what follows ----------------------------------------------------------------------- */

static const struct fate resolved = { .known = true, .word = "was resolved" };
static const struct fate unknown = { .known = false };
static const struct fate live = { .known = true, .live = true, .word = "is over" };

/* grace is 15 min; lost and now are minutes from the start, lost 0: it is not. */
static const struct {
	const char *label;
	enum standing now;
	const struct fate *fate;
	int lost, at;
	enum lost_step step;
} steps[] = {
	{ "all is well", STANDING_HOLDS, NULL, 0, 10, LOST_NOTHING },
	{ "the incident is over", STANDING_GONE, &resolved, 0, 10, LOST_WARN },
	{ "within the grace", STANDING_GONE, &resolved, 10, 24, LOST_NOTHING },
	{ "at its end", STANDING_GONE, &resolved, 10, 25, LOST_END },
	{ "long after it", STANDING_GONE, &resolved, 10, 90, LOST_END },
	{ "reopened within it", STANDING_HOLDS, NULL, 10, 24, LOST_BACK },
	{ "reopened before anybody looked after it", STANDING_HOLDS, NULL, 10, 40,
	  LOST_BACK },
	{ "nobody can say what became of it", STANDING_GONE, &unknown, 0, 10,
	  LOST_NOTHING },
	{ "nor after the grace", STANDING_GONE, &unknown, 10, 40, LOST_NOTHING },
	{ "it is live, and only not in the list", STANDING_GONE, &live, 10, 40,
	  LOST_NOTHING },
	{ "the role is gone", STANDING_LOST, NULL, 0, 10, LOST_WARN },
	{ "and stays away", STANDING_LOST, NULL, 10, 25, LOST_END },
	{ "and is taken again", STANDING_HOLDS, NULL, 10, 20, LOST_BACK },
	{ "its time is up before the grace", STANDING_LOST, NULL, 0, 110, LOST_NOTHING },
	{ "the clock was set back", STANDING_LOST, NULL, 10, 5, LOST_NOTHING },
};

static void what_follows_is_a_matter_of_the_grace(void **state)
{
	struct policy p = { .end_with_incident = true, .grace_s = 900 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		struct grant_row g =
			grant_of("incidentio", FACTS_ANA_IO, "01JINC", "INC-204");
		int64_t now_ms = FACTS_NOW_MS + steps[i].at * MIN;

		g.lost_ms = steps[i].lost > 0 ? FACTS_NOW_MS + steps[i].lost * MIN : 0;
		assert_row(lost_decide(&p, &g, steps[i].now, steps[i].fate, now_ms) ==
				   steps[i].step,
			   i, steps[i].label);
		g.kept = true;
		assert_row(lost_decide(&p, &g, steps[i].now, steps[i].fate, now_ms) ==
				   LOST_NOTHING,
			   i, steps[i].label);
	}
	p.grace_s = 0;
	struct grant_row g = grant_of("incidentio", FACTS_ANA_IO, "01JINC", "INC-204");

	assert_int_equal(lost_decide(&p, &g, STANDING_GONE, &resolved, FACTS_NOW_MS),
			 LOST_END);
	p.end_with_incident = false;
	assert_int_equal(lost_decide(&p, &g, STANDING_GONE, &resolved, FACTS_NOW_MS),
			 LOST_NOTHING);
}

/* --- in words ----------------------------------------------------------------------------- */

static void no_private_incident_is_named(void **state)
{
	struct grant_row g = grant_of("incidentio", FACTS_ANA_IO, "01JINC", "INC-204");
	struct incident in = { .is_private = true };
	struct snapshot s = { .incidents = &in, .n_incidents = 1 };
	struct fate hidden = { .known = true, .is_private = true, .word = "was merged" };
	char why[CAUSE_SIZE];

	(void)state;
	text_copy(in.id, sizeof(in.id), "01JINC");
	lost_words(&g, STANDING_GONE, NULL, &resolved, true, why);
	assert_string_equal(why, "INC-204 was resolved");
	lost_words(&g, STANDING_GONE, NULL, &hidden, true, why);
	assert_string_equal(why, "Its incident was merged");
	lost_words(&g, STANDING_LOST, &s, NULL, true, why);
	assert_string_equal(why, "Your part in its incident is over");
	in.is_private = false;
	lost_words(&g, STANDING_LOST, &s, NULL, false, why);
	assert_string_equal(why, "Their part in INC-204 is over");
	g.incident_ref[0] = '\0'; /* it was private when it was given */
	lost_words(&g, STANDING_LOST, &s, NULL, false, why);
	assert_string_equal(why, "Their part in its incident is over");
	g.incident_id[0] = '\0';
	lost_words(&g, STANDING_LOST, NULL, NULL, true, why);
	assert_string_equal(why, "Your shift is over");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_part_is_looked_at_as_the_policy_has_it),
		cmocka_unit_test(a_shift_holds_as_long_as_it_lasts),
		cmocka_unit_test(it_may_rest_on_something_else_of_its_policy),
		cmocka_unit_test(what_follows_is_a_matter_of_the_grace),
		cmocka_unit_test(no_private_incident_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
