/* SPDX-License-Identifier: Apache-2.0 */
/* The faked Slack without sockets: it posts to the app's URL what people do, signed, and
 * takes the reply for the ack. No 200 within 3 s: "operation_timeout", no ack. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "shared/http_client.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/sign.h"
#include "tests/world/slack.h"

enum { POST_MS = 3000, BODY_MAX = 4 << 20, HEADER_SIZE = 192 };

#define FORM "application/x-www-form-urlencoded"

struct slack_post_out {
	struct world *world;
	struct slack_post_out *next;
	struct world_envelope *envelope;
	struct buf body;
	char headers[4][HEADER_SIZE];
	struct http_request request;
};

/* --- bodies ---------------------------------------------------------------------------- */

static void percent(struct buf *b, const char *text)
{
	for (const unsigned char *p = (const unsigned char *)text; *p; p++) {
		if (*p == ' ') {
			buf_add_char(b, '+');
		} else if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z') {
			buf_add_char(b, (char)*p);
		} else if ((*p >= '0' && *p <= '9') || strchr("-_.*", *p)) {
			buf_add_char(b, (char)*p);
		} else {
			buf_addf(b, "%%%02X", *p);
		}
	}
}

static void form_field(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, "%s%s=", b->len ? "&" : "", name);
	percent(b, value);
}

/* A command's payload is a flat object. */
static void form_fields(struct buf *b, json_t *payload)
{
	const char *name;
	json_t *value;

	json_object_foreach (payload, name, value) {
		form_field(b, name,
			   json_is_string(value) ? json_string_value(value)
			   : json_is_true(value) ? "true"
						 : "false");
	}
}

/* Its content type. */
static const char *body_make(const struct world_envelope *e, struct buf *b)
{
	char *text = json_dumps(e->payload, JSON_COMPACT);

	if (e->kind == ENV_EVENT) {
		buf_add_str(b, text);
	} else if (e->kind == ENV_COMMAND) {
		form_fields(b, e->payload);
	} else {
		form_field(b, "payload", text);
	}
	free(text);
	return e->kind == ENV_EVENT ? "application/json" : FORM;
}

static void headers_make(struct slack_post_out *p, const char *type)
{
	const struct world *w = p->world;
	char at[32], signature[SIGNED_SIZE];

	snprintf(at, sizeof(at), "%lld", (long long)(world_now_ms(w) / 1000));
	sign_slack(w->signing_secret, at, buf_str(&p->body), p->body.len, signature);
	snprintf(p->headers[0], HEADER_SIZE, "Content-Type: %s", type);
	snprintf(p->headers[1], HEADER_SIZE, "X-Slack-Request-Timestamp: %s", at);
	snprintf(p->headers[2], HEADER_SIZE, "X-Slack-Signature: %s", signature);
	snprintf(p->headers[3], HEADER_SIZE, "X-Slack-Retry-Num: %u",
		 p->envelope->retry_attempt);
	for (size_t i = 0; i < 3 + (p->envelope->retry_attempt > 0); i++) {
		p->request.headers[i] = p->headers[i];
	}
}

/* --- on its way --------------------------------------------------------------------------- */

static void out_destroy(struct slack_post_out *p)
{
	struct slack_post_out **at = &p->world->slack->posts;

	while (*at != p) {
		at = &(*at)->next;
	}
	*at = p->next;
	buf_finish(&p->body);
	free(p);
}

static void on_reply(struct http_request *request, const struct http_response *res,
		     const struct fail *f)
{
	struct slack_post_out *p = container_of(request, struct slack_post_out, request);

	if (f->kind == FAIL_NONE && res->status == 200) {
		json_t *payload = json_loadb(res->body, res->body_len, 0, NULL);

		/* There is no socket: any number but 0 says that somebody was there. */
		p->envelope->socket = 1;
		slack_acked(p->world, p->envelope, payload, 1);
		json_decref(payload);
	}
	p->world->slack->last_status = res ? res->status : 0;
	out_destroy(p);
}

void slack_post_send(struct world *w, struct world_envelope *e)
{
	struct slack_post_out *p = calloc(1, sizeof(*p));

	if (!p) {
		abort();
	}
	p->world = w;
	p->envelope = e;
	p->next = w->slack->posts;
	w->slack->posts = p;
	buf_init(&p->body, BODY_MAX);
	p->request = (struct http_request){
		.method = "POST", .url = w->app_url, .timeout_ms = POST_MS, .cb = on_reply
	};
	headers_make(p, body_make(e, &p->body));
	p->request.body = buf_str(&p->body);
	p->request.body_len = p->body.len;
	http_request_start(w->slack->out, &p->request);
}

void slack_posts_forget(struct world *w)
{
	while (w->slack->posts) {
		http_request_cancel(&w->slack->posts->request);
		out_destroy(w->slack->posts);
	}
}

int world_last_status(const struct world *w)
{
	return (int)w->slack->last_status;
}
