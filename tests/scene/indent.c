/* SPDX-License-Identifier: Apache-2.0 */
/* Indent asks, as stories: what its platform posts, and what it may carry out then. */
#include <string.h>

#include "shared/jx.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

#define INDENT_CONFIG "indent = { webhook_secret = \"env:SCENE_INDENT\"; };\n"

#define ACTOR \
	"\"actor\":{\"id\":\"U0ANA0001\",\"kind\":\"slack/user\",\"email\":\"ana@acme.example\"}"
#define TARGET "{\"id\":\"prod-db\",\"kind\":\"app\"}"
#define ASK(actor, targets, labels) \
	"{\"events\":[{\"event\":\"access/request\",\"reason\":\"lag\"," actor \
	",\"resources\":[" targets "],\"meta\":{\"labels\":{" labels "}}}]}"

static struct indent_client client;

static void start(struct scene *t, const char *more)
{
	setenv("SCENE_INDENT", INDENT_SECRET, 1);
	t->more = more;
	scene_start(t, true);
	indent_connect(&client, t->loop, app_port(&t->app));
}

/* A second later, so that no two requests are the same. */
static int post(struct scene *t, const char *body)
{
	fake_clock_advance(&t->clock, 1100);
	return indent_post(&client, body);
}

static void the_lead_of_a_live_incident_gets_a_claim(void **state)
{
	struct scene *t = *state;

	start(t, INDENT_CONFIG);
	scene_incident(t, "ana");
	assert_int_equal(post(t, ASK(ACTOR, TARGET, "\"petition\":\"pet-1\"")), 200);
	assert_has(client.body, "\"event\":\"access/approve\"");
	assert_has(client.body, "\"indent.com/time/duration\":\"2h0m0s\"");
	assert_has(client.body, "\"petition\":\"pet-1\"");
	assert_has(client.body, "Incident Lead of INC-");
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE state = "
				      "'granted' AND source = 'indent'"),
			 1);
	assert_int_equal(scene_grants(t), 0); /* theirs to give */
	assert_int_equal(scene_count(t, "Granted"), 0);
	indent_disconnect(&client);
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(the_lead_of_a_live_incident_gets_a_claim),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
