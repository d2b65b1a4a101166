/* SPDX-License-Identifier: Apache-2.0 */
/* The providers that there are: a new one is one file and one line here. */
#include "approver/providers.h"

#include "shared/text.h"

extern const struct provider_ops provider_incidentio;
extern const struct provider_ops provider_pagerduty;

/* In alphabetical order. */
const struct provider_ops *const provider_table[] = {
	&provider_incidentio,
	&provider_pagerduty,
};

const struct provider_ops *provider_find(const char *key)
{
	for (size_t i = 0; i < ARRAY_LEN(provider_table); i++) {
		if (text_same(provider_table[i]->key, key)) {
			return provider_table[i];
		}
	}
	return NULL;
}
