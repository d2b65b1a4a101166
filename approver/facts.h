/* SPDX-License-Identifier: Apache-2.0 */
/* From what a provider answered to what a decision looks at. */
#ifndef APPROVER_FACTS_H
#define APPROVER_FACTS_H

#include "approver/policy.h"

/* Take over what was answered, in the callback of the question; now_ms is monotonic. The
 * question owns nothing of it any more. */
void facts_hear(struct provider_facts *of, const struct standing_ask *ask,
		const struct fail *f, int64_t now_ms);

/* Give back what was taken over; the second leaves it empty. */
void facts_release(const struct provider_facts *of);
void facts_forget(struct provider_facts *of);

#endif
