/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks and frames. `text` is always set: "with blocks, top-level text is the
 * notification and screen-reader text". Everything is "verbatim", so that Slack makes no
 * links and mentions of its own from what people wrote. */
#include "bot/render_body.h"

#include "shared/jx.h"

void body_init(struct body *b)
{
	b->blocks = json_array();
	b->thread = NULL;
	buf_init(&b->text, BODY_MAX);
}

void body_finish(struct body *b)
{
	json_decref(b->blocks);
	b->blocks = NULL;
	buf_finish(&b->text);
}

static json_t *mrkdwn_object(const char *text)
{
	return json_pack("{s:s, s:s, s:b}", "type", "mrkdwn", "text", text, "verbatim",
			 1);
}

static void add_line(struct body *b, const struct buf *mrkdwn)
{
	if (b->text.len > 0) {
		buf_add_char(&b->text, '\n');
	}
	buf_add_str(&b->text, buf_str(mrkdwn));
}

void body_add_section(struct body *b, const struct buf *mrkdwn)
{
	if (mrkdwn->len == 0) {
		return;
	}
	add_line(b, mrkdwn);
	json_array_append_new(b->blocks,
			      json_pack("{s:s, s:o}", "type", "section", "text",
					mrkdwn_object(buf_str(mrkdwn))));
}

void body_add_context(struct body *b, const struct buf *mrkdwn)
{
	if (mrkdwn->len == 0) {
		return;
	}
	add_line(b, mrkdwn);
	json_array_append_new(b->blocks,
			      json_pack("{s:s, s:[o]}", "type", "context", "elements",
					mrkdwn_object(buf_str(mrkdwn))));
}

static json_t *button_json(const struct button *b, const char *value)
{
	json_t *o = json_pack("{s:s, s:s, s:{s:s, s:s}, s:s}", "type", "button",
			      "action_id", b->action, "text", "type", "plain_text",
			      "text", b->text, "value", value);

	if (o && b->danger) {
		json_object_set_new(o, "style", json_string("danger"));
	}
	return o;
}

void body_add_buttons(struct body *b, const struct button *const buttons[], size_t n,
		      const char *value)
{
	json_t *elements = json_array();

	for (size_t i = 0; i < n; i++) {
		json_array_append_new(elements, button_json(buttons[i], value));
	}
	if (n > 0 && *value) {
		json_array_append_new(
			b->blocks,
			json_pack("{s:s, s:O}", "type", "actions", "elements", elements));
	}
	json_decref(elements);
}

static void add_frame(json_t *o, enum render_place place, const char *channel,
		      const char *user)
{
	switch (place) {
	case RENDER_CHANNEL_REPLY:
	case RENDER_PRIVATE_REPLY:
		json_object_set_new(o, "response_type",
				    json_string(place == RENDER_CHANNEL_REPLY
							? "in_channel"
							: "ephemeral"));
		json_object_set_new(o, "replace_original", json_false());
		return;
	case RENDER_EPHEMERAL:
		json_object_set_new(o, "channel", json_string(channel));
		json_object_set_new(o, "user", json_string(user));
		return;
	case RENDER_POST:
		json_object_set_new(o, "channel", json_string(channel));
		return;
	}
}

char *body_dump(struct body *b, enum render_place place, const char *channel,
		const char *user)
{
	json_t *o = json_object();
	char *dump = NULL;

	add_frame(o, place, channel, user);
	if (place == RENDER_POST && b->thread && *b->thread) {
		json_object_set_new(o, "thread_ts", json_string(b->thread));
	}
	json_object_set_new(o, "text", json_string(buf_str(&b->text)));
	json_object_set(o, "blocks", b->blocks);
	json_object_set_new(o, "unfurl_links", json_false());
	json_object_set_new(o, "unfurl_media", json_false());
	/* A part that is missing is memory that ran out. */
	if (json_object_get(o, "text") && json_object_get(o, "blocks")) {
		dump = jx_dump(o);
	}
	json_decref(o);
	body_finish(b);
	return dump;
}
