/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack sends on a connection, and what goes back.
 *
 *   "hello" -> live;  an envelope -> the owner -> its ack, one frame
 *
 * What goes wrong:
 *  - disconnect "too_many_websockets" or "link_disabled": closed at once; "warning",
 *    "refresh_requested" and all else: it goes on until there is another.
 *  - a frame that is not JSON is skipped. It is no reason to reconnect.
 *  - an envelope that cannot be read is acked all the same, or Slack sends it for ever.
 *  - what is of no known type is never acked: a peer that echoes would send it back. */
#include "bot/slack/connection.h"

#include <string.h>

#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/ws_client.h"

enum {
	/* "Max frame length of 20480 has been exceeded" is a close with 1009, and the
	 * same command again after the reconnect. */
	ACK_MAX = 16 * 1024,
	/* A life that Slack announces: shorter is not believed, longer is cut. */
	LIFE_MIN_S = 10,
	LIFE_MAX_S = 7 * 24 * 3600,
};

static struct loop *loop_of(const struct connection *c)
{
	return c->env->conf.loop;
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
	c->hello_ms = clock_mono_ms(loop_clock(loop_of(c)));
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
		connection_retire(c, "warning");
		break;
	case DISCONNECT_REFRESH:
		connection_retire(c, "refresh-requested");
		break;
	case DISCONNECT_OTHER:
		connection_retire(c, "other");
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

void connection_receive(struct connection *c, const char *text, size_t n)
{
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
