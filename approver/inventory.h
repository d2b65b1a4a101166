/* SPDX-License-Identifier: Apache-2.0 */
/* Holds what targets say is in force against what the ledger says. */
#ifndef APPROVER_INVENTORY_H
#define APPROVER_INVENTORY_H

#include "approver/service.h"

/* Looks soon, and every quarter of an hour. NULL when memory ran out. */
struct inventory *inventory_create(struct approver *a);

/* The ledger's operations must have ended. Accepts NULL. */
void inventory_destroy(struct inventory *v);

/* Take back what is asked of provisioners, which are about to be closed; and look again
 * with those of the config that is in use by then. */
void inventory_cancel(struct inventory *v);
void inventory_resume(struct inventory *v);

/* What differed when it was last looked at. */
void inventory_health(const struct inventory *v, struct approver_health *ret_h);

#endif
