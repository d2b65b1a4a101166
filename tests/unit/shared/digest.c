/* SPDX-License-Identifier: Apache-2.0 */
/* Digests, by the vectors of their standards. */
#include "tests/lib/test.h"

#include "shared/digest.h"

static const char *hex_of(const uint8_t hash[DIGEST_SIZE])
{
	static char hex[DIGEST_HEX_SIZE];

	digest_hex(hash, DIGEST_SIZE, hex);
	return hex;
}

/* FIPS 180-2, B.1 and B.2. */
static void sha256_is_that_of_the_standard(void **state)
{
	static const char two[] =
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
	uint8_t hash[DIGEST_SIZE];
	struct digest *d = digest_create();

	(void)state;
	digest_of("abc", 3, hash);
	assert_string_equal(hex_of(hash), "ba7816bf8f01cfea414140de5dae2223b00361a396177a"
					  "9cb410ff61f20015ad");
	for (size_t cut = 0; cut < sizeof(two); cut++) {
		digest_add(d, two, cut);
		digest_add(d, two + cut, sizeof(two) - 1 - cut);
		digest_take(d, hash);
		assert_string_equal(hex_of(hash), "248d6a61d20638b8e5c026930c3e6039a33ce4"
						  "5964ff2167f6ecedd419db06c1");
	}
	digest_take(d, hash); /* of nothing */
	assert_string_equal(hex_of(hash), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b93"
					  "4ca495991b7852b855");
	digest_destroy(d);
	digest_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha256_is_that_of_the_standard),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
