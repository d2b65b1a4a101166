/* SPDX-License-Identifier: Apache-2.0 */
/* The secret of an incident.io webhook, as it is handed out and as it is pasted. */
#include "approver/incidentio_key.h"

#include <string.h>

#include "shared/secret.h"
#include "tests/lib/sign.h"
#include "tests/lib/test.h"

#define HEX24 \
	"\x00\x11\x22\x33\x44\x55\x66\x77\x88\x99\xaa\xbb" \
	"\xcc\xdd\xee\xff\x00\x11\x22\x33\x44\x55\x66\x77"

/* clang-format off */
static const struct {
	const char *text;
	const char *key; /* NULL: refused */
	size_t len;
} secrets[] = {
	{ "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3", HEX24, 24 },
	{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24 },
	/* Without the prefix it is a key as it stands. */
	{ "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3", "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3", 32 },
	{ "a plain key", "a plain key", 11 },
	{ "whsec_", NULL, 0 },
	{ "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWY", NULL, 0 },  /* a character lost */
	{ "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3=", NULL, 0 },
	{ "whsec_ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3", NULL, 0 }, /* the other alphabet */
	{ "whsec_ABEiM0RVZneImaq7zN3u/w==", NULL, 0 },         /* 16 bytes */
	{ "whsec_ABEi M0RVZneImaq7zN3u/wARIjNEVWZ", NULL, 0 },
	{ "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL, 0 },
};
/* clang-format on */

static bool same_key(struct sig_key *k, const void *key, size_t len)
{
	const struct sig_part parts[] = { { "a.1.x", 5 } };
	uint8_t mac[SIG_SIZE];
	char header[SIGNED_SIZE];

	sign_svix(key, len, "a", "1", "x", 1, header);
	sig_hmac(k, parts, 1, mac);
	return sig_is_base64(mac, header + 3, strlen(header + 3));
}

static void what_is_handed_out_becomes_its_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		struct secret s = { 0 };
		struct fail f = { 0 };

		secret_set(&s, secrets[i].text, strlen(secrets[i].text));
		struct sig_key *k = incidentio_key_create(&s);

		assert_row((k != NULL) == (secrets[i].key != NULL), i, secrets[i].text);
		assert_row(incidentio_key_check("a.b", &s, &f) == (k != NULL), i,
			   secrets[i].text);
		if (k) {
			assert_row(same_key(k, secrets[i].key, secrets[i].len), i,
				   secrets[i].text);
		} else {
			assert_has(f.msg, "a.b starts with whsec_");
			assert_has_not(f.msg, "ABEi");
		}
		sig_key_destroy(k);
		secret_finish(&s);
	}
}

static void one_that_is_not_there_is_no_mistake(void **state)
{
	struct secret unset = { 0 };
	struct fail f;

	(void)state;
	assert_true(incidentio_key_check("a.b", &unset, &f));
	assert_null(incidentio_key_create(&unset));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_handed_out_becomes_its_key),
		cmocka_unit_test(one_that_is_not_there_is_no_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
