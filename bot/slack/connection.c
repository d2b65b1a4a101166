/* SPDX-License-Identifier: Apache-2.0 */
/* One Socket Mode connection.
 *
 *   apps.connections.open -> a wss:// URL -> upgrade -> "hello" -> envelopes, each acked
 *   by its id -> CLOSE 1000
 *
 * The URL is "single use": it is dialled once and forgotten. What goes wrong:
 *  - no ticket: bot/slack/ticket.c says whether that passes.
 *  - no upgrade, or no hello in 10 s: the dial has failed. An open WebSocket that Slack
 *    has not greeted gets nothing.
 *  - nothing heard for 30 s, a FIN without CLOSE: lost. shared/ws_client.c watches.
 *  - disconnect "too_many_websockets" or "link_disabled": closed at once; "warning",
 *    "refresh_requested" and all else: it goes on until there is another.
 *  - a frame that is not JSON is skipped; an envelope that cannot be read is acked all
 *    the same, or Slack sends it for ever; what is of no known type never is. */
#include "bot/slack/connection.h"

#include <stdlib.h>
#include <string.h>

#include "bot/slack/ticket.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/secret.h"
#include "shared/url.h"
#include "shared/ws_client.h"

enum {
	OPEN_TIMEOUT_MS = 10000,
	DIAL_TIMEOUT_MS = 10000,
	PING_MS = 10000,
	DEAD_MS = 30000,
	/* Slack does not close TCP after the close handshake. */
	LINGER_MS = 1000,
	LEAVE_MS = 1000,
	MESSAGE_MAX = 4 * 1024 * 1024,
	/* "Max frame length of 20480 has been exceeded" is a close with 1009, and the
	 * same command again after the reconnect. */
	ACK_MAX = 16 * 1024,
	/* A life that Slack announces: shorter or longer than this is not believed. */
	LIFE_MIN_S = 10,
	LIFE_MAX_S = 7 * 24 * 3600,
	CLOSE_NORMAL = 1000,
};

static const struct ws_ops ws_ops;

static struct loop *loop_of(const struct connection *c)
{
	return c->env->conf.loop;
}

static int64_t now_ms(const struct connection *c)
{
	return clock_mono_ms(loop_clock(loop_of(c)));
}

uint32_t connection_dice(const struct connection_env *env)
{
	uint32_t dice;

	if (env->conf.dice) {
		return env->conf.dice();
	}
	secret_random(&dice, sizeof(dice));
	return dice;
}

/* --- the end -------------------------------------------------------------------- */

static void end_set(struct connection *c, enum redial_after after, const char *reason,
		    const struct fail *why)
{
	c->after = after;
	c->reason = reason;
	c->why = why ? *why : (struct fail){ .kind = FAIL_NONE };
}

/* The owner frees c: nothing may come after it. */
static void connection_end(struct connection *c)
{
	struct fail why = c->why;

	loop_timer_cancel(&c->step);
	loop_timer_cancel(&c->settle);
	c->env->ops->ended(c, &why);
}

void connection_close(struct connection *c, enum redial_after after, const char *reason,
		      const struct fail *why)
{
	enum connection_state was = c->state;

	if (was == CONN_CLOSING) {
		return;
	}
	end_set(c, after, reason, why);
	c->state = CONN_CLOSING;
	loop_timer_cancel(&c->settle);
	loop_timer_cancel(&c->step);
	if (was == CONN_OPEN || was == CONN_DIAL) {
		http_request_cancel(&c->open);
		ws_destroy(c->ws);
		c->ws = NULL;
		loop_timer_start(loop_of(c), &c->step, 0);
		return;
	}
	/* A close that never reaches Slack leaves a ghost that goes on getting its
	 * share of the envelopes for hours. */
	ws_close(c->ws, CLOSE_NORMAL, LINGER_MS);
}

void connection_drain(struct connection *c)
{
	c->state = CONN_DRAIN;
	loop_timer_cancel(&c->settle);
	loop_timer_start(loop_of(c), &c->step, c->env->conf.drain_ms);
}

static void drained(struct connection *c)
{
	const char *reason = c->leaving ? "asked" : c->retiring ? c->reason : "replaced";

	connection_close(c, AFTER_ASKED, reason, NULL);
}

void connection_leave(struct connection *c)
{
	c->leaving = true;
	if ((c->state == CONN_LIVE || c->state == CONN_DRAIN) && c->unacked > 0) {
		connection_drain(c);
		loop_timer_start(loop_of(c), &c->step, LEAVE_MS);
	} else {
		drained(c);
	}
}

/* --- what Slack sends -------------------------------------------------------------- */

static void hello_expire(struct connection *c)
{
	struct fail why;

	fail_set(&why, FAIL_TIMEOUT, "no hello in %lld ms",
		 (long long)c->env->conf.hello_timeout_ms);
	connection_close(c, AFTER_TROUBLE, "no-hello", &why);
}

static void retire(struct connection *c, const char *reason)
{
	if (c->state == CONN_LIVE && !c->retiring) {
		c->retiring = true;
		c->reason = reason;
		c->env->ops->retiring(c);
	}
}

static bool app_check(const struct connection *c, const struct envelope *e,
		      struct fail *f)
{
	const char *own = c->env->conf.app_id;

	if (!own || !own[0] || !e->app_id[0] || strcmp(own, e->app_id) == 0) {
		return true;
	}
	fail_set(f, FAIL_DENIED,
		 "slack.app_token is of another app than slack.bot_token");
	return fail_hint(f, "take both tokens from the settings of the same app.");
}

/* Somewhere in 90 to 95 % of the life that Slack has announced, so that many processes
 * do not come all at once. 0: it has not. */
static int64_t refresh_in_ms(const struct connection *c, int64_t life_s)
{
	if (life_s < LIFE_MIN_S) {
		return 0;
	}
	if (life_s > LIFE_MAX_S) {
		life_s = LIFE_MAX_S;
	}
	return life_s * (900 + connection_dice(c->env) % 51);
}

static void on_hello(struct connection *c, const struct envelope *e)
{
	int64_t refresh_ms = refresh_in_ms(c, e->lifetime_s);
	struct fail why;

	if (c->state != CONN_WAIT_HELLO) {
		return;
	}
	if (!app_check(c, e, &why)) {
		connection_close(c, AFTER_CONFIG, "other-app", &why);
		return;
	}
	loop_timer_cancel(&c->step);
	c->state = CONN_LIVE;
	c->was_live = true;
	c->hello_ms = now_ms(c);
	loop_timer_start(loop_of(c), &c->settle, c->env->conf.settled_ms);
	if (refresh_ms > 0) {
		loop_timer_start(loop_of(c), &c->step, refresh_ms);
	}
	c->env->ops->hello(c, e);
}

static void on_disconnect(struct connection *c, const struct envelope *e)
{
	struct fail why;

	switch (e->reason) {
	case DISCONNECT_WARNING:
		retire(c, "warning");
		break;
	case DISCONNECT_REFRESH:
		retire(c, "refresh-requested");
		break;
	case DISCONNECT_OTHER:
		retire(c, "other");
		break;
	case DISCONNECT_TOO_MANY:
		fail_set(&why, FAIL_BUSY,
			 "Slack counts too many connections of this app");
		fail_hint(&why,
			  "use one Slack app per deployment; connections that Slack "
			  "never saw closing go away within hours.");
		connection_close(c, AFTER_TOO_MANY, "too-many-websockets", &why);
		break;
	case DISCONNECT_LINK_DISABLED:
		fail_set(&why, FAIL_DENIED, "Socket Mode is switched off for this app");
		fail_hint(&why, "switch it on in the app's settings, under Socket Mode.");
		connection_close(c, AFTER_CONFIG, "link-disabled", &why);
		break;
	}
}

/* The owner's callback may destroy c: nothing comes after it. */
static void on_envelope(struct connection *c, const struct envelope *e)
{
	if (!e->payload) {
		bool acked = connection_ack(c, e->id, false, NULL);

		log_warn("slack.envelope_unreadable",
			 LOG_T("kind", envelope_word(e->kind)), LOG_T("envelope", e->id),
			 LOG_N("connection", (int64_t)c->id), LOG_B("acked", acked),
			 LOG_T("then", "skip"));
		return;
	}
	c->unacked++;
	c->env->ops->envelope(c, e);
}

static void on_received(struct ws *w, const char *text, size_t n)
{
	struct connection *c = ws_data(w);
	struct envelope e;
	struct fail why;

	if (!envelope_parse(text, n, &e, &why)) {
		metric_add(c->env->envelopes, "unreadable", 1);
		log_warn("slack.frame_unreadable", LOG_N("connection", (int64_t)c->id),
			 LOG_N("bytes", (int64_t)n), LOG_F(&why), LOG_T("then", "skip"));
		return;
	}
	metric_add(c->env->envelopes, envelope_word(e.kind), 1);
	if (e.kind == ENVELOPE_HELLO) {
		on_hello(c, &e);
	} else if (e.kind == ENVELOPE_DISCONNECT) {
		on_disconnect(c, &e);
	} else if (envelope_wants_ack(e.kind)) {
		on_envelope(c, &e);
	} else {
		log_warn("slack.envelope_unknown", LOG_N("connection", (int64_t)c->id),
			 LOG_N("bytes", (int64_t)n), LOG_T("then", "skip"));
	}
	envelope_finish(&e);
}

bool connection_ack(struct connection *c, const char *envelope_id, bool accepts_payload,
		    const char *payload)
{
	bool whole = !payload || accepts_payload;
	struct buf frame;
	bool sent;

	buf_init(&frame, ACK_MAX);
	if (!envelope_ack_format(&frame, envelope_id, whole ? payload : NULL)) {
		whole = false;
		buf_finish(&frame);
		envelope_ack_format(&frame, envelope_id, NULL);
	}
	sent = c->ws && c->state != CONN_CLOSING &&
	       ws_send(c->ws, buf_str(&frame), frame.len);
	buf_finish(&frame);
	return sent && whole;
}

void connection_acked(struct connection *c)
{
	c->unacked -= c->unacked > 0;
	if (c->leaving && c->unacked == 0 && c->state == CONN_DRAIN) {
		loop_timer_start(loop_of(c), &c->step, 0);
	}
}

/* --- ticket, dial ------------------------------------------------------------------ */

static void on_opened(struct ws *w)
{
	struct connection *c = ws_data(w);

	buf_finish(&c->ticket);
	c->state = CONN_WAIT_HELLO;
	loop_timer_start(loop_of(c), &c->step, c->env->conf.hello_timeout_ms);
}

/* What it means that the other side, or the line, has ended it. */
static void closed_set(struct connection *c, unsigned code, const struct fail *f)
{
	struct fail why = *f;
	bool dead = why.kind == FAIL_TIMEOUT;

	if (why.kind == FAIL_NONE) {
		fail_set(&why, FAIL_UPSTREAM, "Slack has closed it with %u", code);
	}
	if (!c->was_live) {
		end_set(c, AFTER_TROUBLE, "dial-failed", &why);
	} else if (c->state == CONN_DRAIN) {
		end_set(c, AFTER_ASKED, c->retiring ? c->reason : "replaced", NULL);
	} else if (c->retiring) {
		end_set(c, AFTER_REFRESH, c->reason, NULL);
	} else {
		end_set(c, c->settled ? AFTER_SETTLED_LOSS : AFTER_LOSS,
			dead ? "dead" : "lost", &why);
	}
}

static void on_closed(struct ws *w, unsigned code, const struct fail *f)
{
	struct connection *c = ws_data(w);

	c->ws = NULL;
	if (c->state != CONN_CLOSING) {
		closed_set(c, code, f);
	}
	connection_end(c);
}

static const struct ws_ops ws_ops = {
	.opened = on_opened,
	.received = on_received,
	.closed = on_closed,
};

static void dial(struct connection *c)
{
	const struct ws_config conf = {
		.url = buf_str(&c->ticket),
		.max_message = MESSAGE_MAX,
		.connect_timeout_ms = DIAL_TIMEOUT_MS,
		.ping_ms = PING_MS,
		.dead_ms = DEAD_MS,
		.ops = &ws_ops,
		.data = c,
	};

	c->state = CONN_DIAL;
	c->ws = ws_connect(c->env->conf.ws, &conf);
	if (!c->ws) {
		struct fail why;

		fail_set(&why, FAIL_INTERNAL, "out of memory");
		end_set(c, AFTER_TROUBLE, "dial-failed", &why);
		connection_end(c);
	}
}

static void on_ticket(struct http_request *req, const struct http_response *res,
		      const struct fail *f)
{
	struct connection *c = container_of(req, struct connection, open);
	const struct clock *clock = loop_clock(loop_of(c));
	struct fail why = *f;
	bool config;

	if (why.kind == FAIL_NONE &&
	    ticket_read(res, c->env->conf.api_url, clock_wall_ms(clock), &c->ticket,
			&why)) {
		dial(c);
		return;
	}
	config = why.kind == FAIL_DENIED || why.kind == FAIL_INVALID;
	fail_wrap(&why, "apps.connections.open");
	end_set(c, config ? AFTER_CONFIG : AFTER_TROUBLE, "open-failed", &why);
	connection_end(c);
}

/* "If you pass it as a parameter it is an error": the token is in the header alone. */
static void ticket_ask(struct connection *c)
{
	url_join(&c->open_url, c->env->conf.api_url, "apps.connections.open");
	c->open = (struct http_request){
		.method = "POST",
		.url = buf_str(&c->open_url),
		.auth_scheme = "Bearer",
		.auth = c->env->conf.app_token,
		.headers = { "Content-Type: application/x-www-form-urlencoded" },
		.timeout_ms = OPEN_TIMEOUT_MS,
		.cb = on_ticket,
	};
	http_request_start(c->env->conf.http, &c->open);
}

/* --- life --------------------------------------------------------------------------- */

static void on_step(struct loop_timer *t)
{
	struct connection *c = container_of(t, struct connection, step);

	switch (c->state) {
	case CONN_OPEN:
	case CONN_DIAL:
		break; /* these have time limits of their own */
	case CONN_WAIT_HELLO:
		hello_expire(c);
		break;
	case CONN_LIVE:
		retire(c, "refresh");
		break;
	case CONN_DRAIN:
		drained(c);
		break;
	case CONN_CLOSING:
		connection_end(c);
		break;
	}
}

static void on_settle(struct loop_timer *t)
{
	struct connection *c = container_of(t, struct connection, settle);

	c->settled = true;
	c->env->ops->settled(c);
}

struct connection *connection_create(const struct connection_env *env, uint64_t id)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c) {
		return NULL;
	}
	c->env = env;
	c->id = id;
	c->state = CONN_OPEN;
	c->reason = "asked";
	c->step.cb = on_step;
	c->settle.cb = on_settle;
	buf_init(&c->open_url, 2 * URL_SIZE);
	buf_init(&c->ticket, 2 * URL_SIZE);
	ticket_ask(c);
	return c;
}

void connection_destroy(struct connection *c)
{
	if (!c) {
		return;
	}
	http_request_cancel(&c->open);
	ws_destroy(c->ws);
	loop_timer_cancel(&c->step);
	loop_timer_cancel(&c->settle);
	buf_finish(&c->open_url);
	buf_finish(&c->ticket);
	free(c);
}
