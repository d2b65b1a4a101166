/* SPDX-License-Identifier: Apache-2.0 */
/* What is said of a grant: the facts of its messages, and the quiet line in the channel of
 * its incident. */
#include <stdlib.h>
#include <string.h>

#include "approver/effects.h"
#include "approver/grant.h"
#include "shared/text.h"

enum { REMIND_MAX_MS = 10 * 60 * 1000, REMIND_PART = 10 };

/* "10 min or 10 % before", whichever comes later. */
int64_t grant_remind_ms(int64_t starts_ms, int64_t expires_ms)
{
	int64_t part = (expires_ms - starts_ms) / REMIND_PART;

	return expires_ms - (part < REMIND_MAX_MS ? part : REMIND_MAX_MS);
}

void grant_facts(const struct grant_row *g, int64_t now_ms, struct notice_facts *about)
{
	*about = (struct notice_facts){ .decided_ms = now_ms,
					.until_ms = g->expires_ms,
					.for_s = (g->expires_ms - g->starts_ms) / 1000 };
	text_copy(about->request_id, sizeof(about->request_id), g->id);
	text_copy(about->team, sizeof(about->team), g->team);
	text_copy(about->user, sizeof(about->user), g->user);
	text_copy(about->channel, sizeof(about->channel), g->channel);
	text_copy(about->resource, sizeof(about->resource), g->resource);
	text_copy(about->policy, sizeof(about->policy), g->policy);
	text_copy(about->provisioner, sizeof(about->provisioner), g->provisioner);
}

/* Memory that runs out for a message ends the process: the ledger carries on. */
void grant_say(struct effect_row *row, enum notice_kind kind,
	       const struct notice_facts *about, int64_t now_ms)
{
	if (!effect_row_init(row, kind, about, now_ms)) {
		abort();
	}
}

/* A lane of its own: a channel that takes nothing must not hold up what the person is
 * told. */
size_t grant_say_room(const struct grant_row *g, enum notice_kind kind,
		      const struct notice_facts *about, int64_t now_ms,
		      struct effect_row *row)
{
	size_t n = strcspn(g->room, "/");
	struct notice_facts there = *about;

	if (n == 0) {
		return 0;
	}
	there.reply_url[0] = '\0';
	text_copy_n(there.channel, sizeof(there.channel), g->room, n);
	text_copy(there.thread, sizeof(there.thread),
		  kind == NOTICE_ROOM_ENDED && g->room[n] ? g->room + n + 1 : "");
	grant_say(row, kind, &there, now_ms);
	text_copy(row->lane, sizeof(row->lane), "room/");
	text_copy(row->lane + strlen(row->lane), sizeof(row->lane) - strlen(row->lane),
		  g->id);
	return 1;
}
