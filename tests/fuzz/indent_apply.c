/* SPDX-License-Identifier: Apache-2.0 */
/* What targets answer: whatever they say, it is done only with a 2xx status, and a failure
 * says something. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "approver/indent_apply.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static const long statuses[] = { 200, 204, 302, 400, 429, 500, 503 };
	struct fail f = { 0 };
	long status = len ? statuses[data[0] % ARRAY_LEN(statuses)] : 200;
	size_t n = len ? len - 1 : 0;
	char *body = calloc(1, n + 1);
	bool ok;

	if (!body) {
		return 0;
	}
	memcpy(body, data + (len ? 1 : 0), n);
	ok = indent_apply_read(status, body, n, &f);
	if (ok ? status / 100 != 2 : (f.kind == FAIL_NONE || !f.msg[0])) {
		abort();
	}
	free(body);
	return 0;
}
