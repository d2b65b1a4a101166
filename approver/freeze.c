/* SPDX-License-Identifier: Apache-2.0 */
/* The freeze: on and off. Ends are not frozen; with revoke_all everything is ended, too. */
#include "approver/freeze.h"

#include "approver/deed.h"
#include "approver/end.h"
#include "shared/log.h"
#include "shared/text.h"

void freeze_learn(struct approver *a, const struct freeze_row *z)
{
	if (z->on != a->freeze.on || z->since_ms != a->freeze.since_ms) {
		log_warn(z->on ? "service.frozen" : "service.thawed", LOG_T("by", z->by),
			 LOG_T("why", z->why));
	}
	a->freeze = *z;
}

static void on_set(struct store_op *op, const struct fail *f)
{
	struct deed_job *j = container_of(op, struct deed_job, op);
	const struct deed *d = j->d;

	if (!service_ledger(j->a, f)) {
		deed_end_unrecorded(j, f);
		return;
	}
	freeze_learn(j->a, &op->freeze_set.row);
	if (!d->on) {
		deed_end(j, FAIL_NONE, "Thawed: access is granted again.");
	} else if (d->revoke_all && !j->a->closing) {
		end_all(j);
	} else {
		deed_end(j, FAIL_NONE,
			 "Frozen: nothing new is granted until it is thawed. What is "
			 "held stays.");
	}
}

static void set(struct deed_job *j)
{
	const struct deed *d = j->d;
	struct freeze_row *z = &j->op.freeze_set.row;
	int64_t now_ms = clock_wall_ms(j->a->clock);

	j->op = (struct store_op){ .kind = STORE_FREEZE_SET, .cb = on_set };
	j->op.freeze_set.at_ms = now_ms;
	*z = (struct freeze_row){ .on = d->on, .since_ms = now_ms };
	text_copy(z->by, sizeof(z->by), deed_by(j));
	text_copy(z->why, sizeof(z->why), d->why);
	store_submit(j->a->store, &j->op);
}

void approver_freeze(struct approver *a, struct deed *d)
{
	deed_start(a, d, true, end_all_size(), set);
}
