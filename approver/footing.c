/* SPDX-License-Identifier: Apache-2.0 */
/* Who is it (directory) -> what do they hold (providers, side by side) -> cb, which never
 * fires before the question has returned. Directory and providers have deadlines of their
 * own. */
#include "approver/footing.h"

#include <string.h>

#include "approver/facts.h"
#include "approver/identity.h"
#include "shared/log.h"
#include "shared/text.h"

static struct provider_facts *facts_of(struct footing *f, size_t provider)
{
	return provider == PROVIDER_INCIDENTIO ? &f->facts.incidentio
					       : &f->facts.pagerduty;
}

static bool is_asking(const struct footing *f)
{
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (f->asks[i].asking) {
			return true;
		}
	}
	return f->asking_member;
}

static void on_standing(struct standing_ask *ask, const struct fail *why)
{
	struct footing_ask *x = container_of(ask, struct footing_ask, ask);
	struct footing *f = x->all;

	x->asking = false;
	facts_hear(facts_of(f, (size_t)(x - f->asks)), ask, why,
		   clock_mono_ms(f->a->clock));
	if (!is_asking(f)) {
		f->cb(f);
	}
}

static void ask(struct footing *f, size_t provider)
{
	struct footing_ask *x = &f->asks[provider];
	struct provider *p = f->a->providers[provider];

	facts_of(f, provider)->configured = p != NULL;
	if (p) {
		x->all = f;
		x->ask = (struct standing_ask){ .who = &f->who,
						.want_on_call = true,
						.cb = on_standing };
		x->asking = true;
		p->ops->ask(p, &x->ask);
	}
}

static void begin(struct footing *f)
{
	footing_finish(f);
	f->facts.now_ms = clock_wall_ms(f->a->clock);
	f->facts.resource = f->grant->resource;
	f->facts.incident = f->facts.reason = f->facts.policy = "";
	f->who = (struct person){ 0 };
}

void footing_ask_own(struct footing *f)
{
	const struct grant_row *g = f->grant;
	bool at_pagerduty = strcmp(g->provider, "pagerduty") == 0;

	begin(f);
	text_copy(f->who.slack_team, sizeof(f->who.slack_team), g->team);
	text_copy(f->who.slack, sizeof(f->who.slack), g->user);
	text_copy(at_pagerduty ? f->who.pagerduty : f->who.incidentio, VENDOR_ID_SIZE,
		  g->provider_user);
	ask(f, at_pagerduty ? PROVIDER_PAGERDUTY : PROVIDER_INCIDENTIO);
}

/* --- all of them ---------------------------------------------------------------------- */

static void ask_providers(struct footing *f)
{
	bool wanted[PROVIDER_MAX] = { false };

	for (size_t i = 0; i < f->policy->any.n; i++) {
		const struct condition *c = &f->policy->any.items[i];

		wanted[PROVIDER_INCIDENTIO] |= c->incidentio.where.present;
		wanted[PROVIDER_PAGERDUTY] |= c->pagerduty.where.present;
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (wanted[i]) {
			ask(f, i);
		}
	}
}

static void on_member(struct directory_ask *member, const struct fail *why)
{
	struct footing *f = container_of(member, struct footing, member);
	const struct grant_row *g = f->grant;

	f->asking_member = false;
	if (why->kind == FAIL_NONE || why->kind == FAIL_NOT_FOUND) {
		identity_find(f->a->env.config, g->team, g->user,
			      why->kind == FAIL_NONE ? &member->member : NULL, &f->who,
			      &f->facts.identity);
	} else {
		log_warn("directory.failed", LOG_T("req", g->id), LOG_F(why),
			 LOG_T("then", "nothing-ends"));
		f->facts.identity = *why;
	}
	if (f->facts.identity.kind == FAIL_NONE) {
		ask_providers(f);
	}
	if (!is_asking(f)) {
		f->cb(f);
	}
}

void footing_ask_all(struct footing *f)
{
	struct directory *d = f->a->env.directory;

	begin(f);
	f->member = (struct directory_ask){ .cb = on_member };
	text_copy(f->member.team, sizeof(f->member.team), f->grant->team);
	text_copy(f->member.user, sizeof(f->member.user), f->grant->user);
	f->asking_member = true;
	d->ops->ask(d, &f->member);
}

void footing_finish(struct footing *f)
{
	if (f->asking_member) {
		f->a->env.directory->ops->cancel(f->a->env.directory, &f->member);
		f->asking_member = false;
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (f->asks[i].asking) {
			struct provider *p = f->a->providers[i];

			p->ops->cancel(p, &f->asks[i].ask);
			f->asks[i].asking = false;
		}
	}
	facts_forget(&f->facts.incidentio);
	facts_forget(&f->facts.pagerduty);
	f->facts = (struct facts){ 0 };
}
