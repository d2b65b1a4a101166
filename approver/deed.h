/* SPDX-License-Identifier: Apache-2.0 */
/* What the deeds share (end.c, extend.c, keep.c, freeze.c, again.c): who does it, to what,
 * and what they are told. */
#ifndef APPROVER_DEED_H
#define APPROVER_DEED_H

#include "approver/actor.h"
#include "approver/service.h"

enum { DEED_ROWS = 32 };

struct deed_job;
typedef void deed_step_fn(struct deed_job *j);

struct deed_job {
	struct approver *a;
	struct deed *d;
	struct deed_job *next, *prev;
	struct actor_check actor;
	deed_step_fn *then;   /* what comes when what is under way is over */
	deed_step_fn *own;    /* when the one of theirs was found */
	deed_step_fn *cancel; /* the kind's own; may be NULL */
	struct live_filter filter;
	struct store_op op;
	struct grant_row rows[DEED_ROWS]; /* that were found */
	size_t n;
	void *more; /* the kind's own, free()d with the job; or NULL */
};

/* Begin: find out who it is, then `then`. want_admin: they must be one. `more` bytes are
 * the kind's own, zeroed. */
void deed_start(struct approver *a, struct deed *d, bool want_admin, size_t more,
		deed_step_fn *then);

/* Whose deed it is, for the record. Never "". */
const char *deed_by(const struct deed_job *j);

/* Find live grants by j->filter beyond the id `after`, then `then`. */
void deed_find(struct deed_job *j, const char *after, deed_step_fn *then);

/* The one live grant of theirs that the target means is in rows[0], then `then`. Else they
 * are told why not. */
void deed_find_own(struct deed_job *j, deed_step_fn *then);

/* The end: they are told, with FAIL_NONE as a success. j is gone. */
void deed_end(struct deed_job *j, enum fail_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* The ledger failed: say so. */
void deed_end_unrecorded(struct deed_job *j, const struct fail *f);

/* Why a grant that the deed was about is not what it was: "prod-db has ended already, 4 s
 * ago." */
void deed_end_late(struct deed_job *j, const char *id);

/* All callbacks fire with FAIL_CANCELLED. The store is closed. */
void deeds_close(struct approver *a);

#endif
