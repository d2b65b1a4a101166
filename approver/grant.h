/* SPDX-License-Identifier: Apache-2.0 */
/* Grants live in the ledger. grant.c moves one; grants.c sees that each of them ends, and
 * knows which cannot be taken back. */
#ifndef APPROVER_GRANT_H
#define APPROVER_GRANT_H

#include "accessd/notifier.h"
#include "accessd/store.h"
#include "approver/service.h"

struct grants;
struct grant_move;

/* --- one: grant.c --------------------------------------------------------------------- */

/* FAIL_NONE: on disk, and row is what it is now; or it was to be moved only if covered,
 * and is not (`moved` says which). FAIL_CONFLICT: it is not in the state it was to be moved
 * from any more. Else as in store.h; nothing is known to have happened. */
typedef void grant_move_cb(struct grant_move *m, const struct fail *f);

/* The mover embeds it and keeps its hands off until cb. */
struct grant_move {
	struct approver *a;
	struct grant_row row;  /* in: as it was read; out: as it is */
	const char *cause;     /* in: a word, for the record; NULL: leave, as why */
	const char *why;       /* in: for people: "The time is up"; borrowed until cb */
	const char *by;        /* in: who does it; NULL: nobody */
	const char *reply_url; /* in: where the person may be answered; NULL: nowhere */
	int64_t asked_ms;      /* in: for messages; 0: not known */
	/* in: the effect that this is the outcome of, settled in the same transaction */
	int64_t effect; /* 0: none */
	enum effect_state effect_to;
	unsigned tries;
	const char *note;
	bool as_read;         /* in: only while its end and lost_ms are those of row */
	bool only_if_covered; /* in: by another active grant of its lane, else nothing */
	bool moved;           /* out */
	grant_move_cb *cb;
	/* grant.c's own: */
	struct store_op op;
	struct effect_row effects[3]; /* the message, the order, the line in the room */
	struct effect_row covered[3]; /* likewise; the order is for another end */
};

/* The only function that moves a grant: its row, the audit line and the effects of where
 * it arrives are one transaction. The effects are set going before cb is called.
 *
 * To end one, move it to GRANT_REVOKING: it arrives at GRANT_CLOSED when nothing has to be
 * taken back, as there is no provisioner, or as another grant of the same access lives. */
void grant_move(struct grant_move *m, enum grant_state to);

/* Fill the row of the order that the grant needs (EFFECT_PROVISION or EFFECT_REVOKE; for
 * EFFECT_EXTEND there is order_extend_fill()). */
void grant_order(const struct grant_row *g, const char *kind, int64_t now_ms,
		 struct effect_row *ret_row);

/* --- what is said of one: grant_words.c ------------------------------------------------ */

/* When to say that it ends soon. */
int64_t grant_remind_ms(int64_t starts_ms, int64_t expires_ms);

/* Whom a message is about, and until when they have what. */
void grant_facts(const struct grant_row *g, int64_t now_ms, struct notice_facts *about);

/* Fill the row of a message that goes into the transaction of what it tells of. */
void grant_say(struct effect_row *row, enum notice_kind kind,
	       const struct notice_facts *about, int64_t now_ms);

/* The same for the channel of its incident, g->room; how many rows that are: 1, or 0 when
 * there is none. */
size_t grant_say_room(const struct grant_row *g, enum notice_kind kind,
		      const struct notice_facts *about, int64_t now_ms,
		      struct effect_row *row);

/* --- all of them: grants.c ------------------------------------------------------------ */

/* Looks at once for what is overdue. NULL when memory ran out. */
struct grants *grants_create(struct approver *a);
void grants_destroy(struct grants *g); /* accepts NULL */

/* A grant that ends at expires_ms is on disk. */
void grants_added(struct grants *g, int64_t expires_ms);

/* Whether a grant is being ended right now. */
bool grants_busy(const struct grants *g);

/* A grant has ended for this cause: for the metric. Accepts NULL. */
void grants_count_end(struct grants *g, const char *cause);

#endif
