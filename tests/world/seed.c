/* SPDX-License-Identifier: Apache-2.0 */
/* Who and what the faked world begins with, and how to find it again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/text.h"
#include "tests/world/vendor.h"
#include "tests/world/world.h"

/* Ids as the vendors' look: U0ANA0001, 01JUANA…, PUANA01. */
static void person_ids(struct world_person *p)
{
	char up[24];
	size_t n = strnlen(p->key, sizeof(up) - 1);

	for (size_t i = 0; i < n; i++) {
		char c = p->key[i];

		up[i] = c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
	}
	up[n] = '\0';
	int zeros = n < 7 ? 7 - (int)n : 1;

	snprintf(p->slack, sizeof(p->slack), "U0%s%0*d", up, zeros, 1);
	snprintf(p->incidentio, sizeof(p->incidentio), "01JU%s%0*d", up,
		 n < 22 ? 22 - (int)n : 1, 1);
	snprintf(p->pagerduty, sizeof(p->pagerduty), "PU%s01", up);
}

struct world_person *world_add_person(struct world *w, const char *key, const char *name)
{
	struct world_person *p = rows_add(&w->people, sizeof(*p));

	text_copy(p->key, sizeof(p->key), key);
	text_copy(p->name, sizeof(p->name), name);
	text_copy(p->team, sizeof(p->team), w->team);
	person_ids(p);
	snprintf(p->email, sizeof(p->email), "%s@acme.example", p->key);
	text_copy(p->incidentio_email, sizeof(p->incidentio_email), p->email);
	text_copy(p->pagerduty_email, sizeof(p->pagerduty_email), p->email);
	text_copy(p->incidentio_slack, sizeof(p->incidentio_slack), p->slack);
	return p;
}

struct world_channel *world_add_channel(struct world *w, const char *id, const char *name)
{
	struct world_channel *c = rows_add(&w->channels, sizeof(*c));

	text_copy(c->id, sizeof(c->id), id);
	text_copy(c->name, sizeof(c->name), name);
	c->member = true;
	return c;
}

struct world_role *world_add_role(struct world *w, const char *name, const char *type)
{
	struct world_role *r = rows_add(&w->roles, sizeof(*r));

	snprintf(r->id, sizeof(r->id), "01JR%022zu", w->roles.n);
	text_copy(r->name, sizeof(r->name), name);
	text_copy(r->type, sizeof(r->type), type);
	return r;
}

static void add_severity(struct world *w, const char *name, int rank)
{
	struct world_severity *s = rows_add(&w->severities, sizeof(*s));

	snprintf(s->id, sizeof(s->id), "01JV%022zu", w->severities.n);
	text_copy(s->name, sizeof(s->name), name);
	s->rank = rank;
}

struct world_service *world_add_service(struct world *w, const char *id, const char *name,
					const char *policy)
{
	struct world_service *s = rows_add(&w->services, sizeof(*s));

	text_copy(s->id, sizeof(s->id), id);
	text_copy(s->name, sizeof(s->name), name);
	text_copy(s->policy, sizeof(s->policy), policy);
	return s;
}

static void add_oncall(struct world *w, const char *who, const char *policy, int level,
		       const char *schedule, const char *schedule_name)
{
	struct world_oncall *o = rows_add(&w->oncalls, sizeof(*o));

	text_copy(o->user, sizeof(o->user), world_person(w, who)->pagerduty);
	text_copy(o->policy, sizeof(o->policy), policy);
	o->level = level;
	text_copy(o->schedule, sizeof(o->schedule), schedule);
	text_copy(o->schedule_name, sizeof(o->schedule_name), schedule_name);
}

static void seed_people(struct world *w)
{
	world_add_person(w, "ana", "Ana Lima");
	world_add_person(w, "bob", "Bob Fisher");
	world_add_person(w, "cara", "Cara Novak");
	world_add_person(w, "dan", "Dan (guest)")->restricted = true;
	struct world_person *eve = world_add_person(w, "eve", "Eve (other company)");

	text_copy(eve->team, sizeof(eve->team), "T0OTHER01");
	eve->stranger = true;
}

static void seed_channels(struct world *w)
{
	world_add_channel(w, "C0INC0001", "inc-room");
	world_add_channel(w, "C0OPS0001", "ops");
	world_add_channel(w, "C0GEN0001", "general")->member = false;
	struct world_channel *c = world_add_channel(w, "C0PRIV001", "private-room");

	c->is_private = true;
	c->member = false;
	world_add_channel(w, "C0ARCH001", "archived-room")->archived = true;
	world_add_channel(w, "C0EXT0001", "shared-room")->ext_shared = true;
}

static void seed_incidentio(struct world *w)
{
	struct world_role *r = world_add_role(w, "Incident Lead", "lead");

	text_copy(r->shortform, sizeof(r->shortform), "lead");
	world_add_role(w, "Reporter", "reporter");
	r = world_add_role(w, "DBA", "custom");
	text_copy(r->shortform, sizeof(r->shortform), "dba");
	r = world_add_role(w, "Comms", "custom");
	text_copy(r->shortform, sizeof(r->shortform), "comms");
	add_severity(w, "Minor", 0);
	add_severity(w, "Major", 1);
	add_severity(w, "Critical", 2);
}

static void seed_pagerduty(struct world *w)
{
	world_add_service(w, "PSVC001", "payments-db", "PEP0001");
	world_add_service(w, "PSVC002", "checkout", "PEP0002");
	add_oncall(w, "ana", "PEP0001", 1, "PSCH001", "SRE primary");
	add_oncall(w, "cara", "PEP0001", 2, "PSCH001", "SRE primary");
	add_oncall(w, "bob", "PEP0001", 3, "", "");
	add_oncall(w, "cara", "PEP0002", 1, "PSCH002", "Checkout");
}

void seed_all(struct world *w)
{
	seed_people(w);
	seed_channels(w);
	seed_incidentio(w);
	seed_pagerduty(w);
}
