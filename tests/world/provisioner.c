/* SPDX-License-Identifier: Apache-2.0 */
/* A target behind one of Indent's integrations, faked: ApplyUpdate comes in signed, and who
 * has what changes. As strict as the strictest of the real receivers; what it finds strange
 * in a body it says in `strange`, so that a test can look. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/secret.h"
#include "shared/sig.h"
#include "shared/text.h"
#include "tests/world/vendor.h"

static void provisioner_name(const char *method, const char *path, char *dst, size_t size)
{
	(void)path;
	snprintf(dst, size, "%s /provisioner", method);
}

/* The framework's own way: 500 for every code but 0. */
static void refuse(struct answer *a, int status, int code, const char *message)
{
	a->status = status;
	a->json = json_pack("{s:{s:i, s:s, s:[{s:s, s:s}]}}", "status", "code", code,
			    "message", message, "details", "@type",
			    "type.googleapis.com/google.rpc.DebugInfo", "detail",
			    "at handler.ts:42");
}

static void provisioner_refuse(struct world *w, int status, struct answer *a)
{
	(void)w;
	refuse(a, status, 10, "Uncaught exception");
}

/* --- who has what ------------------------------------------------------------------------ */

static struct world_hold *hold_find(const struct world *w, const char *user,
				    const char *target)
{
	rows_each(struct world_hold, h, &w->holds)
	{
		if (text_same(h->user, user) && text_same(h->target, target)) {
			return h;
		}
	}
	return NULL;
}

bool world_holds(const struct world *w, const char *who, const char *target)
{
	const struct world_person *p = world_person(w, who);
	const struct world_hold *h = p ? hold_find(w, p->slack, target) : NULL;

	return h && h->has;
}

size_t world_held(const struct world *w)
{
	size_t n = 0;

	rows_each(struct world_hold, h, &w->holds)
	{
		n += h->has;
	}
	return n;
}

/* When it is to end; 0: that is not said. */
static int64_t until_of(const json_t *change)
{
	int64_t ms = 0;

	text_parse_time(jx_str(jx_obj(jx_obj(change, "meta"), "labels"),
			       "indent.com/time/expires"),
			&ms);
	return ms;
}

static void hold_set(struct world *w, const char *user, const char *target,
		     const json_t *change)
{
	struct world_hold *h = hold_find(w, user, target);
	bool has = strcmp(jx_str(change, "event"), "access/grant") == 0;

	if (!h) {
		h = rows_add(&w->holds, sizeof(*h));
		text_copy(h->user, sizeof(h->user), user);
		text_copy(h->target, sizeof(h->target), target);
	}
	h->grants += has;
	h->revokes += !has;
	h->has = has;
	h->until_ms = has ? until_of(change) : 0;
	h->changed_ms = world_now_ms(w);
	world_touch(w);
}

/* --- a call ------------------------------------------------------------------------------- */

static bool is_signed(const struct world *w, const struct call *c)
{
	char at[64], mac_text[128];
	uint8_t mac[SIG_SIZE];
	struct sig_key *k =
		sig_key_create(w->provisioner_secret, strlen(w->provisioner_secret));
	bool ok =
		web_header(c->request, "X-Indent-Timestamp", at, sizeof(at)) &&
		web_header(c->request, "X-Indent-Signature", mac_text, sizeof(mac_text));

	if (ok) {
		const struct sig_part parts[] = { { "v0:", 3 },
						  { at, strlen(at) },
						  { ":", 1 },
						  { c->request->body,
						    c->request->body_len } };

		sig_hmac(k, parts, ARRAY_LEN(parts), mac);
		ok = sig_is_hex(mac, mac_text, strlen(mac_text));
	}
	sig_key_destroy(k);
	return ok;
}

static void strange(struct world *w, const char *what)
{
	text_copy(w->strange, sizeof(w->strange), what);
}

/* What JSON.stringify would make of the body, as one runtime verifies over that. */
static void body_look(struct world *w, const struct call *c, const json_t *body)
{
	char type[64] = "";
	char *again = json_dumps(body, JSON_COMPACT);

	if (!again || strcmp(again, c->request->body) != 0 ||
	    strstr(c->request->body, "\\/")) {
		strange(w, "the body is not as JSON.stringify writes it");
	}
	free(again);
	web_header(c->request, "Content-Type", type, sizeof(type));
	if (strcmp(type, "application/json") != 0) {
		strange(w, "the content type is not JSON");
	}
}

/* The one event that changes something; NULL when there is not exactly one. */
static const json_t *change_find(struct world *w, const json_t *body)
{
	const json_t *found = NULL;
	size_t n = 0;
	size_t i;
	json_t *e;

	json_array_foreach (jx_arr(body, "events"), i, e) {
		const char *name = jx_str(e, "event");

		if (strcmp(name, "access/grant") == 0 ||
		    strcmp(name, "access/revoke") == 0) {
			found = e;
			n++;
		}
		if (!jx_obj(jx_obj(e, "meta"), "labels") ||
		    !jx_str(jx_obj(e, "actor"), "id")[0] ||
		    !jx_str(jx_obj(e, "actor"), "email")[0]) {
			strange(w, "an event lacks meta.labels, actor.id or actor.email");
		}
	}
	return n == 1 ? found : NULL;
}

static bool pair_look(struct world *w, const json_t *resources)
{
	const json_t *person = json_array_get(resources, 0);
	const json_t *target = json_array_get(resources, 1);

	if (json_array_size(resources) != 2 || !jx_obj(person, "labels") ||
	    !jx_obj(target, "labels") || !jx_str(target, "id")[0] ||
	    strstr(jx_str(target, "kind"), "user")) {
		strange(w, "resources are not the person and the target, with labels");
		return false;
	}
	return true;
}

static void provisioner_answer(struct world *w, const struct call *c, struct answer *a)
{
	json_t *raw = NULL;
	const json_t *change;

	if (!is_signed(w, c)) {
		refuse(a, 500, 9, "webhook failed: invalid signature");
		return;
	}
	if (!jx_parse_object(c->request->body, c->request->body_len, &raw, NULL)) {
		refuse(a, 500, 10, "Uncaught exception");
		return;
	}
	json_auto_t *body = raw;

	body_look(w, c, body);
	change = change_find(w, body);
	if (!change || !pair_look(w, jx_arr(change, "resources"))) {
		refuse(a, 500, 5, "webhook failed: no matched integrations");
		return;
	}
	const json_t *resources = jx_arr(change, "resources");
	const struct world_person *p =
		world_person(w, jx_str(json_array_get(resources, 0), "id"));

	if (!p || strcmp(p->email, jx_str(json_array_get(resources, 0), "email")) != 0) {
		refuse(a, 500, 5, "user not found");
		return;
	}
	hold_set(w, p->slack, jx_str(json_array_get(resources, 1), "id"), change);
	a->json = json_pack("{s:{}}", "status");
}

const struct vendor vendor_provisioner = {
	.prefix = "/provisioner/",
	.name = provisioner_name,
	.answer = provisioner_answer,
	.refuse = provisioner_refuse,
};
