/* SPDX-License-Identifier: Apache-2.0 */
/* A program that is run on the loop: text in, text out, an end. Rules 1-9 of
 * shared/loop.h hold.
 *
 * No shell; only the environment that is given; none of our file descriptors; its working
 * directory is /. It is in a process group of its own, and what is left of the group is
 * killed when it has ended, took too long, or said too much; and when we end, in whatever
 * way (shared/keeper.h). */
#ifndef SHARED_PROGRAM_H
#define SHARED_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/loop.h"

struct program;
struct program_job;

/* FAIL_NONE: it ended by itself, and exit_code says how. FAIL_UPSTREAM: it could not be
 * started, so nothing was done. FAIL_UNCERTAIN: it was killed, by its time, by what it said
 * or by somebody else. */
typedef void program_cb(struct program *run, const struct fail *f);

/* Owned and embedded by the caller; what it points to must live until cb. */
struct program {
	char *const *argv; /* argv[0]: the whole path; NULL at the end */
	char *const *env;  /* "NAME=value"; NULL at the end */
	const char *input; /* for its stdin */
	size_t input_len;
	int64_t timeout_ms;
	size_t max_output; /* of stdout and of stderr, each */
	program_cb *cb;
	/* out, valid in cb: */
	int exit_code;
	const char *output;
	const char *errors;      /* what it wrote to stderr */
	struct program_job *job; /* private */
};

void program_start(struct loop *l, struct program *run);

/* It is killed; cb does not fire any more. Fine when it does not run. */
void program_cancel(struct program *run);

#endif
