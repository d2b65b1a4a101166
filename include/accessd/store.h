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
#include "accessd/types.h"

struct loop;
struct metrics;

/* The states of a request; approver/request.c holds the table of moves. */
enum request_state {
	REQUEST_ASKED,
	REQUEST_CHECKING,
	REQUEST_GRANTED,
	REQUEST_DENIED,
	REQUEST_STATE_MAX
};

/* The states of a grant; approver/grant.c holds the table of moves. */
enum grant_state { GRANT_ACTIVE, GRANT_CLOSED, GRANT_STATE_MAX };

enum effect_state { EFFECT_PENDING, EFFECT_DONE, EFFECT_FAILED, EFFECT_STATE_MAX };

/* Words for the columns, the audit and people; *_parse() gives *_MAX for an unknown
 * word. */
const char *request_state_word(enum request_state s);
const char *grant_state_word(enum grant_state s);
const char *effect_state_word(enum effect_state s);
enum request_state request_state_parse(const char *word);
enum grant_state grant_state_parse(const char *word);
enum effect_state effect_state_parse(const char *word);

/* Whether nothing more is to be decided: a move to it sets decided_ms. */
bool request_state_decided(enum request_state s);

struct request_row {
	char id[ULID_SIZE];
	enum request_state state;
	char source[16]; /* "slack" */
	char team[VENDOR_ID_SIZE];
	char user[VENDOR_ID_SIZE];
	char channel[VENDOR_ID_SIZE];
	char reply_url
		[URL_SIZE]; /* where the asker may be answered for 30 minutes, or "" */
	char resource[NAME_SIZE];
	int64_t for_s;                 /* asked for; 0: the policy's default */
	char incident[VENDOR_ID_SIZE]; /* as typed, or "" */
	char reason[REASON_SIZE];
	int64_t asked_ms;
	int64_t decided_ms; /* 0: not yet */
	char policy[NAME_SIZE];
};

struct grant_row {
	char id[ULID_SIZE]; /* its request's id: one request gives one grant at most */
	enum grant_state state;
	char team[VENDOR_ID_SIZE];
	char user[VENDOR_ID_SIZE];
	char channel[VENDOR_ID_SIZE];
	char resource[NAME_SIZE];
	char policy[NAME_SIZE];
	char provider[16]; /* whose standing it rests on: its key */
	char incident_id[VENDOR_ID_SIZE];
	char incident_ref[VENDOR_ID_SIZE]; /* "" when private */
	char evidence[CAUSE_SIZE];         /* "Incident Lead of INC-204 (incident.io)" */
	int64_t starts_ms;
	int64_t expires_ms;
	int64_t ended_ms; /* 0: not yet */
	char cause[CAUSE_SIZE];
};

/* Something to do outside, once the row is durable; retried until it is done or failed
 * for good. */
struct effect_row {
	int64_t id; /* given by the store, grows */
	char request_id[ULID_SIZE];
	char kind[32];             /* "notice" */
	char lane[VENDOR_ID_SIZE]; /* one lane runs in order of id */
	enum effect_state state;
	const char *
		/* JSON. In: borrowed until cb. Out: allocated, the submitter frees()
		 * it */
		payload;
	int64_t due_ms; /* wall; not before */
	unsigned tries;
};

enum store_op_kind {
	/* add, or find what the same key brought before; it may be decided already */
	STORE_REQUEST_ADD,
	STORE_REQUEST_MOVE, /* with its grant, audit line and effects */
	STORE_GRANT_MOVE,   /* with its audit line and effects */
	STORE_EFFECT_MOVE,
	STORE_REQUESTS_OPEN, /* read: not decided yet, oldest first */
	STORE_GRANTS_DUE,    /* read: active, soonest to expire first */
	STORE_GRANTS_OF,     /* read: active ones of one person */
	STORE_EFFECTS_DUE,   /* read: pending, by id */
	STORE_EVENT_ADD,     /* remember that a provider said something */
	STORE_PROBE,         /* prove that a write reaches the disk; forget old keys */
	STORE_OP_MAX
};

struct store_op;

/* f->kind FAIL_NONE: it is durable. FAIL_CONFLICT: the row is not in the state it was to
 * be moved from, or not there; or one is to be added whose id is taken. FAIL_LEDGER: the
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
		} request_move;
		struct {
			char id[ULID_SIZE];
			enum grant_state from, to;
			int64_t at_ms;
			const char *cause;
			struct effect_row *effects;
			size_t n_effects;
		} grant_move;
		struct {
			int64_t id;
			enum effect_state to; /* EFFECT_PENDING: try again at due_ms */
			int64_t at_ms, due_ms;
			unsigned tries;
			const char *note; /* where it is, or what failed; NULL: none */
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
			int64_t after; /* in: only ids beyond */
			struct effect_row *rows;
			size_t max, n;
		} effects_due;
		struct {
			const char *source, *key, *what, *subject;
			int64_t at_ms;
			bool duplicate; /* out: the key was seen, nothing was added */
		} event_add;
		struct {
			int64_t now_ms;
			/* keys older than this go, but none of the last hour */
			int64_t forget_before_ms;
			/* and events that are older than this */
			int64_t forget_events_before_ms;
		} probe;
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

	/* For store_claim(). NULL: nobody else can open it, or many may serve from it. */
	bool (*claim)(const char *where, int *ret_fd, struct fail *f);

	/* `where` is the url behind "scheme:". */
	bool (*open)(const char *where, struct store_db **ret_db, struct fail *f);
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
