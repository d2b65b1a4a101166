/* SPDX-License-Identifier: Apache-2.0 */
/* Asking again for what was denied, with the same words: a new request. */
#include "approver/deed.h"
#include "shared/text.h"

/* The job's own. */
struct again {
	struct deed_job *job;
	struct request_row old;
	struct ask ask;
};

static void on_asked(struct ask *ask, const struct fail *f)
{
	struct deed_job *j = container_of(ask, struct again, ask)->job;

	if (f->kind == FAIL_NONE) {
		deed_end(j, FAIL_NONE, "%s", ""); /* the decision follows */
	} else {
		deed_end_unrecorded(j, f);
	}
}

/* The old one's words; where to answer is where they are now. */
static void row_fill(struct request_row *row, const struct request_row *old,
		     const struct deed *d)
{
	*row = (struct request_row){ .for_s = old->for_s };
	text_copy(row->source, sizeof(row->source), old->source);
	text_copy(row->team, sizeof(row->team), d->team);
	text_copy(row->user, sizeof(row->user), d->user);
	text_copy(row->channel, sizeof(row->channel), d->channel);
	text_copy(row->reply_url, sizeof(row->reply_url), d->reply_url);
	text_copy(row->resource, sizeof(row->resource), old->resource);
	text_copy(row->incident, sizeof(row->incident), old->incident);
	text_copy(row->reason, sizeof(row->reason), old->reason);
}

static void on_old(struct store_op *op, const struct fail *f)
{
	struct deed_job *j = container_of(op, struct deed_job, op);
	struct again *again = j->more;
	const struct request_row *old = &again->old;

	if (!service_ledger(j->a, f)) {
		deed_end_unrecorded(j, f);
	} else if (!op->request_get.found || !text_same(old->team, j->d->team) ||
		   !text_same(old->user, j->d->user)) {
		deed_end(j, FAIL_DENIED,
			 "That was somebody else's request. Ask with your own words.");
	} else if (!approver_has_room(j->a) || j->a->closing) {
		deed_end(j, FAIL_BUSY,
			 "Too many requests are being decided. Try again in a minute.");
	} else {
		again->job = j;
		row_fill(&again->ask.row, old, j->d);
		again->ask.keys[0] = j->d->keys[0];
		again->ask.keys[1] = j->d->keys[1];
		again->ask.cb = on_asked;
		approver_ask(j->a, &again->ask);
	}
}

static void look(struct deed_job *j)
{
	struct again *again = j->more;

	j->op = (struct store_op){ .kind = STORE_REQUEST_GET, .cb = on_old };
	text_copy(j->op.request_get.id, sizeof(j->op.request_get.id), j->d->target);
	j->op.request_get.row = &again->old;
	store_submit(j->a->store, &j->op);
}

/* Who they are is asked by the request itself; what matters here is whose the old one is. */
void approver_again(struct approver *a, struct deed *d)
{
	deed_start(a, d, false, sizeof(struct again), look);
}
