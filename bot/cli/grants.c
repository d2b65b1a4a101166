/* SPDX-License-Identifier: Apache-2.0 */
/* accessd grants: who has what, until when; with --all, also who had. */
#include <stdio.h>

#include "bot/cli/look.h"
#include "bot/cli/rows.h"
#include "bot/cli/table.h"

static const char *const columns[] = { "ID",    "STATE",    "PERSON", "RESOURCE", "UNTIL",
				       "ENDED", "INCIDENT", "WHY",    "ENDED BY" };

struct grants {
	struct look_rows rows;
	struct look look;
	struct table table;
};

static bool print_row(struct look_rows *rows, const struct grant_row *g)
{
	struct grants *all = container_of(rows, struct grants, rows);
	struct table *t = &all->table;
	char ended_by[CAUSE_SIZE + VENDOR_ID_SIZE + 4];

	if (all->look.json) {
		look_print(rows_grant(g));
		return !ferror(stdout);
	}
	rows_ended_by(g, ended_by, sizeof(ended_by));
	table_cell(t, g->id);
	table_cell(t, grant_state_word(g->state));
	table_cell(t, g->user);
	table_cell(t, g->resource);
	table_time(t, g->expires_ms);
	table_time(t, g->ended_ms);
	table_cell(t, rows_incident(g));
	table_cell(t, g->evidence);
	table_cell(t, ended_by);
	return !ferror(stdout);
}

int cli_grants(const struct cli_options *o)
{
	static struct grants all = { .rows.grant = print_row };
	struct grant_filter by = { .live = !o->all };
	struct fail f = { 0 };
	int rc = look_open(o, &all.look);

	if (rc != CLI_OK) {
		return rc;
	}
	text_copy(by.user, sizeof(by.user), o->person);
	text_copy(by.resource, sizeof(by.resource), o->resource);
	text_copy(by.incident, sizeof(by.incident), o->incident);
	table_init(&all.table, columns, ARRAY_LEN(columns));
	rc = look_grants(&all.look, &by, &all.rows, &f) ? CLI_OK : look_failed(&f);
	table_finish(&all.table, !all.look.json);
	look_close(&all.look);
	return rc;
}
