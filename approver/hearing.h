/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a hook for events that is the same for all: what was proved is remembered,
 * then its sender is answered; what was not is refused.
 *
 *   proved -> in the ledger -> 202; heard before -> 202 as well, and nothing happens twice
 *   the ledger does not take it -> 503, and the vendor sends it again
 *   not proved -> 401
 *
 * approver/hook_incidentio.c and hook_pagerduty.c embed one. */
#ifndef APPROVER_HEARING_H
#define APPROVER_HEARING_H

#include "accessd/hook.h"
#include "approver/vendor_event.h"
#include "shared/calm.h"

struct heard;
struct http_exchange;
struct metric;

struct hearing {
	const char *provider; /* its key, and whom the refusals are logged for */
	struct loop *loop;
	struct approver *approver;
	struct heard *first; /* what is not answered yet */
	struct calm calm;
	struct metric *m_results;
	struct metric *m_last;
};

void hearing_open(struct hearing *h, const struct hook_env *env, const char *provider);

/* What is under way is remembered all the same; nobody is answered any more. */
void hearing_close(struct hearing *h);

/* why: for the sender and the log, and not a word of what was sent. */
void hearing_refuse(struct hearing *h, struct http_exchange *x, const char *why);

/* e is of a proved sender, e->id is not "". f: why it could not be read, or FAIL_NONE. */
void hearing_take(struct hearing *h, struct http_exchange *x,
		  const struct vendor_event *e, const struct fail *f);

#endif
