/* SPDX-License-Identifier: Apache-2.0 */
/* What changes of a grant while its state stays, with the message of it. */
#ifndef APPROVER_SET_H
#define APPROVER_SET_H

#include "accessd/notifier.h"
#include "accessd/store.h"
#include "approver/service.h"

struct grant_set;

/* FAIL_NONE: on disk, and the message is on its way. FAIL_CONFLICT: it has changed since it
 * was read. */
typedef void grant_set_cb(struct grant_set *s, const struct fail *f);

/* The setter embeds it and keeps its hands off until cb. */
struct grant_set {
	struct approver *a;
	struct grant_row was;      /* in: as it was read */
	struct grant_row to;       /* in: as it is to be */
	const char *what;          /* in: a word for the audit */
	const char *why;           /* in: for the audit; NULL: none; borrowed until cb */
	const char *by;            /* in: likewise */
	enum notice_kind kind;     /* in: the message; NOTICE_KIND_MAX: none */
	bool clear;                /* in: it has ended, and is to be taken back again */
	struct notice_facts about; /* in */
	grant_set_cb *cb;
	struct store_op op;           /* its own, as what follows */
	struct effect_row effects[2]; /* the order, if there is one; the message */
	char own[ORDER_OWN_SIZE];
};

/* Start from this row: `to` is the same, and `about` is filled with who and what. */
void grant_set_init(struct grant_set *s, struct approver *a, const struct grant_row *row,
		    const char *what, grant_set_cb *cb);

void grant_set_submit(struct grant_set *s);

#endif
