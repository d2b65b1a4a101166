/* SPDX-License-Identifier: Apache-2.0 */
/* The check for being on call on a schedule, for rules that ask for more than that. */
#ifndef APPROVER_POLICY_SCHEDULE_H
#define APPROVER_POLICY_SCHEDULE_H

#include "approver/policy_rule.h"

enum check_result schedule_look(const struct look *l, struct trace_line *t);
void schedule_but(const struct look *l, struct words *w);

/* "be on call for PSCHED1 or PSCHED2" */
void schedule_add_fix(const struct look *l, struct words *w);

#endif
