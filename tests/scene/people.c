/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asking: people whom nobody gives anything, people of whom too little is known,
 * people who look like others. Absent never equals absent. */
#include <stdio.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/story.h"

static struct world_person *who(struct scene *t, const char *key)
{
	return world_person(t->world, key);
}

static void set(char *dst, const char *value)
{
	text_copy(dst, EMAIL_SIZE, value);
}

static void ana_leads(struct scene *t)
{
	scene_incident(t, "ana");
}

static void bob_leads(struct scene *t)
{
	scene_incident(t, "bob");
}

static void acked_by(struct scene *t, const char *key)
{
	struct world_page *p = world_trigger(t->world, "PSVC001", "replica lag");

	assert_true(world_ack(t->world, p, key));
}

static void ana_acked(struct scene *t)
{
	acked_by(t, "ana");
}

static void bob_acked(struct scene *t)
{
	acked_by(t, "bob");
}

/* --- absent is not equal to absent ------------------------------------------------------ */

static void ana_has_no_email(struct scene *t)
{
	set(who(t, "ana")->email, "");
}

static void ana_is_not_at_incidentio(struct scene *t)
{
	ana_has_no_email(t);
	who(t, "ana")->incidentio[0] = '\0';
	who(t, "ana")->incidentio_slack[0] = '\0';
}

static void nobody_leads(struct scene *t)
{
	world_declare(t->world, "", "Checkout 5xx", "Major");
}

static void somebody_without_slack_and_email_leads(struct scene *t)
{
	struct world_incident *i = scene_incident(t, "bob");

	for (size_t n = 0; n < i->n_roles; n++) {
		i->roles[n].no_slack = true;
		i->roles[n].no_email = true;
	}
}

/* A user of incident.io whose Slack id and e-mail are there, and empty. */
static void incidentio_has_an_empty_user(struct scene *t)
{
	ana_is_not_at_incidentio(t);
	t->world->incidentio_knobs.ignore_filters = true;
	world_fault(t->world,
		    &(struct world_fault){
			    .call = "GET /v2/users",
			    .kind = WORLD_BODY,
			    .body = "{\"users\":[{\"id\":\"01JUBOB0000000000000001\","
				    "\"is_active\":true,\"slack_user_id\":\"\","
				    "\"email\":\"\"}]}" });
}

static void all_pagerduty_emails_are_empty(struct scene *t)
{
	ana_has_no_email(t);
	set(who(t, "bob")->pagerduty_email, "");
	set(who(t, "ana")->pagerduty_email, "");
}

/* --- e-mails ----------------------------------------------------------------------------- */

static void ana_writes_her_email_in_capitals(struct scene *t)
{
	set(who(t, "ana")->email, "Ana@ACME.example");
}

/* Who is asked about by e-mail is found by the very letters only. */
static void incidentio_knows_ana_by_email_in_capitals(struct scene *t)
{
	who(t, "ana")->incidentio_slack[0] = '\0';
	set(who(t, "ana")->incidentio_email, "ANA@acme.EXAMPLE");
}

static void only_slack_has_anas_email_in_capitals(struct scene *t)
{
	who(t, "ana")->incidentio_slack[0] = '\0';
	ana_writes_her_email_in_capitals(t);
}

static void bob_has_anas_email_in_capitals(struct scene *t)
{
	incidentio_knows_ana_by_email_in_capitals(t);
	who(t, "bob")->incidentio_slack[0] = '\0';
	set(who(t, "bob")->incidentio_email, "Ana@acme.example");
}

/* One of them in the letters that Slack has, the other in small ones. */
static void both_have_anas_email_in_letters_of_their_own(struct scene *t)
{
	only_slack_has_anas_email_in_capitals(t);
	who(t, "bob")->incidentio_slack[0] = '\0';
	set(who(t, "bob")->incidentio_email, who(t, "ana")->email);
}

static void bob_has_anas_email_at_pagerduty(struct scene *t)
{
	set(who(t, "bob")->pagerduty_email, "ANA@acme.example");
}

static void bob_has_anas_email_at_incidentio(struct scene *t)
{
	who(t, "ana")->incidentio_slack[0] = '\0';
	who(t, "bob")->incidentio_slack[0] = '\0';
	set(who(t, "bob")->incidentio_email, "ana@acme.example");
}

static void bob_has_anas_slack_id_at_incidentio(struct scene *t)
{
	set(who(t, "bob")->incidentio_slack, who(t, "ana")->slack);
}

static void anas_email_is_not_confirmed(struct scene *t)
{
	who(t, "ana")->email_unconfirmed = true;
}

static void whether_anas_email_is_confirmed_is_not_said(struct scene *t)
{
	who(t, "ana")->email_confirm_absent = true;
}

/* PagerDuty finds ana@acme.example in joana@acme.example too. */
static void joana_has_an_email_with_anas_in_it(struct scene *t)
{
	world_add_person(t->world, "joana", "Joana Reis");
}

static void only_joana_is_at_pagerduty(struct scene *t)
{
	joana_has_an_email_with_anas_in_it(t);
	who(t, "ana")->pagerduty[0] = '\0';
}

static void joana_acked(struct scene *t)
{
	acked_by(t, "joana");
}

/* --- what kind of account ------------------------------------------------------------------ */

static void ana_is_a_guest(struct scene *t)
{
	who(t, "ana")->restricted = true;
}

static void ana_is_a_guest_of_one_channel(struct scene *t)
{
	who(t, "ana")->ultra_restricted = true;
}

static void ana_is_a_bot(struct scene *t)
{
	who(t, "ana")->bot = true;
}

static void ana_is_deactivated(struct scene *t)
{
	who(t, "ana")->deleted = true;
}

static void ana_is_a_stranger(struct scene *t)
{
	who(t, "ana")->stranger = true;
}

static void slack_says(struct scene *t, enum world_fault_kind kind, const char *text)
{
	struct world_fault f = { .call = "users.info", .kind = kind, .body = text };

	text_copy(f.error, sizeof(f.error), text);
	world_fault(t->world, &f);
}

static void slack_says_that_ana_is_of_another_team(struct scene *t)
{
	slack_says(
		t, WORLD_BODY,
		"{\"ok\":true,\"user\":{\"id\":\"U0ANA0001\",\"team_id\":\"T0OTHER01\","
		"\"is_email_confirmed\":true,"
		"\"profile\":{\"email\":\"ana@acme.example\"}}}");
}

static void slack_does_not_say_of_which_team_ana_is(struct scene *t)
{
	slack_says(
		t, WORLD_BODY,
		"{\"ok\":true,\"user\":{\"id\":\"U0ANA0001\",\"is_email_confirmed\":true,"
		"\"profile\":{\"email\":\"ana@acme.example\"}}}");
}

static void slack_does_not_know_ana(struct scene *t)
{
	slack_says(t, WORLD_ERROR, "user_not_found");
}

static void slack_answers_about_bob(struct scene *t)
{
	slack_says(
		t, WORLD_BODY,
		"{\"ok\":true,\"user\":{\"id\":\"U0BOB0001\",\"team_id\":\"T0ACME001\","
		"\"is_email_confirmed\":true,"
		"\"profile\":{\"email\":\"bob@acme.example\"}}}");
}

/* --- what incident.io says ------------------------------------------------------------------- */

static void incidentio_answers_about_bob(struct scene *t)
{
	set(t->world->incidentio_knobs.wrong_user, "bob");
}

static void ana_is_deactivated_at_incidentio(struct scene *t)
{
	who(t, "ana")->incidentio_inactive = true;
	t->world->incidentio_knobs.ignore_filters = true;
}

/* clang-format off */
#define NO_EMAIL    "Slack has no confirmed e-mail of yours"
#define NO_IO_USER  "incident.io has no active user with your Slack account or e-mail"
#define IS_BOB(key) "people = ( { slack = \"U0ANA0001\"; " key "; } );\n"

static const struct story stories[] = {
	{ .name = "nobody_is_the_holder_of_a_role_that_nobody_holds",
	  .rule = RULE_LEAD, .before = ana_is_not_at_incidentio, .happens = nobody_leads,
	  .says = "incident.io has no active user" },
	{ .name = "a_holder_without_slack_id_and_email_is_not_who_has_none_either",
	  .rule = RULE_LEAD, .before = ana_is_not_at_incidentio,
	  .happens = somebody_without_slack_and_email_leads,
	  .says = "incident.io has no active user" },
	{ .name = "a_user_with_an_empty_slack_id_and_email_is_nobody",
	  .rule = RULE_LEAD, .before = incidentio_has_an_empty_user, .happens = bob_leads,
	  .says = "incident.io has no active user" },
	{ .name = "an_empty_email_at_pagerduty_is_nobodys",
	  .rule = RULE_ACK, .before = all_pagerduty_emails_are_empty, .happens = bob_acked,
	  .says = NO_EMAIL },

	{ .name = "an_email_of_another_case_is_the_same_at_pagerduty",
	  .rule = RULE_ACK, .before = ana_writes_her_email_in_capitals,
	  .happens = ana_acked, .says = "Granted" },
	{ .name = "an_email_of_another_case_is_the_same_at_incidentio",
	  .rule = RULE_LEAD, .before = incidentio_knows_ana_by_email_in_capitals,
	  .happens = ana_leads, .says = "Granted" },
	{ .name = "an_email_in_small_letters_at_incidentio_is_the_same",
	  .rule = RULE_LEAD, .before = only_slack_has_anas_email_in_capitals,
	  .happens = ana_leads, .says = "Granted" },
	{ .name = "two_users_of_pagerduty_with_one_email_are_nobody",
	  .rule = RULE_ACK, .before = bob_has_anas_email_at_pagerduty,
	  .happens = ana_acked, .says = "Several users of PagerDuty have your e-mail" },
	{ .name = "two_users_of_incidentio_with_one_email_are_nobody",
	  .rule = RULE_LEAD, .before = bob_has_anas_email_at_incidentio,
	  .happens = ana_leads,
	  .says = "Several active users of incident.io have your e-mail" },
	{ .name = "two_users_of_incidentio_with_one_email_in_capitals_are_nobody",
	  .rule = RULE_LEAD, .before = bob_has_anas_email_in_capitals,
	  .happens = ana_leads,
	  .says = "Several active users of incident.io have your e-mail" },
	{ .name = "two_users_of_incidentio_with_one_email_in_two_cases_are_nobody",
	  .rule = RULE_LEAD, .before = both_have_anas_email_in_letters_of_their_own,
	  .happens = ana_leads,
	  .says = "Several active users of incident.io have your e-mail" },
	{ .name = "two_users_of_incidentio_with_one_slack_id_are_nobody",
	  .rule = RULE_LEAD, .before = bob_has_anas_slack_id_at_incidentio,
	  .happens = ana_leads,
	  .says = "Several active users of incident.io have your Slack account" },
	{ .name = "with_an_unconfirmed_email_pagerduty_has_no_one",
	  .rule = RULE_ACK, .before = anas_email_is_not_confirmed, .happens = ana_acked,
	  .says = NO_EMAIL },
	{ .name = "with_an_email_of_which_nothing_is_said_pagerduty_has_no_one",
	  .rule = RULE_ACK, .before = whether_anas_email_is_confirmed_is_not_said,
	  .happens = ana_acked, .says = NO_EMAIL },
	{ .name = "with_an_unconfirmed_email_incidentio_still_knows_the_slack_id",
	  .rule = RULE_LEAD, .before = anas_email_is_not_confirmed,
	  .happens = ana_leads, .says = "Granted" },
	{ .name = "a_fuzzy_hit_of_pagerduty_is_somebody_else",
	  .rule = RULE_ACK, .before = only_joana_is_at_pagerduty, .happens = joana_acked,
	  .says = "PagerDuty has no user with your e-mail" },
	{ .name = "among_fuzzy_hits_the_exact_one_counts",
	  .rule = RULE_ACK, .before = joana_has_an_email_with_anas_in_it,
	  .happens = ana_acked, .says = "Granted" },
	{ .name = "who_is_found_beside_them_gets_nothing_for_a_fuzzy_hit",
	  .rule = RULE_ACK, .before = joana_has_an_email_with_anas_in_it,
	  .happens = joana_acked, .says = "Not granted" },

	{ .name = "a_guest_is_refused", .before = ana_is_a_guest, .happens = ana_leads,
	  .says = "You are a guest in this Slack workspace." },
	{ .name = "a_guest_of_one_channel_is_refused",
	  .before = ana_is_a_guest_of_one_channel, .happens = ana_leads,
	  .says = "You are a guest in this Slack workspace." },
	{ .name = "a_bot_is_refused", .before = ana_is_a_bot, .happens = ana_leads,
	  .says = "This Slack account is a bot's." },
	{ .name = "a_deactivated_account_is_refused", .before = ana_is_deactivated,
	  .happens = ana_leads, .says = "This Slack account is deactivated." },
	{ .name = "a_stranger_is_refused", .before = ana_is_a_stranger,
	  .happens = ana_leads, .says = "You belong to another Slack workspace." },
	{ .name = "who_is_of_another_team_is_refused",
	  .before = slack_says_that_ana_is_of_another_team, .happens = ana_leads,
	  .says = "You belong to another Slack workspace." },
	{ .name = "who_is_of_no_known_team_is_refused",
	  .before = slack_does_not_say_of_which_team_ana_is, .happens = ana_leads,
	  .says = "You belong to another Slack workspace." },
	{ .name = "whom_slack_does_not_know_is_refused",
	  .before = slack_does_not_know_ana, .happens = ana_leads,
	  .says = "Slack knows no such user." },
	{ .name = "an_answer_of_slack_about_somebody_else_is_none",
	  .before = slack_answers_about_bob, .happens = bob_leads,
	  .says = "Slack could not say who you are" },

	{ .name = "the_map_of_the_config_wins_at_pagerduty",
	  .rule = RULE_ACK, .more = IS_BOB("pagerduty = \"PUBOB01\""),
	  .happens = bob_acked, .says = "Granted" },
	{ .name = "with_a_map_ones_own_email_is_not_looked_for",
	  .rule = RULE_ACK, .more = IS_BOB("pagerduty = \"PUBOB01\""),
	  .happens = ana_acked, .says = "Not granted" },
	{ .name = "the_map_of_the_config_wins_at_incidentio",
	  .rule = RULE_LEAD, .more = IS_BOB("incidentio = \"01JUBOB0000000000000000001\""),
	  .happens = bob_leads, .says = "Granted" },
	{ .name = "with_a_map_ones_own_slack_id_is_not_looked_for",
	  .rule = RULE_LEAD, .more = IS_BOB("incidentio = \"01JUBOB0000000000000000001\""),
	  .happens = ana_leads, .says = "Not granted" },
	{ .name = "an_email_of_the_map_needs_no_confirmation",
	  .rule = RULE_ACK, .more = IS_BOB("email = \"bob@acme.example\""),
	  .before = anas_email_is_not_confirmed, .happens = bob_acked,
	  .says = "Granted" },
	{ .name = "a_map_makes_no_member_of_a_guest",
	  .more = IS_BOB("pagerduty = \"PUBOB01\""), .before = ana_is_a_guest,
	  .happens = bob_acked, .says = "You are a guest in this Slack workspace." },
	{ .name = "a_user_whom_incidentio_gives_for_another_is_nobody",
	  .rule = RULE_LEAD, .before = incidentio_answers_about_bob,
	  .happens = bob_leads, .says = NO_IO_USER },
	{ .name = "a_deactivated_user_of_incidentio_is_nobody",
	  .rule = RULE_LEAD, .before = ana_is_deactivated_at_incidentio,
	  .happens = ana_leads, .says = NO_IO_USER },
};
/* clang-format on */

static void a_command_from_another_company_is_refused(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "eve");
	struct world_envelope *e = scene_type(t, "eve", "prod-db 1h");

	assert_has(scene_ack_text(e), "another");
	scene_settle(t);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
}

/* What is known of people is kept: but not whether they may be given anything. */
static void who_is_made_a_guest_is_refused_within_a_minute(void **state)
{
	struct scene *t = *state;

	ana_leads(t);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	ana_is_a_guest(t);
	scene_pass(t, 60 * 1000);
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "You are a guest");
	assert_int_equal(scene_grants(t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_command_from_another_company_is_refused,
						watch_setup, watch_teardown),
		cmocka_unit_test_setup_teardown(
			who_is_made_a_guest_is_refused_within_a_minute, watch_setup,
			watch_teardown),
	};

	return stories_run("people", stories, ARRAY_LEN(stories), tests,
			   ARRAY_LEN(tests));
}
