/* SPDX-License-Identifier: Apache-2.0 */
/* Carries out what the ledger says is still to be done outside: messages to people. */
#ifndef APPROVER_EFFECTS_H
#define APPROVER_EFFECTS_H

#include "accessd/notifier.h"
#include "approver/service.h"

struct effects;

/* Starts by loading what an earlier process left undone. NULL when memory ran out. */
struct effects *effects_create(struct approver *a);

/* What is in flight is cancelled and stays pending in the ledger. Accepts NULL. */
void effects_destroy(struct effects *e);

/* Fill a row that will be committed together with the state change that it tells of. False
 * when memory ran out. effect_row_finish() frees the payload after the commit. */
bool effect_row_init(struct effect_row *row, enum notice_kind kind,
		     const struct notice_facts *about, int64_t now_ms);
void effect_row_finish(struct effect_row *row);

/* The row is on disk, with its id: carry it out. The payload is copied. Without effects (NULL)
 * that is left to the service, as it is below. */
void effects_add(struct effects *e, const struct effect_row *row);

/* Rows may be on disk that nobody added, as a commit's outcome was unknown, or the ledger
 * could not be read: look. */
void effects_reload(struct effects *e);

/* How many wait or are under way, and how many of them are being sent now. */
size_t effects_waiting(const struct effects *e);
size_t effects_sending(const struct effects *e);

#endif
