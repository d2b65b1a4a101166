/* SPDX-License-Identifier: Apache-2.0 */
/* What a provider's webhook says: enough to know it again, and whom it concerns. Whoever
 * has proved to be the vendor is believed that something has changed over there, even in
 * words that we do not know; what has changed is read from the vendor itself. Pure. */
#ifndef APPROVER_VENDOR_EVENT_H
#define APPROVER_VENDOR_EVENT_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "accessd/types.h"

struct vendor_event {
	char id[NAME_SIZE];            /* the vendor's, or "": it has none in its body */
	char delivery[NAME_SIZE];      /* of its delivery, and not signed; or "" */
	char type[NAME_SIZE];          /* the vendor's word; never "" */
	char incident[VENDOR_ID_SIZE]; /* its id, or "" */
	bool quiet; /* known to change nothing that a policy asks for */
};

/* n bytes, proved to be of the vendor. ret_e is written in both cases: of what cannot be
 * read the type is "unreadable", and f says why. */
bool incidentio_event_parse(const char *body, size_t n, struct vendor_event *ret_e,
			    struct fail *f);
bool pagerduty_event_parse(const char *body, size_t n, struct vendor_event *ret_e,
			   struct fail *f);

/* For both: a member that fits, else "". */
void vendor_event_text(char *dst, size_t size, const char *text);

/* Whether the type starts with one of n words. */
bool vendor_event_starts(const char *type, const char *const *words, size_t n);

#endif
