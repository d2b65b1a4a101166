/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands share that look into the ledger: opening it beside a service,
 * finding ids, and printing for people or for programs. */
#ifndef BOT_CLI_LOOK_H
#define BOT_CLI_LOOK_H

#include <jansson.h>

#include "accessd/config.h"
#include "accessd/reader.h"
#include "bot/cli/cli.h"
#include "shared/text.h"

struct look {
	struct config config;
	struct reader *reader;
	bool json; /* asked for, or there is no terminal to print tables on */
};

/* All of these say on stderr what is wrong, and return what to exit with. */

int look_open(const struct cli_options *o, struct look *ret_l);
void look_close(struct look *l);

/* The id of a request by a part of it. */
int look_find(struct look *l, const char *part, char ret_id[ULID_SIZE]);

/* Every grant or request that fits, newest first; `each` returns false to stop. */
struct look_rows {
	bool (*grant)(struct look_rows *rows, const struct grant_row *g);
	bool (*request)(struct look_rows *rows, const struct request_row *r);
};

bool look_grants(struct look *l, const struct grant_filter *by, struct look_rows *rows,
		 struct fail *f);
bool look_requests(struct look *l, const struct request_filter *by,
		   struct look_rows *rows, struct fail *f);

/* "7d", "2026-08-24" or "2026-08-24T10:00:00Z"; NULL is 0: from the first. */
int look_since(const char *when, int64_t *ret_ms);

int look_failed(const struct fail *f);

/* "2026-08-24T10:00:00Z", "-" for 0. */
void look_time(int64_t ms, char dst[TIME_SIZE]);

/* What goes into JSON: a text that is cleaned of what is not UTF-8, NULL for ""; a time,
 * NULL for 0. */
json_t *look_json_text(const char *s);
json_t *look_json_time(int64_t ms);

/* One object, one line, in ASCII: no text in it can reach the terminal. Takes it over. */
void look_print(json_t *o);

/* "name      text", text made safe; nothing for "". */
void look_line(const char *name, const char *text);

#endif
