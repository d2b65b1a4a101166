/* SPDX-License-Identifier: Apache-2.0 */
/* accessd check: everything that can be known before 3 a.m. One line per finding, "ok" or
 * "BAD" in front, or "off" for what is not in the config; exit code 0 when nothing is bad.
 * Grants nothing, posts nothing, writes nothing. */
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/approver.h"
#include "bot/app.h"
#include "bot/cli/cli.h"
#include "bot/cli/plain.h"
#include "bot/config.h"
#include "bot/config_environment.h"
#include "bot/slack/web_api.h"
#include "bot/version.h"
#include "shared/http_client.h"
#include "shared/jx.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/text.h"

enum { STEP_MS = 15 * 1000 };

struct check {
	struct config config;
	struct loop *loop;
	struct http_client *http;
	unsigned bad;
	bool done; /* the step that is waited for */
	struct slack_call call;
	struct fail fail;
	char found[256];
	struct approver *approver;
	struct names_check names;
};

/* What vendors answered is in some of these: a terminal is no place for all of it. */
static void say(const char *verdict, const char *what, const char *text)
{
	struct buf clean;

	buf_init(&clean, 16 * 1024);
	plain_add(&clean, text);
	printf("%-4s %-12s %s\n", verdict, what, buf_str(&clean));
	buf_finish(&clean);
}

static void ok(const char *what, const char *text)
{
	say("ok", what, text);
}

static void bad(struct check *c, const char *what, const struct fail *f)
{
	char hint[sizeof(f->hint) + 8];

	say("BAD", what, f->msg);
	if (*f->hint) {
		snprintf(hint, sizeof(hint), "HINT: %s", f->hint);
		say("", "", hint);
	}
	c->bad++;
}

/* --- ledger: can the file be made or written? ---------------------------------------------- */

static bool is_writable(const char *path)
{
	char parent[URL_SIZE];

	text_copy(parent, sizeof(parent), path);
	return access(path, F_OK) == 0 ? access(path, R_OK | W_OK) == 0
				       : access(dirname(parent), W_OK | X_OK) == 0;
}

static void check_ledger(struct check *c)
{
	static const char prefix[] = "sqlite:";
	const char *path = c->config.ledger + sizeof(prefix) - 1;
	struct fail f;

	if (strncmp(c->config.ledger, prefix, sizeof(prefix) - 1) != 0) {
		ok("ledger", c->config.ledger);
	} else if (is_writable(path)) {
		ok("ledger", path);
	} else {
		fail_set(&f, FAIL_LEDGER, "'%s' cannot be written by this user", path);
		fail_hint(&f, "the directory must exist and belong to the user that runs "
			      "accessd.");
		bad(c, "ledger", &f);
	}
}

/* --- webhooks: which are there, and why not the others ------------------------------------ */

static void say_hook(void *data, const char *path, const struct fail *f)
{
	const struct check *c = data;

	if (!*c->config.listen) {
		printf("off  %-12s %s: listen is empty\n", "webhook", path);
	} else if (f->kind != FAIL_NONE) {
		printf("off  %-12s %s: %s\n", "webhook", path, f->msg);
	} else {
		ok("webhook", path);
	}
}

/* --- Slack ------------------------------------------------------------------------------------ */

static void on_called(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct check *c = container_of(call, struct check, call);

	c->fail = *f;
	c->found[0] = '\0';
	if (f->kind == FAIL_NONE && *jx_str(reply, "team_id")) {
		snprintf(c->found, sizeof(c->found), "team %.60s (%.60s), scopes %.100s",
			 jx_str(reply, "team_id"), jx_str(reply, "team"), call->scopes);
	}
	c->done = true;
}

static void check_call(struct check *c, const char *what, const char *method,
		       const struct secret *token, const char *fine)
{
	struct slack_api *api = NULL;
	struct slack_api_config conf = { .loop = c->loop,
					 .http = c->http,
					 .api_url = c->config.slack.api_url,
					 .token = token,
					 .response_host = "" };

	c->fail = (struct fail){ 0 };
	if (!slack_api_open(&conf, &api, &c->fail)) {
		bad(c, what, &c->fail);
		return;
	}
	c->done = false;
	c->call = (struct slack_call){
		.method = method, .form = true, .body = "", .cb = on_called
	};
	slack_call_start(api, &c->call);
	if (!loop_run_until(c->loop, &c->done, STEP_MS)) {
		fail_set(&c->fail, FAIL_TIMEOUT, "no answer in %d s", STEP_MS / 1000);
	}
	if (c->fail.kind == FAIL_NONE) {
		ok(what, *c->found ? c->found : fine);
	} else {
		bad(c, what, &c->fail);
	}
	slack_api_close(api);
}

static void check_slack(struct check *c)
{
	check_call(c, "bot token", "auth.test", &c->config.slack.bot_token, "");
	if (strcmp(c->config.slack.mode, "socket") == 0) {
		check_call(c, "app token", "apps.connections.open",
			   &c->config.slack.app_token, "may open Socket Mode");
	}
}

/* --- providers ----------------------------------------------------------------------------------- */

static void say_name(struct names_check *n, const char *line)
{
	(void)n;
	say("BAD", "policies", line);
}

static void on_names(struct names_check *n, const struct fail *f)
{
	struct check *c = container_of(n, struct check, names);

	c->fail = *f;
	c->done = true;
}

static void check_names(struct check *c)
{
	c->done = false;
	c->names = (struct names_check){ .say = say_name, .cb = on_names };
	approver_check_names(c->approver, &c->names);
	if (!loop_run_until(c->loop, &c->done, STEP_MS) || c->fail.kind != FAIL_NONE) {
		return; /* check_providers() says that incident.io does not answer */
	}
	c->bad += (unsigned)c->names.bad;
	if (c->names.bad == 0) {
		ok("policies", "every role and severity they name is at incident.io");
	}
}

static bool all_asked(struct check *c, struct approver_health *h)
{
	approver_health(c->approver, h);
	for (size_t i = 0; i < h->n_providers; i++) {
		if (!h->providers[i].health.asked) {
			return false;
		}
	}
	return true;
}

static void on_tick(struct loop_timer *t)
{
	(void)t;
}

/* A provider tells how it is doing, not when that changes: look until it knows. */
static void check_providers(struct check *c)
{
	struct approver_health h;
	struct loop_timer tick = { .cb = on_tick };
	bool never = false;

	approver_warm(c->approver);
	for (int i = 0; i < STEP_MS / 20 && !all_asked(c, &h); i++) {
		loop_timer_start(c->loop, &tick, 20);
		loop_run_until(c->loop, &never, 20);
	}
	loop_timer_cancel(&tick);
	for (size_t i = 0; i < h.n_providers; i++) {
		struct fail f;

		if (h.providers[i].health.ok) {
			ok(h.providers[i].key, "answers, and the key may read incidents");
			continue;
		}
		fail_set(&f, FAIL_UPSTREAM, "%s",
			 h.providers[i].health.asked ? h.providers[i].health.why
						     : "no answer");
		bad(c, h.providers[i].key, &f);
	}
	if (c->config.incidentio.where.present) {
		check_names(c);
	}
}

/* --- all --------------------------------------------------------------------------------------------- */

static bool check_online(struct check *c, struct fail *f)
{
	struct http_client_config http = { .ca_file = c->config.ca_file,
					   .proxy = c->config.proxy,
					   .user_agent = accessd_agent };
	char memory[] = "memory:";
	struct config copy = c->config;

	copy.ledger = memory; /* the real one may belong to a service that runs */
	if (!loop_create(clock_system(), &c->loop, f) ||
	    !http_client_open(c->loop, &http, &c->http, f)) {
		return false;
	}
	struct approver_env env = { .loop = c->loop, .http = c->http, .config = &copy };

	if (!approver_open(&env, &c->approver, f)) {
		return false;
	}
	if (c->config.slack.where.present) {
		check_slack(c);
	}
	check_providers(c);
	approver_close(c->approver);
	c->approver = NULL;
	return true;
}

static void say_environment(void *data, const char *line)
{
	(void)data;
	ok("environment", line);
}

/* Who can ask, and what for. */
static void check_mode(const struct config *c, const char *path)
{
	if (c->any_resource) {
		ok("config", path ? path : "no file");
		ok("mode", "INDENT_WEBHOOK_SECRET and its like decide, without policies");
		config_environment_say(c, say_environment, NULL);
	} else {
		printf("ok   %-12s %s: %zu resources, %zu policies\n", "config", path,
		       c->resources.n, c->policies.n);
		ok("mode", "policies of the file decide");
	}
	ok("asking", c->slack.where.present && config_has_asking_hook(c)
			     ? "in Slack and by webhooks"
		     : c->slack.where.present ? "in Slack"
					      : "by webhooks, without Slack");
}

/* Secrets are put in place by hand, so several may be missing. */
static void say_unread(void *data, const struct fail *f)
{
	unsigned *n = data;

	cli_complain(f);
	(*n)++;
}

static void complain(const struct cli_options *o, const char *path, const struct fail *f)
{
	struct fail other = { 0 };
	unsigned n = 0;
	bool whole = o->offline || !path ||
		     conf_each_unread(path, &config_table, say_unread, &n, &other);

	if (n == 0) {
		cli_complain(f);
	} else if (!whole) {
		cli_complain(&other);
	}
}

int cli_check(const struct cli_options *o)
{
	static struct check c;
	struct fail f = { 0 };
	const char *path = config_path(o->config);

	if (!config_open(path, !o->offline, &c.config, &f)) {
		complain(o, path, &f);
		return CLI_CONFIG;
	}
	log_setup(clock_system(), LOG_ERROR, LOG_LOGFMT, false);
	check_mode(&c.config, path);
	check_ledger(&c);
	hooks_each(&c.config, say_hook, &c);
	if (!o->offline && !check_online(&c, &f)) {
		bad(&c, "service", &f);
	}
	approver_close(c.approver);
	http_client_close(c.http);
	loop_destroy(c.loop);
	config_finish(&c.config);
	return c.bad == 0 ? CLI_OK : CLI_FAILED;
}
