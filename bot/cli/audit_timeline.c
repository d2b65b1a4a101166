/* SPDX-License-Identifier: Apache-2.0 */
/* accessd audit timeline INCIDENT: who had what, why, until when and how it ended, in order,
 * to be pasted into a post-mortem. Whoever was refused in that incident's name is in it,
 * too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/cli/look.h"
#include "bot/cli/rows.h"
#include "bot/cli/table.h"

enum { PAGE = 64, EVENTS_MAX = 10000 };

static const char *const columns[] = { "TIME",  "PERSON", "WHAT",     "UNTIL",
				       "ENDED", "WHY",    "ENDED BY", "ID" };

struct event {
	int64_t at_ms;
	bool granted;
	struct grant_row grant; /* of a denial: as much as there is */
};

struct timeline {
	struct look_rows rows;
	struct look look;
	struct event *events;
	size_t n, room;
	struct fail fail;
};

static struct event *event_add(struct timeline *t)
{
	if (t->n == EVENTS_MAX) {
		fail_set(&t->fail, FAIL_INVALID, "that is more than %d events",
			 EVENTS_MAX);
		return NULL;
	}
	if (t->n == t->room) {
		size_t room = t->room > 0 ? 2 * t->room : PAGE;
		struct event *more = realloc(t->events, room * sizeof(*more));

		if (!more) {
			fail_set(&t->fail, FAIL_INTERNAL, "out of memory");
			return NULL;
		}
		t->events = more;
		t->room = room;
	}
	t->events[t->n] = (struct event){ 0 };
	return &t->events[t->n++];
}

static bool each_grant(struct look_rows *rows, const struct grant_row *g)
{
	struct event *e = event_add(container_of(rows, struct timeline, rows));

	if (e) {
		*e = (struct event){ g->starts_ms, true, *g };
	}
	return e != NULL;
}

static bool each_denial(struct look_rows *rows, const struct request_row *r)
{
	struct event *e = event_add(container_of(rows, struct timeline, rows));

	if (e) {
		e->at_ms = r->decided_ms;
		text_copy(e->grant.id, sizeof(e->grant.id), r->id);
		text_copy(e->grant.user, sizeof(e->grant.user), r->user);
		text_copy(e->grant.resource, sizeof(e->grant.resource), r->resource);
	}
	return e != NULL;
}

static bool events_read(struct timeline *t, const char *incident)
{
	struct request_filter denied = { .state = REQUEST_DENIED };
	struct grant_filter had = { 0 };

	t->rows.grant = each_grant;
	t->rows.request = each_denial;
	text_copy(denied.incident, sizeof(denied.incident), incident);
	text_copy(had.incident, sizeof(had.incident), incident);
	return look_grants(&t->look, &had, &t->rows, &t->fail) &&
	       look_requests(&t->look, &denied, &t->rows, &t->fail) &&
	       t->fail.kind == FAIL_NONE;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a;
	const struct event *y = b;
	int order = (x->at_ms > y->at_ms) - (x->at_ms < y->at_ms);

	return order != 0 ? order : strcmp(x->grant.id, y->grant.id);
}

static void print_json(const struct event *e)
{
	json_t *o = rows_grant(&e->grant);

	if (!e->granted) {
		json_decref(o);
		o = json_pack("{s:o, s:o, s:o, s:o}", "id", look_json_text(e->grant.id),
			      "person", look_json_text(e->grant.user), "resource",
			      look_json_text(e->grant.resource), "denied",
			      look_json_time(e->at_ms));
	}
	look_print(o);
}

/* What is not plainly "had it, or has it". */
static const char *remark(const struct event *e)
{
	static const char *const remarks[GRANT_STATE_MAX] = {
		[GRANT_GRANTING] = " (granting)",
		[GRANT_REVOKING] = " (revoking)",
		[GRANT_FAILED] = " (failed)",
	};
	const char *text = remarks[e->grant.state];

	return !e->granted ? " (not granted)" : text ? text : "";
}

static void print_event(struct table *t, const struct event *e)
{
	char what[NAME_SIZE + 32];
	char ended_by[CAUSE_SIZE + VENDOR_ID_SIZE + 4];

	rows_ended_by(&e->grant, ended_by, sizeof(ended_by));

	snprintf(what, sizeof(what), "%s%s", e->grant.resource, remark(e));
	table_time(t, e->at_ms);
	table_cell(t, e->grant.user);
	table_cell(t, what);
	table_time(t, e->grant.expires_ms);
	table_time(t, e->grant.ended_ms);
	table_cell(t, e->grant.evidence);
	table_cell(t, ended_by);
	table_cell(t, e->grant.id);
}

static void print_all(struct timeline *t)
{
	struct table table;

	qsort(t->events, t->n, sizeof(*t->events), by_time);
	table_init(&table, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < t->n; i++) {
		t->look.json ? print_json(&t->events[i])
			     : print_event(&table, &t->events[i]);
	}
	table_finish(&table, !t->look.json);
}

int cli_audit_timeline(const struct cli_options *o)
{
	static struct timeline t;
	int rc = look_open(o, &t.look);

	if (rc != CLI_OK) {
		return rc;
	}
	if (!events_read(&t, o->words[0])) {
		rc = look_failed(&t.fail);
	} else if (t.n == 0) {
		fail_set(&t.fail, FAIL_NOT_FOUND,
			 "the ledger knows nothing of that incident");
		fail_hint(&t.fail, "write it as messages do, such as INC-204; a private "
				   "one by its id.");
		rc = look_failed(&t.fail);
	} else {
		print_all(&t);
	}
	free(t.events);
	look_close(&t.look);
	return rc;
}
