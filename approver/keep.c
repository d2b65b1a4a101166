/* SPDX-License-Identifier: Apache-2.0 */
/* Keeping a grant to its end although what it rests on is gone: where the policy has it, by
 * its holder, with a reason that everybody can read. */
#include "approver/deed.h"
#include "approver/policy.h"
#include "approver/set.h"
#include "shared/text.h"

struct keep {
	struct deed_job *job;
	struct grant_set set;
};

static void on_kept(struct grant_set *s, const struct fail *f)
{
	struct deed_job *j = container_of(s, struct keep, set)->job;

	if (f->kind == FAIL_CONFLICT) {
		deed_end_late(j, s->was.id);
	} else if (f->kind != FAIL_NONE) {
		deed_end_unrecorded(j, f);
	} else {
		j->d->n = 1;
		deed_end(j, FAIL_NONE, "Done: %s is kept.", s->to.resource);
	}
}

static void keep(struct deed_job *j)
{
	const struct grant_row *g = &j->rows[0];
	const struct policy *p = policy_find(j->a->env.config, g->policy);
	struct keep *k = j->more;

	if (!p || !p->keep) {
		deed_end(j, FAIL_DENIED, "%s does not let anybody keep it.", g->policy);
	} else if (g->kept || g->lost_ms == 0) {
		deed_end(j, FAIL_CONFLICT, "%s stays anyway, until its time is up.",
			 g->resource);
	} else if (text_chars(j->d->why) < 3) {
		deed_end(j, FAIL_INVALID, "Say why you still need it.");
	} else {
		k->job = j;
		grant_set_init(&k->set, j->a, g, "kept", on_kept);
		k->set.to.kept = true;
		k->set.to.lost_ms = 0;
		k->set.by = deed_by(j);
		k->set.why = j->d->why;
		k->set.kind = NOTICE_KEPT;
		text_copy(k->set.about.by, sizeof(k->set.about.by), k->set.by);
		text_copy(k->set.about.why, sizeof(k->set.about.why), j->d->why);
		grant_set_submit(&k->set);
	}
}

static void find(struct deed_job *j)
{
	deed_find_own(j, keep);
}

void approver_keep(struct approver *a, struct deed *d)
{
	deed_start(a, d, false, sizeof(struct keep), find);
}
