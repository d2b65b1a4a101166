/* SPDX-License-Identifier: Apache-2.0 */
/* What a read of the ledger hands out allocated. */
#include "accessd/store.h"

#include <stdint.h>
#include <stdlib.h>

static void text_free(const char **text)
{
	free((void *)(uintptr_t)*text);
	*text = NULL;
}

void store_rows_free(struct store_op *op)
{
	if (op->kind == STORE_AUDIT_ROWS) {
		while (op->audit_rows.n > 0) {
			text_free(&op->audit_rows.rows[--op->audit_rows.n].data);
		}
	} else if (op->kind == STORE_EFFECTS_DUE) {
		while (op->effects_due.n > 0) {
			text_free(&op->effects_due.rows[--op->effects_due.n].payload);
		}
	} else if (op->kind == STORE_GRANTS_AT) {
		while (op->grants_at.n > 0) {
			text_free(&op->grants_at.rows[--op->grants_at.n].told);
		}
	} else if (op->kind == STORE_ORDERS_DUE) {
		while (op->orders_due.n > 0) {
			text_free(
				&op->orders_due.rows[--op->orders_due.n].effect.payload);
		}
	}
}
