/* SPDX-License-Identifier: Apache-2.0 */
/* One row for each kind of effect.
 *
 * notice     a message. Its lane is its request. Twice said is better than not said, so one
 *            of unknown outcome is sent again; after a day it helps nobody.
 * provision  access is to be given. Its lane is the person at the target. Refused for good:
 *            the grant has failed. Of unknown outcome, or failing for ten minutes (who waits
 *            for longer in an incident?): it may be there, so it is taken back.
 * revoke     access is to be taken back. Never given up: until the target confirms it the
 *            person may have access, and no answer but that one changes this.
 * extend     the target is to know a later end (order_extend.c). Refused for good, or failing
 *            for ten minutes: the grant gets back the end that the target knows.
 * clear      it has ended, and the target says that it is there (inventory.c). It is taken back
 *            once more, in one try, so that nothing new has to wait behind it: the target is
 *            asked again what it has, and then comes the next. */
#include "approver/effect_kinds.h"

#include "shared/text.h"

const struct effect_kind effect_kinds[EFFECT_KIND_MAX] = {
	[EFFECT_NOTICE] = {
		.word = "notice",
		.retry = { .first_ms = 1000, .max_ms = 5 * 60 * 1000, .uncertain = true },
		.give_up_s = 86400,
		.from = GRANT_STATE_MAX, .done = GRANT_STATE_MAX,
		.refused = GRANT_STATE_MAX, .uncertain = GRANT_STATE_MAX,
	},
	[EFFECT_PROVISION] = {
		.word = "provision",
		.retry = { .first_ms = 1000, .max_ms = 30 * 1000 },
		.give_up_s = 600,
		.action = PROVISION_GRANT,
		.from = GRANT_GRANTING, .done = GRANT_ACTIVE,
		.refused = GRANT_FAILED, .uncertain = GRANT_REVOKING,
	},
	[EFFECT_CLEAR] = {
		.word = "clear",
		.action = PROVISION_REVOKE,
		.from = GRANT_CLOSED, .done = GRANT_STATE_MAX,
		.refused = GRANT_STATE_MAX, .uncertain = GRANT_STATE_MAX,
	},
	[EFFECT_EXTEND] = {
		.word = "extend",
		.retry = { .first_ms = 1000, .max_ms = 30 * 1000, .uncertain = true },
		.give_up_s = 600,
		.action = PROVISION_EXTEND,
		.from = GRANT_ACTIVE, .done = GRANT_STATE_MAX,
		.refused = GRANT_STATE_MAX, .uncertain = GRANT_STATE_MAX,
	},
	[EFFECT_REVOKE] = {
		.word = "revoke",
		.retry = { .first_ms = 1000, .max_ms = 60 * 1000, .uncertain = true },
		.action = PROVISION_REVOKE,
		.from = GRANT_REVOKING, .done = GRANT_CLOSED,
		.refused = GRANT_STATE_MAX, .uncertain = GRANT_STATE_MAX,
	},
};

const struct effect_kind *effect_kind_find(const char *word)
{
	for (size_t i = 0; i < EFFECT_KIND_MAX; i++) {
		if (text_same(effect_kinds[i].word, word)) {
			return &effect_kinds[i];
		}
	}
	return NULL;
}
