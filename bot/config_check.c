/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold between the keys of a config. */
#include <string.h>

#include "accessd/approver.h"
#include "bot/config.h"
#include "bot/groups.h"
#include "shared/secret.h"
#include "shared/text.h"
#include "shared/url.h"

static bool url_check(const char *key, const char *text, struct fail *f)
{
	struct url url;

	return url_parse(text, &url, f) || fail_wrap(f, "%s", key);
}

/* A token in the place of the other is the commonest mistake; the value is never shown. */
static bool tokens_check(const struct slack_config *s, struct fail *f)
{
	if (s->app_token.text && strncmp(s->app_token.text, "xapp-", 5) != 0) {
		fail_set(f, FAIL_INVALID, "slack.app_token is not an app-level token");
		return fail_hint(
			f, "It starts with xapp-; make one under Basic Information, "
			   "App-Level Tokens, with connections:write.");
	}
	if (s->bot_token.text && strncmp(s->bot_token.text, "xoxb-", 5) != 0) {
		fail_set(f, FAIL_INVALID, "slack.bot_token is not a bot token");
		return fail_hint(
			f, "It starts with xoxb-; it is under OAuth & Permissions once "
			   "the app is installed.");
	}
	return true;
}

/* Each way of hearing from Slack has a secret of its own. */
static bool mode_check(const struct slack_config *s, struct fail *f)
{
	bool socket = strcmp(s->mode, "socket") == 0;

	if (socket && !secret_is_named(&s->app_token)) {
		fail_set(f, FAIL_INVALID, "slack.app_token is missing");
		return fail_hint(f, "Socket Mode is opened by it; docs/slack.md says how "
				    "to make one.");
	}
	if (!socket && !secret_is_named(&s->signing_secret)) {
		fail_set(f, FAIL_INVALID, "slack.signing_secret is missing");
		return fail_hint(f,
				 "with mode = \"http\" nothing that Slack sends can be "
				 "trusted without it.");
	}
	return true;
}

static bool slack_check(const struct slack_config *s, struct fail *f)
{
	if (!s->where.present) {
		return true;
	}
	if (s->command[0] != '/' || !s->command[1] || strpbrk(s->command, " \t\r\n`") ||
	    strlen(s->command) > 32) {
		fail_set(f, FAIL_INVALID, "slack.command '%.40s' is not a slash command",
			 s->command);
		return fail_hint(f,
				 "write it as in the app's manifest, such as /access.");
	}
	return url_check("slack.api_url", s->api_url, f) && mode_check(s, f) &&
	       tokens_check(s, f);
}

static bool provider_check(const char *name, const struct provider_config *p,
			   struct fail *f)
{
	if (!p->where.present) {
		return true;
	}
	if (p->timeout_ms < 100 || p->timeout_ms > 8000) {
		fail_set(f, FAIL_INVALID, "%s.timeout must be between 100ms and 8s",
			 name);
		return fail_hint(f, "people wait for the answer; 5s is the default.");
	}
	if (p->max_age_s > 60) {
		fail_set(f, FAIL_INVALID, "%s.max_age must be 60s or less", name);
		return fail_hint(
			f,
			"who holds a role may change; nothing is granted on old news.");
	}
	return url_check(name, p->api_url, f);
}

static bool audit_check(const struct audit_config *a, struct fail *f)
{
	if (!a->where.present) {
		return true;
	}
	if (!*a->file && !*a->url) {
		fail_set(f, FAIL_INVALID, "audit names neither a file nor a url");
		return fail_hint(f, "the ledger has the audit in any case.");
	}
	if (*a->url && !secret_is_named(&a->secret)) {
		fail_set(f, FAIL_INVALID, "audit.url needs audit.secret");
		return fail_hint(f, "whoever takes the audit must know that it is ours.");
	}
	return !*a->url || url_check("audit.url", a->url, f);
}

/* Signed early by one window, it is good until a second one is over: the ledger has to know
 * it for that long, and keeps keys for three hours. */
static bool indent_check(const struct indent_config *i, struct fail *f)
{
	if (i->replay_window_s > 3600) {
		fail_set(f, FAIL_INVALID, "indent.replay_window must be 1h or less");
		return fail_hint(f, "what was signed that long ago would not be known "
				    "again; \"0\" takes any time and any replay.");
	}
	return true;
}

/* The proxy is told only where to connect to, so that plain http is fine anywhere. */
static bool proxy_check(const char *proxy, struct fail *f)
{
	if (*proxy && (strncmp(proxy, "http://", 7) != 0 || strchr(proxy, '@'))) {
		fail_set(f, FAIL_INVALID, "proxy is not http://host:port");
		return fail_hint(
			f, "user names and passwords of proxies are not supported.");
	}
	return true;
}

/* The webhooks by which platforms ask; the others bring news, and nothing is asked. */
bool config_has_asking_hook(const struct config *c)
{
	return c->apono.where.present || c->indent.where.present;
}

/* Somebody must be able to ask. */
static bool ways_check(const struct config *c, struct fail *f)
{
	bool dials = c->slack.where.present && strcmp(c->slack.mode, "socket") == 0;

	if (!c->slack.where.present && !config_has_asking_hook(c)) {
		fail_set(f, FAIL_INVALID,
			 "there is no group 'slack', nor one of a platform that asks "
			 "('apono', 'indent')");
		return fail_hint(f, "docs/slack.md says how to make the app and its two "
				    "tokens; docs/config.md has the others.");
	}
	if (!*c->listen && !dials) {
		fail_set(f, FAIL_INVALID,
			 "'listen' is empty, so that nobody could ask anything");
		return fail_hint(f, "Webhooks come in there; leave it out for "
				    "127.0.0.1:8080.");
	}
	return true;
}

/* "Sarah" begins like the id of a group: ids are capitals and digits all through. */
static bool is_slack_id(const char *id)
{
	size_t n = strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

	return n >= 3 && n < VENDOR_ID_SIZE && id[n] == '\0' && strchr("UWS", id[0]);
}

static bool admins_check(const struct str_list *admins, struct fail *f)
{
	size_t groups = 0;

	for (size_t i = 0; i < admins->n; i++) {
		const char *id = admins->items[i];

		if (!is_slack_id(id)) {
			fail_set(f, FAIL_INVALID,
				 "admins: '%.40s' is no Slack user or user group id", id);
			return fail_hint(f, "write ids such as U0ANA0001 or S0LEADS01, "
					    "not names.");
		}
		groups += id[0] == 'S';
	}
	if (groups > GROUPS_MAX) {
		fail_set(f, FAIL_INVALID, "admins names more than %d user groups",
			 GROUPS_MAX);
		return fail_hint(f, "make one group of them in Slack.");
	}
	return true;
}

bool config_check(const struct config *c, struct fail *f)
{
	if (!admins_check(&c->admins, f)) {
		return false;
	}
	if (!slack_check(&c->slack, f) || !ways_check(c, f) ||
	    !provider_check("incidentio", &c->incidentio, f) ||
	    !provider_check("pagerduty", &c->pagerduty, f)) {
		return false;
	}
	if (!indent_check(&c->indent, f) || !proxy_check(c->proxy, f) ||
	    !audit_check(&c->audit, f)) {
		return false;
	}
	if (c->resources.n == 0 || c->policies.n == 0) {
		fail_set(f, FAIL_INVALID, "there are no %s, so nothing can be granted",
			 c->resources.n == 0 ? "resources" : "policies");
		return fail_hint(f, "config/accessd.conf is a sample to start from.");
	}
	return approver_check(c, f);
}
