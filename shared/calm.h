/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines that strangers can cause: said at once, then once a minute at most, with how
 * many there were. Pure. */
#ifndef SHARED_CALM_H
#define SHARED_CALM_H

#include <stdbool.h>
#include <stdint.h>

enum { CALM_MS = 60 * 1000 };

/* Zeroed to begin with. */
struct calm {
	int64_t until_ms; /* 0: it has not spoken yet */
	int64_t held;
};

/* Something happened. True: say so; *ret_n says how often since it was said last. now_ms
 * is monotonic. */
bool calm_may(struct calm *c, int64_t now_ms, int64_t *ret_n);

#endif
