/* SPDX-License-Identifier: Apache-2.0 */
/* The life of what is running, and whether it is ours to run. */
#include "bot/running.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

static void running_destroy(struct running *r)
{
	if (r->prev) {
		r->prev->next = r->next;
	} else {
		r->all->first = r->next;
	}
	if (r->next) {
		r->next->prev = r->prev;
	}
	if (r->calling) {
		slack_call_cancel(&r->call);
	}
	response_finish(&r->response);
	free(r->body);
	free(r);
}

static void on_gone(struct response *a)
{
	running_destroy(container_of(a, struct running, response));
}

struct running *running_create(struct commands *c, enum response_way way,
			       const struct slack_ack *ack, const char *response_url,
			       const char *trigger)
{
	struct running *r = calloc(1, sizeof(*r));

	if (!r) {
		abort(); /* out of memory for some 100 KB */
	}
	r->all = c;
	r->next = c->first;
	if (c->first) {
		c->first->prev = r;
	}
	c->first = r;
	text_copy(r->trigger, sizeof(r->trigger), trigger);
	snprintf(r->keys[0], sizeof(r->keys[0]), "envelope:%s", ack->envelope_id);
	if (*trigger) {
		snprintf(r->keys[1], sizeof(r->keys[1]), "trigger:%.200s", trigger);
	}
	response_init(&r->response, c->app, way, ack, response_url, on_gone);
	return r;
}

const char *origin_refusal(const struct app *a, const struct origin *o)
{
	if (o->enterprise_install) {
		return "This app works in one workspace only, not for a whole organization.";
	}
	if (!text_same(o->team, a->me.team)) {
		return "This app serves another workspace.";
	}
	if (*o->user_team && !text_same(o->user_team, a->me.team)) {
		return "You belong to another workspace than this app.";
	}
	if (*a->me.app && *o->app && strcmp(o->app, a->me.app) != 0) {
		return "This command belongs to another app.";
	}
	if (!*o->user) {
		return "Slack did not say who you are.";
	}
	return NULL;
}

bool commands_idle(const struct commands *c)
{
	return !c || !c->first;
}

void commands_destroy(struct commands *c)
{
	if (!c) {
		return;
	}
	while (c->first) {
		running_destroy(c->first);
	}
	free(c);
}
