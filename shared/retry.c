/* SPDX-License-Identifier: Apache-2.0 */
/* When to try again: the wait doubles up to a cap, and is spread so that those who failed
 * together do not come back together. */
#include "shared/retry.h"

/* No peer parks us for longer than a day. */
#define RETRY_AFTER_MAX_S ((uint32_t)86400)

static int64_t doubled(int64_t first_ms, int64_t max_ms, unsigned tries)
{
	int64_t wait = first_ms < max_ms ? first_ms : max_ms;

	for (unsigned i = 1; i < tries && wait < max_ms; i++) {
		wait = wait > max_ms / 2 ? max_ms : wait * 2;
		if (wait == 0) {
			break;
		}
	}
	return wait < 0 ? 0 : wait;
}

/* half * dice / UINT32_MAX, in parts that stay within 64 bits. */
static int64_t spread(uint64_t half, uint32_t dice)
{
	return (int64_t)(half / UINT32_MAX * dice +
			 half % UINT32_MAX * dice / UINT32_MAX);
}

int64_t retry_wait_ms(const struct retry *r, const struct fail *f, unsigned tries,
		      uint32_t dice)
{
	bool again =
		fail_retryable(f->kind) || (f->kind == FAIL_UNCERTAIN && r->uncertain);
	uint32_t asked_s = f->retry_after_s < RETRY_AFTER_MAX_S ? f->retry_after_s
								: RETRY_AFTER_MAX_S;
	int64_t full, wait;

	if (!again || (r->tries > 0 && tries >= r->tries)) {
		return RETRY_NEVER;
	}
	full = doubled(r->first_ms, r->max_ms, tries);
	wait = full - full / 2 + spread((uint64_t)full / 2, dice);
	return wait > (int64_t)asked_s * 1000 ? wait : (int64_t)asked_s * 1000;
}
