/* SPDX-License-Identifier: Apache-2.0 */
/* POST /webhooks/slack: what people do in Slack, when Slack posts it to us instead of
 * being dialled (slack.mode = "http").
 *
 *   x-slack-request-timestamp, x-slack-signature: v0=HEX    HMAC of "v0:timestamp:body"
 *   proved -> an envelope -> the handlers that Socket Mode uses -> the reply is the ack
 *
 * Slack gives 3 s. What goes wrong:
 *  - posted twice: acted upon once, by the trigger's id and by the signature.
 *  - the client is gone, or was answered for us: the answer goes by the response_url.
 *  - auth.test has not said yet which team this is: 503, as nobody could be told apart.
 *  - "ssl_check" may come without a signature: it is answered, and nothing else is done. */
#include <stdlib.h>
#include <string.h>

#include "accessd/hook.h"
#include "bot/app.h"
#include "bot/slack/post.h"
#include "shared/calm.h"
#include "shared/http_server.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/secret.h"
#include "shared/sig_check.h"
#include "shared/text.h"

extern const struct hook_ops hook_slack;

#define JSON_TYPE "application/json; charset=utf-8"

/* One that Slack waits for. */
struct posted {
	struct slack_hook *hook;
	struct posted *next, *prev;
	struct http_exchange *x;
	uint64_t number;
};

struct slack_hook {
	struct hook hook;
	struct app *app;
	struct sig_keys keys;
	struct posted *first;
	uint64_t last_number;
	struct calm calm;
	struct ack_meter acks;
	struct metric *m_envelopes;
};

static const struct sig_spelling spelling = { .version = "v0=", .is = sig_is_hex };

static struct slack_hook *self(struct hook *h)
{
	return container_of(h, struct slack_hook, hook);
}

static int64_t mono_ms(const struct slack_hook *me)
{
	return clock_mono_ms(loop_clock(me->app->loop));
}

/* --- who waits for an ack ----------------------------------------------------------------- */

static void posted_destroy(struct posted *p)
{
	if (p->prev) {
		p->prev->next = p->next;
	} else {
		p->hook->first = p->next;
	}
	if (p->next) {
		p->next->prev = p->prev;
	}
	free(p);
}

static void on_gone(struct http_exchange *x)
{
	posted_destroy(x->user);
}

static struct posted *posted_create(struct slack_hook *me, struct http_exchange *x)
{
	struct posted *p = calloc(1, sizeof(*p));

	if (!p) {
		abort(); /* out of memory for a few bytes */
	}
	*p = (struct posted){
		.hook = me, .next = me->first, .x = x, .number = ++me->last_number
	};
	if (me->first) {
		me->first->prev = p;
	}
	me->first = p;
	x->user = p;
	x->gone = on_gone;
	return p;
}

/* As many as there are connections at most. NULL: nobody waits for it any more. */
static struct posted *posted_find(const struct slack_hook *me, uint64_t number)
{
	struct posted *p = me->first;

	while (p && p->number != number) {
		p = p->next;
	}
	return p;
}

/* The app outlives the hook, and commands outlive their requests. */
static bool http_ack(void *where, const struct slack_ack *ack, const char *payload)
{
	const struct app *a = where;
	struct slack_hook *me = a->slack_hook ? self(a->slack_hook) : NULL;
	struct posted *p = me ? posted_find(me, ack->connection) : NULL;
	bool whole = !payload || ack->accepts_payload;
	struct http_exchange *x;

	if (!p) {
		return false;
	}
	ack_meter_note(&me->acks, ack, mono_ms(me));
	x = p->x;
	posted_destroy(p);
	if (payload && whole) {
		http_reply(x, 200, JSON_TYPE, payload, strlen(payload), NULL);
	} else {
		http_reply(x, 200, NULL, NULL, 0, NULL);
	}
	return whole;
}

/* --- proof ---------------------------------------------------------------------------------- */

static bool is_signed(const struct slack_hook *me, const char *timestamp,
		      const char *signature, const struct http_exchange *x)
{
	const struct sig_part parts[] = {
		{ "v0:", 3 },
		{ timestamp, strlen(timestamp) },
		{ ":", 1 },
		{ x->body, x->body_len },
	};

	return sig_check(&spelling, signature, &me->keys, parts, ARRAY_LEN(parts));
}

/* NULL: it is of Slack; else what to say. */
static const char *doubt(const struct slack_hook *me, const struct http_exchange *x)
{
	const char *timestamp = http_header_once(x, "x-slack-request-timestamp");
	const char *signature = http_header_once(x, "x-slack-signature");

	if (!timestamp || !signature) {
		return "one each of x-slack-signature and x-slack-request-timestamp is "
		       "needed";
	}
	if (!sig_time_check(timestamp, clock_wall_ms(loop_clock(me->app->loop)))) {
		return "x-slack-request-timestamp is more than 5 minutes from now";
	}
	return is_signed(me, timestamp, signature, x)
		       ? NULL
		       : "the signature is not of this secret";
}

static void refuse(struct slack_hook *me, struct http_exchange *x, const char *why)
{
	int64_t n;

	metric_add(me->m_envelopes, "refused", 1);
	if (calm_may(&me->calm, mono_ms(me), &n)) {
		log_warn("slack.post_refused", LOG_T("why", why), LOG_T("peer", x->peer),
			 LOG_T("id", x->id), LOG_N("times", n));
	}
	http_reply_error(x, 401, "not-signed", why);
}

/* --- what came ---------------------------------------------------------------------------------- */

static void reply_text(struct http_exchange *x, const char *text)
{
	http_reply(x, 200, "text/plain; charset=utf-8", text, strlen(text), NULL);
}

/* The signature is what two deliveries of the same bytes have in common; there is no
 * envelope id. */
static void take(struct slack_hook *me, struct http_exchange *x, struct envelope *e)
{
	const char *signature = http_header_once(x, "x-slack-signature");
	struct posted *p = posted_create(me, x);
	struct slack_ack ack = { .send = http_ack,
				 .where = me->app,
				 .connection = p->number,
				 .received_ms = mono_ms(me),
				 .accepts_payload = e->accepts_payload };

	text_copy(ack.envelope_id, sizeof(ack.envelope_id),
		  signature + strlen(spelling.version));
	text_copy(e->id, sizeof(e->id), ack.envelope_id);
	metric_add(me->m_envelopes, envelope_word(e->kind), 1);
	commands_envelope(me->app->commands, &ack, e);
}

static void unreadable(struct slack_hook *me, struct http_exchange *x,
		       const struct fail *f)
{
	metric_add(me->m_envelopes, "unreadable", 1);
	log_warn("slack.post_unreadable", LOG_F(f), LOG_T("id", x->id),
		 LOG_T("then", "refused"));
	if (f->kind == FAIL_NOT_FOUND) {
		http_reply_error(x, 415, "unsupported-type", f->msg);
	} else {
		http_reply_error(x, 400, "unreadable", f->msg);
	}
}

static void answer(struct slack_hook *me, struct http_exchange *x, struct slack_post *p)
{
	if (p->kind == SLACK_POST_CHALLENGE) {
		reply_text(x, p->challenge);
	} else if (p->kind == SLACK_POST_SSL_CHECK) {
		reply_text(x, "");
	} else if (!me->app->me.known) {
		http_reply_error(x, 503, "not-ready",
				 "it is not known yet which team this is");
	} else {
		take(me, x, &p->envelope);
	}
}

static void slack_handle(struct hook *h, struct http_exchange *x)
{
	struct slack_hook *me = self(h);
	const char *no = doubt(me, x);
	struct slack_post p;
	struct fail f = { 0 };
	size_t n = 0;

	if (no && !http_header(x, "x-slack-signature", &n) &&
	    slack_post_is_ssl_check(x->body, x->body_len)) {
		reply_text(x, "");
		return;
	}
	if (no) {
		refuse(me, x, no);
		return;
	}
	if (!slack_post_read(http_header_once(x, "content-type"), x->body, x->body_len,
			     &p, &f)) {
		unreadable(me, x, &f);
		return;
	}
	answer(me, x, &p);
	slack_post_finish(&p);
}

/* --- life ------------------------------------------------------------------------------------------ */

static bool slack_configured(const struct config *c, struct fail *f)
{
	if (strcmp(c->slack.mode, "http") != 0) {
		return fail_set(f, FAIL_NOT_FOUND,
				"slack.mode is \"socket\": Slack is dialled");
	}
	return secret_is_named(&c->slack.signing_secret) ||
	       fail_set(f, FAIL_NOT_FOUND, "slack.signing_secret is not set");
}

static bool keys_open(struct sig_keys *keys, const struct config *c)
{
	return sig_keys_open(keys, &c->slack.signing_secret,
			     &c->slack.signing_secret_old);
}

static struct hook *slack_open(const struct hook_env *env)
{
	struct slack_hook *me = calloc(1, sizeof(*me));

	if (!me || !keys_open(&me->keys, env->config)) {
		free(me);
		return NULL;
	}
	me->hook.ops = &hook_slack;
	me->app = env->app;
	me->app->slack_hook = &me->hook;
	ack_meter_init(&me->acks, env->metrics);
	me->m_envelopes = metrics_counter(env->metrics, "accessd_slack_envelopes",
					  "What Slack has sent.", "kind");
	return &me->hook;
}

static void slack_close(struct hook *h)
{
	if (!h) {
		return;
	}
	for (struct posted *p = self(h)->first; p; p = self(h)->first) {
		p->x->gone = NULL;
		posted_destroy(p);
	}
	self(h)->app->slack_hook = NULL;
	sig_keys_close(&self(h)->keys);
	free(self(h));
}

static void slack_reload(struct hook *h, const struct config *c)
{
	struct sig_keys keys;

	if (keys_open(&keys, c)) {
		sig_keys_close(&self(h)->keys);
		self(h)->keys = keys;
	}
}

const struct hook_ops hook_slack = {
	.name = "slack",
	.path = "/webhooks/slack",
	.max_body = 1 << 20,
	.configured = slack_configured,
	.open = slack_open,
	.close = slack_close,
	.reload = slack_reload,
	.handle = slack_handle,
};
