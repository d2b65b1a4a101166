/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger: asynchronous in front, simple behind.
 *
 * The approver submits operations and hears of them on the loop. A database sees none of
 * that: store_sqlite.c and store_memory.c are plain blocking code behind struct
 * store_driver, called by the store's thread alone. Rules 1-9 of shared/loop.h hold; an
 * operation cannot be cancelled: who knows what is on disk? */
#ifndef ACCESSD_STORE_H
#define ACCESSD_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/record.h"
#include "accessd/types.h"

struct loop;
struct metrics;

enum store_op_kind {
	/* add, or find what the same key brought before; it may be decided already */
	STORE_REQUEST_ADD,
	STORE_REQUEST_MOVE, /* with its grant, audit line and effects */
	STORE_GRANT_MOVE,   /* with its audit line and effects */
	STORE_GRANT_SET,    /* what changes while its state stays, likewise */
	STORE_EFFECT_MOVE,
	STORE_FREEZE_SET,    /* with its audit line */
	STORE_REQUESTS_OPEN, /* read: not decided yet, oldest first */
	STORE_GRANTS_DUE,    /* read: active, soonest to expire first */
	STORE_GRANTS_OF,     /* read: active ones of one person */
	STORE_GRANTS_LIVE,   /* read: granting and active ones, by id */
	STORE_GRANTS_AT,     /* read: the first active one of each person at a target */
	STORE_GRANTS_REMIND, /* read: live ones of which to say that they end, soonest first */
	STORE_GRANT_GET,     /* read: one, by id */
	STORE_REQUEST_GET,   /* read: likewise */
	STORE_GRANTS_STUCK,  /* read: revoking for long, longest first */
	STORE_EFFECTS_DUE,   /* read: messages that are pending, by id */
	STORE_ORDERS_DUE,    /* read: a provisioner's, soonest due first */
	STORE_EVENT_ADD,     /* remember that a provider said something */
	STORE_PROBE,         /* prove that a write reaches the disk; forget old keys */
	STORE_AUDIT_SIGN,    /* sign the head of the audit's chain, if it has moved */
	STORE_AUDIT_ROWS,    /* read: by seq */
	STORE_AUDIT_HEADS,   /* read: by seq */
	STORE_SINK_MOVE,     /* up to which row a sink has the audit */
	STORE_SINK_READ,     /* read: the same */
	STORE_GRANTS_FIND,   /* read: by a filter, newest first */
	STORE_REQUESTS_FIND, /* read: by a filter, newest first */
	STORE_IDS_FIND,      /* read: requests whose id begins or ends so */
	STORE_OP_MAX
};

struct store_op;

/* f->kind FAIL_NONE: it is durable. FAIL_CONFLICT: the row is not in the state it was to
 * be moved from, or not there; or one is to be added whose id is taken. FAIL_DENIED: it
 * would grant something, or prolong it, and everything is frozen: looked up in the same
 * transaction, so that nothing is granted once a freeze is on disk, whoever put it there;
 * `frozen` says which, nothing happened. FAIL_LEDGER: the
 * database cannot be written (or read), nothing happened. FAIL_BUSY: too many operations
 * wait. FAIL_CANCELLED: submitted after store_close() began. FAIL_UNCERTAIN: nobody
 * knows; submitting the same again finds out (a request that is there already comes back
 * as a duplicate of itself, a move as a conflict). */
typedef void store_cb(struct store_op *op, const struct fail *f);

/* One thing to do to the ledger, wholly or not at all. The submitter embeds it and keeps
 * its hands off until cb; what it points to is borrowed until then. */
struct store_op {
	enum store_op_kind kind;
	/* Nobody waits for it: it may ride along with the next commit, and gets one of its
	 * own only when none comes for a few milliseconds. */
	bool lazy;
	union {
		struct {
			const struct request_row *row;
			const char *keys
				/* idempotency keys within row->source; NULL or "":
				 * none */
				[2];
			/* row->state is a decision: JSON, kept with the audit line;
			 * NULL: none */
			const char *trace;
			/* out: one of the keys was seen and not forgotten; nothing was
			 * added, and both keys stand for the old row from now on */
			bool duplicate;
			char id[ULID_SIZE];       /* out: the id of the row, old or new */
			enum request_state state; /* out */
			struct freeze_row frozen; /* out, with FAIL_DENIED */
		} request_add;
		struct {
			char id[ULID_SIZE];
			enum request_state from, to;
			int64_t at_ms;
			const char *policy; /* NULL: leave */
			const char
				*trace; /* JSON, kept with the audit line; NULL: none */
			const struct grant_row
				*grant; /* added in the same transaction; NULL: none */
			struct effect_row
				*effects; /* added likewise; ids are filled in */
			size_t n_effects;
			/* With a grant that has a lane: another active one of the lane
			 * covers it, so it is active from the start, and these are
			 * added instead. */
			struct effect_row *covered_effects;
			size_t n_covered;
			bool covered;             /* out */
			struct freeze_row frozen; /* out, with FAIL_DENIED */
		} request_move;
		struct {
			char id[ULID_SIZE];
			/* to == from: only if it is covered is anything done */
			enum grant_state from, to;
			int64_t at_ms;
			const char *cause; /* NULL: leave, as why and by */
			const char *why;
			const char *by;
			/* Only while it is as it was read: its end, and what it rests
			 * on; NULL: whatever these are. */
			const struct grant_row *as_read;
			struct effect_row *effects;
			size_t n_effects;
			/* Look for another active grant of its lane: if there is one, it
			 * moves to covered_to with these effects instead. */
			bool mind_cover;
			enum grant_state covered_to;
			struct effect_row *covered_effects;
			size_t n_covered;
			bool covered; /* out */
			/* The effect that this is the outcome of, settled likewise if
			 * the grant moves; 0: none. */
			int64_t effect;
			enum effect_state effect_to;
			unsigned tries;
			const char *note;
		} grant_move;
		/* FAIL_CONFLICT: it is not any more as `was` says, in its state, its end, or
		 * what it rests on. Of `to` is kept: policy to evidence, provider_user,
		 * expires_ms, lost_ms, kept and remind_ms. */
		struct {
			const struct grant_row *was, *to;
			int64_t at_ms;
			const char *what; /* a word for the audit: "extended" */
			const char *why;  /* NULL: none, as by */
			const char *by;
			struct effect_row *effects;
			size_t n_effects;
			struct freeze_row frozen; /* out, with FAIL_DENIED */
		} grant_set;
		struct {
			struct freeze_row row;
			int64_t at_ms;
		} freeze_set;
		struct {
			int64_t id;
			enum effect_state to; /* EFFECT_PENDING: try again at due_ms */
			int64_t at_ms, due_ms;
			unsigned tries;
			bool begun;
			const char *note; /* where it is, or what failed; NULL: none */
			const char
				*room_of; /* a grant whose `room` note is; NULL: none */
			struct effect_row *effects; /* added in the same transaction */
			size_t n_effects;
		} effect_move;
		struct {
			char after
				[ULID_SIZE]; /* in: only ids beyond; "" from the start */
			struct request_row *rows; /* in: room for max */
			size_t max, n;
		} requests_open;
		struct {
			/* in: that expire at or before; INT64_MAX: any */
			int64_t until_ms;
			struct grant_row *rows;
			size_t max, n;
		} grants_due;
		struct {
			const char *team, *user;
			struct grant_row *rows;
			size_t max, n;
			size_t total; /* out: how many there are, also beyond max */
		} grants_of;
		struct {
			const struct live_filter *filter;
			char after
				[ULID_SIZE]; /* in: only ids beyond; "" from the start */
			struct grant_row *rows;
			size_t max, n;
		} grants_live;
		struct {
			const char *provisioner;
			const char *lane_end; /* how their lanes end: "/group/g1" */
			char after
				[LANE_SIZE]; /* in: only lanes beyond; "" from the start */
			struct grant_row
				*rows; /* with `told`: the submitter frees them */
			size_t max, n;
		} grants_at;
		struct {
			int64_t until_ms; /* in: with remind_ms at or before */
			struct grant_row *rows;
			size_t max, n;
		} grants_remind;
		struct {
			char id[ULID_SIZE];    /* in */
			struct grant_row *row; /* in: room for one */
			bool found;            /* out */
		} grant_get;
		struct {
			char id[ULID_SIZE];      /* in */
			struct request_row *row; /* in: room for one */
			bool found;              /* out */
		} request_get;
		struct {
			int64_t before_ms; /* in: revoking since then or earlier */
			struct grant_row *rows;
			size_t max, n;
			size_t total; /* out: likewise */
		} grants_stuck;
		struct {
			int64_t after; /* in: only ids beyond */
			struct effect_row *rows;
			size_t max, n;
		} effects_due;
		struct {
			const char *queue;
			struct order_row *rows; /* payloads: the submitter frees them */
			size_t max, n;
		} orders_due;
		struct {
			const char *source, *what, *subject;
			/* any of them makes a second delivery the same event; NULL or
			 * "": none */
			const char *keys[2];
			int64_t at_ms;
			bool duplicate; /* out: a key was seen, nothing was added */
		} event_add;
		struct {
			int64_t now_ms;
			/* keys older than this go, but none of the last hour */
			int64_t forget_before_ms;
			/* and events that are older than this */
			int64_t forget_events_before_ms;
			/* out: somebody else has written since the last probe, or that
			 * cannot be told */
			bool changed;
			struct freeze_row freeze; /* out */
			struct ledger_room room;  /* out */
		} probe;
		struct {
			int64_t at_ms;
			int64_t seq; /* out: the row that the newest head signs, or 0 */
		} audit_sign;
		struct {
			int64_t after; /* in: only rows beyond */
			struct audit_row *rows;
			size_t max, n; /* fewer than max may be given when they are large:
					  0 means that there are no more */
		} audit_rows;
		struct {
			int64_t after;
			struct audit_head *rows;
			size_t max, n;
		} audit_heads;
		struct {
			const char *name; /* "file" */
			int64_t seq;      /* in or out; 0: nothing yet */
		} sink;
		struct {
			const struct grant_filter *filter;
			char before
				[ULID_SIZE]; /* in: only older ids; "" from the newest */
			struct grant_row *rows;
			size_t max, n;
		} grants_find;
		struct {
			const struct request_filter *filter;
			char before[ULID_SIZE];
			struct request_row *rows;
			size_t max, n;
		} requests_find;
		struct {
			const char *part; /* letters and digits only, in capitals */
			char (*ids)[ULID_SIZE];
			size_t max, n;
		} ids_find;
	};
	store_cb *cb;
	/* the store's own: */
	struct fail fail;
	struct store_op *next;
	int64_t commit_ms; /* how long the batch took that it was the first of, or -1 */
};

struct store;

/* url: "sqlite:PATH" or "memory:". Opens, makes or upgrades the schema, and starts the
 * thread; blocking, for start-up. metrics may be NULL. */
bool store_open(const char *url, struct loop *l, struct metrics *metrics,
		struct store **ret_s, struct fail *f);

/* Become the only process that acts on this ledger by itself: that carries on what is open
 * and sends what is unsent. Before store_open(), so that a second service does not even
 * upgrade the schema beneath the first; whoever only looks or submits single operations
 * needs no claim and is not kept out. *ret_fd is closed after store_close(), which gives
 * the claim up, as does the end of the process; -1: there is nothing to claim. */
bool store_claim(const char *url, int *ret_fd, struct fail *f);

/* What was submitted is carried out first, its callbacks fire within. May take a turn of
 * the loop, so not from a callback. Accepts NULL. */
void store_close(struct store *s);

/* FAIL_BUSY, through cb as everything, when more than 8192 operations wait already. */
void store_submit(struct store *s, struct store_op *op);

/* Free the texts of the rows that a read has handed out, and have none: effects, orders and
 * the audit. Does nothing for other kinds. */
void store_rows_free(struct store_op *op);

/* The ledger's own driver, for tests that inject faults; store_open() picks by the scheme
 * of the url. */
struct store_driver;
bool store_open_driver(const struct store_driver *driver, const char *where,
		       struct loop *l, struct metrics *metrics, struct store **ret_s,
		       struct fail *f);

/* Let store_open() know one driver more, or (NULL) none. For tests that inject faults
 * beneath somebody who opens the ledger by its url. */
void store_driver_use(const struct store_driver *driver);

struct store_db;

/* What a database implements. Only the store's thread calls it (open and close: the
 * loop's, while there is no thread), one call at a time: it may block, it needs no lock,
 * and it knows no loop. */
struct store_driver {
	const char *scheme; /* "sqlite" */

	/* It never waits for anything: the loop's thread calls it, there is no other. */
	bool instant;

	/* For store_claim(). NULL: nobody else can open it, or many may serve from it. */
	bool (*claim)(const char *where, int *ret_fd, struct fail *f);

	/* `where` is the url behind "scheme:". */
	bool (*open)(const char *where, struct store_db **ret_db, struct fail *f);

	/* The same for reading only: nothing is made, changed or upgraded, and nobody is
	 * kept waiting. NULL: it cannot be shared. */
	bool (*open_read)(const char *where, struct store_db **ret_db, struct fail *f);
	void (*close)(struct store_db *db);

	/* If it fails, neither apply() nor commit() is called. */
	bool (*begin)(struct store_db *db, struct fail *f);

	/* If it fails it leaves no trace, and what was applied before it stands (or
	 * commit() fails). What it hands out allocated is the caller's, also if commit()
	 * fails. */
	bool (*apply)(struct store_db *db, struct store_op *op, struct fail *f);

	/* If it fails all is undone. FAIL_UNCERTAIN: nobody knows. Either way the next
	 * begin() starts afresh. */
	bool (*commit)(struct store_db *db, struct fail *f);

	/* Time for housekeeping that cannot wait, after a batch was answered; or, when
	 * nothing has come for a while, for all of it. May be NULL. */
	void (*rest)(struct store_db *db, bool quiet);
};

#endif
