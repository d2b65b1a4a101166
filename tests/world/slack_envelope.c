/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes of the faked Slack: made, sent to one socket, acked, sent again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { TRIGGER_MS = 3000 };

static int64_t mono_ms(const struct world *w)
{
	return clock_mono_ms(loop_clock(w->loop));
}

void slack_trigger_make(struct world *w, const char *user, char *dst, size_t size)
{
	struct slack_trigger *t = rows_add(&w->slack->triggers, sizeof(*t));

	snprintf(t->id, sizeof(t->id), "%zu.%llu.w%llx", w->slack->triggers.n,
		 (unsigned long long)++w->serial, (unsigned long long)mono_ms(w));
	text_copy(t->user, sizeof(t->user), user);
	t->at_ms = mono_ms(w);
	text_copy(dst, size, t->id);
}

struct slack_trigger *slack_trigger_use(struct world *w, const char *id,
					const char **ret_error)
{
	rows_each(struct slack_trigger, t, &w->slack->triggers)
	{
		if (!text_same(t->id, id)) {
			continue;
		}
		if (t->used || mono_ms(w) - t->at_ms > TRIGGER_MS) {
			*ret_error =
				t->used ? "exchanged_trigger_id" : "expired_trigger_id";
			return NULL;
		}
		t->used = true;
		return t;
	}
	*ret_error = "invalid_trigger_id";
	return NULL;
}

struct slack_hook *slack_hook_make(struct world *w, struct world_envelope *e,
				   const char *kind)
{
	struct slack_hook *h = rows_add(&w->slack->hooks, sizeof(*h));

	snprintf(h->path, sizeof(h->path), "%s/%s/%zu/h%llu", kind, w->team,
		 w->slack->hooks.n, (unsigned long long)++w->serial);
	text_copy(h->user, sizeof(h->user), e->user);
	text_copy(h->channel, sizeof(h->channel), e->channel);
	text_copy(h->message_ts, sizeof(h->message_ts), e->message_ts);
	h->envelope = e->number;
	h->at_ms = mono_ms(w);
	snprintf(e->response_url, sizeof(e->response_url), "%s%s", w->base_url, h->path);
	return h;
}

struct world_envelope *slack_envelope(struct world *w, enum world_envelope_kind kind,
				      const char *type, bool accepts)
{
	struct world_envelope *e = rows_add(&w->envelopes, sizeof(*e));

	e->number = w->envelopes.n;
	e->kind = kind;
	e->accepts = accepts;
	text_copy(e->type, sizeof(e->type), type);
	snprintf(e->id, sizeof(e->id), "%08llx-9f1f-4c1e-8f0a-%012llx",
		 (unsigned long long)++w->serial,
		 (unsigned long long)world_now_us() & 0xffffffffffffULL);
	return e;
}

static char *envelope_text(const struct world *w, const struct world_envelope *e)
{
	json_t *o = json_pack("{s:s, s:O, s:s, s:b}", "envelope_id", e->id, "payload",
			      e->payload, "type", e->type, "accepts_response_payload",
			      e->accepts);

	if (e->kind == ENV_EVENT) {
		json_object_set_new(o, "retry_attempt", json_integer(e->retry_attempt));
		json_object_set_new(o, "retry_reason",
				    json_string(e->retry_attempt ? "timeout" : ""));
	}
	if (w->slack_knobs.padding) {
		char *filler = malloc(w->slack_knobs.padding + 1);

		memset(filler, 'x', w->slack_knobs.padding);
		filler[w->slack_knobs.padding] = '\0';
		json_object_set_new(o, "padding", json_string(filler));
		free(filler);
	}
	char *text = json_dumps(o, JSON_COMPACT);

	json_decref(o);
	if (!text) {
		abort();
	}
	return text;
}

static void envelope_route(struct world *w, struct world_envelope *e)
{
	char *text = envelope_text(w, e);

	e->socket = slack_route(w, text, strlen(text));
	free(text);
}

static void envelope_send(struct world *w, struct world_envelope *e)
{
	if (e->sent == 0) {
		e->sent_ms = mono_ms(w);
		e->sent_us = world_now_us();
	}
	for (unsigned i = 0; i <= w->slack_knobs.copies; i++) {
		e->sent++;
		if (w->app_url[0]) {
			slack_post_send(w, e);
		} else {
			envelope_route(w, e);
		}
	}
}

void slack_deliver(struct world *w, struct world_envelope *e, json_t *payload)
{
	e->payload = payload;
	envelope_send(w, e);
	world_touch(w);
}

void slack_redeliver(struct world *w)
{
	/* Handlers of what is sent may add envelopes: only those of now. */
	size_t n = w->envelopes.n;

	for (size_t i = 0; i < n; i++) {
		struct world_envelope *e = w->envelopes.items[i];

		if (e->acks == 0) {
			envelope_send(w, e);
		}
	}
}

struct world_envelope *world_send(struct world *w, const char *type, json_t *payload,
				  unsigned retry_attempt)
{
	bool event = strcmp(type, "events_api") == 0;
	struct world_envelope *e =
		slack_envelope(w, event ? ENV_EVENT : ENV_ACTION, type, !event);

	e->retry_attempt = retry_attempt;
	slack_deliver(w, e, payload);
	return e;
}

struct world_envelope *world_resend(struct world *w, struct world_envelope *e,
				    bool new_id)
{
	if (!new_id) {
		envelope_send(w, e);
		return e;
	}
	struct world_envelope *again = slack_envelope(w, e->kind, e->type, e->accepts);

	text_copy(again->user, sizeof(again->user), e->user);
	text_copy(again->channel, sizeof(again->channel), e->channel);
	text_copy(again->trigger_id, sizeof(again->trigger_id), e->trigger_id);
	text_copy(again->response_url, sizeof(again->response_url), e->response_url);
	again->retry_attempt = e->retry_attempt + 1;
	slack_deliver(w, again, json_incref(e->payload));
	return again;
}

/* --- acks ----------------------------------------------------------------------------------- */

void slack_acked(struct world *w, struct world_envelope *e, json_t *payload,
		 unsigned socket)
{
	if (e->acks++) {
		return;
	}
	e->ack_us = world_now_us();
	e->ack_socket = socket;
	e->ack_payload = json_object_size(payload) ? json_incref(payload) : NULL;
	slack_on_ack(w, e);
	world_touch(w);
}

void slack_on_frame(struct slack_socket *s, const char *text, size_t n)
{
	struct slack_world *slack = s->world->slack;
	json_t *ack = json_loadb(text, n, 0, NULL);
	const char *id = json_string_value(json_object_get(ack, "envelope_id"));

	if (!id) {
		slack->strange_frames++;
	} else {
		struct world_envelope *e = world_envelope(s->world, id);

		if (e) {
			s->acks++;
			slack_acked(s->world, e, json_object_get(ack, "payload"),
				    s->number);
		} else {
			slack->strange_acks++;
		}
	}
	json_decref(ack);
}
