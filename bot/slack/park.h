/* SPDX-License-Identifier: Apache-2.0 */
/* Methods of the Web API that Slack has limited, and the calls that wait for them: in the
 * order of their start, and one at a time once the method may be called again, since all
 * at once would be limited again. bot/slack/web_api.c owns it; nobody else includes
 * this. */
#ifndef BOT_SLACK_PARK_H
#define BOT_SLACK_PARK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bot/slack/web_api.h"
#include "shared/loop.h"

enum { PARK_WAITING_MAX = 1024 }; /* calls of one method */

struct slack_parks {
	struct loop *loop;
	struct slack_park *first;
	void (*fly)(struct slack_call *call); /* it has waited long enough */
};

/* Lists of calls by `next`, oldest first. */
void call_list_insert(struct slack_call **list, struct slack_call *call);
void call_list_remove(struct slack_call **list, struct slack_call *call);

/* NULL: the method may be called. */
struct slack_park *parks_find(const struct slack_parks *ps, const char *method);

/* The method stands still for wait_ms from now on, or longer if it did already. NULL when
 * memory ran out. The park goes by itself when its time is over and nobody waits. */
struct slack_park *parks_stop(struct slack_parks *ps, const char *method,
			      int64_t wait_ms);

/* Forget all; each() gets those who waited. */
void parks_clear(struct slack_parks *ps, void (*each)(struct slack_call *call));

bool park_full(const struct slack_park *park);
void park_wait(struct slack_park *park, struct slack_call *call); /* not when full */

/* A call that has waited is cancelled, or answered: the next one may go. The park may be
 * gone afterwards. */
void park_leave(struct slack_park *park, struct slack_call *call);

/* How long the method stands still yet: 1 and up. */
uint32_t park_left_s(const struct slack_park *park);

#endif
