/* SPDX-License-Identifier: Apache-2.0 */
/* Indent asks with other people among the resources. A claim names them all, and whoever
 * carries it out may give the access to any of them: so all of them have to stand for it
 * themselves, or there is no claim. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

#define PERSON(id, email) \
	"{\"id\":\"" id "\",\"kind\":\"slack/user\",\"email\":\"" email "\"}"
#define ANA  PERSON("U0ANA0001", "ana@acme.example")
#define BOB  PERSON("U0BOB0001", "bob@acme.example")
#define CARA PERSON("U0CARA001", "cara@acme.example")
#define BOB_TOO \
	"{\"id\":\"00u1\",\"kind\":\"okta.v1.User\",\"email\":\"bob@acme.example\"}"
#define NOBODY  "{\"id\":\"00u2\",\"kind\":\"okta.v1.User\"}"
#define UNNAMED "{\"id\":\"00u3\",\"email\":\"cara@acme.example\"}"
#define DB      "{\"id\":\"prod-db\",\"kind\":\"app\"}"
#define ASK(who, resources) \
	"{\"events\":[{\"event\":\"access/request\",\"reason\":\"lag\",\"actor\":" who \
	",\"resources\":[" resources "],\"meta\":{\"labels\":{}}}]}"

static struct indent_client client;

/* Ana leads an incident and bob is the DBA of another; cara has declared both. A lead
 * gets 2 h, a DBA 30 min. */
static int setup(void **state)
{
	struct scene *t;
	struct world_incident *i;

	watch_setup_stopped(state);
	t = *state;
	setenv("SCENE_PLATFORM", INDENT_SECRET, 1);
	t->more = "indent = { webhook_secret = \"env:SCENE_PLATFORM\"; };\n";
	t->policies =
		"  { name = \"leads\"; resources = [ \"prod-db\" ];\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; },\n"
		"  { name = \"dbas\"; resources = [ \"prod-db\" ];\n"
		"    any = ( { incidentio = { roles = [ \"DBA\" ]; }; } );\n"
		"    duration = \"30m\"; max_duration = \"8h\"; }\n";
	scene_incident(t, "ana");
	i = world_declare(t->world, "cara", "Replica lag", "Major");
	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	scene_start(t, true);
	indent_connect(&client, t->loop, app_port(&t->app));
	return 0;
}

static int teardown(void **state)
{
	indent_disconnect(&client);
	return watch_teardown(state);
}

static int post(struct scene *t, const char *body)
{
	fake_clock_advance(&t->clock, 1100);
	return indent_post(&client, body);
}

/* claim: how long, in the claim's words; NULL: there is none. */
static const struct {
	const char *name, *body, *claim;
} rows[] = {
	{ "nobody else", ASK(ANA, DB), "2h0m0s" },
	{ "themselves", ASK(ANA, ANA "," DB), "2h0m0s" },
	{ "who stands for it", ASK(ANA, DB "," BOB), "0h30m0s" },
	{ "the other way round", ASK(BOB, ANA "," DB), "0h30m0s" },
	{ "by an e-mail", ASK(ANA, DB "," BOB_TOO), "0h30m0s" },
	{ "twice", ASK(ANA, BOB "," DB "," BOB), "0h30m0s" },
	{ "all of them", ASK(ANA, ANA "," BOB "," DB "," BOB_TOO), "0h30m0s" },
	{ "who does not", ASK(ANA, DB "," CARA), NULL },
	{ "by whoever does not", ASK(CARA, ANA "," DB), NULL },
	{ "one of two", ASK(ANA, BOB "," CARA "," DB), NULL },
	{ "nobody in particular", ASK(ANA, NOBODY "," DB), NULL },
	{ "without a kind", ASK(ANA, UNNAMED "," DB), NULL },
	{ "the same id, another e-mail",
	  ASK(ANA, PERSON("U0ANA0001", "bob@acme.example") "," DB), NULL },
	{ "too many", ASK(ANA, BOB "," BOB "," BOB "," BOB "," BOB "," DB), NULL },
	{ "no target", ASK(ANA, BOB), NULL },
};

static void everybody_whom_a_claim_names_has_to_stand_for_it(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char duration[64];

		snprintf(duration, sizeof(duration),
			 "\"indent.com/time/duration\":\"%s\"",
			 rows[i].claim ? rows[i].claim : "");
		assert_row(post(t, rows[i].body) == 200, i, rows[i].name);
		assert_row(rows[i].claim ? strstr(client.body, duration) != NULL
					 : strcmp(client.body, "{\"status\":{\"code\":0},"
							       "\"claims\":[]}") == 0,
			   i, rows[i].name);
		/* One request, of who asks, whoever else is named. */
		assert_row(scene_sql(t, "SELECT count(*) FROM request") == (int64_t)i + 1,
			   i, rows[i].name);
	}
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE user NOT IN "
				      "('U0ANA0001', 'U0BOB0001', 'U0CARA001')"),
			 0);
}

static void they_are_echoed_as_they_came(void **state)
{
	struct scene *t = *state;

	assert_int_equal(post(t, ASK(ANA, DB "," BOB)), 200);
	assert_has(client.body, "\"resources\":[" ANA "," DB "," BOB "]");
	assert_has(client.body, "\"reason\":\"Incident Lead of INC-"); /* the asker's */
}

static int64_t traced(struct scene *t, const char *part)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM audit WHERE data LIKE '%%%s%%'",
		 part);
	return scene_sql(t, sql);
}

static void the_trace_says_of_whom_each_part_of_it_is(void **state)
{
	struct scene *t = *state;

	assert_int_equal(post(t, ASK(ANA, DB "," BOB_TOO)), 200);
	assert_int_equal(traced(t, "\"trace\":[{%\"person\":\"bob@acme.example\"%},{%"
				   "\"person\":\"U0ANA0001\""),
			 1);
	assert_int_equal(post(t, ASK(ANA, DB "," CARA)), 200);
	assert_int_equal(traced(t, "\"no-standing\"%\"person\":\"U0CARA001\""), 1);
	assert_has_not(scene_log(), "acme.example");
	/* Of one there is nothing to tell apart. */
	assert_int_equal(post(t, ASK(ANA, DB)), 200);
	assert_int_equal(traced(t, "\"person\""), 2);
}

/* What is known of bob is from before he took the role: it is read again for him. */
static void a_role_just_taken_counts_for_them_too(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	assert_int_equal(post(t, ASK(ANA, DB "," CARA)), 200);
	assert_has_not(client.body, "access/approve");
	i = world_declare(t->world, "bob", "Queue is full", "Major");
	assert_true(world_take_role(t->world, i, "DBA", "cara"));
	assert_int_equal(post(t, ASK(ANA, DB "," CARA)), 200);
	assert_has(client.body, "access/approve");
}

static void a_provider_that_is_down_is_an_error_for_them_too(void **state)
{
	struct scene *t = *state;

	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_STATUS,
						     .status = 503 });
	fake_clock_advance(&t->clock, 6000);
	assert_int_equal(post(t, ASK(ANA, DB "," BOB)), 500);
	assert_int_equal(indent_code(&client), 10);
	assert_has_not(client.body, "claims");
}

static void a_client_that_goes_away_leaves_nothing_behind(void **state)
{
	struct scene *t = *state;
	char headers[256], time[32], hex[65];
	const char *body = ASK(ANA, DB "," BOB);

	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_MUTE });
	fake_clock_advance(&t->clock, 6000);
	text_format_time(clock_wall_ms(loop_clock(t->loop)), time);
	indent_sign(INDENT_SECRET, time, body, hex);
	snprintf(headers, sizeof(headers),
		 "X-Indent-Timestamp: %s\r\nX-Indent-Signature: %s\r\n", time, hex);
	indent_send(&client, headers, body, strlen(body));
	scene_settle(t);
	wire_reset(&client.wire);
	assert_true(scene_logged(t, "hook.gone"));
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
	indent_connect(&client, t->loop, app_port(&t->app));
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCENE(everybody_whom_a_claim_names_has_to_stand_for_it),
		SCENE(they_are_echoed_as_they_came),
		SCENE(the_trace_says_of_whom_each_part_of_it_is),
		SCENE(a_role_just_taken_counts_for_them_too),
		SCENE(a_provider_that_is_down_is_an_error_for_them_too),
		SCENE(a_client_that_goes_away_leaves_nothing_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
