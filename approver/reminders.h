/* SPDX-License-Identifier: Apache-2.0 */
/* Says of each grant, shortly before its time is up, that it ends soon. */
#ifndef APPROVER_REMINDERS_H
#define APPROVER_REMINDERS_H

#include "approver/service.h"

/* NULL when memory ran out. */
struct reminders *reminders_create(struct approver *a);
void reminders_destroy(struct reminders *r); /* accepts NULL */

/* A grant of which it is to be said then is on disk. */
void reminders_added(struct reminders *r, int64_t remind_ms);

#endif
