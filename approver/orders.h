/* SPDX-License-Identifier: Apache-2.0 */
/* Has provisioners carry out what the ledger says is to be given and taken back. */
#ifndef APPROVER_ORDERS_H
#define APPROVER_ORDERS_H

#include "approver/service.h"

struct orders;

/* Opens the provisioners of the config and starts with what an earlier process left
 * undone. */
bool orders_open(struct approver *a, struct orders **ret_o, struct fail *f);

/* What is in flight is cancelled and stays pending in the ledger. Accepts NULL. */
void orders_close(struct orders *o);

/* Use the provisioners of another config: calls in flight end at the old ones. On failure
 * all is as before. */
bool orders_reload(struct orders *o, const struct config *c, struct fail *f);

/* Fill the row of the order that tells the target of the grant's end, which was was_until_ms;
 * 0: it was told of none. `own` is where its payload is put, borrowed by the row; NULL with
 * 0. How many rows that are: 1, or 0 when this target knows no ends. order_extend.c. */
size_t order_extend_fill(const struct config *c, const struct grant_row *g,
			 int64_t was_until_ms, int64_t now_ms, char own[ORDER_OWN_SIZE],
			 struct effect_row *ret_row);

/* Orders of this provisioner may be on disk: look. NULL: of any. Accepts NULL for o: that is
 * left to the service. */
void orders_poke(struct orders *o, const char *provisioner);

/* Look for grants that could not be taken back for a minute; now and then. */
void orders_look_stuck(struct orders *o);

/* The provisioner of this name that is in use, for questions; it goes with the next
 * orders_reload(). NULL: there is none. */
struct provisioner *orders_provisioner(const struct orders *o, const char *name);

/* How many are being carried out. */
size_t orders_running(const struct orders *o);

/* What cannot be taken back, as of the last look. */
void orders_health(const struct orders *o, struct approver_health *ret_h);

#endif
