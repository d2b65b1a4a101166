/* SPDX-License-Identifier: Apache-2.0 */
/* POST /webhooks/pagerduty: PagerDuty's webhooks, v3.
 *
 *   x-pagerduty-signature: v1=HEX[,v1=HEX...]     HMAC-SHA256 of the body
 *
 * There is no time in it, so what keeps a replay from doing anything is the event's id, in
 * the ledger; x-webhook-id, the delivery's, is there beside it. What goes wrong:
 *  - a 4xx is never sent again, and three in a row switch the subscription off for a day:
 *    whatever PagerDuty has signed is taken, also what we do not know or cannot read.
 *  - "2xx within 5 s": PagerDuty itself is not asked before the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/hook.h"
#include "approver/hearing.h"
#include "shared/digest.h"
#include "shared/http_server.h"
#include "shared/secret.h"
#include "shared/sig_check.h"
#include "shared/text.h"

extern const struct hook_ops hook_pagerduty;

struct pagerduty_hook {
	struct hook hook;
	struct hearing hearing;
	struct sig_keys keys;
};

static const struct sig_spelling spelling = {
	.version = "v1=", .between = ',', .is = sig_is_hex
};

static struct pagerduty_hook *self(struct hook *h)
{
	return container_of(h, struct pagerduty_hook, hook);
}

/* --- what came ------------------------------------------------------------------------ */

/* What says no id of its own goes by its bytes, which are signed. */
static void id_fill(struct vendor_event *e, const struct http_exchange *x)
{
	uint8_t digest[DIGEST_SIZE];
	char hex[DIGEST_HEX_SIZE];

	if (!*e->id) {
		digest_of(x->body, x->body_len, digest);
		digest_hex(digest, sizeof(digest), hex);
		snprintf(e->id, sizeof(e->id), "body:%s", hex);
	}
}

/* "X-Webhook-Id: same on each retry", and nobody has signed it: it can make an event a
 * known one, never a known one new. */
static void delivery_fill(struct vendor_event *e, const struct http_exchange *x)
{
	const char *id = http_header_once(x, "x-webhook-id");

	if (id && *id && strlen(id) < sizeof(e->delivery) - strlen("webhook:")) {
		snprintf(e->delivery, sizeof(e->delivery), "webhook:%s", id);
	}
}

static void pagerduty_handle(struct hook *h, struct http_exchange *x)
{
	struct pagerduty_hook *me = self(h);
	const struct sig_part body = { x->body, x->body_len };
	const char *signature = http_header_once(x, "x-pagerduty-signature");
	struct vendor_event e;
	struct fail f = { 0 };

	if (!signature) {
		hearing_refuse(&me->hearing, x, "one x-pagerduty-signature is needed");
		return;
	}
	if (!sig_check(&spelling, signature, &me->keys, &body, 1)) {
		hearing_refuse(&me->hearing, x, "the signature is not of this secret");
		return;
	}
	pagerduty_event_parse(x->body, x->body_len, &e, &f);
	id_fill(&e, x);
	delivery_fill(&e, x);
	hearing_take(&me->hearing, x, &e, &f);
}

/* --- life ----------------------------------------------------------------------------- */

static bool pagerduty_configured(const struct config *c, struct fail *f)
{
	return secret_is_named(&c->pagerduty.webhook_secret) ||
	       fail_set(f, FAIL_NOT_FOUND, "pagerduty.webhook_secret is not set");
}

static bool keys_open(struct sig_keys *keys, const struct config *c)
{
	return sig_keys_open(keys, &c->pagerduty.webhook_secret,
			     &c->pagerduty.webhook_secret_old);
}

static struct hook *pagerduty_open(const struct hook_env *env)
{
	struct pagerduty_hook *me = calloc(1, sizeof(*me));

	if (!me || !keys_open(&me->keys, env->config)) {
		free(me);
		return NULL;
	}
	me->hook.ops = &hook_pagerduty;
	hearing_open(&me->hearing, env, "pagerduty");
	return &me->hook;
}

static void pagerduty_close(struct hook *h)
{
	if (h) {
		hearing_close(&self(h)->hearing);
		sig_keys_close(&self(h)->keys);
		free(self(h));
	}
}

static void pagerduty_reload(struct hook *h, const struct config *c)
{
	struct sig_keys keys;

	if (keys_open(&keys, c)) {
		sig_keys_close(&self(h)->keys);
		self(h)->keys = keys;
	}
}

const struct hook_ops hook_pagerduty = {
	.name = "pagerduty",
	.path = "/webhooks/pagerduty",
	.max_body = 1 << 20, /* "above 256 KB never sent" */
	.configured = pagerduty_configured,
	.open = pagerduty_open,
	.close = pagerduty_close,
	.reload = pagerduty_reload,
	.handle = pagerduty_handle,
};
