/* SPDX-License-Identifier: Apache-2.0 */
/* Taking messages that nobody hears: each is done in the next turn of the loop. */
#include "bot/notifier_none.h"

#include <stdlib.h>

#include "shared/log.h"
#include "shared/loop.h"

struct none {
	struct notifier base;
	struct loop *loop;
};

struct job {
	struct notice *notice;
	struct loop_timer soon;
};

static void on_soon(struct loop_timer *t)
{
	struct job *job = container_of(t, struct job, soon);
	struct notice *n = job->notice;
	const struct fail done = { 0 };

	n->job = NULL;
	free(job);
	log_info("notice.unsaid", LOG_T("req", n->about->request_id),
		 LOG_T("then", "no-slack-to-say-it-in"));
	n->cb(n, &done);
}

static void send(struct notifier *self, struct notice *n)
{
	struct none *all = container_of(self, struct none, base);
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		abort(); /* out of memory for a timer */
	}
	n->job = job;
	n->ref[0] = '\0';
	job->notice = n;
	job->soon.cb = on_soon;
	loop_timer_start(all->loop, &job->soon, 0);
}

static void cancel(struct notifier *self, struct notice *n)
{
	struct job *job = n->job;

	(void)self;
	if (job) {
		loop_timer_cancel(&job->soon);
		free(job);
		n->job = NULL;
	}
}

static const struct notifier_ops ops = { .send = send, .cancel = cancel };

struct notifier *notifier_none_create(struct loop *l)
{
	struct none *n = calloc(1, sizeof(*n));

	if (!n) {
		return NULL;
	}
	n->base.ops = &ops;
	n->loop = l;
	return &n->base;
}

void notifier_none_destroy(struct notifier *base)
{
	if (base) {
		free(container_of(base, struct none, base));
	}
}
