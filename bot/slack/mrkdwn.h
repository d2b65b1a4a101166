/* SPDX-License-Identifier: Apache-2.0 */
/* Text in Slack's mrkdwn. Everything that comes from people or vendors goes through
 * mrkdwn_add_text(). Pure. */
#ifndef BOT_SLACK_MRKDWN_H
#define BOT_SLACK_MRKDWN_H

#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"

/* Append text of strangers, at most `chars` code points of it (then "…"): & < > escaped,
 * so that <!channel> and <@U…> ping nobody; backticks, * _ ~ at word edges defused;
 * control characters, bidi controls and zero-width ones dropped; line ends become spaces;
 * what is not UTF-8 becomes U+FFFD. */
void mrkdwn_add_text(struct buf *b, const char *text, size_t chars);

/* <@U…>; falls back to escaped text when the id is not an id. */
void mrkdwn_add_user(struct buf *b, const char *user_id);

/* A moment in each reader's own zone: <!date^SECONDS^{time}|14:12 UTC> on the same UTC
 * day as now_ms, else with {date_short_pretty} as well. */
void mrkdwn_add_time(struct buf *b, int64_t wall_ms, int64_t now_ms);

/* Undo Slack's escaping of what somebody typed, exactly once: &amp; &lt; &gt;. In
 * place. */
void mrkdwn_unescape(char *s);

#endif
