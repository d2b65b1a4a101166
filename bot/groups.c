/* SPDX-License-Identifier: Apache-2.0 */
/* User groups: one usergroups.users.list for all who ask about the same group at the same
 * time, kept for a minute: "Tier 2 (20/min): cache approver groups, never call per
 * click". What failed is not kept, so that the next press asks again. */
#include "bot/groups.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bot/slack/web_api.h"
#include "shared/jx.h"
#include "shared/loop.h"
#include "shared/text.h"
#include "shared/url.h"

enum {
	KEEP_MS = 60 * 1000,
	CALL_MS = 4000,
};

struct group {
	struct groups *all;
	char id[VENDOR_ID_SIZE]; /* "": free */
	json_t *users;           /* as Slack gave it; NULL: not known */
	int64_t known_mono_ms;
	struct fail fail;
	struct group_ask *waiting;
	struct group_ask *answering; /* taken from waiting: their turn is now */
	struct slack_call call;
	struct buf body;
	bool calling;
	struct loop_timer soon; /* an answer from memory comes in the next turn, too */
};

struct groups {
	struct loop *loop;
	struct slack_api *api;
	struct group items[GROUPS_MAX];
};

static bool holds(const json_t *users, const char *user)
{
	size_t i;
	json_t *u;

	json_array_foreach (users, i, u) {
		if (text_same(json_string_value(u), user)) {
			return true;
		}
	}
	return false;
}

/* Answer all who wait now. An asker may ask again from its callback, which is for the next
 * time, or take back another's question. */
static void group_answer(struct group *g)
{
	g->answering = g->waiting;
	g->waiting = NULL;
	while (g->answering) {
		struct group_ask *ask = g->answering;
		struct fail f = g->fail;

		g->answering = ask->next;
		ask->next = NULL;
		ask->in = f.kind == FAIL_NONE && holds(g->users, ask->user);
		ask->cb(ask, &f);
	}
}

static void on_users(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct group *g = container_of(call, struct group, call);

	g->calling = false;
	g->fail = *f;
	json_decref(g->users);
	g->users = NULL;
	if (f->kind == FAIL_NONE) {
		g->users = json_incref(jx_arr(reply, "users"));
		g->known_mono_ms = clock_mono_ms(loop_clock(g->all->loop));
	}
	if (f->kind == FAIL_NONE && !g->users) {
		fail_set(&g->fail, FAIL_UPSTREAM, "usergroups.users.list named nobody");
	}
	group_answer(g);
}

static void on_soon(struct loop_timer *t)
{
	group_answer(container_of(t, struct group, soon));
}

static void group_call(struct group *g)
{
	buf_clear(&g->body);
	buf_add_str(&g->body, "usergroup=");
	url_encode(&g->body, g->id);
	g->call = (struct slack_call){ .method = "usergroups.users.list",
				       .form = true,
				       .body = buf_str(&g->body),
				       .timeout_ms = CALL_MS,
				       .cb = on_users };
	g->calling = true;
	slack_call_start(g->all->api, &g->call);
}

static bool is_idle(const struct group *g)
{
	return !g->calling && !g->waiting && !g->answering &&
	       !loop_timer_running(&g->soon);
}

static void group_init(struct group *g, struct groups *all, const char *id)
{
	json_decref(g->users);
	buf_finish(&g->body);
	*g = (struct group){ .all = all, .soon = { .cb = on_soon } };
	buf_init(&g->body, 1024);
	text_copy(g->id, sizeof(g->id), id);
}

/* NULL: all places are taken by others who are being asked about. */
static struct group *group_get(struct groups *all, const char *id)
{
	struct group *room = NULL;

	for (size_t i = 0; i < GROUPS_MAX; i++) {
		struct group *g = &all->items[i];

		if (strcmp(g->id, id) == 0 && *id) {
			return g;
		}
		if (is_idle(g) && (!room || g->known_mono_ms < room->known_mono_ms)) {
			room = g;
		}
	}
	if (room) {
		group_init(room, all, id);
	}
	return room;
}

void groups_ask(struct groups *all, struct group_ask *ask)
{
	struct group *g = group_get(all, ask->group);
	int64_t now_ms = clock_mono_ms(loop_clock(all->loop));

	if (!g) {
		abort(); /* more groups at once than a config can name */
	}
	ask->next = g->waiting;
	g->waiting = ask;
	if (g->calling || loop_timer_running(&g->soon)) {
		return;
	}
	if (g->users && g->fail.kind == FAIL_NONE &&
	    now_ms - g->known_mono_ms < KEEP_MS) {
		loop_timer_start(all->loop, &g->soon, 0);
		return;
	}
	group_call(g);
}

static bool list_remove(struct group_ask **at, struct group_ask *ask)
{
	for (; *at; at = &(*at)->next) {
		if (*at == ask) {
			*at = ask->next;
			ask->next = NULL;
			return true;
		}
	}
	return false;
}

void groups_cancel(struct groups *all, struct group_ask *ask)
{
	for (size_t i = 0; i < GROUPS_MAX; i++) {
		if (list_remove(&all->items[i].waiting, ask) ||
		    list_remove(&all->items[i].answering, ask)) {
			return;
		}
	}
}

struct groups *groups_create(struct loop *l, struct slack_api *api)
{
	struct groups *all = calloc(1, sizeof(*all));

	if (all) {
		all->loop = l;
		all->api = api;
	}
	return all;
}

void groups_destroy(struct groups *all)
{
	if (!all) {
		return;
	}
	for (size_t i = 0; i < GROUPS_MAX; i++) {
		struct group *g = &all->items[i];

		if (g->calling) {
			slack_call_cancel(&g->call);
		}
		loop_timer_cancel(&g->soon);
		json_decref(g->users);
		buf_finish(&g->body);
	}
	free(all);
}
