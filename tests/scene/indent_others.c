/* SPDX-License-Identifier: Apache-2.0 */
/* Indent asks with other people among the resources. A claim names them all, and whoever
 * carries it out may give the access to any of them: so all of them have to stand for it
 * themselves, or there is no claim. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/indent_scene.h"
#include "tests/lib/test.h"

#define BOB_TOO BY_EMAIL("bob@acme.example")
#define NOBODY  "{\"id\":\"00u2\",\"kind\":\"okta.v1.User\"}"
#define UNNAMED "{\"id\":\"00u3\",\"email\":\"cara@acme.example\"}"

/* Ana leads an incident and bob is the DBA of another; cara has declared both. A lead
 * gets 2 h, a DBA 30 min. */
static int setup(void **state)
{
	struct scene *t;
	struct world_incident *i;

	watch_setup_stopped(state);
	t = *state;
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
	indent_start(t);
	return 0;
}

/* claim: how long, in the claim's words; NULL: there is none. */
static const struct {
	const char *name, *body, *claim;
} rows[] = {
	{ "nobody else", ASK(ANA, PROD_DB), "2h0m0s" },
	{ "themselves", ASK(ANA, ANA "," PROD_DB), "2h0m0s" },
	{ "who stands for it", ASK(ANA, PROD_DB "," BOB), "0h30m0s" },
	{ "the other way round", ASK(BOB, ANA "," PROD_DB), "0h30m0s" },
	{ "by an e-mail", ASK(ANA, PROD_DB "," BOB_TOO), "0h30m0s" },
	{ "twice", ASK(ANA, BOB "," PROD_DB "," BOB), "0h30m0s" },
	{ "all of them", ASK(ANA, ANA "," BOB "," PROD_DB "," BOB_TOO), "0h30m0s" },
	{ "who does not", ASK(ANA, PROD_DB "," CARA), NULL },
	{ "by whoever does not", ASK(CARA, ANA "," PROD_DB), NULL },
	{ "one of two", ASK(ANA, BOB "," CARA "," PROD_DB), NULL },
	{ "nobody in particular", ASK(ANA, NOBODY "," PROD_DB), NULL },
	{ "without a kind", ASK(ANA, UNNAMED "," PROD_DB), NULL },
	{ "the same id, another e-mail",
	  ASK(ANA, PERSON("U0ANA0001", "bob@acme.example") "," PROD_DB), NULL },
	{ "too many", ASK(ANA, BOB "," BOB "," BOB "," BOB "," BOB "," PROD_DB), NULL },
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
		assert_row(indent_asks(t, rows[i].body) == 200, i, rows[i].name);
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

	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB "," BOB)), 200);
	assert_has(client.body, "\"resources\":[" ANA "," PROD_DB "," BOB "]");
	assert_has(client.body, "\"reason\":\"Incident Lead of INC-"); /* the asker's */
}

static void the_trace_says_of_whom_each_part_of_it_is(void **state)
{
	struct scene *t = *state;

	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB "," BOB_TOO)), 200);
	assert_int_equal(indent_traced(t,
				       "\"trace\":[{%\"person\":\"bob@acme.example\"%},{%"
				       "\"person\":\"U0ANA0001\""),
			 1);
	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB "," CARA)), 200);
	assert_int_equal(indent_traced(t, "\"no-standing\"%\"person\":\"U0CARA001\""), 1);
	assert_has_not(scene_log(), "acme.example");
	/* Of one there is nothing to tell apart. */
	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB)), 200);
	assert_int_equal(indent_traced(t, "\"person\""), 2);
}

/* What is known of bob is from before he took the role: it is read again for him. */
static void a_role_just_taken_counts_for_them_too(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB "," CARA)), 200);
	assert_has_not(client.body, "access/approve");
	i = world_declare(t->world, "bob", "Queue is full", "Major");
	assert_true(world_take_role(t->world, i, "DBA", "cara"));
	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB "," CARA)), 200);
	assert_has(client.body, "access/approve");
}

static void a_provider_that_is_down_is_an_error_for_them_too(void **state)
{
	struct scene *t = *state;

	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_STATUS,
						     .status = 503 });
	fake_clock_advance(&t->clock, 6000);
	assert_int_equal(indent_asks(t, ASK(ANA, PROD_DB "," BOB)), 500);
	assert_int_equal(indent_code(&client), 10);
	assert_has_not(client.body, "claims");
}

static void a_client_that_goes_away_leaves_nothing_behind(void **state)
{
	struct scene *t = *state;

	indent_waits(t, ASK(ANA, PROD_DB "," BOB));
	wire_reset(&client.wire);
	assert_true(scene_logged(t, "hook.gone"));
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
	indent_connect(&client, t->loop, app_port(&t->app));
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, indent_teardown)
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
