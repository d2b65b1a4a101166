/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to something that somebody did in Slack: in the ack if that can carry it,
 * else at the response_url. Slack gives 3 s for the ack, people have less patience: who is
 * not answered in time gets an ack that says what it waits for. */
#ifndef BOT_ANSWER_H
#define BOT_ANSWER_H

#include <stdbool.h>

#include "accessd/types.h"
#include "bot/slack/ack.h"
#include "bot/slack/web_api.h"
#include "shared/loop.h"

struct app;

/* What an ack of it may carry. */
enum answer_way {
	ANSWER_COMMAND, /* a message */
	ANSWER_PRESS,   /* nothing: the message goes to the response_url */
	ANSWER_MODAL,   /* what is wrong with what was typed; there is no response_url */
};

struct answer;

/* It is over; a may be freed. Fires within answer_end(), or later. */
typedef void answer_gone_fn(struct answer *a);

struct answer {
	struct app *app; /* borrowed */
	enum answer_way way;
	struct slack_ack ack;
	bool acked;
	bool answering; /* the response_url has it */
	char response_url[URL_SIZE];
	const char *slow; /* what to say when it takes long: a literal */
	struct loop_timer patience;
	struct slack_call call;
	char *body;
	answer_gone_fn *gone;
};

/* A press is acked at once. response_url: "" when there is none. */
void answer_init(struct answer *a, struct app *app, enum answer_way way,
		 const struct slack_ack *ack, const char *response_url,
		 answer_gone_fn *gone);

/* From now on it may take long. */
void answer_wait(struct answer *a, const char *slow);

/* The answer; a->gone() follows. Takes body, JSON text from malloc; NULL: none. */
void answer_end(struct answer *a, char *body);

/* The same with plain text, for them alone. */
void answer_say(struct answer *a, const char *text);

/* Forget it: nothing more is said, and gone() is not called. */
void answer_finish(struct answer *a);

#endif
