/* SPDX-License-Identifier: Apache-2.0 */
/* What can become of a call of Indent's webhook, and how each is told: to the platform, to
 * the log and to the metrics. */
#ifndef APPROVER_INDENT_OUTCOME_H
#define APPROVER_INDENT_OUTCOME_H

#include "accessd/fail.h"
#include "shared/buf.h"
#include "shared/calm.h"

struct http_exchange;
struct loop;
struct metric;
struct metrics;

enum indent_outcome {
	/* It was answered as asked: HTTP 200. */
	OUTCOME_GRANTED,
	OUTCOME_DENIED,
	OUTCOME_INFO,
	OUTCOME_PULLED,
	OUTCOME_NOTHING_ASKED,
	/* It failed: HTTP 500. */
	OUTCOME_COULD_NOT_ASK,
	OUTCOME_FAILED,
	OUTCOME_NOT_OURS,
	OUTCOME_NOT_PROVED,
	OUTCOME_NOT_NOW,
	OUTCOME_REPLAYED,
	OUTCOME_UNREADABLE,
	/* Nobody was there to hear it. */
	OUTCOME_GONE,
};

struct indent_teller {
	struct loop *loop;
	struct metric *calls;
	struct calm calm; /* of what strangers can cause */
};

/* Both are borrowed; metrics may be NULL. There is nothing to finish. */
void indent_teller_init(struct indent_teller *t, struct loop *l, struct metrics *metrics);

/* Each answers x, once, and counts it; `out` is finished. Of a decision nothing is logged
 * here: the approver has done that, with all that there is to it. */
void indent_tell_decision(struct indent_teller *t, struct http_exchange *x,
			  enum indent_outcome o, struct buf *out);
void indent_tell(struct indent_teller *t, struct http_exchange *x, enum indent_outcome o,
		 struct buf *out);

/* One that failed; f->msg is the detail that people read. */
void indent_tell_failure(struct indent_teller *t, struct http_exchange *x,
			 enum indent_outcome o, const struct fail *f);

/* The client went away: nobody is answered. */
void indent_tell_gone(struct indent_teller *t, const struct http_exchange *x);

#endif
