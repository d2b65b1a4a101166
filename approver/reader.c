/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger from outside: a driver's reader, one transaction per question, so that no
 * answer that is slowly looked at holds up the service. */
#include "accessd/reader.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "approver/reader.h"
#include "shared/text.h"

enum {
	WALK_ROWS = 256,
	AMBIGUOUS = 4,
	CLOCK_SLACK_MS = 24 * 3600 * 1000, /* how far the wall clock may have jumped */
};

/* --- opening and reading --------------------------------------------------------- */

bool reader_open(const char *url, struct reader **ret_r, struct fail *f)
{
	struct reader *r = calloc(1, sizeof(*r));
	const char *where;

	if (!r) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	r->driver = store_driver_find(url, &where, f);
	if (r->driver && !r->driver->open_read) {
		r->driver = NULL;
		fail_set(f, FAIL_INVALID, "a ledger in memory cannot be looked at");
		fail_hint(f, "name a ledger in a file with `ledger` in the config.");
	}
	if (!r->driver || !r->driver->open_read(where, &r->db, f)) {
		fail_wrap(f, "cannot read the ledger '%.100s'", url);
		free(r);
		return false;
	}
	text_copy(r->where, sizeof(r->where), where);
	*ret_r = r;
	return true;
}

void reader_close(struct reader *r)
{
	if (r) {
		r->driver->close(r->db);
		free(r);
	}
}

bool reader_read(struct reader *r, struct store_op *op, struct fail *f)
{
	struct fail end;
	bool ok;

	if (!r->driver->begin(r->db, f)) {
		return false;
	}
	ok = r->driver->apply(r->db, op, f);
	r->driver->commit(r->db, &end); /* nothing was written */
	return ok;
}

/* --- ids ------------------------------------------------------------------------- */

static bool part_clean(const char *part, char dst[ULID_SIZE])
{
	size_t n = strlen(part);

	if (n == 0 || n >= ULID_SIZE) {
		return false;
	}
	for (size_t i = 0; i <= n; i++) {
		if (part[i] && !isalnum((unsigned char)part[i])) {
			return false;
		}
		dst[i] = (char)toupper((unsigned char)part[i]);
	}
	return true;
}

static bool ambiguous(const char *part, char (*ids)[ULID_SIZE], size_t n, struct fail *f)
{
	fail_set(f, FAIL_NOT_FOUND, "'%s' may be %s, %s%s", part, ids[0], ids[1],
		 n > 2 ? " and others" : "");
	return fail_hint(f, "write more of it, from its beginning or up to its end.");
}

bool reader_find(struct reader *r, const char *part, char ret_id[ULID_SIZE],
		 struct fail *f)
{
	char clean[ULID_SIZE];
	char ids[AMBIGUOUS][ULID_SIZE];
	struct store_op op = { .kind = STORE_IDS_FIND };

	if (!part_clean(part, clean)) {
		fail_set(f, FAIL_NOT_FOUND, "that is no id, nor a part of one");
		return fail_hint(f,
				 "an id is 26 letters and digits, as messages show it.");
	}
	op.ids_find.part = clean;
	op.ids_find.ids = ids;
	op.ids_find.max = AMBIGUOUS;
	if (!reader_read(r, &op, f)) {
		return false;
	}
	if (op.ids_find.n > 1) {
		return ambiguous(clean, ids, op.ids_find.n, f);
	}
	if (op.ids_find.n == 0) {
		return fail_set(f, FAIL_NOT_FOUND, "the ledger has no request '%s'",
				clean);
	}
	text_copy(ret_id, ULID_SIZE, ids[0]);
	return true;
}

bool reader_request(struct reader *r, const char *id, struct request_row *ret_row,
		    struct fail *f)
{
	struct store_op op = { .kind = STORE_REQUEST_GET };

	text_copy(op.request_get.id, ULID_SIZE, id);
	op.request_get.row = ret_row;
	if (!reader_read(r, &op, f)) {
		return false;
	}
	if (!op.request_get.found) {
		return fail_set(f, FAIL_NOT_FOUND, "the ledger has no request '%s'", id);
	}
	return true;
}

bool reader_grant(struct reader *r, const char *id, struct grant_row *ret_g,
		  struct fail *f)
{
	struct store_op op = { .kind = STORE_GRANT_GET };

	text_copy(op.grant_get.id, ULID_SIZE, id);
	op.grant_get.row = ret_g;
	if (!reader_read(r, &op, f)) {
		return false;
	}
	if (!op.grant_get.found) {
		return fail_set(f, FAIL_NOT_FOUND, "the ledger has no grant '%s'", id);
	}
	return true;
}

/* --- the audit ------------------------------------------------------------------- */

/* When row `seq`, or the next there is, was written; INT64_MAX behind the last. */
static bool time_at(struct reader *r, int64_t seq, int64_t *ret_ms, struct fail *f)
{
	struct audit_row row;
	struct store_op op = { .kind = STORE_AUDIT_ROWS };

	op.audit_rows.after = seq - 1;
	op.audit_rows.rows = &row;
	op.audit_rows.max = 1;
	if (!reader_read(r, &op, f)) {
		return false;
	}
	*ret_ms = op.audit_rows.n > 0 ? row.at_ms : INT64_MAX;
	store_rows_free(&op);
	return true;
}

/* The row behind which to begin. Rows are in the order of time but for jumps of the clock,
 * which is what the slack is for. */
static bool walk_start(struct reader *r, int64_t since_ms, int64_t *ret_after,
		       struct fail *f)
{
	int64_t want_ms = since_ms - CLOCK_SLACK_MS;
	int64_t low = 1; /* the first that may be in time is from low to high */
	int64_t high = (int64_t)1 << 40;

	while (low < high) {
		int64_t middle = low + (high - low) / 2;
		int64_t at_ms;

		if (!time_at(r, middle, &at_ms, f)) {
			return false;
		}
		if (at_ms >= want_ms) {
			high = middle;
		} else {
			low = middle + 1;
		}
	}
	*ret_after = low - 1;
	return true;
}

static bool is_beyond(const struct reader_walk *w, const struct audit_row *row)
{
	return w->until_ms > 0 && row->at_ms - w->until_ms > CLOCK_SLACK_MS;
}

static bool walk_page(struct reader *r, struct reader_walk *w, struct store_op *op,
		      bool *ret_more, struct fail *f)
{
	if (!reader_read(r, op, f)) {
		return false;
	}
	*ret_more = op->audit_rows.n > 0;
	for (size_t i = 0; i < op->audit_rows.n && *ret_more; i++) {
		op->audit_rows.after = op->audit_rows.rows[i].seq;
		*ret_more = !is_beyond(w, &op->audit_rows.rows[i]) &&
			    w->each(w, &op->audit_rows.rows[i]);
	}
	store_rows_free(op);
	return true;
}

bool reader_walk(struct reader *r, struct reader_walk *w, struct fail *f)
{
	struct store_op op = { .kind = STORE_AUDIT_ROWS };
	bool more = true;
	bool ok = true;

	op.audit_rows.after = INT64_MIN; /* no row has such a number; a forger's might */
	if (w->since_ms > 0 && !walk_start(r, w->since_ms, &op.audit_rows.after, f)) {
		return false;
	}
	op.audit_rows.rows = calloc(WALK_ROWS, sizeof(struct audit_row));
	op.audit_rows.max = WALK_ROWS;
	if (!op.audit_rows.rows) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	while (ok && more) {
		ok = walk_page(r, w, &op, &more, f);
	}
	free(op.audit_rows.rows);
	return ok;
}
