/* SPDX-License-Identifier: Apache-2.0 */
/* What a desk knows, how long it is good for, and beginning to read what is missing. For
 * desk.c only. */
#ifndef APPROVER_DESK_READING_H
#define APPROVER_DESK_READING_H

#include <stdbool.h>
#include <stdint.h>

#include "approver/desk.h"

int64_t desk_now_ms(const struct desk *d); /* monotonic */
int64_t desk_max_age_ms(const struct desk *d);

/* Whether there is a list that serves this question; if not, one is being read. */
bool desk_have_list(struct desk *d, const struct standing_ask *ask);

/* Whether the question can be answered; begins to read what is missing. */
bool desk_have_all(struct desk *d, const struct standing_ask *ask);

/* The same, and reads nothing. */
bool desk_all_there(const struct desk *d, const struct standing_ask *ask);

/* Whether the question waits for r, and would have been served by what is being read. */
bool desk_misses(const struct desk *d, const struct standing_ask *ask,
		 const struct reading *r);

/* What was being read is there, if ok. */
void desk_reading_end(struct reading *r, bool ok);

#endif
