/* SPDX-License-Identifier: Apache-2.0 */
/* Grants are ended by people: given back by their holder, or taken back by an admin or the
 * operator, one or many.
 *
 * Of two who end the same grant, the ledger lets one: the other hears that it has ended
 * already. */
#include "accessd/approver.h"

#include <stdio.h>

#include "approver/deed.h"
#include "approver/end.h"
#include "approver/grant.h"
#include "shared/log.h"
#include "shared/text.h"
#include "shared/ulid.h"

/* What one page of grants needs to be ended; the rows are the job's. */
struct end {
	struct deed_job *job;
	const char *cause;
	char why[CAUSE_SIZE];
	bool one; /* it must be exactly one grant */
	char last[ULID_SIZE];
	char resource[NAME_SIZE]; /* of the first */
	size_t moving;
	size_t late; /* others were quicker */
	struct fail failed;
	struct one {
		struct grant_move move;
		struct end *end;
	} moves[DEED_ROWS];
};

static void find_more(struct deed_job *j);

/* --- what they are told ---------------------------------------------------------- */

/* The freeze that it came with is on, whatever becomes of the ends. */
static const char *frozen(const struct deed_job *j)
{
	return j->d->revoke_all ? "Frozen. " : "";
}

static void end_failed(struct deed_job *j)
{
	const struct end *e = j->more;
	const struct fail f = e->failed; /* e is gone before it is read */

	if (j->d->n == 0 && !j->d->revoke_all) {
		deed_end_unrecorded(j, &f);
		return;
	}
	log_error("deed.unrecorded", LOG_T("by", deed_by(j)),
		  LOG_N("ended", (int64_t)j->d->n), LOG_F(&f), LOG_T("then", "said-so"));
	deed_end(j, f.kind,
		 "%s%zu grant%s ended, but not all: the rest could not be recorded "
		 "(%.200s). Do it again in a minute.",
		 frozen(j), j->d->n, j->d->n == 1 ? " is" : "s are", f.msg);
}

static void end_none(struct deed_job *j)
{
	const struct end *e = j->more;

	if (e->late > 0 && e->last[0]) {
		deed_end_late(j, e->last);
	} else if (*j->d->target) {
		deed_end(j, FAIL_NOT_FOUND, "Nobody holds anything called '%.60s'.",
			 j->d->target);
	} else if (j->d->person || j->d->resource || j->d->incident) {
		deed_end(j, FAIL_NONE,
			 "Nothing that fits is held: case counts in names and ids.");
	} else {
		deed_end(j, FAIL_NONE, "%sNothing was held.", frozen(j));
	}
}

static void end_done(struct deed_job *j)
{
	const struct end *e = j->more;

	if (e->failed.kind != FAIL_NONE) {
		end_failed(j);
	} else if (j->d->n == 0) {
		end_none(j);
	} else if (j->d->n == 1) {
		deed_end(j, FAIL_NONE, "%sDone: %s is ended.", frozen(j), e->resource);
	} else {
		deed_end(j, FAIL_NONE, "%sDone: %zu grants are ended.", frozen(j),
			 j->d->n);
	}
}

/* --- moving them ------------------------------------------------------------------ */

static void page_done(struct deed_job *j)
{
	struct end *e = j->more;

	if (j->n == DEED_ROWS && !e->one && e->failed.kind == FAIL_NONE &&
	    !j->a->closing) {
		find_more(j);
		return;
	}
	end_done(j);
}

static void on_moved(struct grant_move *m, const struct fail *f)
{
	struct end *e = container_of(m, struct one, move)->end;
	struct deed_job *j = e->job;

	if (f->kind == FAIL_NONE) {
		if (j->d->n++ == 0) {
			text_copy(e->resource, sizeof(e->resource), m->row.resource);
		}
	} else if (f->kind == FAIL_CONFLICT) {
		e->late++;
	} else {
		e->failed = *f;
	}
	if (--e->moving == 0) {
		page_done(j);
	}
}

static void page_move(struct deed_job *j)
{
	struct end *e = j->more;

	e->moving = j->n;
	text_copy(e->last, sizeof(e->last), j->rows[j->n - 1].id);
	for (size_t i = 0; i < j->n; i++) {
		e->moves[i].end = e;
		e->moves[i].move = (struct grant_move){ .a = j->a,
							.row = j->rows[i],
							.cause = e->cause,
							.why = e->why,
							.by = deed_by(j),
							.cb = on_moved };
		grant_move(&e->moves[i].move, GRANT_REVOKING);
	}
}

static void on_page(struct deed_job *j)
{
	if (j->n == 0) {
		end_done(j);
		return;
	}
	page_move(j);
}

static void find_more(struct deed_job *j)
{
	const struct end *e = j->more;

	deed_find(j, e->last, on_page);
}

/* --- release ---------------------------------------------------------------------- */

static void release(struct deed_job *j)
{
	struct end *e = j->more;

	e->job = j;
	e->cause = "released";
	text_copy(e->why, sizeof(e->why), j->d->why);
	e->one = true;
	deed_find_own(j, on_page);
}

void approver_release(struct approver *a, struct deed *d)
{
	deed_start(a, d, false, sizeof(struct end), release);
}

/* --- revoke ------------------------------------------------------------------------ */

/* Part of an id must mean one; a resource or an incident means all of it. */
static bool is_ambiguous(const struct deed_job *j)
{
	for (size_t i = 0; j->n > 1 && i < j->n; i++) {
		const struct grant_row *g = &j->rows[i];

		if (!text_same(g->resource, j->d->target) &&
		    !text_same(g->incident_id, j->d->target) &&
		    !text_same(g->incident_ref, j->d->target)) {
			return true;
		}
	}
	return false;
}

static void on_first_page(struct deed_job *j)
{
	if (j->n == 0 && ulid_is(j->d->target)) {
		deed_end_late(j, j->d->target);
	} else if (*j->d->target && is_ambiguous(j)) {
		deed_end(j, FAIL_NOT_FOUND,
			 "'%.60s' is several: %s and %s, for example. Write more of the "
			 "id.",
			 j->d->target, j->rows[0].id, j->rows[1].id);
	} else {
		on_page(j);
	}
}

void end_all(struct deed_job *j)
{
	struct end *e = j->more;
	const struct deed *d = j->d;

	e->job = j;
	e->cause = "revoked";
	text_copy(e->why, sizeof(e->why), d->why);
	j->filter = (struct live_filter){ .team = d->team,
					  .user = d->person,
					  .resource = d->resource,
					  .incident = d->incident,
					  .target = d->target };
	deed_find(j, "", on_first_page);
}

size_t end_all_size(void)
{
	return sizeof(struct end);
}

void approver_revoke(struct approver *a, struct deed *d)
{
	deed_start(a, d, true, sizeof(struct end), end_all);
}
