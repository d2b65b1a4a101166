/* SPDX-License-Identifier: Apache-2.0 */
/* Is it Indent who sends this, and just now? Pure. */
#ifndef APPROVER_INDENT_PROOF_H
#define APPROVER_INDENT_PROOF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/sig.h"

/* A header as it came: its first value, or NULL, and how often it was sent. */
struct indent_header {
	const char *value;
	size_t n;
};

struct indent_signed {
	struct indent_header timestamp; /* X-Indent-Timestamp */
	struct indent_header signature; /* X-Indent-Signature */
	const char *body;               /* raw */
	size_t len;
};

/* The signature is the HMAC over "v0:" + timestamp + ":" + body, 64 digits in lower case,
 * compared in constant time. Then the time, by RFC 3339, is at most window_s from now_ms;
 * 0: it may be anything, as in the original. ret_mac names the request, *ret_until_ms says
 * until when (wall) its time would do; 0 with no window.
 *
 * FAIL_DENIED: not proved. FAIL_INVALID, FAIL_TIMEOUT: proved, but its time is unreadable,
 * or not now. */
bool indent_prove(struct sig_key *key, const struct indent_signed *s, int64_t window_s,
		  int64_t now_ms, uint8_t ret_mac[SIG_SIZE], int64_t *ret_until_ms,
		  struct fail *f);

#endif
