/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes: what is said of one request is said in order. A lane is there while something is in
 * it, so there are never more lanes than messages in memory. */
#include "approver/effect_parts.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

static struct lane *lane_get(struct effects *e, const char *name)
{
	struct lane **last = &e->lanes;
	struct lane *lane;

	for (; *last; last = &(*last)->next) {
		if (strcmp((*last)->name, name) == 0) {
			return *last;
		}
	}
	lane = calloc(1, sizeof(*lane));
	if (lane) {
		text_copy(lane->name, sizeof(lane->name), name);
		*last = lane; /* behind the others: they were there first */
	}
	return lane;
}

bool lane_enter(struct effect *x, const char *lane_name)
{
	struct lane *lane = lane_get(x->all, lane_name);

	if (!lane) {
		return false;
	}
	x->lane = lane;
	if (lane->tail) {
		lane->tail->next = x;
	} else {
		lane->head = x;
	}
	lane->tail = x;
	return true;
}

static void lane_drop_if_empty(struct effects *e, struct lane *lane)
{
	if (lane->head) {
		return;
	}
	for (struct lane **at = &e->lanes; *at; at = &(*at)->next) {
		if (*at == lane) {
			*at = lane->next;
			free(lane);
			return;
		}
	}
}

/* Only the head of a lane is ever at work. */
void lane_leave(struct effect *x)
{
	struct effects *e = x->all;
	struct lane *lane = x->lane;

	lane->head = x->next;
	if (!lane->head) {
		lane->tail = NULL;
	}
	lane_drop_if_empty(e, lane);
	x->lane = NULL;
	x->step = STEP_OVER;
	x->next = e->over;
	e->over = x;
}
