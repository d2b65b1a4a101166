/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of a Socket Mode connection. What is taken for something that must be acked has
 * an id that an ack can carry, and its texts are texts. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bot/slack/envelope.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/fuzz.h"

static void ack_hold(const struct envelope *e)
{
	json_auto_t *ack = NULL;
	struct fail f = { 0 };
	struct buf b;

	buf_init(&b, 1024);
	hold(envelope_ack_format(&b, e->id, "{\"text\":\"x\"}"));
	hold(jx_parse_object(buf_str(&b), b.len, &ack, &f));
	hold(strcmp(jx_str(ack, "envelope_id"), e->id) == 0);
	buf_finish(&b);
}

static void slash_hold(const struct envelope *e)
{
	struct slash_command c;
	struct fail f = { 0 };

	if (e->payload && slash_command_read(e->payload, &c, &f)) {
		hold(c.team_id[0] && c.user_id[0] && c.channel_id[0] && c.command[0]);
		hold(text_is_utf8(c.text, strlen(c.text)));
		hold(c.response_url && c.trigger_id && c.enterprise_id);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct envelope e;
	struct fail f = { 0 };

	if (!envelope_parse((const char *)data, len, &e, &f)) {
		hold(f.kind == FAIL_INVALID && f.msg[0]);
		return 0;
	}
	hold(e.kind < ENVELOPE_MAX && envelope_word(e.kind)[0]);
	hold(memchr(e.id, '\0', sizeof(e.id)) != NULL);
	hold(e.lifetime_s >= 0 && e.num_connections >= 0 && e.retry_attempt >= 0);
	hold(!e.payload || e.root);
	if (envelope_wants_ack(e.kind)) {
		hold(e.id[0]);
		ack_hold(&e);
	}
	if (e.kind == ENVELOPE_SLASH) {
		slash_hold(&e);
	}
	envelope_finish(&e);
	return 0;
}
