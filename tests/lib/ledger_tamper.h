/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody who can write the ledger's file, and does. Nobody else has it open. */
#ifndef TESTS_LIB_LEDGER_TAMPER_H
#define TESTS_LIB_LEDGER_TAMPER_H

#include <stdint.h>

/* A copy of a ledger, its write-ahead log brought home. */
void tamper_copy(const char *from, const char *to);

/* Run SQL on the file, without what protects the audit from honest mistakes. Returns how
 * many rows it changed. */
int tamper(const char *path, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Flip one bit of a column of audit row `seq`, chosen by dice; the column's name. A state
 * that is absent becomes "". */
const char *tamper_bit(const char *path, int64_t seq, uint32_t dice);

#endif
