/* SPDX-License-Identifier: Apache-2.0 */
/* From a deed to what is known of it: the person is asked about, grants are found; and the
 * answer. */
#include "approver/deed.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/duration.h"
#include "shared/log.h"
#include "shared/text.h"
#include "shared/ulid.h"

static const char operator_name[] = "operator";

/* --- life ------------------------------------------------------------------------ */

static void destroy(struct deed_job *j)
{
	if (j->prev) {
		j->prev->next = j->next;
	} else {
		j->a->deeds = j->next;
	}
	if (j->next) {
		j->next->prev = j->prev;
	}
	actor_check_cancel(&j->actor);
	free(j->more);
	free(j);
}

static void answer(struct deed_job *j, const struct fail *f)
{
	struct deed *d = j->d;

	destroy(j);
	d->job = NULL;
	d->cb(d, f);
}

void deed_end(struct deed_job *j, enum fail_kind kind, const char *fmt, ...)
{
	struct fail f = { 0 };
	va_list args;

	va_start(args, fmt);
	vsnprintf(j->d->said, sizeof(j->d->said), fmt, args);
	va_end(args);
	if (kind != FAIL_NONE) {
		fail_set(&f, kind, "%.200s", j->d->said);
	}
	answer(j, &f);
}

void deed_end_unrecorded(struct deed_job *j, const struct fail *f)
{
	log_error("deed.unrecorded", LOG_T("by", deed_by(j)), LOG_F(f),
		  LOG_T("then", "said-so"));
	deed_end(j, f->kind,
		 "Nothing was changed, as far as is known: it could not be recorded "
		 "(%.200s). Try again in a minute.",
		 f->msg);
}

void deeds_close(struct approver *a)
{
	while (a->deeds) {
		struct deed_job *j = a->deeds;

		if (j->cancel) {
			j->cancel(j);
		}
		deed_end(j, FAIL_CANCELLED, "The service is being stopped.");
	}
}

/* --- who ------------------------------------------------------------------------- */

const char *deed_by(const struct deed_job *j)
{
	return *j->d->user ? j->d->user : operator_name;
}

/* "you are a guest in this Slack workspace" as a sentence. */
static void end_as_nobody(struct deed_job *j, const struct fail *f)
{
	char first = f->msg[0];

	if (first >= 'a' && first <= 'z') {
		first = (char)(first - 'a' + 'A');
	}
	deed_end(j, f->kind, "%c%s, so nothing was changed.", first ? first : '?',
		 first ? f->msg + 1 : "");
}

static void on_actor(struct actor_check *c, const struct fail *f)
{
	struct deed_job *j = container_of(c, struct deed_job, actor);

	if (f->kind != FAIL_NONE) {
		log_warn("deed.refused", LOG_T("user", j->d->user), LOG_F(f));
		end_as_nobody(j, f);
	} else if (c->want_admin && !c->admin) {
		log_warn("deed.refused", LOG_T("user", j->d->user),
			 LOG_T("why", "not an admin"));
		deed_end(j, FAIL_DENIED,
			 "Only admins of accessd may do that. What you hold yourself you "
			 "can release.");
	} else {
		j->then(j);
	}
}

/* The operator needs nobody's leave; but a callback never fires from within the start. */
static void on_nothing(struct store_op *op, const struct fail *f)
{
	struct deed_job *j = container_of(op, struct deed_job, op);

	if (!service_ledger(j->a, f)) {
		deed_end_unrecorded(j, f);
		return;
	}
	j->then(j);
}

static void trust(struct deed_job *j)
{
	j->op = (struct store_op){ .kind = STORE_GRANT_GET, .cb = on_nothing };
	store_submit(j->a->store, &j->op);
}

void deed_start(struct approver *a, struct deed *d, bool want_admin, size_t more,
		deed_step_fn *then)
{
	struct deed_job *j = calloc(1, sizeof(*j));

	if (!j || (more > 0 && !(j->more = calloc(1, more)))) {
		abort(); /* out of memory for some 100 KB */
	}
	j->a = a;
	j->d = d;
	j->then = then;
	d->job = j;
	d->n = 0;
	d->said[0] = '\0';
	j->next = a->deeds;
	if (a->deeds) {
		a->deeds->prev = j;
	}
	a->deeds = j;
	if (!*d->user) {
		trust(j);
		return;
	}
	j->actor = (struct actor_check){
		.team = d->team, .user = d->user, .want_admin = want_admin, .cb = on_actor
	};
	actor_check_start(a, &j->actor);
}

/* --- what ------------------------------------------------------------------------ */

static void on_found(struct store_op *op, const struct fail *f)
{
	struct deed_job *j = container_of(op, struct deed_job, op);

	if (!service_ledger(j->a, f)) {
		deed_end_unrecorded(j, f);
		return;
	}
	j->n = op->grants_live.n;
	j->then(j);
}

void deed_find(struct deed_job *j, const char *after, deed_step_fn *then)
{
	j->then = then;
	j->op = (struct store_op){ .kind = STORE_GRANTS_LIVE, .cb = on_found };
	j->op.grants_live.filter = &j->filter;
	text_copy(j->op.grants_live.after, sizeof(j->op.grants_live.after), after);
	j->op.grants_live.rows = j->rows;
	j->op.grants_live.max = DEED_ROWS;
	store_submit(j->a->store, &j->op);
}

static void end_over(struct deed_job *j, const struct grant_row *g)
{
	char ago[DURATION_SIZE];
	int64_t now_ms = clock_wall_ms(j->a->clock);

	duration_format((now_ms - g->moved_ms) / 1000, ago);
	deed_end(j, FAIL_CONFLICT, "%s %s already, %s ago.", g->resource,
		 g->state == GRANT_REVOKING ? "is being ended"
		 : g->state == GRANT_FAILED ? "failed"
					    : "ended",
		 ago);
}

static void on_late(struct store_op *op, const struct fail *f)
{
	struct deed_job *j = container_of(op, struct deed_job, op);
	const struct grant_row *g = op->grant_get.row;
	bool live = op->grant_get.found &&
		    (g->state == GRANT_ACTIVE || g->state == GRANT_GRANTING);

	if (!service_ledger(j->a, f)) {
		deed_end_unrecorded(j, f);
	} else if (!op->grant_get.found) {
		deed_end(j, FAIL_NOT_FOUND, "There is no grant '%.60s'.",
			 op->grant_get.id);
	} else if (*j->d->user && !text_same(g->user, j->d->user) && !j->actor.admin) {
		deed_end(j, FAIL_DENIED,
			 "That is somebody else's: only they can do that.");
	} else if (live) {
		deed_end(j, FAIL_CONFLICT,
			 "Somebody else was quicker: %s has just been changed. Look at "
			 "it, and try again.",
			 g->resource);
	} else {
		end_over(j, g);
	}
}

void deed_end_late(struct deed_job *j, const char *id)
{
	j->op = (struct store_op){ .kind = STORE_GRANT_GET, .cb = on_late };
	text_copy(j->op.grant_get.id, sizeof(j->op.grant_get.id), id);
	j->op.grant_get.row = &j->rows[0];
	store_submit(j->a->store, &j->op);
}

static void on_own(struct deed_job *j)
{
	const char *target = j->d->target;

	if (j->n == 1) {
		j->own(j);
	} else if (j->n > 1) {
		deed_end(j, FAIL_NOT_FOUND,
			 "'%.60s' is several: %s and %s, for example. Write more of the "
			 "id.",
			 target, j->rows[0].id, j->rows[1].id);
	} else if (ulid_is(target)) {
		deed_end_late(j, target);
	} else {
		deed_end(
			j, FAIL_NOT_FOUND,
			"You hold nothing called '%.60s'. Ask for 'mine' to see what you hold.",
			target);
	}
}

void deed_find_own(struct deed_job *j, deed_step_fn *then)
{
	j->own = then;
	j->filter = (struct live_filter){ .team = j->d->team,
					  .user = j->d->user,
					  .target = j->d->target };
	deed_find(j, "", on_own);
}
