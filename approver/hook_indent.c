/* SPDX-License-Identifier: Apache-2.0 */
/* Indent's decision webhook, in the place of its "Incident.io auto approval":
 *
 *   signature (indent_proof.c) -> the call (indent_parse.c) -> its targets, as our resources
 *     (indent_match.c) -> approver_decide() -> a claim, or none (indent_words.c), as it is told
 *     (indent_outcome.c)
 *
 * What goes wrong, and what the other side sees of it:
 *  - not signed by the secret, or not now: HTTP 500 with code 9, as the original answers.
 *  - it cannot be read, or a provider or the ledger did not answer: HTTP 500 with code 10.
 *    Nothing is claimed because something could not be asked.
 *  - the policies say no, or there is nothing that they could say yes to: no claims. It is
 *    never a denial: Indent asks people then.
 *  - the same bytes again: HTTP 500 with code 9. Within this process `seen` knows them,
 *    after a restart the ledger does: a decision's key is its signature, behind the time
 *    that it covers, so that new keys stand together on disk. It is in every call, covers
 *    the body, too, and nobody else can make one; an event's id may be absent. And whoever
 *    asks again, having heard no answer, signs anew and is decided anew.
 *  - the client goes away: what is on its way into the ledger stays there. */
#include "accessd/hook.h"

#include <stdlib.h>
#include <string.h>

#include "accessd/approver.h"
#include "approver/indent_match.h"
#include "approver/indent_outcome.h"
#include "approver/indent_parse.h"
#include "approver/indent_proof.h"
#include "approver/indent_words.h"
#include "shared/http_server.h"
#include "shared/loop.h"
#include "shared/secret.h"
#include "shared/seen.h"
#include "shared/text.h"

enum {
	BODY_MAX = 1 << 20,
	REPLY_FIRST = 1000,
	SEEN_MAX = 16384,
	ECHO_KEPT_MAX = 4096,
	KEY_SIZE = TIME_SIZE + SIG_HEX_SIZE,
};

extern const struct hook_ops hook_indent;

struct hook_indent {
	struct hook hook;
	struct hook_env env;
	struct sig_key *key;
	struct seen *seen;
	struct indent_teller teller;
	struct pending *first;
	struct pending *spare; /* by `next` */
};

/* A decision that is waited for. */
struct pending {
	struct hook_indent *hook;
	struct pending *next, *prev;
	struct http_exchange *x;
	struct indent_call call;
	struct decision decision;
	uint8_t mac[SIG_SIZE];
	char key[KEY_SIZE];
	char refused[CAUSE_SIZE];
	struct buf labels, resources; /* the echo of a claim; their memory is kept */
};

/* --- deciding --------------------------------------------------------------------------- */

static void pending_destroy(struct pending *p)
{
	if (p->prev) {
		p->prev->next = p->next;
	} else {
		p->hook->first = p->next;
	}
	if (p->next) {
		p->next->prev = p->prev;
	}
	indent_call_finish(&p->call);
	buf_rest(&p->labels, ECHO_KEPT_MAX);
	buf_rest(&p->resources, ECHO_KEPT_MAX);
	p->next = p->hook->spare;
	p->hook->spare = p;
}

/* As many as there were connections with a request at the same time are kept: malloc()
 * would look for 10 KB in one piece each time. */
static struct pending *spare_take(struct hook_indent *h)
{
	struct pending *p = h->spare;

	if (p) {
		h->spare = p->next;
		return p;
	}
	p = malloc(sizeof(*p));
	if (!p) {
		abort(); /* out of memory for some 10 KB */
	}
	buf_init(&p->labels, INDENT_REPLY_MAX);
	buf_init(&p->resources, INDENT_REPLY_MAX);
	return p;
}

static struct pending *pending_create(struct hook_indent *h, struct http_exchange *x,
				      struct indent_call *call)
{
	struct pending *p = spare_take(h);

	decision_init(&p->decision);
	p->hook = h;
	p->x = x;
	p->call = *call; /* it is ours from here on */
	p->prev = NULL;
	p->next = h->first;
	if (p->next) {
		p->next->prev = p;
	}
	h->first = p;
	return p;
}

static void claim_say(const struct pending *p, struct buf *out)
{
	struct indent_claim c = { .bot = &p->hook->env.config->indent.bot,
				  .labels = &p->labels,
				  .resources = &p->resources,
				  .decided_ms = p->decision.decided_ms,
				  .for_s = p->decision.for_s,
				  .reason = p->decision.why };

	indent_say_claim(out, &c);
}

/* What there is to be told in detail is in the ledger, and was logged with it. */
static void decided_answer(struct pending *p)
{
	struct hook_indent *h = p->hook;
	bool granted = p->decision.outcome == DECISION_GRANTED;
	struct buf out;

	buf_init(&out, INDENT_REPLY_MAX);
	buf_reserve(&out, REPLY_FIRST);
	if (granted) {
		claim_say(p, &out);
	} else {
		indent_say_nothing(&out);
	}
	indent_tell_decision(&h->teller, p->x, granted ? OUTCOME_GRANTED : OUTCOME_DENIED,
			     &out);
}

static void replay_answer(struct hook_indent *h, struct http_exchange *x)
{
	struct fail f;

	fail_set(&f, FAIL_CONFLICT, "sign each request anew, also a second try");
	indent_tell_failure(&h->teller, x, OUTCOME_REPLAYED, &f);
}

static void on_decided(struct decision *d, const struct fail *f)
{
	struct pending *p = container_of(d, struct pending, decision);
	struct hook_indent *h = p->hook;
	struct fail why = *f;

	if (f->kind != FAIL_NONE) {
		seen_remove(h->seen, p->mac); /* it was not decided */
		indent_tell_failure(&h->teller, p->x, OUTCOME_FAILED, &why);
	} else if (d->duplicate) {
		replay_answer(h, p->x);
	} else if (d->outcome == DECISION_COULD_NOT_ASK) {
		fail_set(&why, FAIL_UPSTREAM, "%s", d->why);
		indent_tell_failure(&h->teller, p->x, OUTCOME_COULD_NOT_ASK, &why);
	} else {
		decided_answer(p);
	}
	pending_destroy(p);
}

static void on_gone(struct http_exchange *x)
{
	struct pending *p = x->user;

	indent_tell_gone(&p->hook->teller, x);
	approver_decide_cancel(&p->decision);
	seen_remove(p->hook->seen, p->mac);
	pending_destroy(p);
}

static void key_format(char dst[KEY_SIZE], const uint8_t mac[SIG_SIZE], int64_t signed_ms)
{
	size_t n;

	text_format_time(signed_ms, dst);
	n = strlen(dst);
	dst[n] = ' ';
	sig_hex(mac, dst + n + 1);
}

/* What the ledger keeps of it. */
static void row_fill(struct request_row *row, const struct indent_call *call,
		     const struct indent_match *m)
{
	text_copy(row->source, sizeof(row->source), hook_indent.name);
	text_copy(row->team, sizeof(row->team), call->who.slack_team);
	text_copy(row->user, sizeof(row->user), call->user);
	text_copy(row->resource, sizeof(row->resource), m->called);
	text_copy_n(row->reason, sizeof(row->reason), call->reason,
		    text_cut(call->reason, REASON_CHARS_MAX));
}

static void decide(struct hook_indent *h, struct http_exchange *x,
		   struct indent_call *call, const uint8_t mac[SIG_SIZE],
		   int64_t until_ms)
{
	struct pending *p = pending_create(h, x, call);
	struct decision *d = &p->decision;
	struct indent_match m;

	indent_match(h->env.config, p->call.targets, &m);
	row_fill(&d->row, &p->call, &m);
	memcpy(p->mac, mac, SIG_SIZE);
	key_format(p->key, mac, until_ms - h->env.config->indent.replay_window_s * 1000);
	text_copy(p->refused, sizeof(p->refused), m.refused);
	d->keys[0] = until_ms > 0 ? p->key : NULL;
	d->who = p->call.who;
	d->others = p->call.others;
	d->n_others = p->call.n_others;
	memcpy(d->resources, m.names, sizeof(m.names));
	d->n_resources = m.n;
	d->refused = p->call.refused ? p->call.refused : *p->refused ? p->refused : NULL;
	d->at_most_s =
		indent_asked_s(p->call.labels, clock_wall_ms(loop_clock(h->env.loop)));
	indent_echo_labels(&p->labels, p->call.labels);
	indent_echo_resources(&p->resources, p->call.actor, p->call.targets);
	indent_call_drop_body(&p->call);
	d->cb = on_decided;
	x->user = p;
	x->gone = on_gone;
	approver_decide(h->env.approver, d);
}

/* --- taking in -------------------------------------------------------------------------- */

static struct indent_header header(const struct http_exchange *x, const char *name)
{
	struct indent_header h;

	h.value = http_header(x, name, &h.n);
	return h;
}

static bool prove(const struct hook_indent *h, const struct http_exchange *x,
		  uint8_t ret_mac[SIG_SIZE], int64_t *ret_until_ms, struct fail *f)
{
	struct indent_signed s = { .timestamp = header(x, "X-Indent-Timestamp"),
				   .signature = header(x, "X-Indent-Signature"),
				   .body = x->body,
				   .len = x->body_len };

	if (x->body_len == 0) {
		return fail_set(f, FAIL_DENIED, "the body is empty");
	}
	return indent_prove(h->key, &s, h->env.config->indent.replay_window_s,
			    clock_wall_ms(loop_clock(h->env.loop)), ret_mac, ret_until_ms,
			    f);
}

/* Only what is decided is remembered: to be told the rest twice harms nobody. When there
 * is no room left, the ledger has to know it alone. */
static bool is_replay(struct hook_indent *h, const uint8_t mac[SIG_SIZE],
		      int64_t until_ms)
{
	const struct clock *c = loop_clock(h->env.loop);
	int64_t mono_ms = clock_mono_ms(c);

	return until_ms > 0 &&
	       seen_add(h->seen, mac, mono_ms,
			mono_ms + until_ms - clock_wall_ms(c) + 1) == SEEN_BEFORE;
}

static void not_ours_answer(struct hook_indent *h, struct http_exchange *x,
			    enum indent_kind kind)
{
	struct fail f;

	fail_set(&f, FAIL_NOT_FOUND, "%s",
		 kind == INDENT_APPLY ? "ApplyUpdate: accessd only decides here"
				      : "neither kinds, info nor events");
	indent_tell_failure(&h->teller, x, OUTCOME_NOT_OURS, &f);
}

static void plain_answer(struct hook_indent *h, struct http_exchange *x,
			 enum indent_kind kind)
{
	struct buf out;

	buf_init(&out, INDENT_REPLY_MAX);
	if (kind == INDENT_PULL) {
		indent_say_bot(&out, &h->env.config->indent.bot);
		indent_tell(&h->teller, x, OUTCOME_PULLED, &out);
	} else if (kind == INDENT_INFO) {
		indent_say_info(&out, h->env.version);
		indent_tell(&h->teller, x, OUTCOME_INFO, &out);
	} else {
		indent_say_nothing(&out);
		indent_tell(&h->teller, x, OUTCOME_NOTHING_ASKED, &out);
	}
}

static void handle(struct hook *hook, struct http_exchange *x)
{
	struct hook_indent *h = container_of(hook, struct hook_indent, hook);
	struct indent_call call;
	uint8_t mac[SIG_SIZE];
	int64_t until_ms;
	struct fail f;

	if (!prove(h, x, mac, &until_ms, &f)) {
		indent_tell_failure(
			&h->teller, x,
			f.kind == FAIL_DENIED ? OUTCOME_NOT_PROVED : OUTCOME_NOT_NOW, &f);
		return;
	}
	if (!indent_parse(x->body, x->body_len, &call, &f)) {
		indent_tell_failure(&h->teller, x, OUTCOME_UNREADABLE, &f);
		return;
	}
	if (call.kind == INDENT_DECISION && call.request) {
		if (!is_replay(h, mac, until_ms)) {
			decide(h, x, &call, mac, until_ms);
			return;
		}
		replay_answer(h, x);
	} else if (call.kind == INDENT_APPLY || call.kind == INDENT_UNKNOWN) {
		not_ours_answer(h, x, call.kind);
	} else {
		plain_answer(h, x, call.kind);
	}
	indent_call_finish(&call);
}

/* --- life --------------------------------------------------------------------------------- */

static bool configured(const struct config *c, struct fail *f)
{
	if (c->indent.where.present && secret_is_named(&c->indent.webhook_secret)) {
		return true;
	}
	fail_set(f, FAIL_NOT_FOUND, "indent.webhook_secret is not in the config");
	return fail_hint(f, "docs/webhooks.md says how to switch over from Indent's own "
			    "webhook.");
}

static bool config_use(struct hook_indent *h, const struct config *c)
{
	const char *secret = secret_text(&c->indent.webhook_secret);
	struct sig_key *key = sig_key_create(secret, strlen(secret));

	if (!key) {
		return false;
	}
	sig_key_destroy(h->key);
	h->key = key;
	h->env.config = c;
	return true;
}

static void hook_close(struct hook *hook)
{
	struct hook_indent *h = container_of(hook, struct hook_indent, hook);

	if (!hook) {
		return;
	}
	while (h->first) {
		h->first->x->gone = NULL;
		approver_decide_cancel(&h->first->decision);
		pending_destroy(h->first);
	}
	while (h->spare) {
		struct pending *p = h->spare;

		h->spare = p->next;
		buf_finish(&p->labels);
		buf_finish(&p->resources);
		free(p);
	}
	sig_key_destroy(h->key);
	seen_destroy(h->seen);
	free(h);
}

static struct hook *hook_open(const struct hook_env *env)
{
	struct hook_indent *h = calloc(1, sizeof(*h));

	if (!h) {
		return NULL;
	}
	h->hook.ops = &hook_indent;
	h->env = *env;
	indent_teller_init(&h->teller, env->loop, env->metrics);
	h->seen = seen_create(SEEN_MAX);
	if (!h->seen || !config_use(h, env->config)) {
		hook_close(&h->hook);
		return NULL;
	}
	return &h->hook;
}

static void reload(struct hook *hook, const struct config *c)
{
	if (!config_use(container_of(hook, struct hook_indent, hook), c)) {
		abort(); /* out of memory for a key */
	}
}

const struct hook_ops hook_indent = {
	.name = "indent",
	.path = "/webhooks/indent",
	.max_body = BODY_MAX,
	.configured = configured,
	.open = hook_open,
	.close = hook_close,
	.reload = reload,
	.handle = handle,
};
