/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/sig.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

/* RFC 4231, cases 1 and 2. */
/* clang-format off */
static const struct {
	const char *key, *data, *hex, *base64;
} vectors[] = {
	{ "\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b\x0b", "Hi There",
	  "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
	  "sDRMYdjbOFNcqK/OrwvxK4gdwgDJgz2nJuk3bC4yz/c=" },
	{ "Jefe", "what do ya want for nothing?",
	  "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
	  "W9zBRr9gdU5qBCQmCJV1x1oAPwidJzmDnexYuWTsOEM=" },
};

static const struct {
	const char *text;
	int len; /* -1: refused */
} base64s[] = {
	{ "aGVsbG8=", 5 }, { "aGVsbG8h", 6 }, { "aA==", 1 }, { "", -1 }, { "a", -1 }, { "aGVsbG8", -1 },
	{ "aGVsbG8 ", -1 }, { "aGVs\nbG8=", -1 }, { "aGVsbG8=\n", -1 }, { "====", -1 }, { "a===", -1 },
	{ "aG=s", -1 }, { "aGVsbG8-", -1 }, { "aGVsbG8_", -1 }, { "YWJjZGVmZ2hpamtsbW5v", -1 },
};
/* clang-format on */

static void macs_are_those_of_the_rfc(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		const char *data = vectors[i].data;
		struct sig_key *k =
			sig_key_create(vectors[i].key, strlen(vectors[i].key));
		const struct sig_part parts[] = { { data, 2 },
						  { "", 0 },
						  { data + 2, strlen(data) - 2 } };
		uint8_t mac[SIG_SIZE];
		char hex[SIG_HEX_SIZE];

		assert_non_null(k);
		for (int twice = 0; twice < 2; twice++) {
			sig_hmac(k, parts, ARRAY_LEN(parts), mac);
			sig_hex(mac, hex);
			assert_string_equal(hex, vectors[i].hex);
		}
		assert_true(sig_is_hex(mac, vectors[i].hex, 64));
		assert_true(sig_is_base64(mac, vectors[i].base64, 44));
		sig_key_destroy(k);
	}
}

static void another_spelling_is_not_it(void **state)
{
	struct sig_key *k = sig_key_create("Jefe", 4);
	const struct sig_part part = { vectors[1].data, strlen(vectors[1].data) };
	char hex[80];
	char base64[80];
	uint8_t mac[SIG_SIZE];

	(void)state;
	sig_hmac(k, &part, 1, mac);
	for (size_t n = 0; n < 64; n++) {
		assert_false(sig_is_hex(mac, vectors[1].hex, n));
	}
	for (size_t i = 0; i < 64; i++) {
		snprintf(hex, sizeof(hex), "%s", vectors[1].hex);
		hex[i] = (char)(hex[i] >= 'a' ? hex[i] - 32 : hex[i] ^ 1);
		assert_false(sig_is_hex(mac, hex, 64));
	}
	for (size_t i = 0; i < 44; i++) {
		snprintf(base64, sizeof(base64), "%s", vectors[1].base64);
		base64[i] ^= 1;
		assert_false(sig_is_base64(mac, base64, 44));
	}
	assert_false(sig_is_base64(mac, vectors[1].base64, 43));
	sig_key_destroy(k);
}

static void an_empty_key_is_none(void **state)
{
	(void)state;
	assert_null(sig_key_create("", 0));
	sig_key_destroy(NULL);
}

static void base64_is_read_strictly(void **state)
{
	uint8_t room[12];
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(base64s); i++) {
		bool ok = sig_base64_read(base64s[i].text, strlen(base64s[i].text), room,
					  sizeof(room), &n);

		assert_row(ok == (base64s[i].len >= 0), i, base64s[i].text);
		assert_row(!ok || n == (size_t)base64s[i].len, i, base64s[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(macs_are_those_of_the_rfc),
		cmocka_unit_test(another_spelling_is_not_it),
		cmocka_unit_test(an_empty_key_is_none),
		cmocka_unit_test(base64_is_read_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
