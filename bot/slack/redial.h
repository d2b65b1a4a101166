/* SPDX-License-Identifier: Apache-2.0 */
/* When to dial Slack again: the whole knowledge of it, without a clock or dice. Pure. */
#ifndef BOT_SLACK_REDIAL_H
#define BOT_SLACK_REDIAL_H

#include <stdbool.h>
#include <stdint.h>

/* How a connection came to its end. */
enum redial_after {
	AFTER_ASKED,        /* we wanted it: drained, replaced, made room */
	AFTER_REFRESH,      /* Slack had said that it would recycle it, and has */
	AFTER_SETTLED_LOSS, /* lost after a life that was long enough */
	AFTER_LOSS,         /* lost soon after its hello */
	AFTER_TROUBLE,      /* never got to its hello, for reasons that pass */
	AFTER_TOO_MANY,     /* Slack counts too many of us */
	AFTER_CONFIG,       /* nothing helps but somebody who changes a setting */
};

struct redial_rules {
	int64_t open_interval_ms; /* between two dials, always */
	int64_t too_many_ms;      /* doubles, up to 5 min */
	int64_t config_retry_ms;
};

struct redial {
	struct redial_rules rules;
	int64_t not_before_ms;
	int64_t next_open_ms;
	unsigned tries;    /* losses and troubles since a connection has settled */
	unsigned too_many; /* likewise */
};

void redial_init(struct redial *r, const struct redial_rules *rules);

/* A connection ended. Losses and troubles wait 1, 2, 4 ... 60 s, or dice / UINT32_MAX of
 * it ("full jitter"), a refresh and the first loss after a settled life do not; and
 * never less than retry_after_s. An earlier wait that is longer stands. */
void redial_note(struct redial *r, enum redial_after after, uint32_t retry_after_s,
		 int64_t now_ms, uint32_t dice);

/* A dial begins now. */
void redial_opened(struct redial *r, int64_t now_ms);

/* A connection has lived long enough: what was before is forgiven. */
void redial_settled(struct redial *r);

/* The earliest moment of the next dial. */
int64_t redial_at_ms(const struct redial *r);

/* Whether connections may not overlap: Slack has said that there are too many. */
bool redial_alone(const struct redial *r);

#endif
