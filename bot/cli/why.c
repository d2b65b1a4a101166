/* SPDX-License-Identifier: Apache-2.0 */
/* accessd why ID: the trace that was kept with the decision, check by check. */
#include <stdio.h>
#include <string.h>

#include "bot/cli/look.h"
#include "bot/cli/rows.h"
#include "bot/cli/table.h"
#include "shared/duration.h"
#include "shared/jx.h"

static const char *const columns[] = { "OK",  "CHECK",  "FOUND",   "WANTED",
				       "AGE", "POLICY", "INCIDENT" };

struct why {
	struct reader_walk walk;
	struct look look;
	struct request_row request;
	json_t *data; /* of the row of the decision, or NULL */
};

static bool each_row(struct reader_walk *w, const struct audit_row *r)
{
	struct why *y = container_of(w, struct why, walk);
	struct fail f;

	if (strcmp(r->subject_id, y->request.id) != 0 ||
	    strcmp(r->subject, "request") != 0 ||
	    !request_state_decided(request_state_parse(r->to))) {
		return true;
	}
	jx_parse_object(r->data, strlen(r->data), &y->data, &f);
	return false;
}

static void print_check(struct table *t, const json_t *line)
{
	char age[DURATION_SIZE] = "";
	char policy[NAME_SIZE + 16];
	const json_t *condition = json_object_get(line, "condition");

	if (json_object_get(line, "age_ms")) {
		duration_format(jx_int(line, "age_ms") / 1000, age);
	}
	snprintf(policy, sizeof(policy), "%s", jx_str(line, "policy"));
	if (json_is_integer(condition)) {
		snprintf(policy, sizeof(policy), "%.127s #%d", jx_str(line, "policy"),
			 (int)json_integer_value(condition) + 1);
	}
	table_cell(t, jx_bool(line, "ok") ? "ok" : "no");
	table_cell(t, jx_str(line, "check"));
	table_cell(t, jx_str(line, "found"));
	table_cell(t, jx_str(line, "wanted"));
	table_cell(t, age);
	table_cell(t, policy);
	table_cell(t, jx_str(line, "incident"));
}

static void print_provider(const json_t *trace, const char *key)
{
	const json_t *of = jx_obj(trace, key);
	char age[DURATION_SIZE];
	char text[CAUSE_SIZE];

	if (!of) {
		return;
	}
	duration_format(jx_int(of, "age_ms") / 1000, age);
	if (*jx_str(of, "failed")) {
		snprintf(text, sizeof(text), "failed: %s", jx_str(of, "failed"));
	} else {
		snprintf(text, sizeof(text),
			 "%d live incident%s, %s old; the person is %s",
			 (int)jx_int(of, "incidents"),
			 jx_int(of, "incidents") == 1 ? "" : "s", age,
			 *jx_str(of, "user") ? jx_str(of, "user") : "not known there");
	}
	look_line(key, text);
}

static void print_trace(const struct why *y, const json_t *trace)
{
	struct table t;
	size_t i;
	json_t *line;

	look_line("request", y->request.id);
	look_line("decided", request_state_word(y->request.state));
	look_line("about", jx_str(trace, "person"));
	look_line("verdict", jx_str(trace, "verdict"));
	look_line("policy", jx_str(trace, "policy"));
	look_line("because", jx_str(trace, "why"));
	print_provider(trace, "incidentio");
	print_provider(trace, "pagerduty");
	putchar('\n');
	table_init(&t, columns, ARRAY_LEN(columns));
	json_array_foreach (jx_arr(trace, "checks"), i, line) {
		print_check(&t, line);
	}
	table_finish(&t, true);
	if (jx_bool(trace, "cut")) {
		printf("There were more checks than are kept.\n");
	}
}

static int print_all(struct why *y)
{
	const json_t *trace = y->data ? rows_trace(y->data) : NULL;

	if (!trace) {
		fprintf(stderr, "accessd: request '%s' is %s: there is no trace of it\n",
			y->request.id, request_state_word(y->request.state));
		return CLI_UNKNOWN;
	}
	if (y->look.json) {
		json_t *o = rows_request(&y->request);

		json_object_set(o, "trace", json_object_get(y->data, "trace"));
		look_print(o);
	} else {
		print_trace(y, trace);
	}
	return CLI_OK;
}

int cli_why(const struct cli_options *o)
{
	static struct why y;
	struct fail f = { 0 };
	char id[ULID_SIZE];
	int rc = look_open(o, &y.look);

	if (rc != CLI_OK) {
		return rc;
	}
	rc = look_find(&y.look, o->words[0], id);
	if (rc == CLI_OK) {
		y.walk.each = each_row;
		if (reader_request(y.look.reader, id, &y.request, &f)) {
			y.walk.since_ms = y.request.asked_ms;
		}
		if (f.kind != FAIL_NONE || !reader_walk(y.look.reader, &y.walk, &f)) {
			rc = look_failed(&f);
		}
	}
	rc = rc == CLI_OK ? print_all(&y) : rc;
	json_decref(y.data);
	look_close(&y.look);
	return rc;
}
