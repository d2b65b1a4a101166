/* SPDX-License-Identifier: Apache-2.0 */
/* What a target says of who has what there. Pure. */
#ifndef APPROVER_IN_FORCE_H
#define APPROVER_IN_FORCE_H

#include <stddef.h>

#include "accessd/provisioner.h"

/* {"held":[{"grant":"…","user":"…","email":"…"}, …]}: all of it, or a failure. *ret_rows is
 * the caller's to free(); NULL with *ret_n 0. */
bool in_force_parse(const char *text, size_t len, struct in_force **ret_rows,
		    size_t *ret_n, struct fail *f);

#endif
