/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of an interaction: what is common to all, then what its kind has of its
 * own. */
#include "bot/slack/interaction.h"

#include <string.h>

#include "bot/slack/envelope.h"
#include "shared/jx.h"
#include "shared/text.h"

/* clang-format off */
static const struct jx_field common_fields[] = {
	{ "api_app_id",   JX_STRING, false },
	{ "response_url", JX_STRING, false },
	{ "team",         JX_OBJECT, false },
	{ "trigger_id",   JX_STRING, false },
	{ "type",         JX_STRING, true },
	{ "user",         JX_OBJECT, true },
};
static const struct jx_field press_fields[] = {
	{ "actions",      JX_ARRAY,  true },
	{ "channel",      JX_OBJECT, false },
	{ "container",    JX_OBJECT, false },
};
static const struct jx_field button_fields[] = {
	{ "action_id",    JX_STRING, true },
	{ "type",         JX_STRING, true },
	{ "value",        JX_STRING, false },
};
static const struct jx_field submit_fields[] = {
	{ "view",         JX_OBJECT, true },
};
static const struct jx_field view_fields[] = {
	{ "callback_id",      JX_STRING, true },
	{ "private_metadata", JX_STRING, false },
	{ "state",            JX_OBJECT, false },
};
/* clang-format on */

static bool fits(const char *what, const char *text, size_t size, struct fail *f)
{
	return strlen(text) < size ||
	       fail_set(f, FAIL_INVALID, "'%s' is longer than %zu bytes", what, size - 1);
}

/* What is kept has a size, and half an id is somebody else's. */
static bool lengths_check(const struct interaction *i, struct fail *f)
{
	return fits("team.id", i->team_id, VENDOR_ID_SIZE, f) &&
	       fits("user.id", i->user_id, VENDOR_ID_SIZE, f) &&
	       fits("user.team_id", i->user_team, VENDOR_ID_SIZE, f) &&
	       fits("channel.id", i->channel_id, VENDOR_ID_SIZE, f) &&
	       fits("message_ts", i->message_ts, VENDOR_ID_SIZE, f) &&
	       fits("response_url", i->response_url, URL_SIZE, f) &&
	       fits("trigger_id", i->trigger_id, VENDOR_ID_SIZE * 3, f) &&
	       fits("action_id", i->action, ACTION_ID_SIZE, f) &&
	       fits("value", i->value, ACTION_VALUE_SIZE, f);
}

static bool common_read(const json_t *payload, struct interaction *i, struct fail *f)
{
	const json_t *user = jx_obj(payload, "user");

	if (!jx_check(payload, common_fields, ARRAY_LEN(common_fields), f)) {
		return false;
	}
	i->team_id = jx_str(jx_obj(payload, "team"), "id");
	i->user_id = jx_str(user, "id");
	i->user_team = jx_str(user, "team_id");
	i->api_app_id = jx_str(payload, "api_app_id");
	i->enterprise_install = payload_is_enterprise(payload);
	i->response_url = jx_str(payload, "response_url");
	i->trigger_id = jx_str(payload, "trigger_id");
	return i->user_id[0] || fail_set(f, FAIL_INVALID, "'user.id' is empty");
}

/* "Link buttons (`url`) still send a payload": those have no value, and nobody minds. */
static bool press_read(const json_t *payload, struct interaction *i, struct fail *f)
{
	const json_t *actions = jx_arr(payload, "actions");
	const json_t *a = json_array_get(actions, 0);

	if (!jx_check(payload, press_fields, ARRAY_LEN(press_fields), f)) {
		return false;
	}
	if (json_array_size(actions) != 1 || !json_is_object(a)) {
		return fail_set(f, FAIL_INVALID, "'actions' holds %zu things, not one",
				json_array_size(actions));
	}
	if (!jx_check(a, button_fields, ARRAY_LEN(button_fields), f)) {
		return false;
	}
	i->kind = strcmp(jx_str(a, "type"), "button") == 0 ? INTERACTION_PRESS
							   : INTERACTION_OTHER;
	i->action = jx_str(a, "action_id");
	i->value = jx_str(a, "value");
	i->channel_id = jx_str(jx_obj(payload, "channel"), "id");
	i->message_ts = jx_str(jx_obj(payload, "container"), "message_ts");
	return true;
}

/* {"values":{BLOCK:{ACTION:{"type":"plain_text_input","value":"…"}}}} */
static const char *typed_find(const json_t *state)
{
	const char *key;
	json_t *block;

	json_object_foreach (jx_obj(state, "values"), key, block) {
		const char *action;
		json_t *input;

		json_object_foreach (block, action, input) {
			if (json_is_string(json_object_get(input, "value"))) {
				return jx_str(input, "value");
			}
		}
	}
	return "";
}

static bool submit_read(const json_t *payload, struct interaction *i, struct fail *f)
{
	const json_t *view = jx_obj(payload, "view");

	if (!jx_check(payload, submit_fields, ARRAY_LEN(submit_fields), f) ||
	    !jx_check(view, view_fields, ARRAY_LEN(view_fields), f)) {
		return false;
	}
	i->kind = INTERACTION_SUBMIT;
	i->action = jx_str(view, "callback_id");
	i->value = jx_str(view, "private_metadata");
	i->typed = typed_find(jx_obj(view, "state"));
	return true;
}

static bool other_read(const json_t *payload, struct interaction *i, struct fail *f)
{
	(void)payload;
	(void)f;
	i->kind = INTERACTION_OTHER;
	return true;
}

typedef bool read_fn(const json_t *payload, struct interaction *i, struct fail *f);

static read_fn *read_for(const char *type)
{
	static const struct {
		const char *type;
		read_fn *read;
	} kinds[] = {
		{ "block_actions", press_read },
		{ "view_submission", submit_read },
	};

	for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
		if (strcmp(kinds[k].type, type) == 0) {
			return kinds[k].read;
		}
	}
	return other_read;
}

bool interaction_read(const json_t *payload, struct interaction *ret_i, struct fail *f)
{
	struct interaction i = { .kind = INTERACTION_OTHER,
				 .channel_id = "",
				 .message_ts = "",
				 .action = "",
				 .value = "",
				 .typed = "" };

	if (!json_is_object(payload)) {
		return fail_set(f, FAIL_INVALID, "the payload is not an object");
	}
	if (!common_read(payload, &i, f) ||
	    !read_for(jx_str(payload, "type"))(payload, &i, f) || !lengths_check(&i, f)) {
		return fail_wrap(f, "cannot read an interaction");
	}
	*ret_i = i;
	return true;
}
