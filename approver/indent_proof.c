/* SPDX-License-Identifier: Apache-2.0 */
/* Indent's signature, and the window that its own verifiers do not have. */
#include "approver/indent_proof.h"

#include <string.h>

#include "accessd/types.h"
#include "shared/duration.h"
#include "shared/text.h"

/* Twice is not twice as good: who reads which of them? */
static bool is_there_once(const struct indent_header *h, const char *name, struct fail *f)
{
	if (h->n == 1 && *h->value) {
		return true;
	}
	return fail_set(f, FAIL_DENIED, h->n > 1 ? "%s is there twice" : "%s is missing",
			name);
}

static bool is_signed(struct sig_key *key, const struct indent_signed *s,
		      uint8_t ret_mac[SIG_SIZE], struct fail *f)
{
	const struct sig_part parts[] = {
		{ "v0:", 3 },
		{ s->timestamp.value, strlen(s->timestamp.value) },
		{ ":", 1 },
		{ s->body, s->len },
	};

	sig_hmac(key, parts, ARRAY_LEN(parts), ret_mac);
	return sig_is_hex(ret_mac, s->signature.value, strlen(s->signature.value)) ||
	       fail_set(f, FAIL_DENIED,
			"X-Indent-Signature is of another secret or "
			"another body");
}

static bool is_now(const char *timestamp, int64_t window_s, int64_t now_ms,
		   int64_t *ret_until_ms, struct fail *f)
{
	int64_t at_ms;
	char window[DURATION_SIZE];

	if (!text_parse_time(timestamp, &at_ms)) {
		return fail_set(f, FAIL_INVALID,
				"X-Indent-Timestamp is no time as RFC 3339 has it");
	}
	if (at_ms - now_ms > window_s * 1000 || now_ms - at_ms > window_s * 1000) {
		duration_format(window_s, window);
		return fail_set(f, FAIL_TIMEOUT,
				"X-Indent-Timestamp is more than %s from now", window);
	}
	*ret_until_ms = at_ms + window_s * 1000;
	return true;
}

bool indent_prove(struct sig_key *key, const struct indent_signed *s, int64_t window_s,
		  int64_t now_ms, uint8_t ret_mac[SIG_SIZE], int64_t *ret_until_ms,
		  struct fail *f)
{
	if (!is_there_once(&s->timestamp, "X-Indent-Timestamp", f) ||
	    !is_there_once(&s->signature, "X-Indent-Signature", f) ||
	    !is_signed(key, s, ret_mac, f)) {
		return false;
	}
	*ret_until_ms = 0;
	return window_s == 0 ||
	       is_now(s->timestamp.value, window_s, now_ms, ret_until_ms, f);
}
