/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an incident of incident.io counts for a rule. Only the rules on incident.io
 * include this. */
#ifndef APPROVER_POLICY_INCIDENTIO_H
#define APPROVER_POLICY_INCIDENTIO_H

#include "approver/policy_rule.h"

enum check_result incidentio_look_private(const struct look *l, struct trace_line *t);
enum check_result incidentio_look_severity(const struct look *l, struct trace_line *t);
enum check_result incidentio_look_type(const struct look *l, struct trace_line *t);
enum check_result incidentio_look_age(const struct look *l, struct trace_line *t);
enum check_result incidentio_look_declared(const struct look *l, struct trace_line *t);

void incidentio_but_severity(const struct look *l, struct words *w);
void incidentio_but_type(const struct look *l, struct words *w);
void incidentio_but_age(const struct look *l, struct words *w);
void incidentio_but_declared(const struct look *l, struct words *w);

/* The rows of a rule's checks that follow the first, in the order in which they are
 * explained. Whether an incident is private is never spoken of. */
/* clang-format off */
#define INCIDENTIO_CHECKS                                                              \
	{ "private",           incidentio_look_private,  NULL },                       \
	{ "min_severity",      incidentio_look_severity, incidentio_but_severity },    \
	{ "type",              incidentio_look_type,     incidentio_but_type },        \
	{ "max_age",           incidentio_look_age,      incidentio_but_age },         \
	{ "not_self_declared", incidentio_look_declared, incidentio_but_declared }
/* clang-format on */

/* A private incident has no name that others may read. */
const char *incidentio_shown(const struct look *l);

/* The incident to take part in; or, when there is none that could be named, which count. */
void incidentio_add_wanted(const struct look *l, struct words *w);

#endif
