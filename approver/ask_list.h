/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of questions, in the order in which they were asked. A question is in one list at
 * most, linked through its `next`. Pure. */
#ifndef APPROVER_ASK_LIST_H
#define APPROVER_ASK_LIST_H

#include <stdbool.h>

#include "accessd/provider.h"

/* It points into itself: never copied. */
struct ask_list {
	struct standing_ask *first;
	struct standing_ask **end;
};

void ask_list_init(struct ask_list *l);
void ask_list_add(struct ask_list *l, struct standing_ask *ask);

/* Take out the one that *at points to: &l->first, or the `next` of one that is in l. */
struct standing_ask *ask_list_take(struct ask_list *l, struct standing_ask **at);

/* All of src goes to the end of dst. */
void ask_list_append(struct ask_list *dst, struct ask_list *src);

/* Whether it was in there. */
bool ask_list_remove(struct ask_list *l, const struct standing_ask *ask);

#endif
