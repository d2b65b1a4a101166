/* SPDX-License-Identifier: Apache-2.0 */
/* The providers that there are: a new one is one file and one line here. */
#include "approver/providers.h"

#include "shared/text.h"

extern const struct provider_ops provider_incidentio;
extern const struct provider_ops provider_pagerduty;

/* In alphabetical order. */
static const struct provider_ops *const providers[] = {
	&provider_incidentio,
	&provider_pagerduty,
};

const struct provider_ops *provider_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(providers); i++) {
		if (text_same(providers[i]->key, key)) {
			return providers[i];
		}
	}
	return NULL;
}
