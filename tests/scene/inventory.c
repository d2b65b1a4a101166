/* SPDX-License-Identifier: Apache-2.0 */
/* A program as the target, and somebody who changes there by hand what accessd gave: the ops
 * channel hears of it, and what had ended is taken back once more. */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { SECOND = 1000, MINUTE = 60 * 1000 };

/* Each grant is a file beside it. */
static const char script[] =
	"#!/bin/sh\n"
	"cat >/dev/null\n"
	"cd \"$(dirname \"$0\")\" && mkdir -p held && cd held || exit 75\n"
	"case $1 in\n"
	"grant) echo \"$ACCESSD_EMAIL\" >\"$ACCESSD_GRANT\" ;;\n"
	"revoke) rm -f \"$ACCESSD_GRANT\" ;;\n"
	"list) for g in *; do [ -e \"$g\" ] && all=\"$all,{\\\"grant\\\":\\\"$g\\\"}\"; done\n"
	"      echo \"{\\\"held\\\":[${all#,}]}\" ;;\n"
	"esac\n";

static char held[160]; /* the file of ana's grant */

static void start(struct scene *t)
{
	static char more[512], path[128];
	int fd;

	snprintf(path, sizeof(path), "%s/grant", t->dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);
	assert_true(write(fd, script, strlen(script)) == (ssize_t)strlen(script));
	close(fd);
	snprintf(more, sizeof(more),
		 "provisioners = ( { name = \"script\"; type = \"command\"; command = [ "
		 "\"%s\" ]; actions = [ \"list\" ]; } );\n",
		 path);
	t->more = more;
	t->resources =
		"  { name = \"prod-db\"; provision = \"script\"; labels = { env = \"prod\"; }; }";
	t->slack = "ops_channel = \"C0OPS0001\";";
	scene_start(t, true);
	scene_incident(t, "ana");
}

static void held_find(struct scene *t)
{
	char dir[128];
	struct dirent *e;
	DIR *d;

	snprintf(dir, sizeof(dir), "%s/held", t->dir);
	d = opendir(dir);
	assert_non_null(d);
	while ((e = readdir(d))) {
		if (e->d_name[0] != '.') {
			snprintf(held, sizeof(held), "%s/%.26s", dir, e->d_name);
		}
	}
	closedir(d);
}

static bool is_held(struct scene *t, void *data)
{
	(void)t;
	return (access(held, F_OK) == 0) == *(bool *)data;
}

static bool holds(struct scene *t, bool has)
{
	return scene_until(t, is_held, &has, 8000);
}

static bool is_said(struct scene *t, void *data)
{
	return world_find_message(t->world, "C0OPS0001", data) != NULL;
}

/* Time stands still while the program runs. */
static bool said_in_ops(struct scene *t, char *part)
{
	scene_pass(t, 13 * MINUTE); /* a look is every fifteen */
	for (int i = 0; i < 40; i++) {
		fake_clock_advance(&t->clock, 30 * SECOND);
		if (scene_until(t, is_said, part, 150)) {
			return true;
		}
	}
	return false;
}

static void what_is_changed_by_hand_is_noticed(void **state)
{
	static char missing[] = "1 are granted and not there";
	static char agree[] = "targets and the ledger agree again";
	static char left[] = "1 had ended and are taken back once more";
	struct scene *t = *state;

	start(t);
	scene_type(t, "ana", "prod-db 4h");
	assert_non_null(scene_message(t, "Granted: prod-db"));
	held_find(t);
	assert_true(holds(t, true));
	assert_int_equal(unlink(held), 0);
	assert_true(said_in_ops(t, missing));
	close(open(held, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_true(said_in_ops(t, agree));

	assert_has(scene_tell(t, "ana", "release prod-db"), "Done");
	assert_true(holds(t, false));
	assert_non_null(scene_message(t, "Ended: prod-db"));
	close(open(held, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	assert_true(said_in_ops(t, left));
	assert_true(holds(t, false));
	assert_int_equal(scene_count(t, "Ended: prod-db"), 1);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(what_is_changed_by_hand_is_noticed,
						watch_setup_stopped, watch_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
