/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that send messages share: effects.c takes them from the ledger and starts
 * what can be started, effect_lanes.c keeps their order, effect.c sends one and writes down
 * what became of it. Nobody else includes this. */
#ifndef APPROVER_EFFECT_PARTS_H
#define APPROVER_EFFECT_PARTS_H

#include "accessd/store.h"
#include "approver/effects.h"
#include "approver/notice.h"

struct metric;

enum {
	EFFECTS_LOAD_MAX = 64,          /* rows per look into the ledger */
	EFFECTS_RECORD_AGAIN_MS = 5000, /* when the ledger could not be told or read */
};

enum step {
	STEP_WAITING,
	STEP_SENDING,
	STEP_RECORDING, /* that it is to be sent again: its lane waits */
	STEP_OVER,      /* done or failed, out of its lane; the ledger is being told */
};

/* One message. */
struct effect {
	struct effects *all;
	struct effect *next; /* in its lane */
	struct lane *lane;
	int64_t id;
	unsigned tries;
	enum step step;
	enum notice_kind kind;
	struct notice_facts about;
	struct notice notice;
	struct loop_timer timer;
	struct store_op op;
	char note[CAUSE_SIZE];
};

struct lane {
	struct lane *next;
	char name[VENDOR_ID_SIZE];
	struct effect *head, *tail;
};

struct effects {
	struct approver *a;
	struct lane *lanes;
	struct effect *over; /* out of their lanes */
	size_t n, sending;
	int64_t last_id; /* the ledger was read up to here */
	int64_t high_id; /* the highest id that is or was in memory */
	bool more;       /* the ledger may hold pending ones beyond last_id */
	bool from_start; /* and ones that were overtaken by last_id */
	bool loading;
	struct store_op load;
	struct effect_row rows[EFFECTS_LOAD_MAX];
	struct loop_timer again;
	struct metric *m_sent;
	struct metric *m_waiting;
};

/* --- effects.c ------------------------------------------------------------------------ */

/* Start what can be started: the first of each lane, if it is due. */
void effects_run(struct effects *e);

/* --- effect_lanes.c ------------------------------------------------------------------- */

/* Put x behind the others of its lane. False when memory ran out: x is as it was. */
bool lane_enter(struct effect *x, const char *lane_name);

/* Take x, which is the first, out of its lane and among those that are over. */
void lane_leave(struct effect *x);

/* --- effect.c ------------------------------------------------------------------------- */

/* Nothing is sent before this moment of the wall clock. */
void effect_wait(struct effect *x, int64_t due_ms);

/* Say it: what comes of that is recorded, tried again or given up. */
void effect_send(struct effect *x);

/* It is over and out of its lane: forget it. */
void effect_destroy(struct effect *x);

#endif
