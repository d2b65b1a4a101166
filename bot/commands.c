/* SPDX-License-Identifier: Apache-2.0 */
/* What people type, from the envelope to its ack.
 *
 *   envelope -> ours? -> command_parse() -> help, mine, a problem: answered in the ack
 *                                      `-> a deed (deeds.c): what came of it, in the ack
 *                                      `-> an ask: in the ledger, then an empty ack; the
 *                                          decision follows as a message
 *
 * Slack gives 3 s for the ack, people have less patience: "within 1.5 s the person sees
 * something". A ledger that has not written by then gets an ack that says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/parse.h"
#include "bot/render.h"
#include "bot/running.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

/* --- asking ------------------------------------------------------------------------------ */

static void on_asked(struct ask *ask, const struct fail *f)
{
	struct running *r = container_of(ask, struct running, ask);
	char text[512];

	if (f->kind == FAIL_NONE) {
		response_end(&r->response, NULL);
		return;
	}
	snprintf(text, sizeof(text),
		 f->kind == FAIL_UNCERTAIN
			 ? "Nothing is granted yet, and it is not known whether your "
			   "request could be recorded (%s). If it was, it will be "
			   "decided; ask again if nothing follows."
			 : "Nothing was granted: your request could not be recorded "
			   "(%s). Ask again in a minute, and tell whoever runs accessd.",
		 f->msg);
	response_say(&r->response, text);
}

static void row_fill(struct request_row *row, const struct slash_command *cmd,
		     const struct command *c)
{
	text_copy(row->source, sizeof(row->source), "slack");
	text_copy(row->team, sizeof(row->team), cmd->team_id);
	text_copy(row->user, sizeof(row->user), cmd->user_id);
	text_copy(row->channel, sizeof(row->channel), cmd->channel_id);
	text_copy(row->reply_url, sizeof(row->reply_url), cmd->response_url);
	text_copy(row->resource, sizeof(row->resource), c->resource);
	text_copy(row->incident, sizeof(row->incident), c->incident);
	text_copy(row->reason, sizeof(row->reason), c->reason);
	row->for_s = c->for_s;
}

static void ask(struct running *r, const struct slash_command *cmd,
		const struct command *c)
{
	struct app *app = r->all->app;

	if (!approver_has_room(app->approver)) {
		response_say(
			&r->response,
			"Nothing was granted: too many requests are being decided. Ask "
			"again in a minute.");
		return;
	}
	row_fill(&r->ask.row, cmd, c);
	r->ask.keys[0] = r->keys[0];
	r->ask.keys[1] = r->keys[1];
	r->ask.cb = on_asked;
	response_wait(
		&r->response,
		"The ledger is slow, so your request is not recorded yet and nothing "
		"is granted. The answer follows here.");
	approver_ask(app->approver, &r->ask);
}

/* --- help, mine, a problem ---------------------------------------------------------------- */

static void on_mine(struct mine *m, const struct fail *f)
{
	struct running *r = container_of(m, struct running, mine);
	struct app *app = r->all->app;
	char text[512];

	if (f->kind == FAIL_NONE) {
		response_end(&r->response,
			     render_mine(m, app->config->slack.command,
					 clock_wall_ms(loop_clock(app->loop))));
		return;
	}
	snprintf(text, sizeof(text),
		 "The ledger could not be read (%s). Ask again in a minute.", f->msg);
	response_say(&r->response, text);
}

static void mine(struct running *r, const struct slash_command *cmd,
		 const struct command *c)
{
	(void)c;
	text_copy(r->mine.team, sizeof(r->mine.team), cmd->team_id);
	text_copy(r->mine.user, sizeof(r->mine.user), cmd->user_id);
	r->mine.cb = on_mine;
	response_wait(&r->response, "The ledger is slow. The answer follows here.");
	approver_mine(r->all->app->approver, &r->mine);
}

static void help(struct running *r, const struct slash_command *cmd,
		 const struct command *c)
{
	(void)cmd;
	(void)c;
	response_end(&r->response, render_help(r->all->app->config));
}

static void problem(struct running *r, const struct slash_command *cmd,
		    const struct command *c)
{
	(void)cmd;
	response_say(&r->response, c->problem);
}

/* --- deeds ---------------------------------------------------------------------------------- */

static void deed(struct running *r, deed_fn *run, const struct slash_command *cmd,
		 const struct command *c)
{
	struct deed *d = &r->deed;

	text_copy(d->target, sizeof(d->target), c->target);
	text_copy(d->why, sizeof(d->why), c->reason);
	d->for_s = c->for_s;
	d->on = c->on;
	d->revoke_all = c->revoke_all;
	deed_run(r, run, cmd->user_id, cmd->channel_id);
}

static void release(struct running *r, const struct slash_command *cmd,
		    const struct command *c)
{
	deed(r, approver_release, cmd, c);
}

static void extend(struct running *r, const struct slash_command *cmd,
		   const struct command *c)
{
	deed(r, approver_extend, cmd, c);
}

static void take_back(struct running *r, const struct slash_command *cmd,
		      const struct command *c)
{
	deed(r, approver_revoke, cmd, c);
}

static void freeze(struct running *r, const struct slash_command *cmd,
		   const struct command *c)
{
	deed(r, approver_freeze, cmd, c);
}

/* --- which it is ---------------------------------------------------------------------------- */

static const struct {
	const char *word; /* in metrics */
	void (*run)(struct running *r, const struct slash_command *cmd,
		    const struct command *c);
} kinds[COMMAND_KIND_MAX] = {
	[COMMAND_HELP] = { "help", help },
	[COMMAND_MINE] = { "mine", mine },
	[COMMAND_ASK] = { "ask", ask },
	[COMMAND_RELEASE] = { "release", release },
	[COMMAND_EXTEND] = { "extend", extend },
	[COMMAND_REVOKE] = { "revoke", take_back },
	[COMMAND_FREEZE] = { "freeze", freeze },
	[COMMAND_BAD] = { "bad", problem },
};

static void slash(struct commands *c, const struct slack_ack *ack,
		  const struct slash_command *cmd)
{
	struct app *app = c->app;
	struct origin o = { cmd->team_id, cmd->user_id, "", cmd->api_app_id,
			    cmd->enterprise_install };
	const char *no = origin_refusal(app, &o);
	struct running *r = running_create(c, RESPONSE_COMMAND, ack, cmd->response_url,
					   cmd->trigger_id);
	struct command parsed;

	if (no) {
		log_warn("command.refused", LOG_T("team", cmd->team_id),
			 LOG_T("user", cmd->user_id), LOG_T("why", no));
		metric_add(c->m_commands, "refused", 1);
		response_say(&r->response, no);
		return;
	}
	command_parse(cmd->text, strlen(cmd->text), app->config->slack.command,
		      &app->config->resources, &parsed);
	metric_add(c->m_commands, kinds[parsed.kind].word, 1);
	kinds[parsed.kind].run(r, cmd, &parsed);
}

void commands_envelope(struct commands *c, const struct slack_ack *ack,
		       const struct envelope *e)
{
	struct slash_command cmd;
	struct fail f = { 0 };

	if (e->kind == ENVELOPE_INTERACTIVE) {
		buttons_interaction(c, ack, e->payload);
	} else if (e->kind != ENVELOPE_SLASH) {
		/* Nothing of ours listens to events; unacked they come back. */
		slack_ack_send(ack, NULL);
	} else if (!slash_command_read(e->payload, &cmd, &f)) {
		log_warn("command.unreadable", LOG_F(&f), LOG_T("then", "acked"));
		slack_ack_send(ack, NULL);
	} else {
		slash(c, ack, &cmd);
	}
}

struct commands *commands_create(struct app *a)
{
	struct commands *c = calloc(1, sizeof(*c));

	if (c) {
		c->app = a;
		c->m_commands =
			metrics_counter(a->metrics, "accessd_commands",
					"Slash commands, by what they were", "kind");
		c->m_presses = metrics_counter(a->metrics, "accessd_presses",
					       "Buttons and forms, by which", "action");
	}
	return c;
}
