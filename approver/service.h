/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the approver share: the ledger, the providers, the clock. Each part
 * (request.c, grants.c, effects.c, orders.c) owns its own struct and knows the others by the
 * functions of their headers. */
#ifndef APPROVER_SERVICE_H
#define APPROVER_SERVICE_H

#include "accessd/approver.h"
#include "accessd/clock.h"
#include "approver/policy.h"
#include "shared/loop.h"
#include "shared/ulid.h"

struct deed_job;
struct effects;
struct grants;
struct inventory;
struct metric;
struct orders;
struct recheck;
struct reminders;
struct requests;
struct seal;
struct sinks;

enum { PROVIDER_INCIDENTIO, PROVIDER_PAGERDUTY, PROVIDER_MAX };

struct approver {
	struct approver_env env;
	const struct clock *clock;
	struct store *store;
	int claim; /* on the ledger: closed after the store; -1: none */
	struct provider *providers[PROVIDER_MAX]; /* NULL: not configured */
	struct ulid_source ids;
	struct requests *requests;
	struct grants *grants;
	struct effects *effects;
	struct orders *orders;
	struct seal *seal;
	struct deed_job *deeds; /* under way */
	struct freeze_row freeze;
	struct inventory *inventory;
	struct recheck *recheck;
	struct reminders *reminders;
	struct sinks *sinks;
	bool closing;            /* nothing new is started */
	struct verdict *verdict; /* room for the one that is being reached: it is large */

	/* How the ledger is doing: what the last operation said, asked again by a timer. */
	bool ledger_ok;
	char ledger_why[CAUSE_SIZE];
	bool ledger_full; /* as of the last probe: only what ends something succeeds */
	struct loop_timer probe_timer;
	struct store_op probe;
	bool probing;
	struct loop_timer hung_timer; /* the probe has waited for long enough */
	int64_t heard_ms;             /* mono: of the ledger, whatever it said */

	struct ask *unsure; /* asks of which nobody knows whether they are recorded */
	struct loop_timer unsure_timer;
	struct metric *m_ledger_ok, *m_ledger_free, *m_ledger_reserve;
};

/* Every callback of a store operation passes its failure through here, so that /readyz
 * knows. Returns whether the operation is on disk. */
bool service_ledger(struct approver *a, const struct fail *f);

#endif
