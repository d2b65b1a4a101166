/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo() on threads of its own: a silent DNS server never stops the loop. */
#ifndef SHARED_RESOLVER_H
#define SHARED_RESOLVER_H

#include "accessd/fail.h"
#include "shared/loop.h"

struct resolver_query;

typedef void resolver_cb(const char *address, const struct fail *f, void *data);

/* Fires once on the loop with a numeric address. A cancelled query's thread is left to
 * end by itself; at most 8 run at once (FAIL_BUSY beyond). Literal addresses come back
 * without a thread. */
struct resolver_query *resolver_start(struct loop *l, const char *host, resolver_cb *cb,
				      void *data);
void resolver_cancel(struct resolver_query *q); /* rule 4; NULL is fine */

#endif
