/* SPDX-License-Identifier: Apache-2.0 */
/* The state of the world as the page shows it. */
#include <string.h>

#include "shared/text.h"
#include "tests/world/control.h"
#include "tests/world/slack.h"

enum { MESSAGES_SHOWN = 200, ENVELOPES_SHOWN = 50, CALLS_SHOWN = 60, ROWS_SHOWN = 50 };

static const char *key_of(const struct world *w, const char *id)
{
	const struct world_person *p = world_person(w, id);

	return p ? p->key : id;
}

static size_t first_shown(const struct rows *r, size_t most)
{
	return r->n > most ? r->n - most : 0;
}

static json_t *people_json(const struct world *w)
{
	json_t *all = json_array();

	for (size_t i = 0; i < w->people.n && i < ROWS_SHOWN; i++) {
		const struct world_person *p = w->people.items[i];

		json_array_append_new(
			all,
			json_pack("{s:s, s:s, s:s, s:s, s:b, s:b, s:b}", "key", p->key,
				  "name", p->name, "slack", p->slack, "email", p->email,
				  "guest", p->restricted, "external",
				  strcmp(p->team, w->team) != 0, "deleted", p->deleted));
	}
	return all;
}

static json_t *channels_json(const struct world *w)
{
	json_t *all = json_array();

	rows_each(struct world_channel, c, &w->channels)
	{
		json_array_append_new(all, json_pack("{s:s, s:s, s:b, s:b, s:s}", "id",
						     c->id, "name", c->name, "private",
						     c->is_private, "archived",
						     c->archived, "user", c->user));
	}
	return all;
}

static json_t *message_json(const struct world *w, const struct world_message *m)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:i, s:I}",
			      "channel", m->channel, "ts", m->ts, "to", m->to, "by",
			      m->by, "via", m->via, "thread_ts", m->thread_ts, "text",
			      m->text, "bot", text_same(m->by, w->bot_user), "edits",
			      (int)m->edits, "envelope", (json_int_t)m->envelope);

	if (m->blocks) {
		json_object_set(o, "blocks", m->blocks);
	}
	return o;
}

static json_t *messages_json(const struct world *w)
{
	json_t *all = json_array();

	for (size_t i = first_shown(&w->messages, MESSAGES_SHOWN); i < w->messages.n;
	     i++) {
		const struct world_message *m = w->messages.items[i];

		if (!m->deleted) {
			json_array_append_new(all, message_json(w, m));
		}
	}
	return all;
}

static json_t *envelopes_json(const struct world *w)
{
	json_t *all = json_array();

	for (size_t i = first_shown(&w->envelopes, ENVELOPES_SHOWN); i < w->envelopes.n;
	     i++) {
		const struct world_envelope *e = w->envelopes.items[i];

		json_array_append_new(
			all,
			json_pack("{s:I, s:s, s:s, s:s, s:i, s:i, s:I, s:s}", "number",
				  (json_int_t)e->number, "type", e->type, "user", e->user,
				  "channel", e->channel, "socket", (int)e->socket, "acks",
				  (int)e->acks, "ack_us",
				  (json_int_t)(e->acks ? e->ack_us - e->sent_us : -1),
				  "message_ts", e->message_ts));
	}
	return all;
}

static json_t *views_json(const struct world *w)
{
	json_t *all = json_array();

	rows_each(struct world_view, v, &w->views)
	{
		if (v->open) {
			json_t *o = json_pack("{s:s, s:s, s:b, s:o}", "id", v->id, "user",
					      v->user, "home", v->home, "view",
					      slack_view_json(w, v));

			if (v->errors) {
				json_object_set(o, "errors", v->errors);
			}
			json_array_append_new(all, o);
		}
	}
	return all;
}

static json_t *roles_json(const struct world *w, const struct world_incident *i)
{
	json_t *all = json_array();

	for (size_t n = 0; n < i->n_roles; n++) {
		const struct world_role *r = world_role(w, i->roles[n].role);

		json_array_append_new(all,
				      json_pack("{s:s, s:s}", "name", r ? r->name : "?",
						"who", key_of(w, i->roles[n].person)));
	}
	return all;
}

static json_t *incidents_json(const struct world *w)
{
	json_t *all = json_array();

	for (size_t n = first_shown(&w->incidents, ROWS_SHOWN); n < w->incidents.n; n++) {
		const struct world_incident *i = w->incidents.items[n];
		const struct world_severity *s = world_severity(w, i->severity);
		json_t *o = json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:o}", "id", i->id,
			"name", i->name, "mode", i->mode, "visibility", i->visibility,
			"category", i->category, "severity", s ? s->name : "", "creator",
			key_of(w, i->creator), "created_ms", (json_int_t)i->created_ms,
			"roles", roles_json(w, i));

		json_object_set_new(o, "reference", json_sprintf("INC-%u", i->number));
		json_array_append_new(all, o);
	}
	return all;
}

static json_t *acks_json(const struct world *w, const struct world_page *p)
{
	json_t *all = json_array();

	for (size_t i = 0; i < p->n_acks; i++) {
		json_array_append_new(all, json_string(key_of(w, p->acks[i].id)));
	}
	return all;
}

static json_t *pages_json(const struct world *w)
{
	json_t *all = json_array();

	for (size_t n = first_shown(&w->pages, ROWS_SHOWN); n < w->pages.n; n++) {
		const struct world_page *p = w->pages.items[n];
		const struct world_service *s = world_service(w, p->service);

		json_array_append_new(
			all,
			json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:I, s:o}", "id", p->id,
				  "number", (int)p->number, "title", p->title, "status",
				  p->status, "urgency", p->urgency, "service",
				  s ? s->name : p->service, "created_ms",
				  (json_int_t)p->created_ms, "acks", acks_json(w, p)));
	}
	return all;
}

static json_t *calls_json(const struct world *w)
{
	json_t *all = json_array();

	for (size_t i = first_shown(&w->calls, CALLS_SHOWN); i < w->calls.n; i++) {
		const struct world_call *c = w->calls.items[i];

		json_array_append_new(all,
				      json_pack("{s:I, s:s, s:s, s:i, s:I}", "number",
						(json_int_t)c->number, "name", c->name,
						"query", c->query, "status", c->status,
						"at_ms", (json_int_t)c->at_ms));
	}
	return all;
}

static json_t *holds_json(const struct world *w)
{
	json_t *all = json_array();

	rows_each(struct world_hold, h, &w->holds)
	{
		json_array_append_new(
			all, json_pack("{s:s, s:s, s:b, s:I}", "who", key_of(w, h->user),
				       "target", h->target, "has", h->has, "changed_ms",
				       (json_int_t)h->changed_ms));
	}
	return all;
}

/* How often each call came in, since the last reset. */
static json_t *counts_json(const struct world *w)
{
	json_t *all = json_object();

	rows_each(struct world_call, c, &w->calls)
	{
		json_int_t n = json_integer_value(json_object_get(all, c->name));

		json_object_set_new(all, c->name, json_integer(n + 1));
	}
	return all;
}

static json_t *sockets_json(const struct world *w)
{
	json_t *all = json_array();

	for (const struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		json_array_append_new(all, json_pack("{s:i, s:b, s:b, s:b, s:I}",
						     "number", (int)s->number, "live",
						     s->helloed && !s->closed, "leaving",
						     s->leaving, "closed", s->closed,
						     "acks", (json_int_t)s->acks));
	}
	return all;
}

static json_t *names_json(const struct rows *rows, size_t offset)
{
	json_t *all = json_array();

	for (size_t i = 0; i < rows->n; i++) {
		json_array_append_new(all, json_string((char *)rows->items[i] + offset));
	}
	return all;
}

json_t *control_state(const struct world *w)
{
	json_t *o =
		json_pack("{s:I, s:I, s:s, s:s, s:s}", "version", (json_int_t)w->version,
			  "now_ms", (json_int_t)world_now_ms(w), "team", w->team,
			  "command", w->command, "bot_user", w->bot_user);

	json_object_set_new(o, "people", people_json(w));
	json_object_set_new(o, "channels", channels_json(w));
	json_object_set_new(o, "messages", messages_json(w));
	json_object_set_new(o, "envelopes", envelopes_json(w));
	json_object_set_new(o, "views", views_json(w));
	json_object_set_new(o, "incidents", incidents_json(w));
	json_object_set_new(o, "pages", pages_json(w));
	json_object_set_new(o, "holds", holds_json(w));
	json_object_set_new(o, "calls", calls_json(w));
	json_object_set_new(o, "counts", counts_json(w));
	json_object_set_new(o, "sockets", sockets_json(w));
	json_object_set_new(o, "roles",
			    names_json(&w->roles, offsetof(struct world_role, name)));
	json_object_set_new(
		o, "severities",
		names_json(&w->severities, offsetof(struct world_severity, name)));
	json_object_set_new(
		o, "services",
		names_json(&w->services, offsetof(struct world_service, name)));
	return o;
}
