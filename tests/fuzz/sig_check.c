/* SPDX-License-Identifier: Apache-2.0 */
/* Signature headers and times: nothing is taken that does not hold the one right spelling
 * of the mac, whatever stands around it. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/sig_check.h"
#include "tests/lib/fuzz.h"

static const struct sig_spelling spellings[] = {
	{ "v1=", ',', sig_is_hex },
	{ "v0=", '\0', sig_is_hex },
	{ "v1,", ' ', sig_is_base64 },
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const struct sig_part part = { "", 0 };
	struct sig_keys keys = { .now = sig_key_create("k", 1) };
	char *header = strndup((const char *)data, len);
	uint8_t mac[SIG_SIZE];
	char right[SIG_HEX_SIZE];

	hold(header && keys.now);
	sig_hmac(keys.now, &part, 1, mac);
	sig_hex(mac, right);
	for (size_t i = 0; i < ARRAY_LEN(spellings); i++) {
		bool taken = sig_check(&spellings[i], header, &keys, &part, 1);

		hold(!taken || strstr(header, spellings[i].version));
		hold(!taken || i == 2 || strstr(header, right));
	}
	if (sig_time_check(header, 1700000000000)) {
		long long at = strtoll(header, NULL, 10);

		hold(at >= 1699999700 && at <= 1700000300);
	}
	sig_keys_close(&keys);
	free(header);
	return 0;
}
