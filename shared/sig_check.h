/* SPDX-License-Identifier: Apache-2.0 */
/* Whether what came was signed by who says so: a header with one signature or several, a
 * key and the one before it while it is rotated, and the time of the signature. Pure. */
#ifndef SHARED_SIG_CHECK_H
#define SHARED_SIG_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/types.h"
#include "shared/sig.h"

/* How far the time of a signature may be from now, either way: vendors agree on this. */
enum { SIG_WINDOW_S = 300 };

/* How a vendor writes signatures into a header. */
struct sig_spelling {
	const char *version; /* in front of each that we can check: "v1=" */
	char between;        /* them; '\0': there is only one */
	/* sig_is_hex() or sig_is_base64() */
	bool (*is)(const uint8_t mac[SIG_SIZE], const char *text, size_t n);
};

/* The key, and the one before it; NULL: there is none. */
struct sig_keys {
	struct sig_key *now;
	struct sig_key *old;
};

/* From secrets that are keys as they stand. False: the first one is empty, or memory ran
 * out; nothing is left to close then. */
bool sig_keys_open(struct sig_keys *keys, const struct secret *now,
		   const struct secret *old);
void sig_keys_close(struct sig_keys *keys); /* also when it is zeroed */

/* Whether one of the header's signatures is of what the parts say together, by either key.
 * Spaces around one are fine, other versions are passed over. */
bool sig_check(const struct sig_spelling *spelling, const char *header,
	       const struct sig_keys *keys, const struct sig_part *parts, size_t n);

/* Whether text is a time in whole seconds since 1970 and not too far from now. */
bool sig_time_check(const char *text, int64_t now_ms);

#endif
