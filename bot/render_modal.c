/* SPDX-License-Identifier: Apache-2.0 */
/* The one modal that there is: why is it to be kept? */
#include "bot/render.h"

#include <jansson.h>

#include "shared/jx.h"
#include "shared/text.h"

static json_t *input_json(void)
{
	return json_pack("{s:s, s:s, s:{s:s, s:s}, s:{s:s, s:s, s:b, s:i, s:i}}", "type",
			 "input", "block_id", "why", "label", "type", "plain_text",
			 "text", "Why do you still need it?", "element", "type",
			 "plain_text_input", "action_id", "text", "multiline", 1,
			 "min_length", 3, "max_length", REASON_CHARS_MAX);
}

static json_t *words_json(const char *text)
{
	return json_pack("{s:s, s:s}", "type", "plain_text", "text", text);
}

char *render_keep_modal(const char *trigger, const char *id)
{
	json_auto_t *o = json_pack(
		"{s:s, s:{s:s, s:s, s:s, s:o, s:o, s:o, s:[o]}}", "trigger_id", trigger,
		"view", "type", "modal", "callback_id", ACTION_KEEP, "private_metadata",
		id, "title", words_json("Keep access"), "submit", words_json("Keep"),
		"close", words_json("Cancel"), "blocks", input_json());

	return o ? jx_dump(o) : NULL;
}

char *render_modal_error(const char *text)
{
	json_auto_t *o = json_pack("{s:s, s:{s:s}}", "response_action", "errors",
				   "errors", "why", text);

	return o ? jx_dump(o) : NULL;
}
