/* SPDX-License-Identifier: Apache-2.0 */
/* The words that people see in Slack. Pure: same facts, same JSON; golden files in
 * tests/data/render/ hold it to that.
 *
 * Each gives a whole message body as JSON text: `text` (what a notification and a screen
 * reader say) always set, `blocks` where they help. Every text of people or vendors is
 * escaped. free() the result; NULL when memory ran out. */
#ifndef BOT_RENDER_H
#define BOT_RENDER_H

#include <stdint.h>

#include "accessd/approver.h"
#include "accessd/config.h"
#include "accessd/notifier.h"

/* Where a message goes decides its frame. */
enum render_place {
	RENDER_CHANNEL_REPLY, /* to a response_url, for all to see */
	RENDER_PRIVATE_REPLY, /* to a response_url or as an ack, for the asker alone */
	RENDER_POST,          /* chat.postMessage: "channel" is set */
	RENDER_EPHEMERAL,     /* chat.postEphemeral: "channel" and "user" are set */
};

/* channel: for RENDER_POST and RENDER_EPHEMERAL, where it goes (a channel or DM id). */
char *render_notice(enum notice_kind kind, const struct notice_facts *about,
		    enum render_place place, const char *channel, int64_t now_ms);

/* The modal that asks why something is to be kept, for views.open; the id is what it is
 * about. And what its submission is answered with when it is refused. */
char *render_keep_modal(const char *trigger, const char *id);
char *render_modal_error(const char *text);

/* The ids of our buttons and modals; the same for old messages for ever. */
#define ACTION_AGAIN   "access.again"
#define ACTION_EXTEND  "access.extend"
#define ACTION_KEEP    "access.keep"
#define ACTION_RELEASE "access.release"

char *render_help(const struct config *c);
char *render_mine(const struct mine *m, const char *command, int64_t now_ms);

/* The service's own trouble, for chat.postMessage into `channel`. */
char *render_ops(const char *text, const char *channel);

/* Plain text (a problem, a failure) for the asker alone. */
char *render_problem(const char *text);

#endif
