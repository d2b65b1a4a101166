/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's Socket Mode: we dial, Slack talks. This file decides when there is a
 * connection; what happens on one is in bot/slack/connection.c.
 *
 *   dial -> live -> 90 % of its life, "warning" or "refresh_requested": dial the next
 *   -> next is live: the old one drains, still acking -> closed
 *
 * Live means that Slack has said hello, not that a WebSocket is open. What goes wrong:
 *  - "too_many_websockets": the other way round. Close first, wait, dial alone until one
 *    has settled.
 *  - lost: dialled at once if it had lived for a minute, else with a backoff.
 *  - a token or setting that is wrong: said as an error, and tried every 5 minutes.
 *  - more connections counted by Slack than we have: ghosts, or a second deployment with
 *    the same app. They get a share of the envelopes, so it is said and counted. */
#include "bot/slack/socket.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/slack/connection.h"
#include "bot/slack/redial.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	HELLO_TIMEOUT_MS = 10000,
	SETTLED_MS = 60000,
	CONFIG_RETRY_MS = 300000,
	DRAIN_MS = 15000,
	TOO_MANY_MS = 30000,
	OPEN_INTERVAL_MS = 2000,
};

struct slack_socket {
	struct connection_env env;
	struct connection *connections;
	uint64_t next_id;
	struct redial redial;
	struct loop_timer dial;
	struct loop_timer tell; /* callbacks come in turns of their own */
	bool told_live;
	bool draining;
	void (*done)(void *data);
	void *done_data;
	char why[CAUSE_SIZE];
	char app_id[VENDOR_ID_SIZE]; /* as the last hello said, or "" */
	struct metric *live;
	struct metric *registered;
	struct metric *reconnects;
	struct ack_meter acks;
};

static struct loop *loop_of(const struct slack_socket *s)
{
	return s->env.conf.loop;
}

static int64_t now_ms(const struct slack_socket *s)
{
	return clock_mono_ms(loop_clock(loop_of(s)));
}

static struct slack_socket *owner_of(const struct connection *c)
{
	return c->env->owner;
}

static bool has_hello(const struct connection *c)
{
	return c->state == CONN_LIVE || c->state == CONN_DRAIN;
}

/* --- tell -------------------------------------------------------------------------- */

static double live_count(const struct slack_socket *s)
{
	double n = 0;

	for (const struct connection *c = s->connections; c; c = c->next) {
		n += has_hello(c);
	}
	return n;
}

static void tell(struct slack_socket *s)
{
	metric_set(s->live, NULL, live_count(s));
	loop_timer_start(loop_of(s), &s->tell, 0);
}

static void on_tell(struct loop_timer *t)
{
	struct slack_socket *s = container_of(t, struct slack_socket, tell);
	const struct slack_socket_config *conf = &s->env.conf;
	void (*done)(void *data) = s->done;
	bool live = slack_socket_live(s);

	if (live != s->told_live) {
		s->told_live = live;
		loop_timer_start(loop_of(s), &s->tell, 0);
		conf->ops->live(conf->data, live); /* last: it may close us */
	} else if (done && !s->connections) {
		s->done = NULL;
		done(s->done_data);
	}
}

/* --- dial -------------------------------------------------------------------------- */

/* Whether nobody is there, or on the way, who will stay. */
static bool dial_wanted(const struct slack_socket *s)
{
	for (const struct connection *c = s->connections; c; c = c->next) {
		if (c->state <= CONN_WAIT_HELLO ||
		    (c->state == CONN_LIVE && !c->retiring)) {
			return false;
		}
	}
	return !s->draining;
}

static int64_t dial_in_ms(const struct slack_socket *s)
{
	int64_t at_ms = redial_at_ms(&s->redial);

	return at_ms > now_ms(s) ? at_ms - now_ms(s) : 0;
}

static void dial_plan(struct slack_socket *s)
{
	if (dial_wanted(s)) {
		loop_timer_start(loop_of(s), &s->dial, dial_in_ms(s));
	} else {
		loop_timer_cancel(&s->dial);
	}
}

static void dial(struct slack_socket *s)
{
	struct connection *c = connection_create(&s->env, ++s->next_id);

	redial_opened(&s->redial, now_ms(s));
	if (!c) {
		redial_note(&s->redial, AFTER_TROUBLE, 0, now_ms(s), UINT32_MAX);
		dial_plan(s);
		return;
	}
	c->next = s->connections;
	s->connections = c;
}

/* While Slack counts too many of us the old ones go first; the end of the last one comes
 * back here. */
static void on_dial(struct loop_timer *t)
{
	struct slack_socket *s = container_of(t, struct slack_socket, dial);

	if (!dial_wanted(s)) {
		return;
	}
	if (!redial_alone(&s->redial) || !s->connections) {
		dial(s);
		return;
	}
	for (struct connection *c = s->connections; c; c = c->next) {
		connection_close(c, AFTER_ASKED, c->reason, NULL);
	}
}

/* --- what connections say ------------------------------------------------------------ */

/* Slack counts ghosts too: "each payload goes to one of them", so some are lost. */
static void ghosts_check(struct slack_socket *s, const struct envelope *e)
{
	int64_t own = 0;

	for (const struct connection *c = s->connections; c; c = c->next) {
		own += c->state >= CONN_WAIT_HELLO;
	}
	metric_set(s->registered, NULL, (double)e->num_connections);
	if (e->num_connections > own + 1) {
		log_warn("slack.ghosts", LOG_N("num_connections", e->num_connections),
			 LOG_N("own", own),
			 LOG_T("msg", "other connections of this app get a share of what "
				      "people type"),
			 LOG_T("hint",
			       "use one Slack app per deployment; connections that "
			       "Slack never saw closing go away within hours."));
	}
}

static void on_hello(struct connection *c, const struct envelope *e)
{
	struct slack_socket *s = owner_of(c);

	log_info("slack.connected", LOG_N("connection", (int64_t)c->id),
		 LOG_N("num_connections", e->num_connections),
		 LOG_N("lifetime_s", e->lifetime_s));
	for (struct connection *old = s->connections; old; old = old->next) {
		if (old != c && old->state == CONN_LIVE) {
			connection_drain(old);
		}
	}
	ghosts_check(s, e);
	s->why[0] = '\0';
	text_copy(s->app_id, sizeof(s->app_id), e->app_id);
	dial_plan(s);
	tell(s);
}

static void on_retiring(struct connection *c)
{
	struct slack_socket *s = owner_of(c);

	if (strcmp(c->reason, "other") == 0) {
		redial_note(&s->redial, AFTER_TROUBLE, 0, now_ms(s),
			    connection_dice(&s->env));
	}
	dial_plan(s);
	log_info("slack.retiring", LOG_N("connection", (int64_t)c->id),
		 LOG_T("reason", c->reason), LOG_T("then", "dial another"));
}

static void on_settled(struct connection *c)
{
	redial_settled(&owner_of(c)->redial);
}

static void on_closing(struct connection *c)
{
	struct slack_socket *s = owner_of(c);

	/* It ends within a second, and whoever looks before that is told as well. */
	if (c->why.kind != FAIL_NONE) {
		text_copy(s->why, sizeof(s->why), c->why.msg);
	}
	tell(s);
}

static struct connection *connection_find(const struct slack_socket *s, uint64_t id)
{
	struct connection *c = s->connections;

	while (c && c->id != id) {
		c = c->next;
	}
	return c;
}

/* On the connection that it came in on, if that is still there. */
static bool socket_ack(void *where, const struct slack_ack *ack, const char *payload)
{
	struct slack_socket *s = where;
	struct connection *c = connection_find(s, ack->connection);
	bool sent;

	ack_meter_note(&s->acks, ack, now_ms(s));
	if (!c) {
		return false;
	}
	sent = connection_ack(c, ack->envelope_id, ack->accepts_payload, payload);
	connection_acked(c);
	return sent;
}

static void on_envelope(struct connection *c, const struct envelope *e)
{
	struct slack_socket *s = owner_of(c);
	struct slack_ack ack = { .send = socket_ack,
				 .where = s,
				 .connection = c->id,
				 .received_ms = now_ms(s),
				 .accepts_payload = e->accepts_payload };

	text_copy(ack.envelope_id, sizeof(ack.envelope_id), e->id);
	s->env.conf.ops->envelope(s->env.conf.data, &ack, e); /* last: it may close us */
}

/* What is done about it, for the log line. */
static const char *then_format(const struct slack_socket *s, char *dst, size_t size)
{
	if (s->draining) {
		text_copy(dst, size, "stop");
	} else if (loop_timer_running(&s->dial)) {
		snprintf(dst, size, "dial in %lld s",
			 (long long)(dial_in_ms(s) + 999) / 1000);
	} else {
		text_copy(dst, size, "use the other connection");
	}
	return dst;
}

static void end_log(const struct slack_socket *s, const struct connection *c,
		    const struct fail *f)
{
	bool needs_somebody = c->after == AFTER_CONFIG || c->after == AFTER_TOO_MANY;
	enum log_level level = needs_somebody         ? LOG_ERROR
			       : f->kind == FAIL_NONE ? LOG_INFO
						      : LOG_WARN;
	char then[64];

	then_format(s, then, sizeof(then));
	if (c->was_live) {
		log_write(level, "slack.disconnected",
			  LOG_FIELDS(LOG_N("connection", (int64_t)c->id),
				     LOG_T("reason", c->reason),
				     LOG_N("lived_s", (now_ms(s) - c->hello_ms) / 1000),
				     LOG_F(f), LOG_T("then", then)));
	} else {
		log_write(level, "slack.open_failed",
			  LOG_FIELDS(LOG_N("connection", (int64_t)c->id),
				     LOG_T("reason", c->reason), LOG_F(f),
				     LOG_T("then", then)));
	}
}

static void connection_forget(struct slack_socket *s, struct connection *c)
{
	struct connection **at = &s->connections;

	while (*at != c) {
		at = &(*at)->next;
	}
	*at = c->next;
	connection_destroy(c);
}

static void on_ended(struct connection *c, const struct fail *f)
{
	struct slack_socket *s = owner_of(c);

	redial_note(&s->redial, c->after, f->retry_after_s, now_ms(s),
		    connection_dice(&s->env));
	if (!s->draining) {
		metric_add(s->reconnects, c->reason, 1);
	}
	if (f->kind != FAIL_NONE) {
		text_copy(s->why, sizeof(s->why), f->msg);
	}
	c->state = CONN_CLOSING; /* it counts no more */
	dial_plan(s);
	end_log(s, c, f);
	connection_forget(s, c);
	tell(s);
}

static const struct connection_ops connection_ops = {
	.hello = on_hello,
	.retiring = on_retiring,
	.settled = on_settled,
	.closing = on_closing,
	.envelope = on_envelope,
	.ended = on_ended,
};

/* --- what others may ask --------------------------------------------------------------- */

static int64_t or_default(int64_t ms, int64_t rule_ms)
{
	return ms > 0 ? ms : rule_ms;
}

static void conf_fill(struct slack_socket_config *conf)
{
	conf->hello_timeout_ms = or_default(conf->hello_timeout_ms, HELLO_TIMEOUT_MS);
	conf->settled_ms = or_default(conf->settled_ms, SETTLED_MS);
	conf->config_retry_ms = or_default(conf->config_retry_ms, CONFIG_RETRY_MS);
	conf->drain_ms = or_default(conf->drain_ms, DRAIN_MS);
	conf->too_many_ms = or_default(conf->too_many_ms, TOO_MANY_MS);
	conf->open_interval_ms = or_default(conf->open_interval_ms, OPEN_INTERVAL_MS);
}

static void metrics_init(struct slack_socket *s, struct metrics *m)
{
	s->live =
		metrics_gauge(m, "accessd_slack_connections",
			      "Socket Mode connections that have got their hello.", NULL);
	s->registered = metrics_gauge(m, "accessd_slack_connections_registered",
				      "Connections of this app that Slack counts.", NULL);
	s->env.envelopes = metrics_counter(m, "accessd_slack_envelopes",
					   "What Slack has sent.", "kind");
	s->reconnects = metrics_counter(m, "accessd_slack_reconnects",
					"Connections that ended, by reason.", "reason");
	ack_meter_init(&s->acks, m);
}

struct slack_socket *slack_socket_open(const struct slack_socket_config *conf)
{
	struct slack_socket *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->env = (struct connection_env){ .conf = *conf,
					  .ops = &connection_ops,
					  .owner = s };
	conf_fill(&s->env.conf);
	metrics_init(s, conf->metrics);
	redial_init(&s->redial, &(struct redial_rules){
					.open_interval_ms = s->env.conf.open_interval_ms,
					.too_many_ms = s->env.conf.too_many_ms,
					.config_retry_ms = s->env.conf.config_retry_ms,
				});
	s->dial.cb = on_dial;
	s->tell.cb = on_tell;
	text_copy(s->why, sizeof(s->why), "not connected yet");
	dial_plan(s);
	return s;
}

void slack_socket_drain(struct slack_socket *s, void (*done)(void *data), void *data)
{
	s->draining = true;
	s->done = done;
	s->done_data = data;
	text_copy(s->why, sizeof(s->why), "stopping");
	dial_plan(s);
	for (struct connection *c = s->connections; c; c = c->next) {
		connection_leave(c);
	}
	tell(s);
}

void slack_socket_close(struct slack_socket *s)
{
	if (!s) {
		return;
	}
	loop_timer_cancel(&s->dial);
	loop_timer_cancel(&s->tell);
	while (s->connections) {
		connection_forget(s, s->connections);
	}
	free(s);
}

bool slack_socket_live(const struct slack_socket *s)
{
	for (const struct connection *c = s->connections; c; c = c->next) {
		if (has_hello(c)) {
			return true;
		}
	}
	return false;
}

const char *slack_socket_why(const struct slack_socket *s)
{
	if (slack_socket_live(s)) {
		return "";
	}
	return s->why[0] ? s->why : "it is being dialled again";
}

const char *slack_socket_app_id(const struct slack_socket *s)
{
	return s->app_id;
}
