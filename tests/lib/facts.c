/* SPDX-License-Identifier: Apache-2.0 */
/* The small world of the decision's tests: a config and two snapshots, by hand. */
#include "tests/lib/facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approver/snapshot.h"
#include "shared/text.h"

/* The config's texts are char *, as a file would have filled them. */
static char pool[16384];
static size_t pool_used;
static char *pool_lists[256];
static size_t pool_lists_used;

char *facts_text(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = pool + pool_used;

	if (n > sizeof(pool) - pool_used) {
		abort();
	}
	memcpy(copy, s, n);
	pool_used += n;
	return copy;
}

struct str_list facts_list(const char *a, const char *b, const char *c)
{
	const char *const items[] = { a, b, c };
	struct str_list list = { .items = pool_lists + pool_lists_used };

	while (list.n < ARRAY_LEN(items) && items[list.n]) {
		if (pool_lists_used == ARRAY_LEN(pool_lists)) {
			abort();
		}
		list.items[list.n] = facts_text(items[list.n]);
		pool_lists_used++;
		list.n++;
	}
	return list;
}

static struct resource resource(const char *name)
{
	return (struct resource){ .name = facts_text(name),
				  .title = facts_text(""),
				  .warning = facts_text("") };
}

static void role(struct facts_world *w, const char *id, const char *name, bool reporter)
{
	struct catalog_item *item = catalog_add(&w->incidentio->roles);

	text_copy(item->id, sizeof(item->id), id);
	text_copy(item->name, sizeof(item->name), name);
	item->reporter = reporter;
}

static void severity(struct facts_world *w, const char *id, const char *name,
		     int64_t rank)
{
	struct catalog_item *item = catalog_add(&w->incidentio->severities);

	text_copy(item->id, sizeof(item->id), id);
	text_copy(item->name, sizeof(item->name), name);
	item->rank = rank;
}

static void catalogs(struct facts_world *w)
{
	role(w, FACTS_LEAD, "Incident Lead", false);
	role(w, FACTS_DBA, "DBA", false);
	role(w, FACTS_REPORTER, "Reporter", true);
	role(w, FACTS_COMMS, "Comms", false);
	severity(w, "01JVMINOR", "Minor", 0);
	severity(w, "01JVMAJOR", "Major", 1);
	severity(w, "01JVCRIT", "Critical", 2);
}

static void policies(struct facts_world *w)
{
	for (size_t i = 0; i < FACTS_POLICIES; i++) {
		struct policy *p = &w->policies[i];

		p->name = facts_text("");
		p->duration_s = 7200;
		p->max_duration_s = 28800;
		p->any.items = w->any[i];
		for (size_t k = 0; k < FACTS_CONDITIONS; k++) {
			w->any[i][k].incidentio.min_severity = facts_text("");
			w->any[i][k].pagerduty.urgency = facts_text("");
		}
	}
	w->policies[0].name = facts_text("db-responders");
	w->policies[0].resources = facts_list("prod-*", NULL, NULL);
	w->policies[0].any.n = 2;
	w->any[0][0].incidentio.where.present = true;
	w->any[0][0].incidentio.roles = facts_list("Incident Lead", "DBA", NULL);
	w->any[0][1].pagerduty.where.present = true;
	w->any[0][1].pagerduty.acknowledged = true;
	w->any[0][1].pagerduty.services = facts_list("PSVC001", NULL, NULL);
}

void facts_world_init(struct facts_world *w)
{
	memset(w, 0, sizeof(*w));
	pool_used = 0;
	pool_lists_used = 0;
	w->resources[0] = resource("prod-db");
	w->resources[1] = resource("prod-cache");
	w->resources[2] = resource("staging-db");
	w->config.resources = (struct resource_list){ w->resources, 3 };
	w->config.policies = (struct policy_list){ w->policies, 1 };
	w->config.incidentio.where.present = true;
	w->config.pagerduty.where.present = true;
	policies(w);
	w->incidentio = snapshot_create();
	w->pagerduty = snapshot_create();
	catalogs(w);
	w->facts = (struct facts){ .now_ms = FACTS_NOW_MS,
				   .resource = "prod-db",
				   .incident = "",
				   .reason = "",
				   .policy = "" };
	w->facts.incidentio.configured = true;
	w->facts.incidentio.age_ms = 1200;
	text_copy(w->facts.incidentio.user, VENDOR_ID_SIZE, FACTS_ANA_IO);
	w->facts.pagerduty.configured = true;
	w->facts.pagerduty.age_ms = 800;
	text_copy(w->facts.pagerduty.user, VENDOR_ID_SIZE, FACTS_ANA_PD);
}

void facts_world_finish(struct facts_world *w)
{
	snapshot_unref(w->incidentio);
	snapshot_unref(w->pagerduty);
	w->incidentio = NULL;
	w->pagerduty = NULL;
}

static struct incident *incident(struct snapshot *s, const char *reference)
{
	struct incident *in = snapshot_add_incident(s);

	snprintf(in->id, sizeof(in->id), "01JI%s", reference);
	text_copy(in->reference, sizeof(in->reference), reference);
	in->created_ms = FACTS_NOW_MS - 40 * 60 * 1000;
	in->creator_known = true; /* and not a person: an alert */
	return in;
}

struct incident *facts_io_incident(struct facts_world *w, const char *reference)
{
	struct incident *in = incident(w->incidentio, reference);

	text_copy(in->title, sizeof(in->title), "replica lag");
	in->has_severity = true;
	text_copy(in->severity_id, sizeof(in->severity_id), "01JVMAJOR");
	text_copy(in->severity_name, sizeof(in->severity_name), "Major");
	in->severity_rank = 1;
	text_copy(in->type_id, sizeof(in->type_id), "01JTPROD");
	text_copy(in->type_name, sizeof(in->type_name), "Production");
	return in;
}

struct incident *facts_pd_incident(struct facts_world *w, const char *reference)
{
	struct incident *in = incident(w->pagerduty, reference);

	text_copy(in->title, sizeof(in->title), "payments-db replica lag");
	text_copy(in->service_id, sizeof(in->service_id), "PSVC001");
	text_copy(in->service_name, sizeof(in->service_name), "payments-db");
	text_copy(in->urgency, sizeof(in->urgency), "high");
	text_copy(in->escalation_policy, sizeof(in->escalation_policy), "PEP0001");
	return in;
}

struct stand *facts_stand(struct snapshot *s, const char *user, const char *role_id,
			  const char *role_name)
{
	struct stand *st = snapshot_add_stand(s, s->n_incidents - 1);

	text_copy(st->user, sizeof(st->user), user);
	text_copy(st->role_id, sizeof(st->role_id), role_id);
	text_copy(st->role_name, sizeof(st->role_name), role_name);
	if (role_id[0] == '\0') {
		st->since_ms = FACTS_NOW_MS - 10 * 60 * 1000;
	}
	return st;
}

static void stands_find(struct provider_facts *p)
{
	p->stands = snapshot_stands_of(p->snapshot, p->user, &p->n_stands);
}

enum verdict_kind facts_decide(struct facts_world *w)
{
	if (!w->facts.incidentio.snapshot) {
		snapshot_seal(w->incidentio);
		snapshot_seal(w->pagerduty);
		w->facts.incidentio.snapshot = w->incidentio;
		w->facts.pagerduty.snapshot = w->pagerduty;
	}
	stands_find(&w->facts.incidentio);
	stands_find(&w->facts.pagerduty);
	policy_decide(&w->config, &w->facts, &w->verdict);
	return w->verdict.kind;
}

const struct trace_line *facts_line(const struct facts_world *w, const char *check)
{
	for (size_t i = 0; i < w->verdict.n_trace; i++) {
		if (strcmp(w->verdict.trace[i].check, check) == 0) {
			return &w->verdict.trace[i];
		}
	}
	return NULL;
}
