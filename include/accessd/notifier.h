/* SPDX-License-Identifier: Apache-2.0 */
/* How the approver reaches people. bot/notifier.c implements it with Slack. It chooses
 * words and places, nothing else. Rules 1-9 of shared/loop.h hold. */
#ifndef ACCESSD_NOTIFIER_H
#define ACCESSD_NOTIFIER_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"

enum notice_kind {
	NOTICE_GRANTED,  /* into the channel, as are most are */
	NOTICE_GRANTING, /* decided, the target has not confirmed it yet */
	NOTICE_FAILED,   /* decided, and it did not come */
	NOTICE_REVOKING, /* it has ended, the target has not confirmed it yet */
	NOTICE_DENIED,   /* or to the asker alone */
	NOTICE_ENDED,
	NOTICE_EXTENDED,
	NOTICE_SHORTENED,    /* it was extended, and the target did not take that */
	NOTICE_KEPT,         /* what it rests on is gone, and it stays all the same */
	NOTICE_EXPIRING,     /* to the holder, as the next two: it ends soon */
	NOTICE_LOSING,       /* what it rests on is gone: it ends after a grace */
	NOTICE_REGAINED,     /* what it rests on is back */
	NOTICE_ROOM_GRANTED, /* into the incident's own channel, and nowhere else */
	NOTICE_ROOM_ENDED,   /* likewise, in the thread of the one before */
	NOTICE_HELD,         /* to the asker: they have it already */
	NOTICE_CHECKING,     /* to the asker: it takes longer than 1.5 s; not durable */
	/* to the asker: nothing could be recorded, so nothing is granted; not durable */
	NOTICE_STUCK,
	NOTICE_KIND_MAX
};

enum { NOTICE_TEXT_SIZE = 512 };

/* All that a message can say. Kept as JSON in the ledger, so that it can be sent after a
 * crash. Plain text throughout: who renders escapes. What does not apply is "" or 0. */
struct notice_facts {
	char request_id[ULID_SIZE];
	char team[VENDOR_ID_SIZE];
	char user[VENDOR_ID_SIZE];
	char channel[VENDOR_ID_SIZE];
	char reply_url[URL_SIZE]; /* good for 30 minutes after asked_ms and 5 uses */
	char resource[NAME_SIZE];
	char warning[TITLE_SIZE]; /* the resource's own */
	char policy[NAME_SIZE];
	char provisioner[NAME_SIZE]; /* who carries it out, or "" */
	/* granted: the evidence; denied: the first check that failed; ended: the cause */
	char why[NOTICE_TEXT_SIZE];
	char fix[NOTICE_TEXT_SIZE];  /* denied, held: what they can do */
	char by[VENDOR_ID_SIZE];     /* ended, extended, kept: who did it; "": nobody */
	char thread[VENDOR_ID_SIZE]; /* the message that it answers, or "" */
	int64_t can_keep;            /* losing: whether they may keep it */
	int64_t is_told; /* extended: the target has to learn of it, and may not take it */
	int64_t asked_ms;
	int64_t decided_ms;
	int64_t for_s;
	int64_t until_ms;
	int64_t open_s; /* ended: how long it was open; -1: it never was, for all we know */
};

struct notice;

/* FAIL_NONE: it was taken; n->ref says where it is, if the other side says so. A failure
 * that fail_retryable() says can pass is tried again by the caller; FAIL_UNCERTAIN: it
 * may have arrived. Every other: it never will. */
typedef void notice_cb(struct notice *n, const struct fail *f);

struct notice {
	enum notice_kind kind;            /* in */
	const struct notice_facts *about; /* in: borrowed until cb */
	unsigned tries;                   /* in: how often it has failed before */
	char ref[VENDOR_ID_SIZE * 2];     /* out: "channel/ts", or "" */
	notice_cb *cb;
	void *job; /* the notifier's own */
};

struct notifier;

struct notifier_ops {
	void (*send)(struct notifier *self, struct notice *n);

	/* Forget n; its cb does not fire any more. It may still arrive. */
	void (*cancel)(struct notifier *self, struct notice *n);
};

struct notifier {
	const struct notifier_ops *ops;
};

#endif
