/* SPDX-License-Identifier: Apache-2.0 */
/* What was seen a short while ago: digests that are forgotten when their time is over.
 * Pure. */
#ifndef SHARED_SEEN_H
#define SHARED_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SEEN_DIGEST_SIZE = 32 };

struct seen;

enum seen_result {
	SEEN_NEW,
	SEEN_BEFORE,
	SEEN_FULL, /* as many as can be remembered are alive: it is not remembered */
};

/* At most `max` at a time. NULL when memory ran out. */
struct seen *seen_create(size_t max);
void seen_destroy(struct seen *s); /* accepts NULL */

/* Remember the digest until until_ms, unless it is remembered; now_ms never goes back
 * (monotonic). */
enum seen_result seen_add(struct seen *s, const uint8_t digest[SEEN_DIGEST_SIZE],
			  int64_t now_ms, int64_t until_ms);

/* Forget it before its time: what it stood for did not come about. */
void seen_remove(struct seen *s, const uint8_t digest[SEEN_DIGEST_SIZE]);

size_t seen_count(const struct seen *s);

#endif
