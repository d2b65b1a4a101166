/* SPDX-License-Identifier: Apache-2.0 */
/* What somebody holds, for themselves to see. */
#include "accessd/approver.h"

#include "approver/service.h"

static void on_mine(struct store_op *op, const struct fail *f)
{
	struct mine *m = container_of(op, struct mine, op);

	m->n = op->grants_of.n;
	m->total = op->grants_of.total;
	m->cb(m, f);
}

void approver_mine(struct approver *a, struct mine *m)
{
	m->op = (struct store_op){ .kind = STORE_GRANTS_OF, .cb = on_mine };
	m->op.grants_of.team = m->team;
	m->op.grants_of.user = m->user;
	m->op.grants_of.rows = m->grants;
	m->op.grants_of.max = MINE_MAX;
	store_submit(a->store, &m->op);
}
