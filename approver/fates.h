/* SPDX-License-Identifier: Apache-2.0 */
/* What became of incidents that are not live any more, asked once for all the grants that
 * rested on them. */
#ifndef APPROVER_FATES_H
#define APPROVER_FATES_H

#include "approver/service.h"

enum { FATES_MAX = 32 };

struct fate {
	char incident[VENDOR_ID_SIZE];
	bool known; /* else it could not be found out */
	bool live;
	bool is_private;
	char word[NAME_SIZE];
};

struct fates;
typedef void fates_cb(struct fates *f);

struct fates {
	struct approver *a;
	size_t provider;
	struct fate items[FATES_MAX];
	size_t n;
	struct fate_ask ask;
	bool asking;
	fates_cb *cb;
};

/* Forgets all that is known. */
void fates_init(struct fates *f, struct approver *a, size_t provider, fates_cb *cb);

/* What became of the incident; NULL: that is being asked, cb fires when it is there. One
 * question at a time. */
const struct fate *fates_get(struct fates *f, const char *incident);

void fates_cancel(struct fates *f);

#endif
