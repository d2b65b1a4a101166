/* SPDX-License-Identifier: Apache-2.0 */
/* What became of one incident at incident.io; for its struct provider_ops. */
#ifndef APPROVER_INCIDENTIO_FATE_H
#define APPROVER_INCIDENTIO_FATE_H

#include "accessd/provider.h"

void incidentio_fate(struct provider *p, struct fate_ask *ask);
void incidentio_fate_cancel(struct provider *p, struct fate_ask *ask);

#endif
