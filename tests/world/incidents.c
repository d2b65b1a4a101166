/* SPDX-License-Identifier: Apache-2.0 */
/* What people do at the faked incident.io and PagerDuty: declare, take a role, change the
 * severity, trigger a page, acknowledge it. */
#include <stdio.h>
#include <string.h>

#include "shared/text.h"
#include "tests/world/world.h"

static struct world_incident *incident_add(struct world *w)
{
	struct world_incident *i = rows_add(&w->incidents, sizeof(*i));

	i->number = 203 + (unsigned)w->incidents.n;
	snprintf(i->id, sizeof(i->id), "01JINC%020u", i->number);
	text_copy(i->mode, sizeof(i->mode), "standard");
	text_copy(i->visibility, sizeof(i->visibility), "public");
	text_copy(i->category, sizeof(i->category), "live");
	text_copy(i->status, sizeof(i->status), "Investigating");
	text_copy(i->type, sizeof(i->type), "01JT0000000000000000000001");
	text_copy(i->channel, sizeof(i->channel), "C0INC0001");
	i->created_ms = world_now_ms(w);
	i->updated_ms = i->created_ms;
	return i;
}

/* Every role of the organisation is listed in every incident, held or not. */
static void roles_list(struct world *w, struct world_incident *i)
{
	rows_each(struct world_role, r, &w->roles)
	{
		if (i->n_roles < WORLD_ROLES_MAX) {
			text_copy(i->roles[i->n_roles++].role, VENDOR_ID_SIZE, r->id);
		}
	}
}

static void incident_changed(struct world *w, struct world_incident *i)
{
	i->updated_ms = world_now_ms(w);
	world_touch(w);
}

struct world_incident *world_declare(struct world *w, const char *who, const char *name,
				     const char *severity)
{
	struct world_incident *i = incident_add(w);
	const struct world_person *p = world_person(w, who);

	text_copy(i->name, sizeof(i->name), name);
	roles_list(w, i);
	world_set_severity(w, i, severity);
	if (p) {
		text_copy(i->creator, sizeof(i->creator), p->incidentio);
		world_take_role(w, i, "Reporter", who);
	}
	incident_changed(w, i);
	return i;
}

/* The entry of a role that nobody holds, or a new one. */
static size_t role_slot(struct world_incident *i, const char *role)
{
	for (size_t n = 0; n < i->n_roles; n++) {
		if (text_same(i->roles[n].role, role) && !i->roles[n].person[0]) {
			return n;
		}
	}
	return i->n_roles;
}

bool world_take_role(struct world *w, struct world_incident *i, const char *role,
		     const char *who)
{
	const struct world_role *r = world_role(w, role);
	const struct world_person *p = world_person(w, who);

	if (!r || (who[0] && !p)) {
		return false;
	}
	size_t at = role_slot(i, r->id);

	if (at == WORLD_ROLES_MAX) {
		return false;
	}
	i->n_roles += at == i->n_roles;
	text_copy(i->roles[at].role, sizeof(i->roles[at].role), r->id);
	text_copy(i->roles[at].person, sizeof(i->roles[at].person),
		  p ? p->incidentio : "");
	incident_changed(w, i);
	return true;
}

void world_leave_role(struct world *w, struct world_incident *i, const char *role,
		      const char *who)
{
	const struct world_role *r = world_role(w, role);
	const struct world_person *p = world_person(w, who);

	for (size_t n = 0; r && p && n < i->n_roles; n++) {
		if (text_same(i->roles[n].role, r->id) &&
		    text_same(i->roles[n].person, p->incidentio)) {
			i->roles[n].person[0] = '\0';
		}
	}
	incident_changed(w, i);
}

void world_set_category(struct world *w, struct world_incident *i, const char *category)
{
	text_copy(i->category, sizeof(i->category), category);
	text_copy(i->status, sizeof(i->status),
		  strcmp(category, "live") == 0 ? "Fixing" : category);
	incident_changed(w, i);
}

void world_set_severity(struct world *w, struct world_incident *i, const char *severity)
{
	const struct world_severity *s = world_severity(w, severity);

	text_copy(i->severity, sizeof(i->severity), s ? s->id : "");
	incident_changed(w, i);
}

bool world_post_update(struct world *w, struct world_incident *i, const char *kind,
		       const char *who)
{
	const struct world_person *p = world_person(w, who);
	bool by_person = strcmp(kind, "user") == 0;

	if (i->n_updates == WORLD_UPDATES_MAX || (by_person && !p)) {
		return false;
	}
	text_copy(i->updates[i->n_updates].kind, sizeof(i->updates[0].kind), kind);
	text_copy(i->updates[i->n_updates].id, sizeof(i->updates[0].id),
		  by_person ? p->incidentio : who);
	i->updates[i->n_updates++].at_ms = world_now_ms(w);
	incident_changed(w, i);
	return true;
}

void world_fill_incidents(struct world *w, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct world_incident *i = incident_add(w);

		snprintf(i->name, sizeof(i->name), "Something else %zu", k + 1);
		roles_list(w, i);
		world_set_severity(w, i, "Minor");
	}
}

/* --- PagerDuty ---------------------------------------------------------------------------- */

static void page_changed(struct world *w, struct world_page *p, const char *status)
{
	text_copy(p->status, sizeof(p->status), status);
	p->changed_ms = world_now_ms(w);
	world_touch(w);
}

struct world_page *world_trigger(struct world *w, const char *service, const char *title)
{
	struct world_page *p = rows_add(&w->pages, sizeof(*p));
	const struct world_service *s = world_service(w, service);

	p->number = 511 + (unsigned)w->pages.n;
	snprintf(p->id, sizeof(p->id), "Q1WORLD%07u", p->number);
	text_copy(p->title, sizeof(p->title), title);
	text_copy(p->urgency, sizeof(p->urgency), "high");
	text_copy(p->service, sizeof(p->service), s ? s->id : service);
	text_copy(p->trigger_type, sizeof(p->trigger_type), "service_reference");
	text_copy(p->trigger_id, sizeof(p->trigger_id), p->service);
	p->created_ms = world_now_ms(w);
	page_changed(w, p, "triggered");
	return p;
}

bool world_ack(struct world *w, struct world_page *p, const char *who)
{
	const struct world_person *person = world_person(w, who);

	if (!person || p->n_acks == WORLD_ACKS_MAX) {
		return false;
	}
	text_copy(p->acks[p->n_acks].type, sizeof(p->acks[0].type), "user_reference");
	text_copy(p->acks[p->n_acks].id, sizeof(p->acks[0].id), person->pagerduty);
	p->acks[p->n_acks++].at_ms = world_now_ms(w);
	page_changed(w, p, "acknowledged");
	return true;
}

void world_unack(struct world *w, struct world_page *p)
{
	p->n_acks = 0;
	page_changed(w, p, "triggered");
}

void world_resolve_page(struct world *w, struct world_page *p)
{
	p->n_acks = 0;
	page_changed(w, p, "resolved");
}

void world_fill_pages(struct world *w, size_t n)
{
	for (size_t k = 0; k < n; k++) {
		struct world_page *p = world_trigger(w, "PSVC002", "Something else");

		text_copy(p->acks[0].type, sizeof(p->acks[0].type), "user_reference");
		text_copy(p->acks[0].id, sizeof(p->acks[0].id), "PUNOBODY");
		p->acks[0].at_ms = world_now_ms(w);
		p->n_acks = 1;
		page_changed(w, p, "acknowledged");
	}
}
