/* SPDX-License-Identifier: Apache-2.0 */
/* The payload of a slash command: a flat object, the same over the socket and over
 * HTTP. */
#include <string.h>

#include "bot/slack/envelope.h"
#include "shared/jx.h"

/* clang-format off */
static const struct jx_field slash_fields[] = {
	{ "api_app_id",    JX_STRING, false },
	{ "channel_id",    JX_STRING, true },
	{ "channel_name",  JX_STRING, false },
	{ "command",       JX_STRING, true },
	{ "enterprise_id", JX_STRING, false },
	{ "response_url",  JX_STRING, false },
	{ "team_id",       JX_STRING, true },
	{ "text",          JX_STRING, false },
	{ "trigger_id",    JX_STRING, false },
	{ "user_id",       JX_STRING, true },
};
/* clang-format on */

/* A required text that is empty says nothing either. */
static bool required_check(const json_t *payload, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(slash_fields); i++) {
		const char *name = slash_fields[i].name;

		if (slash_fields[i].required && !jx_str(payload, name)[0]) {
			return fail_set(f, FAIL_INVALID, "'%s' is empty", name);
		}
	}
	return true;
}

/* A string in the form encoding, a bool elsewhere. What is neither is taken for the
 * worse: installs for a whole enterprise are refused. */
bool payload_is_enterprise(const json_t *payload)
{
	const json_t *v = json_object_get(payload, "is_enterprise_install");

	if (!v || json_is_null(v)) {
		return false;
	}
	if (json_is_string(v)) {
		const char *text = json_string_value(v);

		return text[0] && strcmp(text, "false") != 0;
	}
	return !json_is_false(v);
}

/* What is kept has a size, and half an id is somebody else's. */
static bool lengths_check(const json_t *payload, struct fail *f)
{
	static const struct {
		const char *name;
		size_t size;
	} kept[] = {
		{ "channel_id", VENDOR_ID_SIZE }, { "response_url", URL_SIZE },
		{ "team_id", VENDOR_ID_SIZE },    { "trigger_id", VENDOR_ID_SIZE * 3 },
		{ "user_id", VENDOR_ID_SIZE },
	};

	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		if (strlen(jx_str(payload, kept[i].name)) >= kept[i].size) {
			return fail_set(f, FAIL_INVALID, "'%s' is longer than %zu bytes",
					kept[i].name, kept[i].size - 1);
		}
	}
	return true;
}

bool slash_command_read(const json_t *payload, struct slash_command *ret_c,
			struct fail *f)
{
	if (!json_is_object(payload)) {
		return fail_set(f, FAIL_INVALID, "the payload is not an object");
	}
	if (!jx_check(payload, slash_fields, ARRAY_LEN(slash_fields), f) ||
	    !required_check(payload, f) || !lengths_check(payload, f)) {
		return fail_wrap(f, "cannot read a slash command");
	}
	*ret_c = (struct slash_command){
		.team_id = jx_str(payload, "team_id"),
		.enterprise_id = jx_str(payload, "enterprise_id"),
		.channel_id = jx_str(payload, "channel_id"),
		.channel_name = jx_str(payload, "channel_name"),
		.user_id = jx_str(payload, "user_id"),
		.command = jx_str(payload, "command"),
		.text = jx_str(payload, "text"),
		.api_app_id = jx_str(payload, "api_app_id"),
		.response_url = jx_str(payload, "response_url"),
		.trigger_id = jx_str(payload, "trigger_id"),
		.enterprise_install = payload_is_enterprise(payload),
	};
	return true;
}
