/* SPDX-License-Identifier: Apache-2.0 */
/* Whether the ledger can be written, for /readyz, the metrics and the log. All operations
 * report to service_ledger() of service.h, which is in its file. */
#ifndef APPROVER_LEDGER_WATCH_H
#define APPROVER_LEDGER_WATCH_H

struct approver;

void ledger_watch_init(struct approver *a);

/* Look now, and every five seconds from then on. */
void ledger_watch_probe(struct approver *a);

/* Before the ledger is closed. */
void ledger_watch_stop(struct approver *a);

#endif
