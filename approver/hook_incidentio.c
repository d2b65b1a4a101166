/* SPDX-License-Identifier: Apache-2.0 */
/* POST /webhooks/incidentio: incident.io's webhooks, which Svix delivers.
 *
 *   webhook-id, webhook-timestamp, webhook-signature: v1,BASE64[ v1,BASE64...]
 *   or all three as svix-...                 HMAC-SHA256 of "id.timestamp.body"
 *
 * "Each retry has a new timestamp and signature, the same id": the id is what is
 * remembered. Order is not kept and bodies may be stale, so that an event is a hint which
 * names an incident, never a reason to grant. 4xx and 5xx are sent again for a day; five
 * days of failures switch the endpoint off. */
#include <stdlib.h>
#include <string.h>

#include "accessd/hook.h"
#include "approver/hearing.h"
#include "approver/incidentio_key.h"
#include "shared/http_server.h"
#include "shared/loop.h"
#include "shared/secret.h"
#include "shared/sig_check.h"
#include "shared/text.h"

extern const struct hook_ops hook_incidentio;

struct incidentio_hook {
	struct hook hook;
	struct hearing hearing;
	struct sig_keys keys;
};

/* "v1a" (ed25519) and whatever else there is are passed over. */
static const struct sig_spelling spelling = { .version = "v1,",
					      .between = ' ',
					      .is = sig_is_base64 };

static struct incidentio_hook *self(struct hook *h)
{
	return container_of(h, struct incidentio_hook, hook);
}

/* --- what came ------------------------------------------------------------------------ */

/* What proves an event: its three headers, of one family. */
struct proof {
	const char *id;
	const char *timestamp;
	const char *signature;
};

static const struct proof families[] = {
	{ "webhook-id", "webhook-timestamp", "webhook-signature" },
	{ "svix-id", "svix-timestamp", "svix-signature" },
};

/* NULL: it is not there. */
static const char *header(const struct http_exchange *x, const char *name, bool *twice)
{
	size_t n = 0;
	const char *value = http_header(x, name, &n);

	*twice |= n > 1;
	return value;
}

/* "Accept either set, never a mixture": what has all three of a family is of that one. What
 * is there twice could be read in two ways, of whichever family it is. */
static bool proof_find(const struct http_exchange *x, struct proof *ret_p)
{
	struct proof first = { 0 };
	bool twice = false;

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		struct proof p = { header(x, families[i].id, &twice),
				   header(x, families[i].timestamp, &twice),
				   header(x, families[i].signature, &twice) };

		if (!first.id && p.id && p.timestamp && p.signature) {
			first = p;
		}
	}
	*ret_p = first;
	return first.id && !twice;
}

/* With a dot in it "id.timestamp.body" could be read in two ways. */
static bool id_is_fine(const char *id)
{
	static const char fine[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t n = strspn(id, fine);

	return n > 0 && n < NAME_SIZE && id[n] == '\0';
}

static bool is_signed(const struct incidentio_hook *me, const struct proof *p,
		      const struct http_exchange *x)
{
	const struct sig_part parts[] = {
		{ p->id, strlen(p->id) },
		{ ".", 1 },
		{ p->timestamp, strlen(p->timestamp) },
		{ ".", 1 },
		{ x->body, x->body_len },
	};

	return sig_check(&spelling, p->signature, &me->keys, parts, ARRAY_LEN(parts));
}

/* NULL: it is proved; else what to say. */
static const char *doubt(const struct incidentio_hook *me, const struct http_exchange *x,
			 struct proof *p)
{
	int64_t now_ms = clock_wall_ms(loop_clock(me->hearing.loop));

	if (!proof_find(x, p)) {
		return "one each of webhook-id, -timestamp and -signature is needed";
	}
	if (!id_is_fine(p->id)) {
		return "webhook-id is not an id";
	}
	if (!sig_time_check(p->timestamp, now_ms)) {
		return "webhook-timestamp is more than 5 minutes from now";
	}
	return is_signed(me, p, x) ? NULL : "the signature is not of this secret";
}

static void incidentio_handle(struct hook *h, struct http_exchange *x)
{
	struct incidentio_hook *me = self(h);
	struct proof p;
	const char *no = doubt(me, x, &p);
	struct vendor_event e;
	struct fail f = { 0 };

	if (no) {
		hearing_refuse(&me->hearing, x, no);
		return;
	}
	incidentio_event_parse(x->body, x->body_len, &e, &f);
	text_copy(e.id, sizeof(e.id), p.id);
	hearing_take(&me->hearing, x, &e, &f);
}

/* --- life ----------------------------------------------------------------------------- */

static bool incidentio_configured(const struct config *c, struct fail *f)
{
	return secret_is_named(&c->incidentio.webhook_secret) ||
	       fail_set(f, FAIL_NOT_FOUND, "incidentio.webhook_secret is not set");
}

static bool keys_open(struct sig_keys *keys, const struct config *c)
{
	const struct secret *now = &c->incidentio.webhook_secret;
	const struct secret *old = &c->incidentio.webhook_secret_old;

	*keys = (struct sig_keys){ .now = incidentio_key_create(now),
				   .old = incidentio_key_create(old) };
	if (!keys->now) {
		sig_keys_close(keys);
		return false;
	}
	return true;
}

static struct hook *incidentio_open(const struct hook_env *env)
{
	struct incidentio_hook *me = calloc(1, sizeof(*me));

	if (!me || !keys_open(&me->keys, env->config)) {
		free(me);
		return NULL;
	}
	me->hook.ops = &hook_incidentio;
	hearing_open(&me->hearing, env, "incidentio");
	return &me->hook;
}

static void incidentio_close(struct hook *h)
{
	if (h) {
		hearing_close(&self(h)->hearing);
		sig_keys_close(&self(h)->keys);
		free(self(h));
	}
}

static void incidentio_reload(struct hook *h, const struct config *c)
{
	struct sig_keys keys;

	if (keys_open(&keys, c)) {
		sig_keys_close(&self(h)->keys);
		self(h)->keys = keys;
	}
}

const struct hook_ops hook_incidentio = {
	.name = "incidentio",
	.path = "/webhooks/incidentio",
	.max_body = 1 << 20, /* "100 KiB easily", with custom fields */
	.configured = incidentio_configured,
	.open = incidentio_open,
	.close = incidentio_close,
	.reload = incidentio_reload,
	.handle = incidentio_handle,
};
