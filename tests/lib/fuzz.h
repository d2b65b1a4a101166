/* SPDX-License-Identifier: Apache-2.0 */
/* What a fuzzer says must hold; where it does not, libFuzzer keeps the input. */
#ifndef TESTS_LIB_FUZZ_H
#define TESTS_LIB_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static inline void hold(bool ok)
{
	if (!ok) {
		abort();
	}
}

/* It ends within its size, and is UTF-8. */
static inline void hold_text(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	hold(n < size && text_is_utf8(text, n));
}

#endif
