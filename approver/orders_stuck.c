/* SPDX-License-Identifier: Apache-2.0 */
/* Grants that have ended and cannot be taken back: found in the ledger, as what this process
 * knows is not all there is; logged and counted here, said in the ops channel by bot/ops.c. */
#include <string.h>

#include "approver/order_parts.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum { STUCK_MS = 60 * 1000 };

static const char *why_of(const struct orders *o, const char *provisioner)
{
	for (const struct line *line = o->lines; line; line = line->next) {
		if (!line->retired && strcmp(line->name, provisioner) == 0) {
			return line->why[0] ? line->why : "it has not answered yet";
		}
	}
	return "it is not in the config any more";
}

static void on_stuck(struct store_op *op, const struct fail *f)
{
	struct orders *o = container_of(op, struct orders, stuck_look);
	bool before = o->stuck > 0;

	o->stuck_looking = false;
	if (!service_ledger(o->a, f)) {
		return; /* what was known stands */
	}
	o->stuck = op->grants_stuck.total;
	metric_set(o->m_stuck, NULL, (double)o->stuck);
	if (o->stuck > 0 && !before) {
		log_error("revoke.stuck", LOG_N("grants", (int64_t)o->stuck),
			  LOG_T("req", o->stuck_row.id), LOG_T("user", o->stuck_row.user),
			  LOG_T("resource", o->stuck_row.resource),
			  LOG_T("provisioner", o->stuck_row.provisioner),
			  LOG_T("msg", why_of(o, o->stuck_row.provisioner)),
			  LOG_T("then", "try-until-confirmed"));
	} else if (o->stuck == 0 && before) {
		log_info("revoke.unstuck");
	}
}

void orders_look_stuck(struct orders *o)
{
	if (o->stuck_looking || o->a->closing) {
		return;
	}
	o->stuck_looking = true;
	o->stuck_look = (struct store_op){ .kind = STORE_GRANTS_STUCK, .cb = on_stuck };
	o->stuck_look.grants_stuck.before_ms = clock_wall_ms(o->a->clock) - STUCK_MS;
	o->stuck_look.grants_stuck.rows = &o->stuck_row;
	o->stuck_look.grants_stuck.max = 1;
	store_submit(o->a->store, &o->stuck_look);
}

void orders_health(const struct orders *o, struct approver_health *ret_h)
{
	ret_h->stuck = o->stuck;
	if (o->stuck == 0) {
		return;
	}
	text_copy(ret_h->stuck_resource, sizeof(ret_h->stuck_resource),
		  o->stuck_row.resource);
	text_copy(ret_h->stuck_user, sizeof(ret_h->stuck_user), o->stuck_row.user);
	text_copy(ret_h->stuck_provisioner, sizeof(ret_h->stuck_provisioner),
		  o->stuck_row.provisioner);
	text_copy(ret_h->stuck_why, sizeof(ret_h->stuck_why),
		  why_of(o, o->stuck_row.provisioner));
	ret_h->stuck_since_ms = o->stuck_row.moved_ms;
}
