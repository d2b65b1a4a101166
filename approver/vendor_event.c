/* SPDX-License-Identifier: Apache-2.0 */
/* What the parsers of events share. */
#include "approver/vendor_event.h"

#include <string.h>

#include "shared/text.h"

/* Half an id is somebody else's. */
void vendor_event_text(char *dst, size_t size, const char *text)
{
	if (!text_copy(dst, size, text)) {
		dst[0] = '\0';
	}
}

bool vendor_event_starts(const char *type, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (strncmp(type, words[i], strlen(words[i])) == 0) {
			return true;
		}
	}
	return false;
}
