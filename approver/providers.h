/* SPDX-License-Identifier: Apache-2.0 */
/* The table of providers. */
#ifndef APPROVER_PROVIDERS_H
#define APPROVER_PROVIDERS_H

#include "accessd/provider.h"

/* All of them, in alphabetical order. */
extern const struct provider_ops *const provider_table[];

/* By the word of the config file: "incidentio", "pagerduty". NULL: none. */
const struct provider_ops *provider_find(const char *key);

#endif
