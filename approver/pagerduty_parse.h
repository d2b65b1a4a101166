/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's replies -> checked structs. Pure. Every filter that we send is applied again
 * here. Unknown members are ignored, unknown values of enums do not qualify; what is not
 * of the documented form is FAIL_INVALID. */
#ifndef APPROVER_PAGERDUTY_PARSE_H
#define APPROVER_PAGERDUTY_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/provider.h"
#include "accessd/types.h"
#include "approver/people.h"
#include "approver/reply.h"
#include "approver/snapshot.h"

/* Where a page of classic paging lies, as the reply has it. */
struct pagerduty_page {
	bool more;
	int64_t offset; /* -1: not said */
	int64_t limit;  /* -1: not said */
	size_t rows;
};

bool pagerduty_parse_page(const json_t *body, size_t rows,
			  struct pagerduty_page *ret_page, struct fail *f);

/* One page of GET /incidents: append the open incidents and who has acknowledged which to
 * s. On failure s is to be thrown away. */
bool pagerduty_parse_incidents(const char *data, size_t n, struct snapshot *s,
			       struct pagerduty_page *ret_page, struct fail *f);

/* Who of GET /users has this e-mail. `query` is a substring match over names and e-mails
 * over there, so most of what comes is somebody else. `found` counts those who have it,
 * `id` is the last of them. */
struct pagerduty_match {
	const char *email;
	unsigned found;
	char id[VENDOR_ID_SIZE];
};

bool pagerduty_parse_users(const char *data, size_t n, struct pagerduty_match *m,
			   struct pagerduty_page *ret_page, struct fail *f);

/* What of GET /oncalls says that `user` is on call: for policies at now_ms, each once with
 * its lowest level; if they are wanted, on schedules from since_ms to until_ms, each shift
 * once. */
struct pagerduty_calls {
	const char *user;
	bool want_schedules;
	int64_t now_ms, since_ms, until_ms;
	struct calls calls;
};

/* FAIL_BUSY: more than ON_CALL_MAX policies, or ON_SCHEDULES_MAX shifts. */
bool pagerduty_parse_oncalls(const char *data, size_t n, struct pagerduty_calls *c,
			     struct pagerduty_page *ret_page, struct fail *f);

/* What may be repeated of the body of an error: "code 2010", or "". */
void pagerduty_parse_error(const char *data, size_t n, char note[REPLY_NOTE_SIZE]);

#endif
