/* SPDX-License-Identifier: Apache-2.0 */
/* The secret of an incident.io webhook -> the key that it stands for. Pure. */
#ifndef APPROVER_INCIDENTIO_KEY_H
#define APPROVER_INCIDENTIO_KEY_H

#include <stdbool.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/sig.h"

/* "whsec_" and base64 of 24 to 64 bytes, as handed out; without "whsec_" the key is the
 * text itself. Says what is wrong without a byte of it; `name` is the config's. A secret
 * that is not set, or was not read, is fine. */
bool incidentio_key_check(const char *name, const struct secret *s, struct fail *f);

/* NULL: not set, not good, or memory ran out. */
struct sig_key *incidentio_key_create(const struct secret *s);

#endif
