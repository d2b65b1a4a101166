/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ledger in memory share. Nobody else includes it. */
#ifndef APPROVER_STORE_MEMORY_H
#define APPROVER_STORE_MEMORY_H

#include "accessd/store.h"
#include "approver/sorted.h"

struct store_db {
	struct sorted requests; /* struct request_row */
	struct sorted keys;     /* struct key, of store_memory.c */
	struct sorted grants;   /* struct grant_row */
	struct sorted effects;  /* struct effect_row */
	struct sorted events;   /* struct event, of store_memory_events.c */
	int64_t last_effect;
};

/* Whether these can be added; then add them and fill in their ids. */
bool memory_effects_check(const struct store_db *db, const struct effect_row *rows,
			  size_t n, struct fail *f);
bool memory_effects_add(struct store_db *db, struct effect_row *rows, size_t n,
			struct fail *f);

bool memory_grant_move(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_due(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_of(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_effect_move(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_effects_due(struct store_db *db, struct store_op *op, struct fail *f);

void memory_events_init(struct store_db *db);
bool memory_event_add(struct store_db *db, struct store_op *op, struct fail *f);
void memory_events_forget(struct store_db *db, int64_t before_ms);

/* Sets the failure "out of memory". */
bool memory_out(struct fail *f);

#endif
