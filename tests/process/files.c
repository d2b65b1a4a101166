/* SPDX-License-Identifier: Apache-2.0 */
/* The files that are handed out are true, and the command line keeps its word. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/child.h"
#include "tests/lib/test.h"

enum { CAP_MS = 20000 };

static char out[128]; /* what the last command printed */
static char program[256];

static int setup(void **state)
{
	int fd;

	(void)state;
	snprintf(out, sizeof(out), "/tmp/accessd-files-XXXXXX");
	fd = mkstemp(out);
	assert_true(fd >= 0);
	close(fd);
	child_program("accessd", program, sizeof(program));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	unlink(out);
	return 0;
}

/* Run accessd with these words and only these variables. */
static int run(const char *const *words, const char *const *env)
{
	static const char *const nothing[] = { "ASAN_OPTIONS=detect_leaks=0", NULL };
	const char *argv[8] = { program };

	for (size_t i = 0; words[i]; i++) {
		argv[i + 1] = words[i];
	}
	assert_int_equal(truncate(out, 0), 0);
	return child_run(argv, env ? env : nothing, out, CAP_MS);
}

#define RUN(...) run((const char *const[]){ __VA_ARGS__, NULL }, NULL)

static void write_file(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

static void the_sample_config_is_good(void **state)
{
	(void)state;
	RUN("check", "--offline", "-c",
	    "config/accessd.conf"); /* its ledger is not here */
	assert_true(child_log_has(out, "2 resources, 2 policies"));
}

static void check_says_which_webhooks_are_there_and_why_not_the_others(void **state)
{
	char path[] = "/tmp/accessd-conf-XXXXXX";
	char *sample = child_log("config/accessd.conf");
	char text[8192];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	snprintf(text, sizeof(text), "%s\napono = { bearer = \"env:APONO\"; };\n",
		 sample);
	write_file(path, text, 0600);
	RUN("check", "--offline", "-c", "config/accessd.conf");
	assert_true(child_log_has(
		out, "off  webhook      /webhooks/apono: apono.bearer is not set"));
	RUN("check", "--offline", "-c", path);
	assert_true(child_log_has(out, "ok   webhook      /webhooks/apono"));
	unlink(path);
	free(sample);
}

/* The first alone would make it a run for each. */
static void check_names_every_secret_that_is_missing(void **state)
{
	static const char *const missing[] = {
		"'slack.app_token': the environment has no 'SLACK_APP_TOKEN'",
		"'slack.bot_token': the environment has no 'SLACK_BOT_TOKEN'",
		"'incidentio.api_key': the environment has no 'INCIDENTIO_API_KEY'",
		"'pagerduty.api_key': the environment has no 'PAGERDUTY_API_KEY'",
		"HINT: Set it where accessd is started",
	};

	(void)state;
	assert_int_equal(RUN("check", "-c", "config/accessd.conf"), 3);
	for (size_t i = 0; i < sizeof(missing) / sizeof(missing[0]); i++) {
		assert_row(child_log_has(out, missing[i]), i, missing[i]);
	}
}

/* A ledger that cannot be opened is to be heard of before the start; the password that
 * somebody wrote there never. */
static void a_ledger_of_no_kind_is_refused(void **state)
{
	static const char line[] = "ledger = \"sqlite:";
	char path[] = "/tmp/accessd-conf-XXXXXX";
	char *sample = child_log("config/accessd.conf");
	char *at = strstr(sample, line);
	char text[8192];
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_non_null(at);
	snprintf(text, sizeof(text), "%.*sledger = \"postgresql://u:hush@%s",
		 (int)(at - sample), sample, at + sizeof(line) - 1);
	write_file(path, text, 0600);
	assert_int_equal(RUN("check", "--offline", "-c", path), 3);
	assert_true(child_log_has(out, "no kind of ledger is called 'postgresql'"));
	assert_false(child_log_has(out, "hush"));
	unlink(path);
	free(sample);
}

static void the_docs_list_every_key_as_it_is(void **state)
{
	char *keys, *docs, *save = NULL;

	(void)state;
	assert_int_equal(RUN("config", "--keys"), 0);
	keys = child_log(out);
	docs = child_log("docs/config.md");
	for (char *line = strtok_r(keys, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char row[1024], name[128], *help = strrchr(line, '\t');

		assert_non_null(help);
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(line, "\t"), line);
		snprintf(row, sizeof(row), "| `%s` |", name);
		assert_has(docs, row);
		assert_has(docs, help + 1);
	}
	free(keys);
	free(docs);
}

static void secrets_are_never_printed(void **state)
{
	const char *env[] = { "SLACK_APP_TOKEN=xapp-hush",   "SLACK_BOT_TOKEN=xoxb-hush",
			      "INCIDENTIO_API_KEY=inc_hush", "PAGERDUTY_API_KEY=pd_hush",
			      "ASAN_OPTIONS=detect_leaks=0", NULL };
	const char *words[] = { "config", "-c", "config/accessd.conf", NULL };

	(void)state;
	assert_int_equal(run(words, env), 0);
	assert_true(child_log_has(out, "db-responders"));
	assert_false(child_log_has(out, "hush"));
}

static const struct {
	const char *label;
	const char *words[4];
	int code;
	const char *said;
} rows[] = {
	{ "no words", { NULL }, 2, "accessd serve" },
	{ "help", { "help" }, 0, "accessd check" },
	{ "--help", { "--help" }, 0, "Exit codes" },
	{ "a subcommand's --help",
	  { "show", "--help" },
	  0,
	  "accessd show [-c FILE] [--json] ID" },
	{ "a subcommand's -h", { "version", "-h" }, 0, "accessd version\n" },
	{ "the first of two words", { "audit" }, 2, "audit export, audit key" },
	{ "an unknown second word",
	  { "audit", "chek" },
	  2,
	  "audit timeline, audit verify" },
	{ "version", { "version" }, 0, "accessd " },
	{ "--version", { "--version" }, 0, "accessd " },
	{ "no such subcommand", { "server" }, 2, "accessd help" },
	{ "no such option", { "serve", "--fast" }, 2, "HINT" },
	{ "a word too many", { "version", "now" }, 2, "too many" },
	{ "-c without a file", { "serve", "-c" }, 2, "HINT" },
	{ "no such file",
	  { "serve", "-c", "/nowhere/accessd.conf" },
	  3,
	  "/nowhere/accessd.conf" },
	{ "a folder", { "serve", "-c", "/tmp" }, 3, "/tmp" },
	{ "check: no such file", { "check", "-c", "/nowhere" }, 3, "/nowhere" },
};

static void every_mistake_has_its_exit_code_and_a_word_of_help(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_row(run(rows[i].words, NULL) == rows[i].code, i, rows[i].label);
		assert_row(child_log_has(out, rows[i].said), i, rows[i].label);
	}
}

static void a_secret_that_others_can_read_is_refused(void **state)
{
	char path[] = "/tmp/accessd-secret-XXXXXX", conf[] = "/tmp/accessd-conf-XXXXXX",
	     text[1024];
	int a = mkstemp(path), b = mkstemp(conf);

	(void)state;
	close(a);
	close(b);
	write_file(path, "xapp-hush\n", 0644);
	snprintf(text, sizeof(text),
		 "slack = { app_token = \"file:%s\"; bot_token = \"file:%s\"; };", path,
		 path);
	write_file(conf, text, 0600);
	assert_int_equal(RUN("serve", "-c", conf), 3);
	assert_true(child_log_has(out, "chmod"));
	assert_false(child_log_has(out, "hush"));
	unlink(path);
	unlink(conf);
}

int main(void)
{
#define FILES(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		FILES(the_sample_config_is_good),
		FILES(check_says_which_webhooks_are_there_and_why_not_the_others),
		FILES(check_names_every_secret_that_is_missing),
		FILES(a_ledger_of_no_kind_is_refused),
		FILES(the_docs_list_every_key_as_it_is),
		FILES(secrets_are_never_printed),
		FILES(every_mistake_has_its_exit_code_and_a_word_of_help),
		FILES(a_secret_that_others_can_read_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
