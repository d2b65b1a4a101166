/* SPDX-License-Identifier: Apache-2.0 */
/* Modals and home tabs of the faked Slack: a trigger serves once and for 3 s, a stack is
 * three views high, and a wrong hash means that somebody else was faster. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { STACK_MAX = 3 };

void slack_view_set(struct world *w, struct world_view *v, const json_t *view)
{
	json_t *copy = json_deep_copy(view);
	json_t *blocks = slack_blocks_copy(w, json_object_get(view, "blocks"));

	json_object_set_new(copy, "blocks", blocks ? blocks : json_array());
	json_decref(v->view);
	json_decref(v->errors);
	v->errors = NULL;
	v->view = copy;
	v->revision++;
	world_touch(w);
}

struct world_view *slack_view_add(struct world *w, const char *user, const json_t *view)
{
	struct world_view *v = rows_add(&w->views, sizeof(*v));

	snprintf(v->id, sizeof(v->id), "V0VIEW%04zu", w->views.n);
	text_copy(v->root, sizeof(v->root), v->id);
	text_copy(v->user, sizeof(v->user), user);
	v->open = true;
	slack_view_set(w, v, view);
	return v;
}

static json_t *hash_json(const struct world_view *v)
{
	return json_sprintf("1767225600.%s%u", v->id, v->revision);
}

json_t *slack_view_json(const struct world *w, const struct world_view *v)
{
	json_t *o = json_deep_copy(v->view);

	json_object_set_new(o, "id", json_string(v->id));
	json_object_set_new(o, "team_id", json_string(w->team));
	json_object_set_new(o, "app_id", json_string(w->app_id));
	json_object_set_new(o, "bot_id", json_string(w->bot_id));
	json_object_set_new(o, "app_installed_team_id", json_string(w->team));
	json_object_set_new(o, "root_view_id", json_string(v->root));
	json_object_set_new(o, "previous_view_id",
			    v->previous[0] ? json_string(v->previous) : json_null());
	json_object_set_new(o, "hash", hash_json(v));
	json_object_set_new(o, "state", json_pack("{s:{}}", "values"));
	if (!json_object_get(o, "private_metadata")) {
		json_object_set_new(o, "private_metadata", json_string(""));
	}
	if (!json_object_get(o, "callback_id")) {
		json_object_set_new(o, "callback_id", json_string(""));
	}
	return o;
}

static const json_t *view_of(struct slack_args *a)
{
	const json_t *view = jx_obj(a->args, "view");

	a->error = view ? slack_view_check(view, &a->hint) : "invalid_arguments";
	return a->error ? NULL : view;
}

static void view_reply(struct slack_args *a, const struct world_view *v)
{
	json_object_set_new(a->reply, "view", slack_view_json(a->world, v));
}

static bool hash_is_stale(struct slack_args *a, const struct world_view *v)
{
	const char *hash = jx_str(a->args, "hash");
	json_t *now = hash_json(v);
	bool stale = hash[0] && strcmp(hash, json_string_value(now)) != 0;

	json_decref(now);
	if (stale) {
		a->error = "hash_conflict";
	}
	return stale;
}

static struct world_view *by_external_id(struct world *w, const char *id)
{
	rows_each(struct world_view, v, &w->views)
	{
		if (v->open && text_same(jx_str(v->view, "external_id"), id)) {
			return v;
		}
	}
	return NULL;
}

/* The top of a user's stack of modals, and its height. */
static struct world_view *stack_top(struct world *w, const char *user, size_t *ret_n)
{
	struct world_view *top = NULL;

	*ret_n = 0;
	rows_each(struct world_view, v, &w->views)
	{
		if (v->open && !v->home && text_same(v->user, user)) {
			top = v;
			++*ret_n;
		}
	}
	return top;
}

void slack_views_open(struct slack_args *a)
{
	const json_t *view = view_of(a);

	if (!view) {
		return;
	}
	if (by_external_id(a->world, jx_str(view, "external_id"))) {
		a->error = "duplicate_external_id";
		return;
	}
	const struct slack_trigger *t =
		slack_trigger_use(a->world, jx_str(a->args, "trigger_id"), &a->error);

	if (t) {
		view_reply(a, slack_view_add(a->world, t->user, view));
	}
}

void slack_views_push(struct slack_args *a)
{
	const json_t *view = view_of(a);
	const struct slack_trigger *t =
		view ? slack_trigger_use(a->world, jx_str(a->args, "trigger_id"),
					 &a->error)
		     : NULL;
	size_t n;

	if (!t) {
		return;
	}
	const struct world_view *under = stack_top(a->world, t->user, &n);

	if (n == 0 || n >= STACK_MAX) {
		a->error = n ? "push_limit_reached" : "not_found";
		return;
	}
	struct world_view *v = slack_view_add(a->world, t->user, view);

	text_copy(v->root, sizeof(v->root), under->root);
	text_copy(v->previous, sizeof(v->previous), under->id);
	view_reply(a, v);
}

void slack_views_update(struct slack_args *a)
{
	const json_t *view = view_of(a);
	const char *id = jx_str(a->args, "view_id");

	if (!view) {
		return;
	}
	struct world_view *v =
		id[0] ? world_view(a->world, id)
		      : by_external_id(a->world, jx_str(a->args, "external_id"));

	if (!v || !v->open) {
		a->error = "not_found";
	} else if (!hash_is_stale(a, v)) {
		slack_view_set(a->world, v, view);
		view_reply(a, v);
	}
}

static struct world_view *home_find(struct world *w, const char *user)
{
	rows_each(struct world_view, v, &w->views)
	{
		if (v->home && text_same(v->user, user)) {
			return v;
		}
	}
	return NULL;
}

void slack_views_publish(struct slack_args *a)
{
	const json_t *view = view_of(a);
	const char *user = jx_str(a->args, "user_id");
	const struct world_person *p = world_person(a->world, user);

	if (!view) {
		return;
	}
	if (!p || !text_same(p->slack, user)) {
		a->error = "invalid_arguments";
		return;
	}
	struct world_view *v = home_find(a->world, user);

	if (v && hash_is_stale(a, v)) {
		return;
	}
	if (v) {
		slack_view_set(a->world, v, view);
	} else {
		v = slack_view_add(a->world, user, view);
		v->home = true;
	}
	view_reply(a, v);
}
