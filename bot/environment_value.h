/* SPDX-License-Identifier: Apache-2.0 */
/* Values of environment variables as the original Indent webhooks read them, made strict
 * where leniency would approve more than somebody meant. Pure; messages name the
 * variable. */
#ifndef BOT_ENVIRONMENT_VALUE_H
#define BOT_ENVIRONMENT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/duration.h"

#define ENVIRONMENT_DURATION_MAX_S DURATION_MAX_S
#define ENVIRONMENT_WINDOW_MAX_S   ((int64_t)24 * 3600)

/* A number of hours or minutes. */
struct environment_number {
	const char *name;
	const char *unit;    /* for people */
	int64_t unit_s;      /* how long it is */
	int64_t otherwise_s; /* when it is not set, or "" */
	int64_t min_s, max_s;
};

/* As parseFloat() does it: leading blanks, a fraction and an exponent are fine, and what
 * comes behind the number is ignored: "8h" is 8. Rounded to whole seconds. What is no
 * number, and what is out of bounds, is refused. */
bool environment_number(const struct environment_number *n, const char *text,
			int64_t *ret_s, struct fail *f);

/* true 1 yes on, false 0 no off, in either case of letters; "" is false. */
bool environment_bool(const char *name, const char *text, bool *ret_b, struct fail *f);

/* "a, b" -> a and b: trimmed, empty items dropped. "" is an empty list; a text of nothing
 * but commas and blanks is refused, as an empty list may mean any. */
bool environment_list(const char *name, const char *text, struct str_list *ret_l,
		      struct fail *f);
void environment_list_finish(struct str_list *l);

#endif
