/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and operations for tests of the ledger, and a driver driven by hand. Number n
 * gives ids that sort as n does. */
#ifndef TESTS_LIB_LEDGER_ROWS_H
#define TESTS_LIB_LEDGER_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/store.h"

void ledger_id(unsigned n, char dst[ULID_SIZE]);

void ledger_request(unsigned n, struct request_row *ret_r);
void ledger_grant(unsigned n, int64_t expires_ms, struct grant_row *ret_g);
void ledger_effect(unsigned n, const char *payload, struct effect_row *ret_e);

/* Operations without cb. What they are given is borrowed. */
struct store_op ledger_add(const struct request_row *r, const char *key,
			   const char *key2);
struct store_op ledger_move(unsigned n, enum request_state from, enum request_state to);
struct store_op ledger_close(unsigned n, const char *cause);

/* One operation in a transaction of its own. */
bool ledger_do(const struct store_driver *d, struct store_db *db, struct store_op *op,
	       struct fail *f);

/* Asked and granted with one effect, each in a transaction of its own. */
bool ledger_grant_whole(const struct store_driver *d, struct store_db *db, unsigned n,
			struct fail *f);

#endif
