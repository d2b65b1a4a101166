/* SPDX-License-Identifier: Apache-2.0 */
/* Acknowledged incidents of PagerDuty: by whom, of what, since when, and whether that
 * still holds. */
#include <stdio.h>
#include <string.h>

#include "approver/pagerduty_pages.h"
#include "shared/text.h"
#include "tests/lib/story.h"

enum { HOUR_MS = 3600 * 1000 };

static struct world_page *trigger(struct scene *t)
{
	return world_trigger(t->world, "PSVC001", "replica lag");
}

static struct world_page *acked_by(struct scene *t, const char *who)
{
	struct world_page *p = trigger(t);

	assert_true(world_ack(t->world, p, who));
	return p;
}

static void ana_acked(struct scene *t)
{
	acked_by(t, "ana");
}

static void bob_acked(struct scene *t)
{
	acked_by(t, "bob");
}

static void cara_acked(struct scene *t)
{
	acked_by(t, "cara");
}

/* --- by whom ------------------------------------------------------------------------- */

static void nobody_acked(struct scene *t)
{
	trigger(t);
}

static void bob_acked_the_first_and_ana_another(struct scene *t)
{
	ana_acked(t);
	bob_acked(t); /* the newest is listed first */
}

static void bob_and_then_ana_acked_the_same(struct scene *t)
{
	assert_true(world_ack(t->world, acked_by(t, "bob"), "ana"));
}

/* An integration acknowledged it, and its id looks like hers. */
static void a_service_acked(struct scene *t)
{
	struct world_page *p = acked_by(t, "ana");

	text_copy(p->acks[0].type, sizeof(p->acks[0].type), "service_reference");
}

static void somebody_of_a_new_kind_acked(struct scene *t)
{
	struct world_page *p = acked_by(t, "ana");

	text_copy(p->acks[0].type, sizeof(p->acks[0].type), "user_group_reference");
}

static void the_acks_are_null(struct scene *t)
{
	acked_by(t, "ana")->acks_null = true;
}

static void the_acks_of_one_are_null_and_ana_acked_another(struct scene *t)
{
	ana_acked(t);
	the_acks_are_null(t);
}

/* --- who triggered it ------------------------------------------------------------------ */

static void ana_acked_what_was_triggered_by(struct scene *t, const char *type,
					    const char *id)
{
	struct world_page *p = acked_by(t, "ana");

	text_copy(p->trigger_type, sizeof(p->trigger_type), type);
	text_copy(p->trigger_id, sizeof(p->trigger_id), id);
}

static void ana_triggered_and_acked(struct scene *t)
{
	ana_acked_what_was_triggered_by(t, "user_reference", "PUANA01");
}

static void bob_triggered_and_ana_acked(struct scene *t)
{
	ana_acked_what_was_triggered_by(t, "user_reference", "PUBOB01");
}

static void an_integration_triggered_and_ana_acked(struct scene *t)
{
	ana_acked_what_was_triggered_by(t, "events_api_v2_inbound_integration_reference",
					"PINT001");
}

static void nobody_knows_who_triggered_what_ana_acked(struct scene *t)
{
	ana_acked_what_was_triggered_by(t, "", "");
}

/* --- since when, of what ------------------------------------------------------------------ */

static void ana_acked_hours_ago(struct scene *t, int hours)
{
	struct world_page *p = acked_by(t, "ana");

	p->created_ms -= (int64_t)hours * HOUR_MS;
	p->acks[0].at_ms -= (int64_t)hours * HOUR_MS;
}

static void ana_acked_half_a_day_ago(struct scene *t)
{
	ana_acked_hours_ago(t, 13);
}

static void ana_acked_this_morning(struct scene *t)
{
	ana_acked_hours_ago(t, 5);
}

static void ana_acked_in_the_future(struct scene *t)
{
	ana_acked_hours_ago(t, -1);
}

/* PagerDuty hides what is older than a month unless it is asked for everything. */
static void ana_acked_what_is_five_weeks_old(struct scene *t)
{
	acked_by(t, "ana")->created_ms -= (int64_t)35 * 24 * HOUR_MS;
}

static void ana_acked_with_low_urgency(struct scene *t)
{
	text_copy(acked_by(t, "ana")->urgency, sizeof(trigger(t)->urgency), "low");
}

/* --- it is over ----------------------------------------------------------------------------- */

/* With the list of who had acknowledged it still there. */
static void hers_became(struct scene *t, const char *status)
{
	struct world_page *p = acked_by(t, "ana");

	text_copy(p->status, sizeof(p->status), status);
	t->world->pagerduty_knobs.ignore_filters = true;
}

static void hers_is_triggered_again(struct scene *t)
{
	hers_became(t, "triggered");
}

static void hers_is_resolved(struct scene *t)
{
	hers_became(t, "resolved");
}

static void hers_has_a_new_status(struct scene *t)
{
	hers_became(t, "snoozed");
}

/* --- pages ------------------------------------------------------------------------------------ */

static void hers_is_on_page_2(struct scene *t)
{
	ana_acked(t);
	world_fill_pages(t->world, 120);
}

static void hers_is_on_a_page_of_small_ones(struct scene *t)
{
	ana_acked(t);
	world_fill_pages(t->world, 7);
	t->world->pagerduty_knobs.page_cap = 2;
}

static void there_is_always_more(struct scene *t)
{
	ana_acked(t);
	t->world->pagerduty_knobs.more_always = true;
}

static void hers_is_on_page_1_of_too_many(struct scene *t)
{
	world_fill_pages(t->world, PAGERDUTY_PAGES_MAX);
	ana_acked(t);
	t->world->pagerduty_knobs.page_cap = 1;
}

/* clang-format off */
#define PD(rest) "pagerduty = { acknowledged = true; " rest "}"
#define ENDLESS "PagerDuty: the list of open incidents could not be read to its end"

/* #512 is the first. */
static const struct story stories[] = {
	{ .name = "who_acknowledged_none_gets_nothing", .rule = RULE_ACK,
	  .happens = nobody_acked,
	  .says = "#512 replica lag is open, but you have not acknowledged it." },
	{ .name = "that_another_acknowledged_it_gives_nothing", .rule = RULE_ACK,
	  .happens = bob_acked, .says = "Not granted" },
	{ .name = "the_first_is_anothers_and_the_second_is_enough", .rule = RULE_ACK,
	  .happens = bob_acked_the_first_and_ana_another, .says = "Granted" },
	{ .name = "the_second_who_acknowledged_it_has_done_so_too", .rule = RULE_ACK,
	  .happens = bob_and_then_ana_acked_the_same, .says = "Granted" },
	{ .name = "a_service_that_acknowledges_is_no_person", .rule = RULE_ACK,
	  .happens = a_service_acked, .says = "Not granted" },
	{ .name = "what_acknowledges_and_is_no_user_is_no_person", .rule = RULE_ACK,
	  .happens = somebody_of_a_new_kind_acked, .says = "Not granted" },
	{ .name = "acknowledgements_of_null_are_none", .rule = RULE_ACK,
	  .happens = the_acks_are_null, .says = "Not granted" },
	{ .name = "acknowledgements_of_null_do_not_hide_others", .rule = RULE_ACK,
	  .happens = the_acks_of_one_are_null_and_ana_acked_another,
	  .says = "Granted" },

	{ .name = "what_they_triggered_themselves_does_not_count", .rule = RULE_ACK,
	  .happens = ana_triggered_and_acked, .says = "you triggered it yourself" },
	{ .name = "what_they_triggered_themselves_counts_if_the_rule_says_so",
	  .rule = PD("self_triggered = true; "), .happens = ana_triggered_and_acked,
	  .says = "Granted" },
	{ .name = "what_somebody_else_triggered_counts", .rule = RULE_ACK,
	  .happens = bob_triggered_and_ana_acked, .says = "Granted" },
	{ .name = "what_an_integration_triggered_counts", .rule = RULE_ACK,
	  .happens = an_integration_triggered_and_ana_acked, .says = "Granted" },
	{ .name = "of_unknown_origin_it_could_be_their_own", .rule = RULE_ACK,
	  .happens = nobody_knows_who_triggered_what_ana_acked,
	  .says = "it is not known who triggered it" },

	{ .name = "an_old_acknowledgement_does_not_count", .rule = RULE_ACK,
	  .happens = ana_acked_half_a_day_ago, .says = "responders counts 12 h at most" },
	{ .name = "how_old_it_may_be_is_the_rules_to_say",
	  .rule = PD("max_ack_age = \"4h\"; "), .happens = ana_acked_this_morning,
	  .says = "responders counts 4 h at most" },
	{ .name = "an_acknowledgement_of_this_morning_counts", .rule = RULE_ACK,
	  .happens = ana_acked_this_morning, .says = "Granted" },
	{ .name = "an_acknowledgement_of_the_future_does_not_count", .rule = RULE_ACK,
	  .happens = ana_acked_in_the_future, .says = "in the future" },
	{ .name = "an_old_incident_does_not_count", .rule = RULE_ACK,
	  .happens = ana_acked_what_is_five_weeks_old, .says = "it was opened 35 d" },
	{ .name = "an_old_incident_counts_where_it_may_be_as_old",
	  .rule = PD("max_age = \"60d\"; "), .happens = ana_acked_what_is_five_weeks_old,
	  .says = "Granted" },
	{ .name = "another_urgency_does_not_count", .rule = PD("urgency = \"high\"; "),
	  .happens = ana_acked_with_low_urgency,
	  .says = "its urgency is low and responders asks for high" },
	{ .name = "another_service_does_not_count",
	  .rule = PD("services = [ \"PSVC002\" ]; "), .happens = ana_acked,
	  .says = "it is of payments-db, which responders does not count" },
	{ .name = "one_of_the_services_counts",
	  .rule = PD("services = [ \"PSVC002\", \"PSVC001\" ]; "), .happens = ana_acked,
	  .says = "Granted" },
	{ .name = "a_service_is_told_by_its_id_not_by_its_name",
	  .rule = PD("services = [ \"payments-db\" ]; "), .happens = ana_acked,
	  .says = "Not granted" },

	{ .name = "who_is_on_call_at_the_first_level_is_enough",
	  .rule = PD("on_call_level = 2; "), .happens = ana_acked, .says = "Granted" },
	{ .name = "the_level_itself_is_enough", .who = "cara",
	  .rule = PD("on_call_level = 2; "), .happens = cara_acked, .says = "Granted" },
	{ .name = "the_level_behind_is_not", .who = "bob",
	  .rule = PD("on_call_level = 2; "), .happens = bob_acked,
	  .says = "you are on call for it at level 3 and responders counts up to level 2" },

	{ .name = "of_a_named_incident_nothing_else_is_enough", .rule = RULE_ACK,
	  .happens = bob_acked_the_first_and_ana_another, .asks = "prod-db 1h #513",
	  .says = "#513 replica lag is open, but you have not acknowledged it." },
	{ .name = "a_named_incident_that_they_acknowledged_is_enough", .rule = RULE_ACK,
	  .happens = bob_acked_the_first_and_ana_another, .asks = "prod-db 1h #512",
	  .says = "Granted" },
	{ .name = "a_named_incident_that_is_not_open_gives_nothing", .rule = RULE_ACK,
	  .happens = ana_acked, .asks = "prod-db 1h #99",
	  .says = "#99 is not a live incident." },

	{ .name = "triggered_again_it_is_acknowledged_by_nobody", .rule = RULE_ACK,
	  .happens = hers_is_triggered_again, .says = "Not granted" },
	{ .name = "resolved_it_does_not_count_even_if_the_server_sends_it",
	  .rule = RULE_ACK, .happens = hers_is_resolved, .says = "Not granted" },
	{ .name = "a_status_that_we_do_not_know_does_not_count", .rule = RULE_ACK,
	  .happens = hers_has_a_new_status, .says = "Not granted" },

	{ .name = "one_on_page_2_counts", .rule = RULE_ACK,
	  .happens = hers_is_on_page_2, .says = "Granted" },
	{ .name = "it_counts_however_small_the_pages", .rule = RULE_ACK,
	  .happens = hers_is_on_a_page_of_small_ones, .says = "Granted" },
	{ .name = "a_list_that_does_not_end_is_none", .rule = RULE_ACK,
	  .happens = there_is_always_more, .says = ENDLESS },
	{ .name = "more_pages_than_there_may_be_are_no_list", .rule = RULE_ACK,
	  .happens = hers_is_on_page_1_of_too_many, .says = ENDLESS },
};
/* clang-format on */

/* --- an acknowledgement that ends -------------------------------------------------------- */

/* Who takes it over has to acknowledge it anew. */
static void reassign(struct world *w, struct world_page *p)
{
	world_unack(w, p);
	assert_true(world_ack(w, p, "bob"));
}

static void what_is_acknowledged_no_more_gives_nothing_more(void **state)
{
	static const struct {
		const char *what;
		void (*end)(struct world *w, struct world_page *p);
	} rows[] = {
		{ "timed out", world_unack },
		{ "reassigned", reassign },
		{ "resolved", world_resolve_page },
	};
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world_page *p;
		const char *said;

		scene_again(t);
		t->policies = story_policy(RULE_ACK);
		scene_start(t, true);
		p = acked_by(t, "ana");
		assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
		rows[i].end(t->world, p);
		said = scene_ask(t, "ana", "prod-shell 1h");
		assert_row(strstr(said, "Not granted"), i, rows[i].what);
		assert_row(scene_grants(t) == 1, i, rows[i].what);
		ana_acked(t);
		assert_has(scene_ask(t, "ana", "prod-shell 1h"), "Granted");
	}
}

/* On call for another escalation policy than that of the incident. */
static void who_is_on_call_for_something_else_is_not(void **state)
{
	struct scene *t = *state;
	struct world_page *p;

	t->policies = story_policy(PD("on_call_level = 1; "));
	scene_start(t, true);
	p = world_trigger(t->world, "PSVC002", "checkout is slow");
	assert_true(world_ack(t->world, p, "ana"));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "you are not on call for it");
	t->world->pagerduty_knobs.ignore_filters = true; /* cara's rows come too */
	scene_pass(t, 6000);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "you are not on call for it");
	assert_true(world_ack(t->world, p, "cara"));
	assert_has(scene_ask(t, "cara", "prod-db 1h"), "Granted");
}

int main(void)
{
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(what_is_acknowledged_no_more_gives_nothing_more),
		STOPPED(who_is_on_call_for_something_else_is_not),
	};

	return stories_run("pages", stories, ARRAY_LEN(stories), tests, ARRAY_LEN(tests));
}
