/* SPDX-License-Identifier: Apache-2.0 */
/* What Indent's platform sends, read and checked. Pure.
 *
 * One URL takes four kinds of call; which one it is can only be told from the body, in this
 * order: truthy `kinds`, truthy `info`, truthy `events`. "Truthy" is JavaScript's: an empty
 * array is, false and 0 are not. Every field may be absent: the platform is Go's
 * protobuf, which leaves out what is empty. */
#ifndef APPROVER_INDENT_PARSE_H
#define APPROVER_INDENT_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/provider.h"
#include "shared/jx.h"

enum { INDENT_OTHERS_MAX = 4 };

enum indent_kind {
	INDENT_UNKNOWN,
	INDENT_PULL,     /* PullUpdate: which resources are there? */
	INDENT_INFO,     /* GetInfo: what can you do? */
	INDENT_APPLY,    /* ApplyUpdate: give it, take it back */
	INDENT_DECISION, /* GetDecision: may they? */
};

struct indent_call {
	enum indent_kind kind;
	json_t *body; /* owns `request` and its parts */

	/* Of a decision: the first event named access/request, checked; NULL: there is
	 * none, and so there is nothing to claim. */
	const json_t *request;
	const json_t *actor;   /* its parts; NULL and "" when they are absent */
	const json_t *targets; /* an array */
	const json_t *labels;  /* of its meta */
	const char *reason;

	struct person who;         /* the actor, as the platform vouches for them */
	char user[VENDOR_ID_SIZE]; /* what the ledger calls them, or "" */
	/* Who else is among the resources: a claim names them, and whoever carries it out
	 * may take them for whom it is for. NULL: nobody. */
	struct person *others;
	size_t n_others;
	const char *refused; /* why nothing can be claimed, for people; or NULL */
};

/* FAIL_INVALID: it is no JSON object, or an access/request whose parts are not what they
 * should be. */
bool indent_parse(const char *body, size_t n, struct indent_call *ret_c, struct fail *f);

/* What was sent is not looked at any more: body, request and its parts are gone. */
void indent_call_drop_body(struct indent_call *c);
void indent_call_finish(struct indent_call *c); /* fine after it failed */

/* Whether it is a person: Slack's, Okta's or Indent's own user; or it has an e-mail, and
 * does not say what it is. */
bool indent_is_person(const json_t *resource);

/* The longest that the requester asks for by their labels, in seconds; 0: they do not say. Their labels
 * may contradict each other: the shortest counts. A moment that is over is a left-over of
 * an earlier request and says nothing. */
int64_t indent_asked_s(const json_t *labels, int64_t now_ms);

#endif
