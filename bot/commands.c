/* SPDX-License-Identifier: Apache-2.0 */
/* What people type, from the envelope to its ack.
 *
 *   envelope -> ours? -> command_parse() -> help, mine, a problem: answered in the ack
 *                                      `-> an ask: in the ledger, then an empty ack; the
 *                                          decision follows as a message
 *
 * Slack gives 3 s for the ack, people have less patience: "within 1.5 s the person sees
 * something". A ledger that has not written by then gets an ack that says so. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/app.h"
#include "bot/parse.h"
#include "bot/render.h"
#include "bot/slack/ack.h"
#include "shared/http_client.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum { PATIENCE_MS = 1400 };

/* One slash command that waits for the ledger, or whose answer is on its way. */
struct running {
	struct commands *all;
	struct running *next, *prev;
	struct slack_ack ack;
	bool acked;
	bool asking;    /* the approver has it */
	bool reading;   /* it asked what they hold */
	bool answering; /* the response_url has it */
	char response_url[URL_SIZE];
	char keys[2][VENDOR_ID_SIZE * 4];
	struct ask ask;
	struct mine mine;
	struct loop_timer patience;
	struct slack_call call;
	char *answer;
};

struct commands {
	struct app *app;
	struct running *first;
	struct metric *m_commands;
};

static struct running *running_create(struct commands *c, const struct slack_ack *ack,
				      const struct slash_command *cmd)
{
	struct running *r = calloc(1, sizeof(*r));

	if (!r) {
		abort(); /* out of memory for a few KB */
	}
	r->all = c;
	r->ack = *ack;
	text_copy(r->response_url, sizeof(r->response_url), cmd->response_url);
	r->next = c->first;
	if (c->first) {
		c->first->prev = r;
	}
	c->first = r;
	return r;
}

static void running_destroy(struct running *r)
{
	if (r->prev) {
		r->prev->next = r->next;
	} else {
		r->all->first = r->next;
	}
	if (r->next) {
		r->next->prev = r->prev;
	}
	loop_timer_cancel(&r->patience);
	if (r->answering) {
		slack_call_cancel(&r->call);
	}
	free(r->answer);
	free(r);
}

static void on_answered(struct slack_call *call, const json_t *reply,
			const struct fail *f)
{
	struct running *r = container_of(call, struct running, call);

	(void)reply;
	r->answering = false;
	if (f->kind != FAIL_NONE) {
		log_warn("command.unanswered", LOG_F(f), LOG_T("then", "given-up"));
	}
	running_destroy(r);
}

/* The last thing for r: answer in the ack if it can carry an answer, else at the
 * response_url. Takes body, JSON text from malloc; NULL is an empty ack. */
static void running_end(struct running *r, char *body)
{
	struct app *app = r->all->app;
	bool carried = false;

	if (!r->acked) {
		carried = slack_ack_send(&r->ack, body);
		r->acked = true;
	}
	free(r->answer);
	r->answer = body;
	if (carried || !body || !*r->response_url) {
		running_destroy(r);
		return;
	}
	r->call = (struct slack_call){ .method = "response_url",
				       .body = body,
				       .cb = on_answered };
	r->answering = true;
	slack_respond_start(app->api, &r->call, r->response_url);
}

static void end_with_problem(struct running *r, const char *text)
{
	running_end(r, render_problem(text));
}

static void on_impatient(struct loop_timer *t)
{
	struct running *r = container_of(t, struct running, patience);
	char *body = render_problem(
		r->reading
			? "The ledger is slow. The answer follows here."
			: "The ledger is slow, so your request is not recorded yet and "
			  "nothing is granted. The answer follows here.");

	slack_ack_send(&r->ack, body);
	r->acked = true;
	free(body);
}

static void patience_start(struct running *r)
{
	r->patience.cb = on_impatient;
	loop_timer_start(r->all->app->loop, &r->patience, PATIENCE_MS);
}

/* --- asking ------------------------------------------------------------------------------ */

static void on_asked(struct ask *ask, const struct fail *f)
{
	struct running *r = container_of(ask, struct running, ask);
	char text[512];

	r->asking = false;
	loop_timer_cancel(&r->patience);
	if (f->kind == FAIL_NONE) {
		running_end(r, NULL);
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
	end_with_problem(r, text);
}

static void ask(struct running *r, const struct slash_command *cmd,
		const struct command *c)
{
	struct app *app = r->all->app;
	struct request_row *row = &r->ask.row;

	if (!approver_has_room(app->approver)) {
		end_with_problem(
			r,
			"Nothing was granted: too many requests are being decided. Ask "
			"again in a minute.");
		return;
	}
	text_copy(row->source, sizeof(row->source), "slack");
	text_copy(row->team, sizeof(row->team), cmd->team_id);
	text_copy(row->user, sizeof(row->user), cmd->user_id);
	text_copy(row->channel, sizeof(row->channel), cmd->channel_id);
	text_copy(row->reply_url, sizeof(row->reply_url), cmd->response_url);
	text_copy(row->resource, sizeof(row->resource), c->resource);
	text_copy(row->incident, sizeof(row->incident), c->incident);
	text_copy(row->reason, sizeof(row->reason), c->reason);
	row->for_s = c->for_s;
	snprintf(r->keys[0], sizeof(r->keys[0]), "envelope:%s", r->ack.envelope_id);
	if (*cmd->trigger_id) {
		snprintf(r->keys[1], sizeof(r->keys[1]), "trigger:%.200s",
			 cmd->trigger_id);
	}
	r->ask.keys[0] = r->keys[0];
	r->ask.keys[1] = r->keys[1];
	r->ask.cb = on_asked;
	r->asking = true;
	patience_start(r);
	approver_ask(app->approver, &r->ask);
}

static void on_mine(struct mine *m, const struct fail *f)
{
	struct running *r = container_of(m, struct running, mine);
	struct app *app = r->all->app;
	char text[512];

	r->asking = false;
	loop_timer_cancel(&r->patience);
	if (f->kind == FAIL_NONE) {
		running_end(r, render_mine(m, app->config->slack.command,
					   clock_wall_ms(loop_clock(app->loop))));
		return;
	}
	snprintf(text, sizeof(text),
		 "The ledger could not be read (%s). Ask again in a minute.", f->msg);
	end_with_problem(r, text);
}

static void mine(struct running *r, const struct slash_command *cmd)
{
	text_copy(r->mine.team, sizeof(r->mine.team), cmd->team_id);
	text_copy(r->mine.user, sizeof(r->mine.user), cmd->user_id);
	r->mine.cb = on_mine;
	r->asking = true;
	r->reading = true;
	patience_start(r);
	approver_mine(r->all->app->approver, &r->mine);
}

/* --- whose is it? -------------------------------------------------------------------------- */

/* NULL when the payload is from our team and for our app; else what to tell them. Identity
 * is (team id, user id); an org-wide install could name any team, so it is refused. */
static const char *stranger(const struct app *a, const struct slash_command *cmd)
{
	if (cmd->enterprise_install) {
		return "This app works in one workspace only, not for a whole organization.";
	}
	if (!text_same(cmd->team_id, a->me.team)) {
		return "This app serves another workspace.";
	}
	if (*a->me.app && *cmd->api_app_id && strcmp(cmd->api_app_id, a->me.app) != 0) {
		return "This command belongs to another app.";
	}
	if (!*cmd->user_id) {
		return "Slack did not say who you are.";
	}
	return NULL;
}

static void slash(struct commands *c, const struct slack_ack *ack,
		  const struct slash_command *cmd)
{
	static const char *const words[] = { "help",   "mine",   "ask",    "release",
					     "extend", "revoke", "freeze", "bad" };
	struct app *app = c->app;
	struct running *r = running_create(c, ack, cmd);
	const char *no = stranger(app, cmd);
	struct command parsed;

	if (no) {
		log_warn("command.refused", LOG_T("team", cmd->team_id),
			 LOG_T("user", cmd->user_id), LOG_T("why", no));
		metric_add(c->m_commands, "refused", 1);
		end_with_problem(r, no);
		return;
	}
	command_parse(cmd->text, strlen(cmd->text), app->config->slack.command,
		      &app->config->resources, &parsed);
	metric_add(c->m_commands, words[parsed.kind], 1);
	switch (parsed.kind) {
	case COMMAND_HELP:
		running_end(r, render_help(app->config));
		return;
	case COMMAND_MINE:
		mine(r, cmd);
		return;
	case COMMAND_BAD:
		end_with_problem(r, parsed.problem);
		return;
	case COMMAND_ASK:
		ask(r, cmd, &parsed);
		return;
	default:
		end_with_problem(r, "That is not there yet.");
		return;
	}
}

void commands_envelope(struct commands *c, const struct slack_ack *ack,
		       const struct envelope *e)
{
	struct slash_command cmd;
	struct fail f = { 0 };

	if (e->kind != ENVELOPE_SLASH) {
		/* Nothing of ours has buttons or listens to events; unacked they come back. */
		slack_ack_send(ack, NULL);
		return;
	}
	if (!slash_command_read(e->payload, &cmd, &f)) {
		log_warn("command.unreadable", LOG_F(&f), LOG_T("then", "acked"));
		slack_ack_send(ack, NULL);
		return;
	}
	slash(c, ack, &cmd);
}

struct commands *commands_create(struct app *a)
{
	struct commands *c = calloc(1, sizeof(*c));

	if (c) {
		c->app = a;
		c->m_commands =
			metrics_counter(a->metrics, "accessd_commands",
					"Slash commands, by what they were", "kind");
	}
	return c;
}

void commands_destroy(struct commands *c)
{
	if (!c) {
		return;
	}
	while (c->first) {
		running_destroy(c->first);
	}
	free(c);
}
