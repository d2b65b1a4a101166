/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty, faked: incidents with who acknowledges them now, users found by a fuzzy
 * query, on-calls. Classic paging: limit, offset, more; no total unless asked for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/world/vendor.h"

enum { LIMIT = 25, LIMIT_MAX = 100, MONTH_S = 30 * 86400 };

static json_t *time_json(int64_t ms)
{
	char text[TIME_SIZE];

	/* PagerDuty writes whole seconds. */
	text_format_time(ms, text);
	text[19] = 'Z';
	text[20] = '\0';
	return json_string(text);
}

static json_t *reference(const char *id, const char *type, const char *summary)
{
	return json_pack("{s:s, s:s, s:s, s:n, s:n}", "id", id, "type", type, "summary",
			 summary, "self", "html_url");
}

static json_t *user_json(const struct world_person *p)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:[]}", "id",
			 p->pagerduty, "type", "user", "summary", p->name, "name",
			 p->name, "email", p->pagerduty_email, "time_zone", "Etc/UTC",
			 "role", "limited_user", "invitation_sent", 0, "teams");
}

/* What an id of this reference type is called. */
static const char *summary_of(const struct world *w, const char *id)
{
	const struct world_person *p = world_person(w, id);
	const struct world_service *s = world_service(w, id);

	return p ? p->name : s ? s->name : "Somebody";
}

static json_t *acks_json(const struct world *w, const struct call *c,
			 const struct world_page *p)
{
	bool whole = rest_has(c, "include[]", "acknowledgers");
	json_t *all = p->acks_null ? json_null() : json_array();

	for (size_t i = 0; json_is_array(all) && i < p->n_acks; i++) {
		const struct world_person *who = world_person(w, p->acks[i].id);
		bool user = text_same(p->acks[i].type, "user_reference");
		json_t *acker = whole && user && who
					? user_json(who)
					: reference(p->acks[i].id, p->acks[i].type,
						    summary_of(w, p->acks[i].id));

		json_array_append_new(all, json_pack("{s:o, s:o}", "at",
						     time_json(p->acks[i].at_ms),
						     "acknowledger", acker));
	}
	return all;
}

static json_t *trigger_json(const struct world *w, const struct call *c,
			    const struct world_page *p)
{
	json_t *entry = reference("R01WORLD", "trigger_log_entry_reference", "Triggered");

	if (rest_has(c, "include[]", "first_trigger_log_entries")) {
		json_object_set_new(entry, "type", json_string("trigger_log_entry"));
		json_object_set_new(entry, "created_at", time_json(p->created_ms));
		json_object_set_new(entry, "agent",
				    p->trigger_id[0]
					    ? reference(p->trigger_id, p->trigger_type,
							summary_of(w, p->trigger_id))
					    : json_null());
		json_object_set_new(entry, "channel", json_pack("{s:s}", "type", "api"));
	}
	return entry;
}

static json_t *pending_json(const struct world_page *p)
{
	json_t *all = json_array();

	if (p->n_acks) {
		json_array_append_new(
			all, json_pack("{s:s, s:o}", "type", "unacknowledge", "at",
				       time_json(p->acks[0].at_ms + 1800000)));
	}
	return all;
}

static void set_times(json_t *o, const struct world_page *p)
{
	bool resolved = text_same(p->status, "resolved");

	json_object_set_new(o, "created_at", time_json(p->created_ms));
	json_object_set_new(o, "updated_at", time_json(p->changed_ms));
	json_object_set_new(o, "last_status_change_at", time_json(p->changed_ms));
	json_object_set_new(o, "resolved_at",
			    resolved ? time_json(p->changed_ms) : json_null());
}

static json_t *page_json(const struct world *w, const struct call *c,
			 const struct world_page *p)
{
	const struct world_service *s = world_service(w, p->service);
	json_t *o =
		json_pack("{s:s, s:s, s:i, s:s, s:s, s:s, s:n, s:[], s:[], s:n}", "id",
			  p->id, "type", "incident", "incident_number", (int)p->number,
			  "title", p->title, "status", p->status, "urgency", p->urgency,
			  "priority", "teams", "assignments", "resolve_reason");

	json_object_set_new(o, "summary", json_sprintf("[#%u] %s", p->number, p->title));
	json_object_set_new(
		o, "html_url",
		json_sprintf("https://acme.pagerduty.com/incidents/%s", p->id));
	set_times(o, p);
	json_object_set_new(o, "service",
			    reference(p->service, "service_reference", s ? s->name : ""));
	json_object_set_new(o, "escalation_policy",
			    reference(s ? s->policy : "PEP0000",
				      "escalation_policy_reference", "Policy"));
	json_object_set_new(o, "acknowledgements", acks_json(w, c, p));
	json_object_set_new(o, "pending_actions", pending_json(p));
	json_object_set_new(o, "first_trigger_log_entry", trigger_json(w, c, p));
	return o;
}

/* --- answers ------------------------------------------------------------------------------ */

static void refuse(struct answer *a, int status, int code, const char *message)
{
	a->status = status;
	a->json = json_pack("{s:{s:s, s:i}}", "error", "message", message, "code", code);
}

static void pagerduty_refuse(struct world *w, int status, struct answer *a)
{
	static const struct {
		int status, code;
		const char *message;
	} known[] = {
		{ 400, 2001, "Invalid Input Provided" },
		{ 401, 2006, "Unauthorized" },
		{ 402, 2014, "Payment required" },
		{ 403, 2010, "Access Denied" },
		{ 404, 2100, "Not Found" },
		{ 429, 2020, "Rate Limit Exceeded" },
	};

	(void)w;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		if (known[i].status == status) {
			refuse(a, status, known[i].code, known[i].message);
			return;
		}
	}
	refuse(a, status, 2000, "Internal Server Error");
}

/* One page of rows. */
struct page {
	json_t *rows;
	long limit;
	long offset;
	long seen;
	bool more;
};

static bool page_begin(const struct world *w, const struct call *c, struct page *p,
		       struct answer *a)
{
	long cap = (long)w->pagerduty_knobs.page_cap;

	*p = (struct page){ .limit = rest_number(c, "limit", LIMIT),
			    .offset = rest_number(c, "offset", 0) };
	if (p->limit < 1 || p->limit > LIMIT_MAX || p->offset < 0 ||
	    p->limit + p->offset > 10000) {
		pagerduty_refuse(NULL, 400, a);
		return false;
	}
	p->limit = p->limit < cap ? p->limit : cap;
	p->rows = json_array();
	return true;
}

static void page_add(struct page *p, json_t *row)
{
	long at = p->seen++ - p->offset;

	if (at >= 0 && at < p->limit) {
		json_array_append(p->rows, row);
	}
	p->more = p->more || at >= p->limit;
	json_decref(row);
}

static void page_end(const struct world *w, const struct call *c, struct page *p,
		     const char *name, struct answer *a)
{
	bool more = p->more || w->pagerduty_knobs.more_always;

	a->json = json_pack("{s:o, s:I, s:I, s:b}", name, p->rows, "limit",
			    (json_int_t)p->limit, "offset", (json_int_t)p->offset, "more",
			    more);
	if (rest_has(c, "total", "true")) {
		json_object_set_new(a->json, "total", json_integer(p->seen));
	}
}

/* The window is a month, and hides what is older, unless date_range=all. */
static bool page_is_in_window(const struct world *w, const struct call *c,
			      const struct world_page *p)
{
	char since[64];
	int64_t since_ms = world_now_ms(w) - (int64_t)MONTH_S * 1000;

	if (rest_has(c, "date_range", "all")) {
		return true;
	}
	if (web_query(c->request->query, "since", 0, since, sizeof(since))) {
		text_parse_time(since, &since_ms);
	}
	return p->created_ms >= since_ms;
}

static bool page_is_asked(const struct world *w, const struct call *c,
			  const struct world_page *p)
{
	return w->pagerduty_knobs.ignore_filters ||
	       (rest_filter(c, "statuses[]", p->status) &&
		rest_filter(c, "service_ids[]", p->service) &&
		rest_filter(c, "urgencies[]", p->urgency) && page_is_in_window(w, c, p));
}

static void get_incidents(struct world *w, const struct call *c, struct answer *a)
{
	struct page p;

	if (!page_begin(w, c, &p, a)) {
		return;
	}
	for (size_t n = w->pages.n; n-- > 0;) { /* created_at:desc */
		const struct world_page *i = w->pages.items[n];

		if (page_is_asked(w, c, i)) {
			page_add(&p, page_json(w, c, i));
		}
	}
	page_end(w, c, &p, "incidents", a);
}

static void get_incident(struct world *w, const struct call *c, struct answer *a)
{
	const struct world_page *p = world_page(w, rest_id(c));

	if (!p) {
		refuse(a, 404, 5001, "Incident Not Found");
		return;
	}
	a->json = json_pack("{s:o}", "incident", page_json(w, c, p));
}

/* `query` is a substring match over name and e-mail: e.doe@x also finds jane.doe@x. */
static bool user_is_asked(const struct call *c, const struct world_person *p)
{
	char query[256];

	if (!p->pagerduty[0]) {
		return false;
	}
	return !web_query(c->request->query, "query", 0, query, sizeof(query)) ||
	       strcasestr(p->name, query) || strcasestr(p->pagerduty_email, query);
}

static void get_users(struct world *w, const struct call *c, struct answer *a)
{
	struct page page;

	if (!page_begin(w, c, &page, a)) {
		return;
	}
	rows_each(struct world_person, p, &w->people)
	{
		if (user_is_asked(c, p)) {
			page_add(&page, user_json(p));
		}
	}
	page_end(w, c, &page, "users", a);
}

static void get_user(struct world *w, const struct call *c, struct answer *a)
{
	const struct world_person *p = world_person(w, rest_id(c));

	if (strcmp(rest_id(c), "me") == 0) {
		refuse(a, 400, 2001, "Requires a user key");
	} else if (!p || !text_same(p->pagerduty, rest_id(c))) {
		refuse(a, 404, 2013, "User Not Found");
	} else {
		a->json = json_pack("{s:o}", "user", user_json(p));
	}
}

static int64_t shift_start(const struct world *w, const struct world_oncall *o)
{
	return o->start_ms ? o->start_ms : world_now_ms(w) - 86400000;
}

static int64_t shift_end(const struct world *w, const struct world_oncall *o)
{
	return o->end_ms ? o->end_ms : world_now_ms(w) + 86400000;
}

static json_t *oncall_json(const struct world *w, const struct world_oncall *o)
{
	const struct world_person *p = world_person(w, o->user);
	json_t *row =
		json_pack("{s:o, s:o, s:i}", "user",
			  reference(o->user, "user_reference", p ? p->name : ""),
			  "escalation_policy",
			  reference(o->policy, "escalation_policy_reference", "Policy"),
			  "escalation_level", o->level);
	bool always = o->schedule[0] == '\0';

	json_object_set_new(
		row, "schedule",
		always ? json_null()
		       : reference(o->schedule, "schedule_reference", o->schedule_name));
	json_object_set_new(row, "start",
			    always ? json_null() : time_json(shift_start(w, o)));
	json_object_set_new(row, "end",
			    always ? json_null() : time_json(shift_end(w, o)));
	return row;
}

/* "since and until default to now; overlap counts." */
static bool is_in_window(const struct world *w, const struct call *c,
			 const struct world_oncall *o)
{
	int64_t since_ms = world_now_ms(w);
	int64_t until_ms = since_ms;
	char text[64];

	if (web_query(c->request->query, "since", 0, text, sizeof(text))) {
		text_parse_time(text, &since_ms);
	}
	if (web_query(c->request->query, "until", 0, text, sizeof(text))) {
		text_parse_time(text, &until_ms);
	}
	return o->schedule[0] == '\0' ||
	       (shift_start(w, o) <= until_ms && shift_end(w, o) > since_ms);
}

static void get_oncalls(struct world *w, const struct call *c, struct answer *a)
{
	struct page page;

	if (!page_begin(w, c, &page, a)) {
		return;
	}
	rows_each(struct world_oncall, o, &w->oncalls)
	{
		if (w->pagerduty_knobs.ignore_filters ||
		    (is_in_window(w, c, o) && rest_filter(c, "user_ids[]", o->user) &&
		     rest_filter(c, "escalation_policy_ids[]", o->policy) &&
		     rest_filter(c, "schedule_ids[]", o->schedule))) {
			page_add(&page, oncall_json(w, o));
		}
	}
	page_end(w, c, &page, "oncalls", a);
}

static void get_services(struct world *w, const struct call *c, struct answer *a)
{
	struct page page;

	if (!page_begin(w, c, &page, a)) {
		return;
	}
	rows_each(struct world_service, s, &w->services)
	{
		page_add(&page,
			 json_pack("{s:s, s:s, s:s, s:o}", "id", s->id, "type", "service",
				   "name", s->name, "escalation_policy",
				   reference(s->policy, "escalation_policy_reference",
					     "Policy")));
	}
	page_end(w, c, &page, "services", a);
}

static void get_abilities(struct world *w, const struct call *c, struct answer *a)
{
	(void)c;
	a->json = w->pagerduty_knobs.no_abilities
			  ? json_pack("{s:[]}", "abilities")
			  : json_pack("{s:[s,s]}", "abilities", "teams", "urgencies");
}

static const struct rest_route routes[] = {
	{ "abilities", get_abilities },    { "incidents", get_incidents },
	{ "incidents/:id", get_incident }, { "oncalls", get_oncalls },
	{ "services", get_services },      { "users", get_users },
	{ "users/:id", get_user },
};

static void pagerduty_name(const char *method, const char *path, char *dst, size_t size)
{
	rest_name(routes, ARRAY_LEN(routes), method, path, dst, size);
}

static void pagerduty_answer(struct world *w, const struct call *c, struct answer *a)
{
	const struct rest_route *r = rest_find(routes, ARRAY_LEN(routes), c->path);
	char auth[160];
	char want[160];

	snprintf(want, sizeof(want), "Token token=%s", w->pagerduty_key);
	if (!web_header(c->request, "Authorization", auth, sizeof(auth)) ||
	    strcmp(auth, want) != 0) {
		pagerduty_refuse(w, 401, a);
	} else if (!r || strcmp(c->request->method, "GET") != 0) {
		pagerduty_refuse(w, 404, a);
	} else {
		r->handle(w, c, a);
	}
}

const struct vendor vendor_pagerduty = {
	.prefix = "/pagerduty/",
	.name = pagerduty_name,
	.answer = pagerduty_answer,
	.refuse = pagerduty_refuse,
};
