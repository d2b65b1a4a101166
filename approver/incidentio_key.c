/* SPDX-License-Identifier: Apache-2.0 */
/* Standard Webhooks' way to write a key. */
#include "approver/incidentio_key.h"

#include <string.h>

#include "shared/secret.h"

enum { KEY_MIN = 24, KEY_MAX = 64 };

static const char prefix[] = "whsec_";

static bool has_prefix(const struct secret *s)
{
	return strncmp(secret_text(s), prefix, strlen(prefix)) == 0;
}

static bool decode(const struct secret *s, uint8_t key[KEY_MAX], size_t *ret_n)
{
	size_t skip = strlen(prefix);

	return sig_base64_read(secret_text(s) + skip, s->len - skip, key, KEY_MAX,
			       ret_n) &&
	       *ret_n >= KEY_MIN;
}

bool incidentio_key_check(const char *name, const struct secret *s, struct fail *f)
{
	uint8_t key[KEY_MAX];
	size_t n = 0;
	bool good = !secret_is_set(s) || !has_prefix(s) || decode(s, key, &n);

	explicit_bzero(key, sizeof(key));
	if (good) {
		return true;
	}
	fail_set(f, FAIL_INVALID,
		 "%s starts with whsec_, but what follows is not a key of %d to %d bytes "
		 "in base64",
		 name, KEY_MIN, KEY_MAX);
	return fail_hint(f, "copy it again from incident.io, Settings > Webhooks.");
}

struct sig_key *incidentio_key_create(const struct secret *s)
{
	uint8_t key[KEY_MAX];
	struct sig_key *made = NULL;
	size_t n = 0;

	if (!secret_is_set(s)) {
		return NULL;
	}
	if (!has_prefix(s)) {
		return sig_key_create(secret_text(s), s->len);
	}
	if (decode(s, key, &n)) {
		made = sig_key_create(key, n);
	}
	explicit_bzero(key, sizeof(key));
	return made;
}
