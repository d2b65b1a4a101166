/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's Web API: one call, one answer. A 429 parks its method until Retry-After has
 * passed: further calls of that method wait here (in order, up to 1024), others go on.
 * Slack says HTTP 200 for failures too: only `ok` counts. Rules of shared/loop.h hold. */
#ifndef BOT_SLACK_WEB_API_H
#define BOT_SLACK_WEB_API_H

#include <jansson.h>
#include <stdbool.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"
#include "shared/http_client.h"
#include "shared/loop.h"

struct metrics;
struct slack_api;
struct slack_call;
struct slack_park;

struct slack_api_config {
	struct loop *loop;
	struct http_client *http;
	struct metrics *metrics;    /* may be NULL */
	const char *api_url;        /* borrowed; ends in '/' */
	const struct secret *token; /* borrowed: the bot token */
	/* host that response_urls may have beside hooks.slack.com and hooks.slack-
	 * gov.com; "" none. Tests: "127.0.0.1" */
	const char *response_host;
};

/* FAIL_NONE: `ok` was true and reply is the whole object (borrowed); or it was false but
 * what was asked for is so already ("already_reacted"). Else reply is NULL and
 * call->error is Slack's word ("channel_not_found"), or "" when there was no reply of
 * Slack's.
 *   FAIL_DENIED    the token or its scopes: hint says what to do
 *   FAIL_INVALID   Slack refused the arguments or the place; trying again does not help
 *   FAIL_NOT_FOUND no such user, channel, message; an expired response_url
 *   FAIL_BUSY      rate limit; retry_after_s is set (after one wait here was used up)
 *   FAIL_UPSTREAM, FAIL_TIMEOUT, FAIL_UNCERTAIN as shared/http_client.h; internal errors
 *                  of Slack's are FAIL_UPSTREAM. HTTP 5xx, a reply that is not JSON and
 *                  "fatal_error" ("part may have happened") are FAIL_UNCERTAIN for a
 *                  write; a read (form) is never uncertain: FAIL_UPSTREAM */
typedef void slack_cb(struct slack_call *call, const json_t *reply, const struct fail *f);

struct slack_call {
	const char *method; /* in: a literal, "chat.postMessage"; borrowed for ever */
	bool form;          /* in: body is form encoded, not JSON (read methods) */
	const char *body;   /* in: borrowed until cb */
	int64_t timeout_ms; /* in: 0: 10 s */
	slack_cb *cb;
	char error[VENDOR_ID_SIZE]; /* out */
	char scopes[512];           /* out: x-oauth-scopes */
	struct http_request req;    /* private from here on */
	struct slack_api *api;
	struct slack_call *next;
	struct buf url;
	struct fail fail;
	struct slack_park *park; /* the queue that it is in, or NULL */
	unsigned waits;
	int state;
	uint64_t seq;
	int64_t started_ms;
};

bool slack_api_open(const struct slack_api_config *conf, struct slack_api **ret_api,
		    struct fail *f);
void slack_api_close(struct slack_api *api); /* calls are cancelled; accepts NULL */

void slack_call_start(struct slack_api *api, struct slack_call *call);
void slack_call_cancel(struct slack_call *call); /* rule 4; fine when not under way */

/* POST JSON to a response_url: call->body is sent, call->method is ignored, reply is
 * NULL. Only https and Slack's own hosts (or response_host): FAIL_INVALID else. */
void slack_respond_start(struct slack_api *api, struct slack_call *call,
			 const char *response_url);

#endif
