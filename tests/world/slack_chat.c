/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of the faked Slack: posted, edited, deleted, shown to one person only. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { UPDATE_TEXT_MAX = 4000 };

json_t *slack_blocks_copy(struct world *w, const json_t *blocks)
{
	json_t *all = json_is_array(blocks) && json_array_size(blocks)
			      ? json_deep_copy(blocks)
			      : NULL;
	json_t *block;
	size_t i;

	json_array_foreach (all, i, block) {
		if (!jx_str(block, "block_id")[0]) {
			json_object_set_new(
				block, "block_id",
				json_sprintf("b%llu", (unsigned long long)++w->serial));
		}
	}
	return all;
}

/* Slack's ts is unique in a channel: microseconds that never repeat. */
static void ts_make(struct world *w, char *dst, size_t size)
{
	int64_t us = world_now_ms(w) * 1000;

	w->last_ts_us = us > w->last_ts_us ? us : w->last_ts_us + 1;
	snprintf(dst, size, "%lld.%06lld", (long long)(w->last_ts_us / 1000000),
		 (long long)(w->last_ts_us % 1000000));
}

/* Whoever measures wants to know when an envelope was answered, and with what. */
static void envelope_answered(struct world *w, const struct world_message *m)
{
	if (m->envelope == 0 || m->envelope > w->envelopes.n ||
	    strcmp(m->via, "typed") == 0) {
		return;
	}
	struct world_envelope *e = w->envelopes.items[m->envelope - 1];

	if (e->first_word_us == 0) {
		e->first_word_us = m->posted_us;
	}
	e->decided = e->decided || (m->text && (strstr(m->text, "Granted") ||
						strstr(m->text, "Not granted")));
}

struct world_message *slack_post(struct world *w, const struct slack_words *say)
{
	struct world_message *m = rows_add(&w->messages, sizeof(*m));

	ts_make(w, m->ts, sizeof(m->ts));
	text_copy(m->channel, sizeof(m->channel), say->channel);
	text_copy(m->to, sizeof(m->to), say->to);
	text_copy(m->by, sizeof(m->by), w->bot_user);
	text_copy(m->via, sizeof(m->via), say->via);
	text_copy(m->thread_ts, sizeof(m->thread_ts), say->thread_ts);
	m->text = strdup(jx_str(say->args, "text"));
	m->blocks = slack_blocks_copy(w, json_object_get(say->args, "blocks"));
	m->metadata = json_incref(json_object_get(say->args, "metadata"));
	m->envelope = say->envelope;
	m->posted_us = world_now_us();
	envelope_answered(w, m);
	m->version = w->version + 1;
	world_touch(w);
	return m;
}

/* Text without blocks removes the blocks; metadata stays unless given. */
void slack_edit(struct world *w, struct world_message *m, const json_t *args)
{
	json_t *metadata = json_object_get(args, "metadata");

	free(m->text);
	m->text = strdup(jx_str(args, "text"));
	json_decref(m->blocks);
	m->blocks = slack_blocks_copy(w, json_object_get(args, "blocks"));
	if (metadata) {
		json_decref(m->metadata);
		m->metadata = json_incref(metadata);
	}
	m->edits++;
	envelope_answered(w, m);
	m->version = w->version + 1;
	world_touch(w);
}

json_t *slack_message_json(const struct world *w, const struct world_message *m)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "type", "message",
			      "user", m->by, "bot_id", w->bot_id, "app_id", w->app_id,
			      "ts", m->ts, "text", m->text, "team", w->team);

	if (m->blocks) {
		json_object_set(o, "blocks", m->blocks);
	}
	if (m->thread_ts[0]) {
		json_object_set_new(o, "thread_ts", json_string(m->thread_ts));
	}
	return o;
}

/* --- methods -------------------------------------------------------------------------- */

struct world_channel *slack_im(struct world *w, const char *user)
{
	rows_each(struct world_channel, c, &w->channels)
	{
		if (text_same(c->user, user)) {
			return c;
		}
	}
	char id[VENDOR_ID_SIZE];

	snprintf(id, sizeof(id), "D%s", user + 1);
	struct world_channel *im = world_add_channel(w, id, "");

	text_copy(im->user, sizeof(im->user), user);
	return im;
}

/* Where the app may speak; a U… id means the IM with that user. */
static struct world_channel *place_find(struct slack_args *a)
{
	const char *id = jx_str(a->args, "channel");
	const struct world_person *p = world_person(a->world, id);
	struct world_channel *c = p && text_same(p->slack, id)
					  ? slack_im(a->world, id)
					  : world_channel(a->world, id);

	if (!c || !text_same(c->id, p ? c->id : id) || (c->is_private && !c->member)) {
		a->error = "channel_not_found";
	} else if (c->archived) {
		a->error = "is_archived";
	} else if (!c->member && !strstr(a->world->scopes, "chat:write.public")) {
		a->error = "not_in_channel";
	} else {
		return c;
	}
	return NULL;
}

static bool words_are_good(struct slack_args *a)
{
	a->error = slack_words_check(a->args, &a->hint);
	return !a->error;
}

void slack_chat_post(struct slack_args *a)
{
	const struct world_channel *c = place_find(a);

	if (!c || !words_are_good(a)) {
		return;
	}
	const struct world_message *m = slack_post(
		a->world,
		&(struct slack_words){ .channel = c->id,
				       .to = "",
				       .via = "chat.postMessage",
				       .thread_ts = jx_str(a->args, "thread_ts"),
				       .args = a->args });

	json_object_set_new(a->reply, "channel", json_string(m->channel));
	json_object_set_new(a->reply, "ts", json_string(m->ts));
	json_object_set_new(a->reply, "message", slack_message_json(a->world, m));
}

static bool person_is_in(const struct world *w, const char *user)
{
	const struct world_person *p = world_person(w, user);

	return p && text_same(p->slack, user) && !p->deleted;
}

void slack_chat_ephemeral(struct slack_args *a)
{
	const struct world_channel *c = place_find(a);
	const char *user = jx_str(a->args, "user");

	if (!c) {
		return;
	}
	if (!person_is_in(a->world, user)) {
		a->error = "user_not_in_channel";
		return;
	}
	if (!words_are_good(a)) {
		return;
	}
	const struct world_message *m = slack_post(
		a->world,
		&(struct slack_words){ .channel = c->id,
				       .to = user,
				       .via = "chat.postEphemeral",
				       .thread_ts = jx_str(a->args, "thread_ts"),
				       .args = a->args });

	json_object_set_new(a->reply, "message_ts", json_string(m->ts));
}

/* A message of ours that may still be changed; ephemeral ones may not. */
static struct world_message *own_message(struct slack_args *a)
{
	const char *channel = jx_str(a->args, "channel");
	struct world_message *m =
		channel[0] ? world_message(a->world, channel, jx_str(a->args, "ts"))
			   : NULL;

	if (!world_channel(a->world, channel)) {
		a->error = "channel_not_found";
	} else if (!m || m->deleted || m->to[0]) {
		a->error = "message_not_found";
	} else if (!text_same(m->by, a->world->bot_user)) {
		a->error = "cant_update_message";
	} else {
		return m;
	}
	return NULL;
}

void slack_chat_update(struct slack_args *a)
{
	struct world_message *m = own_message(a);

	if (!m) {
		return;
	}
	if (text_chars(jx_str(a->args, "text")) > UPDATE_TEXT_MAX) {
		a->error = "msg_too_long";
		return;
	}
	if (!words_are_good(a)) {
		return;
	}
	slack_edit(a->world, m, a->args);
	json_object_set_new(a->reply, "channel", json_string(m->channel));
	json_object_set_new(a->reply, "ts", json_string(m->ts));
	json_object_set_new(a->reply, "text", json_string(m->text));
	json_object_set_new(a->reply, "message", slack_message_json(a->world, m));
}

void slack_chat_delete(struct slack_args *a)
{
	struct world_message *m = own_message(a);

	if (m) {
		m->deleted = true;
		m->version = a->world->version + 1;
		world_touch(a->world);
		json_object_set_new(a->reply, "ts", json_string(m->ts));
	}
}
