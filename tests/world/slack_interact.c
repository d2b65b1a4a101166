/* SPDX-License-Identifier: Apache-2.0 */
/* What people do in the faked Slack: type the command, press, submit, open the home tab;
 * and what the app's ack makes of it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { TYPED_MAX = 256 * 1024 };

json_t *slack_user_ref(const struct world *w, const char *user)
{
	const struct world_person *p = world_person(w, user);
	const char *name = p ? p->key : "somebody";

	return json_pack("{s:s, s:s, s:s, s:s}", "id", user, "username", name, "name",
			 name, "team_id", p ? p->team : w->team);
}

/* --- the slash command ---------------------------------------------------------------- */

/* As Slack does with should_escape: & < > escaped, @ana and #ops become references. */
static void typed_escape(const struct world *w, const char *text, struct buf *b)
{
	bool start = true;

	for (const char *p = text; *p; p++) {
		size_t n = strcspn(p + 1, " \t\n,.:;!?");
		char word[64] = "";

		if (start && (*p == '@' || *p == '#') && n < sizeof(word)) {
			memcpy(word, p + 1, n);
			word[n] = '\0';
		}
		const struct world_person *who = *p == '@' ? world_person(w, word) : NULL;
		const struct world_channel *c = *p == '#' ? world_channel(w, word) : NULL;

		start = *p == ' ' || *p == '\n';
		if (who || c) {
			buf_addf(b, "<%c%s|%s>", *p, who ? who->slack : c->id,
				 who ? who->key : c->name);
			p += n;
		} else if (*p == '&' || *p == '<' || *p == '>') {
			buf_add_str(b, *p == '&' ? "&amp;" : *p == '<' ? "&lt;" : "&gt;");
		} else {
			buf_add_char(b, *p);
		}
	}
}

/* What was typed, for whoever looks at the channel with their eyes. */
static void typed_post(struct world *w, const struct world_envelope *e, const char *text)
{
	json_t *args =
		json_pack("{s:o}", "text", json_sprintf("%s %s", w->command, text));
	struct world_message *m =
		slack_post(w, &(struct slack_words){ .channel = e->channel,
						     .to = e->user,
						     .via = "typed",
						     .thread_ts = "",
						     .args = args,
						     .envelope = e->number });

	text_copy(m->by, sizeof(m->by), e->user);
	json_decref(args);
}

static json_t *command_payload(const struct world *w, const struct world_envelope *e,
			       const char *text)
{
	const struct world_person *p = world_person(w, e->user);
	const struct world_channel *c = world_channel(w, e->channel);
	json_t *o = json_pack(
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "token",
		"legacy-ignore", "team_id", p ? p->team : w->team, "team_domain", "acme",
		"channel_id", e->channel, "channel_name", c ? c->name : "directmessage",
		"user_id", e->user, "user_name", p ? p->key : "somebody", "command",
		w->command, "text", text, "api_app_id", w->app_id, "response_url",
		e->response_url, "trigger_id", e->trigger_id);

	if (!o) {
		abort();
	}
	json_object_set_new(o, "is_enterprise_install",
			    w->slack_knobs.enterprise_install_bool
				    ? json_false()
				    : json_string("false"));
	return o;
}

struct world_envelope *world_command(struct world *w, const char *who,
				     const char *channel, const char *text)
{
	struct world_envelope *e = slack_envelope(w, ENV_COMMAND, "slash_commands", true);
	const struct world_person *p = world_person(w, who);
	const struct world_channel *c = world_channel(w, channel);
	struct buf typed;

	text_copy(e->user, sizeof(e->user), p ? p->slack : who);
	text_copy(e->channel, sizeof(e->channel), c ? c->id : channel);
	slack_trigger_make(w, e->user, e->trigger_id, sizeof(e->trigger_id));
	slack_hook_make(w, e, "commands");
	buf_init(&typed, TYPED_MAX);
	typed_escape(w, text, &typed);
	typed_post(w, e, buf_str(&typed));
	slack_deliver(w, e, command_payload(w, e, buf_str(&typed)));
	buf_finish(&typed);
	return e;
}

/* --- presses ---------------------------------------------------------------------------- */

/* The element with this action_id ("": any) and, for what has options, that value. */
static json_t *element_find(json_t *node, const char *action_id, const char *value,
			    const char **block_id)
{
	const char *id = jx_str(node, "action_id");
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_array(node)) {
		json_array_foreach (node, i, child) {
			json_t *e = element_find(child, action_id, value, block_id);

			if (e) {
				return e;
			}
		}
		return NULL;
	}
	if (jx_str(node, "block_id")[0]) {
		*block_id = jx_str(node, "block_id");
	}
	if (id[0] && (!action_id[0] || strcmp(id, action_id) == 0) &&
	    (!value[0] || strcmp(jx_str(node, "type"), "button") != 0 ||
	     strcmp(jx_str(node, "value"), value) == 0)) {
		return node;
	}
	json_object_foreach (node, key, child) {
		json_t *e = element_find(child, action_id, value, block_id);

		if (e) {
			return e;
		}
	}
	return NULL;
}

static json_t *option_find(const json_t *element, const char *value)
{
	json_t *options = jx_arr(element, "options");
	json_t *o;
	size_t i;

	json_array_foreach (options, i, o) {
		if (strcmp(jx_str(o, "value"), value) == 0) {
			return o;
		}
	}
	return NULL;
}

/* The state of an element after somebody has typed or chosen value. */
static json_t *element_state(const json_t *element, const char *value)
{
	const char *type = jx_str(element, "type");
	json_t *option = option_find(element, value);
	json_t *s = json_pack("{s:s}", "type", type);

	if (strcmp(type, "users_select") == 0) {
		json_object_set_new(s, "selected_user", json_string(value));
	} else if (strcmp(type, "conversations_select") == 0) {
		json_object_set_new(s, "selected_conversation", json_string(value));
	} else if (strstr(type, "select") || strcmp(type, "overflow") == 0 ||
		   strcmp(type, "radio_buttons") == 0) {
		json_object_set_new(s, "selected_option",
				    option ? json_deep_copy(option) : json_null());
	} else {
		json_object_set_new(s, "value",
				    value[0] ? json_string(value) : json_null());
	}
	return s;
}

static json_t *action_json(const struct world *w, const json_t *element,
			   const char *block_id, const char *value)
{
	bool button = strcmp(jx_str(element, "type"), "button") == 0;
	json_t *a = element_state(element, button ? jx_str(element, "value") : value);

	json_object_set_new(a, "action_id", json_string(jx_str(element, "action_id")));
	json_object_set_new(a, "block_id", json_string(block_id));
	json_object_set_new(
		a, "action_ts",
		json_sprintf("%lld.120000", (long long)world_now_ms(w) / 1000));
	if (button) {
		json_object_set(a, "text", json_object_get(element, "text"));
	}
	return a;
}

static json_t *interaction(const struct world *w, const struct world_envelope *e,
			   const char *type)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:n, s:b, s:o, s:s}", "type", type,
			 "api_app_id", w->app_id, "team", "id", w->team, "domain", "acme",
			 "enterprise", "is_enterprise_install", 0, "user",
			 slack_user_ref(w, e->user), "trigger_id", e->trigger_id);
}

static struct world_envelope *interact(struct world *w, enum world_envelope_kind kind,
				       const char *user)
{
	struct world_envelope *e = slack_envelope(w, kind, "interactive", true);

	text_copy(e->user, sizeof(e->user), user);
	slack_trigger_make(w, user, e->trigger_id, sizeof(e->trigger_id));
	return e;
}

static void set_message(struct world *w, const struct world_envelope *e, json_t *payload,
			const struct world_message *m)
{
	const struct world_channel *c = world_channel(w, m->channel);

	json_object_set_new(payload, "container",
			    json_pack("{s:s, s:s, s:s, s:b}", "type", "message",
				      "message_ts", m->ts, "channel_id", m->channel,
				      "is_ephemeral", m->to[0] != '\0'));
	json_object_set_new(payload, "channel",
			    json_pack("{s:s, s:s}", "id", m->channel, "name",
				      c ? c->name : "directmessage"));
	if (!m->to[0]) {
		json_object_set_new(payload, "message", slack_message_json(w, m));
	}
	json_object_set_new(payload, "state", json_pack("{s:{}}", "values"));
	json_object_set_new(payload, "response_url", json_string(e->response_url));
}

struct world_envelope *world_press(struct world *w, const char *who, const char *ts,
				   const char *action_id, const char *value)
{
	const struct world_person *p = world_person(w, who);
	struct world_message *m = world_message(w, "", ts);
	const char *block_id = "";
	json_t *element = m && p && !m->deleted
				  ? element_find(m->blocks, action_id, value, &block_id)
				  : NULL;

	if (!element || (m->to[0] && strcmp(m->to, p->slack) != 0)) {
		return NULL;
	}
	struct world_envelope *e = interact(w, ENV_ACTION, p->slack);

	text_copy(e->channel, sizeof(e->channel), m->channel);
	text_copy(e->message_ts, sizeof(e->message_ts), m->ts);
	slack_hook_make(w, e, "actions");
	json_t *payload = interaction(w, e, "block_actions");

	set_message(w, e, payload, m);
	json_object_set_new(payload, "actions",
			    json_pack("[o]", action_json(w, element, block_id, value)));
	slack_deliver(w, e, payload);
	return e;
}

struct world_envelope *world_press_view(struct world *w, const char *view_id,
					const char *action_id, const char *value)
{
	struct world_view *v = world_view(w, view_id);
	const char *block_id = "";
	json_t *element = v && v->open ? element_find(json_object_get(v->view, "blocks"),
						      action_id, value, &block_id)
				       : NULL;

	if (!element) {
		return NULL;
	}
	struct world_envelope *e = interact(w, ENV_ACTION, v->user);
	json_t *payload = interaction(w, e, "block_actions");

	text_copy(e->view_id, sizeof(e->view_id), v->id);
	json_object_set_new(payload, "container",
			    json_pack("{s:s, s:s}", "type", "view", "view_id", v->id));
	json_object_set_new(payload, "view", slack_view_json(w, v));
	json_object_set_new(payload, "actions",
			    json_pack("[o]", action_json(w, element, block_id, value)));
	slack_deliver(w, e, payload);
	return e;
}

/* --- modals -------------------------------------------------------------------------------- */

/* What the view's inputs hold: values[block] is the text itself, or {action: text}, or
 * {action: {a whole state}}. */
static json_t *input_state(const json_t *block, const json_t *given)
{
	const json_t *element = json_object_get(block, "element");
	const char *action = jx_str(element, "action_id");

	if (json_is_object(given)) {
		given = json_object_get(given, action);
	}
	if (json_is_object(given)) {
		return json_deep_copy(given);
	}
	if (json_is_string(given)) {
		return element_state(element, json_string_value(given));
	}
	json_t *initial = json_object_get(element, "initial_option");

	return element_state(element, initial ? jx_str(initial, "value")
					      : jx_str(element, "initial_value"));
}

static json_t *view_state(const struct world_view *v, const json_t *values)
{
	json_t *all = json_object();
	json_t *blocks = json_object_get(v->view, "blocks");
	json_t *block;
	size_t i;

	json_array_foreach (blocks, i, block) {
		const char *id = jx_str(block, "block_id");
		const char *action =
			jx_str(json_object_get(block, "element"), "action_id");

		if (strcmp(jx_str(block, "type"), "input") == 0) {
			json_object_set_new(
				all, id,
				json_pack(
					"{s:o}", action,
					input_state(block, json_object_get(values, id))));
		}
	}
	return json_pack("{s:o}", "values", all);
}

struct world_envelope *world_submit(struct world *w, const char *view_id,
				    const json_t *values)
{
	struct world_view *v = world_view(w, view_id);

	if (!v || !v->open || v->home) {
		return NULL;
	}
	struct world_envelope *e = interact(w, ENV_SUBMIT, v->user);
	json_t *payload = interaction(w, e, "view_submission");
	json_t *view = slack_view_json(w, v);

	json_decref(v->errors);
	v->errors = NULL;
	text_copy(e->view_id, sizeof(e->view_id), v->id);
	json_object_set_new(view, "state", view_state(v, values));
	json_object_set_new(payload, "view", view);
	json_object_set_new(payload, "response_urls", json_array());
	slack_deliver(w, e, payload);
	return e;
}

struct world_envelope *world_dismiss(struct world *w, const char *view_id)
{
	struct world_view *v = world_view(w, view_id);

	if (!v || !v->open) {
		return NULL;
	}
	v->open = false;
	world_touch(w);
	if (!jx_bool(v->view, "notify_on_close")) {
		return NULL;
	}
	struct world_envelope *e = interact(w, ENV_CLOSED, v->user);
	json_t *payload = interaction(w, e, "view_closed");

	json_object_del(payload, "trigger_id");
	json_object_set_new(payload, "view", slack_view_json(w, v));
	json_object_set_new(payload, "is_cleared", json_false());
	slack_deliver(w, e, payload);
	return e;
}

static void view_pushed(struct world *w, const struct world_view *v, const json_t *view)
{
	struct world_view *top = slack_view_add(w, v->user, view);

	text_copy(top->root, sizeof(top->root), v->root);
	text_copy(top->previous, sizeof(top->previous), v->id);
}

static void views_clear(struct world *w, const char *user)
{
	rows_each(struct world_view, v, &w->views)
	{
		v->open = v->open && (v->home || !text_same(v->user, user));
	}
}

static void on_submit_acked(struct world *w, const struct world_envelope *e)
{
	struct world_view *v = world_view(w, e->view_id);
	const char *action = jx_str(e->ack_payload, "response_action");
	json_t *view = json_object_get(e->ack_payload, "view");

	if (!v) {
		return;
	}
	if (strcmp(action, "errors") == 0) {
		v->errors = json_incref(json_object_get(e->ack_payload, "errors"));
	} else if (strcmp(action, "update") == 0) {
		slack_view_set(w, v, view);
	} else if (strcmp(action, "push") == 0) {
		view_pushed(w, v, view);
	} else if (strcmp(action, "clear") == 0) {
		views_clear(w, v->user);
	} else {
		v->open = false;
	}
}

/* --- the home tab ---------------------------------------------------------------------------- */

struct world_envelope *world_open_home(struct world *w, const char *who)
{
	const struct world_person *p = world_person(w, who);

	if (!p) {
		return NULL;
	}
	struct world_envelope *e = slack_envelope(w, ENV_EVENT, "events_api", false);
	json_t *payload = json_pack(
		"{s:s, s:s, s:s, s:I, s:[{s:n, s:s, s:s, s:b, s:b}], s:{s:s, s:s, s:s, s:s}}",
		"type", "event_callback", "team_id", w->team, "api_app_id", w->app_id,
		"event_time", (json_int_t)(world_now_ms(w) / 1000), "authorizations",
		"enterprise_id", "team_id", w->team, "user_id", w->bot_user, "is_bot", 1,
		"is_enterprise_install", 0, "event", "type", "app_home_opened", "user",
		p->slack, "channel", slack_im(w, p->slack)->id, "tab", "home");

	text_copy(e->user, sizeof(e->user), p->slack);
	json_object_set_new(payload, "event_id",
			    json_sprintf("Ev%08llu", (unsigned long long)++w->serial));
	slack_deliver(w, e, payload);
	return e;
}

/* --- acks ------------------------------------------------------------------------------------- */

/* An ack of a slash command may be a message. */
static void on_command_acked(struct world *w, const struct world_envelope *e)
{
	bool shared = strcmp(jx_str(e->ack_payload, "response_type"), "in_channel") == 0;
	char *hint = NULL;

	if (!e->ack_payload || slack_words_check(e->ack_payload, &hint)) {
		free(hint);
		return;
	}
	slack_post(w, &(struct slack_words){ .channel = e->channel,
					     .to = shared ? "" : e->user,
					     .via = "ack",
					     .thread_ts = "",
					     .args = e->ack_payload,
					     .envelope = e->number });
}

void slack_on_ack(struct world *w, struct world_envelope *e)
{
	if (e->kind == ENV_COMMAND) {
		on_command_acked(w, e);
	} else if (e->kind == ENV_SUBMIT) {
		on_submit_acked(w, e);
	}
}
