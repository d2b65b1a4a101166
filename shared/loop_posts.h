/* SPDX-License-Identifier: Apache-2.0 */
/* The queue of what other threads post to the loop. Only shared/loop.c uses it. */
#ifndef SHARED_LOOP_POSTS_H
#define SHARED_LOOP_POSTS_H

#include <pthread.h>
#include <stdbool.h>

#include "accessd/fail.h"
#include "shared/loop.h"

struct posts {
	int wake_fd;          /* readable when there is something */
	pthread_mutex_t lock; /* guards the two below */
	struct loop_post *first;
	struct loop_post **end;
};

bool posts_init(struct posts *ps, struct fail *f);
void posts_finish(struct posts *ps); /* what is in it is dropped */

/* From any thread. */
void posts_put(struct posts *ps, struct loop_post *p);

/* Run what is in it, but nothing that is put meanwhile. */
void posts_run(struct posts *ps);

#endif
