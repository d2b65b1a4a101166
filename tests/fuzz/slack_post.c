/* SPDX-License-Identifier: Apache-2.0 */
/* What is posted in Slack's name, once it is proved: the first byte picks the content type.
 * What is read has a payload of texts. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/slack/post.h"
#include "shared/jx.h"
#include "tests/lib/fuzz.h"

static void envelope_hold(const struct envelope *e)
{
	struct slash_command c;
	struct fail f = { 0 };
	char *text = jx_dump(e->payload);

	hold(e->kind == ENVELOPE_SLASH || e->kind == ENVELOPE_INTERACTIVE ||
	     e->kind == ENVELOPE_EVENT);
	hold(text && json_is_object(e->payload));
	free(text);
	if (e->kind == ENVELOPE_SLASH && slash_command_read(e->payload, &c, &f)) {
		hold(c.team_id[0] && c.user_id[0] && c.command[0]);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const char *const types[] = { "application/json",
					     "application/x-www-form-urlencoded" };
	const char *body = len ? (const char *)data + 1 : "";
	size_t n = len ? len - 1 : 0;
	struct slack_post p;
	struct fail f = { 0 };

	slack_post_is_ssl_check(body, n);
	if (!slack_post_read(types[len && (*data & 1)], body, n, &p, &f)) {
		hold(f.kind == FAIL_INVALID && f.msg[0]);
		return 0;
	}
	if (p.kind == SLACK_POST_CHALLENGE) {
		hold(p.challenge != NULL);
	} else if (p.kind == SLACK_POST_ENVELOPE) {
		envelope_hold(&p.envelope);
	}
	slack_post_finish(&p);
	return 0;
}
