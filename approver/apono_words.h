/* SPDX-License-Identifier: Apache-2.0 */
/* The wording of what Apono is answered. Pure.
 *
 * Apono's validators compare strings at a JSON path. Some of its forms begin the path with
 * `$.data.`, others do not, so that all stands at both places; and whatever is taken for a
 * value is a string. */
#ifndef APPROVER_APONO_WORDS_H
#define APPROVER_APONO_WORDS_H

#include "accessd/approver.h"
#include "accessd/config.h"
#include "approver/apono_match.h"
#include "approver/apono_parse.h"

/* "Reason text < 124 characters" */
enum { APONO_REASON_CHARS = 123, APONO_REASON_SIZE = APONO_REASON_CHARS * 4 + 1 };

/* Cut at a code point, and seen to be. */
void apono_reason(const char *why, char dst[APONO_REASON_SIZE]);

/* The body of a 200, for a decision that was granted or denied; free() it. NULL when
 * memory ran out. */
char *apono_answer(const struct decision *d);

/* What speaks against it before any policy is asked, in words for people; NULL: nothing. */
const char *apono_objection(const struct apono_config *conf, const struct apono_ask *ask,
			    const struct apono_resources *r);

#endif
