/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ledger in memory share. Nobody else includes it. */
#ifndef APPROVER_STORE_MEMORY_H
#define APPROVER_STORE_MEMORY_H

#include "accessd/store.h"
#include "approver/audit_chain.h"
#include "approver/sorted.h"
#include "approver/store_audit.h"
#include "shared/arena.h"

enum { AUDIT_PLANNED_MAX = 4, AUDIT_SINKS_MAX = 8 };

struct memory_audit {
	struct buf text; /* the data of the line to be planned next */
	struct audit_row planned[AUDIT_PLANNED_MAX];
	struct buf planned_data[AUDIT_PLANNED_MAX];
	size_t n_planned;
	struct memory_line **rows; /* row seq at seq - 1; of the arena */
	size_t n, room;
	size_t hashed; /* of them, from the first on */
	struct audit_head *heads;
	size_t n_heads, heads_room;
	struct {
		char name[16]; /* "": free */
		int64_t seq;
	} sinks[AUDIT_SINKS_MAX];
	struct digest *digest;
	struct signing_key *key;
};

/* A request, in one piece with its texts. Only its state, decided_ms and policy change. */
struct memory_request {
	char id[ULID_SIZE]; /* first, as in every row */
	enum request_state state;
	int64_t for_s, asked_ms, decided_ms;
	const char *source, *policy, *team, *user, *channel, *reply_url, *resource,
		*incident, *reason;
	char texts[];
};

struct memory_keys {
	struct arena *arena;           /* not ours */
	struct memory_key_slot *slots; /* a power of two of them, or none */
	size_t n_slots, n;
};

struct store_db {
	struct arena arena;     /* of all that is kept until the ledger is closed */
	struct sorted requests; /* struct memory_request, of the arena */
	struct memory_keys keys;
	struct sorted grants;  /* struct grant_row, its `told` ours */
	struct sorted effects; /* struct effect_row */
	struct sorted events;  /* struct event, of store_memory_events.c */
	int64_t last_effect;
	struct freeze_row freeze;
	struct memory_audit audit;
};

/* An operation plans its audit lines, with the data in audit.text, before it changes
 * anything. When it has succeeded they are kept, else dropped. */
bool memory_audit_plan(struct store_db *db, int64_t at_ms, const char *subject,
		       const char *id, const char *from, const char *to, bool data_fits,
		       struct fail *f);
void memory_audit_keep(struct store_db *db);
void memory_audit_drop(struct store_db *db);

bool memory_audit_init(struct memory_audit *a, struct fail *f);
void memory_audit_finish(struct store_db *db);

/* Whether these can be added; then add them and fill in their ids. */
bool memory_effects_check(const struct store_db *db, const struct effect_row *rows,
			  size_t n, struct fail *f);
bool memory_effects_add(struct store_db *db, struct effect_row *rows, size_t n,
			struct fail *f);

/* What a grant's move to `to` means for effects that are there already. */
void memory_effects_settle(struct store_db *db, const struct store_op *op,
			   enum grant_state to);

void memory_request_out(const struct memory_request *r, struct request_row *ret_row);

bool memory_request_add(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_request_move(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_requests_open(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grant_move(struct store_db *db, struct store_op *op, struct fail *f);
/* Whether nothing of it that a change compares has changed since it was read. */
bool memory_is_as(const struct grant_row *g, const struct grant_row *was);

bool memory_grant_set(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_freeze_set(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_live(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_at(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_remind(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grant_get(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_request_get(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_due(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_stuck(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_of(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_effect_move(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_orders_due(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_effects_due(struct store_db *db, struct store_op *op, struct fail *f);

/* A copy of a new grant, in one piece; NULL when memory ran out. */
struct grant_row *memory_grant_copy(const struct grant_row *g, enum grant_state as,
				    int64_t at_ms);

/* Whether another active grant of the lane than `id` is there. */
bool memory_covered(const struct store_db *db, const char *lane, const char *id);

/* The request that a key stands for; NULL: none, as for no key. */
struct memory_request *memory_key_find(const struct memory_keys *ks, const char *source,
				       const char *text);
/* No key, and one that is known, is fine. Out of memory it ends the process: a row without
 * its keys would be decided twice. */
void memory_key_add(struct memory_keys *ks, const char *source, const char *text,
		    struct memory_request *request, int64_t seen_ms);
void memory_keys_forget(struct memory_keys *ks, int64_t before_ms);
void memory_keys_finish(struct memory_keys *ks);

void memory_events_init(struct store_db *db);
bool memory_event_add(struct store_db *db, struct store_op *op, struct fail *f);
void memory_events_forget(struct store_db *db, int64_t before_ms);
bool memory_audit_sign(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_audit_rows(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_audit_heads(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_sink_move(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_sink_read(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_grants_find(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_requests_find(struct store_db *db, struct store_op *op, struct fail *f);
bool memory_ids_find(struct store_db *db, struct store_op *op, struct fail *f);

/* Sets the failure "out of memory". */
bool memory_out(struct fail *f);

/* Whether something may be granted; FAIL_DENIED: that is frozen. */
bool memory_thawed(const struct store_db *db, struct freeze_row *ret_frozen,
		   struct fail *f);

#endif
