/* SPDX-License-Identifier: Apache-2.0 */
/* The checked config, as bot/ read it from the file and approver/ uses it.
 *
 * The key table in bot/config.c fills these structs; nothing else does, except tests.
 * Durations are in seconds (`_s`). Strings are never NULL ("" when not set) and live as
 * long as the config. A group that the file may leave out starts with `where`. */
#ifndef ACCESSD_CONFIG_H
#define ACCESSD_CONFIG_H

#include "accessd/types.h"

/* Whether a group was in the file, and on which line, for messages about it. */
struct conf_where {
	bool present;
	int line;
};

/* What a policy asks of incident.io: a role, or to have posted an update, never both in
 * one. Everything else that is set must hold as well, for one and the same incident. */
struct incidentio_rule {
	struct conf_where where;
	struct str_list roles;  /* role ids, or names that belong to exactly one role */
	bool participants;      /* whoever has posted an update, whatever their role */
	char *min_severity;     /* a severity's id or name, or "" */
	struct str_list types;  /* incident type ids or names; empty: all */
	int64_t max_age_s;      /* since the incident was created */
	bool private_incidents; /* whether private incidents count */
	bool not_self_declared; /* leave out incidents that this person declared */
	/* In no file; bot/config_environment.c alone sets them. */
	bool any_role;   /* without roles: whichever, but the reporter's */
	bool shortforms; /* roles may be named by their short form, too */
};

/* What a policy asks of PagerDuty: to have acknowledged an incident, to be on call on one
 * of the schedules, or, with both set, both. */
struct pagerduty_rule {
	struct conf_where where;
	bool acknowledged;
	struct str_list schedules; /* schedule ids; empty: not asked for */
	struct str_list services;  /* service ids; empty: all */
	char *urgency;             /* "high", "low" or "" */
	int64_t max_ack_age_s;     /* since this person acknowledged */
	int64_t max_age_s;         /* since the incident was created */
	bool self_triggered;       /* whether an incident that this person made counts */
	/* on call for its escalation policy at a level <= n; 0: no matter */
	int64_t on_call_level;
	/* In no file, as above: a shift that ended so long ago, or begins so soon, counts
	 * as one of `schedules`, too. */
	int64_t window_before_s, window_after_s;
};

/* One alternative of a policy's `any`: exactly one of the two is present. */
struct condition {
	struct conf_where where;
	struct incidentio_rule incidentio;
	struct pagerduty_rule pagerduty;
};

struct condition_list {
	struct condition *items;
	size_t n;
};

/* Who may have which resources, and for how long. Tried in order. */
struct policy {
	struct conf_where where;
	char *name;
	struct str_list
		resources; /* globs of resource names; with labels: both must match */
	struct str_map labels;
	bool deny; /* whatever matches is refused; wins over every other */
	struct condition_list any;
	int64_t duration_s;     /* granted when none is asked for */
	int64_t max_duration_s; /* counted from the first start, also when prolonged */
	/* what the grant rests on is gone: end it when it has not come back after grace */
	bool end_with_incident;
	int64_t grace_s;
	bool keep; /* whether the person may keep it to its end, with a reason */
	bool reason_required;
};

struct policy_list {
	struct policy *items;
	size_t n;
};

/* What a resource is at its provisioner, byte for byte as that one knows it. */
struct target {
	struct conf_where where;
	char *kind; /* "okta.v1.Group" */
	char *id;
	char *display_name;
	struct str_map labels;
};

struct resource {
	struct conf_where where;
	char *provision; /* the name of a provisioner, or "": the ledger only */
	struct target target;
	char *name;  /* what is typed: [a-z0-9][a-z0-9._-]* */
	char *title; /* what is read, or "" */
	char *warning;
	struct str_map labels;
};

struct resource_list {
	struct resource *items;
	size_t n;
};

/* Who carries grants out. */
struct provisioner_config {
	struct conf_where where;
	char *name;
	char *type;              /* "command", "indent" or "none" */
	char *url;               /* indent */
	struct secret secret;    /* indent: what its calls are signed with */
	struct str_list command; /* command: the program and its arguments */
	struct str_list actions; /* what else it can do: "extend", "list" */
	int64_t timeout_ms;      /* for one call */
	int64_t concurrency;     /* calls at the same time */
};

struct provisioner_list {
	struct provisioner_config *items;
	size_t n;
};

/* One human, across the systems. Any of the others may be "". */
struct person_map {
	struct conf_where where;
	char *slack; /* a Slack user id */
	char *incidentio;
	char *pagerduty;
	char *email;
	struct str_map labels; /* for provisioners: oktaId, github/id, ... */
};

struct person_map_list {
	struct person_map *items;
	size_t n;
};

struct slack_config {
	struct conf_where where;
	struct secret app_token;
	struct secret bot_token;
	char *api_url;
	char *command;
	char *denials; /* "channel" or "private" */
	char *mode;    /* "socket" or "http" */
	char *ops_channel;
	/* with mode "http": what Slack signs with; the old one while it is rotated */
	struct secret signing_secret;
	struct secret signing_secret_old;
};

/* How to reach a provider. */
struct provider_config {
	struct conf_where where;
	struct secret api_key;
	char *api_url;
	/* a snapshot older than this is fetched again before a decision */
	int64_t max_age_s;
	int64_t timeout_ms; /* for one question, all pages included */
	/* what its events are signed with; the old one while it is rotated */
	struct secret webhook_secret;
	struct secret webhook_secret_old;
};

/* Who we are in Indent's claims. */
struct indent_bot_config {
	struct conf_where where;
	char *email;
	char *id;
	char *name;
};

/* Indent's decision webhook. */
struct indent_config {
	struct conf_where where;
	struct indent_bot_config bot;
	/* how far a signed time may be from ours; 0: any, and replays are not noticed */
	int64_t replay_window_s;
	struct secret webhook_secret;
};

/* Apono's manual webhook. */
struct apono_config {
	struct conf_where where;
	struct secret bearer;
	struct secret bearer_old; /* still taken while it is rotated */
	bool same_person;         /* nobody may ask for somebody else */
};

/* Where else the audit goes. */
struct audit_config {
	struct conf_where where;
	bool required; /* nothing is granted while one of them does not take it */
	char *file;    /* JSON lines, or "" */
	char *url;     /* signed POSTs, or "" */
	struct secret secret;
};

struct tls_config {
	struct conf_where where;
	char *cert;
	char *key;
};

struct log_config {
	struct conf_where where;
	char *format; /* "logfmt" or "json" */
	char *level;  /* "debug", "info", "warn", "error" */
};

struct config {
	/* Slack user ids, and ids of Slack user groups: who may revoke and freeze */
	struct str_list admins;
	char *listen; /* host:port, or "" for no HTTP at all */
	struct tls_config tls;
	char *ledger; /* sqlite:PATH, or memory: */
	struct audit_config audit;
	char *ca_file;
	char *proxy; /* http://host:port for all that goes out, or "" */
	struct log_config log;
	struct apono_config apono;
	struct indent_config indent;
	struct slack_config slack;
	struct provider_config incidentio;
	struct provider_config pagerduty;
	struct resource_list resources;
	struct policy_list policies;
	struct person_map_list people;
	struct provisioner_list provisioners;
	/* In no file: the one resource stands for whatever platforms ask for. Set by
	 * bot/config_environment.c. */
	bool any_resource;
};

#endif
