/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of questions, linked through the questions themselves. */
#include "approver/ask_list.h"

void ask_list_init(struct ask_list *l)
{
	l->first = NULL;
	l->end = &l->first;
}

void ask_list_add(struct ask_list *l, struct standing_ask *ask)
{
	ask->next = NULL;
	*l->end = ask;
	l->end = &ask->next;
}

struct standing_ask *ask_list_take(struct ask_list *l, struct standing_ask **at)
{
	struct standing_ask *ask = *at;

	*at = ask->next;
	if (l->end == &ask->next) {
		l->end = at;
	}
	return ask;
}

void ask_list_append(struct ask_list *dst, struct ask_list *src)
{
	if (src->first) {
		*dst->end = src->first;
		dst->end = src->end;
		ask_list_init(src);
	}
}

bool ask_list_remove(struct ask_list *l, const struct standing_ask *ask)
{
	struct standing_ask **at = &l->first;

	while (*at && *at != ask) {
		at = &(*at)->next;
	}
	return *at && ask_list_take(l, at);
}
