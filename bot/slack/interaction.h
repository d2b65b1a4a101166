/* SPDX-License-Identifier: Apache-2.0 */
/* What people do with what we have shown them: press a button, send a modal. Pure.
 *
 * Whoever sees a message can press its buttons, also people of other workspaces in a shared
 * channel: who it was is read here, what they may is asked elsewhere. */
#ifndef BOT_SLACK_INTERACTION_H
#define BOT_SLACK_INTERACTION_H

#include <jansson.h>
#include <stdbool.h>

#include "accessd/fail.h"
#include "accessd/types.h"

enum interaction_kind {
	INTERACTION_PRESS,  /* "block_actions" of a button */
	INTERACTION_SUBMIT, /* "view_submission" */
	INTERACTION_OTHER,  /* nothing of ours does these: ack, and forget */
	INTERACTION_MAX
};

/* Our own ids are short; a longer one is somebody else's. */
enum { ACTION_ID_SIZE = 64, ACTION_VALUE_SIZE = 64 };

/* Texts are borrowed from the JSON; "" when absent. */
struct interaction {
	enum interaction_kind kind;
	const char *team_id; /* of the workspace that it comes from, or "" */
	const char *user_id;
	const char *user_team; /* of the person: another one in shared channels */
	const char *api_app_id;
	bool enterprise_install;
	const char *channel_id;
	const char *message_ts;
	const char *response_url;
	const char *trigger_id;
	const char *action; /* press: action_id; submit: callback_id */
	const char *value;  /* press: the button's; submit: private_metadata */
	const char *typed;  /* submit: what the first text input holds */
};

/* Who and what must be there; a press has exactly one action, of a button. */
bool interaction_read(const json_t *payload, struct interaction *ret_i, struct fail *f);

#endif
