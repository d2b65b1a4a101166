/* SPDX-License-Identifier: Apache-2.0 */
/* The real program and a ledger that it may not write, that is somebody else's, damaged,
 * newer, full or locked. At start: exit code 1, with the reason and what to do. In
 * service: nothing granted, people told, not ready, and on with it when it works again. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sqlite3.h>

#include "shared/jx.h"
#include "tests/lib/service.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 10 * 1000 };

/* --- at start ----------------------------------------------------------------------------- */

static void file_write(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
}

static void run_sql(const char *path, const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
}

static void stop(struct service_test *t)
{
	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
}

/* A ledger of ours, with something in it. */
static void make_ledger(struct service_test *t)
{
	service_start(t);
	assert_true(service_is_live(t));
	world_command(t->world, "bob", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Not granted: prod-db"));
	stop(t);
}

static void no_directory(struct service_test *t)
{
	snprintf(t->ledger, sizeof(t->ledger), "%s/none/ledger.db", t->dir);
}

static void read_only_directory(struct service_test *t)
{
	t->as_nobody = true;
	assert_int_equal(chmod(t->dir, 0555), 0);
}

static void read_only_file(struct service_test *t)
{
	char lock[128];

	make_ledger(t);
	t->as_nobody = true;
	snprintf(lock, sizeof(lock), "%s.lock", t->ledger);
	assert_int_equal(unlink(lock), 0);
	assert_int_equal(chmod(t->ledger, 0444), 0);
	assert_int_equal(chmod(t->dir, 0777), 0);
}

static void a_text(struct service_test *t)
{
	file_write(t->ledger, "dear diary, today nobody paged me\n");
}

static void another_program_s(struct service_test *t)
{
	run_sql(t->ledger, "CREATE TABLE diary (day TEXT, mood TEXT)");
}

static void newer(struct service_test *t)
{
	make_ledger(t);
	run_sql(t->ledger, "PRAGMA user_version = 99");
}

/* From this page on, page 1 being the first. */
static void damage(const char *path, long page)
{
	char noise[4096];
	int fd = open(path, O_RDWR | O_CLOEXEC);
	struct stat st;

	assert_true(fd >= 0 && fstat(fd, &st) == 0);
	memset(noise, 0xa5, sizeof(noise));
	for (off_t at = (page - 1) * 4096; at < st.st_size; at += 4096) {
		assert_true(pwrite(fd, noise, sizeof(noise), at) == sizeof(noise));
	}
	close(fd);
}

/* The pages on which tables and indexes begin; the schema is still readable. */
static void damage_roots(const char *path)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	char noise[4096];
	int fd = open(path, O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	memset(noise, 0xa5, sizeof(noise));
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
					    "SELECT rootpage FROM sqlite_master"
					    " WHERE rootpage > 1",
					    -1, &stmt, NULL),
			 SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		off_t at = (sqlite3_column_int64(stmt, 0) - 1) * (off_t)sizeof(noise);

		assert_true(pwrite(fd, noise, sizeof(noise), at) == sizeof(noise));
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	close(fd);
}

static void damaged_tables(struct service_test *t)
{
	make_ledger(t);
	damage(t->ledger, 1);
}

static const struct {
	const char *name;
	void (*prepare)(struct service_test *t);
	const char *says;
	const char *hint;
} starts[] = {
	{ "no directory", no_directory, "No such file or directory",
	  "HINT: the directory must exist" },
	{ "a read-only directory", read_only_directory, "Permission denied",
	  "belong to the user that runs accessd" },
	{ "a read-only file", read_only_file, "read-only",
	  "must be writable for the user" },
	{ "a text", a_text, "it is not a ledger", "name a file of accessd's own" },
	{ "a database of another program", another_program_s,
	  "it is a database of another program", "name a file of accessd's own" },
	{ "a newer one", newer, "its schema is version 99",
	  "run the version of accessd that wrote it" },
	{ "noise", damaged_tables, "it is not a ledger", "name a file of accessd's own" },
};

/* Whether somebody else may run the program where it was built. */
static bool nobody_can_run_it(void)
{
	char path[256];
	const char *const argv[] = { "/usr/bin/setpriv",
				     "--reuid=65534",
				     "--regid=65534",
				     "--clear-groups",
				     child_program("accessd", path, sizeof(path)),
				     "version",
				     NULL };

	return geteuid() != 0 || child_run(argv, NULL, "/dev/null", PATIENCE_MS) == 0;
}

static void what_is_no_ledger_of_ours_ends_the_start_with_a_hint(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		struct service_test *t;

		service_setup(state);
		t = *state;
		starts[i].prepare(t);
		if (!t->as_nobody || nobody_can_run_it()) {
			service_config(t, NULL);
			service_start(t);
			assert_row(service_exit(t) == 1, i, starts[i].name);
			assert_row(child_log_has(t->log, "cannot open the ledger"), i,
				   starts[i].name);
			assert_row(child_log_has(t->log, starts[i].says), i,
				   starts[i].name);
			assert_row(child_log_has(t->log, starts[i].hint), i,
				   starts[i].name);
		}
		chmod(t->dir, 0700);
		service_teardown(state);
	}
}

/* --- two of them ---------------------------------------------------------------------------- */

static void a_second_service_on_the_ledger_is_refused(void **state)
{
	struct service_test *t = *state;
	struct child first;
	char text[64];
	bool never = false;

	service_start(t);
	assert_true(service_is_live(t));
	first = t->child;
	t->port = 0; /* any: it is not the port that stops it */
	service_config(t, NULL);
	service_start(t);
	assert_int_equal(service_exit(t), 1);
	snprintf(text, sizeof(text), "another accessd serves from it (process %d)",
		 (int)first.pid);
	assert_true(child_log_has(t->log, text));
	assert_true(child_log_has(t->log, "HINT: stop that one first"));

	/* The first one has not noticed; it is killed, and the ledger is free. */
	world_command(t->world, "bob", "inc-room", "prod-db 1h");
	assert_non_null(service_message(t, "Not granted: prod-db"));
	child_kill(&first);
	loop_run_until(t->loop, &never, 50);
	service_start(t);
	assert_true(service_is_live(t));
	assert_int_equal(service_sql(t, "SELECT count(*) FROM request"), 1);
}

/* --- in service --------------------------------------------------------------------------------- */

static bool is_acked(struct service_test *t, void *data)
{
	const struct world_envelope *e = data;

	(void)t;
	return e->acks > 0;
}

static struct world_envelope *ask(struct service_test *t, const char *who)
{
	static unsigned asked;
	char text[32];
	struct world_envelope *e;

	snprintf(text, sizeof(text), "db-%u 1h", asked++ % SERVICE_RESOURCES);
	e = world_command(t->world, who, "inc-room", text);

	assert_true(service_until(t, is_acked, e, PATIENCE_MS));
	return e;
}

static bool was_refused(const struct world_envelope *e)
{
	return e->ack_payload &&
	       strstr(jx_str(e->ack_payload, "text"), "could not be recorded");
}

static bool is_ready(struct service_test *t, void *data)
{
	char body[2048] = "";

	(void)data;
	return service_get(t, "/readyz", body, sizeof(body)) == 200;
}

static void assert_not_ready(struct service_test *t, const char *why)
{
	char body[2048] = "";

	assert_int_equal(service_get(t, "/readyz", body, sizeof(body)), 503);
	assert_has(body, why);
}

static bool all_is_done(struct service_test *t, void *data)
{
	(void)data;
	return service_sql(
		       t,
		       "SELECT (SELECT count(*) FROM request WHERE decided_ms IS NULL)"
		       " + (SELECT count(*) FROM effect WHERE state = 'pending')") == 0;
}

/* All that was acked and not refused there and then. */
static void assert_decided(struct service_test *t, bool restarted)
{
	int64_t taken = 0;

	assert_true(service_until(t, all_is_done, NULL, PATIENCE_MS));
	rows_each(struct world_envelope, e, &t->world->envelopes)
	{
		taken += e->acks > 0 && !was_refused(e);
	}
	assert_int_equal(service_sql(t, "SELECT count(*) FROM request"), taken);
	/* What could not be noted as said is said once more by the next start. */
	int64_t granted = (int64_t)world_count_messages(t->world, "", "Granted: ");
	int64_t denied = (int64_t)world_count_messages(t->world, "", "Not granted: ");
	int64_t grants = service_sql(t, "SELECT count(*) FROM grants");

	assert_true(granted >= grants && (restarted || granted == grants));
	assert_true(denied >= taken - grants && (restarted || denied == taken - grants));
}

static void lead(struct service_test *t, const char *who)
{
	struct world_incident *i = world_declare(t->world, "cara", "Down", "Major");

	assert_true(world_take_role(t->world, i, "Incident Lead", who));
}

static bool is_full(struct service_test *t, void *data)
{
	char body[2048] = "";

	(void)data;
	return service_get(t, "/readyz", body, sizeof(body)) == 503 &&
	       strstr(body, "the disk is full");
}

static void a_full_disk_is_told_and_made_up_for_when_there_is_room(void **state)
{
	struct service_test *t = *state;

	bool refused = false;

	t->limit_bytes = 200 * 1000;
	lead(t, "ana");
	service_start(t);
	assert_true(service_is_live(t));
	/* The last bytes go to whatever is small enough. */
	for (int n = 0; n < 100 && !refused; n++) {
		refused = was_refused(ask(t, n % 2 ? "ana" : "bob"));
	}
	assert_true(refused);
	assert_true(service_until(t, is_full, NULL, PATIENCE_MS));
	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);

	t->limit_bytes = 0;
	service_start(t);
	assert_true(service_is_live(t));
	assert_true(service_until(t, is_ready, NULL, PATIENCE_MS));
	assert_false(was_refused(ask(t, "ana")));
	assert_decided(t, true);
}

static void run_for(struct service_test *t, int64_t ms)
{
	bool never = false;

	loop_run_until(t->loop, &never, ms);
}

static void a_lock_of_two_seconds_is_told_and_waited_out(void **state)
{
	struct service_test *t = *state;
	sqlite3 *other = NULL;

	lead(t, "ana");
	service_start(t);
	assert_true(service_is_live(t));
	assert_false(was_refused(ask(t, "bob")));
	assert_non_null(service_message(t, "Not granted: db-"));
	world_fault(t->world, &(struct world_fault){ .call = "users.info",
						     .kind = WORLD_DELAY,
						     .delay_ms = 300 });
	struct world_envelope *taken = ask(t, "ana");
	assert_int_equal(sqlite3_open(t->ledger, &other), SQLITE_OK);
	assert_int_equal(sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL),
			 SQLITE_OK);
	assert_false(was_refused(taken));
	assert_true(was_refused(ask(t, "cara")));
	assert_non_null(service_message(t, "Nothing is granted yet"));
	assert_not_ready(t, "locked");
	run_for(t, 1300);
	assert_int_equal(world_count_messages(t->world, "", "Granted: "), 0);
	sqlite3_close(other);
	assert_non_null(service_message(t, "Granted: db-"));
	assert_true(service_until(t, is_ready, NULL, PATIENCE_MS));
	assert_decided(t, false);
	assert_int_equal(world_count_messages(t->world, "", "Nothing is granted yet"), 1);
}

static void damage_beneath_the_service_grants_nothing(void **state)
{
	struct service_test *t = *state;

	make_ledger(t);
	lead(t, "ana");
	damage_roots(t->ledger);
	service_start(t);
	assert_true(service_is_live(t));
	assert_true(was_refused(ask(t, "ana")));
	assert_not_ready(t, "malformed");
	assert_int_equal(service_get(t, "/healthz", NULL, 0), 200);
	assert_int_equal(world_count_messages(t->world, "", "Granted: "), 0);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, service_setup, service_teardown)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_ledger_of_ours_ends_the_start_with_a_hint),
		STORY(a_second_service_on_the_ledger_is_refused),
		STORY(a_full_disk_is_told_and_made_up_for_when_there_is_room),
		STORY(a_lock_of_two_seconds_is_told_and_waited_out),
		STORY(damage_beneath_the_service_grants_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
