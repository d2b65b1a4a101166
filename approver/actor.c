/* SPDX-License-Identifier: Apache-2.0 */
/* The directory says who they are; the config's `admins` names people (U…, W…) and user
 * groups (S…), which are asked about one after the other until one holds them. */
#include "approver/actor.h"

#include "approver/identity.h"
#include "shared/log.h"
#include "shared/text.h"

static bool is_group(const char *id)
{
	return id[0] == 'S';
}

static void end(struct actor_check *c, const struct fail *f)
{
	c->cb(c, f);
}

static void groups_go_on(struct actor_check *c);

static void on_group(struct group_ask *ask, const struct fail *f)
{
	struct actor_check *c = container_of(ask, struct actor_check, group);
	struct fail none = { 0 };

	c->asking_group = false;
	if (f->kind == FAIL_NONE && ask->in) {
		c->admin = true;
		end(c, &none);
		return;
	}
	if (f->kind != FAIL_NONE) {
		log_warn("directory.group_failed", LOG_T("group", ask->group), LOG_F(f),
			 LOG_T("then", "nobody-is-taken-to-be-in-it"));
	}
	if (f->kind != FAIL_NONE && f->kind != FAIL_NOT_FOUND) {
		c->unsure = *f;
	}
	groups_go_on(c);
}

static void groups_go_on(struct actor_check *c)
{
	const struct str_list *admins = &c->a->env.config->admins;
	struct directory *d = c->a->env.directory;

	while (c->next_admin < admins->n && !is_group(admins->items[c->next_admin])) {
		c->next_admin++;
	}
	if (c->next_admin >= admins->n) {
		end(c, &c->unsure);
		return;
	}
	c->group = (struct group_ask){ .cb = on_group };
	text_copy(c->group.group, sizeof(c->group.group), admins->items[c->next_admin++]);
	text_copy(c->group.user, sizeof(c->group.user), c->user);
	c->asking_group = true;
	d->ops->ask_group(d, &c->group);
}

static void find_admin(struct actor_check *c)
{
	const struct str_list *admins = &c->a->env.config->admins;
	struct fail none = { 0 };

	for (size_t i = 0; i < admins->n; i++) {
		c->admin |= text_same(admins->items[i], c->user);
	}
	if (c->admin) {
		end(c, &none);
		return;
	}
	groups_go_on(c);
}

static void on_member(struct directory_ask *ask, const struct fail *f)
{
	struct actor_check *c = container_of(ask, struct actor_check, member);
	struct fail why = *f;

	c->asking = false;
	if (f->kind != FAIL_NONE && f->kind != FAIL_NOT_FOUND) {
		log_warn("directory.failed", LOG_T("user", c->user), LOG_F(f),
			 LOG_T("then", "nothing-done"));
		fail_set(&why, FAIL_UPSTREAM, "Slack could not say who you are");
		end(c, &why);
		return;
	}
	why = (struct fail){ 0 };
	if (!identity_find(c->a->env.config, c->team, c->user,
			   f->kind == FAIL_NONE ? &ask->member : NULL, &c->who, &why)) {
		why.kind = FAIL_DENIED;
		end(c, &why);
	} else if (c->want_admin) {
		find_admin(c);
	} else {
		end(c, &why);
	}
}

void actor_check_start(struct approver *a, struct actor_check *c)
{
	struct directory *d = a->env.directory;

	c->a = a;
	c->admin = false;
	c->next_admin = 0;
	c->unsure = (struct fail){ 0 };
	c->member = (struct directory_ask){ .cb = on_member };
	text_copy(c->member.team, sizeof(c->member.team), c->team);
	text_copy(c->member.user, sizeof(c->member.user), c->user);
	c->asking = true;
	d->ops->ask(d, &c->member);
}

void actor_check_cancel(struct actor_check *c)
{
	struct directory *d = c->a ? c->a->env.directory : NULL;

	if (d && c->asking) {
		d->ops->cancel(d, &c->member);
	}
	if (d && c->asking_group) {
		d->ops->cancel_group(d, &c->group);
	}
	c->asking = false;
	c->asking_group = false;
}
