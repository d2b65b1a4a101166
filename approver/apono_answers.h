/* SPDX-License-Identifier: Apache-2.0 */
/* Verdicts of the last minute: who asks the same again hears the same, by the same id. */
#ifndef APPROVER_APONO_ANSWERS_H
#define APPROVER_APONO_ANSWERS_H

#include <stddef.h>
#include <stdint.h>

#include "shared/sig.h"

enum { APONO_ANSWERS_MAX = 256, APONO_ANSWERS_MS = 60 * 1000 };

struct apono_answers;

/* NULL when memory ran out. */
struct apono_answers *apono_answers_create(void);
void apono_answers_destroy(struct apono_answers *all); /* accepts NULL */

/* now_ms is monotonic. NULL: not asked, or longer ago. Valid until the next call. */
const char *apono_answers_find(const struct apono_answers *all,
			       const uint8_t digest[SIG_SIZE], int64_t now_ms);

/* A copy of text is kept, in the place of the oldest when there are APONO_ANSWERS_MAX. */
void apono_answers_add(struct apono_answers *all, const uint8_t digest[SIG_SIZE],
		       const char *text, int64_t now_ms);

void apono_answers_clear(struct apono_answers *all);

#endif
