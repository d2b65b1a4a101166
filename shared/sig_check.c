/* SPDX-License-Identifier: Apache-2.0 */
/* Signature headers. */
#include "shared/sig_check.h"

#include <string.h>

#include "shared/secret.h"

enum { TIME_DIGITS_MAX = 12 };

bool sig_keys_open(struct sig_keys *keys, const struct secret *now,
		   const struct secret *old)
{
	*keys = (struct sig_keys){ .now = sig_key_create(secret_text(now), now->len) };
	if (keys->now && secret_is_set(old)) {
		keys->old = sig_key_create(secret_text(old), old->len);
	}
	if (!keys->now || (secret_is_set(old) && !keys->old)) {
		sig_keys_close(keys);
		return false;
	}
	return true;
}

void sig_keys_close(struct sig_keys *keys)
{
	sig_key_destroy(keys->now);
	sig_key_destroy(keys->old);
	*keys = (struct sig_keys){ 0 };
}

/* One entry, its spaces and version still around it. */
static bool entry_is(const struct sig_spelling *s, const char *text, size_t n,
		     const uint8_t mac[SIG_SIZE])
{
	size_t version = strlen(s->version);

	while (n > 0 && *text == ' ') {
		text++;
		n--;
	}
	while (n > 0 && text[n - 1] == ' ') {
		n--;
	}
	return n > version && memcmp(text, s->version, version) == 0 &&
	       s->is(mac, text + version, n - version);
}

static bool header_has(const struct sig_spelling *s, const char *header,
		       const uint8_t mac[SIG_SIZE])
{
	bool found = false;

	for (const char *at = header; at;) {
		const char *end = s->between ? strchr(at, s->between) : NULL;
		size_t n = end ? (size_t)(end - at) : strlen(at);

		found |= entry_is(s, at, n, mac);
		at = end ? end + 1 : NULL;
	}
	return found;
}

bool sig_check(const struct sig_spelling *spelling, const char *header,
	       const struct sig_keys *keys, const struct sig_part *parts, size_t n)
{
	struct sig_key *const both[] = { keys->now, keys->old };
	uint8_t mac[SIG_SIZE];
	bool found = false;

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		if (both[i]) {
			sig_hmac(both[i], parts, n, mac);
			found |= header_has(spelling, header, mac);
		}
	}
	return found;
}

bool sig_time_check(const char *text, int64_t now_ms)
{
	size_t n = strspn(text, "0123456789");
	int64_t at_s = 0;
	int64_t off_s;

	if (n == 0 || n > TIME_DIGITS_MAX || text[n] != '\0') {
		return false;
	}
	for (size_t i = 0; i < n; i++) {
		at_s = at_s * 10 + (text[i] - '0');
	}
	off_s = now_ms / 1000 - at_s;
	return off_s >= -SIG_WINDOW_S && off_s <= SIG_WINDOW_S;
}
