/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold of a vendor's webhook once it is proved: whatever it says, there is a word
 * for it, its ids are whole, and a ping is no change. */
#ifndef TESTS_LIB_FUZZ_EVENT_H
#define TESTS_LIB_FUZZ_EVENT_H

#include "approver/vendor_event.h"
#include "tests/lib/fuzz.h"

typedef bool event_parse_fn(const char *body, size_t n, struct vendor_event *ret_e,
			    struct fail *f);

static inline void fuzz_event(event_parse_fn *parse, const uint8_t *data, size_t len)
{
	struct vendor_event e;
	struct fail f = { 0 };
	bool read = parse((const char *)data, len, &e, &f);

	hold_text(e.id, sizeof(e.id));
	hold_text(e.incident, sizeof(e.incident));
	hold_text(e.type, sizeof(e.type));
	hold(e.type[0]);
	if (!read) {
		hold(f.kind == FAIL_INVALID && f.msg[0]);
		hold(strcmp(e.type, "unreadable") == 0 && !e.quiet && !e.incident[0]);
	}
	if (strcmp(e.type, "unknown") == 0) {
		hold(!e.quiet);
	}
}

#endif
