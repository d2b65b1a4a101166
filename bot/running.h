/* SPDX-License-Identifier: Apache-2.0 */
/* What the files that carry out what people do share: commands.c for what they type,
 * buttons.c for what they press, deeds.c for what both come to. Nobody else includes
 * this. */
#ifndef BOT_RUNNING_H
#define BOT_RUNNING_H

#include "accessd/approver.h"
#include "bot/app.h"
#include "bot/response.h"

struct metric;

struct commands {
	struct app *app;
	struct running *first;
	struct metric *m_commands;
	struct metric *m_presses;
};

/* One thing that somebody did, and that waits for the ledger, or whose answer is on its
 * way. */
struct running {
	struct commands *all;
	struct running *next, *prev;
	struct response response;
	char keys[2][VENDOR_ID_SIZE *
		     4]; /* envelope and trigger: what a second one has, too */
	struct ask ask;
	struct mine mine;
	struct deed deed;
	char trigger[VENDOR_ID_SIZE * 3];
	struct slack_call call; /* views.open */
	char *body;
	bool calling;
};

struct running *running_create(struct commands *c, enum response_way way,
			       const struct slack_ack *ack, const char *response_url,
			       const char *trigger);

/* Who did something, as far as the payload says. */
struct origin {
	const char *team;
	const char *user;
	const char *user_team; /* "" where it is not said */
	const char *app;
	bool enterprise_install;
};

/* NULL when it is from our team and for our app; else what to tell them. Identity is
 * (team id, user id); an org-wide install could name any team, so it is refused. */
const char *origin_refusal(const struct app *a, const struct origin *o);

/* --- deeds.c ---------------------------------------------------------------------------- */

typedef void deed_fn(struct approver *a, struct deed *d);

/* Do it as `user`, to what r->deed says, and answer with what came of it. */
void deed_run(struct running *r, deed_fn *run, const char *user, const char *channel);

/* --- buttons.c -------------------------------------------------------------------------- */

/* A press or a modal: answered, whatever it is. */
void buttons_interaction(struct commands *c, const struct slack_ack *ack,
			 const json_t *payload);

#endif
