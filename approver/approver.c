/* SPDX-License-Identifier: Apache-2.0 */
/* The approval service: opens its parts in order, takes what is asked into the ledger, and
 * knows how it is doing. What happens to a request then is in request.c. */
#include "accessd/approver.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approver/deed.h"
#include "approver/effects.h"
#include "approver/grant.h"
#include "approver/identity.h"
#include "approver/incidentio_key.h"
#include "approver/inventory.h"
#include "approver/ledger_watch.h"
#include "approver/orders.h"
#include "approver/policy.h"
#include "approver/providers.h"
#include "approver/provisioners.h"
#include "approver/reader.h"
#include "approver/recheck.h"
#include "approver/reminders.h"
#include "approver/request.h"
#include "approver/seal.h"
#include "approver/service.h"
#include "approver/sinks.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"

enum {
	UNSURE_MS = 500,
	UNSURE_TRIES = 120, /* a minute */
};

/* --- asking ------------------------------------------------------------------------- */

/* A commit of unknown outcome: "submitting the same again finds out". True: that is under
 * way, the asker has to wait. */
static bool ask_find_out(struct ask *ask, struct fail *f)
{
	struct approver *a = ask->approver;

	if (a->closing || f->kind == FAIL_NONE || f->kind == FAIL_CONFLICT ||
	    (ask->unsure == 0 && f->kind != FAIL_UNCERTAIN)) {
		return false;
	}
	if (++ask->unsure > UNSURE_TRIES) {
		f->kind = FAIL_UNCERTAIN; /* whatever it was this time */
		return false;
	}
	ask->next = a->unsure;
	a->unsure = ask;
	if (!loop_timer_running(&a->unsure_timer)) {
		loop_timer_start(a->env.loop, &a->unsure_timer, UNSURE_MS);
	}
	return true;
}

/* It was recorded the first time, when nobody knew. */
static bool is_own_duplicate(const struct ask *ask)
{
	return ask->op.request_add.duplicate &&
	       strcmp(ask->op.request_add.id, ask->row.id) == 0;
}

static bool is_to_start(const struct ask *ask)
{
	return !ask->op.request_add.duplicate ||
	       (is_own_duplicate(ask) &&
		!request_state_decided(ask->op.request_add.state) &&
		!requests_have(ask->approver->requests, ask->row.id));
}

/* The asker first: Slack waits for the ack. */
static void on_asked(struct store_op *op, const struct fail *f)
{
	struct ask *ask = container_of(op, struct ask, op);
	struct approver *a = ask->approver;
	struct request_row row = ask->row;
	struct fail why = *f;
	bool asked = service_ledger(a, f) && is_to_start(ask);

	if (ask_find_out(ask, &why)) {
		return;
	}
	ask->duplicate = f->kind == FAIL_NONE && op->request_add.duplicate &&
			 !is_own_duplicate(ask);
	if (ask->duplicate) {
		text_copy(ask->row.id, sizeof(ask->row.id), op->request_add.id);
		log_info("request.duplicate", LOG_T("req", ask->row.id));
	}
	ask->cb(ask, &why);
	if (asked) {
		requests_start(a->requests, &row, false);
	}
}

static void ask_submit(struct ask *ask)
{
	ask->op = (struct store_op){ .kind = STORE_REQUEST_ADD, .cb = on_asked };
	ask->op.request_add.row = &ask->row;
	ask->op.request_add.keys[0] = ask->keys[0];
	ask->op.request_add.keys[1] = ask->keys[1];
	store_submit(ask->approver->store, &ask->op);
}

static void on_unsure(struct loop_timer *t)
{
	struct approver *a = container_of(t, struct approver, unsure_timer);
	struct ask *ask = a->unsure;

	a->unsure = NULL;
	while (ask) {
		struct ask *next = ask->next;

		ask_submit(ask);
		ask = next;
	}
}

static void unsure_cancel(struct approver *a)
{
	struct fail f;

	fail_set(&f, FAIL_CANCELLED, "the ledger is being closed");
	while (a->unsure) {
		struct ask *ask = a->unsure;

		a->unsure = ask->next;
		ask->cb(ask, &f);
	}
}

void approver_ask(struct approver *a, struct ask *ask)
{
	int64_t now_ms = clock_wall_ms(a->clock);

	ask->approver = a;
	ask->duplicate = false;
	ask->unsure = 0;
	ulid_make(&a->ids, now_ms, ask->row.id);
	ask->row.state = REQUEST_ASKED;
	ask->row.asked_ms = now_ms;
	ask->row.decided_ms = 0;
	ask_submit(ask);
}

bool approver_has_room(const struct approver *a)
{
	return requests_have_room(a->requests);
}

/* --- health -------------------------------------------------------------------------- */

void approver_health(const struct approver *a, struct approver_health *ret_h)
{
	*ret_h = (struct approver_health){ .ledger_ok = a->ledger_ok };
	text_copy(ret_h->ledger_why, sizeof(ret_h->ledger_why), a->ledger_why);
	ret_h->audit_ok =
		!sinks_forbid(a->sinks, ret_h->audit_why, sizeof(ret_h->audit_why));
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (a->providers[i]) {
			ret_h->providers[ret_h->n_providers].key =
				a->providers[i]->ops->key;
			a->providers[i]->ops->health(
				a->providers[i],
				&ret_h->providers[ret_h->n_providers].health);
			ret_h->n_providers++;
		}
	}
	ret_h->checking = requests_count(a->requests);
	ret_h->unsent = effects_waiting(a->effects);
	ret_h->ordered = orders_running(a->orders);
	orders_health(a->orders, ret_h);
	inventory_health(a->inventory, ret_h);
}

void approver_warm(struct approver *a)
{
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (a->providers[i]) {
			a->providers[i]->ops->warm(a->providers[i]);
		}
	}
}

bool approver_idle(const struct approver *a)
{
	return requests_count(a->requests) == 0 && effects_sending(a->effects) == 0 &&
	       orders_running(a->orders) == 0 && !grants_busy(a->grants) && !a->deeds;
}

/* --- life ------------------------------------------------------------------------------ */

static bool webhook_check(const struct provider_config *p, struct fail *f)
{
	return incidentio_key_check("incidentio.webhook_secret", &p->webhook_secret, f) &&
	       incidentio_key_check("incidentio.webhook_secret_old",
				    &p->webhook_secret_old, f);
}

bool approver_check(const struct config *c, struct fail *f)
{
	const char *where;

	return store_driver_find(c->ledger, &where, f) && policy_check(c, f) &&
	       provisioners_check(c, f) && identity_check(c, f) &&
	       webhook_check(&c->incidentio, f);
}

static const char *const provider_keys[PROVIDER_MAX] = {
	[PROVIDER_INCIDENTIO] = "incidentio",
	[PROVIDER_PAGERDUTY] = "pagerduty",
};

static const struct provider_config *provider_config(const struct config *c, size_t i)
{
	return i == PROVIDER_INCIDENTIO ? &c->incidentio : &c->pagerduty;
}

static void providers_close(struct approver *a)
{
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (a->providers[i]) {
			a->providers[i]->ops->close(a->providers[i]);
			a->providers[i] = NULL;
		}
	}
}

static bool providers_open(struct approver *a, const struct config *c, struct fail *f)
{
	struct policy_wants wants;

	policy_wants(c, &wants);
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		const struct provider_ops *ops = provider_find(provider_keys[i]);
		const struct provider_config *conf = provider_config(c, i);
		struct provider_env env = { .loop = a->env.loop,
					    .http = a->env.http,
					    .metrics = a->env.metrics,
					    .config = conf,
					    .want_participants = wants.participants,
					    .want_schedules = wants.schedules,
					    .window_before_s = wants.window_before_s,
					    .window_after_s = wants.window_after_s };

		if (conf->where.present && !ops->open(&env, &a->providers[i], f)) {
			providers_close(a);
			return fail_wrap(f, "open %s", ops->name);
		}
	}
	return true;
}

static bool parts_create(struct approver *a, struct fail *f)
{
	if (!orders_open(a, &a->orders, f)) {
		return false;
	}
	a->verdict = calloc(1, sizeof(*a->verdict));
	a->effects = effects_create(a);
	a->grants = grants_create(a);
	a->requests = requests_create(a);
	a->reminders = reminders_create(a);
	a->recheck = recheck_create(a);
	a->inventory = inventory_create(a);
	a->seal = seal_create(a);
	a->sinks = sinks_create(a);
	if (!a->verdict || !a->effects || !a->grants || !a->requests || !a->reminders ||
	    !a->recheck || !a->inventory || !a->seal || !a->sinks) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return true;
}

bool approver_open(const struct approver_env *env, struct approver **ret_a,
		   struct fail *f)
{
	struct approver *a = calloc(1, sizeof(*a));

	if (!a) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	a->env = *env;
	a->clock = loop_clock(env->loop);
	ledger_watch_init(a);
	a->unsure_timer.cb = on_unsure;
	a->claim = -1;
	if (env->only_record) {
		if (!store_open(env->config->ledger, env->loop, NULL, &a->store, f)) {
			free(a);
			return false;
		}
		*ret_a = a;
		return true;
	}
	if (!store_claim(env->config->ledger, &a->claim, f) ||
	    !store_open(env->config->ledger, env->loop, env->metrics, &a->store, f) ||
	    !providers_open(a, env->config, f)) {
		approver_close(a);
		return false;
	}
	ledger_watch_probe(a); /* first of all: it says whether anything may be granted */
	if (!parts_create(a, f)) {
		approver_close(a);
		return false;
	}
	*ret_a = a;
	return true;
}

void approver_close(struct approver *a)
{
	if (!a) {
		return;
	}
	a->closing = true;
	ledger_watch_stop(a);
	loop_timer_cancel(&a->unsure_timer);
	seal_stop(a->seal);
	store_close(a->store); /* last callbacks fire in here */
	sinks_destroy(a->sinks);
	unsure_cancel(a);
	deeds_close(a);
	recheck_destroy(a->recheck);
	inventory_destroy(a->inventory);
	reminders_destroy(a->reminders);
	requests_destroy(a->requests);
	grants_destroy(a->grants);
	effects_destroy(a->effects);
	orders_close(a->orders);
	seal_destroy(a->seal);
	providers_close(a);
	if (a->claim >= 0) {
		close(a->claim);
	}
	free(a->verdict);
	free(a);
}

bool approver_reload(struct approver *a, const struct config *c, struct fail *f)
{
	struct provider *old[PROVIDER_MAX];

	requests_cancel_questions(a->requests);
	recheck_cancel(a->recheck);
	inventory_cancel(a->inventory);
	memcpy(old, a->providers, sizeof(old));
	memset(a->providers, 0, sizeof(a->providers));
	if (!providers_open(a, c, f) || !orders_reload(a->orders, c, f)) {
		providers_close(a);
		memcpy(a->providers, old, sizeof(old));
		requests_ask_again(a->requests);
		recheck_resume(a->recheck);
		inventory_resume(a->inventory);
		return false;
	}
	for (size_t i = 0; i < PROVIDER_MAX; i++) {
		if (old[i]) {
			old[i]->ops->close(old[i]);
		}
	}
	a->env.config = c;
	requests_ask_again(a->requests);
	recheck_resume(a->recheck);
	inventory_resume(a->inventory);
	approver_warm(a);
	return true;
}
