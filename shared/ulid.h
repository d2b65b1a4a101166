/* SPDX-License-Identifier: Apache-2.0 */
/* ULIDs: 48 bits of wall time and 80 random bits, in Crockford's base 32. They sort by
 * time, and within one millisecond by order of making. */
#ifndef SHARED_ULID_H
#define SHARED_ULID_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/types.h"

/* Zero-initialised by its user; keeps ids made in one millisecond in order, and never
 * goes back when the wall clock does. */
struct ulid_source {
	int64_t last_ms;
	uint8_t random[10];
};

void ulid_make(struct ulid_source *src, int64_t wall_ms, char dst[ULID_SIZE]);

bool ulid_is(const char *s);

#endif
