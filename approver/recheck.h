/* SPDX-License-Identifier: Apache-2.0 */
/* Sees that no grant outlives what it rests on. */
#ifndef APPROVER_RECHECK_H
#define APPROVER_RECHECK_H

#include "approver/service.h"

/* Looks now, and every minute. NULL when memory ran out. */
struct recheck *recheck_create(struct approver *a);

/* Moves must have ended. Accepts NULL. */
void recheck_destroy(struct recheck *c);

/* This provider says that something has changed: look now. */
void recheck_now(struct recheck *c, size_t provider);

/* Take back what is asked of the providers, which are about to be closed; and look again,
 * after they have been opened anew. */
void recheck_cancel(struct recheck *c);
void recheck_resume(struct recheck *c);

#endif
