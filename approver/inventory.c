/* SPDX-License-Identifier: Apache-2.0 */
/* What is in force at the targets, against the ledger: after the start and every quarter of an
 * hour, target by target, of those whose provisioner can say it (`actions` holds "list").
 *
 *   list -> the grants that its ids name -> the active grants at the target -> compare
 *
 * What may differ:
 *  - left: the target names a grant that had ended. It was told of the end and said that it
 *    was done, so it is told once more, by an order in the lane of its person.
 *  - missing: a grant is active, and the target does not have it. It is said, no more: who
 *    took it away there may have had a reason.
 *  - unknown: the target names a grant that is not in the ledger. It is said.
 * Whoever has it and no id of a grant is none of our business: people may be members of a
 * group for other reasons. So an e-mail alone never takes anything away, also if its person
 * had a grant once.
 *
 * Only what stood still while the target was asked is compared; a target that could not be
 * asked, or not wholly, differs in nothing. */
#include "approver/inventory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/provisioner.h"
#include "approver/orders.h"
#include "approver/provisioners.h"
#include "approver/set.h"
#include "approver/told.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	SOON_MS = 10 * 1000,
	EVERY_MS = 15 * 60 * 1000,
	STILL_MS =
		60 * 1000, /* for so long before the list was asked for nothing moved */
	ROWS = 32,
};

enum difference { LEFT, MISSING, UNKNOWN, DIFFERENCES };

static const char *const words[DIFFERENCES] = {
	[LEFT] = "left",
	[MISSING] = "missing",
	[UNKNOWN] = "unknown",
};

/* The grant that an entry of the list names. */
struct named {
	bool over; /* it is in the ledger, and has been over for a while */
	bool seen; /* the entry is an active grant's */
	char user[VENDOR_ID_SIZE];
};

struct inventory {
	struct approver *a;
	struct loop_timer timer;
	bool running;
	size_t resource; /* whose target it is, in the config */
	int64_t asked_ms;
	struct provisioner *p;
	struct target target;
	struct provision_list list;
	bool listing;
	struct named *named; /* by each entry */
	size_t at;
	struct store_op op;
	bool reading;
	char lane_end[LANE_SIZE]; /* of all lanes of the target */
	struct grant_row rows[ROWS];
	struct grant_set found; /* the one that is taken back */
	bool setting;
	size_t counts[DIFFERENCES], shown[DIFFERENCES];
	char first[CAUSE_SIZE], shown_first[CAUSE_SIZE];
	struct metric *m_differences, *m_lists;
};

static void next_target(struct inventory *v);
static void next_page(struct inventory *v, const char *after);
static void next_left(struct inventory *v);

static const struct resource *resource_of(const struct inventory *v)
{
	return &v->a->env.config->resources.items[v->resource];
}

static bool is_stopped(const struct inventory *v)
{
	return !v->running || v->a->closing;
}

/* --- the end of a round ---------------------------------------------------------------- */

static void list_finish(struct inventory *v)
{
	free(v->list.rows);
	free(v->named);
	v->list.rows = NULL;
	v->named = NULL;
	v->list.n = 0;
}

static void round_end(struct inventory *v)
{
	v->running = false;
	for (size_t i = 0; i < DIFFERENCES; i++) {
		v->shown[i] = v->counts[i];
		metric_set(v->m_differences, words[i], (double)v->counts[i]);
	}
	text_copy(v->shown_first, sizeof(v->shown_first), v->first);
	loop_timer_start(v->a->env.loop, &v->timer, EVERY_MS);
}

static void target_end(struct inventory *v)
{
	list_finish(v);
	v->resource++;
	next_target(v);
}

/* --- what differs ---------------------------------------------------------------------- */

static void differs(struct inventory *v, enum difference what, const char *grant,
		    const char *user, const char *says)
{
	const struct resource *r = resource_of(v);

	v->counts[what]++;
	if (!v->first[0]) {
		snprintf(v->first, sizeof(v->first), "%s for %s %s at %s", r->name,
			 *user ? user : "somebody", says, r->provision);
	}
	log_warn("inventory.differs", LOG_T("what", words[what]), LOG_T("req", grant),
		 LOG_T("user", *user ? user : NULL), LOG_T("resource", r->name),
		 LOG_T("provisioner", r->provision),
		 LOG_T("then", what == LEFT ? "taken-back-again" : "said"));
}

static void on_found(struct grant_set *s, const struct fail *f)
{
	struct inventory *v = container_of(s, struct inventory, found);

	v->setting = false;
	if (f->kind != FAIL_NONE) {
		log_warn("inventory.unordered", LOG_T("req", s->was.id), LOG_F(f),
			 LOG_T("then", "next-look"));
	}
	v->at++;
	next_left(v);
}

/* The grant stays as it is; the audit says that it was found, and the order is with that. */
static void take_back(struct inventory *v, const struct grant_row *g)
{
	grant_set_init(&v->found, v->a, g, "found", on_found);
	v->found.why = "the target says that it is there";
	v->found.clear = true;
	v->setting = true;
	grant_set_submit(&v->found);
}

static void on_left(struct store_op *op, const struct fail *f)
{
	struct inventory *v = container_of(op, struct inventory, op);
	struct grant_row g = *op->grant_get.row;

	v->reading = false;
	if (!service_ledger(v->a, f) || is_stopped(v) || !op->grant_get.found) {
		if (!is_stopped(v)) {
			target_end(v);
		}
		return;
	}
	differs(v, LEFT, g.id, g.user, "has ended, and is there");
	if (g.state == GRANT_CLOSED) {
		take_back(v, &g);
		return;
	}
	v->at++;
	next_left(v);
}

static void read_grant(struct inventory *v, store_cb *cb)
{
	v->op = (struct store_op){ .kind = STORE_GRANT_GET, .cb = cb };
	text_copy(v->op.grant_get.id, sizeof(v->op.grant_get.id),
		  v->list.rows[v->at].grant);
	v->op.grant_get.row = v->rows;
	v->reading = true;
	store_submit(v->a->store, &v->op);
}

/* One after the other: the entries whose grant is over, and that are nobody active's. */
static void next_left(struct inventory *v)
{
	if (is_stopped(v)) {
		return;
	}
	while (v->at < v->list.n && (!v->named[v->at].over || v->named[v->at].seen)) {
		v->at++;
	}
	if (v->at == v->list.n) {
		target_end(v);
	} else {
		read_grant(v, on_left);
	}
}

/* --- the active grants at the target --------------------------------------------------- */

static bool is_there(struct inventory *v, const struct grant_row *g)
{
	struct told told = { 0 };
	bool there = false;
	struct fail f;

	if (!told_parse(g->told, &told, &f)) {
		return true; /* not to be read, not to be told apart */
	}
	for (size_t i = 0; i < v->list.n; i++) {
		const struct in_force *e = &v->list.rows[i];

		if (text_same(e->grant, g->id) || text_same(e->user, g->user) ||
		    text_same(v->named[i].user, g->user) ||
		    text_same_nocase(e->email, told.email)) {
			v->named[i].seen = there = true;
		}
	}
	told_finish(&told);
	return there;
}

static void on_page(struct store_op *op, const struct fail *f)
{
	struct inventory *v = container_of(op, struct inventory, op);
	bool ok = service_ledger(v->a, f);
	size_t n = ok ? op->grants_at.n : 0;

	v->reading = false;
	for (size_t i = 0; i < n; i++) {
		struct grant_row *g = &v->rows[i];

		if (!is_stopped(v) && !is_there(v, g) &&
		    g->moved_ms < v->asked_ms - STILL_MS) {
			differs(v, MISSING, g->id, g->user, "is granted, and not there");
		}
		free((void *)(uintptr_t)g->told);
	}
	if (is_stopped(v)) {
		return;
	}
	if (!ok) {
		target_end(v);
	} else if (n == ROWS) {
		next_page(v, v->rows[ROWS - 1].lane);
	} else {
		v->at = 0;
		next_left(v);
	}
}

static void next_page(struct inventory *v, const char *after)
{
	v->op = (struct store_op){ .kind = STORE_GRANTS_AT, .cb = on_page };
	v->op.grants_at.provisioner = resource_of(v)->provision;
	v->op.grants_at.lane_end = v->lane_end;
	text_copy(v->op.grants_at.after, sizeof(v->op.grants_at.after), after);
	v->op.grants_at.rows = v->rows;
	v->op.grants_at.max = ROWS;
	v->reading = true;
	store_submit(v->a->store, &v->op);
}

/* --- the grants that the target names -------------------------------------------------- */

static void on_grant(struct store_op *op, const struct fail *f);

static void next_entry(struct inventory *v)
{
	while (v->at < v->list.n && !*v->list.rows[v->at].grant) {
		v->at++;
	}
	if (v->at == v->list.n) {
		next_page(v, "");
	} else {
		read_grant(v, on_grant);
	}
}

static bool is_of_target(const struct inventory *v, const struct grant_row *g)
{
	size_t len = strlen(g->lane), n = strlen(v->lane_end);

	return strcmp(g->provisioner, resource_of(v)->provision) == 0 && n <= len &&
	       strcmp(g->lane + len - n, v->lane_end) == 0;
}

static void on_grant(struct store_op *op, const struct fail *f)
{
	struct inventory *v = container_of(op, struct inventory, op);
	const struct grant_row *g = op->grant_get.row;
	bool ok = service_ledger(v->a, f);

	v->reading = false;
	if (is_stopped(v)) {
		return;
	}
	if (!ok) {
		target_end(v);
		return;
	}
	if (op->grant_get.found && is_of_target(v, g)) {
		struct named *x = &v->named[v->at];

		x->over = grant_state_over(g->state) &&
			  g->moved_ms < v->asked_ms - STILL_MS;
		text_copy(x->user, sizeof(x->user), g->user);
	} else {
		differs(v, UNKNOWN, v->list.rows[v->at].grant, "",
			"is of no grant in the ledger, and there");
	}
	v->at++;
	next_entry(v);
}

/* --- asking ---------------------------------------------------------------------------- */

static void on_list(struct provision_list *l, const struct fail *f)
{
	struct inventory *v = container_of(l, struct inventory, list);

	v->listing = false;
	metric_add(v->m_lists, f->kind == FAIL_NONE ? "done" : "failed", 1);
	if (f->kind != FAIL_NONE) {
		log_warn("inventory.unanswered", LOG_T("resource", resource_of(v)->name),
			 LOG_F(f), LOG_T("then", "next-look"));
		target_end(v);
		return;
	}
	v->named = calloc(l->n + 1, sizeof(*v->named));
	if (!v->named) {
		target_end(v);
		return;
	}
	v->at = 0;
	next_entry(v);
}

/* How the lanes at the resource's target end: "/group/g1". */
static void lane_end(const struct resource *r, char dst[LANE_SIZE])
{
	char lane[LANE_SIZE];

	told_lane(r, "", "", lane);
	text_copy(dst, LANE_SIZE, lane + strlen(r->provision) + strlen("//"));
}

/* Two resources may be one target: it is asked once. */
static bool is_first(const struct config *c, size_t at)
{
	char end[LANE_SIZE], other[LANE_SIZE];

	lane_end(&c->resources.items[at], end);
	for (size_t i = 0; i < at; i++) {
		const struct resource *r = &c->resources.items[i];

		lane_end(r, other);
		if (strcmp(r->provision, c->resources.items[at].provision) == 0 &&
		    strcmp(end, other) == 0) {
			return false;
		}
	}
	return true;
}

static bool can_list(const struct inventory *v, size_t at)
{
	const struct config *c = v->a->env.config;
	const struct resource *r = &c->resources.items[at];

	return *r->provision && provisioner_can(c, r->provision, "list") &&
	       is_first(c, at);
}

static void ask(struct inventory *v)
{
	const struct resource *r = resource_of(v);

	v->asked_ms = clock_wall_ms(v->a->clock);
	v->p = orders_provisioner(v->a->orders, r->provision);
	lane_end(r, v->lane_end);
	v->target = r->target;
	if (!*v->target.id) {
		v->target.id = r->name; /* as it was told with the grants */
	}
	v->list = (struct provision_list){ .resource = r->name,
					   .target = &v->target,
					   .cb = on_list };
	v->listing = true;
	v->p->ops->list(v->p, &v->list);
}

static void next_target(struct inventory *v)
{
	while (v->resource < v->a->env.config->resources.n && !can_list(v, v->resource)) {
		v->resource++;
	}
	if (v->resource == v->a->env.config->resources.n) {
		round_end(v);
	} else {
		ask(v);
	}
}

/* What an earlier round was doing when it was cancelled has to have ended. */
static void on_timer(struct loop_timer *t)
{
	struct inventory *v = container_of(t, struct inventory, timer);

	if (v->reading || v->setting) {
		loop_timer_start(v->a->env.loop, t, SOON_MS);
		return;
	}
	list_finish(v);
	v->resource = 0;
	v->running = true;
	v->first[0] = '\0';
	memset(v->counts, 0, sizeof(v->counts));
	next_target(v);
}

/* --- life ------------------------------------------------------------------------------ */

void inventory_cancel(struct inventory *v)
{
	loop_timer_cancel(&v->timer);
	if (v->listing) {
		v->p->ops->list_cancel(v->p, &v->list);
		v->listing = false;
	}
	v->running = false;
}

void inventory_resume(struct inventory *v)
{
	loop_timer_start(v->a->env.loop, &v->timer, SOON_MS);
}

struct inventory *inventory_create(struct approver *a)
{
	struct inventory *v = calloc(1, sizeof(*v));

	if (!v) {
		return NULL;
	}
	v->a = a;
	v->timer.cb = on_timer;
	v->m_differences = metrics_gauge(
		a->env.metrics, "accessd_inventory_differences",
		"Grants of which targets say something else than the ledger", "what");
	v->m_lists =
		metrics_counter(a->env.metrics, "accessd_inventory_lists",
				"Targets that were asked what is in force", "outcome");
	inventory_resume(v);
	return v;
}

void inventory_destroy(struct inventory *v)
{
	if (v) {
		inventory_cancel(v);
		list_finish(v);
		free(v);
	}
}

void inventory_health(const struct inventory *v, struct approver_health *ret_h)
{
	ret_h->left = v->shown[LEFT];
	ret_h->missing = v->shown[MISSING];
	ret_h->unknown = v->shown[UNKNOWN];
	text_copy(ret_h->differs_first, sizeof(ret_h->differs_first), v->shown_first);
}
