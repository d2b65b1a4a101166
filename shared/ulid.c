/* SPDX-License-Identifier: Apache-2.0 */
/* ULIDs: how they are made, and told from other text. */
#include "shared/ulid.h"

#include <string.h>

#include "shared/secret.h"

/* Without I, L, O and U, which are misread. */
static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

#define TIME_MAX_MS (((int64_t)1 << 48) - 1)

/* Add one; false when that went round. */
static bool random_step(uint8_t random[10])
{
	for (size_t i = 10; i-- > 0;) {
		if (++random[i] != 0) {
			return true;
		}
	}
	return false;
}

/* A moment that is not later than the last one counts on from it, so that ids keep their
 * order when the clock is set back. */
static void source_step(struct ulid_source *src, int64_t wall_ms)
{
	if (wall_ms > TIME_MAX_MS) {
		wall_ms = TIME_MAX_MS;
	}
	if (wall_ms <= src->last_ms && random_step(src->random)) {
		return;
	}
	src->last_ms = wall_ms > src->last_ms ? wall_ms : src->last_ms + 1;
	secret_random(src->random, sizeof(src->random));
	/* Leave room for counting on. */
	src->random[0] &= 0x7f;
}

/* 26 digits of 5 bits are 130: of the first one, two are always 0. */
void ulid_make(struct ulid_source *src, int64_t wall_ms, char dst[ULID_SIZE])
{
	unsigned __int128 bits;

	source_step(src, wall_ms);
	bits = (unsigned __int128)src->last_ms;
	for (size_t i = 0; i < sizeof(src->random); i++) {
		bits = bits << 8 | src->random[i];
	}
	for (size_t d = ULID_SIZE - 1; d-- > 0; bits >>= 5) {
		dst[d] = digits[(unsigned)bits & 31];
	}
	dst[ULID_SIZE - 1] = '\0';
}

bool ulid_is(const char *s)
{
	return s && strlen(s) == ULID_SIZE - 1 && strspn(s, digits) == ULID_SIZE - 1 &&
	       s[0] <= '7';
}
