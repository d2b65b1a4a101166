/* SPDX-License-Identifier: Apache-2.0 */
/* Finding people at PagerDuty, and what they are on call for. See struct desk_ops. */
#ifndef APPROVER_PAGERDUTY_PERSON_H
#define APPROVER_PAGERDUTY_PERSON_H

#include <stdbool.h>

#include "approver/desk.h"

bool pagerduty_identify(struct desk *d, struct who *w);
void pagerduty_on_call(struct desk *d, struct who *w);

#endif
