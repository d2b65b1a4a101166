/* SPDX-License-Identifier: Apache-2.0 */
/* A list with a lock; the loop takes all of it at once. */
#include "shared/loop_posts.h"

#include <errno.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool posts_init(struct posts *ps, struct fail *f)
{
	ps->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ps->wake_fd < 0) {
		return fail_set(f, FAIL_INTERNAL, "cannot make an eventfd: %s",
				strerror(errno));
	}
	pthread_mutex_init(&ps->lock, NULL);
	ps->first = NULL;
	ps->end = &ps->first;
	return true;
}

void posts_finish(struct posts *ps)
{
	pthread_mutex_destroy(&ps->lock);
	close(ps->wake_fd);
}

void posts_put(struct posts *ps, struct loop_post *p)
{
	const uint64_t one = 1;

	p->next = NULL;
	pthread_mutex_lock(&ps->lock);
	if (!ps->first) {
		/* Cannot fail: the counter is at 0. In the lock, because once it is left
		 * the loop may run p and, for all we know, be destroyed. */
		ssize_t n = write(ps->wake_fd, &one, sizeof(one));
		(void)n;
	}
	*ps->end = p;
	ps->end = &p->next;
	pthread_mutex_unlock(&ps->lock);
}

static struct loop_post *take_all(struct posts *ps)
{
	struct loop_post *first;
	uint64_t count;
	ssize_t n;

	pthread_mutex_lock(&ps->lock);
	n = read(ps->wake_fd, &count, sizeof(count));
	(void)n;
	first = ps->first;
	ps->first = NULL;
	ps->end = &ps->first;
	pthread_mutex_unlock(&ps->lock);
	return first;
}

void posts_run(struct posts *ps)
{
	struct loop_post *p = take_all(ps);

	while (p) {
		struct loop_post *next = p->next; /* cb may free p */

		p->cb(p);
		p = next;
	}
}
