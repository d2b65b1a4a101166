/* SPDX-License-Identifier: Apache-2.0 */
/* What a message will say, as JSON in the ledger: kept with the decision, sent when it is
 * durable, also by the process that comes after a crash. Pure. */
#ifndef APPROVER_NOTICE_H
#define APPROVER_NOTICE_H

#include "accessd/fail.h"
#include "accessd/notifier.h"

/* free() the result; NULL when memory ran out. */
char *notice_format(enum notice_kind kind, const struct notice_facts *about);

/* Members that this version does not know are ignored, those that are missing are "" or 0. */
bool notice_parse(const char *json, enum notice_kind *ret_kind,
		  struct notice_facts *ret_about, struct fail *f);

#endif
