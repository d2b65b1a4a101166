/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told while nothing is on disk yet: that it takes time, or that it cannot
 * be recorded. Not durable, and not tried again. */
#include "approver/request_parts.h"

#include <stdio.h>

#include "shared/log.h"
#include "shared/text.h"

void request_notice(const struct request *r, struct notice_facts *about)
{
	const struct request_row *row = &r->row;

	*about = (struct notice_facts){ .asked_ms = row->asked_ms };
	text_copy(about->request_id, sizeof(about->request_id), row->id);
	text_copy(about->team, sizeof(about->team), row->team);
	text_copy(about->user, sizeof(about->user), row->user);
	text_copy(about->channel, sizeof(about->channel), row->channel);
	text_copy(about->reply_url, sizeof(about->reply_url), row->reply_url);
	text_copy(about->resource, sizeof(about->resource), row->resource);
}

static void on_told(struct notice *n, const struct fail *f)
{
	struct request *r = container_of(n, struct request, notice);

	r->notice_in_flight = false;
	if (f->kind != FAIL_NONE) {
		log_warn("notice.failed", LOG_T("req", r->row.id), LOG_F(f),
			 LOG_T("then", "given-up"));
	}
}

/* Best effort: what matters is told again when it is durable. False: the one before is
 * still on its way. */
bool request_tell(struct request *r, enum notice_kind kind, const char *why)
{
	struct notifier *notifier = r->all->a->env.notifier;

	if (r->notice_in_flight) {
		return false;
	}
	request_notice(r, &r->notice_about);
	text_copy(r->notice_about.why, sizeof(r->notice_about.why), why);
	r->notice =
		(struct notice){ .kind = kind, .about = &r->notice_about, .cb = on_told };
	r->notice_in_flight = true;
	notifier->ops->send(notifier, &r->notice);
	return true;
}

/* "incident.io and PagerDuty have not answered yet." */
static void who_is_slow(const struct request *r, char *dst, size_t size)
{
	const char *slow[1 + PROVIDER_MAX];
	size_t n = 0;

	if (r->member_in_flight) {
		slow[n++] = "Slack";
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (r->questions[i].in_flight) {
			slow[n++] = r->all->a->providers[i]->ops->name;
		}
	}
	if (n == 0) {
		slow[n++] = "the ledger";
	}
	/* Nobody is asked beside Slack, so that there are two at most. */
	snprintf(dst, size, "%s%s%s %s not answered yet.", slow[0], n > 1 ? " and " : "",
		 n > 1 ? slow[1] : "", n > 1 ? "have" : "has");
}

void request_on_slow(struct loop_timer *t)
{
	struct request *r = container_of(t, struct request, slow);
	char why[NOTICE_TEXT_SIZE];

	if (r->told_stuck) {
		return; /* they know, and no provider is to blame */
	}
	who_is_slow(r, why, sizeof(why));
	request_tell(r, NOTICE_CHECKING, why);
}
