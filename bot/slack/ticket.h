/* SPDX-License-Identifier: Apache-2.0 */
/* The reply of apps.connections.open: a URL that is good for one dial, or why there is
 * none. Pure. */
#ifndef BOT_SLACK_TICKET_H
#define BOT_SLACK_TICKET_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"
#include "shared/http_client.h"

/* Append the URL to ret_url. FAIL_DENIED and FAIL_INVALID: nothing will change before
 * somebody changes a setting, and the hint says which. All else passes; FAIL_BUSY has
 * retry_after_s. */
bool ticket_read(const struct http_response *res, const char *api_url, int64_t wall_ms,
		 struct buf *ret_url, struct fail *f);

/* Where we may dial: *.slack.com, *.slack-gov.com, or the host of an api_url that is on
 * loopback itself. */
bool ticket_host_check(const char *url, const char *api_url, struct fail *f);

/* Whether the table of error words is in order. For tests. */
bool ticket_errors_sorted(void);

#endif
