/* SPDX-License-Identifier: Apache-2.0 */
/* Who does something to a grant, checked again each time: a full, active member of our
 * team, and for some things an admin of the config. Could not ask is never allowed. */
#ifndef APPROVER_ACTOR_H
#define APPROVER_ACTOR_H

#include "accessd/directory.h"
#include "accessd/provider.h"
#include "approver/service.h"

struct actor_check;

/* FAIL_DENIED: they may not, and f says why in words for them. FAIL_NONE: they may. Any
 * other: it could not be found out. */
typedef void actor_cb(struct actor_check *c, const struct fail *f);

struct actor_check {
	const char *team; /* in: borrowed until cb, as is user */
	const char *user;
	bool want_admin; /* in: find out whether they are one */
	bool admin;      /* out, with FAIL_NONE, as who */
	struct person who;
	actor_cb *cb;
	struct approver *a; /* the check's own, as what follows */
	struct directory_ask member;
	struct group_ask group;
	size_t next_admin; /* of the config's list: not asked about yet */
	bool asking, asking_group;
	struct fail unsure; /* a group could not be asked about */
};

void actor_check_start(struct approver *a, struct actor_check *c);

/* Its cb does not fire any more. Fine when it is over. */
void actor_check_cancel(struct actor_check *c);

#endif
