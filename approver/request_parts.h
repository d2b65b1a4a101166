/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that carry one request share: request.c moves it, request_check.c finds
 * out, request_decide.c decides, request_tell.c talks, requests.c keeps them all;
 * decision.c does it for other platforms. Nobody else includes this. */
#ifndef APPROVER_REQUEST_PARTS_H
#define APPROVER_REQUEST_PARTS_H

#include "accessd/approver.h"
#include "accessd/directory.h"
#include "accessd/notifier.h"
#include "accessd/store.h"
#include "approver/request.h"
#include "shared/buf.h"

struct metric;

enum {
	REQUESTS_MAX = 4096, /* being decided at the same time */
	REQUESTS_LOAD_MAX = 32,
	REQUESTS_SPARE_MAX = 64,
	REQUEST_STALE_S = 10 * 60,
	REQUEST_KEY_SIZE = 256,
	REQUEST_CHECK_MS = 10 * 1000, /* nobody is waited for longer than this */
	REQUEST_SLOW_MS = 1400,       /* "within 1.5 s the person sees something" */
};

/* A question to one provider. */
struct question {
	struct request *r;
	bool in_flight;
	struct standing_ask ask;
};

struct request {
	struct requests *all;
	struct request *next, *prev;

	bool member_in_flight, member_known;
	bool questions_asked;
	int64_t started_ms;    /* mono: when we began to decide */
	int64_t asked_mono_ms; /* the wall clock may jump while it is being decided */
	bool looked_again;
	bool look_in_flight, held_known, is_held;
	bool resumed;
	bool begun;
	struct facts facts;

	/* Another platform asks: nothing is on disk before it is decided. */
	bool for_others;
	struct decision *decision; /* NULL: as whoever asked has gone */
	size_t person;             /* of its others; n_others: who asks */
	int64_t at_most_s;         /* 0: as long as the policy gives */
	size_t traced;             /* so much of the trace is of those before: "[{...}" */

	struct loop_timer slow;     /* tell the person that it takes time */
	struct loop_timer deadline; /* checking: long enough; moving failed: try again */
	bool notice_in_flight, told_stuck;

	bool moving;
	size_t n_effects, n_covered;
	char *told; /* what the provisioner is told */
	enum verdict_kind outcome;

	/* Large, and written as a whole before they are read: never cleared. */
	struct request_row row; /* as it is on disk, but for `checking` */
	struct person who;
	struct question questions[PROVIDER_MAX];
	struct directory_ask member;
	struct store_op op;
	struct store_op look; /* what they hold of it already: `held` */
	struct live_filter holds;
	struct notice notice; /* the one that is not durable */
	struct buf trace;     /* its memory is kept with the request's */
	char keys[2][REQUEST_KEY_SIZE];
	char policy[NAME_SIZE]; /* a copy: a reload may free the policies */
	struct notice_facts notice_about;
	struct grant_row held;
	struct grant_row grant;
	struct effect_row
		effects[2]; /* the message; the order, or the line in the room */
	/* instead, if another grant covers it: the order is for another end */
	struct effect_row covered[3];
};

struct requests {
	struct approver *a;
	struct request *first;
	size_t n;
	struct request *spare; /* to be used again, by `next` */
	size_t n_spare;
	bool loading;
	bool load_again; /* from the start, when this one is over */
	struct store_op load;
	struct request_row rows[REQUESTS_LOAD_MAX];
	struct metric *m_requests;
	struct metric *m_seconds;
	struct metric *m_checking;
};

/* --- request.c ------------------------------------------------------------------------ */

/* Run it until it has to wait for somebody. r may be gone when this returns. */
void request_advance(struct request *r);

/* The only place where the state moves on disk. */
void request_move(struct request *r, enum request_state to, const char *policy);

/* Nothing was recorded: say so, and try again. Like request_advance(), r may be gone. */
void request_move_failed(struct request *r, const struct fail *f);
void request_forget_move(struct request *r);
void request_destroy(struct request *r);

/* --- requests.c ----------------------------------------------------------------------- */

/* Among all; nothing is started. NULL when memory ran out. */
struct request *request_create(struct requests *all, const struct request_row *row);

/* Give back its memory; it is among them no more. */
void request_free(struct request *r);

/* --- decision.c ----------------------------------------------------------------------- */

/* Who it is, as the platform says. */
void decision_identify(struct request *r);

/* Which providers have to be asked. */
void decision_needs(const struct request *r, struct policy_needs *ret_n);

/* Reach the verdict on all that is asked for, for one person. */
void decision_reach(struct request *r, struct verdict *v);

/* Turn to the next person, of whom nothing is known yet. False: one was refused, or there
 * is nobody else. */
bool decision_next(struct request *r, const struct verdict *v);

/* Record what was reached, and answer when it is on disk. r is gone then. */
void decision_record(struct request *r, const struct verdict *v);

/* --- request_check.c -------------------------------------------------------------------- */

/* Find out what is not known yet, and decide when it is. */
void request_check(struct request *r);

/* Take back what is asked, and forget what was found out. */
void request_forget(struct request *r);

/* The same for the last time: nothing of it may be looked at any more. */
void request_release(struct request *r);

/* Forget what the providers said; nothing may be asked of them. */
void request_forget_standing(struct request *r);

/* --- request_decide.c ------------------------------------------------------------------- */

/* Everything that can be known is known. */
void request_decide(struct request *r);

/* From an earlier process, and so old that nobody waits for it. */
bool request_is_stale(const struct request *r);
void request_deny_stale(struct request *r);

/* --- request_tell.c --------------------------------------------------------------------- */

/* Who and what a message about it is about. */
void request_notice(const struct request *r, struct notice_facts *about);

/* Best effort: what matters is told again when it is durable. False: the one before is
 * still on its way. */
bool request_tell(struct request *r, enum notice_kind kind, const char *why);

/* r->slow has run. */
void request_on_slow(struct loop_timer *t);

#endif
