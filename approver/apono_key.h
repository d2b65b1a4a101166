/* SPDX-License-Identifier: Apache-2.0 */
/* Whether two questions of Apono's are the same: a digest for who remembers, and a key for
 * the ledger. Pure. */
#ifndef APPROVER_APONO_KEY_H
#define APPROVER_APONO_KEY_H

#include <stdint.h>

#include "approver/apono_parse.h"
#include "shared/sig.h"

enum { APONO_KEY_SIZE = SIG_HEX_SIZE + 24 };

/* Nothing secret: a key has to be the same after a restart. NULL when memory ran out. */
struct sig_key *apono_digests_create(void);

/* Of everything that the verdict rests on, and no more: an event carries its own time. */
void apono_digest(struct sig_key *digests, const struct apono_ask *ask,
		  uint8_t ret_digest[SIG_SIZE]);

/* A minute later it is another question: the key changes once in each. */
void apono_key(const uint8_t digest[SIG_SIZE], int64_t wall_ms,
	       char ret_key[APONO_KEY_SIZE]);

#endif
