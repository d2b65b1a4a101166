/* SPDX-License-Identifier: Apache-2.0 */
/* What follows for one grant from how it is now with what it rests on. */
#ifndef APPROVER_LOST_H
#define APPROVER_LOST_H

#include "approver/fates.h"
#include "approver/grant.h"
#include "approver/policy.h"
#include "approver/set.h"

enum lost_step {
	LOST_NOTHING, /* all is well, or it is not known, or nothing is to be done yet */
	LOST_WARN,    /* the grace begins */
	LOST_BACK,    /* it is there again within the grace */
	LOST_END      /* the grace is over */
};

/* Pure. now_ms is wall time; fate: with STANDING_GONE. */
enum lost_step lost_decide(const struct policy *p, const struct grant_row *g,
			   enum standing now, const struct fate *fate, int64_t now_ms);

/* Wall: when the grace of what was lost is over; INT64_MAX: it is not lost. Pure. */
int64_t lost_until_ms(const struct policy *p, const struct grant_row *g);

/* "INC-204 was resolved", "Your shift is over"; to: the holder reads it, else everybody
 * does. Names no private
 * incident. Pure. */
void lost_words(const struct grant_row *g, enum standing now, const struct snapshot *s,
		const struct fate *fate, bool to_holder, char dst[CAUSE_SIZE]);

struct lost;
typedef void lost_cb(struct lost *l);

struct lost {
	struct approver *a;
	enum lost_step step;
	const char *cause;
	char why[CAUSE_SIZE];
	int64_t again_ms; /* wall: when to look at it again; INT64_MAX: as always */
	struct grant_move move;
	struct grant_set set;
	lost_cb *cb; /* it is over, whatever became of it: what failed comes again */
	void *data;
};

/* NULL: there is nothing to be done now. free() it. */
struct lost *lost_create(struct approver *a, const struct policy *p,
			 const struct grant_row *g, enum standing now,
			 const struct snapshot *s, const struct fate *fate);

/* It rests on what is in v from now on, where its holder is `user`. Likewise. */
struct lost *lost_rest_on(struct approver *a, const struct grant_row *g,
			  const struct verdict *v, const char *user);

void lost_start(struct lost *l);

#endif
