/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads of presses and modals. Whatever is taken for one has a person, an action, and
 * texts that fit where they are kept. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "bot/slack/interaction.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/fuzz.h"

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
	hold_text(i.team_id, VENDOR_ID_SIZE);
	hold_text(i.user_id, VENDOR_ID_SIZE);
	hold_text(i.user_team, VENDOR_ID_SIZE);
	hold_text(i.channel_id, VENDOR_ID_SIZE);
	hold_text(i.response_url, URL_SIZE);
	hold_text(i.action, ACTION_ID_SIZE);
	hold_text(i.value, ACTION_VALUE_SIZE);
	hold_text(i.typed, len + 1);
	return 0;
}
