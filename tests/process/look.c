/* SPDX-License-Identifier: Apache-2.0 */
/* The command line looks into a ledger while the service writes it, and after; what it
 * prints is true, and harmless. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accessd/reader.h"
#include "tests/lib/ledger_tamper.h"
#include "tests/lib/service.h"
#include "tests/lib/test.h"

enum { CAP_MS = 20000, OUT_MAX = 256 * 1024 };

/* Escapes that would clear the screen, and a mark that turns the direction of writing. */
#define HOSTILE \
	"lag \xe2\x80\xae \x1b[2J\x1b]0;title\x07 \xc2\x9b" \
	"31m end"

static char out[OUT_MAX]; /* what the last command printed, stderr too */
static int exit_code;

static void slurp(int fd)
{
	size_t n = 0;
	ssize_t got;

	while (n < sizeof(out) - 1 &&
	       (got = read(fd, out + n, sizeof(out) - 1 - n)) > 0) {
		n += (size_t)got;
	}
	out[n] = '\0';
	close(fd);
}

static const char *const nothing[] = { "ASAN_OPTIONS=detect_leaks=0", "TERM=xterm",
				       NULL };

static void run(struct service_test *t, bool terminal, const char *const *words)
{
	char program[256], path[128];
	const char *argv[12] = { child_program("accessd", program, sizeof(program)) };
	int fd = -1;
	size_t n = 1;

	while (*words) {
		argv[n++] = *words++;
	}
	argv[n++] = "-c";
	argv[n++] = t->conf;
	snprintf(path, sizeof(path), "%s/out", t->dir);
	if (terminal) {
		fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
		assert_true(fd >= 0 && grantpt(fd) == 0 && unlockpt(fd) == 0);
		ptsname_r(fd, path, sizeof(path));
	}
	exit_code = child_run(argv, nothing, path, CAP_MS);
	slurp(terminal ? fd : open(path, O_RDONLY | O_CLOEXEC));
	if (!terminal) {
		unlink(path);
	}
}

#define PIPED(...) run(t, false, (const char *const[]){ __VA_ARGS__, NULL })
#define SHOWN(...) run(t, true, (const char *const[]){ __VA_ARGS__, NULL })
#define assert_ran(code, part) \
	do { \
		if (exit_code != (code)) { \
			fail_msg("exit %d: %s", exit_code, out); \
		} \
		assert_has(out, part); \
	} while (0)

/* --- a run ----------------------------------------------------------------------- */

static char granted[ULID_SIZE];
static char denied[ULID_SIZE];

static bool is_told(struct service_test *t, void *data)
{
	(void)data;
	return service_sql(t, "SELECT count(*) FROM effect WHERE state = 'done'") == 2;
}

static int look_setup(void **state)
{
	struct service_test *t;
	struct world_incident *i;

	assert_int_equal(service_setup(state), 0);
	t = *state;
	i = world_declare(t->world, "cara", "Checkout 5xx", "Major");
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	service_start(t);
	assert_true(service_is_live(t));
	world_command(t->world, "ana", "inc-room", "prod-db 1h " HOSTILE);
	assert_non_null(service_message(t, "Granted"));
	world_command(t->world, "bob", "inc-room", "prod-db 1h INC-204 let me in");
	assert_non_null(service_message(t, "Not granted"));
	assert_true(service_until(t, is_told, NULL, CAP_MS));
	service_sql_id(t, "SELECT id FROM request WHERE state = 'granted'", granted);
	service_sql_id(t, "SELECT id FROM request WHERE state = 'denied'", denied);
	return 0;
}

/* Every command that looks, for a program and for people. */
static void look_around(struct service_test *t)
{
	PIPED("grants");
	assert_ran(0, granted);
	assert_has(out, "\"state\":\"active\"");
	assert_has_not(out, "hooks.slack");
	SHOWN("grants");
	assert_ran(0, "PERSON");
	assert_has(out, "Incident Lead of INC-204");
	PIPED("grants", "--person", "U0BOB0001");
	assert_ran(0, "");
	assert_string_equal(out, "");
	PIPED("requests", "--state", "denied");
	assert_ran(0, denied);
	assert_has_not(out, granted);
	PIPED("requests", "--since", "1h");
	assert_ran(0, granted);
	PIPED("requests", "--since", "2099-01-01");
	assert_string_equal(out, "");
	SHOWN("show", granted);
	assert_ran(0, "request    ");
	assert_has(out, "active");
	SHOWN("show", granted + 18); /* its end */
	assert_ran(0, granted);
	PIPED("show", denied);
	assert_ran(0, "\"grant\":null");
	SHOWN("why", denied);
	assert_ran(0, "WANTED");
	assert_has(out, "Incident Lead");
	assert_has(out, "8 h at most");
	PIPED("why", denied);
	assert_ran(0, "\"checks\":[");
	SHOWN("audit", "timeline", "INC-204");
	assert_ran(0, "not granted");
	assert_has(out, "ENDED BY");
	PIPED("audit", "timeline", "INC-204");
	assert_ran(0, "\"denied\":\"");
	PIPED("audit", "export");
	assert_ran(0, "{\"seq\":1,");
	assert_has(out, "\"trace\":{");
	PIPED("audit", "export", "--format", "ocsf");
	assert_ran(0, "\"class_uid\":3005");
	PIPED("audit", "export", "--incident", "INC-404");
	assert_ran(0, "");
	PIPED("audit", "key");
	assert_ran(0, "-----BEGIN PUBLIC KEY-----");
	PIPED("audit", "verify");
	assert_ran(0, "rows, each with the hash of the one before it");
}

static void it_looks_while_the_service_runs_and_after(void **state)
{
	struct service_test *t = *state;

	look_around(t);
	assert_has(out, "not signed yet");
	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
	look_around(t);
	assert_has_not(out, "not signed yet"); /* a clean stop signs */
}

static void no_text_of_a_stranger_reaches_the_terminal(void **state)
{
	struct service_test *t = *state;
	const char *const *words[] = {
		(const char *const[]){ "requests", NULL },
		(const char *const[]){ "show", granted, NULL },
		(const char *const[]){ "show", granted, "--json", NULL },
		(const char *const[]){ "why", granted, NULL },
		(const char *const[]){ "audit", "export", NULL },
		(const char *const[]){ "show", "\x1b[2J", NULL },
		(const char *const[]){ "audit", "timeline", "\x1b[2J", NULL },
		(const char *const[]){ "requests", "--since", "\x1b[2J", NULL },
		(const char *const[]){ "requests", "--state", "\x1b[2J", NULL },
	};

	/* Whatever came through Slack, the file may hold more. */
	tamper(t->ledger, "UPDATE request SET reason = '%s', resource = '%s'", HOSTILE,
	       HOSTILE);
	tamper(t->ledger,
	       "UPDATE audit SET data = '{\"reason\":\"%s\",\"trace\":{\"why\":"
	       "\"%s\",\"checks\":[]}}' WHERE seq = 2",
	       HOSTILE, "\xe2\x80\xae");
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		run(t, true, words[i]);
		assert_row(!strchr(out, '\x1b') && !strchr(out, '\x07'), i, words[i][0]);
		assert_row(!strstr(out, "\xe2\x80\xae") && !strstr(out, "\xc2\x9b"), i,
			   words[i][0]);
	}
	SHOWN("show", granted);
	assert_has(out, "\\u{202e}");
}

/* A platform may ask for several people: of the trace, what decided is shown. */
static void of_several_people_whoever_did_not_pass_is_shown(void **state)
{
	struct service_test *t = *state;

	tamper(t->ledger, "UPDATE audit SET data = '{\"trace\":[%s,%s]}' WHERE seq = 2",
	       "{\"verdict\":\"granted\",\"why\":\"a lead\",\"checks\":[],"
	       "\"person\":\"U0BOB0001\"}",
	       "{\"verdict\":\"no-standing\",\"why\":\"no role\",\"checks\":[],"
	       "\"person\":\"cara@acme.example\"}");
	SHOWN("why", granted);
	assert_ran(0, "about      cara@acme.example");
	assert_has(out, "no role");
	assert_has_not(out, "U0BOB0001");
}

static void verify_copy(struct service_test *t, const char *copy,
			struct audit_report *ret_report)
{
	struct reader *r;
	struct fail f = { 0 };
	char url[200], key[200];

	snprintf(url, sizeof(url), "sqlite:%s", copy);
	snprintf(key, sizeof(key), "%s.key", t->ledger);
	if (!reader_open(url, &r, &f) || !reader_verify(r, key, ret_report, &f)) {
		fail_msg("%s", f.msg);
	}
	reader_close(r);
}

/* Each column of each row of what a real service has recorded. */
static void any_bit_of_a_real_run_is_missed(void **state)
{
	struct service_test *t = *state;
	struct audit_report report;
	char copy[160];
	int64_t rows;

	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
	snprintf(copy, sizeof(copy), "%s/copy.db", t->dir);
	tamper_copy(t->ledger, copy);
	verify_copy(t, copy, &report);
	assert_true(report.whole);
	rows = report.rows;
	assert_true(rows >= 5);
	for (int64_t seq = 1; seq <= rows; seq++) {
		for (uint32_t dice = 0; dice < 24; dice++) {
			const char *column;

			tamper_copy(t->ledger, copy);
			column = tamper_bit(copy, seq,
					    dice % 8 + (dice * 2654435761u >> 8) * 8);
			verify_copy(t, copy, &report);
			if (report.whole || report.seq != seq) {
				fail_msg("row %d, %s: '%s'", (int)seq, column,
					 report.what);
			}
		}
	}
	unlink(copy);
}

static void what_is_tampered_with_is_named(void **state)
{
	struct service_test *t = *state;

	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
	tamper(t->ledger, "UPDATE audit SET data = replace(data, 'prod-db', 'prod-dc')"
			  " WHERE seq = 1");
	PIPED("audit", "verify");
	assert_ran(1, "BROKEN  row 1 was changed");
	tamper(t->ledger, "DELETE FROM audit WHERE seq <= 2");
	PIPED("audit", "verify");
	assert_ran(1, "rows 1-2 are missing");
	tamper(t->ledger, "DELETE FROM audit");
	PIPED("audit", "verify");
	assert_ran(1, "rows that the signed head of");
	PIPED("audit", "verify", "--key", "/nowhere");
	assert_ran(5, "/nowhere");
}

static void what_is_not_there_has_its_exit_code(void **state)
{
	struct service_test *t = *state;
	struct stat st;

	PIPED("show", "01ZZZZ");
	assert_ran(4, "has no request");
	PIPED("show", "01");
	assert_ran(4, "may be");
	PIPED("why", "'; DROP");
	assert_ran(4, "no id");
	PIPED("audit", "timeline", "INC-404");
	assert_ran(4, "knows nothing");
	PIPED("requests", "--state", "eaten");
	assert_ran(2, "asked");
	PIPED("requests", "--since", "yesterday");
	assert_ran(2, "--since");
	PIPED("audit", "export", "--format", "xml");
	assert_ran(2, "ocsf");
	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
	tamper(t->ledger, "PRAGMA user_version = 99");
	PIPED("grants");
	assert_ran(5, "version 99");
	unlink(t->ledger);
	PIPED("grants");
	assert_ran(5, "cannot open the file");
	assert_int_not_equal(stat(t->ledger, &st), 0); /* a reader makes none */
}

static void a_full_disk_behind_the_output_is_a_failure(void **state)
{
	struct service_test *t = *state;
	char program[256];
	const char *argv[] = { child_program("accessd", program, sizeof(program)),
			       "audit",
			       "export",
			       "-c",
			       t->conf,
			       NULL };

	assert_int_equal(child_run(argv, nothing, "/dev/full", CAP_MS), 1);
}

static void a_crowd_in_one_incident(struct service_test *t, int n)
{
	tamper(t->ledger,
	       "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) "
	       "INSERT INTO request SELECT printf('01%%024d', i), state, source, team, user, "
	       "channel, reply_url, resource, for_s, incident, reason, asked_ms, decided_ms, "
	       "policy FROM request, n WHERE id = '%s'",
	       n, denied);
}

static void more_than_fits_is_said(void **state)
{
	struct service_test *t = *state;

	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
	a_crowd_in_one_incident(t, 9998); /* and one more who was refused, and ana */
	PIPED("audit", "timeline", "INC-204");
	assert_ran(0, granted);
	tamper(t->ledger, "DELETE FROM request WHERE id LIKE '010%%'");
	a_crowd_in_one_incident(t, 20000);
	PIPED("audit", "timeline", "INC-204");
	assert_ran(5, "more than 10000 events");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, look_setup, service_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(it_looks_while_the_service_runs_and_after),
		TEST(no_text_of_a_stranger_reaches_the_terminal),
		TEST(of_several_people_whoever_did_not_pass_is_shown),
		TEST(any_bit_of_a_real_run_is_missed),
		TEST(what_is_tampered_with_is_named),
		TEST(what_is_not_there_has_its_exit_code),
		TEST(more_than_fits_is_said),
		TEST(a_full_disk_behind_the_output_is_a_failure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
