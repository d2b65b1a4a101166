/* SPDX-License-Identifier: Apache-2.0 */
/* Roles in incidents of incident.io: which incident counts, and which role. What the server
 * was asked to leave out is looked at again, in case that it does not. */
#include <stdio.h>
#include <string.h>

#include "approver/incidentio_person.h"
#include "shared/text.h"
#include "tests/lib/story.h"

/* Of the role that is called Incident Lead to begin with. */
#define LEAD_ID "01JR0000000000000000000001"

static void ana_leads(struct scene *t)
{
	scene_incident(t, "ana");
}

/* The newest one. */
static struct world_incident *incident(struct scene *t)
{
	return t->world->incidents.items[t->world->incidents.n - 1];
}

/* --- roles --------------------------------------------------------------------------- */

static void the_lead_is_called_commander(struct scene *t)
{
	struct world_role *r = world_role(t->world, "Incident Lead");

	text_copy(r->name, sizeof(r->name), "Commander");
}

static void two_roles_are_called_incident_lead(struct scene *t)
{
	world_add_role(t->world, "Incident Lead", "custom");
}

static void ana_reports(struct scene *t)
{
	world_declare(t->world, "ana", "Checkout 5xx", "Major");
}

static void ana_is_dba(struct scene *t)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	assert_true(world_take_role(t->world, i, "DBA", "ana"));
}

static void ana_led(struct scene *t)
{
	ana_leads(t);
	world_leave_role(t->world, incident(t), "Incident Lead", "ana");
}

static void ana_and_bob_lead(struct scene *t)
{
	scene_incident(t, "bob");
	assert_true(world_take_role(t->world, incident(t), "Incident Lead", "ana"));
}

/* --- private ones ------------------------------------------------------------------------ */

static void ana_leads_one_that_is(struct scene *t, const char *visibility)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Merger with Initech", "Major");

	i->number = 99777;
	text_copy(i->visibility, sizeof(i->visibility), visibility);
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
}

static void ana_leads_a_private_one(struct scene *t)
{
	ana_leads_one_that_is(t, "private");
}

static void ana_leads_one_of_new_visibility(struct scene *t)
{
	ana_leads_one_that_is(t, "confidential");
}

/* --- severity, age, who declared it -------------------------------------------------------- */

static void ana_leads_a_minor_one(struct scene *t)
{
	ana_leads(t);
	world_set_severity(t->world, incident(t), "Minor");
}

static void ana_leads_a_critical_one(struct scene *t)
{
	ana_leads(t);
	world_set_severity(t->world, incident(t), "Critical");
}

static void ana_leads_one_without_severity(struct scene *t)
{
	ana_leads(t);
	world_set_severity(t->world, incident(t), "");
}

static void ana_leads_one_without_type(struct scene *t)
{
	ana_leads(t);
	incident(t)->type[0] = '\0';
}

static void ana_leads_a_forgotten_one(struct scene *t)
{
	ana_leads(t);
	incident(t)->created_ms -= (int64_t)8 * 86400 * 1000;
}

static void ana_leads_what_she_declared(struct scene *t)
{
	ana_reports(t);
	assert_true(world_take_role(t->world, incident(t), "Incident Lead", "ana"));
}

static void ana_leads_what_an_alert_declared(struct scene *t)
{
	world_declare(t->world, "", "Checkout 5xx", "Major");
	assert_true(world_take_role(t->world, incident(t), "Incident Lead", "ana"));
}

/* --- named ones: INC-204 is the first --------------------------------------------------------- */

static void ana_leads_the_second_of_two(struct scene *t)
{
	world_declare(t->world, "cara", "Checkout 5xx", "Major");
	ana_leads(t);
}

static void ana_led_one_that_is_closed(struct scene *t)
{
	ana_leads(t);
	world_set_category(t->world, incident(t), "closed");
	ana_leads(t);
}

/* --- pages ------------------------------------------------------------------------------------- */

static void hers_is_on_page_2(struct scene *t)
{
	ana_leads(t);
	world_fill_incidents(t->world, 300);
}

static void hers_is_on_a_page_of_small_ones(struct scene *t)
{
	ana_leads(t);
	world_fill_incidents(t->world, 7);
	t->world->incidentio_knobs.page_cap = 2;
}

static void hers_is_on_page_1_and_the_cursor_repeats(struct scene *t)
{
	world_fill_incidents(t->world, 3);
	ana_leads(t);
	t->world->incidentio_knobs.page_cap = 1;
	t->world->incidentio_knobs.after_repeats = true;
}

static void hers_is_on_page_1_of_too_many(struct scene *t)
{
	world_fill_incidents(t->world, INCIDENTIO_PAGES_MAX);
	ana_leads(t);
	t->world->incidentio_knobs.page_cap = 1;
}

static void an_empty_page_ends_the_list(struct scene *t)
{
	ana_leads(t);
	t->world->incidentio_knobs.after_always = true;
}

static void nothing_is_said_of_pages(struct scene *t)
{
	ana_leads(t);
	t->world->incidentio_knobs.no_meta = true;
}

/* clang-format off */
#define LEAD "roles = [ \"Incident Lead\" ]; "
#define IO(rest) "incidentio = { " rest "}"
#define OFF "names no role that is exactly one at incident.io"
#define ENDLESS "incident.io: the list of live incidents could not be read to its end"

static const struct story stories[] = {
	{ .name = "a_role_by_its_id_is_enough", .rule = IO("roles = [ \"" LEAD_ID "\" ]; "),
	  .happens = ana_leads, .says = "Granted" },
	{ .name = "a_role_in_another_case_is_another", .happens = ana_leads,
	  .rule = IO("roles = [ \"incident lead\" ]; "), .says = OFF },
	{ .name = "a_role_that_was_renamed_is_not_found_by_its_old_name",
	  .rule = RULE_LEAD, .before = the_lead_is_called_commander,
	  .says = OFF },
	{ .name = "two_roles_of_one_name_give_nothing", .rule = RULE_LEAD,
	  .before = two_roles_are_called_incident_lead, .happens = ana_leads,
	  .says = OFF },
	{ .name = "of_two_roles_of_one_name_the_id_tells",
	  .rule = IO("roles = [ \"" LEAD_ID "\" ]; "),
	  .before = two_roles_are_called_incident_lead, .happens = ana_leads,
	  .says = "Granted" },
	{ .name = "a_reporter_alone_gets_nothing", .rule = RULE_LEAD,
	  .happens = ana_reports, .says = "You are Reporter of INC-204, but" },
	{ .name = "a_reporter_counts_where_it_is_named", .happens = ana_reports,
	  .rule = IO("roles = [ \"Reporter\" ]; "), .says = "Granted" },
	{ .name = "a_role_that_is_not_named_gives_nothing", .rule = RULE_LEAD,
	  .happens = ana_is_dba,
	  .says = "You are DBA of INC-204, but responders asks for Incident Lead" },
	{ .name = "who_left_the_role_gets_nothing", .rule = RULE_LEAD,
	  .happens = ana_led, .says = "Not granted" },
	{ .name = "the_second_who_holds_a_role_holds_it_too", .rule = RULE_LEAD,
	  .happens = ana_and_bob_lead, .says = "Granted" },

	{ .name = "a_private_incident_does_not_count", .rule = RULE_LEAD,
	  .happens = ana_leads_a_private_one, .says = "No live incident names you",
	  .never = { "99777", "Initech" } },
	{ .name = "a_private_incident_that_counts_is_not_named",
	  .rule = IO(LEAD "private_incidents = true; "),
	  .happens = ana_leads_a_private_one, .says = "Granted",
	  .never = { "99777", "Initech" } },
	{ .name = "a_private_incident_that_is_named_is_as_if_it_was_not_there",
	  .rule = RULE_LEAD, .happens = ana_leads_a_private_one,
	  .asks = "prod-db 1h INC-99777", .says = "INC-99777 is not a live incident.",
	  .never = { "Initech" } },
	{ .name = "to_who_has_no_role_in_it_a_private_incident_is_not_there",
	  .rule = IO(LEAD "private_incidents = true; "), .who = "bob",
	  .happens = ana_leads_a_private_one, .asks = "prod-db 1h INC-99777",
	  .says = "INC-99777 is not a live incident.", .never = { "Initech" } },
	{ .name = "a_severity_too_low_is_not_told_of_a_private_incident",
	  .rule = IO(LEAD "private_incidents = true; min_severity = \"Critical\"; "),
	  .happens = ana_leads_a_private_one, .says = "Not granted",
	  .never = { "99777", "Initech" } },
	{ .name = "a_visibility_that_we_do_not_know_is_private", .rule = RULE_LEAD,
	  .happens = ana_leads_one_of_new_visibility, .says = "No live incident names you",
	  .never = { "99777", "Initech" } },

	{ .name = "a_severity_below_does_not_count", .happens = ana_leads_a_minor_one,
	  .rule = IO(LEAD "min_severity = \"Major\"; "),
	  .says = "its severity is Minor and responders asks for Major or above" },
	{ .name = "no_severity_does_not_count", .happens = ana_leads_one_without_severity,
	  .rule = IO(LEAD "min_severity = \"Minor\"; "), .says = "it has no severity" },
	{ .name = "no_severity_is_fine_where_none_is_asked_for", .rule = RULE_LEAD,
	  .happens = ana_leads_one_without_severity, .says = "Granted" },
	{ .name = "the_severity_itself_counts", .happens = ana_leads,
	  .rule = IO(LEAD "min_severity = \"Major\"; "), .says = "Granted" },
	{ .name = "a_severity_above_counts", .happens = ana_leads_a_critical_one,
	  .rule = IO(LEAD "min_severity = \"Major\"; "), .says = "Granted" },
	{ .name = "a_severity_that_is_not_there_is_not_the_lowest",
	  .happens = ana_leads_a_critical_one,
	  .rule = IO(LEAD "min_severity = \"major\"; "),
	  .says = "asks for the severity 'major', which is not exactly one" },
	{ .name = "a_type_that_is_named_counts", .happens = ana_leads,
	  .rule = IO(LEAD "types = [ \"Production\" ]; "), .says = "Granted" },
	{ .name = "another_type_does_not_count", .happens = ana_leads,
	  .rule = IO(LEAD "types = [ \"Security\" ]; "),
	  .says = "its type is Production, which responders does not count" },
	{ .name = "no_type_is_not_any_type", .happens = ana_leads_one_without_type,
	  .rule = IO(LEAD "types = [ \"Security\" ]; "), .says = "its type is not set" },
	{ .name = "a_forgotten_incident_does_not_count", .rule = RULE_LEAD,
	  .happens = ana_leads_a_forgotten_one, .says = "it was declared 8 d" },
	{ .name = "what_they_declared_themselves_does_not_count_if_the_rule_says_so",
	  .rule = IO(LEAD "not_self_declared = true; "),
	  .happens = ana_leads_what_she_declared, .says = "you declared it yourself" },
	{ .name = "what_somebody_else_declared_counts_then", .happens = ana_leads,
	  .rule = IO(LEAD "not_self_declared = true; "), .says = "Granted" },
	{ .name = "what_an_alert_declared_counts_then",
	  .rule = IO(LEAD "not_self_declared = true; "),
	  .happens = ana_leads_what_an_alert_declared, .says = "Granted" },

	{ .name = "of_a_named_incident_nothing_else_is_enough", .rule = RULE_LEAD,
	  .happens = ana_leads_the_second_of_two, .asks = "prod-db 1h INC-204",
	  .says = "INC-204 is live, but you hold no role of responders in it." },
	{ .name = "a_named_incident_in_which_they_lead_is_enough", .rule = RULE_LEAD,
	  .happens = ana_leads_the_second_of_two, .asks = "inc-205 prod-db 1h",
	  .says = "Granted" },
	{ .name = "a_named_incident_that_is_over_gives_nothing", .rule = RULE_LEAD,
	  .happens = ana_led_one_that_is_closed, .asks = "prod-db INC-204 1h",
	  .says = "INC-204 is not a live incident." },
	{ .name = "a_named_incident_that_never_was_gives_nothing", .rule = RULE_LEAD,
	  .happens = ana_leads, .asks = "prod-db INC-9 1h",
	  .says = "INC-9 is not a live incident." },

	{ .name = "a_role_on_page_2_counts", .rule = RULE_LEAD,
	  .happens = hers_is_on_page_2, .says = "Granted" },
	{ .name = "a_role_counts_however_small_the_pages", .rule = RULE_LEAD,
	  .happens = hers_is_on_a_page_of_small_ones, .says = "Granted" },
	{ .name = "a_cursor_that_repeats_is_no_list", .rule = RULE_LEAD,
	  .happens = hers_is_on_page_1_and_the_cursor_repeats, .says = ENDLESS },
	{ .name = "more_pages_than_there_may_be_are_no_list", .rule = RULE_LEAD,
	  .happens = hers_is_on_page_1_of_too_many, .says = ENDLESS },
	{ .name = "an_empty_last_page_is_the_end", .rule = RULE_LEAD,
	  .happens = an_empty_page_ends_the_list, .says = "Granted" },
	{ .name = "a_list_without_a_word_of_pages_is_one_page", .rule = RULE_LEAD,
	  .happens = nothing_is_said_of_pages, .says = "Granted" },
};
/* clang-format on */

/* --- what is not an incident that is being worked on --------------------------------------- */

/* clang-format off */
static const struct { const char *mode, *category; } dead[] = {
	{ "test", "live" },       { "tutorial", "live" },   { "retrospective", "live" },
	{ "stream", "live" },     { "Standard", "live" },   { "of-next-year", "live" },
	{ "standard", "triage" }, { "standard", "paused" }, { "standard", "learning" },
	{ "standard", "closed" }, { "standard", "merged" }, { "standard", "declined" },
	{ "standard", "Live" },   { "standard", "" },       { "standard", "canceled" },
	{ "standard", "of-next-year" }, { "test", "of-next-year" },
};
/* clang-format on */

static void only_live_incidents_of_mode_standard_count(struct scene *t)
{
	for (size_t i = 0; i < ARRAY_LEN(dead); i++) {
		const char *said;

		ana_leads(t);
		text_copy(incident(t)->mode, sizeof(incident(t)->mode), dead[i].mode);
		world_set_category(t->world, incident(t), dead[i].category);
		said = scene_ask(t, "ana", "prod-db 1h");
		assert_row(strstr(said, "No live incident names you as Incident Lead"), i,
			   dead[i].category);
	}
	assert_int_equal(scene_grants(t), 0);
	ana_leads(t);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
}

static void what_is_not_worked_on_does_not_count(void **state)
{
	only_live_incidents_of_mode_standard_count(*state);
}

static void what_is_not_worked_on_does_not_count_if_the_server_sends_it_all(void **state)
{
	struct scene *t = *state;

	t->world->incidentio_knobs.ignore_filters = true;
	only_live_incidents_of_mode_standard_count(t);
}

/* A list of roles that is older than that is not used. */
static void a_role_that_is_renamed_gives_nothing_after_a_quarter_of_an_hour(void **state)
{
	struct scene *t = *state;

	ana_leads(t);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	the_lead_is_called_commander(t);
	scene_pass(t, 15 * 60 * 1000);
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), OFF);
	assert_int_equal(scene_grants(t), 1);
}

static void who_leads_no_more_gets_nothing_more(void **state)
{
	struct scene *t = *state;

	ana_leads(t);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	world_leave_role(t->world, incident(t), "Incident Lead", "ana");
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "Not granted");
	assert_true(world_take_role(t->world, incident(t), "Incident Lead", "ana"));
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "Granted");
	world_set_category(t->world, incident(t), "learning");
	assert_has(scene_ask(t, "ana", "staging-db 1h"), "Not granted");
}

static int lead_setup(void **state)
{
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	t->policies = story_policy(RULE_LEAD);
	scene_start(t, true);
	return 0;
}

int main(void)
{
#define LED(f) cmocka_unit_test_setup_teardown(f, lead_setup, watch_teardown)
	const struct CMUnitTest tests[] = {
		LED(what_is_not_worked_on_does_not_count),
		LED(what_is_not_worked_on_does_not_count_if_the_server_sends_it_all),
		LED(a_role_that_is_renamed_gives_nothing_after_a_quarter_of_an_hour),
		LED(who_leads_no_more_gets_nothing_more),
	};

	return stories_run("incidents", stories, ARRAY_LEN(stories), tests,
			   ARRAY_LEN(tests));
}
