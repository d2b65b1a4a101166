/* SPDX-License-Identifier: Apache-2.0 */
/* What the ledger holds: requests, grants, what is to be done outside, the audit; and by
 * what they are looked for. How to read and change it: accessd/store.h. */
#ifndef ACCESSD_RECORD_H
#define ACCESSD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/types.h"

/* The states of a request; approver/request.c holds the table of moves. */
enum request_state {
	REQUEST_ASKED,
	REQUEST_CHECKING,
	REQUEST_GRANTED,
	REQUEST_DENIED,
	REQUEST_STATE_MAX
};

/* The states of a grant; approver/grant.c holds the table of moves. */
enum grant_state {
	GRANT_GRANTING,
	GRANT_ACTIVE,
	GRANT_REVOKING,
	GRANT_CLOSED,
	GRANT_FAILED,
	GRANT_STATE_MAX
};

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

/* Whether nothing more becomes of it: a move to it sets ended_ms. */
bool grant_state_over(enum grant_state s);

struct request_row {
	char id[ULID_SIZE];
	enum request_state state;
	char source[16]; /* "slack", or the platform that asks: "apono" */
	char team[VENDOR_ID_SIZE];
	char user[EMAIL_SIZE]; /* Slack's id; what another platform has for them */
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

/* Every text "" and every number 0; and what `=` would do. Both leave alone what stands
 * behind the ends of the texts: nearly all of a row is room for longer ones. */
void request_row_clear(struct request_row *row);
void request_row_copy(struct request_row *to, const struct request_row *from);

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
	char incident_ref[VENDOR_ID_SIZE];  /* "" when private */
	char evidence[CAUSE_SIZE];          /* "Incident Lead of INC-204 (incident.io)" */
	char provider_user[VENDOR_ID_SIZE]; /* who they are there */
	int64_t starts_ms;
	int64_t expires_ms;
	int64_t active_ms;     /* since when they had it, for sure; 0: never so far */
	int64_t moved_ms;      /* since when it is in its state */
	int64_t ended_ms;      /* since when they have it no more, for sure; 0: not yet */
	char cause[NAME_SIZE]; /* a word: "expired" */
	char why[CAUSE_SIZE];  /* the same for people: "The time is up" */
	char by[VENDOR_ID_SIZE]; /* who ended it; "": nobody did */

	/* What it rests on is gone since then, as was said; 0: it is not. */
	int64_t lost_ms;
	bool kept;         /* it stays until its time is up, whatever is gone */
	int64_t remind_ms; /* when to say that it ends soon; 0: that was said */
	char room[VENDOR_ID_SIZE *
		  2]; /* where its incident's channel was told: "channel/ts" */

	/* With a provisioner: who it is, "" for none; who has what at which target, as one
	 * text: grants of the same lane are one access over there; and what the
	 * provisioner is told (approver/order_json.h), which only STORE_ORDERS_DUE reads. */
	char provisioner[NAME_SIZE];
	char lane[LANE_SIZE];
	const char *told; /* in: borrowed until cb; NULL: "" */
};

/* Something to do outside, once the row is durable; retried until it is done or failed
 * for good. */
struct effect_row {
	int64_t id; /* given by the store, grows */
	char request_id[ULID_SIZE];
	char kind[32];         /* a word of approver/effect_kinds.c */
	char lane[LANE_SIZE];  /* one lane runs in order of id */
	char queue[NAME_SIZE]; /* whose it is: a provisioner, or "" for messages */
	enum effect_state state;
	const char *
		/* JSON. In: borrowed until cb. Out: allocated, the submitter frees()
		 * it */
		payload;
	int64_t due_ms; /* wall; not before */
	unsigned tries;
	bool begun; /* an order: a try of it may have been carried out */
};

enum { ORDER_OWN_SIZE = 128 };

/* An effect that a provisioner has to carry out: the first of its lane, so that nothing
 * but it changes what the lane's person has. */
struct order_row {
	struct effect_row effect; /* payload is the grant's `told` */
	char own[ORDER_OWN_SIZE]; /* and this the effect's own, if it has one; or "" */
	struct grant_row grant;
	bool covered; /* another active grant of the lane was there */
	/* When the last of those ends that have no order of their own, so that the target
	 * was told; 0: there is none. */
	int64_t others_until_ms;
	char reply_url[URL_SIZE]; /* of the request, as what follows */
	char reason[REASON_SIZE];
	int64_t asked_ms;
};

enum { AUDIT_HASH_SIZE = 32, AUDIT_SIGNATURE_SIZE = 64, AUDIT_KEY_ID_SIZE = 17 };

/* One change of state, as it was recorded in the transaction that made it. Each row holds
 * the hash of the one before it: approver/audit_chain.h. */
struct audit_row {
	int64_t seq; /* 1, 2, 3, ... */
	int64_t at_ms;
	char subject[16]; /* "request", "grant" */
	char subject_id[VENDOR_ID_SIZE];
	char from[16]; /* "": it is new */
	char to[16];
	const char *data; /* JSON. Allocated: the submitter frees it */
	uint8_t prev[AUDIT_HASH_SIZE];
	uint8_t hash[AUDIT_HASH_SIZE];
	bool intact; /* whether hash is that of what stands in the row, to the byte */
};

/* That the chain had come to this row, signed. */
struct audit_head {
	int64_t seq;
	int64_t at_ms;
	uint8_t hash[AUDIT_HASH_SIZE];
	char key_id[AUDIT_KEY_ID_SIZE];
	uint8_t signature[AUDIT_SIGNATURE_SIZE];
};

/* Which grants or requests; "" (state: *_MAX, since_ms: 0) does not matter. */
struct grant_filter {
	bool live; /* those that have not ended only */
	char user[VENDOR_ID_SIZE];
	char resource[NAME_SIZE];
	char incident[VENDOR_ID_SIZE]; /* its id or its ref */
};

struct request_filter {
	int64_t since_ms; /* asked then or later */
	enum request_state state;
	char incident[VENDOR_ID_SIZE]; /* as it was typed */
};

/* Nothing new is granted, by order of somebody. */
struct freeze_row {
	bool on;
	char by[VENDOR_ID_SIZE];
	char why[CAUSE_SIZE];
	int64_t since_ms;
};

/* How the ledger's disk is doing. */
struct ledger_room {
	bool full;          /* what begins something is refused: FAIL_LEDGER */
	int64_t free_bytes; /* for anybody, on its file system; -1: that cannot be told */
	int64_t reserve_bytes; /* kept for what ends, while it is full */
};

/* Which live grants: all that is not NULL or "" must fit. */
struct live_filter {
	const char *team, *user;
	const char *resource;
	const char *incident; /* id or reference */
	const char *provider; /* the key of whose standing it rests on */
	/* The whole, the beginning or the end of its id; its resource; or its incident. */
	const char *target;
};

#endif
