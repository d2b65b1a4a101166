/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's classic paging: limit, offset, more. Pure, but for writing the path. */
#ifndef APPROVER_PAGERDUTY_PAGES_H
#define APPROVER_PAGERDUTY_PAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "approver/pagerduty_parse.h"
#include "approver/rest.h"

/* "default 25, max 100"; "offset+limit may not pass 10 000". */
enum { PAGERDUTY_LIMIT = 100, PAGERDUTY_PAGES_MAX = 10000 / PAGERDUTY_LIMIT };

struct pagerduty_pages {
	char list[URL_SIZE]; /* path and query, without limit and offset */
	int64_t offset;
};

/* Write the path of the first page. False when it does not fit. */
bool pagerduty_pages_first(struct pagerduty_pages *p, struct rest_read *read);

/* Write the path of the page that follows `page`, "" when that was the last. False when
 * the list has no end within reach, or the server leads in circles. */
bool pagerduty_pages_next(struct pagerduty_pages *p, struct rest_read *read,
			  const struct pagerduty_page *page, struct fail *f);

#endif
