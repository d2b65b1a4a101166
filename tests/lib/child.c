/* SPDX-License-Identifier: Apache-2.0 */
/* Programs under test: fork, exec, and a pidfd to wait without sleeping. */
#include "tests/lib/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void child_exec(const char *const *argv, const char *const *env, const char *log,
		       uint64_t limit_file_bytes)
{
	int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (fd < 0 || dup2(fd, 1) < 0 || dup2(fd, 2) < 0) {
		_exit(126);
	}
	if (limit_file_bytes > 0) {
		struct rlimit r = { limit_file_bytes, limit_file_bytes };

		setrlimit(RLIMIT_FSIZE, &r);
		signal(SIGXFSZ, SIG_IGN);
	}
	execve(argv[0], (char *const *)(uintptr_t)argv,
	       env ? (char *const *)(uintptr_t)env : environ);
	_exit(127);
}

bool child_start(struct child *c, const char *const *argv, const char *const *env,
		 const char *log, uint64_t limit_file_bytes)
{
	*c = (struct child){ .pidfd = -1 };
	snprintf(c->log, sizeof(c->log), "%s", log);
	c->pid = fork();
	if (c->pid == 0) {
		child_exec(argv, env, log, limit_file_bytes);
	}
	if (c->pid < 0) {
		c->pid = 0;
		return false;
	}
	c->pidfd = (int)syscall(SYS_pidfd_open, c->pid, 0);
	return c->pidfd >= 0;
}

bool child_ended(struct child *c, int cap_ms, int *ret_status)
{
	struct pollfd p = { .fd = c->pidfd, .events = POLLIN };

	if (c->pid == 0 || poll(&p, 1, cap_ms) <= 0) {
		return false;
	}
	waitpid(c->pid, ret_status, 0);
	close(c->pidfd);
	c->pid = 0;
	return true;
}

void child_signal(struct child *c, int signo)
{
	if (c->pid > 0) {
		kill(c->pid, signo);
	}
}

void child_kill(struct child *c)
{
	int status;

	child_signal(c, SIGKILL);
	child_ended(c, 10000, &status);
}

int child_run(const char *const *argv, const char *const *env, const char *log,
	      int cap_ms)
{
	struct child c;
	int status = 0;

	if (!child_start(&c, argv, env, log, 0)) {
		return -1;
	}
	if (!child_ended(&c, cap_ms, &status)) {
		child_kill(&c);
		return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

char *child_log(const char *log)
{
	FILE *file = fopen(log, "re");
	char *text = calloc(1, 1 << 20);

	if (file && text) {
		size_t n = fread(text, 1, (1 << 20) - 1, file);

		text[n] = '\0';
	}
	if (file) {
		fclose(file);
	}
	return text;
}

bool child_log_has(const char *log, const char *part)
{
	char *text = child_log(log);
	bool has = text && strstr(text, part);

	free(text);
	return has;
}

const char *child_program(const char *name, char *path, size_t size)
{
	const char *build = getenv("BUILD");

	snprintf(path, size, "%s/%s", build ? build : "build", name);
	return path;
}
