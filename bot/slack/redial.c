/* SPDX-License-Identifier: Apache-2.0 */
/* When to dial Slack again. Reset too early, a backoff is none: a connection that is
 * dropped right after each hello would be dialled as fast as we can. */
#include "bot/slack/redial.h"

enum {
	FIRST_MS = 1000,
	LONGEST_MS = 60000,
	TOO_MANY_LONGEST_MS = 300000,
};

void redial_init(struct redial *r, const struct redial_rules *rules)
{
	*r = (struct redial){ .rules = *rules,
			      .not_before_ms = INT64_MIN,
			      .next_open_ms = INT64_MIN };
}

/* first_ms, doubled for each time after the first. */
static int64_t doubled_ms(int64_t first_ms, unsigned times, int64_t longest_ms)
{
	int64_t ms = first_ms;

	while (times-- > 1 && ms < longest_ms) {
		ms *= 2;
	}
	return ms < longest_ms ? ms : longest_ms;
}

static int64_t share_ms(int64_t ms, uint32_t dice)
{
	return (int64_t)((double)ms * (double)dice / (double)UINT32_MAX);
}

static int64_t wait_ms(struct redial *r, enum redial_after after, uint32_t dice)
{
	int64_t ms = 0;

	switch (after) {
	case AFTER_ASKED:
	case AFTER_REFRESH:
	case AFTER_SETTLED_LOSS:
		break;
	case AFTER_LOSS:
	case AFTER_TROUBLE:
		r->tries += r->tries < UINT32_MAX;
		ms = share_ms(doubled_ms(FIRST_MS, r->tries, LONGEST_MS), dice);
		break;
	case AFTER_TOO_MANY:
		r->too_many += r->too_many < UINT32_MAX;
		ms = doubled_ms(r->rules.too_many_ms, r->too_many, TOO_MANY_LONGEST_MS);
		ms += share_ms(ms / 8, dice);
		break;
	case AFTER_CONFIG:
		ms = r->rules.config_retry_ms;
		ms += share_ms(ms / 8, dice);
		break;
	}
	return ms;
}

void redial_note(struct redial *r, enum redial_after after, uint32_t retry_after_s,
		 int64_t now_ms, uint32_t dice)
{
	int64_t ms = wait_ms(r, after, dice);

	if (ms < (int64_t)retry_after_s * 1000) {
		ms = (int64_t)retry_after_s * 1000;
	}
	if (r->not_before_ms < now_ms + ms) {
		r->not_before_ms = now_ms + ms;
	}
}

void redial_opened(struct redial *r, int64_t now_ms)
{
	r->next_open_ms = now_ms + r->rules.open_interval_ms;
}

void redial_settled(struct redial *r)
{
	r->tries = 0;
	r->too_many = 0;
}

int64_t redial_at_ms(const struct redial *r)
{
	return r->not_before_ms > r->next_open_ms ? r->not_before_ms : r->next_open_ms;
}

bool redial_alone(const struct redial *r)
{
	return r->too_many > 0;
}
