/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's limits for messages and views, as far as an app runs into them. Lengths are in
 * characters. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { MESSAGE_BLOCKS = 50, VIEW_BLOCKS = 100, IDS_MAX = 256 };

struct ids {
	const char *items[IDS_MAX];
	size_t n;
};

struct check {
	char hint[256];
	bool bad;
	struct ids blocks;  /* unique in the message */
	struct ids actions; /* unique in their block */
};

static void __attribute__((format(printf, 2, 3)))
complain(struct check *c, const char *fmt, ...)
{
	va_list ap;

	if (!c->bad) {
		va_start(ap, fmt);
		vsnprintf(c->hint, sizeof(c->hint), fmt, ap);
		va_end(ap);
	}
	c->bad = true;
}

static void length_check(struct check *c, const char *what, const char *s, size_t least,
			 size_t most)
{
	size_t n = text_chars(s);

	if (n < least || n > most) {
		complain(c, "[ERROR] %s must have %zu to %zu characters, not %zu", what,
			 least, most, n);
	}
}

/* A text object; plain: it may not be mrkdwn. */
static void text_check(struct check *c, const char *what, const json_t *t, bool plain,
		       size_t most)
{
	const char *type = jx_str(t, "type");

	if (strcmp(type, "plain_text") != 0 && (plain || strcmp(type, "mrkdwn") != 0)) {
		complain(c, "[ERROR] %s has no text of a valid type", what);
		return;
	}
	length_check(c, what, jx_str(t, "text"), 1, most);
}

static void id_check(struct check *c, struct ids *ids, const char *id)
{
	length_check(c, "an id", id, 0, 255);
	for (size_t i = 0; id[0] && i < ids->n; i++) {
		if (strcmp(ids->items[i], id) == 0) {
			complain(c, "[ERROR] the id '%.80s' is there twice", id);
		}
	}
	if (id[0] && ids->n < IDS_MAX) {
		ids->items[ids->n++] = id;
	}
}

static void option_check(struct check *c, const json_t *o)
{
	text_check(c, "option text", json_object_get(o, "text"), false, 75);
	length_check(c, "option value", jx_str(o, "value"), 1, 150);
}

static void button_check(struct check *c, const json_t *e)
{
	const char *style = jx_str(e, "style");
	const json_t *confirm = json_object_get(e, "confirm");

	text_check(c, "button text", json_object_get(e, "text"), true, 75);
	length_check(c, "button value", jx_str(e, "value"), 0, 2000);
	length_check(c, "button url", jx_str(e, "url"), 0, 3000);
	if (style[0] && strcmp(style, "primary") != 0 && strcmp(style, "danger") != 0) {
		complain(c, "[ERROR] no such button style");
	}
	if (confirm) {
		text_check(c, "confirm title", json_object_get(confirm, "title"), true,
			   100);
		text_check(c, "confirm text", json_object_get(confirm, "text"), false,
			   300);
		text_check(c, "confirm button", json_object_get(confirm, "confirm"), true,
			   30);
		text_check(c, "confirm button", json_object_get(confirm, "deny"), true,
			   30);
	}
}

static void element_check(struct check *c, const json_t *e)
{
	const char *type = jx_str(e, "type");
	const json_t *options = jx_arr(e, "options");
	size_t most = strstr(type, "select") ? 100 : 10;
	const json_t *o;
	size_t i;

	id_check(c, &c->actions, jx_str(e, "action_id"));
	if (!type[0]) {
		complain(c, "[ERROR] an element has no type");
	} else if (strcmp(type, "button") == 0) {
		button_check(c, e);
	}
	if (json_array_size(options) > most) {
		complain(c, "[ERROR] more than %zu options", most);
	}
	json_array_foreach (options, i, o) {
		option_check(c, o);
	}
}

static void section_check(struct check *c, const json_t *b)
{
	const json_t *fields = jx_arr(b, "fields");
	const json_t *text = json_object_get(b, "text");
	const json_t *accessory = json_object_get(b, "accessory");
	const json_t *field;
	size_t i;

	if (text) {
		text_check(c, "section text", text, false, 3000);
	} else if (!json_array_size(fields)) {
		complain(c, "[ERROR] a section has neither text nor fields");
	}
	if (json_array_size(fields) > 10) {
		complain(c, "[ERROR] more than 10 fields");
	}
	json_array_foreach (fields, i, field) {
		text_check(c, "field", field, false, 2000);
	}
	if (accessory) {
		element_check(c, accessory);
	}
}

static void header_check(struct check *c, const json_t *b)
{
	text_check(c, "header", json_object_get(b, "text"), true, 150);
}

static void elements_count(struct check *c, const json_t *b, size_t most)
{
	size_t n = json_array_size(json_object_get(b, "elements"));

	if (n < 1 || n > most) {
		complain(c, "[ERROR] %zu elements, not 1 to %zu", n, most);
	}
}

static void context_check(struct check *c, const json_t *b)
{
	const json_t *e;
	size_t i;

	elements_count(c, b, 10);
	json_array_foreach (json_object_get(b, "elements"), i, e) {
		if (strcmp(jx_str(e, "type"), "image") != 0) {
			text_check(c, "context", e, false, 2000);
		}
	}
}

static void actions_check(struct check *c, const json_t *b)
{
	const json_t *e;
	size_t i;

	elements_count(c, b, 25);
	json_array_foreach (json_object_get(b, "elements"), i, e) {
		element_check(c, e);
	}
}

static void input_check(struct check *c, const json_t *b)
{
	text_check(c, "label", json_object_get(b, "label"), true, 2000);
	element_check(c, json_object_get(b, "element"));
}

static void nothing_check(struct check *c, const json_t *b)
{
	(void)c;
	(void)b;
}

static const struct {
	const char *type;
	void (*check)(struct check *c, const json_t *b);
} block_types[] = {
	{ "actions", actions_check },  { "context", context_check },
	{ "divider", nothing_check },  { "header", header_check },
	{ "image", nothing_check },    { "input", input_check },
	{ "markdown", nothing_check }, { "rich_text", nothing_check },
	{ "section", section_check },  { "video", nothing_check },
};

static void block_check(struct check *c, const json_t *b)
{
	c->actions.n = 0;
	id_check(c, &c->blocks, jx_str(b, "block_id"));
	for (size_t i = 0; i < ARRAY_LEN(block_types); i++) {
		if (strcmp(block_types[i].type, jx_str(b, "type")) == 0) {
			block_types[i].check(c, b);
			return;
		}
	}
	complain(c, "[ERROR] unsupported type: '%.40s'", jx_str(b, "type"));
}

static void blocks_check(struct check *c, const json_t *blocks)
{
	const json_t *b;
	size_t i;

	json_array_foreach (blocks, i, b) {
		bool before = c->bad;

		block_check(c, b);
		if (c->bad && !before) {
			size_t n = strlen(c->hint);

			snprintf(c->hint + n, sizeof(c->hint) - n,
				 " [json-pointer:/blocks/%zu]", i);
		}
	}
}

const char *slack_words_check(const json_t *args, char **ret_hint)
{
	const json_t *blocks = json_object_get(args, "blocks");
	struct check c = { 0 };

	if (blocks && !json_is_null(blocks) && !json_is_array(blocks)) {
		return "invalid_blocks_format";
	}
	if (!jx_str(args, "text")[0] && !json_array_size(blocks)) {
		return "no_text";
	}
	if (json_array_size(blocks) > MESSAGE_BLOCKS) {
		return "msg_blocks_too_long";
	}
	blocks_check(&c, blocks);
	if (c.bad) {
		*ret_hint = strdup(c.hint);
		return "invalid_blocks";
	}
	return NULL;
}

static bool view_has_input(const json_t *blocks)
{
	const json_t *b;
	size_t i;

	json_array_foreach (blocks, i, b) {
		if (strcmp(jx_str(b, "type"), "input") == 0) {
			return true;
		}
	}
	return false;
}

static void modal_check(struct check *c, const json_t *view)
{
	const json_t *submit = json_object_get(view, "submit");
	const json_t *close = json_object_get(view, "close");

	text_check(c, "title", json_object_get(view, "title"), true, 24);
	if (submit) {
		text_check(c, "submit", submit, true, 24);
	} else if (view_has_input(json_object_get(view, "blocks"))) {
		complain(c, "[ERROR] an input block, and no submit");
	}
	if (close) {
		text_check(c, "close", close, true, 24);
	}
}

const char *slack_view_check(const json_t *view, char **ret_hint)
{
	const json_t *blocks = jx_arr(view, "blocks");
	struct check c = { 0 };

	if (strcmp(jx_str(view, "type"), "modal") == 0) {
		modal_check(&c, view);
	} else if (strcmp(jx_str(view, "type"), "home") != 0) {
		complain(&c, "[ERROR] the type is neither modal nor home");
	}
	if (!blocks || json_array_size(blocks) > VIEW_BLOCKS) {
		complain(&c, "[ERROR] no blocks, or more than 100");
	}
	length_check(&c, "private_metadata", jx_str(view, "private_metadata"), 0, 3000);
	length_check(&c, "callback_id", jx_str(view, "callback_id"), 0, 255);
	length_check(&c, "external_id", jx_str(view, "external_id"), 0, 255);
	blocks_check(&c, blocks);
	if (c.bad) {
		*ret_hint = strdup(c.hint);
		return "invalid_arguments";
	}
	return NULL;
}
