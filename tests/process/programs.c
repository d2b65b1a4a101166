/* SPDX-License-Identifier: Apache-2.0 */
/* The real program with a program as its target: it does not outlive accessd. What it would
 * still grant, the next accessd might have taken back already. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/service.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 10 * 1000, PATH_SIZE = 128 };

static void path_of(const struct service_test *t, const char *name, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "%s/%s", t->dir, name);
}

/* It says who it is and whom it started, and never ends: nor does it notice that nobody
 * reads any more what it says, as it says nothing. */
static void script_write(const struct service_test *t, const char *path)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fprintf(file,
		"#!/bin/sh\n"
		"exec >/dev/null 2>&1\n"
		"tail -f /dev/null &\n"
		"echo $$ $! >%s/new && mv %s/new %s/pids\n"
		"wait\n",
		t->dir, t->dir, t->dir);
	assert_int_equal(fchmod(fileno(file), 0700), 0);
	fclose(file);
}

static int setup(void **state)
{
	static char more[256];
	struct service_test *t;
	char path[PATH_SIZE];

	service_setup(state);
	t = *state;
	path_of(t, "script", path);
	script_write(t, path);
	snprintf(more, sizeof(more),
		 "provisioners = ( { name = \"script\"; type = \"command\"; "
		 "command = [ \"%s\" ]; } );\n",
		 path);
	t->db_more = "provision = \"script\";";
	service_config(t, more);
	return 0;
}

static int teardown(void **state)
{
	static const char *const names[] = { "script", "pids" };
	char path[PATH_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		path_of(*state, names[i], path);
		unlink(path);
	}
	return service_teardown(state);
}

struct pids {
	int program, child;
};

static bool is_running(struct service_test *t, void *data)
{
	struct pids *p = data;
	char path[PATH_SIZE];
	FILE *file;
	int n;

	path_of(t, "pids", path);
	file = fopen(path, "re");
	if (!file) {
		return false;
	}
	n = fscanf(file, "%d %d", &p->program, &p->child);
	fclose(file);
	return n == 2;
}

/* Or only its entry is left, as long as whoever inherited it has not reaped it. */
static bool is_dead(int pid)
{
	char path[64], state = 'Z';
	FILE *file;

	if (kill(pid, 0) != 0 && errno == ESRCH) {
		return true;
	}
	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "re");
	if (file) {
		if (fscanf(file, "%*d (%*[^)]) %c", &state) != 1) {
			state = 'Z'; /* it went while we read */
		}
		fclose(file);
	}
	return state == 'Z' || state == 'X';
}

static bool are_dead(struct service_test *t, void *data)
{
	const struct pids *p = data;

	(void)t;
	return is_dead(p->program) && is_dead(p->child);
}

static void a_program_and_its_children_die_with_a_killed_accessd(void **state)
{
	struct service_test *t = *state;
	struct world_incident *i = world_declare(t->world, "cara", "Down", "Major");
	struct pids p;

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	service_start(t);
	assert_true(service_is_live(t));
	world_command(t->world, "ana", "inc-room", "prod-db 1h");
	assert_true(service_until(t, is_running, &p, PATIENCE_MS));
	assert_false(is_dead(p.program));
	assert_false(is_dead(p.child));

	service_kill(t);
	assert_true(service_until(t, are_dead, &p, PATIENCE_MS));
}

int main(void)
{
#define PROCESS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		PROCESS(a_program_and_its_children_die_with_a_killed_accessd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
