/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io, faked: the reads that accessd may make, and the hands of those who declare
 * incidents and take roles. Shapes as in its public API: an unassigned role has no
 * `assignee`, an absent member is left out. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/vendor.h"

enum { PAGE_SIZE = 25, PAGE_SIZE_MAX = 500 };

static json_t *time_json(int64_t ms)
{
	char text[TIME_SIZE];

	text_format_time(ms, text);
	return json_string(text);
}

static void set_if(json_t *o, const char *name, const char *value)
{
	if (value[0]) {
		json_object_set_new(o, name, json_string(value));
	}
}

static void set_times(json_t *o, int64_t created_ms, int64_t updated_ms)
{
	json_object_set_new(o, "created_at", time_json(created_ms));
	json_object_set_new(o, "updated_at", time_json(updated_ms));
}

/* A person inside an incident, who may be long gone from the users. */
static json_t *user_json(const struct world *w, const char *id, bool slack, bool email)
{
	const struct world_person *p = world_person(w, id);
	json_t *u = json_pack("{s:s, s:s, s:s}", "id", id, "name",
			      p ? p->name : "Somebody", "role", "unset");

	if (p && slack) {
		set_if(u, "slack_user_id", p->incidentio_slack);
	}
	if (p && email) {
		set_if(u, "email", p->incidentio_email);
	}
	return u;
}

static json_t *role_json(const struct world_role *r)
{
	json_t *o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "id", r->id, "name",
			      r->name, "shortform", r->shortform, "role_type", r->type,
			      "description", "", "instructions", "");

	set_times(o, 1704067200000, 1704067200000);
	return o;
}

static json_t *severity_json(const struct world_severity *s)
{
	json_t *o = json_pack("{s:s, s:s, s:i, s:s}", "id", s->id, "name", s->name,
			      "rank", s->rank, "description", "");

	set_times(o, 1704067200000, 1704067200000);
	return o;
}

static json_t *assignments_json(const struct world *w, const struct world_incident *i)
{
	json_t *all = json_array();

	for (size_t n = 0; n < i->n_roles; n++) {
		const struct world_role *r = world_role(w, i->roles[n].role);

		if (!r) {
			continue;
		}
		json_t *a = json_pack("{s:o}", "role", role_json(r));

		if (i->roles[n].person[0]) {
			json_object_set_new(a, "assignee",
					    user_json(w, i->roles[n].person,
						      !i->roles[n].no_slack,
						      !i->roles[n].no_email));
		}
		json_array_append_new(all, a);
	}
	return all;
}

static json_t *creator_json(const struct world *w, const struct world_incident *i)
{
	if (!i->creator[0]) {
		return json_pack("{s:{s:s, s:s}}", "alert", "id",
				 "01JA0000000000000000000001", "title", "alert");
	}
	return json_pack("{s:o}", "user", user_json(w, i->creator, true, true));
}

static json_t *status_json(const struct world_incident *i)
{
	json_t *s = json_pack("{s:s+, s:s, s:s, s:i, s:s}", "id", "01JS00000000000000",
			      i->category, "name", i->status, "category", i->category,
			      "rank", 3, "description", "");

	set_times(s, 1704067200000, 1704067200000);
	return s;
}

static void set_optional(const struct world *w, const struct world_incident *i, json_t *o)
{
	const struct world_severity *s = world_severity(w, i->severity);

	if (s) {
		json_object_set_new(o, "severity", severity_json(s));
	}
	if (i->type[0]) {
		json_t *t =
			json_pack("{s:s, s:s, s:b, s:b, s:s, s:s}", "id", i->type, "name",
				  "Production", "is_default", 1, "private_incidents_only",
				  0, "create_in_triage", "optional", "description", "");

		set_times(t, 1704067200000, 1704067200000);
		json_object_set_new(o, "incident_type", t);
	}
	json_object_set_new(
		o, "permalink",
		json_sprintf("https://app.incident.io/acme/incidents/%u", i->number));
}

static json_t *incident_json(const struct world *w, const struct world_incident *i)
{
	json_t *o =
		json_pack("{s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:[], s:s, s:s}", "id",
			  i->id, "name", i->name, "mode", i->mode, "visibility",
			  i->visibility, "creator", creator_json(w, i), "incident_status",
			  status_json(i), "incident_role_assignments",
			  assignments_json(w, i), "custom_field_entries", "slack_team_id",
			  w->team, "slack_channel_id", i->channel);

	json_object_set_new(o, "reference", json_sprintf("INC-%u", i->number));
	set_times(o, i->created_ms, i->updated_ms);
	set_optional(w, i, o);
	return o;
}

/* --- answers ------------------------------------------------------------------------------ */

static void refuse(struct answer *a, int status, const char *type, const char *code,
		   const char *message)
{
	a->status = status;
	a->json = json_pack("{s:s, s:i, s:s, s:[{s:s, s:s}]}", "type", type, "status",
			    status, "request_id", "g329NK8-", "errors", "code", code,
			    "message", message);
}

static void incidentio_refuse(struct world *w, int status, struct answer *a)
{
	(void)w;
	switch (status) {
	case 401:
		refuse(a, status, "authentication_error",
		       "missing_authorization_material",
		       "No authorization material provided in request");
		break;
	case 403:
		refuse(a, status, "resource_forbidden", "forbidden", "not allowed");
		break;
	case 422:
		refuse(a, status, "validation_error", "is_invalid", "bad parameter");
		break;
	case 429:
		refuse(a, status, "too_many_requests", "too_many_requests", "slow down");
		break;
	default:
		refuse(a, status, status < 500 ? "not_found" : "internal_error", "error",
		       "error");
	}
}

static bool incident_is_asked(const struct call *c, const struct world_incident *i)
{
	return rest_filter(c, "status_category[one_of]", i->category) &&
	       !rest_has(c, "status_category[not_in]", i->category) &&
	       rest_filter(c, "severity[one_of]", i->severity) &&
	       rest_filter(c, "incident_type[one_of]", i->type) &&
	       (rest_filter(c, "mode[one_of]", i->mode));
}

/* Without a mode filter: standard and retrospective. */
static bool mode_is_shown(const struct call *c, const struct world_incident *i)
{
	char got[8];

	return web_query(c->request->query, "mode[one_of]", 0, got, sizeof(got)) ||
	       text_same(i->mode, "standard") || text_same(i->mode, "retrospective");
}

/* One page of rows; `after` names the last one of the page before. */
struct page {
	json_t *rows;
	size_t size;
	char after[VENDOR_ID_SIZE];
	char last[VENDOR_ID_SIZE];
	bool begun;
	size_t total;
	bool more;
};

static bool page_begin(const struct world *w, const struct call *c, struct page *p,
		       struct answer *a)
{
	const struct incidentio_knobs *k = &w->incidentio_knobs;
	long size = rest_number(c, "page_size", PAGE_SIZE);

	*p = (struct page){ .rows = json_array() };
	if (size < 1 || size > (strstr(c->path, "users") ? 10000 : PAGE_SIZE_MAX)) {
		json_decref(p->rows);
		refuse(a, 422, "validation_error", "is_invalid", "page_size");
		return false;
	}
	p->size = (size_t)size < k->page_cap ? (size_t)size : k->page_cap;
	web_query(c->request->query, "after", 0, p->after, sizeof(p->after));
	p->begun = p->after[0] == '\0' || k->after_repeats;
	return true;
}

static void page_add(struct page *p, const char *id, json_t *row)
{
	p->total++;
	if (p->begun && json_array_size(p->rows) < p->size) {
		json_array_append(p->rows, row);
		text_copy(p->last, sizeof(p->last), id);
	} else if (p->begun) {
		p->more = true;
	}
	p->begun = p->begun || text_same(p->after, id);
	json_decref(row);
}

static void page_end(const struct world *w, struct page *p, const char *name,
		     struct answer *a)
{
	const struct incidentio_knobs *k = &w->incidentio_knobs;
	json_t *meta = json_pack("{s:I, s:I}", "page_size", (json_int_t)p->size,
				 "total_record_count", (json_int_t)p->total);
	bool after = p->more || k->after_repeats || (k->after_always && p->last[0]);

	if (after && !k->after_missing) {
		json_object_set_new(meta, "after", json_string(p->last));
	}
	a->json = json_pack("{s:o}", name, p->rows);
	if (k->no_meta) {
		json_decref(meta);
	} else {
		json_object_set_new(a->json, "pagination_meta", meta);
	}
}

static void get_incidents(struct world *w, const struct call *c, struct answer *a)
{
	struct page p;

	if (!page_begin(w, c, &p, a)) {
		return;
	}
	for (size_t n = w->incidents.n; n-- > 0;) { /* the newest first */
		const struct world_incident *i = w->incidents.items[n];

		if (w->incidentio_knobs.ignore_filters ||
		    (incident_is_asked(c, i) && mode_is_shown(c, i))) {
			page_add(&p, i->id, incident_json(w, i));
		}
	}
	page_end(w, &p, "incidents", a);
}

static void get_incident(struct world *w, const struct call *c, struct answer *a)
{
	const char *id = rest_id(c);
	/* A bare number or the whole id, not INC-421. */
	const struct world_incident *i =
		strncmp(id, "INC-", 4) ? world_incident(w, id) : NULL;

	if (!i) {
		refuse(a, 404, "not_found", "not_found", "no such incident");
		return;
	}
	a->json = json_pack("{s:o}", "incident", incident_json(w, i));
}

static json_t *update_json(const struct world *w, const struct world_incident *i,
			   size_t n)
{
	const char *kind = i->updates[n].kind;
	const char *id = i->updates[n].id;
	json_t *who = strcmp(kind, "user") == 0
			      ? user_json(w, id, true, true)
			      : json_pack("{s:s, s:s}", "id", id, "name", "a machine");
	json_t *o = json_pack("{s:s, s:s, s:o, s:{s:o}}", "incident_id", i->id, "message",
			      "We are looking at it.", "new_incident_status",
			      status_json(i), "updater", kind, who);

	json_object_set_new(o, "id", json_sprintf("%s-U%zu", i->id, n));
	json_object_set_new(o, "created_at", time_json(i->updates[n].at_ms));
	return o;
}

/* "The whole id: anything else returns an empty list." */
static void get_updates(struct world *w, const struct call *c, struct answer *a)
{
	char id[VENDOR_ID_SIZE + 24];
	struct page p;

	if (!page_begin(w, c, &p, a)) {
		return;
	}
	rows_each(struct world_incident, i, &w->incidents)
	{
		for (size_t n = i->n_updates; n-- > 0;) { /* the newest first */
			snprintf(id, sizeof(id), "%s-U%zu", i->id, n);
			if (w->incidentio_knobs.ignore_filters ||
			    rest_filter(c, "incident_id", i->id)) {
				page_add(&p, id, update_json(w, i, n));
			}
		}
	}
	page_end(w, &p, "incident_updates", a);
}

static void get_roles(struct world *w, const struct call *c, struct answer *a)
{
	json_t *all = json_array();

	(void)c;
	rows_each(struct world_role, r, &w->roles)
	{
		json_array_append_new(all, role_json(r));
	}
	a->json = json_pack("{s:o}", "incident_roles", all);
}

static void get_severities(struct world *w, const struct call *c, struct answer *a)
{
	json_t *all = json_array();

	(void)c;
	rows_each(struct world_severity, s, &w->severities)
	{
		json_array_append_new(all, severity_json(s));
	}
	a->json = json_pack("{s:o}", "severities", all);
}

static void get_statuses(struct world *w, const struct call *c, struct answer *a)
{
	static const char *const categories[] = { "triage", "live", "learning",
						  "closed" };
	json_t *all = json_array();

	(void)w;
	(void)c;
	for (size_t i = 0; i < ARRAY_LEN(categories); i++) {
		struct world_incident like = { 0 };

		text_copy(like.category, sizeof(like.category), categories[i]);
		text_copy(like.status, sizeof(like.status), categories[i]);
		json_array_append_new(all, status_json(&like));
	}
	a->json = json_pack("{s:o}", "incident_statuses", all);
}

static json_t *full_user_json(const struct world *w, const struct world_person *p)
{
	json_t *u = user_json(w, p->incidentio, true, true);

	json_object_set_new(u, "is_active", json_boolean(!p->incidentio_inactive));
	json_object_set_new(u, "base_role",
			    json_pack("{s:s, s:s, s:s}", "id",
				      "01JB0000000000000000000001", "name", "Standard",
				      "slug", "standard"));
	json_object_set_new(u, "custom_roles", json_array());
	json_object_set_new(
		u, "seats",
		json_pack("{s:s, s:s}", "response", "full_access", "on_call", "none"));
	return u;
}

/* Whether the real filter minds the letters of an e-mail is not said: this one does. */
static bool user_is_asked(const struct world *w, const struct call *c,
			  const struct world_person *p)
{
	if (!p->incidentio[0]) {
		return false;
	}
	if (w->incidentio_knobs.wrong_user[0]) {
		return text_same(p->key, w->incidentio_knobs.wrong_user);
	}
	if (w->incidentio_knobs.ignore_filters) {
		return true;
	}
	return (!p->incidentio_inactive || rest_has(c, "include_inactive", "true")) &&
	       rest_filter(c, "slack_user_id", p->incidentio_slack) &&
	       rest_filter(c, "email", p->incidentio_email);
}

static void get_users(struct world *w, const struct call *c, struct answer *a)
{
	struct page page;

	if (!page_begin(w, c, &page, a)) {
		return;
	}
	rows_each(struct world_person, p, &w->people)
	{
		if (user_is_asked(w, c, p)) {
			page_add(&page, p->incidentio, full_user_json(w, p));
		}
	}
	page_end(w, &page, "users", a);
}

static void get_user(struct world *w, const struct call *c, struct answer *a)
{
	const struct world_person *p = world_person(w, rest_id(c));

	if (!p || !text_same(p->incidentio, rest_id(c))) {
		refuse(a, 404, "not_found", "not_found", "no such user");
		return;
	}
	a->json = json_pack("{s:o}", "user", full_user_json(w, p));
}

static void get_identity(struct world *w, const struct call *c, struct answer *a)
{
	json_t *roles = json_array();
	const char *p = w->roles_of_key;

	(void)c;
	while (*p) {
		size_t n = strcspn(p, ",");

		json_array_append_new(roles, json_stringn(p, n));
		p += n + (p[n] == ',');
	}
	a->json = json_pack("{s:{s:s, s:s, s:o, s:[], s:[]}}", "identity", "name",
			    "accessd", "dashboard_url", "https://app.incident.io/acme",
			    "roles", roles, "team_roles", "teams");
}

static const struct rest_route routes[] = {
	{ "v1/identity", get_identity },        { "v1/incident_statuses", get_statuses },
	{ "v1/severities", get_severities },    { "v2/incident_roles", get_roles },
	{ "v2/incident_updates", get_updates }, { "v2/incidents", get_incidents },
	{ "v2/incidents/:id", get_incident },   { "v2/users", get_users },
	{ "v2/users/:id", get_user },
};

static void incidentio_name(const char *method, const char *path, char *dst, size_t size)
{
	rest_name(routes, ARRAY_LEN(routes), method, path, dst, size);
}

static void incidentio_answer(struct world *w, const struct call *c, struct answer *a)
{
	const struct rest_route *r = rest_find(routes, ARRAY_LEN(routes), c->path);
	char auth[160];
	char want[160];

	snprintf(want, sizeof(want), "Bearer %s", w->incidentio_key);
	if (!web_header(c->request, "Authorization", auth, sizeof(auth)) ||
	    strcmp(auth, want) != 0) {
		incidentio_refuse(w, 401, a);
	} else if (!r || strcmp(c->request->method, "GET") != 0) {
		incidentio_refuse(w, 404, a);
	} else {
		snprintf(a->headers, sizeof(a->headers),
			 "X-RateLimit-Limit: 60, 1200;window=60, 60;window=60\r\n"
			 "X-RateLimit-Remaining: 59\r\n");
		r->handle(w, c, a);
	}
}

const struct vendor vendor_incidentio = {
	.prefix = "/incidentio/",
	.name = incidentio_name,
	.answer = incidentio_answer,
	.refuse = incidentio_refuse,
};
