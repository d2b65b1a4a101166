/* SPDX-License-Identifier: Apache-2.0 */
#include "approver/facts.h"

#include <stdint.h>
#include <stdlib.h>

#include "approver/snapshot.h"
#include "shared/text.h"

void facts_hear(struct provider_facts *of, const struct standing_ask *ask,
		const struct fail *f, int64_t now_ms)
{
	of->fail = *f;
	if (f->kind != FAIL_NONE) {
		return;
	}
	of->snapshot = ask->snapshot;
	of->age_ms = now_ms - ask->snapshot->fetched_mono_ms;
	text_copy(of->user, sizeof(of->user), ask->user);
	of->stands = snapshot_stands_of(ask->snapshot, ask->user, &of->n_stands);
	text_copy(of->why_no_user, sizeof(of->why_no_user), ask->why_no_user);
	of->on_call = ask->on_call;
	of->n_on_call = ask->n_on_call;
	of->on_schedules = ask->on_schedules;
	of->n_on_schedules = ask->n_on_schedules;
}

void facts_release(const struct provider_facts *of)
{
	snapshot_unref(of->snapshot);
	free((void *)(uintptr_t)of->on_call);
	free((void *)(uintptr_t)of->on_schedules);
}

void facts_forget(struct provider_facts *of)
{
	facts_release(of);
	*of = (struct provider_facts){ 0 };
}
