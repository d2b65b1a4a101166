/* SPDX-License-Identifier: Apache-2.0 */
/* Durations as Indent's platform writes them: Go's text, such as "6h0m0s". Pure. */
#ifndef APPROVER_INDENT_TIME_H
#define APPROVER_INDENT_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define INDENT_LABEL_DURATION "indent.com/time/duration"
#define INDENT_LABEL_EXPIRES  "indent.com/time/expires"

enum { INDENT_DURATION_SIZE = 48 };

/* What Go's time.ParseDuration() takes, to whole seconds: a part of one counts as one, so
 * that only "0" and its like are zero. "-1ns", which says "until revoked", is negative.
 * False when it is not a duration, or longer than Go can count. */
bool indent_duration_parse(const char *text, int64_t *ret_s);

/* "XhYmZs", with all three. */
void indent_duration_format(int64_t s, char dst[INDENT_DURATION_SIZE]);

#endif
