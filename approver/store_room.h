/* SPDX-License-Identifier: Apache-2.0 */
/* What a ledger does with the last of its room: nothing that begins something. */
#ifndef APPROVER_STORE_ROOM_H
#define APPROVER_STORE_ROOM_H

#include <stdbool.h>

struct store_op;

/* Whether it begins or prolongs something, so that it has to wait while the disk is full.
 * What ends something, says so, or makes sure of it may use the room that is kept. Pure. */
bool store_op_begins(const struct store_op *op);

#endif
