/* SPDX-License-Identifier: Apache-2.0 */
/* The whole knowledge of retries in one pure function: no clock, no dice, no I/O. */
#ifndef SHARED_RETRY_H
#define SHARED_RETRY_H

#include <stdint.h>

#include "accessd/fail.h"

#define RETRY_NEVER ((int64_t)-1)

struct retry {
	int64_t first_ms; /* before the second try; doubles from there */
	int64_t max_ms;   /* never longer, a peer's Retry-After aside */
	unsigned tries;   /* give up after so many; 0: never */
	/* whether FAIL_UNCERTAIN is tried again: only if twice does no harm */
	bool uncertain;
};

/* How long to wait before the next try of what has failed `tries` times (1 and up), or
 * RETRY_NEVER. `dice` in 0..UINT32_MAX spreads the wait over half of it to all of it; a
 * Retry-After in f is waited in full. */
int64_t retry_wait_ms(const struct retry *r, const struct fail *f, unsigned tries,
		      uint32_t dice);

#endif
