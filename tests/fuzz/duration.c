/* SPDX-License-Identifier: Apache-2.0 */
/* Durations: what is read is in range, can be shown, and looked like one before. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/duration.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not true: %s\n", what);
		abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[300];
	char shown[DURATION_SIZE];
	struct fail f = { 0 };
	int64_t s = 0;

	text_copy_n(text, sizeof(text), (const char *)data, size);
	if (!duration_parse(text, &s, &f)) {
		must(f.kind == FAIL_INVALID && f.msg[0], "a failure says what is wrong");
		must(s == 0, "a failure writes nothing");
		duration_looks_like(text);
		return 0;
	}
	must(s >= 1 && s <= DURATION_MAX_S, "a duration is in range");
	must(duration_looks_like(text), "what is one looks like one");
	duration_format(s, shown);
	must(strlen(shown) > 2, "a duration can be shown");
	return 0;
}
