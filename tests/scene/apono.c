/* SPDX-License-Identifier: Apache-2.0 */
/* Apono asks: who is allowed, who is denied and why, and what the ledger holds of it. */
#include <stdio.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/apono_scene.h"
#include "tests/lib/story.h"

#define ANA_ASKS \
	"{\"request_id\":\"req-1\",\"friendly_id\":\"AR-1\",\"requester_email\":" \
	"\"ana@acme.example\",\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\"," \
	"\"duration_s\":\"3600\"}"

static struct world_page *acked_by(struct scene *t, const char *who)
{
	struct world_page *p = world_trigger(t->world, "PSVC001", "replica lag");

	assert_true(world_ack(t->world, p, who));
	fake_clock_advance(&t->clock, 1100);
	return p;
}

static struct world_incident *led_by(struct scene *t, const char *who)
{
	struct world_incident *i = scene_incident(t, who);

	fake_clock_advance(&t->clock, 1100);
	return i;
}

static const char *incident_text(const char *name)
{
	return jx_str(json_array_get(jx_arr(apono_json(), "incidents"), 0), name);
}

static void assert_allowed(void)
{
	assert_string_equal(apono_text("decision"), "allow");
	assert_string_equal(jx_str(jx_obj(apono_json(), "data"), "decision"), "allow");
}

static void assert_denied(const char *why)
{
	assert_string_equal(apono_text("decision"), "deny");
	assert_string_equal(apono_text("status"), "none");
	assert_int_equal(json_array_size(jx_arr(apono_json(), "incidents")), 0);
	assert_non_null(jx_arr(apono_json(), "incidents"));
	assert_has(apono_text("reason"), why);
	assert_true(text_chars(apono_text("reason")) < 124);
	assert_string_equal(jx_str(jx_obj(apono_json(), "data"), "decision"), "deny");
}

/* --- who, for what, for how long --------------------------------------------------------- */

static void whoever_acknowledged_is_allowed(void **state)
{
	struct scene *t = *state;
	struct world_page *p = acked_by(t, "ana");
	char number[16];

	apono_post(t, ANA_ASKS, 200);
	assert_allowed();
	assert_string_equal(apono_text("status"), "acknowledged");
	assert_string_equal(apono_text("source"), "pagerduty");
	assert_has(apono_text("reason"), "acknowledged #");
	assert_has(apono_text("expires_at"), "2026-08-24T11:00:0");
	assert_string_equal(incident_text("status"), "acknowledged");
	assert_string_equal(incident_text("id"), p->id);
	snprintf(number, sizeof(number), "%u", p->number);
	assert_string_equal(incident_text("number"), number);
	assert_int_equal(json_array_size(jx_arr(apono_json(), "incidents")), 1);
	assert_has(apono_head(), "Content-Type: application/json");
}

static void whoever_leads_the_incident_is_allowed(void **state)
{
	struct scene *t = *state;

	led_by(t, "ana");
	apono_post(t, ANA_ASKS, 200);
	assert_allowed();
	assert_string_equal(apono_text("source"), "incidentio");
	assert_string_equal(incident_text("status"), "acknowledged");
	assert_has(incident_text("number"), "INC-");
}

static void whoever_does_not_is_denied_with_the_reason(void **state)
{
	struct scene *t = *state;

	led_by(t, "bob");
	apono_post(t, ANA_ASKS, 200);
	assert_denied("is live, but you");
	assert_string_equal(apono_text("expires_at"), "");
}

static void it_is_a_request_in_the_ledger_and_no_grant_of_ours(void **state)
{
	struct scene *t = *state;
	char sql[256];
	size_t said;

	acked_by(t, "ana");
	said = t->world->messages.n;
	apono_post(t, ANA_ASKS, 200);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM request WHERE id = '%s' AND source = 'apono' AND "
		 "user = 'ana@acme.example' AND channel = 'AR-1' AND state = 'granted' "
		 "AND resource = 'prod-db' AND policy = 'db-responders'",
		 apono_text("check_id"));
	assert_int_equal(scene_sql(t, sql), 1);
	snprintf(sql, sizeof(sql),
		 "SELECT count(*) FROM audit WHERE subject_id = '%s' AND data LIKE "
		 "'%%acknowledged%%'",
		 apono_text("check_id"));
	assert_int_equal(scene_sql(t, sql), 1);
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(t->world->messages.n, said);
}

static void it_is_about_the_grantee(void **state)
{
	struct scene *t = *state;

	acked_by(t, "bob");
	apono_post(t,
		   "{\"requester_email\":\"bob@acme.example\",\"grantee\":"
		   "\"ana@acme.example\",\"resource\":\"prod-db\"}",
		   200);
	assert_denied("");
	apono_post(t,
		   "{\"requester_email\":\"ana@acme.example\",\"grantee\":"
		   "\"BOB@acme.example \",\"resource\":\"prod-db\"}",
		   200);
	assert_allowed();
	apono_post(t,
		   "{\"requester_email\":\"bob@acme.example\",\"grantee\":\"\","
		   "\"resource\":\"prod-db\"}",
		   200);
	assert_allowed();
}

static void entities_in_an_address_are_undone(void **state)
{
	struct scene *t = *state;
	struct world_person *p = world_person(t->world, "ana");

	text_copy(p->pagerduty_email, sizeof(p->pagerduty_email), "o'neil@acme.example");
	acked_by(t, "ana");
	apono_post(t,
		   "{\"grantee\":\"o&#x27;neil@acme.example\",\"resource\":\"prod-db\"}",
		   200);
	assert_allowed();
}

static void what_is_denied_is_named(void **state)
{
	static const struct {
		const char *body;
		const char *why;
	} rows[] = {
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"other-db\"}",
		  "no resource called other-db" },
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"other-db\","
		  "\"integration\":\"prod-db\"}",
		  "no resource called other-db" },
		{ "{\"grantee\":\"ana@acme.example\"}", "names no resource" },
		{ "{\"resource\":\"prod-db\"}", "names nobody" },
		{ "{}", "names no resource" },
		{ "{\"grantee\":\"nobody@acme.example\",\"resource\":\"prod-db\"}", "" },
		{ "{\"grantee\":\"u-123\",\"resource\":\"prod-db\"}", "" },
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		  "\"policy\":\"prod-db-oncall\"}",
		  "No policy called prod-db-oncall lets anybody ask for prod-db" },
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		  "\"policy\":\"responders\"}",
		  "" },
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		  "\"duration_s\":\"28801\"}",
		  "is longer than the 8 h that db-responders allows at most" },
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		  "\"duration_s\":28800.5}",
		  "is longer than the 8 h that db-responders allows at most" },
		{ "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		  "\"duration_s\":\"-1\"}",
		  "is longer than the 8 h that db-responders allows at most" },
		{ "{\"grantee\":\"ana@acme.example\",\"integration\":\"prod-db\","
		  "\"second_integration\":\"staging-db\"}",
		  "several integrations" },
		{ "{\"event_type\":\"AccessRequestCreated\",\"data\":{}}",
		  "names nobody" },
	};
	struct scene *t = *state;

	acked_by(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		apono_post(t, rows[i].body, 200);
		assert_denied(rows[i].why);
	}
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE state = "
				      "'denied' AND source = 'apono'"),
			 ARRAY_LEN(rows));
}

static void what_is_allowed_may_be_said_in_many_ways(void **state)
{
	static const char *const rows[] = {
		"{\"grantee\":\"ana@acme.example\",\"integration\":\"prod-db\"}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"\",\"integration\":\"\","
		"\"bundle\":\"prod-db\"}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		"\"second_integration\":\"x\"}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		"\"policy\":\"db-responders\"}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\",\"policy\":"
		"null,\"duration_s\":null,\"bundle\":null}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		"\"duration_s\":\" 28800.000 \"}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\","
		"\"duration_s\":28800}",
		"{\"grantee\":\"ana@acme.example\",\"resource\":\"Payments (prod)\"}",
	};
	struct scene *t = *state;

	t->resources = "  { name = \"prod-db\"; labels = { env = \"prod\"; apono = "
		       "\"Payments (prod)\"; }; }";
	scene_start(t, true);
	acked_by(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		apono_post(t, rows[i], 200);
		assert_row(strcmp(apono_text("decision"), "allow") == 0, i, rows[i]);
	}
}

/* --- the event ---------------------------------------------------------------------------- */

#define EVENT(groups) \
	"{\"event_type\":\"AccessRequestCreated\",\"event_time\":\"1768469462.417000000\"," \
	"\"data\":{\"id\":\"e-1\",\"requester\":{\"email\":\"bob@acme.example\"}," \
	"\"grantee\":{\"source_id\":\"ana@acme.example\",\"type\":\"user\"}," \
	"\"access_duration_in_seconds\":\"3600\",\"access_groups\":[" groups "]}}"
#define GROUP(name) "{\"integration\":{\"name\":\"" name "\"},\"access_units\":[]}"

static void every_target_of_an_event_has_to_pass(void **state)
{
	struct scene *t = *state;

	acked_by(t, "ana"); /* good for prod-db, and not for prod-shell */
	apono_post(t, EVENT(GROUP("prod-db")), 200);
	assert_allowed();
	apono_post(t, EVENT(GROUP("prod-db") "," GROUP("prod-shell")), 200);
	assert_denied("");
	apono_post(t, EVENT(GROUP("prod-db") "," GROUP("unheard-of")), 200);
	assert_denied("no resource called unheard-of");
	led_by(t, "ana"); /* good for both, of which one has 8 h and the other 1 h */
	apono_post(t, EVENT(GROUP("prod-shell") "," GROUP("prod-db")), 200);
	assert_allowed();
}

/* What "Test" in Apono's own pages sends. */
static void the_test_button_is_answered_with_a_denial(void **state)
{
	struct scene *t = *state;

	apono_post(
		t,
		"{\"request_id\":\"123\",\"friendly_id\":\"AR-123\",\"requester_email\":"
		"\"user@example.com\",\"grantee\":\"\",\"resource\":\"\",\"integration\":"
		"\"Production\",\"bundle\":\"\",\"flow\":\"\",\"duration_s\":\"\"}",
		200);
	assert_denied("no resource called Production");
	apono_post(t,
		   "{\"event_type\":\"AccessRequestCreated\",\"data\":{\"id\":123,"
		   "\"friendly_id\":\"AR-123\",\"requester\":{\"email\":"
		   "\"user@example.com\"},\"grantee\":null,\"access_bundle\":null,"
		   "\"access_groups\":[{\"integration\":{\"name\":\"Production\"},"
		   "\"access_units\":null}]}}",
		   200);
	assert_denied("no resource called Production");
}

/* --- the config ---------------------------------------------------------------------------- */

static void nobody_asks_for_others_where_the_config_says_so(void **state)
{
	struct scene *t = *state;

	t->more = "apono = { bearer = \"env:SCENE_APONO\"; same_person = true; };\n";
	scene_start(t, true);
	acked_by(t, "ana");
	apono_post(t, ANA_ASKS, 200);
	assert_allowed();
	apono_post(t, EVENT(GROUP("prod-db")), 200);
	assert_denied("ask for themselves");
	apono_post(t,
		   "{\"requester_email\":\"ana@acme.example\",\"resource\":\"prod-db\"}",
		   200);
	assert_denied("ask for themselves");
}

static void a_private_incident_is_not_named(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;
	char *text;

	t->policies = story_policy("incidentio = { roles = [ \"Incident Lead\" ]; "
				   "private_incidents = true; }");
	scene_start(t, true);
	i = led_by(t, "ana");
	text_copy(i->name, sizeof(i->name), "Layoffs leaked");
	text_copy(i->visibility, sizeof(i->visibility), "private");
	fake_clock_advance(&t->clock, 1100);
	apono_post(t, ANA_ASKS, 200);
	assert_allowed();
	text = json_dumps(apono_json(), 0);
	assert_has_not(text, "Layoffs");
	assert_has_not(text, "INC-");
	assert_string_equal(incident_text("status"), "acknowledged");
	assert_null(strstr(scene_log(), "Layoffs"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, apono_setup, apono_teardown)
#define STOPPED(fn) \
	cmocka_unit_test_setup_teardown(fn, apono_setup_stopped, apono_teardown)
		TEST(whoever_acknowledged_is_allowed),
		TEST(whoever_leads_the_incident_is_allowed),
		TEST(whoever_does_not_is_denied_with_the_reason),
		TEST(it_is_a_request_in_the_ledger_and_no_grant_of_ours),
		TEST(it_is_about_the_grantee),
		TEST(entities_in_an_address_are_undone),
		TEST(what_is_denied_is_named),
		STOPPED(what_is_allowed_may_be_said_in_many_ways),
		TEST(every_target_of_an_event_has_to_pass),
		TEST(the_test_button_is_answered_with_a_denial),
		STOPPED(nobody_asks_for_others_where_the_config_says_so),
		STOPPED(a_private_incident_is_not_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
