/* SPDX-License-Identifier: Apache-2.0 */
/* Programs that are run: what they get, what they say, and how they are stopped. */
#include "shared/program.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/temp_dir.h"
#include "tests/lib/test.h"

enum { CAP_MS = 8000, TURN_MS = 5 };

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct program run;
	struct temp_dir dir; /* the program's variable DIR */
	char *argv[5];
	bool done;
	struct fail fail;
	int exit_code;
	char output[4096];
	char errors[256];
};

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };

	assert_non_null(t);
	fake_clock_init(&t->clock, 1000000000);
	temp_dir_make(&t->dir);
	if (!loop_create(&t->clock.clock, &t->loop, &f)) {
		fail_msg("%s", f.msg);
	}
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	loop_destroy(t->loop);
	temp_dir_remove(&t->dir);
	free(t);
	return 0;
}

static void on_run(struct program *run, const struct fail *f)
{
	struct fixture *t = container_of(run, struct fixture, run);

	t->fail = *f;
	t->exit_code = run->exit_code;
	snprintf(t->output, sizeof(t->output), "%s", run->output);
	snprintf(t->errors, sizeof(t->errors), "%s", run->errors);
	t->done = true;
}

static void start(struct fixture *t, const char *script, const char *input)
{
	static char env1[] = "GREETING=hello world";
	static char env2[80];
	static char *env[] = { env1, env2, NULL };
	static char sh[] = "/bin/sh";
	static char c[] = "-c";

	snprintf(env2, sizeof(env2), "DIR=%s", t->dir.path);
	t->argv[0] = sh;
	t->argv[1] = c;
	t->argv[2] = (char *)(uintptr_t)script;
	t->run = (struct program){ .argv = t->argv,
				   .env = env,
				   .input = input,
				   .input_len = strlen(input),
				   .timeout_ms = 60000,
				   .max_output = 64 * 1024,
				   .cb = on_run };
	t->done = false;
	program_start(t->loop, &t->run);
}

static void run(struct fixture *t, const char *script, const char *input)
{
	start(t, script, input);
	if (!loop_run_until(t->loop, &t->done, CAP_MS)) {
		fail_msg("'%s' did not end", script);
	}
}

static void it_gets_its_input_and_says_how_it_ended(void **state)
{
	struct fixture *t = *state;

	run(t, "cat; echo oh dear >&2; exit 3", "some input");
	assert_int_equal(t->fail.kind, FAIL_NONE);
	assert_int_equal(t->exit_code, 3);
	assert_string_equal(t->output, "some input");
	assert_string_equal(t->errors, "oh dear\n");
}

static void it_gets_the_environment_that_is_given_and_no_more(void **state)
{
	struct fixture *t = *state;

	setenv("SECRET_OF_OURS", "hunter2", 1);
	run(t, "env; pwd; ls /proc/self/fd | wc -l", "");
	assert_has(t->output, "GREETING=hello world");
	assert_null(strstr(t->output, "hunter2"));
	assert_has(t->output, "\n/\n");
	assert_has(t->output, "\n4\n"); /* the three, and the folder that ls reads */
}

static void it_may_leave_its_input_and_its_output_alone(void **state)
{
	struct fixture *t = *state;
	char *input = calloc(1, 1 << 20);

	assert_non_null(input);
	memset(input, 'x', (1 << 20) - 1);
	run(t, "exec <&- >&- 2>&-; exit 0", input);
	assert_int_equal(t->fail.kind, FAIL_NONE);
	assert_int_equal(t->exit_code, 0);
	free(input);
}

static void much_input_reaches_it_whole(void **state)
{
	struct fixture *t = *state;
	char *input = calloc(1, 300001);

	assert_non_null(input);
	memset(input, 'x', 300000);
	run(t, "wc -c", input);
	assert_has(t->output, "300000");
	free(input);
}

static void one_that_cannot_be_started_did_nothing(void **state)
{
	struct fixture *t = *state;
	static char nowhere[] = "/nonexistent/program";

	start(t, "exit 0", "");
	assert_true(loop_run_until(t->loop, &t->done, CAP_MS));
	t->argv[0] = nowhere;
	t->done = false;
	program_start(t->loop, &t->run);
	assert_false(t->done);
	assert_true(loop_run_until(t->loop, &t->done, CAP_MS));
	assert_int_equal(t->fail.kind, FAIL_UPSTREAM);
	assert_has(t->fail.msg, "cannot start it");
}

#define SAY_PID(pid) "echo " pid " >$DIR/new; mv $DIR/new $DIR/pid; "

/* Of the process that the script names by SAY_PID(), as soon as it does. */
static pid_t said_pid(struct fixture *t)
{
	const char *path = temp_dir_file(&t->dir, "pid");
	bool never = false;
	int pid = 0;

	for (int ms = 0; ms < CAP_MS && access(path, F_OK) != 0; ms += TURN_MS) {
		loop_run_until(t->loop, &never, TURN_MS);
	}
	FILE *f = fopen(path, "re");

	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1);
	fclose(f);
	assert_true(pid > 0);
	return pid;
}

/* What it started and left in its group is gone as well. */
static bool is_gone(pid_t pid)
{
	for (int i = 0; i < 2000; i++) {
		char path[64], text[256] = "";
		FILE *f;

		if (kill(pid, 0) != 0 && errno == ESRCH) {
			return true;
		}
		snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
		f = fopen(path, "re");
		if (!f || !fgets(text, sizeof(text), f) || strstr(text, ") Z")) {
			if (f) {
				fclose(f);
			}
			return true; /* whose parent does not reap */
		}
		fclose(f);
		sched_yield();
	}
	return false;
}

static void one_that_takes_too_long_is_killed_with_its_group(void **state)
{
	struct fixture *t = *state;
	pid_t pid;

	start(t, "tail -f /dev/null >/dev/null & " SAY_PID("$!") "wait", "");
	pid = said_pid(t);
	fake_clock_advance(&t->clock, 60001);
	assert_true(loop_run_until(t->loop, &t->done, CAP_MS));
	assert_int_equal(t->fail.kind, FAIL_UNCERTAIN);
	assert_has(t->fail.msg, "it took too long");
	assert_true(is_gone(pid));
}

static void one_that_makes_itself_a_group_is_killed_with_it(void **state)
{
	struct fixture *t = *state;
	pid_t pid;

	start(t,
	      "exec timeout 100 sh -c '" SAY_PID(
		      "$$") "exec tail -f /dev/null >/dev/null'",
	      "");
	pid = said_pid(t);
	fake_clock_advance(&t->clock, 60001);
	assert_true(loop_run_until(t->loop, &t->done, CAP_MS));
	assert_int_equal(t->fail.kind, FAIL_UNCERTAIN);
	assert_true(is_gone(pid));
}

static void what_it_leaves_behind_is_killed(void **state)
{
	struct fixture *t = *state;

	run(t, "tail -f /dev/null >/dev/null & echo $!", "");
	assert_int_equal(t->fail.kind, FAIL_NONE);
	assert_true(is_gone((pid_t)strtol(t->output, NULL, 10)));
}

static void one_that_says_too_much_is_killed(void **state)
{
	struct fixture *t = *state;

	run(t, "while :; do echo yes yes yes yes yes yes yes; done", "");
	assert_int_equal(t->fail.kind, FAIL_UNCERTAIN);
	assert_has(t->fail.msg, "it said too much");
}

static void one_that_is_killed_by_somebody_is_of_unknown_outcome(void **state)
{
	struct fixture *t = *state;

	run(t, "kill -9 $$", "");
	assert_int_equal(t->fail.kind, FAIL_UNCERTAIN);
	assert_has(t->fail.msg, "signal 9");
}

static void what_is_cancelled_does_not_answer(void **state)
{
	struct fixture *t = *state;
	bool never = false;

	start(t, "tail -f /dev/null", "");
	program_cancel(&t->run);
	loop_run_until(t->loop, &never, 50);
	assert_false(t->done);
	program_cancel(&t->run);
}

int main(void)
{
#define PROGRAM(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		PROGRAM(it_gets_its_input_and_says_how_it_ended),
		PROGRAM(it_gets_the_environment_that_is_given_and_no_more),
		PROGRAM(it_may_leave_its_input_and_its_output_alone),
		PROGRAM(much_input_reaches_it_whole),
		PROGRAM(one_that_cannot_be_started_did_nothing),
		PROGRAM(one_that_takes_too_long_is_killed_with_its_group),
		PROGRAM(one_that_makes_itself_a_group_is_killed_with_it),
		PROGRAM(what_it_leaves_behind_is_killed),
		PROGRAM(one_that_says_too_much_is_killed),
		PROGRAM(one_that_is_killed_by_somebody_is_of_unknown_outcome),
		PROGRAM(what_is_cancelled_does_not_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
