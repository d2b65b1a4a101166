/* SPDX-License-Identifier: Apache-2.0 */
/* Users, conversations, user groups and reactions of the faked Slack. */
#include <string.h>
#include <strings.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

static bool has_scope(const struct world *w, const char *scope)
{
	size_t n = strlen(scope);

	for (const char *p = w->scopes; (p = strstr(p, scope)); p += n) {
		if ((p == w->scopes || p[-1] == ',') && (p[n] == ',' || p[n] == '\0')) {
			return true;
		}
	}
	return false;
}

static json_t *profile_json(const struct world *w, const struct world_person *p)
{
	json_t *o = json_pack("{s:s, s:s, s:s}", "real_name", p->name, "display_name",
			      p->key, "team", p->team);

	if (p->email[0] && !p->stranger && has_scope(w, "users:read.email")) {
		json_object_set_new(o, "email", json_string(p->email));
	}
	return o;
}

static json_t *user_json(const struct world *w, const struct world_person *p)
{
	json_t *u = json_pack("{s:s, s:s, s:s, s:b, s:s, s:o}", "id", p->slack, "team_id",
			      p->team, "name", p->key, "deleted", p->deleted, "real_name",
			      p->name, "profile", profile_json(w, p));
	const struct {
		const char *name;
		bool value;
	} flags[] = {
		{ "is_admin", false },
		{ "is_owner", false },
		{ "is_bot", p->bot },
		{ "is_app_user", false },
		{ "is_restricted", p->restricted || p->ultra_restricted },
		{ "is_ultra_restricted", p->ultra_restricted },
	};

	/* A deactivated user is shown with little more than a name. */
	for (size_t i = 0; !p->deleted && i < ARRAY_LEN(flags); i++) {
		json_object_set_new(u, flags[i].name, json_boolean(flags[i].value));
	}
	if (p->deleted) {
		json_object_set_new(u, "is_bot", json_boolean(p->bot));
	}
	if (p->stranger) {
		json_object_set_new(u, "is_stranger", json_true());
	}
	if (!p->email_confirm_absent) {
		json_object_set_new(u, "is_email_confirmed",
				    json_boolean(!p->email_unconfirmed));
	}
	return u;
}

void slack_users_info(struct slack_args *a)
{
	const char *id = jx_str(a->args, "user");
	const struct world_person *p = world_person(a->world, id);

	if (!p || !text_same(p->slack, id)) {
		a->error = "user_not_found";
		return;
	}
	json_object_set_new(a->reply, "user", user_json(a->world, p));
}

void slack_users_by_email(struct slack_args *a)
{
	const char *email = jx_str(a->args, "email");

	rows_each(struct world_person, p, &a->world->people)
	{
		if (!p->deleted && email[0] && strcasecmp(p->email, email) == 0) {
			json_object_set_new(a->reply, "user", user_json(a->world, p));
			return;
		}
	}
	a->error = "users_not_found";
}

static struct world_channel *channel_of(struct slack_args *a)
{
	const char *id = jx_str(a->args, "channel");
	struct world_channel *c = world_channel(a->world, id);

	if (!c || !text_same(c->id, id) || (c->is_private && !c->member)) {
		a->error = "channel_not_found";
		return NULL;
	}
	return c;
}

static json_t *channel_json(const struct world *w, const struct world_channel *c)
{
	return json_pack("{s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:b, s:b, s:s}", "id",
			 c->id, "name", c->name, "is_channel", !c->user[0], "is_im",
			 c->user[0] != '\0', "is_private", c->is_private, "is_archived",
			 c->archived, "is_ext_shared", c->ext_shared, "is_org_shared", 0,
			 "is_member", c->member, "context_team_id", w->team);
}

void slack_conversations_info(struct slack_args *a)
{
	const struct world_channel *c = channel_of(a);

	if (c) {
		json_object_set_new(a->reply, "channel", channel_json(a->world, c));
	}
}

void slack_conversations_join(struct slack_args *a)
{
	struct world_channel *c = channel_of(a);

	if (!c) {
		return;
	}
	if (c->is_private || c->user[0]) {
		a->error = "method_not_supported_for_channel_type";
	} else if (c->archived) {
		a->error = "is_archived";
	} else {
		if (c->member) {
			json_object_set_new(a->reply, "warning",
					    json_string("already_in_channel"));
		}
		c->member = true;
		json_object_set_new(a->reply, "channel", channel_json(a->world, c));
	}
}

void slack_conversations_open(struct slack_args *a)
{
	const char *users = jx_str(a->args, "users");
	const struct world_person *p = world_person(a->world, users);

	if (!p || !text_same(p->slack, users)) {
		a->error = "user_not_found";
	} else if (p->deleted) {
		a->error = "user_disabled";
	} else {
		json_object_set_new(
			a->reply, "channel",
			json_pack("{s:s}", "id", slack_im(a->world, users)->id));
	}
}

void slack_usergroups_users(struct slack_args *a)
{
	if (!text_same(jx_str(a->args, "usergroup"), "S0LEADS01")) {
		a->error = "no_such_subteam";
		return;
	}
	json_object_set_new(a->reply, "users",
			    json_pack("[s]", world_person(a->world, "cara")->slack));
}

void slack_reactions_add(struct slack_args *a)
{
	struct world_message *m = world_message(a->world, jx_str(a->args, "channel"),
						jx_str(a->args, "timestamp"));

	if (!m || m->deleted || m->to[0]) {
		a->error = "message_not_found";
	}
}
