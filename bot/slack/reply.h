/* SPDX-License-Identifier: Apache-2.0 */
/* What a reply of the Web API, or of a response_url, means. Pure. */
#ifndef BOT_SLACK_REPLY_H
#define BOT_SLACK_REPLY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/http_client.h"

struct slack_reply {
	json_t *root;               /* owned; NULL unless it is a success */
	char error[VENDOR_ID_SIZE]; /* Slack's word, or "" */
};

/* Slack says HTTP 200 for failures too: only `ok` counts. `write`: what the call does
 * cannot be done twice without harm. The kinds are those of bot/slack/web_api.h; a rate
 * limit carries retry_after_s, 30 when Slack does not say. r is written in both cases. */
bool slack_reply_read(const struct http_response *res, bool write, int64_t wall_ms,
		      struct slack_reply *r, struct fail *f);
void slack_reply_finish(struct slack_reply *r);

/* The same for a response_url: any 200 is a success, the body is not looked at. */
bool slack_response_read(const struct http_response *res, int64_t wall_ms,
			 struct fail *f);

/* How long a 429 asks to wait: 1 s to an hour, 30 s when it does not say. */
uint32_t slack_retry_after_s(const struct http_response *res, int64_t wall_ms);

/* For texts of Slack's that go into our messages: ids and error words, at most. Returns
 * word, or "?" when it has other characters or is too long. */
const char *slack_word(const char *word);

/* Whether the table of error words is in order. For tests. */
bool slack_errors_sorted(void);

#endif
