/* SPDX-License-Identifier: Apache-2.0 */
/* What people press, from the envelope to its answer.
 *
 *   press -> ours? -> the table of our buttons -> a deed (deeds.c): release, extend, again
 *                                             `-> Keep: a modal that asks why -> a deed
 *
 * Anybody who sees a message can press its buttons, people of other workspaces in a shared
 * channel among them, and old messages have theirs for ever. So a button carries an id and
 * nothing else; who may, and what is the case, is found out at each press. What came of it
 * is for the one who pressed. */
#include "bot/running.h"

#include <stdlib.h>
#include <string.h>

#include "bot/render.h"
#include "bot/slack/interaction.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

/* --- Keep asks back -------------------------------------------------------------------- */

static void on_opened(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct running *r = container_of(call, struct running, call);

	(void)reply;
	r->calling = false;
	if (f->kind == FAIL_NONE) {
		response_end(&r->response, NULL);
		return;
	}
	log_warn("modal.unopened", LOG_F(f), LOG_T("then", "said-so"));
	response_say(&r->response, "Slack did not open the form. Press Keep again.");
}

/* "trigger valid 3 s, single use": nobody is asked before. */
static void ask_why(struct running *r, const struct interaction *i)
{
	r->body = render_keep_modal(r->trigger, i->value);
	if (!r->body) {
		abort();
	}
	r->call = (struct slack_call){ .method = "views.open",
				       .body = r->body,
				       .cb = on_opened };
	r->calling = true;
	slack_call_start(r->all->app->api, &r->call);
}

/* --- the others ---------------------------------------------------------------------------- */

static void release(struct running *r, const struct interaction *i)
{
	deed_run(r, approver_release, i->user_id, i->channel_id);
}

static void extend(struct running *r, const struct interaction *i)
{
	deed_run(r, approver_extend, i->user_id, i->channel_id);
}

static void again(struct running *r, const struct interaction *i)
{
	deed_run(r, approver_again, i->user_id, i->channel_id);
}

static void keep(struct running *r, const struct interaction *i)
{
	text_copy(r->deed.why, sizeof(r->deed.why), i->typed);
	deed_run(r, approver_keep, i->user_id, i->channel_id);
}

/* clang-format off */
static const struct {
	enum interaction_kind kind;
	const char *action;
	void (*run)(struct running *r, const struct interaction *i);
} actions[] = {
	{ INTERACTION_PRESS,  ACTION_AGAIN,   again },
	{ INTERACTION_PRESS,  ACTION_EXTEND,  extend },
	{ INTERACTION_PRESS,  ACTION_KEEP,    ask_why },
	{ INTERACTION_PRESS,  ACTION_RELEASE, release },
	{ INTERACTION_SUBMIT, ACTION_KEEP,    keep },
};
/* clang-format on */

static void run(struct running *r, const struct interaction *i)
{
	struct metric *m = r->all->m_presses;

	text_copy(r->deed.target, sizeof(r->deed.target), i->value);
	for (size_t k = 0; k < ARRAY_LEN(actions); k++) {
		if (actions[k].kind == i->kind &&
		    strcmp(actions[k].action, i->action) == 0) {
			metric_add(m, actions[k].action, 1);
			actions[k].run(r, i);
			return;
		}
	}
	metric_add(m, "unknown", 1);
	response_say(&r->response, "That button is not known any more.");
}

void buttons_interaction(struct commands *c, const struct slack_ack *ack,
			 const json_t *payload)
{
	struct interaction i;
	struct fail f = { 0 };

	if (!interaction_read(payload, &i, &f)) {
		log_warn("press.unreadable", LOG_F(&f), LOG_T("then", "acked"));
		slack_ack_send(ack, NULL);
		return;
	}
	if (i.kind == INTERACTION_OTHER) {
		slack_ack_send(ack, NULL); /* unacked they come back */
		return;
	}
	struct origin o = { i.team_id, i.user_id, i.user_team, i.api_app_id,
			    i.enterprise_install };
	const char *no = origin_refusal(c->app, &o);
	struct running *r = running_create(
		c, i.kind == INTERACTION_SUBMIT ? RESPONSE_MODAL : RESPONSE_PRESS, ack,
		i.response_url, i.trigger_id);

	if (no) {
		log_warn("press.refused", LOG_T("team", i.team_id),
			 LOG_T("user", i.user_id), LOG_T("why", no));
		metric_add(c->m_presses, "refused", 1);
		response_say(&r->response, no);
		return;
	}
	run(r, &i);
}
