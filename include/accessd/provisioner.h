/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioner carries out at some target what was decided here: it gives a person access,
 * and takes it back. One file implements one kind (approver/provisioner_*.c). Rules 1-9 of
 * shared/loop.h hold.
 *
 * It never retries, orders or counts: who asks it (approver/order*.c) sees to it that one
 * person's access at one target is asked about once at a time, in order, that the target is
 * told of the first grant and of the end of the last, and that an end is asked for until it
 * is confirmed. So an implementation answers the one question: what became of it?
 *
 *   FAIL_NONE       done: the target said so
 *   FAIL_BUSY, FAIL_TIMEOUT
 *                   it was not done, and may be later (retry_after_s is honoured)
 *   FAIL_UPSTREAM   the other side failed: it may have done it, and to ask again finds out
 *   FAIL_UNCERTAIN  the target may have done it, nobody knows. A grant is then taken back.
 *   any other       refused for good: the target said that it did not and will not do it.
 *                   Say this only of what cannot have changed anything over there. */
#ifndef ACCESSD_PROVISIONER_H
#define ACCESSD_PROVISIONER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/config.h"
#include "accessd/fail.h"
#include "accessd/types.h"

struct http_client;
struct loop;
struct provision_list;

enum provision_action {
	PROVISION_GRANT,
	PROVISION_REVOKE,
	/* They have it, and are to have it until expires_ms, which is later than what the
	 * target was told before. Only where the config says that the target knows ends:
	 * `actions` holds "extend". To ask twice does no harm. */
	PROVISION_EXTEND,
	PROVISION_ACTION_MAX
};

/* What is to be done, for whom, at what. The target and who the person is are as they were
 * when it was granted, whatever config and directory say now. */
struct provision {
	enum provision_action action;
	const char *grant; /* its id; the same for the grant and for its end */
	const char *team;  /* who, at Slack */
	const char *user;
	const char *email; /* verified, or "" */
	const struct str_map *person_labels;
	const char *resource;
	const struct target *target;
	const char *policy;
	const char *reason; /* the person's own words, or "" */
	const char *why;    /* grant, extend: the evidence; revoke: why it ended */
	int64_t asked_ms;
	int64_t starts_ms;
	int64_t expires_ms; /* extend: the latest of all that the person has there */
	int64_t now_ms;
};

struct provision_call;

/* f->msg begins with what the target is called: "okta: HTTP 503". */
typedef void provision_cb(struct provision_call *c, const struct fail *f);

/* One thing to do; the caller embeds it. */
struct provision_call {
	const struct provision *what; /* in: borrowed until cb */
	provision_cb *cb;
	void *job; /* the provisioner's own */
};

/* Something that the target says somebody has there. One of the texts is set at least; the
 * id of the grant only if the target was told it and kept it. */
struct in_force {
	char grant[ULID_SIZE];
	char user[VENDOR_ID_SIZE]; /* at Slack */
	char email[EMAIL_SIZE];
};

enum { IN_FORCE_MAX = 4096 };

/* FAIL_NONE: rows is all that is there. Else it could not be found out, and f->msg begins
 * as above. */
typedef void provision_list_cb(struct provision_list *l, const struct fail *f);

/* The question what is in force at one target; the caller embeds it. */
struct provision_list {
	const char *resource;        /* in: borrowed until cb, as the target */
	const struct target *target; /* in: its id is never "" */
	provision_list_cb *cb;
	struct in_force *rows; /* out: n of them, the caller's to free() */
	size_t n;
	void *job; /* the provisioner's own */
};

/* Everything a provisioner needs. The config is borrowed for the call of open() only. */
struct provisioner_env {
	struct loop *loop;
	struct http_client *http; /* borrowed for its life */
	const struct provisioner_config *config;
};

struct provisioner;

/* What a kind of provisioner implements. Every member is mandatory, unless it says
 * otherwise. */
struct provisioner_ops {
	const char *type; /* in the config file: "indent" */

	/* Which of the words that `actions` may hold; NULL ends them. */
	const char *const *actions;

	/* What is wrong with this config, beyond what its keys say of themselves. No I/O. */
	bool (*check)(const struct provisioner_config *c, struct fail *f);

	bool (*open)(const struct provisioner_env *env, struct provisioner **ret_p,
		     struct fail *f);

	/* No call may be in flight any more. Accepts NULL. */
	void (*close)(struct provisioner *p);

	void (*start)(struct provisioner *p, struct provision_call *c);

	/* Forget the call; its cb does not fire any more. What it asked for may happen all
	 * the same. */
	void (*cancel)(struct provisioner *p, struct provision_call *c);

	/* Ask what is in force, without changing anything. Only where the config's `actions`
	 * hold "list"; NULL, as list_cancel: a kind whose targets cannot say. */
	void (*list)(struct provisioner *p, struct provision_list *l);

	/* Forget the question; its cb does not fire any more. */
	void (*list_cancel)(struct provisioner *p, struct provision_list *l);
};

struct provisioner {
	const struct provisioner_ops *ops;
};

#endif
