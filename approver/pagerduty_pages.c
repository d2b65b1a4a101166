/* SPDX-License-Identifier: Apache-2.0 */
/* From one page of PagerDuty's to the next. */
#include "approver/pagerduty_pages.h"

#include <inttypes.h>
#include <stdio.h>

static bool write_path(const struct pagerduty_pages *p, struct rest_read *read)
{
	int n = snprintf(read->path, sizeof(read->path), "%s&limit=%d&offset=%" PRId64,
			 p->list, PAGERDUTY_LIMIT, p->offset);

	return n > 0 && (size_t)n < sizeof(read->path);
}

bool pagerduty_pages_first(struct pagerduty_pages *p, struct rest_read *read)
{
	p->offset = 0;
	return write_path(p, read);
}

bool pagerduty_pages_next(struct pagerduty_pages *p, struct rest_read *read,
			  const struct pagerduty_page *page, struct fail *f)
{
	bool own_limit = page->limit > 0 && page->limit < PAGERDUTY_LIMIT;

	/* Another page than the one that was asked for. */
	if (page->offset >= 0 && page->offset != p->offset) {
		return rest_endless(read, f);
	}
	if (!page->more) {
		read->path[0] = '\0';
		return true;
	}
	/* A server that gives less than was asked for says so. */
	p->offset += own_limit ? page->limit : PAGERDUTY_LIMIT;
	if (page->rows == 0 || !write_path(p, read)) {
		return rest_endless(read, f);
	}
	return true;
}
