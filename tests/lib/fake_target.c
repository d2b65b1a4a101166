/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/fake_target.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "approver/provisioners.h"
#include "shared/loop.h"
#include "shared/text.h"

extern const struct provisioner_ops provisioner_fake;

static struct fake_target *target;

struct fake {
	struct provisioner base;
	struct loop *loop;
	struct loop_timer timer, listed;
};

static struct fake fakes[4];
static size_t n_fakes;

static bool fake_check(const struct provisioner_config *c, struct fail *f)
{
	(void)c;
	(void)f;
	return true;
}

static void on_timer(struct loop_timer *t)
{
	struct fail done = { 0 };

	(void)t;
	while (target->prompt && target->n > 0) {
		fake_target_answer(target, 0, true, &done);
	}
}

static bool fake_open(const struct provisioner_env *env, struct provisioner **ret_p,
		      struct fail *f)
{
	struct fake *me = &fakes[n_fakes++ % ARRAY_LEN(fakes)];

	(void)f;
	*me = (struct fake){ .base.ops = &provisioner_fake, .loop = env->loop };
	me->timer.cb = on_timer;
	*ret_p = &me->base;
	return true;
}

static void fake_close(struct provisioner *p)
{
	if (p) {
		struct fake *me = container_of(p, struct fake, base);

		loop_timer_cancel(&me->timer);
		loop_timer_cancel(&me->listed);
	}
}

static void fake_start(struct provisioner *p, struct provision_call *c)
{
	struct fake *me = container_of(p, struct fake, base);
	struct fake_call *call = &target->calls[target->n++];

	assert(target->n < FAKE_CALLS_MAX);
	*call = (struct fake_call){ .call = c, .action = c->what->action };
	text_copy(call->user, sizeof(call->user), c->what->user);
	text_copy(call->target, sizeof(call->target), c->what->target->id);
	target->most = target->n > target->most ? target->n : target->most;
	target->grants += call->action == PROVISION_GRANT;
	target->revokes += call->action == PROVISION_REVOKE;
	target->extends += call->action == PROVISION_EXTEND;
	call->until_ms = c->what->expires_ms;
	text_copy(call->grant, sizeof(call->grant), c->what->grant);
	if (target->on_call) {
		target->on_call(call, target->data);
	}
	if (target->prompt) {
		loop_timer_start(me->loop, &me->timer, 0);
	}
}

static void remove_call(size_t i)
{
	memmove(&target->calls[i], &target->calls[i + 1],
		(target->n - i - 1) * sizeof(target->calls[0]));
	target->n--;
}

static void fake_cancel(struct provisioner *p, struct provision_call *c)
{
	(void)p;
	for (size_t i = 0; i < target->n; i++) {
		if (target->calls[i].call == c) {
			remove_call(i);
			return;
		}
	}
}

/* Everybody who has it, at once. */
static void on_listed(struct loop_timer *t)
{
	struct provision_list *l = target->list;
	struct fail f = target->list_fail;
	struct in_force *rows = calloc(FAKE_KEYS_MAX, sizeof(*rows));

	(void)t;
	assert(l && rows);
	l->n = 0;
	for (size_t i = 0; i < target->n_holds; i++) {
		if (target->holds[i].has &&
		    strcmp(target->holds[i].target, l->target->id) == 0) {
			if (!target->only_grants) {
				text_copy(rows[l->n].user, VENDOR_ID_SIZE,
					  target->holds[i].user);
			}
			text_copy(rows[l->n].grant, ULID_SIZE, target->holds[i].grant);
			l->n++;
		}
	}
	l->rows = rows;
	if (f.kind != FAIL_NONE) {
		free(rows);
		l->rows = NULL;
		l->n = 0;
	}
	target->list = NULL;
	l->cb(l, &f);
}

static void fake_list(struct provisioner *p, struct provision_list *l)
{
	struct fake *me = container_of(p, struct fake, base);

	target->list = l;
	target->lists++;
	me->listed.cb = on_listed;
	loop_timer_start(me->loop, &me->listed, 0);
}

static void fake_list_cancel(struct provisioner *p, struct provision_list *l)
{
	(void)l;
	target->list = NULL;
	loop_timer_cancel(&container_of(p, struct fake, base)->listed);
}

static const char *const can[] = { "extend", "list", NULL };

const struct provisioner_ops provisioner_fake = {
	.type = "fake",
	.actions = can,
	.check = fake_check,
	.open = fake_open,
	.close = fake_close,
	.start = fake_start,
	.cancel = fake_cancel,
	.list = fake_list,
	.list_cancel = fake_list_cancel,
};

void fake_target_init(struct fake_target *t)
{
	*t = (struct fake_target){ 0 };
	target = t;
	provisioner_use(&provisioner_fake);
}

void fake_target_finish(struct fake_target *t)
{
	(void)t;
	target = NULL;
	provisioner_use(NULL);
}

int64_t fake_target_until(const struct fake_target *t, const char *user, const char *id)
{
	for (size_t i = 0; i < t->n_holds; i++) {
		if (strcmp(t->holds[i].user, user) == 0 &&
		    strcmp(t->holds[i].target, id) == 0) {
			return t->holds[i].has ? t->holds[i].until_ms : 0;
		}
	}
	return 0;
}

bool fake_target_has(const struct fake_target *t, const char *user, const char *id)
{
	return fake_target_until(t, user, id) > 0;
}

void fake_target_happen(struct fake_target *t, size_t i)
{
	const struct fake_call *c = &t->calls[i];
	size_t k = 0;

	while (k < t->n_holds && (strcmp(t->holds[k].user, c->user) != 0 ||
				  strcmp(t->holds[k].target, c->target) != 0)) {
		k++;
	}
	if (k == FAKE_KEYS_MAX) {
		return; /* who looks at so many? */
	}
	t->n_holds += k == t->n_holds;
	text_copy(t->holds[k].user, sizeof(t->holds[k].user), c->user);
	text_copy(t->holds[k].target, sizeof(t->holds[k].target), c->target);
	t->holds[k].has = c->action != PROVISION_REVOKE;
	t->holds[k].until_ms = c->until_ms;
	if (c->action == PROVISION_GRANT) {
		text_copy(t->holds[k].grant, sizeof(t->holds[k].grant), c->grant);
	}
}

void fake_target_answer(struct fake_target *t, size_t i, bool happens,
			const struct fail *f)
{
	struct provision_call *c = t->calls[i].call;

	if (happens) {
		fake_target_happen(t, i);
	}
	remove_call(i);
	c->cb(c, f);
}
