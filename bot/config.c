/* SPDX-License-Identifier: Apache-2.0 */
/* The table of config keys, in alphabetical order within each group, and how a file is
 * read by it. What must hold between the keys is in config_check.c. */
#include "bot/config.h"

#include <errno.h>
#include <stddef.h>
#include <unistd.h>

#include "bot/config_environment.h"

#define KEY(name, type, member, flags, def, help) \
	{ \
		name, type, offsetof(struct THIS, member), flags, def, NULL, NULL, help \
	}
#define CHOICE(name, member, flags, def, choice, help) \
	{ \
		name, CONF_STRING, offsetof(struct THIS, member), flags, def, choice, \
			NULL, help \
	}
#define SUB(name, type, member, table, help) \
	{ \
		name, type, offsetof(struct THIS, member), CONF_RELOAD, NULL, NULL, \
			&table, help \
	}
#define TABLE(rows) \
	{ \
		rows, ARRAY_LEN(rows), sizeof(struct THIS) \
	}
#define R CONF_RELOAD

/* clang-format off */
#define THIS incidentio_rule
static const struct conf_key incidentio_rule_keys[] = {
	KEY("max_age", CONF_DURATION, max_age_s, R, "7d",
	    "Incidents older than this do not count: forgotten ones stay live for weeks"),
	KEY("min_severity", CONF_STRING, min_severity, R, "",
	    "A severity's name or id; less severe incidents, and those without, do not count"),
	KEY("not_self_declared", CONF_BOOL, not_self_declared, R, "false",
	    "Whether incidents that the person declared are left out"),
	KEY("participants", CONF_BOOL, participants, R, "false",
	    "In the place of roles: whoever has posted an update to the incident counts"),
	KEY("private_incidents", CONF_BOOL, private_incidents, R, "false",
	    "Whether private incidents count; they are never named in messages"),
	KEY("roles", CONF_STRINGS, roles, R, NULL,
	    "Role ids, or names that exactly one role has; the reporter role counts only if it is named"),
	KEY("types", CONF_STRINGS, types, R, NULL,
	    "Incident types by id or name; none given: all"),
};
static const struct conf_table incidentio_rule_table = TABLE(incidentio_rule_keys);
#undef THIS

#define THIS pagerduty_rule
static const struct conf_key pagerduty_rule_keys[] = {
	KEY("acknowledged", CONF_BOOL, acknowledged, R, "false",
	    "Whether the person must have acknowledged an incident, and it still holds"),
	KEY("max_ack_age", CONF_DURATION, max_ack_age_s, R, "12h",
	    "Acknowledgements older than this do not count"),
	KEY("max_age", CONF_DURATION, max_age_s, R, "7d",
	    "Incidents older than this do not count"),
	KEY("on_call_level", CONF_INT, on_call_level, R, "0",
	    "On call for the incident's escalation policy at this level or a lower one; 0: not asked"),
	KEY("schedules", CONF_STRINGS, schedules, R, NULL,
	    "Schedule ids: the person must be on call on one of them now; enough without acknowledged"),
	KEY("self_triggered", CONF_BOOL, self_triggered, R, "false",
	    "Whether incidents that the person opened count: those are born acknowledged"),
	KEY("services", CONF_STRINGS, services, R, NULL,
	    "Service ids; none given: all"),
	CHOICE("urgency", urgency, R, "", "|high|low",
	    "Only incidents of this urgency count"),
};
static const struct conf_table pagerduty_rule_table = TABLE(pagerduty_rule_keys);
#undef THIS

#define THIS condition
static const struct conf_key condition_keys[] = {
	SUB("incidentio", CONF_GROUP, incidentio, incidentio_rule_table,
	    "A role in a live incident of incident.io, or an update posted to one"),
	SUB("pagerduty", CONF_GROUP, pagerduty, pagerduty_rule_table,
	    "An acknowledged incident of PagerDuty, or being on call there"),
};
static const struct conf_table condition_table = TABLE(condition_keys);
#undef THIS

#define THIS apono_config
static const struct conf_key apono_keys[] = {
	KEY("bearer", CONF_SECRET, bearer, R | CONF_REQUIRED, NULL,
	    "The token that Apono sends; env:NAME or file:PATH"),
	KEY("bearer_old", CONF_SECRET, bearer_old, R, NULL,
	    "The one before, still accepted while it is rotated"),
	KEY("same_person", CONF_BOOL, same_person, R, "false",
	    "Whether access that is asked for somebody else is denied"),
};
static const struct conf_table apono_table = TABLE(apono_keys);
#undef THIS

#define THIS audit_config
static const struct conf_key audit_keys[] = {
	KEY("file", CONF_STRING, file, 0, "", "A file that each row of the audit is added to, as a line of JSON"),
	KEY("required", CONF_BOOL, required, 0, "false",
	    "Whether nothing is granted while the file or the url does not take what is recorded; access ends all the same"),
	KEY("secret", CONF_SECRET, secret, 0, NULL, "What the POSTs to the url are signed with; env:NAME or file:PATH"),
	KEY("url", CONF_STRING, url, 0, "", "Where batches of lines are sent in POSTs"),
};
static const struct conf_table audit_table = TABLE(audit_keys);
#undef THIS

#define THIS indent_bot_config
static const struct conf_key indent_bot_keys[] = {
	KEY("email", CONF_STRING, email, R, "", "Its e-mail in claims: one that you own, or none"),
	KEY("id", CONF_STRING, id, R, "accessd-approval-bot",
	    "Its id in claims: the reviewer that Indent expects"),
	KEY("name", CONF_STRING, name, R, "accessd Approval Bot", "Its name in claims"),
};
static const struct conf_table indent_bot_table = TABLE(indent_bot_keys);
#undef THIS

#define THIS indent_config
static const struct conf_key indent_keys[] = {
	SUB("bot", CONF_GROUP, bot, indent_bot_table, "Who approves, in claims"),
	KEY("replay_window", CONF_DURATION, replay_window_s, R | CONF_ZERO, "5m",
	    "How far a signed time may be from now, 1h at most; \"0\": any, as the original did"),
	KEY("webhook_secret", CONF_SECRET, webhook_secret, R | CONF_REQUIRED, NULL,
	    "What Indent signs with; env:NAME or file:PATH"),
};
static const struct conf_table indent_table = TABLE(indent_keys);
#undef THIS

#define THIS log_config
static const struct conf_key log_keys[] = {
	CHOICE("format", format, R, "logfmt", "logfmt|json", "How log lines are written"),
	CHOICE("level", level, R, "info", "debug|info|warn|error", "The least level that is written"),
};
static const struct conf_table log_table = TABLE(log_keys);
#undef THIS

#define THIS person_map
static const struct conf_key person_keys[] = {
	KEY("email", CONF_STRING, email, R, "",
	    "Their e-mail at the providers, in place of the one in Slack"),
	KEY("incidentio", CONF_STRING, incidentio, R, "", "Their incident.io user id"),
	KEY("labels", CONF_MAP, labels, R, NULL,
	    "What provisioners know them by, such as oktaId = \"00u1\""),
	KEY("pagerduty", CONF_STRING, pagerduty, R, "", "Their PagerDuty user id"),
	KEY("slack", CONF_STRING, slack, R | CONF_REQUIRED, NULL, "Their Slack user id"),
};
static const struct conf_table person_table = TABLE(person_keys);
#undef THIS

#define THIS policy
static const struct conf_key policy_keys[] = {
	SUB("any", CONF_LIST, any, condition_table,
	    "One of these is enough; within one, everything must hold for one and the same incident"),
	KEY("deny", CONF_BOOL, deny, R, "false",
	    "Refuse whatever matches; wins over every other policy"),
	KEY("duration", CONF_DURATION, duration_s, R, "1h",
	    "Granted when no duration is asked for"),
	KEY("end_with_incident", CONF_BOOL, end_with_incident, R, "true",
	    "Whether access ends when its incident, their part in it, or their shift is over"),
	KEY("grace", CONF_DURATION, grace_s, R | CONF_ZERO, "15m",
	    "How long before it does; the person is warned when it begins; \"0\": at once"),
	KEY("keep", CONF_BOOL, keep, R, "false",
	    "Whether the warning has a Keep button, which asks for a reason"),
	KEY("labels", CONF_MAP, labels, R, NULL,
	    "Labels that a resource must have; with resources: both must match"),
	KEY("max_duration", CONF_DURATION, max_duration_s, R, "8h",
	    "Asking for longer is denied, and the denial names this; nor is it prolonged beyond"),
	KEY("name", CONF_STRING, name, R | CONF_REQUIRED, NULL,
	    "What messages and the ledger call it"),
	KEY("reason_required", CONF_BOOL, reason_required, R, "false",
	    "Whether a request must give a reason"),
	KEY("resources", CONF_STRINGS, resources, R, NULL,
	    "Globs of resource names, such as prod-*"),
};
static const struct conf_table policy_table = TABLE(policy_keys);
#undef THIS

#define THIS provider_config
#define PROVIDER_KEYS(url)                                                               \
	KEY("api_key", CONF_SECRET, api_key, R | CONF_REQUIRED, NULL,                    \
	    "A key that may read incidents and users; env:NAME or file:PATH"),           \
	KEY("api_url", CONF_STRING, api_url, R, url,                                     \
	    "Where its API is; http:// for loopback only"),                              \
	KEY("max_age", CONF_DURATION, max_age_s, R, "5s",                                \
	    "Answers older than this are asked for again before a decision"),            \
	KEY("timeout", CONF_MS, timeout_ms, R, "5s",                                     \
	    "For one question, all its pages included"),                                 \
	KEY("webhook_secret", CONF_SECRET, webhook_secret, R, NULL,                      \
	    "What its webhooks are signed with; without it they are not there"),         \
	KEY("webhook_secret_old", CONF_SECRET, webhook_secret_old, R, NULL,              \
	    "The one before, still accepted while it is rotated"),
static const struct conf_key incidentio_keys[] = { PROVIDER_KEYS("https://api.incident.io/") };
static const struct conf_key pagerduty_keys[] = { PROVIDER_KEYS("https://api.pagerduty.com/") };
static const struct conf_table incidentio_table = TABLE(incidentio_keys);
static const struct conf_table pagerduty_table = TABLE(pagerduty_keys);
#undef THIS

#define THIS provisioner_config
static const struct conf_key provisioner_keys[] = {
	KEY("actions", CONF_STRINGS, actions, R, NULL,
	    "What else it can do: extend (it knows when access ends), list (it says who has what)"),
	KEY("command", CONF_STRINGS, command, R, NULL,
	    "command: the program, by its whole path, and its arguments; no shell"),
	KEY("concurrency", CONF_INT, concurrency, R, "16",
	    "How many calls may be under way at the same time"),
	KEY("name", CONF_STRING, name, R | CONF_REQUIRED, NULL,
	    "What resources and messages call it: lower case letters, digits, '.', '_' and '-'"),
	KEY("secret", CONF_SECRET, secret, R, NULL,
	    "indent: what its calls are signed with; env:NAME or file:PATH"),
	KEY("timeout", CONF_MS, timeout_ms, R, "120s",
	    "For one call; what is not answered by then is taken back"),
	CHOICE("type", type, R | CONF_REQUIRED, NULL, "command|indent|none",
	    "A program, one of Indent's integrations, or nothing but the ledger"),
	KEY("url", CONF_STRING, url, R, "", "indent: where it is; http:// for loopback only"),
};
static const struct conf_table provisioner_table = TABLE(provisioner_keys);
#undef THIS

#define THIS target
static const struct conf_key target_keys[] = {
	KEY("display_name", CONF_STRING, display_name, R, "", "What the target calls it"),
	KEY("id", CONF_STRING, id, R, "", "Its id there; left out: the resource's name"),
	KEY("kind", CONF_STRING, kind, R, "", "Its kind there, such as okta.v1.Group"),
	KEY("labels", CONF_MAP, labels, R, NULL, "Its labels there, such as oktaId = \"00g1\""),
};
static const struct conf_table target_table = TABLE(target_keys);
#undef THIS

#define THIS resource
static const struct conf_key resource_keys[] = {
	KEY("labels", CONF_MAP, labels, R, NULL, "What policies may go by, such as env = \"prod\""),
	KEY("name", CONF_STRING, name, R | CONF_REQUIRED, NULL,
	    "What people type: lower case letters, digits, '.', '_' and '-'"),
	KEY("provision", CONF_STRING, provision, R, "",
	    "The provisioner that carries its grants out; left out: they are kept in the ledger"),
	SUB("target", CONF_GROUP, target, target_table, "What it is at its provisioner"),
	KEY("title", CONF_STRING, title, R, "", "What people read in the help"),
	KEY("warning", CONF_STRING, warning, R, "", "Shown with each grant of it"),
};
static const struct conf_table resource_table = TABLE(resource_keys);
#undef THIS

#define THIS slack_config
static const struct conf_key slack_keys[] = {
	KEY("api_url", CONF_STRING, api_url, 0, "https://slack.com/api/",
	    "Where Slack's Web API is; http:// for loopback only"),
	KEY("app_token", CONF_SECRET, app_token, 0, NULL,
	    "The app-level token, xapp-...: opens Socket Mode; env:NAME or file:PATH"),
	KEY("bot_token", CONF_SECRET, bot_token, CONF_REQUIRED, NULL,
	    "The bot token, xoxb-...: speaks; env:NAME or file:PATH"),
	KEY("command", CONF_STRING, command, 0, "/access", "The slash command, as in the app's manifest"),
	CHOICE("denials", denials, R, "channel", "channel|private",
	    "Whether the channel or only the person hears of a denial"),
	CHOICE("mode", mode, 0, "socket", "socket|http",
	    "Whether we dial Slack (Socket Mode) or Slack posts to /webhooks/slack"),
	KEY("ops_channel", CONF_STRING, ops_channel, R, "",
	    "Channel id where the service speaks of its own trouble"),
	KEY("signing_secret", CONF_SECRET, signing_secret, R, NULL,
	    "With mode http: what Slack signs with; env:NAME or file:PATH"),
	KEY("signing_secret_old", CONF_SECRET, signing_secret_old, R, NULL,
	    "The one before, still accepted while it is rotated"),
};
static const struct conf_table slack_table = TABLE(slack_keys);
#undef THIS

#define THIS tls_config
static const struct conf_key tls_keys[] = {
	KEY("cert", CONF_STRING, cert, CONF_REQUIRED, NULL, "Certificate chain, PEM"),
	KEY("key", CONF_STRING, key, CONF_REQUIRED, NULL, "Its private key, PEM"),
};
static const struct conf_table tls_table = TABLE(tls_keys);
#undef THIS

#define THIS config
static const struct conf_key config_keys[] = {
	KEY("admins", CONF_STRINGS, admins, R, NULL,
	    "Slack user ids and user group ids (S...) of those who may revoke and freeze"),
	SUB("apono", CONF_GROUP, apono, apono_table, "Apono's manual webhook"),
	SUB("audit", CONF_GROUP, audit, audit_table, "Where else the audit goes, beside the ledger"),
	KEY("ca_file", CONF_STRING, ca_file, 0, "", "Extra CAs for all outgoing TLS, PEM"),
	SUB("incidentio", CONF_GROUP, incidentio, incidentio_table, "How to reach incident.io"),
	SUB("indent", CONF_GROUP, indent, indent_table, "Indent's decision webhook"),
	KEY("ledger", CONF_STRING, ledger, 0, "sqlite:/var/lib/accessd/ledger.db",
	    "Where requests and grants are kept"),
	KEY("listen", CONF_STRING, listen, 0, "127.0.0.1:8080",
	    "Address and port for webhooks, health and metrics; empty: none"),
	SUB("log", CONF_GROUP, log, log_table, "What the log looks like"),
	SUB("pagerduty", CONF_GROUP, pagerduty, pagerduty_table, "How to reach PagerDuty"),
	SUB("people", CONF_LIST, people, person_table,
	    "Who is who, where Slack ids and e-mails do not tell"),
	SUB("policies", CONF_LIST, policies, policy_table,
	    "Who may have what; tried in order"),
	SUB("provisioners", CONF_LIST, provisioners, provisioner_table,
	    "Who carries grants out"),
	KEY("proxy", CONF_STRING, proxy, 0, "",
	    "http://host:port for all that goes out; the environment is not asked"),
	SUB("resources", CONF_LIST, resources, resource_table, "What can be asked for"),
	SUB("slack", CONF_GROUP, slack, slack_table, "The Slack app"),
	SUB("tls", CONF_GROUP, tls, tls_table, "Certificate for `listen`; not set: plain HTTP"),
};
/* clang-format on */
const struct conf_table config_table = TABLE(config_keys);
#undef THIS

/* --- reading -------------------------------------------------------------------------- */

const char *config_path(const char *given)
{
	if (given) {
		return given;
	}
	return access(CONFIG_PATH, F_OK) != 0 && errno == ENOENT ? NULL : CONFIG_PATH;
}

/* Without a file there have to be variables; with one that has policies they do not count. */
static bool environment_read(struct config *c, const char *path, struct fail *f)
{
	if (config_environment_decides(c, &environment_of_process)) {
		return config_environment(c, &environment_of_process, f);
	}
	if (path) {
		return true;
	}
	fail_set(f, FAIL_INVALID,
		 "there is no " CONFIG_PATH ", and INDENT_WEBHOOK_SECRET is not set");
	return fail_hint(f,
			 "config/accessd.conf is a sample to start from; docs/config.md "
			 "lists the variables that do without.");
}

bool config_open(const char *path, bool secrets, struct config *ret_c, struct fail *f)
{
	struct config c;

	if (!conf_read(path, &config_table, secrets, &c, f)) {
		return false;
	}
	if (!environment_read(&c, path, f) || !config_check(&c, f)) {
		config_finish(&c);
		return path ? fail_wrap(f, "%s", path) : false;
	}
	*ret_c = c;
	return true;
}

void config_finish(struct config *c)
{
	conf_finish(&config_table, c);
}
