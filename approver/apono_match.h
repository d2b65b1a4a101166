/* SPDX-License-Identifier: Apache-2.0 */
/* From what Apono calls things to the resources of the config. Pure. */
#ifndef APPROVER_APONO_MATCH_H
#define APPROVER_APONO_MATCH_H

#include "accessd/approver.h"
#include "accessd/config.h"
#include "approver/apono_parse.h"

/* Copies: a reload may free the config while a decision is under way. */
struct apono_resources {
	char names[DECISION_RESOURCES_MAX][NAME_SIZE];
	size_t n;
	bool over; /* there are more than these */
};

/* All that have to pass. A target goes by the closest of its names that the config knows:
 * as the name of a resource, or as the label `apono` of one or more. A target that has
 * none such is the only thing in the list, so that the denial names it. */
void apono_match(const struct config *c, const struct apono_ask *ask,
		 struct apono_resources *ret_r);

#endif
