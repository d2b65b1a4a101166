/* SPDX-License-Identifier: Apache-2.0 */
/* Grants end when what they rest on is gone: every minute, and when a provider says that
 * something has changed, each provider is asked for one snapshot, and all its live grants
 * are held against that.
 *
 *   snapshot -> live grants, page by page -> policy_standing(), a pure function
 *     -> gone, but they have something else that the policy asks for (footing.c): it rests
 *        on that from now on
 *     -> gone: a grace begins, and they are warned (set.c)
 *     -> still gone when it is over: the grant ends (grant.c)
 *     -> back within the grace: nothing ends, and they are told so
 *
 * A provider that cannot be asked ends nothing, and takes nothing back either: the grace
 * goes on until it is known. Neither does an incident that is missing from a list: what
 * became of it is asked first. All is in the ledger, so that a crash loses no grace.
 *
 * A grant that rests on a shift is in no snapshot of incidents: of each such holder is asked
 * what they are on call for, and again when the shift that is known of ends. That end ends
 * nothing by itself: by then there may be another shift, or an override. */
#include "approver/recheck.h"

#include <stdlib.h>
#include <string.h>

#include "approver/fates.h"
#include "approver/footing.h"
#include "approver/grant.h"
#include "approver/lost.h"
#include "approver/snapshot.h"
#include "shared/log.h"
#include "shared/text.h"

enum {
	LOOK_MS = 60 * 1000,
	SOON_MS = 1000, /* and never sooner than this */
	ROWS = 32,
};

/* How much has been asked of the holder of the grant at hand. */
enum asked { ASKED_NOTHING, ASKED_OWN, ASKED_ALL };

/* One look at the grants that rest on one provider. */
struct round {
	struct recheck *all;
	size_t provider;
	bool running;
	bool again; /* something has changed since it began */
	bool news;
	struct live_filter filter;
	struct store_op op;
	bool reading;
	struct grant_row rows[ROWS];
	size_t n, at;
	struct person nobody; /* the snapshot is everybody's */
	struct standing_ask ask;
	bool asking;
	const struct snapshot *snapshot;
	struct fates fates;
	struct footing footing;
	enum asked asked;
	bool asking_footing;
	enum standing own; /* with ASKED_ALL: what was found by itself */
	size_t acting;     /* changes that are under way */
};

struct recheck {
	struct approver *a;
	struct loop_timer timer;
	int64_t soonest_ms; /* wall: the next end of a grace, as far as is known */
	struct round rounds[PROVIDER_MAX];
};

static void round_start(struct round *r, bool news);
static void round_go_on(struct round *r);

/* --- the end of a look ------------------------------------------------------------- */

static void arm(struct recheck *c)
{
	int64_t wait = c->soonest_ms - clock_wall_ms(c->a->clock);

	wait = wait < LOOK_MS ? wait : LOOK_MS;
	loop_timer_start(c->a->env.loop, &c->timer, wait > SOON_MS ? wait : SOON_MS);
}

static void round_end(struct round *r)
{
	snapshot_unref(r->snapshot);
	r->snapshot = NULL;
	footing_finish(&r->footing);
	r->running = false;
	if (r->again && !r->all->a->closing) {
		r->again = false;
		round_start(r, true);
	} else if (!r->all->a->closing) {
		arm(r->all);
	}
}

/* --- one grant ---------------------------------------------------------------------- */

/* A grace is over then: look at it in time. One that is over already, and ended nothing, is of
 * a grant that cannot be judged now; it waits its turn, or we would ask without a pause. */
static void grace_ends(struct recheck *c, int64_t wall_ms)
{
	if (wall_ms > clock_wall_ms(c->a->clock) && wall_ms < c->soonest_ms) {
		c->soonest_ms = wall_ms;
	}
}

static void on_acted(struct lost *l)
{
	struct round *r = l->data;

	grace_ends(r->all, l->again_ms);
	free(l);
	r->acting--;
	round_go_on(r);
}

static void act(struct round *r, struct lost *l)
{
	if (l) {
		l->data = r;
		l->cb = on_acted;
		r->acting++;
		lost_start(l);
	}
}

static void on_footing(struct footing *f)
{
	struct round *r = container_of(f, struct round, footing);

	r->asking_footing = false;
	round_go_on(r);
}

static void ask_footing(struct round *r, const struct policy *p,
			const struct grant_row *g, enum asked what)
{
	r->footing.a = r->all->a;
	r->footing.policy = p;
	r->footing.grant = g;
	r->footing.cb = on_footing;
	r->asked = what;
	r->asking_footing = true;
	what == ASKED_OWN ? footing_ask_own(&r->footing) : footing_ask_all(&r->footing);
}

/* Of what the grant rests on by itself. False: that is being asked. STANDING_MAX: it could
 * not be found out. */
static bool own_standing(struct round *r, const struct policy *p,
			 const struct grant_row *g, enum standing *ret_now)
{
	const struct fail *f = &r->footing.facts.pagerduty.fail;
	int64_t until_ms;

	if (r->asked == ASKED_ALL) {
		*ret_now = r->own;
		return true;
	}
	if (*g->incident_id) {
		*ret_now = policy_standing(p, g, r->snapshot);
		return true;
	}
	if (r->asked == ASKED_NOTHING) {
		ask_footing(r, p, g, ASKED_OWN);
		return false;
	}
	if (f->kind != FAIL_NONE) {
		log_info("recheck.unanswered", LOG_T("req", g->id), LOG_F(f),
			 LOG_T("then", "nothing-ends"));
		*ret_now = STANDING_MAX;
		return true;
	}
	*ret_now = policy_standing_on_call(p, &r->footing.facts, &until_ms);
	if (*ret_now == STANDING_HOLDS && until_ms < r->all->soonest_ms) {
		r->all->soonest_ms = until_ms;
	}
	return true;
}

/* Whether its holder stands on something else, which is then recorded. False: that is being
 * asked. */
static bool other_standing(struct round *r, const struct policy *p,
			   const struct grant_row *g, enum standing own,
			   enum standing *ret_now)
{
	struct approver *a = r->all->a;
	const struct facts *facts = &r->footing.facts;

	*ret_now = STANDING_LOST;
	if (!policy_has_rest(p, g) || !a->env.directory) {
		return true;
	}
	if (r->asked != ASKED_ALL) {
		r->own = own;
		ask_footing(r, p, g, ASKED_ALL);
		return false;
	}
	*ret_now = policy_rest(p, g, facts, a->verdict);
	if (*ret_now == STANDING_HOLDS) {
		bool at_pagerduty = strcmp(a->verdict->provider, "pagerduty") == 0;

		act(r, lost_rest_on(a, g, a->verdict,
				    at_pagerduty ? facts->pagerduty.user
						 : facts->incidentio.user));
	}
	return true;
}

/* False: something is being asked about it, its turn comes again. */
static bool judge(struct round *r, const struct grant_row *g)
{
	struct approver *a = r->all->a;
	const struct policy *p = policy_find(a->env.config, g->policy);
	const struct fate *fate = NULL;
	enum standing now, other = STANDING_LOST;

	if (!p || !p->end_with_incident || g->kept) {
		return true;
	}
	if (!own_standing(r, p, g, &now)) {
		return false;
	}
	if (now == STANDING_GONE) {
		fate = fates_get(&r->fates, g->incident_id);
		if (!fate) {
			return false;
		}
	}
	if (now == STANDING_MAX || (fate && (!fate->known || fate->live))) {
		return true;
	}
	if (now != STANDING_HOLDS && !other_standing(r, p, g, now, &other)) {
		return false;
	}
	if (other == STANDING_LOST) {
		struct lost *l = lost_create(a, p, g, now, r->snapshot, fate);

		if (!l) {
			grace_ends(r->all, lost_until_ms(p, g));
		}
		act(r, l);
	}
	return true;
}

static void on_fate(struct fates *f)
{
	round_go_on(container_of(f, struct round, fates));
}

static void read_page(struct round *r, const char *after);

/* Run until somebody has to be waited for. */
static void round_go_on(struct round *r)
{
	if (r->reading || r->asking || r->asking_footing || !r->running) {
		return;
	}
	while (r->at < r->n && !r->all->a->closing) {
		if (!judge(r, &r->rows[r->at])) {
			return; /* on_fate() or on_footing() goes on from here */
		}
		r->asked = ASKED_NOTHING;
		r->at++;
	}
	if (r->acting > 0) {
		return; /* on_acted() goes on from here */
	}
	if (r->n == ROWS && !r->all->a->closing) {
		read_page(r, r->rows[ROWS - 1].id);
	} else {
		round_end(r);
	}
}

/* --- reading ------------------------------------------------------------------------- */

static void on_snapshot(struct standing_ask *ask, const struct fail *f)
{
	struct round *r = container_of(ask, struct round, ask);

	r->asking = false;
	if (f->kind != FAIL_NONE) {
		log_info("recheck.unanswered", LOG_F(f), LOG_T("then", "nothing-ends"));
		r->n = r->at = 0;
		round_end(r);
		return;
	}
	r->snapshot = ask->snapshot;
	round_go_on(r);
}

static void ask_snapshot(struct round *r)
{
	struct approver *a = r->all->a;
	struct provider *p = a->providers[r->provider];

	r->ask = (struct standing_ask){ .who = &r->nobody, .cb = on_snapshot };
	r->ask.newer_than_ms = r->news ? clock_mono_ms(a->clock) : 0;
	r->asking = true;
	p->ops->ask(p, &r->ask);
}

/* The first page says whether the provider has to be asked at all. */
static void on_page(struct store_op *op, const struct fail *f)
{
	struct round *r = container_of(op, struct round, op);

	r->reading = false;
	r->at = 0;
	r->n = service_ledger(r->all->a, f) ? op->grants_live.n : 0;
	if (r->n == 0 || r->all->a->closing || !r->all->a->providers[r->provider]) {
		r->n = 0;
		round_end(r);
	} else if (!r->snapshot) {
		ask_snapshot(r);
	} else {
		round_go_on(r);
	}
}

static void read_page(struct round *r, const char *after)
{
	struct approver *a = r->all->a;

	r->filter =
		(struct live_filter){ .provider = a->providers[r->provider]->ops->key };
	r->op = (struct store_op){ .kind = STORE_GRANTS_LIVE, .cb = on_page };
	r->op.grants_live.filter = &r->filter;
	text_copy(r->op.grants_live.after, sizeof(r->op.grants_live.after), after);
	r->op.grants_live.rows = r->rows;
	r->op.grants_live.max = ROWS;
	r->reading = true;
	store_submit(a->store, &r->op);
}

static void round_start(struct round *r, bool news)
{
	struct approver *a = r->all->a;

	if (!a->providers[r->provider] || a->closing) {
		return;
	}
	if (r->running) {
		r->again = r->again || news;
		return;
	}
	r->running = true;
	r->news = news;
	fates_init(&r->fates, a, r->provider, on_fate);
	read_page(r, "");
}

/* --- the functions of the header ------------------------------------------------------ */

static void on_timer(struct loop_timer *t)
{
	struct recheck *c = container_of(t, struct recheck, timer);

	if (c->soonest_ms <= clock_wall_ms(c->a->clock)) {
		c->soonest_ms = INT64_MAX;
	}
	arm(c);
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		round_start(&c->rounds[i], false);
	}
}

void recheck_now(struct recheck *c, size_t provider)
{
	round_start(&c->rounds[provider], true);
}

void recheck_cancel(struct recheck *c)
{
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		struct round *r = &c->rounds[i];
		struct provider *p = c->a->providers[i];

		fates_cancel(&r->fates);
		footing_finish(&r->footing);
		r->asking_footing = false;
		r->asked = ASKED_NOTHING;
		if (r->asking) {
			p->ops->cancel(p, &r->ask);
			r->asking = false;
		}
		snapshot_unref(r->snapshot);
		r->snapshot = NULL;
		r->n = r->at = 0;
		/* What is being read or recorded ends by itself, and with it the look. */
		r->running = r->reading || r->acting > 0;
	}
}

void recheck_resume(struct recheck *c)
{
	c->soonest_ms = INT64_MAX;
	loop_timer_start(c->a->env.loop, &c->timer, SOON_MS);
}

struct recheck *recheck_create(struct approver *a)
{
	struct recheck *c = calloc(1, sizeof(*c));

	if (!c) {
		return NULL;
	}
	c->a = a;
	c->timer.cb = on_timer;
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		c->rounds[i].all = c;
		c->rounds[i].provider = i;
	}
	recheck_resume(c);
	return c;
}

void recheck_destroy(struct recheck *c)
{
	if (c) {
		loop_timer_cancel(&c->timer);
		recheck_cancel(c);
		free(c);
	}
}
