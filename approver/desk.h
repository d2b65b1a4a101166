/* SPDX-License-Identifier: Apache-2.0 */
/* The half of a provider that is the same for all: who asks and what they wait for, the
 * snapshot and the people that they share, and when these are too old. A provider embeds
 * a desk, says how to read what is particular (struct desk_ops), and takes its functions
 * into its struct provider_ops. */
#ifndef APPROVER_DESK_H
#define APPROVER_DESK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/provider.h"
#include "approver/ask_list.h"
#include "approver/people.h"
#include "approver/rest.h"
#include "approver/snapshot.h"
#include "shared/loop.h"

struct desk;
struct metric;

/* What a provider does for its desk: begin to read. Each ends with the function beside it,
 * never before the start has returned; for one thing only one reading is under way. */
struct desk_ops {
	/* The snapshot; desk_fetched(). */
	void (*fetch)(struct desk *d);
	/* w->person -> who_found(); desk_identified(). True: it was known without asking
	 * anybody, and is written. */
	bool (*identify)(struct desk *d, struct who *w);
	/* w->user -> w->on_call; desk_called(). NULL: this provider knows no on-call. */
	void (*on_call)(struct desk *d, struct who *w);
};

struct desk {
	struct provider provider; /* first: what others hold */
	struct provider_env env;
	const struct desk_ops *ops;
	struct rest rest;
	const struct snapshot *snapshot; /* NULL when list.there is false */
	struct reading list;
	struct people *people;
	uint64_t drops;          /* how often drop() was called */
	struct ask_list waiting; /* oldest first, so soonest to run out of time */
	struct ask_list ready, delivering; /* their answers are written */
	struct loop_timer deliver, deadline;
	unsigned extra; /* readings that may be begun before max_age has passed */
	int64_t extra_since_ms;
	bool asked, ok; /* the last fetch */
	char why[CAUSE_SIZE];
	struct metric *m_seconds;
};

/* d is part of a zeroed struct. On failure nothing is left to finish. */
bool desk_init(struct desk *d, const struct provider_ops *provider,
	       const struct rest_vendor *vendor, const struct desk_ops *ops,
	       const struct provider_env *env, struct fail *f);
void desk_finish(struct desk *d);

/* For struct provider_ops. */
void desk_ask(struct provider *p, struct standing_ask *ask);
bool desk_know(struct provider *p, struct standing_ask *ask);
void desk_cancel(struct provider *p, struct standing_ask *ask);
void desk_drop(struct provider *p);
void desk_warm(struct provider *p);
void desk_health(const struct provider *p, struct provider_health *ret_h);

/* How readings end. f->kind FAIL_NONE: it is there. The snapshot is sealed here and is the
 * desk's then; NULL with a failure. */
void desk_fetched(struct desk *d, struct snapshot *s, const struct fail *f);
void desk_identified(struct desk *d, struct who *w, const struct fail *f);
void desk_called(struct desk *d, struct who *w, const struct fail *f);

#endif
