/* SPDX-License-Identifier: Apache-2.0 */
/* What docs/webhooks.md tells to type works against the real program. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/service.h"
#include "tests/lib/test.h"

#define PAGERDUTY_SECRET  "a-secret-of-pagerdutys"
#define INCIDENTIO_SECRET "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3"

enum { SCRIPT_MAX = 8192, CAP_MS = 20000 };

static char out[96]; /* what the last script printed */

/* The first ```sh block behind a heading, its port replaced by ours. */
static void script_find(struct service_test *t, const char *heading, char *dst)
{
	char *docs = child_log("docs/webhooks.md");
	char *at = strstr(docs, heading);
	char *end;
	size_t n = 0;

	at = at ? strstr(at, "```sh\n") : NULL;
	assert_non_null(at);
	at += strlen("```sh\n");
	end = strstr(at, "```");
	assert_non_null(end);
	*end = '\0';
	for (char *port = strstr(at, ":8080"); port; port = strstr(at, ":8080")) {
		n += (size_t)snprintf(dst + n, SCRIPT_MAX - n, "%.*s:%u",
				      (int)(port - at), at, t->port);
		at = port + strlen(":8080");
	}
	snprintf(dst + n, SCRIPT_MAX - n, "%s", at);
	free(docs);
}

static void script_run(struct service_test *t, const char *heading)
{
	static char script[SCRIPT_MAX], path[1024], sign[128];
	const char *const argv[] = { "/bin/sh", "-euc", script, NULL };
	const char *const env[] = { path, sign,
				    "INCIDENTIO_WEBHOOK_SECRET=" INCIDENTIO_SECRET,
				    "PAGERDUTY_WEBHOOK_SECRET=" PAGERDUTY_SECRET, NULL };

	snprintf(path, sizeof(path), "PATH=%s", getenv("PATH"));
	snprintf(sign, sizeof(sign), "SLACK_SIGNING_SECRET=%s", t->world->signing_secret);
	script_find(t, heading, script);
	snprintf(out, sizeof(out), "%s/out", t->dir);
	unlink(out);
	assert_int_equal(child_run(argv, env, out, CAP_MS), 0);
}

static void started(struct service_test *t)
{
	static const char *const env[] = { "T_IO_HOOK=" INCIDENTIO_SECRET,
					   "T_PD_HOOK=" PAGERDUTY_SECRET, NULL };

	t->http = true;
	t->io_more = "webhook_secret = \"env:T_IO_HOOK\";";
	t->pd_more = "webhook_secret = \"env:T_PD_HOOK\";";
	t->env = env;
	service_config(t, NULL);
	service_start(t);
	assert_true(service_is_live(t));
}

static void what_the_docs_tell_to_type_works(void **state)
{
	static const struct {
		const char *heading, *says;
	} rows[] = {
		{ "### incident.io", "{\"status\":\"heard\"}" },
		{ "### incident.io", "{\"status\":\"heard before\"}" },
		{ "### PagerDuty", "{\"status\":\"heard\"}" },
		{ "### PagerDuty", "{\"status\":\"heard before\"}" },
		{ "## Slack over HTTP", "prod-db" },
	};
	struct service_test *t = *state;

	started(t);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		script_run(t, rows[i].heading);
		assert_row(child_log_has(out, rows[i].says), i, rows[i].heading);
	}
	unlink(out);
	assert_int_equal(service_sql(t, "SELECT count(*) FROM event"), 2);
	assert_false(child_log_has(t->log, INCIDENTIO_SECRET));
	assert_false(child_log_has(t->log, PAGERDUTY_SECRET));
	assert_false(child_log_has(t->log, t->world->signing_secret));
}

static void the_program_serves_slack_over_http(void **state)
{
	struct service_test *t = *state;
	struct world_incident *i = world_declare(t->world, "cara", "Down", "Major");
	char body[1024];

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	started(t);
	world_command(t->world, "ana", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Granted: prod-db"));
	assert_int_equal(service_get(t, "/readyz", body, sizeof(body)), 200);
	assert_int_equal(world_count(t->world, "apps.connections.open"), 0);
}

int main(void)
{
#define SERVICE(f) cmocka_unit_test_setup_teardown(f, service_setup, service_teardown)
	const struct CMUnitTest tests[] = {
		SERVICE(what_the_docs_tell_to_type_works),
		SERVICE(the_program_serves_slack_over_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
