/* SPDX-License-Identifier: Apache-2.0 */
/* What only the original Indent integration asked for: an update posted to an incident,
 * any role at all, roles by their short form. */
#include "tests/lib/test.h"

#include "shared/text.h"
#include "tests/lib/policy_test.h"

static struct incidentio_rule *rule;

static int set_up(void **state)
{
	policy_set_up(state);
	w.policies[0].any.n = 1; /* incident.io alone */
	rule = &w.any[0][0].incidentio;
	rule->roles.n = 0;
	w.incidentio->participants_known = true;
	return 0;
}

static void posted(const char *user)
{
	facts_stand(w.incidentio, user, "", "")->participant = true;
}

/* --- participants ------------------------------------------------------------------- */

static void who_posted_an_update_is_a_participant(void **state)
{
	(void)state;
	rule->participants = true;
	facts_io_incident(&w, "INC-204");
	posted(FACTS_BOB_IO);
	posted(FACTS_ANA_IO);
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "posted an update to INC-204 (incident.io)");
	assert_string_equal(w.verdict.incident_ref, "INC-204");
	assert_true(facts_line(&w, "participant")->ok);
}

static void who_posted_none_is_not(void **state)
{
	(void)state;
	rule->participants = true;
	facts_io_incident(&w, "INC-204");
	posted(FACTS_BOB_IO);
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "INC-204 is live, but you have posted no update to it.");
	assert_string_equal(w.verdict.fix, "Post an update to INC-204, then ask again.");
}

static void a_participant_holds_no_role_by_that(void **state)
{
	(void)state;
	rule->roles = facts_list("Incident Lead", NULL, NULL);
	facts_io_incident(&w, "INC-204");
	posted(FACTS_ANA_IO);
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_has(w.verdict.why, "but you hold no role of db-responders in it.");
}

static void nor_is_it_any_role(void **state)
{
	(void)state;
	rule->any_role = true;
	facts_io_incident(&w, "INC-204");
	posted(FACTS_ANA_IO);
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
}

static void the_incident_has_to_count_as_well(void **state)
{
	struct incident *in;

	(void)state;
	rule->participants = true;
	rule->max_age_s = 3600;
	in = facts_io_incident(&w, "INC-204");
	in->created_ms = FACTS_NOW_MS - (int64_t)2 * 3600 * 1000;
	posted(FACTS_ANA_IO);
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_has(w.verdict.why, "You posted an update to INC-204, but it was declared");
}

static void without_any_incident_the_fix_says_which(void **state)
{
	(void)state;
	rule->participants = true;
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "You have posted no update to a live incident.");
	assert_string_equal(w.verdict.fix,
			    "Post an update to a public live incident, then ask again.");
}

static void what_is_not_known_grants_nothing(void **state)
{
	(void)state;
	rule->participants = true;
	w.incidentio->participants_known = false;
	fail_set(&w.incidentio->no_participants, FAIL_UPSTREAM,
		 "incident.io: more than 50 incidents are live");
	facts_io_incident(&w, "INC-204");
	posted(FACTS_ANA_IO);
	assert_int_equal(facts_decide(&w), VERDICT_COULD_NOT_ASK);
	assert_string_equal(w.verdict.why, "incident.io: more than 50 incidents are "
					   "live, so nothing was granted.");
	assert_true(w.verdict.retryable);
	assert_has(facts_line(&w, "answer")->found, "more than 50");
}

/* Roles are known all the same. */
static void a_role_grants_when_updates_are_not_known(void **state)
{
	(void)state;
	w.policies[0].any.n = 2;
	w.any[0][1] = w.any[0][0];
	w.any[0][0].incidentio.participants = true;
	w.any[0][1].incidentio.roles = facts_list("DBA", NULL, NULL);
	w.incidentio->participants_known = false;
	fail_set(&w.incidentio->no_participants, FAIL_TIMEOUT, "too slow");
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_DBA, "DBA");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_has(w.verdict.why, "DBA of INC-204");
}

/* --- any role ------------------------------------------------------------------------ */

static void any_role_is_any_but_the_reporters(void **state)
{
	(void)state;
	rule->any_role = true;
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_REPORTER, "Reporter")->reporter =
		true;
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why, "You are Reporter of INC-204, but "
					   "db-responders asks for any role but the "
					   "reporter's.");
	assert_string_equal(w.verdict.fix, "Take a role in INC-204, then ask again.");
}

static void a_role_that_nobody_knows_of_is_one(void **state)
{
	(void)state;
	rule->any_role = true;
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_REPORTER, "Reporter")->reporter =
		true;
	facts_stand(w.incidentio, FACTS_ANA_IO, "01JRSCRIBE", "Scribe");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "Scribe of INC-204 (incident.io)");
}

/* --- short forms ------------------------------------------------------------------------ */

/* clang-format off */
static const struct {
	const char *label;
	const char *named;
	bool shortforms;
	bool granted;
} forms[] = {
	{ "by name", "DBA", true, true },
	{ "by short form", "db", true, true },
	{ "short form with space about it", " db ", true, true },
	{ "short form, which the rule does not ask for", "db", false, false },
	{ "short form in another case", "DB", true, false },
	{ "short form that is another role's name", "both", true, false },
	{ "that name alone, without short forms", "both", false, false },
	{ "a role without a short form", "", true, false },
};
/* clang-format on */

static struct catalog_item *role_add(const char *id, const char *name,
				     const char *shortform)
{
	struct catalog_item *item = catalog_add(&w.incidentio->roles);

	text_copy(item->id, sizeof(item->id), id);
	text_copy(item->name, sizeof(item->name), name);
	text_copy(item->shortform, sizeof(item->shortform), shortform);
	return item;
}

static void a_short_form_counts_where_the_rule_says_so(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
		set_up(state);
		text_copy(w.incidentio->roles.items[1].shortform, NAME_SIZE, "db");
		role_add("01JRONE", "One", "both");
		role_add("01JRTWO", "both", "two");
		rule->roles = facts_list(forms[i].named, NULL, NULL);
		rule->shortforms = forms[i].shortforms;
		facts_io_incident(&w, "INC-204");
		facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_DBA, "DBA");
		facts_stand(w.incidentio, FACTS_ANA_IO, "01JRONE", "One");
		facts_decide(&w);
		assert_row((w.verdict.kind == VERDICT_GRANTED) == forms[i].granted, i,
			   forms[i].label);
		policy_tear_down(state);
	}
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, policy_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(who_posted_an_update_is_a_participant),
		ROW(who_posted_none_is_not),
		ROW(a_participant_holds_no_role_by_that),
		ROW(nor_is_it_any_role),
		ROW(the_incident_has_to_count_as_well),
		ROW(without_any_incident_the_fix_says_which),
		ROW(what_is_not_known_grants_nothing),
		ROW(a_role_grants_when_updates_are_not_known),
		ROW(any_role_is_any_but_the_reporters),
		ROW(a_role_that_nobody_knows_of_is_one),
		cmocka_unit_test(a_short_form_counts_where_the_rule_says_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
