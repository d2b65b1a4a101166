/* SPDX-License-Identifier: Apache-2.0 */
/* What a provisioner is told of a grant beyond its row, as JSON in the ledger: kept when it
 * is granted, so that the end is asked for in the same words whatever the config says by
 * then. Pure. */
#ifndef APPROVER_TOLD_H
#define APPROVER_TOLD_H

#include "accessd/config.h"
#include "accessd/fail.h"
#include "accessd/types.h"

struct told {
	char email[EMAIL_SIZE]; /* verified, or "" */
	struct str_map labels;  /* of the person; ours, as the target */
	struct target target;
};

/* labels: of the person, or NULL. free() the result; NULL when memory ran out. */
char *told_format(const struct resource *r, const char *email,
		  const struct str_map *labels);

/* On success told_finish() it. */
bool told_parse(const char *json, struct told *ret_t, struct fail *f);
void told_finish(struct told *t);

/* One person's access at one target, however many resources and grants lead there. */
void told_lane(const struct resource *r, const char *team, const char *user,
	       char dst[LANE_SIZE]);

#endif
