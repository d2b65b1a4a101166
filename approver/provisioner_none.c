/* SPDX-License-Identifier: Apache-2.0 */
/* No target: the ledger alone says who has access, and whoever guards the resource reads
 * it there. For trying things out, and for resources whose guard asks us. */
#include <stdlib.h>

#include "accessd/provisioner.h"
#include "shared/loop.h"

extern const struct provisioner_ops provisioner_none;

struct none {
	struct provisioner base;
	struct loop *loop;
};

struct none_job {
	struct provision_call *call;
	struct loop_timer timer;
};

static bool none_check(const struct provisioner_config *c, struct fail *f)
{
	if (*c->url || c->command.n > 0) {
		return fail_set(f, FAIL_INVALID,
				"type none takes neither 'url' nor 'command'");
	}
	return true;
}

static bool none_open(const struct provisioner_env *env, struct provisioner **ret_p,
		      struct fail *f)
{
	struct none *me = calloc(1, sizeof(*me));

	if (!me) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	me->base.ops = &provisioner_none;
	me->loop = env->loop;
	*ret_p = &me->base;
	return true;
}

static void none_close(struct provisioner *p)
{
	if (p) {
		free(container_of(p, struct none, base));
	}
}

static void on_timer(struct loop_timer *t)
{
	struct none_job *job = container_of(t, struct none_job, timer);
	struct provision_call *c = job->call;
	struct fail done = { 0 };

	free(job);
	c->job = NULL;
	c->cb(c, &done);
}

static void none_start(struct provisioner *p, struct provision_call *c)
{
	struct none_job *job = calloc(1, sizeof(*job));

	if (!job) {
		abort(); /* out of memory for 64 bytes */
	}
	job->call = c;
	job->timer.cb = on_timer;
	c->job = job;
	loop_timer_start(container_of(p, struct none, base)->loop, &job->timer, 0);
}

static void none_cancel(struct provisioner *p, struct provision_call *c)
{
	struct none_job *job = c->job;

	(void)p;
	if (job) {
		loop_timer_cancel(&job->timer);
		free(job);
		c->job = NULL;
	}
}

static const char *const can[] = { NULL };

const struct provisioner_ops provisioner_none = {
	.actions = can,
	.type = "none",
	.check = none_check,
	.open = none_open,
	.close = none_close,
	.start = none_start,
	.cancel = none_cancel,
};
