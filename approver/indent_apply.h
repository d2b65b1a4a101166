/* SPDX-License-Identifier: Apache-2.0 */
/* ApplyUpdate, as Indent's open-source integrations take it: the body, and what an answer
 * means. Pure. */
#ifndef APPROVER_INDENT_APPLY_H
#define APPROVER_INDENT_APPLY_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "accessd/provisioner.h"

/* free() the result. NULL when memory ran out. */
char *indent_apply_format(const struct provision *p);

/* A whole reply came: done (true), or one of the failures of accessd/provisioner.h. */
bool indent_apply_read(long status, const char *body, size_t n, struct fail *f);

#endif
