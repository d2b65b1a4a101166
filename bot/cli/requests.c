/* SPDX-License-Identifier: Apache-2.0 */
/* accessd requests: who asked for what, and what was said. */
#include <stdio.h>

#include "bot/cli/look.h"
#include "bot/cli/rows.h"
#include "bot/cli/table.h"
#include "shared/duration.h"

static const char *const columns[] = { "ID",       "STATE", "ASKED",    "PERSON",
				       "RESOURCE", "FOR",   "INCIDENT", "REASON" };

struct requests {
	struct look_rows rows;
	struct look look;
	struct table table;
};

static bool print_row(struct look_rows *rows, const struct request_row *r)
{
	struct requests *all = container_of(rows, struct requests, rows);
	struct table *t = &all->table;
	char for_text[DURATION_SIZE] = "";

	if (all->look.json) {
		look_print(rows_request(r));
		return !ferror(stdout);
	}
	if (r->for_s > 0) {
		duration_format(r->for_s, for_text);
	}
	table_cell(t, r->id);
	table_cell(t, request_state_word(r->state));
	table_time(t, r->asked_ms);
	table_cell(t, r->user);
	table_cell(t, r->resource);
	table_cell(t, for_text);
	table_cell(t, r->incident);
	table_cell(t, r->reason);
	return !ferror(stdout);
}

static int state_read(const char *word, enum request_state *ret_s)
{
	*ret_s = word ? request_state_parse(word) : REQUEST_STATE_MAX;
	if (!word || *ret_s < REQUEST_STATE_MAX) {
		return CLI_OK;
	}
	fprintf(stderr, "accessd: no request has such a state\nHINT: states are");
	for (unsigned s = 0; s < REQUEST_STATE_MAX; s++) {
		fprintf(stderr, "%s %s", s > 0 ? "," : "",
			request_state_word((enum request_state)s));
	}
	fprintf(stderr, ".\n");
	return CLI_USAGE;
}

int cli_requests(const struct cli_options *o)
{
	static struct requests all = { .rows.request = print_row };
	struct request_filter by = { 0 };
	struct fail f = { 0 };
	int rc = look_since(o->since, &by.since_ms);

	rc = rc == CLI_OK ? state_read(o->state, &by.state) : rc;
	rc = rc == CLI_OK ? look_open(o, &all.look) : rc;
	if (rc != CLI_OK) {
		return rc;
	}
	table_init(&all.table, columns, ARRAY_LEN(columns));
	rc = look_requests(&all.look, &by, &all.rows, &f) ? CLI_OK : look_failed(&f);
	table_finish(&all.table, !all.look.json);
	look_close(&all.look);
	return rc;
}
