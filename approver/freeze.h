/* SPDX-License-Identifier: Apache-2.0 */
/* Nothing new is granted, by order of somebody; kept in the ledger, so that it outlives
 * this process. */
#ifndef APPROVER_FREEZE_H
#define APPROVER_FREEZE_H

#include "approver/service.h"

/* What the ledger says. */
void freeze_learn(struct approver *a, const struct freeze_row *z);

#endif
