/* SPDX-License-Identifier: Apache-2.0 */
/* Grants live in the ledger; this sees that each of them ends. */
#ifndef APPROVER_GRANT_H
#define APPROVER_GRANT_H

#include "approver/service.h"

struct grants;

/* Looks at once for what is overdue. NULL when memory ran out. */
struct grants *grants_create(struct approver *a);
void grants_destroy(struct grants *g); /* accepts NULL */

/* A grant that ends at expires_ms is on disk. */
void grants_added(struct grants *g, int64_t expires_ms);

/* Whether a grant is being ended right now. */
bool grants_busy(const struct grants *g);

#endif
