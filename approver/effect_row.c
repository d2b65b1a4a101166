/* SPDX-License-Identifier: Apache-2.0 */
/* The row of a message, as it goes into the transaction of what it tells of. */
#include <stdint.h>
#include <stdlib.h>

#include "approver/effect_kinds.h"
#include "approver/effects.h"
#include "approver/notice.h"
#include "shared/text.h"

bool effect_row_init(struct effect_row *row, enum notice_kind kind,
		     const struct notice_facts *about, int64_t now_ms)
{
	*row = (struct effect_row){ .state = EFFECT_PENDING, .due_ms = now_ms };
	text_copy(row->kind, sizeof(row->kind), effect_kinds[EFFECT_NOTICE].word);
	text_copy(row->request_id, sizeof(row->request_id), about->request_id);
	/* One channel is not one lane: a message that nobody takes would hold up the rest. */
	text_copy(row->lane, sizeof(row->lane), about->request_id);
	row->payload = notice_format(kind, about);
	return row->payload != NULL;
}

void effect_row_finish(struct effect_row *row)
{
	free((void *)(uintptr_t)row->payload);
	row->payload = NULL;
}
