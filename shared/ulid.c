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

/* 16 bytes are 128 bits; 26 digits of 5 bits are 130, so the first one has two of them
 * empty. */
void ulid_make(struct ulid_source *src, int64_t wall_ms, char dst[ULID_SIZE])
{
	uint8_t bytes[16];

	source_step(src, wall_ms);
	for (size_t i = 0; i < 6; i++) {
		bytes[i] = (uint8_t)(src->last_ms >> (8 * (5 - i)));
	}
	memcpy(bytes + 6, src->random, sizeof(src->random));
	for (size_t d = 0; d < ULID_SIZE - 1; d++) {
		unsigned v = 0;

		for (size_t bit = 0; bit < 5; bit++) {
			size_t at = d * 5 + bit;
			unsigned one = 0;

			if (at >= 2) {
				at -= 2;
				one = (unsigned)bytes[at / 8] >> (7 - at % 8) & 1u;
			}
			v = v << 1 | one;
		}
		dst[d] = digits[v];
	}
	dst[ULID_SIZE - 1] = '\0';
}

bool ulid_is(const char *s)
{
	return s && strlen(s) == ULID_SIZE - 1 && strspn(s, digits) == ULID_SIZE - 1 &&
	       s[0] <= '7';
}
