/* SPDX-License-Identifier: Apache-2.0 */
/* Apono's manual webhook: an access flow asks for a verdict, and a person waits for it.
 *
 *   POST /webhooks/apono -> Bearer token -> apono_parse.c -> apono_match.c -> the approver
 *     -> on disk -> apono_words.c -> 200 with the verdict, allow and deny alike
 *
 * A status other than 2xx is "the webhook failed" to Apono, and no denial with a reason. So
 * it is for what is no verdict: a sender who is not Apono (401), a body that cannot be read
 * (400), and what could not be found out or recorded in ANSWER_MS (503). What goes wrong:
 *  - the same request again within a minute, as an answer was lost: the same verdict, by
 *    the same id, from apono_answers.c.
 *  - likewise, but this process did not live then: the ledger knows the request by its
 *    key. If what is decided now agrees with it, its id is the answer's; if things have
 *    changed since, this is a decision of its own. What is answered always stands in the
 *    ledger under the id that goes with it.
 *  - the ledger hangs, or a provider does: nobody is waited for beyond ANSWER_MS. What is
 *    recorded after that was answered to nobody. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "accessd/approver.h"
#include "accessd/hook.h"
#include "approver/apono_answers.h"
#include "approver/apono_key.h"
#include "approver/apono_match.h"
#include "approver/apono_parse.h"
#include "approver/apono_words.h"
#include "shared/buf.h"
#include "shared/calm.h"
#include "shared/http_reply.h"
#include "shared/http_server.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/metrics.h"
#include "shared/secret.h"
#include "shared/sig.h"
#include "shared/text.h"

enum {
	BODY_MAX = 1 << 20,
	PROVIDERS_MS = 4000,
	ANSWER_MS = 4750, /* "answer within ~5 s: a person is waiting" */
};

struct apono {
	struct hook hook;
	struct hook_env env;
	struct sig_key *digests;
	struct apono_answers *answers;
	struct call *calls; /* being decided */
	struct metric *m_calls;
	struct calm calm;
};

/* One exchange, from its body to its answer. */
struct call {
	struct apono *all;
	struct call *next, *prev;
	struct http_exchange *x;
	struct apono_ask ask;
	struct apono_resources resources;
	uint8_t digest[SIG_SIZE];
	char key[APONO_KEY_SIZE];
	struct decision decision;
	struct loop_timer late;
	int64_t came_ms; /* mono */
};

static int64_t now_ms(const struct apono *me)
{
	return clock_mono_ms(loop_clock(me->env.loop));
}

/* --- proof of the sender ------------------------------------------------------------- */

static bool is_sender(const struct apono *me, const struct http_exchange *x)
{
	static const char scheme[] = "Bearer ";
	const struct apono_config *conf = &me->env.config->apono;
	size_t n = 0;
	const char *value = http_header(x, "Authorization", &n);
	const char *token;
	bool is_new, is_old;

	if (n != 1 || strncasecmp(value, scheme, sizeof(scheme) - 1) != 0) {
		return false;
	}
	token = value + sizeof(scheme) - 1;
	token += strspn(token, " ");
	is_new = secret_equal(&conf->bearer, token, strlen(token));
	is_old = secret_equal(&conf->bearer_old, token, strlen(token));
	return is_new || is_old;
}

/* RFC 9110 11.6.1: "A server generating a 401 response MUST send a WWW-Authenticate header
 * field". */
static void refuse(struct apono *me, struct http_exchange *x)
{
	static const char *const headers[] = { "WWW-Authenticate: Bearer", NULL };
	struct buf body;
	int64_t n;

	if (calm_may(&me->calm, now_ms(me), &n)) {
		log_warn("hook.refused", LOG_T("hook", me->hook.ops->name),
			 LOG_T("id", x->id), LOG_T("peer", x->peer),
			 LOG_T("why", "no token of ours in one Authorization header"),
			 LOG_N("times", n));
	}
	metric_add(me->m_calls, "apono,not-proved", 1);
	buf_init(&body, 1024);
	http_reply_error_body(&body, "unauthorized",
			      "one Authorization header with the bearer token is needed",
			      x->id);
	http_reply(x, 401, "application/json", buf_str(&body), body.len, headers);
	buf_finish(&body);
}

/* --- calls --------------------------------------------------------------------------------- */

static struct call *call_create(struct apono *me, struct http_exchange *x)
{
	struct call *c = calloc(1, sizeof(*c));

	if (!c) {
		abort(); /* out of memory for some 20 KB */
	}
	decision_init(&c->decision);
	c->all = me;
	c->x = x;
	c->came_ms = now_ms(me);
	c->next = me->calls;
	if (c->next) {
		c->next->prev = c;
	}
	me->calls = c;
	x->user = c;
	return c;
}

/* Whatever it waits for is not waited for any more. */
static void call_destroy(struct call *c)
{
	loop_timer_cancel(&c->late);
	approver_decide_cancel(&c->decision);
	apono_ask_finish(&c->ask);
	if (c->prev) {
		c->prev->next = c->next;
	} else {
		c->all->calls = c->next;
	}
	if (c->next) {
		c->next->prev = c->prev;
	}
	free(c);
}

static void on_gone(struct http_exchange *x)
{
	struct call *c = x->user;

	metric_add(c->all->m_calls, "apono,gone", 1);
	log_info("apono.gone", LOG_T("id", x->id), LOG_T("then", "nothing-answered"));
	call_destroy(c);
}

/* --- answers ------------------------------------------------------------------------------- */

static void answer(struct call *c, const char *outcome, const char *text)
{
	metric_add(c->all->m_calls, outcome, 1);
	http_reply(c->x, 200, "application/json", text, strlen(text), NULL);
	call_destroy(c);
}

static void answer_error(struct call *c, const char *outcome, int status,
			 const char *code, const char *why)
{
	char reason[APONO_REASON_SIZE];

	apono_reason(why, reason);
	log_warn("apono.no_verdict", LOG_T("id", c->x->id),
		 LOG_T("apono", c->ask.friendly_id), LOG_N("status", status),
		 LOG_T("why", why));
	metric_add(c->all->m_calls, outcome, 1);
	http_reply_error(c->x, status, code, reason);
	call_destroy(c);
}

static void on_late(struct loop_timer *t)
{
	answer_error(container_of(t, struct call, late), "apono,failed", 503, "timeout",
		     "it could not be decided and recorded in time");
}

static void answer_verdict(struct call *c)
{
	struct decision *d = &c->decision;
	char *text = apono_answer(d);

	if (!text) {
		abort(); /* out of memory for 2 KB */
	}
	log_info("apono.answered", LOG_T("id", c->x->id), LOG_T("req", d->row.id),
		 LOG_T("apono", c->ask.friendly_id), LOG_T("flow", c->ask.flow),
		 LOG_B("for_another",
		       *c->ask.requester && !text_same_nocase(c->ask.requester,
							      apono_subject(&c->ask))),
		 LOG_B("again", d->duplicate));
	if (*c->ask.request_id) {
		apono_answers_add(c->all->answers, c->digest, text, now_ms(c->all));
	}
	answer(c, d->outcome == DECISION_GRANTED ? "apono,granted" : "apono,denied",
	       text);
	free(text);
}

/* --- deciding ------------------------------------------------------------------------------ */

static void decide(struct call *c)
{
	struct decision *d = &c->decision;
	int64_t left_ms = c->came_ms + PROVIDERS_MS - now_ms(c->all);

	d->within_ms = left_ms > 0 ? left_ms : 1;
	d->n_resources = c->resources.n;
	for (size_t i = 0; i < c->resources.n; i++) {
		d->resources[i] = c->resources.names[i];
	}
	approver_decide(c->all->env.approver, d);
}

/* Whether the ledger holds, under the old id, what would be answered now. */
static bool agrees(const struct decision *d)
{
	return !d->duplicate ||
	       (d->row.state == REQUEST_GRANTED) == (d->outcome == DECISION_GRANTED);
}

static void on_decided(struct decision *d, const struct fail *f)
{
	struct call *c = container_of(d, struct call, decision);

	if (f->kind != FAIL_NONE) {
		answer_error(c, "apono,failed", 503, fail_word(f->kind),
			     "it cannot be recorded now");
	} else if (d->outcome == DECISION_COULD_NOT_ASK) {
		answer_error(c, "apono,could-not-ask", 503, "could-not-ask", d->why);
	} else if (!agrees(d)) {
		d->keys[0] = NULL; /* things have changed: a decision of its own */
		decide(c);
	} else {
		answer_verdict(c);
	}
}

/* Ours keeps Apono's words where they fit: for people who look into the ledger. */
static void decision_fill(struct call *c)
{
	const struct apono_ask *ask = &c->ask;
	struct decision *d = &c->decision;

	text_copy(d->row.source, sizeof(d->row.source), c->all->hook.ops->name);
	text_copy(d->row.user, sizeof(d->row.user), apono_subject(ask));
	text_copy(d->row.channel, sizeof(d->row.channel), ask->friendly_id);
	text_copy(d->row.resource, sizeof(d->row.resource), c->resources.names[0]);
	text_copy_n(d->row.reason, sizeof(d->row.reason), ask->reason,
		    text_cut(ask->reason, REASON_CHARS_MAX));
	d->row.for_s = ask->for_s;
	text_copy(d->who.email, sizeof(d->who.email), apono_subject(ask));
	d->policy = ask->policy;
	d->refused = apono_objection(&c->all->env.config->apono, ask, &c->resources);
	d->keys[0] = *ask->request_id ? c->key : NULL;
	d->cb = on_decided;
}

/* --- the hook ------------------------------------------------------------------------------ */

static void call_begin(struct call *c)
{
	struct apono *me = c->all;
	const char *known;

	apono_digest(me->digests, &c->ask, c->digest);
	known = apono_answers_find(me->answers, c->digest, c->came_ms);
	if (known && *c->ask.request_id) {
		log_info("apono.repeated", LOG_T("id", c->x->id),
			 LOG_T("apono", c->ask.friendly_id));
		answer(c, "apono,repeated", known);
		return;
	}
	apono_key(c->digest, clock_wall_ms(loop_clock(me->env.loop)), c->key);
	apono_match(me->env.config, &c->ask, &c->resources);
	decision_fill(c);
	c->x->gone = on_gone;
	c->late.cb = on_late;
	loop_timer_start(me->env.loop, &c->late, ANSWER_MS);
	decide(c);
}

static void apono_handle(struct hook *h, struct http_exchange *x)
{
	struct apono *me = container_of(h, struct apono, hook);
	struct call *c;
	struct fail f;

	if (!is_sender(me, x)) {
		refuse(me, x);
		return;
	}
	c = call_create(me, x);
	if (!apono_parse(x->body, x->body_len, &c->ask, &f)) {
		answer_error(c, "apono,unreadable", 400, "unreadable", f.msg);
		return;
	}
	call_begin(c);
}

static bool apono_configured(const struct config *c, struct fail *f)
{
	if (c->apono.where.present && secret_is_named(&c->apono.bearer)) {
		return true;
	}
	fail_set(f, FAIL_NOT_FOUND, "apono.bearer is not set");
	return fail_hint(f, "Without the token that Apono sends, nobody could be told "
			    "from it.");
}

static void apono_close(struct hook *h)
{
	struct apono *me = h ? container_of(h, struct apono, hook) : NULL;

	if (!me) {
		return;
	}
	while (me->calls) {
		call_destroy(me->calls);
	}
	apono_answers_destroy(me->answers);
	sig_key_destroy(me->digests);
	free(me);
}

static void apono_reload(struct hook *h, const struct config *c)
{
	struct apono *me = container_of(h, struct apono, hook);

	me->env.config = c;
	apono_answers_clear(me->answers); /* the policies may say something else now */
}

extern const struct hook_ops hook_apono;

static struct hook *apono_open(const struct hook_env *env)
{
	struct apono *me = calloc(1, sizeof(*me));

	if (!me) {
		return NULL;
	}
	me->hook.ops = &hook_apono;
	me->env = *env;
	me->digests = apono_digests_create();
	me->answers = apono_answers_create();
	me->m_calls = metrics_counter(env->metrics, "accessd_hooks",
				      "Calls of webhooks, by what became of them",
				      "hook,outcome");
	if (!me->digests || !me->answers) {
		apono_close(&me->hook);
		return NULL;
	}
	return &me->hook;
}

const struct hook_ops hook_apono = {
	.name = "apono",
	.path = "/webhooks/apono",
	.max_body = BODY_MAX,
	.configured = apono_configured,
	.open = apono_open,
	.close = apono_close,
	.reload = apono_reload,
	.handle = apono_handle,
};
