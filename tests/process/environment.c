/* SPDX-License-Identifier: Apache-2.0 */
/* The real program without policies and without Slack: the variables of the original
 * webhooks are read from its environment, said, and served. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/config.h"
#include "tests/lib/child.h"
#include "tests/lib/test.h"

enum { CAP_MS = 20000 };

#define ASAN "ASAN_OPTIONS=detect_leaks=0"

static char dir[64], out[96], conf[96], program[256];

/* No test may need a network: incident.io is a port where nobody listens. */
static const char file[] = "listen = \"127.0.0.1:0\"; ledger = \"memory:\";\n"
			   "incidentio = { api_key = \"env:INCIDENTIO_API_KEY\"; "
			   "api_url = \"http://127.0.0.1:1/\"; };\n";

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static int setup(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/accessd-environment-XXXXXX");
	assert_non_null(mkdtemp(dir));
	snprintf(out, sizeof(out), "%s/out", dir);
	snprintf(conf, sizeof(conf), "%s/accessd.conf", dir);
	write_file(out, "");
	write_file(conf, file);
	child_program("accessd", program, sizeof(program));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(out);
	unlink(conf);
	rmdir(dir);
	return 0;
}

static bool wait_for(struct child *c, const char *part)
{
	int status;

	for (int i = 0; i < CAP_MS / 10 && !child_log_has(out, part); i++) {
		if (child_ended(c, 10, &status)) {
			return child_log_has(out, part);
		}
	}
	return child_log_has(out, part);
}

static void it_serves_what_the_environment_says(void **state)
{
	const char *argv[] = { program, "serve", "-c", conf, NULL };
	const char *env[] = { "INDENT_WEBHOOK_SECRET=hush-indent",
			      "INCIDENTIO_API_KEY=hush-io",
			      "AUTO_APPROVAL_DURATION=3",
			      "AUTO_APPROVAL_INCIDENTIO_ROLES=DBA, API",
			      ASAN,
			      NULL };
	struct child c = { 0 };
	int status = -1;

	(void)state;
	assert_true(child_start(&c, argv, env, out, 0));
	assert_true(wait_for(&c, "service.live"));
	child_signal(&c, SIGTERM);
	assert_true(child_ended(&c, CAP_MS, &status));
	assert_int_equal(status, 0);
	assert_true(child_log_has(out, "environment.mode"));
	assert_true(child_log_has(out, "any resource for 3 h; incident.io roles: DBA,API;"
				       " participants: no"));
	assert_true(child_log_has(out, "environment.differs"));
	assert_false(child_log_has(out, "hush"));
}

/* clang-format off */
static const struct {
	const char *label;
	const char *env[4];
	int code;
	const char *said;
} rows[] = {
	{ "good", { "INDENT_WEBHOOK_SECRET=a", "INCIDENTIO_API_KEY=b" }, 0, "without policies" },
	{ "who asks", { "INDENT_WEBHOOK_SECRET=a", "INCIDENTIO_API_KEY=b" }, 0, "by webhooks, without Slack" },
	{ "no duration", { "INDENT_WEBHOOK_SECRET=a", "INCIDENTIO_API_KEY=b", "AUTO_APPROVAL_DURATION=0" }, 3, "AUTO_APPROVAL_DURATION '0'" },
	{ "no boolean", { "INDENT_WEBHOOK_SECRET=a", "INCIDENTIO_API_KEY=b", "INCIDENTIO_APPROVE_PARTICIPANTS=maybe" }, 3, "HINT: Write true, 1, yes or on" },
	{ "no secret", { "INCIDENTIO_API_KEY=b" }, 3, "there is no group 'slack', nor one of a platform" },
};
/* clang-format on */

static void check_says_which_mode_it_is(void **state)
{
	const char *argv[] = { program, "check", "--offline", "-c", conf, NULL };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *env[6] = { rows[i].env[0], rows[i].env[1], rows[i].env[2] };
		size_t n = 0;

		while (env[n]) {
			n++;
		}
		env[n] = ASAN;
		assert_int_equal(truncate(out, 0), 0);
		assert_row(child_run(argv, env, out, CAP_MS) == rows[i].code, i,
			   rows[i].label);
		assert_row(child_log_has(out, rows[i].said), i, rows[i].label);
	}
}

/* -c FILE has to be there; the usual one need not, if the variables are. */
static void without_a_file_the_variables_have_to_do(void **state)
{
	const char *named[] = { program, "check", "--offline", "-c", "/nowhere", NULL };
	const char *usual[] = { program, "check", "--offline", NULL };
	const char *env[] = { "INDENT_WEBHOOK_SECRET=a", "INCIDENTIO_API_KEY=b", ASAN,
			      NULL };
	const char *none[] = { ASAN, NULL };

	(void)state;
	assert_int_equal(child_run(named, env, out, CAP_MS), 3);
	assert_true(child_log_has(out, "cannot read the config '/nowhere'"));
	if (access(CONFIG_PATH, F_OK) == 0) {
		skip(); /* this machine runs an accessd of its own */
	}
	assert_int_equal(child_run(usual, none, out, CAP_MS), 3);
	assert_true(child_log_has(out, "INDENT_WEBHOOK_SECRET is not set"));
	child_run(usual, env, out, CAP_MS); /* its ledger is not here */
	assert_true(child_log_has(out, "no file"));
	assert_true(child_log_has(out, "any resource for 6 h"));
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		ROW(it_serves_what_the_environment_says),
		ROW(check_says_which_mode_it_is),
		ROW(without_a_file_the_variables_have_to_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
