/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to something that somebody did in Slack: in the ack if that can carry it,
 * else at the response_url. Slack gives 3 s for the ack, people have less patience: who is
 * not answered in time gets an ack that says what it waits for. */
#ifndef BOT_RESPONSE_H
#define BOT_RESPONSE_H

#include <stdbool.h>

#include "accessd/types.h"
#include "bot/slack/ack.h"
#include "bot/slack/web_api.h"
#include "shared/loop.h"

struct app;

/* What an ack of it may carry. */
enum response_way {
	RESPONSE_COMMAND, /* a message */
	RESPONSE_PRESS,   /* nothing: the message goes to the response_url */
	RESPONSE_MODAL, /* what is wrong with what was typed; there is no response_url */
};

struct response;

/* It is over; a may be freed. Fires within response_end(), or later. */
typedef void response_gone_fn(struct response *a);

struct response {
	struct app *app; /* borrowed */
	enum response_way way;
	struct slack_ack ack;
	bool acked;
	bool answering; /* the response_url has it */
	char response_url[URL_SIZE];
	const char *slow; /* what to say when it takes long: a literal */
	struct loop_timer patience;
	struct slack_call call;
	char *body;
	response_gone_fn *gone;
};

/* A press is acked at once. response_url: "" when there is none. */
void response_init(struct response *a, struct app *app, enum response_way way,
		   const struct slack_ack *ack, const char *response_url,
		   response_gone_fn *gone);

/* From now on it may take long. */
void response_wait(struct response *a, const char *slow);

/* The answer; a->gone() follows. Takes body, JSON text from malloc; NULL: none. */
void response_end(struct response *a, char *body);

/* The same with plain text, for them alone. */
void response_say(struct response *a, const char *text);

/* Forget it: nothing more is said, and gone() is not called. */
void response_finish(struct response *a);

#endif
