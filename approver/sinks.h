/* SPDX-License-Identifier: Apache-2.0 */
/* Delivers the audit to where the config says: reads what is new from the ledger, hands it
 * over in order, and keeps in the ledger how far each place has come. */
#ifndef APPROVER_SINKS_H
#define APPROVER_SINKS_H

#include "approver/service.h"

struct sinks;

struct sinks *sinks_create(struct approver *a);

/* Something may have been recorded. Cheap; accepts NULL. */
void sinks_wake(struct sinks *s);

/* Whether nothing may be granted now, as a place that is required does not take what is
 * recorded; then why, in words for people. */
bool sinks_forbid(const struct sinks *s, char *why, size_t size);

/* After the ledger was closed. Accepts NULL. */
void sinks_destroy(struct sinks *s);

#endif
