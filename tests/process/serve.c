/* SPDX-License-Identifier: Apache-2.0 */
/* Can it be operated? The real program, started, asked, signalled and stopped. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "tests/lib/service.h"
#include "tests/lib/test.h"

static void it_starts_decides_and_drains(void **state)
{
	struct service_test *t = *state;
	struct world_incident *i;
	char body[1024];
	int status = 0;

	service_start(t);
	assert_true(service_is_live(t));
	assert_int_equal(service_get(t, "/healthz", NULL, 0), 200);
	assert_int_equal(service_get(t, "/readyz", body, sizeof(body)), 200);
	assert_has(body, "\"ready\":true");

	i = world_declare(t->world, "cara", "Checkout 5xx", "Major");
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	world_command(t->world, "ana", "inc-room", "prod-db 1h replica lag");
	assert_non_null(service_message(t, "Granted: prod-db"));
	world_command(t->world, "bob", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Not granted: prod-db"));

	child_signal(&t->child, SIGTERM);
	bool never = false;
	for (int n = 0; n < 200 && !child_ended(&t->child, 0, &status); n++) {
		loop_run_until(t->loop, &never, 50);
	}
	assert_int_equal(t->child.pid, 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(
		service_sql(t, "SELECT count(*) FROM effect WHERE state = 'pending'"), 0);
}

static void metrics_are_openmetrics_and_count(void **state)
{
	struct service_test *t = *state;
	static char body[1 << 17];

	service_start(t);
	assert_true(service_is_live(t));
	world_command(t->world, "bob", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Not granted: prod-db"));
	assert_int_equal(service_get(t, "/metrics", body, sizeof(body)), 200);
	assert_has(body, "accessd_requests_total{verdict=\"");
	assert_has(body, "accessd_ledger_ok 1");
	assert_has(body, "# EOF\n");
}

static void a_reload_takes_a_good_file_and_refuses_a_bad_one(void **state)
{
	struct service_test *t = *state;

	service_start(t);
	assert_true(service_is_live(t));
	service_config(t, "polices = ();\n");
	child_signal(&t->child, SIGHUP);
	assert_true(service_logs(t, "config.refused"));
	assert_true(child_log_has(t->log, "policies")); /* the nearest key */
	assert_int_equal(service_get(t, "/healthz", NULL, 0), 200);

	service_config(t, "log = { level = \"debug\"; };\n");
	child_signal(&t->child, SIGHUP);
	assert_true(service_logs(t, "config.reloaded"));

	service_config(t, "ca_file = \"/nowhere\";\n");
	child_signal(&t->child, SIGHUP);
	assert_true(service_logs(t, "needs a restart"));
	world_command(t->world, "bob", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Not granted: prod-db"));
}

static void a_wrong_token_is_said_and_waited_out(void **state)
{
	struct service_test *t = *state;
	char body[1024];

	t->app_token = t->world->bot_token; /* the commonest mistake */
	service_start(t);
	assert_true(service_logs(t, "xapp-"));
	assert_false(child_log_has(t->log, t->world->bot_token));
	service_kill(t);

	t->app_token = NULL;
	t->bot_token = "xoxb-not-the-one";
	service_start(t);
	assert_true(service_logs(t, "slack.auth_failed"));
	assert_int_equal(service_get(t, "/readyz", body, sizeof(body)), 503);
	assert_has(body, "invalid_auth");
	assert_false(child_log_has(t->log, "xoxb-not-the-one"));
}

/* --- killed ------------------------------------------------------------------------------ */

/* Moments at which the process dies: after so many calls of this name have come in. */
static const struct {
	const char *moment;
	const char *call; /* held back by the world; NULL: the ack itself */
} deaths[] = {
	{ "the ack", NULL },
	{ "the look-up of the person", "users.info" },
	{ "the list of incidents", "GET /v2/incidents" },
	{ "the list of pages", "GET /incidents" },
	{ "the message", "response_url" },
};

struct seen {
	const char *call;
	struct world_envelope *e;
};

static bool has_come(struct service_test *t, void *data)
{
	struct seen *s = data;

	return s->e->acks > 0 && (!s->call || world_count(t->world, s->call) > 0);
}

/* Hold back a call for ever, so that the process is caught waiting for it. */
static void mute(struct service_test *t, const char *call)
{
	struct world_fault fault = { .kind = WORLD_MUTE };

	snprintf(fault.call, sizeof(fault.call), "%s", call);
	world_fault(t->world, &fault);
}

static void die_at(struct service_test *t, size_t i)
{
	struct seen s = { .call = deaths[i].call };
	char text[32];

	world_reset(t->world);
	struct world_incident *inc = world_declare(t->world, "cara", "Down", "Major");
	assert_true(world_take_role(t->world, inc, "Incident Lead", "ana"));
	if (s.call) {
		mute(t,
		     s.call); /* also the first look at start: whoever asks waits for it */
	}
	service_start(t);
	assert_true(service_is_live(t));
	snprintf(text, sizeof(text), "db-%zu 1h", i);
	s.e = world_command(t->world, "ana", "inc-room", text);
	assert_row(service_until(t, has_come, &s, 10000), i, deaths[i].moment);
	service_kill(t);
	world_clear_faults(t->world);
}

/* The message of the newest request. An older one may come once more: whoever dies before
 * it is recorded as sent sends it again. */
static bool newest_is_granted(struct service_test *t, void *data)
{
	char id[ULID_SIZE];
	const struct world_message *m;

	(void)data;
	service_sql_id(t, "SELECT id FROM request ORDER BY id DESC LIMIT 1", id);
	m = world_find_message(t->world, "", id);
	return m && strstr(m->text, "Granted: db-");
}

static void killed_at_any_step_it_goes_on_from_there(void **state)
{
	struct service_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(deaths); i++) {
		die_at(t, i);
		service_start(t);
		assert_true(service_is_live(t));
		assert_row(service_until(t, newest_is_granted, NULL, 10000), i,
			   deaths[i].moment);
		service_kill(t);
	}
	assert_int_equal(
		service_sql(t, "SELECT count(*) FROM request WHERE state <> 'granted'"),
		0);
	assert_int_equal(service_sql(t, "SELECT count(*) FROM request"),
			 ARRAY_LEN(deaths));
	assert_int_equal(service_sql(t, "SELECT count(*) FROM grants"),
			 ARRAY_LEN(deaths));
	assert_int_equal(
		service_sql(t,
			    "SELECT count(*) FROM grants WHERE expires_ms <= starts_ms"),
		0);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, service_setup, service_teardown)
	const struct CMUnitTest tests[] = {
		STORY(it_starts_decides_and_drains),
		STORY(metrics_are_openmetrics_and_count),
		STORY(a_reload_takes_a_good_file_and_refuses_a_bad_one),
		STORY(a_wrong_token_is_said_and_waited_out),
		STORY(killed_at_any_step_it_goes_on_from_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
