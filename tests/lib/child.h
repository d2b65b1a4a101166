/* SPDX-License-Identifier: Apache-2.0 */
/* A program that a test starts, watches and ends. */
#ifndef TESTS_LIB_CHILD_H
#define TESTS_LIB_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: none */
	int pidfd;
	char log[160]; /* what it wrote to stdout and stderr */
};

/* argv[0] is a path; env: NULL-terminated "NAME=value" in place of ours, or NULL for ours.
 * Output is appended to the file log. limit_file_bytes: RLIMIT_FSIZE, 0: none. */
bool child_start(struct child *c, const char *const *argv, const char *const *env,
		 const char *log, uint64_t limit_file_bytes);

/* Whether it has ended within cap_ms; then *ret_status is as waitpid() gives it. */
bool child_ended(struct child *c, int cap_ms, int *ret_status);

/* Send a signal to this very process. */
void child_signal(struct child *c, int signo);

/* SIGKILL and wait. Fine when it is gone. */
void child_kill(struct child *c);

/* Start, wait, and give the exit code; -1: it did not end in cap_ms, or by a signal. */
int child_run(const char *const *argv, const char *const *env, const char *log,
	      int cap_ms);

/* The whole log, malloc'd, "" when there is none. */
char *child_log(const char *log);
bool child_log_has(const char *log, const char *part);

/* "build/accessd" or wherever this build is: BUILD in the environment. */
const char *child_program(const char *name, char *path, size_t size);

#endif
