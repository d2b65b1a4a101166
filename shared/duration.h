/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as people write them (30s 45m 2h 1h30m 1.5h 90min 1d) and read them (2 h,
 * 1 h 30 min). Pure. */
#ifndef SHARED_DURATION_H
#define SHARED_DURATION_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"

enum { DURATION_SIZE = 48 };

/* Longer than any duration that makes sense here: 366 days. */
#define DURATION_MAX_S ((int64_t)366 * 86400)

/* Whether s has the look of a duration: numbers (digits of any script) and units in turn,
 * perhaps behind a sign; a number alone has it too. Says what a word of a command is
 * meant to be, not whether it is right. */
bool duration_looks_like(const char *s);

/* Whole seconds, 1..DURATION_MAX_S. Units s|sec m|min h|hr d|day and their plurals, in
 * either case, largest first, each once; a decimal fraction on the last one only, and not
 * on seconds. FAIL_INVALID with a message that names what is wrong: no unit ("'90' has no
 * unit: do you mean 90m or 90h?"), zero, negative, too long, unit twice or out of order,
 * not ASCII. */
bool duration_parse(const char *s, int64_t *ret_s, struct fail *f);

/* "2 h", "1 h 30 min", "45 min", "30 s", "1 d". At most two units; "0 s" for 0. */
void duration_format(int64_t s, char dst[DURATION_SIZE]);

#endif
