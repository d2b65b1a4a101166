/* SPDX-License-Identifier: Apache-2.0 */
/* Which of our resources an access/request of Indent speaks of. Pure. */
#ifndef APPROVER_INDENT_MATCH_H
#define APPROVER_INDENT_MATCH_H

#include <stddef.h>

#include "accessd/approver.h"
#include "shared/jx.h"

struct indent_match {
	const char *names[DECISION_RESOURCES_MAX]; /* the config's; all have to pass */
	size_t n;
	char refused[CAUSE_SIZE]; /* why nothing can be given, for people; or "" */
	char called[NAME_SIZE];   /* what the ledger calls it */
};

/* Every target is one of our resources, or several, all of which have to pass then:
 *  - by its id, which is target.id of one;
 *  - else by its id, which is the name of one;
 *  - else by its display name, likewise;
 *  - else by its labels: each that has labels, all of which the target has.
 * A target that is none of ours is refused, and so is no target at all. People among them
 * are no targets. */
void indent_match(const struct config *c, const json_t *targets,
		  struct indent_match *ret_m);

#endif
