/* SPDX-License-Identifier: Apache-2.0 */
/* What a policy asks of incident.io, check by check: one stand of Ana's in one incident,
 * changed in one respect. */
#include "tests/lib/test.h"

#include "shared/text.h"
#include "tests/lib/facts.h"

#define MIN ((int64_t)60 * 1000)
#define DAY ((int64_t)24 * 60 * MIN)

static struct facts_world w;

static const char *last_failed(void)
{
	const char *check = "";

	for (size_t i = 0; i < w.verdict.n_trace; i++) {
		if (!w.verdict.trace[i].ok && w.verdict.trace[i].condition == 0) {
			check = w.verdict.trace[i].check;
		}
	}
	return check;
}

/* --- roles --------------------------------------------------------------------------- */

/* What the rule names, what Ana holds; `failed` NULL: granted. */
static const struct {
	const char *label;
	const char *rule[3];
	const char *role_id, *role_name;
	const char *failed;
	const char *why;
} roles[] = {
	{ "by name", { "Incident Lead" }, FACTS_LEAD, "Incident Lead", NULL, NULL },
	{ "by id", { FACTS_LEAD }, FACTS_LEAD, "Incident Lead", NULL, NULL },
	{ "the second of two", { "Comms", "DBA" }, FACTS_DBA, "DBA", NULL, NULL },
	{ "a space at the end of the config's name",
	  { "DBA " },
	  FACTS_DBA,
	  "DBA",
	  NULL,
	  NULL },
	{ "renamed, and the config has the new name",
	  { "DBA" },
	  FACTS_DBA,
	  "Database Admin",
	  NULL,
	  NULL },
	{ "the reporter when named",
	  { "Reporter" },
	  FACTS_REPORTER,
	  "Reporter",
	  NULL,
	  NULL },
	{ "the reporter when not named",
	  { "Incident Lead", "DBA" },
	  FACTS_REPORTER,
	  "Reporter",
	  "role",
	  "You are Reporter of INC-204, but db-responders asks for Incident Lead or "
	  "DBA." },
	{ "another role",
	  { "DBA" },
	  FACTS_LEAD,
	  "Incident Lead",
	  "role",
	  "You are Incident Lead of INC-204, but db-responders asks for DBA." },
	{ "a name in another case",
	  { "incident lead" },
	  FACTS_LEAD,
	  "Incident Lead",
	  "role_name",
	  "db-responders names no role that is exactly one at incident.io ('incident "
	  "lead'), so nobody can have it by a role." },
	{ "a name that no role has any more",
	  { "Commander" },
	  FACTS_LEAD,
	  "Commander",
	  "role_name",
	  "('Commander')" },
	{ "a name that two roles have",
	  { "Double" },
	  "01JRDOUBLE1",
	  "Double",
	  "role_name",
	  "('Double')" },
	{ "one name off, the other good",
	  { "Double", "DBA" },
	  FACTS_DBA,
	  "DBA",
	  NULL,
	  NULL },
	{ "the id of one of two roles of a name",
	  { "01JRDOUBLE2" },
	  "01JRDOUBLE2",
	  "Double",
	  NULL,
	  NULL },
	{ "no role is not any role", { NULL }, FACTS_LEAD, "Incident Lead", "", "()" },
	{ "an empty name", { "" }, "", "", "role_name", "('')" },
	{ "a role without an id", { "Nameless" }, "", "Nameless", "role_name", NULL },
};

static void add_role(const char *id, const char *name)
{
	struct catalog_item *item = catalog_add(&w.incidentio->roles);

	text_copy(item->id, sizeof(item->id), id);
	text_copy(item->name, sizeof(item->name), name);
}

static void a_role_counts_by_its_id_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
		facts_world_init(&w);
		w.policies[0].any.n = 1;
		add_role("01JRDOUBLE1", "Double");
		add_role("01JRDOUBLE2", "Double");
		add_role("", "Nameless");
		w.any[0][0].incidentio.roles =
			facts_list(roles[i].rule[0], roles[i].rule[1], roles[i].rule[2]);
		facts_io_incident(&w, "INC-204");
		facts_stand(w.incidentio, FACTS_ANA_IO, roles[i].role_id,
			    roles[i].role_name);
		facts_decide(&w);
		if (!roles[i].failed) {
			assert_row(w.verdict.kind == VERDICT_GRANTED, i, roles[i].label);
		} else {
			assert_row(w.verdict.kind == VERDICT_NO_STANDING, i,
				   roles[i].label);
			assert_row(strcmp(last_failed(), roles[i].failed) == 0, i,
				   roles[i].label);
		}
		if (roles[i].why) {
			assert_has(w.verdict.why, roles[i].why);
		}
		facts_world_finish(&w);
	}
}

static void roles_of_others_do_not_count(void **state)
{
	static const char *const others[] = { FACTS_BOB_IO, "01JUAN", "01JUANAA",
					      "01juana", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		facts_world_init(&w);
		facts_io_incident(&w, "INC-204");
		facts_stand(w.incidentio, others[i], FACTS_LEAD, "Incident Lead");
		assert_row(facts_decide(&w) == VERDICT_NO_STANDING, i, others[i]);
		facts_world_finish(&w);
	}
}

static void an_unassigned_role_is_not_that_of_somebody_unknown(void **state)
{
	(void)state;
	facts_world_init(&w);
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, "", FACTS_LEAD, "Incident Lead");
	w.facts.incidentio.user[0] = '\0';
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	facts_world_finish(&w);
}

static void several_roles_of_one_person_are_all_looked_at(void **state)
{
	(void)state;
	facts_world_init(&w);
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_REPORTER, "Reporter");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_COMMS, "Comms");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_DBA, "DBA");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_DBA, "DBA");
	assert_int_equal(facts_decide(&w), VERDICT_GRANTED);
	assert_string_equal(w.verdict.why, "DBA of INC-204 (incident.io)");
	facts_world_finish(&w);
}

static void everything_must_hold_for_one_and_the_same_incident(void **state)
{
	struct incident *in;

	(void)state;
	facts_world_init(&w);
	w.any[0][0].incidentio.min_severity = facts_text("Major");
	facts_io_incident(&w, "INC-1"); /* major, but she is Comms in it */
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_COMMS, "Comms");
	in = facts_io_incident(&w, "INC-2"); /* she leads it, but it is minor */
	in->severity_rank = 0;
	text_copy(in->severity_name, sizeof(in->severity_name), "Minor");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	assert_int_equal(facts_decide(&w), VERDICT_NO_STANDING);
	assert_string_equal(w.verdict.why,
			    "You are Incident Lead of INC-2, but its severity is Minor "
			    "and db-responders asks for Major or above.");
	assert_has(w.verdict.fix, "in INC-1");
	facts_world_finish(&w);
}

/* --- the other checks ---------------------------------------------------------------- */

/* The rule and the incident, changed in one respect from what holds. */
struct change {
	const char *label;
	const char *min_severity;
	const char *type;
	int64_t max_age_s;
	bool not_self_declared;
	const char *severity_name; /* NULL: none */
	int64_t rank;
	int64_t created_ago_ms;
	const char *creator;
	bool creator_unknown;
	const char *failed; /* NULL: granted */
	const char *but;
};

/* clang-format off */
static const struct change changes[] = {
	{ .label = "severity at the minimum", .min_severity = "Major", .severity_name = "Major", .rank = 1 },
	{ .label = "severity above it", .min_severity = "Major", .severity_name = "Critical", .rank = 2 },
	{ .label = "minimum by id", .min_severity = "01JVMAJOR", .severity_name = "Major", .rank = 1 },
	{ .label = "severity below it", .min_severity = "Critical", .severity_name = "Major", .rank = 1,
	  .failed = "min_severity", .but = "its severity is Major and db-responders asks for Critical or above." },
	{ .label = "no severity", .min_severity = "Minor",
	  .failed = "min_severity", .but = "it has no severity and db-responders asks for Minor or above." },
	{ .label = "unknown minimum", .min_severity = "Majr", .severity_name = "Critical", .rank = 2,
	  .failed = "min_severity", .but = "asks for the severity 'Majr', which is not exactly one." },
	{ .label = "no severity, none asked for" },
	{ .label = "type by name", .type = "Production" },
	{ .label = "type by id", .type = "01JTPROD" },
	{ .label = "wrong type", .type = "Security",
	  .failed = "type", .but = "its type is Production, which db-responders does not count." },
	{ .label = "type in another case", .type = "production", .failed = "type" },
	{ .label = "young enough", .max_age_s = 3600, .created_ago_ms = 60 * MIN },
	{ .label = "a second too old", .max_age_s = 3600, .created_ago_ms = 60 * MIN + 1000,
	  .failed = "max_age", .but = "it was declared 1 h 1 s ago and db-responders counts 1 h at most." },
	{ .label = "a millisecond too old", .max_age_s = 3600, .created_ago_ms = 60 * MIN + 1, .failed = "max_age" },
	{ .label = "weeks old", .max_age_s = 7 * 86400, .created_ago_ms = 40 * DAY, .failed = "max_age" },
	{ .label = "weeks old, no age asked for", .created_ago_ms = 40 * DAY },
	{ .label = "5 min ahead of our clock", .max_age_s = 3600, .created_ago_ms = -5 * MIN },
	{ .label = "more than 5 min ahead", .max_age_s = 3600, .created_ago_ms = -5 * MIN - 1,
	  .failed = "max_age", .but = "in the future" },
	{ .label = "age unknown", .max_age_s = 3600, .created_ago_ms = FACTS_NOW_MS, .failed = "max_age",
	  .but = "it is not known when it was declared" },
	{ .label = "declared by herself", .not_self_declared = true, .creator = FACTS_ANA_IO,
	  .failed = "not_self_declared", .but = "you declared it yourself." },
	{ .label = "declared by herself, no matter", .creator = FACTS_ANA_IO },
	{ .label = "declared by another", .not_self_declared = true, .creator = FACTS_BOB_IO },
	{ .label = "declared by an alert", .not_self_declared = true, .creator = "" },
	{ .label = "declared by nobody knows whom", .not_self_declared = true, .creator_unknown = true,
	  .failed = "not_self_declared", .but = "it is not known who declared it." },
};
/* clang-format on */

static void change_world(const struct change *c)
{
	struct incidentio_rule *r = &w.any[0][0].incidentio;
	struct incident *in = facts_io_incident(&w, "INC-204");

	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	r->min_severity = facts_text(c->min_severity ? c->min_severity : "");
	r->types = facts_list(c->type, NULL, NULL);
	r->max_age_s = c->max_age_s;
	r->not_self_declared = c->not_self_declared;
	in->has_severity = c->severity_name != NULL;
	text_copy(in->severity_name, NAME_SIZE, c->severity_name);
	in->severity_rank = c->rank;
	in->created_ms = FACTS_NOW_MS - c->created_ago_ms;
	text_copy(in->creator, VENDOR_ID_SIZE, c->creator);
	in->creator_known = !c->creator_unknown;
}

static void each_check_holds_and_fails_as_it_should(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
		const struct change *c = &changes[i];

		facts_world_init(&w);
		w.policies[0].any.n = 1;
		change_world(c);
		facts_decide(&w);
		assert_row((w.verdict.kind == VERDICT_GRANTED) == !c->failed, i,
			   c->label);
		assert_row(!c->failed || strcmp(last_failed(), c->failed) == 0, i,
			   c->label);
		if (c->but) {
			assert_has(w.verdict.why,
				   "You are Incident Lead of INC-204, but ");
			assert_has(w.verdict.why, c->but);
		}
		facts_world_finish(&w);
	}
}

static void a_fix_describes_the_incidents_that_would_count(void **state)
{
	struct incidentio_rule *r = &w.any[0][0].incidentio;

	(void)state;
	facts_world_init(&w);
	w.policies[0].any.n = 1;
	r->min_severity = facts_text("Major");
	r->types = facts_list("Production", "Security", NULL);
	r->max_age_s = 7 * 86400;
	r->not_self_declared = true;
	facts_decide(&w);
	assert_string_equal(
		w.verdict.fix,
		"Take the role Incident Lead or DBA in a public live incident "
		"of severity Major or above of type Production or Security "
		"declared within 7 d by somebody else, then ask again.");
	facts_world_finish(&w);
}

static void what_was_found_is_in_the_trace(void **state)
{
	const struct trace_line *t;

	(void)state;
	facts_world_init(&w);
	w.any[0][0].incidentio.min_severity = facts_text("Critical");
	facts_io_incident(&w, "INC-204");
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
	facts_decide(&w);
	t = facts_line(&w, "min_severity");
	assert_non_null(t);
	assert_false(t->ok);
	assert_string_equal(t->policy, "db-responders");
	assert_int_equal(t->condition, 0);
	assert_string_equal(t->incident, "01JIINC-204");
	assert_string_equal(t->found, "Major");
	assert_string_equal(t->wanted, "Critical");
	assert_int_equal(t->age_ms, 1200);
	facts_world_finish(&w);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_role_counts_by_its_id_alone),
		cmocka_unit_test(roles_of_others_do_not_count),
		cmocka_unit_test(an_unassigned_role_is_not_that_of_somebody_unknown),
		cmocka_unit_test(several_roles_of_one_person_are_all_looked_at),
		cmocka_unit_test(everything_must_hold_for_one_and_the_same_incident),
		cmocka_unit_test(each_check_holds_and_fails_as_it_should),
		cmocka_unit_test(a_fix_describes_the_incidents_that_would_count),
		cmocka_unit_test(what_was_found_is_in_the_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
