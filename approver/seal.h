/* SPDX-License-Identifier: Apache-2.0 */
/* Signs the head of the audit's chain: at the start, every five minutes in which something
 * changed, and at a stop. */
#ifndef APPROVER_SEAL_H
#define APPROVER_SEAL_H

#include "approver/service.h"

struct seal;

struct seal *seal_create(struct approver *a);

/* Sign for the last time; before the ledger is closed. Accepts NULL. */
void seal_stop(struct seal *s);

void seal_destroy(struct seal *s); /* accepts NULL */

#endif
