/* SPDX-License-Identifier: Apache-2.0 */
/* The check for being on call on a schedule, for rules that ask for more than that. */
#ifndef APPROVER_POLICY_SCHEDULE_H
#define APPROVER_POLICY_SCHEDULE_H

#include "approver/policy_rule.h"

enum check_result schedule_look(const struct look *l, struct trace_line *t);
void schedule_but(const struct look *l, struct words *w);

/* Whether they are on a shift that the rule counts, or were until late_ms ago; *ret_end_ms
 * is when the last such shift ends, INT64_MAX: never. */
bool schedule_holds(const struct look *l, int64_t late_ms, int64_t *ret_end_ms);

/* "be on call for PSCHED1 or PSCHED2" */
void schedule_add_fix(const struct look *l, struct words *w);

#endif
