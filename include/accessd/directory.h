/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is where they ask from. bot/ implements it with Slack's users.info; the
 * approver asks it before every decision. Rules 1-9 of shared/loop.h hold. */
#ifndef ACCESSD_DIRECTORY_H
#define ACCESSD_DIRECTORY_H

#include <stdbool.h>

#include "accessd/fail.h"
#include "accessd/types.h"

/* A member as the directory knows them; at most 60 s old. What the vendor did not say is
 * taken for the worse: no `is_email_confirmed` is not confirmed. */
struct member {
	bool deleted;  /* deactivated */
	bool bot;      /* bots, Slackbot, workflow users */
	bool guest;    /* restricted, ultra-restricted */
	bool external; /* of another team, or a stranger */
	bool email_confirmed;
	char email[EMAIL_SIZE]; /* as the vendor has it, or "" */
};

struct directory_ask;

/* FAIL_NOT_FOUND: there is no such user here. All else: could not ask. */
typedef void directory_cb(struct directory_ask *ask, const struct fail *f);

struct directory_ask {
	char team[VENDOR_ID_SIZE]; /* in */
	char user[VENDOR_ID_SIZE]; /* in */
	struct member member;      /* out, valid in cb with FAIL_NONE */
	directory_cb *cb;
	struct directory_ask *next; /* the directory's own */
};

struct group_ask;

/* FAIL_NOT_FOUND: there is no such group here. All else: could not ask. */
typedef void group_cb(struct group_ask *ask, const struct fail *f);

/* Whether somebody belongs to a user group, as it was at most 60 s ago. */
struct group_ask {
	char group[VENDOR_ID_SIZE]; /* in */
	char user[VENDOR_ID_SIZE];  /* in */
	bool in;                    /* out, valid in cb with FAIL_NONE */
	group_cb *cb;
	struct group_ask *next; /* the directory's own */
};

struct directory;

struct directory_ops {
	void (*ask)(struct directory *d, struct directory_ask *ask);
	void (*cancel)(struct directory *d, struct directory_ask *ask);
	void (*ask_group)(struct directory *d, struct group_ask *ask);
	void (*cancel_group)(struct directory *d, struct group_ask *ask);
};

struct directory {
	const struct directory_ops *ops;
};

#endif
