/* SPDX-License-Identifier: Apache-2.0 */
/* The JSON around the words: a message of sections and one context line. Only render*.c
 * include this. */
#ifndef BOT_RENDER_BODY_H
#define BOT_RENDER_BODY_H

#include <jansson.h>

#include "bot/render.h"
#include "shared/buf.h"

/* Slack: "section text 1-3000"; a body as an ack stays under 16 KiB. */
enum { SECTION_MAX = 3000, BODY_MAX = 16000 };

struct body {
	json_t *blocks;
	const char *thread; /* for RENDER_POST: the message that it answers; NULL or "" */
	struct buf text;    /* what a notification and a screen reader say */
};

void body_init(struct body *b);
void body_finish(struct body *b);

/* mrkdwn that was built with bot/slack/mrkdwn.h; "" adds nothing. */
void body_add_section(struct body *b, const struct buf *mrkdwn);
void body_add_context(struct body *b, const struct buf *mrkdwn);

/* One of our own buttons; value: the id of what it is about, and nothing else: "old
 * messages keep working buttons", so that all else is looked up when one is pressed. */
struct button {
	const char *action;
	const char *text;
	bool danger;
};
void body_add_buttons(struct body *b, const struct button *const buttons[], size_t n,
		      const char *value);

/* The whole message; channel and user as the place wants them, or "". Finishes b. NULL
 * when memory ran out. */
char *body_dump(struct body *b, enum render_place place, const char *channel,
		const char *user);

#endif
