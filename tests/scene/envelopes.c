/* SPDX-License-Identifier: Apache-2.0 */
/* What comes over the socket, whole or in pieces, once or again, of ours and of others:
 * each is acked once it can be, in time, in one frame that Slack takes, and decides one
 * request or none. */
#include <stdio.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000 };

static int64_t requests(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM request");
}

/* --- in pieces, and again ----------------------------------------------------------------- */

static void however_it_is_cut_it_is_one_command(void **state)
{
	static const struct {
		size_t pieces, padding;
	} rows[] = { { 1, 0 },       { 2, 0 },       { 37, 0 },      { 1, 1 << 16 },
		     { 3, 1 << 16 }, { 1, 1 << 20 }, { 2, 1 << 20 }, { 1000, 1 << 20 } };
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char name[64];

		t->world->slack_knobs.pieces = rows[i].pieces;
		t->world->slack_knobs.padding = rows[i].padding;
		snprintf(name, sizeof(name), "%zu bytes more in %zu pieces",
			 rows[i].padding, rows[i].pieces);
		const char *said = scene_ask(t, "ana", "prod-db 1h");

		scene_let_go(t);

		assert_row(strstr(said, "Granted: prod-db"), i, name);
		assert_row(requests(t) == (int64_t)i + 1, i, name);
	}
	assert_int_equal(scene_dials(t), 1);
}

static void what_comes_again_is_acked_and_decides_nothing(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	t->world->slack_knobs.copies = 2; /* the same envelope three times at once */
	struct world_envelope *e = scene_type(t, "ana", "prod-db 2h");

	assert_non_null(scene_message(t, "Granted: prod-db"));
	assert_int_equal(e->sent, 3);
	t->world->slack_knobs.copies = 0;
	world_resend(t->world, e, false);
	assert_true(scene_acked_times(t, e, 4));

	/* A new envelope with the same trigger: Slack did not hear our ack in time. */
	for (int minutes = 0; minutes < 59; minutes += 29) {
		struct world_envelope *again = world_resend(t->world, e, true);

		assert_true(scene_acked(t, again));
		scene_advance(t, 29 * 60 * S);
	}
	world_resend(t->world, e, false);
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 1), 1);
	assert_int_equal(requests(t), 1);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM grants"), 1);
}

static void what_was_lost_with_the_socket_is_decided_once(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	t->world->slack_knobs.redeliver = true;
	for (int i = 1; i < 4; i++) {
		scene_advance(t, 61 * S);
		struct world_envelope *e =
			scene_type_in(t, "ana", "inc-room", "prod-db 2h");

		if (i != 2) { /* it may have been read, its ack cannot be written */
			loop_run_once(t->loop);
		}
		world_cut(t->world, 0, WORLD_CUT_TCP);
		assert_true(scene_acked(t, e));
		assert_int_equal(scene_count_settled(t, "Granted: prod-db", (size_t)i),
				 i);
		assert_int_equal(requests(t), i);
		scene_let_go(t);
	}
}

static void two_people_at_once_are_two_requests(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	scene_type_in(t, "ana", "inc-room", "prod-db 1h");
	scene_type_in(t, "bob", "inc-room", "prod-db 1h");
	scene_type_in(t, "ana", "inc-room", "prod-db 1h"); /* she means it */
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 3), 3);
	assert_int_equal(requests(t), 3);
}

/* --- not commands ------------------------------------------------------------------------- */

static void events_and_presses_are_acked_and_pass(void **state)
{
	struct scene *t = *state;

	for (unsigned attempt = 0; attempt < 4; attempt++) {
		struct world_envelope *e = world_send(
			t->world, "events_api",
			json_pack("{s:s,s:s,s:{s:s}}", "type", "event_callback",
				  "event_id", "Ev1", "event", "type", "app_mention"),
			attempt);

		assert_true(scene_acked(t, e));
		assert_null(e->ack_payload);
	}
	struct world_envelope *others[] = {
		world_send(t->world, "events_api",
			   json_pack("{s:s,s:i}", "type", "app_rate_limited",
				     "minute_rate_limited", 1518467820),
			   0),
		world_send(t->world, "interactive",
			   json_pack("{s:s,s:n}", "type", "block_actions", "team"), 0),
		world_send(t->world, "interactive",
			   json_pack("{s:s}", "type", "shortcut"), 0),
		world_open_home(t->world, "ana"),
	};
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		assert_true(scene_acked(t, others[i]));
		assert_null(others[i]->ack_payload);
	}
	scene_settle(t);
	assert_int_equal(scene_count(t, ""), 0);
	assert_int_equal(requests(t), 0);
}

/* clang-format off */
static const struct {
	const char *frame;
	bool acked;
} odd_frames[] = {
	/* of ours, and cannot be read: unacked it would come for ever */
	{ "{\"envelope_id\":\"odd-1\",\"type\":\"slash_commands\",\"payload\":\"text\"}", true },
	{ "{\"envelope_id\":\"odd-2\",\"type\":\"slash_commands\",\"payload\":[1]}", true },
	{ "{\"envelope_id\":\"odd-3\",\"type\":\"slash_commands\"}", true },
	{ "{\"envelope_id\":\"odd-4\",\"type\":\"slash_commands\",\"payload\":{}}", true },
	{ "{\"envelope_id\":\"odd-5\",\"type\":\"slash_commands\",\"payload\":{\"team_id\":7}}", true },
	{ "{\"envelope_id\":\"odd-6\",\"type\":\"interactive\",\"payload\":null}", true },
	{ "{\"envelope_id\":\"odd-7\",\"type\":\"events_api\",\"payload\":{\"event\":7}}", true },
	{ "{\"envelope_id\":\"odd-8\",\"type\":\"slash_commands\",\"payload\":{\"text\":\"br", true },
	{ "{\"envelope_id\":\"odd-9\",\"type\":\"slash_commands\",\"payload\":{]}", true },
	/* of no known type, or no frame at all: an ack could make a ping-pong */
	{ "{\"envelope_id\":\"odd-10\",\"type\":\"news\",\"payload\":{}}", false },
	{ "{\"envelope_id\":\"odd-11\",\"payload\":{}}", false },
	{ "{\"envelope_id\":\"odd-12\",\"type\":7,\"payload\":{}}", false },
	{ "{\"envelope_id\":\"odd-13\"}", false },
	{ "{\"type\":\"slash_commands\",\"payload\":{}}", false },
	{ "{\"envelope_id\":\"\",\"type\":\"slash_commands\",\"payload\":{}}", false },
	{ "{\"envelope_id\":7,\"type\":\"slash_commands\",\"payload\":{}}", false },
	{ "{\"type\":\"hello\"}", false },
	{ "{\"type\":\"ping\"}", false },
	{ "[]", false },
	{ "null", false },
	{ "7", false },
	{ "{", false },
	{ "", false },
	{ "\"slash_commands\"", false },
	{ "<html>", false },
};
/* clang-format on */

static bool strange_acks(struct scene *t, void *data)
{
	return world_strange_acks(t->world) >= *(size_t *)data;
}

static void what_cannot_be_read_is_acked_only_if_it_is_of_slacks(void **state)
{
	struct scene *t = *state;
	size_t acks = 0;

	for (size_t i = 0; i < ARRAY_LEN(odd_frames); i++) {
		const char *frame = odd_frames[i].frame;

		assert_true(world_send_raw(t->world, frame, strlen(frame)));
		acks += odd_frames[i].acked;
		assert_row(scene_until(t, strange_acks, &acks, 2000), i, frame);
	}
	scene_settle(t);
	assert_int_equal(world_strange_acks(t->world), acks);
	assert_has(scene_ack_text(scene_type(t, "ana", "mine")), "nothing");
	assert_int_equal(scene_dials(t), 1);
	assert_int_equal(requests(t), 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM audit"), 0);
}

/* --- of others ---------------------------------------------------------------------------- */

static void strangers_are_refused_politely(void **state)
{
	/* clang-format off */
	struct {
		json_t *changes;
		const char *says;
	} rows[] = {
		{ json_pack("{s:s}", "team_id", "T0OTHER01"), "another workspace" },
		{ json_pack("{s:s}", "team_id", "t0acme001"), "another workspace" },
		{ json_pack("{s:s}", "api_app_id", "A0OTHER01"), "another app" },
		{ json_pack("{s:s}", "is_enterprise_install", "true"), "one workspace only" },
		{ json_pack("{s:b}", "is_enterprise_install", 1), "one workspace only" },
		{ json_pack("{s:i}", "is_enterprise_install", 1), "one workspace only" },
		{ json_pack("{s:s,s:s}", "team_id", "T0OTHER01", "text", "help"), "another workspace" },
		{ json_pack("{s:s,s:s}", "team_id", "T0OTHER01", "text", "mine"), "another workspace" },
	};
	/* clang-format on */
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world_envelope *e = scene_send_command(t, rows[i].changes);

		assert_true(scene_acked(t, e));
		assert_row(strstr(scene_ack_text(e), rows[i].says), i, rows[i].says);
		assert_string_equal(jx_str(e->ack_payload, "response_type"), "ephemeral");
	}
	/* eve, of another company, in a shared channel */
	assert_has(scene_ack_text(scene_type(t, "eve", "prod-db 2h")),
		   "another workspace");
	assert_int_equal(requests(t), 0);
	assert_int_equal(world_count(t->world, "users.info"), 0);
}

static void what_slack_leaves_out_or_writes_otherwise_is_served(void **state)
{
	/* clang-format off */
	struct {
		const char *name;
		json_t *changes;
	} rows[] = {
		{ "a bool", json_pack("{s:b}", "is_enterprise_install", 0) },
		{ "a string", json_pack("{s:s}", "is_enterprise_install", "false") },
		{ "null", json_pack("{s:n}", "is_enterprise_install") },
		{ "on Grid", json_pack("{s:s,s:s}", "enterprise_id", "E0ACME001", "enterprise_name", "Acme") },
		{ "no app id", json_pack("{s:n}", "api_app_id") },
		{ "no trigger", json_pack("{s:n}", "trigger_id") },
		{ "no response_url", json_pack("{s:n}", "response_url") },
	};
	/* clang-format on */
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct world_envelope *e = scene_send_command(t, rows[i].changes);
		size_t n = scene_count_settled(t, "Granted: prod-db", i + 1);

		assert_row(scene_acked(t, e), i, rows[i].name);
		assert_row(n == i + 1, i, rows[i].name);
		scene_let_go(t);
	}
}

static void no_response_url_but_slacks_is_posted_to(void **state)
{
	static const char *const urls[] = {
		"http://hooks.slack.com/commands/1",
		"https://hooks.slack.com.evil.example/commands/1",
		"https://evil.example/commands/1",
		"https://hooks.slack.com:8443/commands/1",
		"https://user@hooks.slack.com/commands/1",
		"https://169.254.169.254/latest/meta-data",
		"file:///etc/passwd",
		"gopher://127.0.0.1/1",
		"nonsense",
		"",
	};
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		scene_send_command(t, json_pack("{s:s}", "response_url", urls[i]));
		size_t n = scene_count_settled(t, "Granted: prod-db", i + 1);

		assert_row(n == i + 1, i, urls[i]);
		assert_has_not(scene_log(), "evil.example"); /* not even looked up */
		scene_let_go(t);
	}
	assert_int_equal(world_count(t->world, "chat.postMessage"), ARRAY_LEN(urls));
}

/* --- the ack ------------------------------------------------------------------------------ */

static void help_for_many_resources_fits_one_frame(void **state)
{
	static char resources[256 * 1024];
	struct scene *t = *state;
	size_t n =
		(size_t)snprintf(resources, sizeof(resources),
				 "{ name = \"prod-db\"; labels = { env = \"prod\"; }; }");

	for (int i = 1; i < 1000; i++) {
		n += (size_t)snprintf(resources + n, sizeof(resources) - n,
				      ", { name = \"prod-%0100d\"; }", i);
	}
	t->resources = resources;
	scene_start(t, true);
	assert_has(scene_ack_text(scene_type(t, "ana", "help")), "and 985 more");
	assert_has(scene_ack_text(scene_type(t, "ana", "prod-0 2h")), "prod-0");
	assert_true(scene_ack_text(scene_type(t, "ana", "nothing of yours"))[0]);
	assert_int_equal(scene_dials(t), 1);
}

/* Each can be held once. */
static const char *many_resources(void)
{
	static char text[4096];
	size_t n = 0;

	for (int i = 0; i < 25; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%s{ name = \"prod-db-%d\"; }", i > 0 ? ", " : "",
				      i);
	}
	return text;
}

static void ask_one_of_many(struct scene *t, const char *who, int n)
{
	char text[64];

	snprintf(text, sizeof(text), "prod-db-%d 2h", n);
	assert_has(scene_ask(t, who, text), "Granted");
}

/* Twenty lines, and what stands in them grows when it is escaped. */
static void what_somebody_holds_is_told_in_the_ack_if_it_fits(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");
	char role[101];

	memset(role, '&', 100);
	role[100] = '\0';
	scene_stop(t);
	t->resources = many_resources();
	t->policies = "{ name = \"rule\"; resources = [ \"*\" ]; any = ( { incidentio = "
		      "{ roles = [ \"Incident Lead\" ]; }; } ); }";
	scene_start(t, true);
	for (int n = 0; n < 25; n++) {
		ask_one_of_many(t, "ana", n);
	}
	assert_has(scene_ack_text(scene_type(t, "ana", "mine")), "and 5 more");

	/* As it is called from now on. */
	text_copy(world_role(t->world, "DBA")->name, NAME_SIZE, role);
	t->policies = "{ name = \"rule\"; resources = [ \"*\" ]; any = ( { incidentio = "
		      "{ roles = [ \"&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&"
		      "&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&&\" ]; }; } ); }";
	assert_true(world_take_role(t->world, i, role, "bob"));
	scene_stop(t);
	scene_start(t, true);
	for (int n = 0; n < 20; n++) {
		ask_one_of_many(t, "bob", n);
	}
	const struct world_envelope *e = scene_type(t, "bob", "mine");

	assert_null(e->ack_payload);
	assert_non_null(scene_message(t, "&amp;&amp;&amp;"));
	scene_settle(t);
	assert_string_equal(world_find_message(t->world, "bob", "prod-db-0 until")->via,
			    "response_url");
	assert_int_equal(world_newest_socket(t->world), 3);
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(however_it_is_cut_it_is_one_command),
		SCENE(what_comes_again_is_acked_and_decides_nothing),
		SCENE(what_was_lost_with_the_socket_is_decided_once),
		SCENE(two_people_at_once_are_two_requests),
		SCENE(events_and_presses_are_acked_and_pass),
		SCENE(what_cannot_be_read_is_acked_only_if_it_is_of_slacks),
		SCENE(strangers_are_refused_politely),
		SCENE(what_slack_leaves_out_or_writes_otherwise_is_served),
		SCENE(no_response_url_but_slacks_is_posted_to),
		STOPPED(help_for_many_resources_fits_one_frame),
		SCENE(what_somebody_holds_is_told_in_the_ack_if_it_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
