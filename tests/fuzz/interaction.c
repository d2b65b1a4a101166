/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of presses and modals. Whatever is taken for one has a person, an action, and
 * texts that fit where they are kept. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/slack/interaction.h"
#include "shared/jx.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void hold(bool ok)
{
	if (!ok) {
		abort();
	}
}

static void text_hold(const char *s, size_t size)
{
	hold(strlen(s) < size && text_is_utf8(s, strlen(s)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	json_t *raw = NULL;
	struct interaction i;
	struct fail f = { 0 };

	if (!jx_parse_object((const char *)data, len, &raw, &f)) {
		return 0;
	}
	json_auto_t *obj = raw;

	if (!interaction_read(obj, &i, &f)) {
		hold(f.kind == FAIL_INVALID && f.msg[0]);
		return 0;
	}
	hold(i.kind < INTERACTION_MAX && i.user_id[0]);
	text_hold(i.team_id, VENDOR_ID_SIZE);
	text_hold(i.user_id, VENDOR_ID_SIZE);
	text_hold(i.user_team, VENDOR_ID_SIZE);
	text_hold(i.channel_id, VENDOR_ID_SIZE);
	text_hold(i.response_url, URL_SIZE);
	text_hold(i.action, ACTION_ID_SIZE);
	text_hold(i.value, ACTION_VALUE_SIZE);
	text_hold(i.typed, len + 1);
	return 0;
}
