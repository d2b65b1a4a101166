/* SPDX-License-Identifier: Apache-2.0 */
/* The command line takes access back and freezes, with the service running and stopped; the
 * service does what follows. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/lib/service.h"
#include "tests/lib/test.h"

enum { CAP_MS = 20000 };

static char said[4096]; /* by the last command, stderr too */

static int run(struct service_test *t, const char *const *words)
{
	static const char *const env[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };
	char program[256], path[128];
	const char *argv[12] = { child_program("accessd", program, sizeof(program)) };
	size_t n = 1;

	while (*words) {
		argv[n++] = *words++;
	}
	argv[n++] = "-c";
	argv[n++] = t->conf;
	int code;
	FILE *out;

	snprintf(path, sizeof(path), "%s/out", t->dir);
	code = child_run(argv, env, path, CAP_MS);
	out = fopen(path, "r");
	assert_non_null(out);
	said[fread(said, 1, sizeof(said) - 1, out)] = '\0';
	fclose(out);
	unlink(path);
	return code;
}

#define CLI(...) run(t, (const char *const[]){ __VA_ARGS__, NULL })

static void ana_has_it(struct service_test *t)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	service_start(t);
	assert_true(service_is_live(t));
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	world_command(t->world, "ana", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Granted: prod-db"));
}

static int64_t live(struct service_test *t)
{
	return service_sql(t, "SELECT count(*) FROM grants WHERE state = 'active'");
}

static void the_running_service_says_what_was_revoked(void **state)
{
	struct service_test *t = *state;

	ana_has_it(t);
	assert_int_equal(CLI("revoke", "--person", "U0BOB0001"),
			 0); /* nothing was held */
	assert_int_equal(live(t), 1);
	assert_int_equal(CLI("revoke", "--person", "U0ANA0001", "--why", "left the call"),
			 0);
	assert_int_equal(live(t), 0);
	assert_non_null(service_message(t, "Revoked by operator: left the call."));
}

/* Who names a resource is not to hear that nobody holds it. */
static void a_name_is_no_id(void **state)
{
	struct service_test *t = *state;

	ana_has_it(t);
	assert_int_equal(CLI("revoke", "prod-db"), 2);
	assert_has(said, "'prod-db' is no id");
	assert_has(said, "HINT: names go behind --person, --resource and --incident.");
	assert_int_equal(CLI("revoke", "INC-204"), 2);
	assert_int_equal(CLI("revoke", "--incident", "inc-204"), 0);
	assert_has(said, "Nothing that fits is held: case counts in names and ids.");
	assert_int_equal(live(t), 1);
	assert_int_equal(CLI("revoke", "--resource", "prod-db"), 0);
	assert_has(said, "Done: prod-db is ended.");
	assert_int_equal(live(t), 0);
}

static void so_does_the_next_one_when_none_runs(void **state)
{
	struct service_test *t = *state;
	char id[ULID_SIZE];

	ana_has_it(t);
	service_sql_id(t, "SELECT id FROM grants", id);
	service_kill(t);
	assert_int_equal(CLI("revoke", id + 18), 0);
	assert_int_equal(live(t), 0);
	assert_int_equal(CLI("revoke", id), 0); /* it is as it was to be */
	assert_int_equal(CLI("revoke", "ZZZZZZ"), 4);
	assert_has(said, "Nobody holds anything called 'ZZZZZZ'.");
	assert_has(said, "--resource");
	assert_int_equal(CLI("revoke"), 2);
	service_start(t);
	assert_non_null(service_message(t, "Revoked by operator"));
	assert_int_equal(CLI("audit", "verify"), 0);
}

static void a_freeze_is_heard_of_within_seconds(void **state)
{
	struct service_test *t = *state;

	ana_has_it(t);
	assert_int_equal(CLI("freeze", "on", "--revoke", "--why", "a stolen laptop"), 0);
	assert_int_equal(live(t), 0);
	assert_true(service_logs(t, "service.frozen"));
	world_command(t->world, "ana", "inc-room", "prod-db 1h");
	assert_non_null(service_message(
		t,
		"Everything is frozen at present: a stolen laptop. By order of operator."));
	assert_int_equal(CLI("freeze", "off"), 0);
	assert_true(service_logs(t, "service.thawed"));
	world_command(t->world, "ana", "inc-room", "prod-db 30m");
	assert_non_null(service_message(t, "(30 min)"));
	assert_int_equal(CLI("freeze", "maybe"), 2);
}

static void without_a_ledger_there_is_nothing_to_do(void **state)
{
	struct service_test *t = *state;

	assert_int_equal(CLI("freeze", "on"), 5);
	assert_int_equal(access(t->ledger, F_OK), -1); /* and none is made */
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, service_setup, service_teardown)
	static const struct CMUnitTest tests[] = {
		STORY(the_running_service_says_what_was_revoked),
		STORY(a_name_is_no_id),
		STORY(so_does_the_next_one_when_none_runs),
		STORY(a_freeze_is_heard_of_within_seconds),
		STORY(without_a_ledger_there_is_nothing_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
