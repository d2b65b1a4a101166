/* SPDX-License-Identifier: Apache-2.0 */
/* accessd show ID: a request, the grant that it became, and what happened to them. */
#include <stdio.h>
#include <string.h>

#include "bot/cli/look.h"
#include "bot/cli/rows.h"
#include "bot/cli/table.h"
#include "shared/duration.h"
#include "shared/jx.h"

static const char *const columns[] = { "WHEN", "WHAT", "FROM", "TO", "BECAUSE" };

struct show {
	struct reader_walk walk;
	struct look look;
	struct request_row request;
	struct grant_row grant;
	bool granted;
	struct table table;
	json_t *history;
};

static json_t *data_of(const struct audit_row *r)
{
	struct fail f;
	json_t *o = NULL;

	jx_parse_object(r->data, strlen(r->data), &o, &f);
	return o ? o : json_object();
}

/* Why a row is there, as far as its data says it. */
static const char *because(const json_t *data)
{
	static const char *const names[] = { "why", "cause", "what" };
	const json_t *trace = rows_trace(data);

	if (trace) {
		return jx_str(trace, "why");
	}
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (*jx_str(data, names[i])) {
			return jx_str(data, names[i]);
		}
	}
	return "";
}

static void history_add(struct show *s, const struct audit_row *r, const json_t *data)
{
	json_t *o = json_object();

	json_object_set_new(o, "seq", json_integer(r->seq));
	json_object_set_new(o, "at", look_json_time(r->at_ms));
	json_object_set_new(o, "subject", look_json_text(r->subject));
	json_object_set_new(o, "from", look_json_text(r->from));
	json_object_set_new(o, "to", look_json_text(r->to));
	json_object_set_new(o, "because", look_json_text(because(data)));
	json_array_append_new(s->history, o);
}

static bool each_row(struct reader_walk *w, const struct audit_row *r)
{
	struct show *s = container_of(w, struct show, walk);
	json_t *data;

	if (strcmp(r->subject_id, s->request.id) != 0) {
		return true;
	}
	data = data_of(r);
	if (s->look.json) {
		history_add(s, r, data);
	} else {
		table_time(&s->table, r->at_ms);
		table_cell(&s->table, r->subject);
		table_cell(&s->table, r->from);
		table_cell(&s->table, r->to);
		table_cell(&s->table, because(data));
	}
	json_decref(data);
	return true;
}

static void line_time(const char *name, int64_t ms)
{
	char text[TIME_SIZE];

	look_time(ms, text);
	look_line(name, ms > 0 ? text : "");
}

static void print_request(const struct request_row *r)
{
	char for_text[DURATION_SIZE] = "";

	if (r->for_s > 0) {
		duration_format(r->for_s, for_text);
	}
	look_line("request", r->id);
	look_line("state", request_state_word(r->state));
	look_line("person", r->user);
	look_line("resource", r->resource);
	look_line("for", for_text);
	look_line("incident", r->incident);
	look_line("reason", r->reason);
	look_line("channel", r->channel);
	line_time("asked", r->asked_ms);
	line_time("decided", r->decided_ms);
	look_line("policy", r->policy);
}

static void print_grant(const struct grant_row *g)
{
	char ended_by[CAUSE_SIZE + VENDOR_ID_SIZE + 4];

	rows_ended_by(g, ended_by, sizeof(ended_by));
	look_line("grant", grant_state_word(g->state));
	look_line("why", g->evidence);
	look_line("bound to", rows_incident(g));
	line_time("starts", g->starts_ms);
	line_time("active", g->active_ms);
	line_time("lost", g->lost_ms);
	line_time("expires", g->expires_ms);
	line_time("ended", g->ended_ms);
	look_line("ended by", ended_by);
	look_line("target", g->provisioner);
}

/* The walk ends a day behind the last that can have happened to it. */
static int64_t last_ms(const struct show *s)
{
	if (s->granted) {
		return s->grant.ended_ms;
	}
	return s->request.decided_ms;
}

static int print_all(struct show *s)
{
	struct fail f = { 0 };
	bool ok;

	s->walk.since_ms = s->request.asked_ms;
	s->walk.until_ms = last_ms(s);
	s->walk.each = each_row;
	if (s->look.json) {
		s->history = json_array();
	} else {
		print_request(&s->request);
		if (s->granted) {
			print_grant(&s->grant);
		}
		putchar('\n');
		table_init(&s->table, columns, ARRAY_LEN(columns));
	}
	ok = reader_walk(s->look.reader, &s->walk, &f);
	if (s->look.json) {
		json_t *o = rows_request(&s->request);

		json_object_set_new(o, "grant",
				    s->granted ? rows_grant(&s->grant) : json_null());
		json_object_set_new(o, "history", s->history);
		look_print(o);
	} else {
		table_finish(&s->table, true);
	}
	return ok ? CLI_OK : look_failed(&f);
}

int cli_show(const struct cli_options *o)
{
	static struct show s;
	struct fail f = { 0 };
	char id[ULID_SIZE];
	int rc = look_open(o, &s.look);

	if (rc != CLI_OK) {
		return rc;
	}
	rc = look_find(&s.look, o->words[0], id);
	if (rc == CLI_OK && !reader_request(s.look.reader, id, &s.request, &f)) {
		rc = look_failed(&f);
	}
	if (rc == CLI_OK) {
		s.granted = reader_grant(s.look.reader, id, &s.grant, &f);
		rc = s.granted || f.kind == FAIL_NOT_FOUND ? print_all(&s)
							   : look_failed(&f);
	}
	look_close(&s.look);
	return rc;
}
