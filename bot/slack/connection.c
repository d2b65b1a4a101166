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
 *  - what Slack says itself is in bot/slack/frames.c. */
#include "bot/slack/connection.h"

#include <stdlib.h>

#include "bot/slack/ticket.h"
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
	CLOSE_NORMAL = 1000,
};

static const struct ws_ops ws_ops;

static struct loop *loop_of(const struct connection *c)
{
	return c->env->conf.loop;
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
	c->env->ops->closing(c);
}

void connection_retire(struct connection *c, const char *reason)
{
	if (c->state == CONN_LIVE && !c->retiring) {
		c->retiring = true;
		c->reason = reason;
		c->env->ops->retiring(c);
	}
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

/* --- ticket, dial ------------------------------------------------------------------ */

static void on_received(struct ws *w, const char *text, size_t n)
{
	connection_receive(ws_data(w), text, n);
}

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

static void hello_expire(struct connection *c)
{
	struct fail why;

	fail_set(&why, FAIL_TIMEOUT, "no hello in %lld ms",
		 (long long)c->env->conf.hello_timeout_ms);
	connection_close(c, AFTER_TROUBLE, "no-hello", &why);
}

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
		connection_retire(c, "refresh");
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
