/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's rows as JSON, the same wherever one is printed. */
#ifndef BOT_CLI_ROWS_H
#define BOT_CLI_ROWS_H

#include <jansson.h>

#include "accessd/record.h"

/* Never with reply_url: that is a way to speak in somebody's channel. */
json_t *rows_request(const struct request_row *r);
json_t *rows_grant(const struct grant_row *g);

/* How it ended, in words: "The time is up", "Released (U0ANA0001)"; "" while it lives. */
void rows_ended_by(const struct grant_row *g, char *dst, size_t size);

/* The trace of a decision within an audit row's data: one, or the first of several that did
 * not pass, which is the one that decided. NULL: there is none. */
const json_t *rows_trace(const json_t *data);

/* What an incident may be called here: by its id when it is private. */
const char *rows_incident(const struct grant_row *g);

#endif
