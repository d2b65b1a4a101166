/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the rows of the faked world by whatever they are called. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/text.h"
#include "tests/world/world.h"

struct world_person *world_person(const struct world *w, const char *who)
{
	rows_each(struct world_person, p, &w->people)
	{
		if (text_same(p->key, who) || text_same(p->slack, who) ||
		    text_same(p->incidentio, who) || text_same(p->pagerduty, who)) {
			return p;
		}
	}
	return NULL;
}

struct world_channel *world_channel(const struct world *w, const char *id_or_name)
{
	rows_each(struct world_channel, c, &w->channels)
	{
		if (text_same(c->id, id_or_name) || text_same(c->name, id_or_name)) {
			return c;
		}
	}
	return NULL;
}

struct world_role *world_role(const struct world *w, const char *id_or_name)
{
	rows_each(struct world_role, r, &w->roles)
	{
		if (text_same(r->id, id_or_name) || text_same(r->name, id_or_name)) {
			return r;
		}
	}
	return NULL;
}

struct world_severity *world_severity(const struct world *w, const char *id_or_name)
{
	rows_each(struct world_severity, s, &w->severities)
	{
		if (text_same(s->id, id_or_name) || text_same(s->name, id_or_name)) {
			return s;
		}
	}
	return NULL;
}

struct world_incident *world_incident(const struct world *w, const char *id_or_ref)
{
	bool ref = strncasecmp(id_or_ref, "INC-", 4) == 0;
	unsigned long number = strtoul(id_or_ref + (ref ? 4 : 0), NULL, 10);

	rows_each(struct world_incident, i, &w->incidents)
	{
		if (text_same(i->id, id_or_ref) ||
		    (strlen(id_or_ref) < 20 && number && i->number == number)) {
			return i;
		}
	}
	return NULL;
}

struct world_service *world_service(const struct world *w, const char *id_or_name)
{
	rows_each(struct world_service, s, &w->services)
	{
		if (text_same(s->id, id_or_name) || text_same(s->name, id_or_name)) {
			return s;
		}
	}
	return NULL;
}

struct world_page *world_page(const struct world *w, const char *id_or_number)
{
	unsigned long number = strtoul(id_or_number, NULL, 10);

	rows_each(struct world_page, p, &w->pages)
	{
		if (text_same(p->id, id_or_number) || (number && p->number == number)) {
			return p;
		}
	}
	return NULL;
}

/* Acks come soon after their envelope: the newest first. */
struct world_envelope *world_envelope(const struct world *w, const char *id)
{
	for (size_t i = w->envelopes.n; i-- > 0;) {
		struct world_envelope *e = w->envelopes.items[i];

		if (text_same(e->id, id)) {
			return e;
		}
	}
	return NULL;
}

struct world_message *world_message(const struct world *w, const char *channel,
				    const char *ts)
{
	for (size_t i = w->messages.n; i-- > 0;) {
		struct world_message *m = w->messages.items[i];

		if (text_same(m->ts, ts) &&
		    (channel[0] == '\0' || text_same(m->channel, channel))) {
			return m;
		}
	}
	return NULL;
}

struct world_view *world_view(const struct world *w, const char *id)
{
	rows_each(struct world_view, v, &w->views)
	{
		if (text_same(v->id, id)) {
			return v;
		}
	}
	return NULL;
}

/* --- messages as people see them --------------------------------------------------------- */

/* What people typed themselves is not a message; a DM is seen by its one person. */
static bool message_is_seen(const struct world *w, const struct world_message *m,
			    const char *who)
{
	const struct world_person *p = world_person(w, who);
	const struct world_channel *c = world_channel(w, m->channel);
	const char *only = m->to[0] ? m->to : c ? c->user : "";

	return !m->deleted && strcmp(m->via, "typed") != 0 &&
	       (!only[0] || !who[0] || text_same(only, p ? p->slack : ""));
}

static bool message_says(const struct world_message *m, const char *part)
{
	if (m->text && strstr(m->text, part)) {
		return true;
	}
	char *blocks = m->blocks ? json_dumps(m->blocks, JSON_COMPACT) : NULL;
	bool found = blocks && strstr(blocks, part);

	free(blocks);
	return found;
}

size_t world_messages(const struct world *w, const char *channel, const char *who,
		      struct world_message **ret, size_t max)
{
	const struct world_channel *c = world_channel(w, channel);
	size_t n = 0;

	rows_each(struct world_message, m, &w->messages)
	{
		if ((channel[0] && !text_same(m->channel, c ? c->id : channel)) ||
		    !message_is_seen(w, m, who)) {
			continue;
		}
		if (n++ < max) {
			ret[n - 1] = m;
		}
	}
	return n;
}

struct world_message *world_find_message(const struct world *w, const char *who,
					 const char *part)
{
	for (size_t i = w->messages.n; i-- > 0;) {
		struct world_message *m = w->messages.items[i];

		if (message_is_seen(w, m, who) && message_says(m, part)) {
			return m;
		}
	}
	return NULL;
}

size_t world_count_messages(const struct world *w, const char *who, const char *part)
{
	size_t n = 0;

	rows_each(struct world_message, m, &w->messages)
	{
		n += message_is_seen(w, m, who) && message_says(m, part);
	}
	return n;
}

/* --- calls ------------------------------------------------------------------------------- */

size_t world_count(const struct world *w, const char *call)
{
	size_t n = 0;

	rows_each(struct world_call, c, &w->calls)
	{
		n += text_same(c->name, call);
	}
	return n;
}

const struct world_call *world_last_call(const struct world *w, const char *call)
{
	for (size_t i = w->calls.n; i-- > 0;) {
		const struct world_call *c = w->calls.items[i];

		if (text_same(c->name, call)) {
			return c;
		}
	}
	return NULL;
}

const char *world_answer(const struct world *w, const struct world_envelope *e)
{
	const char *text = "";

	rows_each(struct world_message, m, &w->messages)
	{
		if (m->envelope == e->number && m->to[0] &&
		    strcmp(m->via, "typed") != 0) {
			text = m->text;
		}
	}
	return text;
}
