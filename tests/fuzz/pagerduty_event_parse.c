/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's webhooks, once they are proved: whatever they say, there is a word for it, its
 * ids are whole, and a ping is no change. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "approver/vendor_event.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void hold(bool ok)
{
	if (!ok) {
		abort();
	}
}

static void text_hold(const char *text, size_t size)
{
	size_t n = strnlen(text, size);

	hold(n < size && text_is_utf8(text, n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct vendor_event e;
	struct fail f = { 0 };
	bool read = pagerduty_event_parse((const char *)data, len, &e, &f);

	text_hold(e.id, sizeof(e.id));
	text_hold(e.incident, sizeof(e.incident));
	text_hold(e.type, sizeof(e.type));
	hold(e.type[0]);
	if (!read) {
		hold(f.kind == FAIL_INVALID && f.msg[0]);
		hold(strcmp(e.type, "unreadable") == 0 && !e.quiet && !e.incident[0]);
	}
	if (strcmp(e.type, "unknown") == 0) {
		hold(!e.quiet);
	}
	return 0;
}
