/* SPDX-License-Identifier: Apache-2.0 */
/* Warning, taking the warning back, ending: the three things that follow. */
#include "approver/lost.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/snapshot.h"
#include "shared/log.h"
#include "shared/text.h"

/* --- deciding -------------------------------------------------------------------- */

enum lost_step lost_decide(const struct policy *p, const struct grant_row *g,
			   enum standing now, const struct fate *fate, int64_t now_ms)
{
	int64_t grace_ms = p->grace_s * 1000;

	if (!p->end_with_incident || g->kept ||
	    (now == STANDING_GONE && (!fate || !fate->known || fate->live))) {
		return LOST_NOTHING;
	}
	if (now == STANDING_HOLDS) {
		return g->lost_ms > 0 ? LOST_BACK : LOST_NOTHING;
	}
	if (g->lost_ms > 0 || grace_ms == 0) {
		return now_ms >= g->lost_ms + grace_ms ? LOST_END : LOST_NOTHING;
	}
	/* What ends before the grace does needs no warning of it. */
	return now_ms + grace_ms < g->expires_ms ? LOST_WARN : LOST_NOTHING;
}

int64_t lost_until_ms(const struct policy *p, const struct grant_row *g)
{
	return g->lost_ms > 0 ? g->lost_ms + p->grace_s * 1000 : INT64_MAX;
}

static bool is_private(const struct grant_row *g, const struct snapshot *s,
		       const struct fate *fate)
{
	if (fate) {
		return fate->is_private;
	}
	for (size_t i = 0; s && i < s->n_incidents; i++) {
		if (text_same(s->incidents[i].id, g->incident_id)) {
			return s->incidents[i].is_private;
		}
	}
	return false;
}

void lost_words(const struct grant_row *g, enum standing now, const struct snapshot *s,
		const struct fate *fate, bool to_holder, char dst[CAUSE_SIZE])
{
	bool named = *g->incident_ref && !is_private(g, s, fate);

	if (now == STANDING_GONE) {
		snprintf(dst, CAUSE_SIZE, "%s %s",
			 named ? g->incident_ref : "Its incident", fate->word);
	} else if (!*g->incident_id) {
		snprintf(dst, CAUSE_SIZE, "%s shift is over",
			 to_holder ? "Your" : "Their");
	} else {
		snprintf(dst, CAUSE_SIZE, "%s part in %s is over",
			 to_holder ? "Your" : "Their",
			 named ? g->incident_ref : "its incident");
	}
}

/* --- doing ------------------------------------------------------------------------ */

static void warn_fill(struct lost *l, const struct policy *p, int64_t now_ms)
{
	l->again_ms = now_ms + p->grace_s * 1000;
	l->set.to.lost_ms = now_ms;
	l->set.kind = NOTICE_LOSING;
	l->set.about.until_ms = l->again_ms;
	l->set.about.can_keep = p->keep;
	l->set.why = l->why;
	text_copy(l->set.about.why, sizeof(l->set.about.why), l->why);
}

static void on_set(struct grant_set *s, const struct fail *f)
{
	struct lost *l = container_of(s, struct lost, set);

	if (f->kind != FAIL_NONE && f->kind != FAIL_CONFLICT) {
		log_error("grant.set_unrecorded", LOG_T("req", s->was.id), LOG_F(f),
			  LOG_T("then", "look-again"));
	}
	l->cb(l);
}

static void on_moved(struct grant_move *m, const struct fail *f)
{
	struct lost *l = container_of(m, struct lost, move);

	if (f->kind != FAIL_NONE && f->kind != FAIL_CONFLICT) {
		log_error("grant.end_unrecorded", LOG_T("req", m->row.id), LOG_F(f),
			  LOG_T("then", "look-again"));
	}
	l->cb(l);
}

struct lost *lost_create(struct approver *a, const struct policy *p,
			 const struct grant_row *g, enum standing now,
			 const struct snapshot *s, const struct fate *fate)
{
	int64_t now_ms = clock_wall_ms(a->clock);
	enum lost_step step = lost_decide(p, g, now, fate, now_ms);
	struct lost *l = step == LOST_NOTHING ? NULL : calloc(1, sizeof(*l));

	if (!l) {
		return NULL;
	}
	l->a = a;
	l->step = step;
	l->again_ms = INT64_MAX;
	l->cause = now == STANDING_GONE ? "incident" : "standing";
	lost_words(g, now, s, fate, step != LOST_END, l->why);
	grant_set_init(&l->set, a, g, step == LOST_WARN ? "lost" : "regained", on_set);
	if (step == LOST_WARN) {
		warn_fill(l, p, now_ms);
	} else {
		l->set.to.lost_ms = 0;
		l->set.kind = NOTICE_REGAINED;
		text_copy(l->set.about.why, sizeof(l->set.about.why),
			  *g->incident_id ? "you have part in the incident again"
					  : "you are on call again");
	}
	l->move = (struct grant_move){ .a = a,
				       .row = *g,
				       .cause = l->cause,
				       .why = l->why,
				       .as_read = true,
				       .cb = on_moved };
	return l;
}

struct lost *lost_rest_on(struct approver *a, const struct grant_row *g,
			  const struct verdict *v, const char *user)
{
	struct lost *l = calloc(1, sizeof(*l));
	struct grant_row *to;

	if (!l) {
		return NULL;
	}
	l->a = a;
	l->step = LOST_BACK;
	l->again_ms = INT64_MAX;
	grant_set_init(&l->set, a, g, "rests-on", on_set);
	to = &l->set.to;
	text_copy(to->provider, sizeof(to->provider), v->provider);
	text_copy(to->provider_user, sizeof(to->provider_user), user);
	text_copy(to->incident_id, sizeof(to->incident_id), v->incident_id);
	text_copy(to->incident_ref, sizeof(to->incident_ref), v->incident_ref);
	text_copy(to->evidence, sizeof(to->evidence), v->why);
	to->lost_ms = 0;
	if (g->lost_ms > 0) {
		l->set.kind = NOTICE_REGAINED;
		text_copy(l->set.about.why, sizeof(l->set.about.why), v->why);
	}
	return l;
}

void lost_start(struct lost *l)
{
	if (l->step == LOST_END) {
		grant_move(&l->move, GRANT_REVOKING);
	} else {
		grant_set_submit(&l->set);
	}
}
