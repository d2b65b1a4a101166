/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of the ledger, cleared and copied as far as they are used. */
#include "accessd/record.h"
#include "shared/text.h"

void request_row_clear(struct request_row *row)
{
	row->id[0] = '\0';
	row->state = REQUEST_ASKED;
	row->source[0] = '\0';
	row->team[0] = '\0';
	row->user[0] = '\0';
	row->channel[0] = '\0';
	row->reply_url[0] = '\0';
	row->resource[0] = '\0';
	row->for_s = 0;
	row->incident[0] = '\0';
	row->reason[0] = '\0';
	row->asked_ms = 0;
	row->decided_ms = 0;
	row->policy[0] = '\0';
}

void request_row_copy(struct request_row *to, const struct request_row *from)
{
	text_copy(to->id, sizeof(to->id), from->id);
	to->state = from->state;
	text_copy(to->source, sizeof(to->source), from->source);
	text_copy(to->team, sizeof(to->team), from->team);
	text_copy(to->user, sizeof(to->user), from->user);
	text_copy(to->channel, sizeof(to->channel), from->channel);
	text_copy(to->reply_url, sizeof(to->reply_url), from->reply_url);
	text_copy(to->resource, sizeof(to->resource), from->resource);
	to->for_s = from->for_s;
	text_copy(to->incident, sizeof(to->incident), from->incident);
	text_copy(to->reason, sizeof(to->reason), from->reason);
	to->asked_ms = from->asked_ms;
	to->decided_ms = from->decided_ms;
	text_copy(to->policy, sizeof(to->policy), from->policy);
}
