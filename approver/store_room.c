/* SPDX-License-Identifier: Apache-2.0 */
#include "approver/store_room.h"

#include "accessd/store.h"

bool store_op_begins(const struct store_op *op)
{
	switch (op->kind) {
	case STORE_REQUEST_ADD:
	case STORE_REQUEST_MOVE: /* a denial as well: what is asked waits */
		return true;
	case STORE_GRANT_SET:
		return op->grant_set.to->expires_ms > op->grant_set.was->expires_ms ||
		       (op->grant_set.to->kept && !op->grant_set.was->kept);
	default:
		return false;
	}
}
