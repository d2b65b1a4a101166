/* SPDX-License-Identifier: Apache-2.0 */
/* A file that takes the audit, on a disk that becomes full: what is in it is whole. */
#include "tests/lib/test.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "approver/sink.h"
#include "tests/lib/temp_dir.h"

enum { LINE = 100, LIMIT = 12345 };

static struct loop *loop;
static bool done;
static enum fail_kind kind;
static char path[160];

static void on_delivered(struct sink_batch *b, const struct fail *f)
{
	(void)b;
	kind = f->kind;
	done = true;
}

/* Ten lines at once; whether they were taken. */
static bool deliver(struct sink *s)
{
	static char lines[10 * LINE + 1];
	struct sink_batch b = { .lines = lines, .len = 10 * LINE, .cb = on_delivered };

	memset(lines, 'x', sizeof(lines) - 1);
	for (int i = 1; i <= 10; i++) {
		lines[i * LINE - 1] = '\n';
	}
	done = false;
	s->ops->deliver(s, &b);
	return loop_run_until(loop, &done, 5000) && kind == FAIL_NONE;
}

static void limit_size(rlim_t bytes)
{
	struct rlimit limit = { .rlim_cur = bytes, .rlim_max = RLIM_INFINITY };

	setrlimit(RLIMIT_FSIZE, &limit);
}

static long size_of(void)
{
	struct stat st;

	return stat(path, &st) == 0 ? (long)st.st_size : -1;
}

#define check(cond) \
	do { \
		if (!(cond)) { \
			fprintf(stderr, "%d: %s (%ld bytes)\n", __LINE__, #cond, \
				size_of()); \
			_exit(1); \
		} \
	} while (0)

static void within_a_limit(void)
{
	static char file[sizeof(path)];
	struct audit_config config = { .file = file };
	struct sink_env env = { .config = &config };
	struct sink *s;
	struct fail f;

	snprintf(file, sizeof(file), "%s", path);
	check(loop_create(clock_system(), &loop, &f));
	env.loop = loop;
	s = sink_file.open(&env);
	check(s);
	limit_size(LIMIT);
	for (int i = 1; i <= 12; i++) {
		check(deliver(s));
		check(size_of() == i * 10L * LINE);
	}
	for (int i = 0; i < 3; i++) { /* no half of it is left */
		check(!deliver(s) && kind == FAIL_UPSTREAM);
		check(size_of() == 12000);
	}
	limit_size(RLIM_INFINITY);
	check(deliver(s));
	check(size_of() == 13000);
	s->ops->close(s);
	loop_destroy(loop);
	_exit(0);
}

static void a_full_disk_takes_whole_batches_or_nothing(void **state)
{
	struct temp_dir dir;
	int status;
	pid_t pid;

	(void)state;
	temp_dir_make(&dir);
	snprintf(path, sizeof(path), "%s/audit.jsonl", dir.path);
	pid = fork();
	if (pid == 0) {
		within_a_limit();
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	temp_dir_remove(&dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_disk_takes_whole_batches_or_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
