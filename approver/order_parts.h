/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that carry out orders share: orders.c finds what is due and keeps the
 * provisioners, order.c carries one out, order_settle.c writes down what became of it.
 * Nobody else includes this. */
#ifndef APPROVER_ORDER_PARTS_H
#define APPROVER_ORDER_PARTS_H

#include "accessd/provisioner.h"
#include "accessd/store.h"
#include "approver/effect_kinds.h"
#include "approver/grant.h"
#include "approver/orders.h"
#include "approver/set.h"
#include "approver/told.h"

struct metric;

/* One provisioner, and what it is doing. */
struct line {
	struct orders *all;
	struct line *next;
	char name[NAME_SIZE];
	size_t cap;
	struct provisioner *p;
	bool retired; /* a reload took it out of use: it goes with its last order */
	struct order
		*orders; /* all that are held: ready, under way, being written down */
	size_t n;
	struct order *ready, **ready_end; /* those that wait for room */
	size_t busy;                      /* those under way at the target, cap at most */
	bool full; /* the last look found more than could be held */
	bool looking, look_again;
	bool hurry; /* what waits is due: the clock does not say for how long any more */
	struct store_op look;
	struct order_row *rows; /* of the look; those that are held are found again */
	struct loop_timer timer;
	char why[CAUSE_SIZE]; /* its last failure */
};

/* One effect that is being carried out. */
struct order {
	struct line *line;
	struct order *next, *prev;
	struct order *next_ready;
	struct order_row row;
	const struct effect_kind *kind;
	unsigned tries; /* that have failed */
	bool begun;     /* one of them may have been carried out */
	struct told told;
	struct provision what;
	struct provision_call call;
	bool calling;
	bool over;               /* settled: it goes when no operation is out any more */
	unsigned ops;            /* operations that are out */
	struct loop_timer slow;  /* the person is to hear that it takes time */
	struct loop_timer again; /* tell the ledger again */
	void (*retold)(struct order *x);
	struct store_op op, slow_op;
	struct effect_row notice, slow_notice;
	struct grant_move move;
	struct grant_set set; /* of an extend that was not taken */
	enum grant_state to;
	char note[CAUSE_SIZE]; /* for the record: what failed */
	char why[CAUSE_SIZE];  /* for people */
	const char *cause;
	int64_t due_ms; /* of the next try */
};

struct orders {
	struct approver *a;
	int64_t ahead_ms; /* the wall clock, of the other one, when it was looked at last */
	struct line *lines;
	struct store_op stuck_look;
	bool stuck_looking;
	struct grant_row stuck_row; /* the one that has waited for the longest */
	size_t stuck;
	struct metric *m_outcomes, *m_running, *m_stuck, *m_lag;
};

/* --- orders.c ------------------------------------------------------------------------- */

/* Look for what is due. */
void line_look(struct line *line);

/* Start what is ready, as far as cap goes; the second: one less is under way. */
void line_pump(struct line *line);
void line_free_one(struct line *line);

/* x is over: forget it, and look for others. */
void order_drop(struct order *x);

/* --- order.c -------------------------------------------------------------------------- */

/* Take the row over, its payload too, and do what it says: at once if the target need not
 * be asked, else when the line has room for it. */
void order_take(struct line *line, const struct effect_kind *kind, struct order_row *row);

/* Ask the target. One of the line's cap is taken. */
void order_start(struct order *x);

/* --- order_settle.c ------------------------------------------------------------------- */

/* The grant moves, and the order is settled with it. */
void order_move(struct order *x, enum grant_state to, const char *cause, const char *why);

/* Only if another grant keeps the access alive. */
void order_skip(struct order *x);

/* To be tried again at x->due_ms. */
void order_postpone(struct order *x);

/* Its grant went another way. */
void order_void(struct order *x);

/* It is done, and the grant stays where it is. */
void order_done(struct order *x);

/* It failed, likewise. */
void order_failed(struct order *x);

/* Tell the person that the end takes longer; once per end. */
void order_say_slow(struct order *x);

/* The ledger failed, and one operation is back: retold(x) comes in some seconds. */
void order_tell_again(struct order *x, const struct fail *f,
		      void (*retold)(struct order *x));

/* The operation is back: drop x when it was the last of one that is over. */
void order_op_done(struct order *x);

/* --- order_extend.c ------------------------------------------------------------------- */

/* Whether the target does not know so late an end yet. */
bool order_extend_needed(const struct order *x);

/* When it was ordered. */
int64_t order_extend_since_ms(const struct order *x);

/* The target does not take it: the grant gets back the end that the target knows, and
 * its holder is told; then it is settled. */
void order_shorten(struct order *x);

#endif
