/* SPDX-License-Identifier: Apache-2.0 */
/* Methods of the Web API that Slack has limited, and the calls that wait for them. */
#include "bot/slack/park.h"

#include <stdlib.h>
#include <string.h>

struct slack_park {
	struct slack_parks *parks;
	const char *method;
	struct slack_park *next;
	struct loop_timer timer;
	struct slack_call *waiting; /* in the order of their start */
	struct slack_call *probe;   /* the one that goes first; NULL: none is under way */
	size_t n;
};

void call_list_insert(struct slack_call **list, struct slack_call *call)
{
	while (*list && (*list)->seq < call->seq) {
		list = &(*list)->next;
	}
	call->next = *list;
	*list = call;
}

void call_list_remove(struct slack_call **list, struct slack_call *call)
{
	while (*list && *list != call) {
		list = &(*list)->next;
	}
	if (*list) {
		*list = call->next;
	}
	call->next = NULL;
}

struct slack_park *parks_find(const struct slack_parks *ps, const char *method)
{
	struct slack_park *park = ps->first;

	while (park && strcmp(park->method, method) != 0) {
		park = park->next;
	}
	return park;
}

static void park_destroy(struct slack_park *park)
{
	struct slack_park **at = &park->parks->first;

	while (*at != park) {
		at = &(*at)->next;
	}
	*at = park->next;
	loop_timer_cancel(&park->timer);
	free(park);
}

/* Let the next one go, when it may. */
static void park_advance(struct slack_park *park)
{
	struct slack_call *call = park->waiting;

	if (park->probe || loop_timer_running(&park->timer)) {
		return;
	}
	if (!call) {
		park_destroy(park);
		return;
	}
	call_list_remove(&park->waiting, call);
	park->n--;
	park->probe = call;
	park->parks->fly(call);
}

static void on_park_over(struct loop_timer *t)
{
	park_advance(container_of(t, struct slack_park, timer));
}

static struct slack_park *park_create(struct slack_parks *ps, const char *method)
{
	struct slack_park *park = calloc(1, sizeof(*park));

	if (park) {
		park->parks = ps;
		park->method = method;
		park->timer.cb = on_park_over;
		park->next = ps->first;
		ps->first = park;
	}
	return park;
}

static int64_t left_ms(const struct slack_park *park)
{
	const struct clock *clock = loop_clock(park->parks->loop);

	return loop_timer_running(&park->timer) ? park->timer.at_ms - clock_mono_ms(clock)
						: 0;
}

struct slack_park *parks_stop(struct slack_parks *ps, const char *method, int64_t wait_ms)
{
	struct slack_park *park = parks_find(ps, method);

	if (!park) {
		park = park_create(ps, method);
	}
	if (park && left_ms(park) < wait_ms) {
		loop_timer_start(ps->loop, &park->timer, wait_ms);
	}
	return park;
}

bool park_full(const struct slack_park *park)
{
	return park->n >= PARK_WAITING_MAX;
}

void park_wait(struct slack_park *park, struct slack_call *call)
{
	call->park = park;
	call_list_insert(&park->waiting, call);
	park->n++;
}

void park_leave(struct slack_park *park, struct slack_call *call)
{
	call->park = NULL;
	if (park->probe == call) {
		park->probe = NULL;
	} else {
		call_list_remove(&park->waiting, call);
		park->n--;
	}
	park_advance(park);
}

uint32_t park_left_s(const struct slack_park *park)
{
	int64_t ms = left_ms(park);

	return ms < 1000 ? 1 : (uint32_t)((ms + 999) / 1000);
}

void parks_clear(struct slack_parks *ps, void (*each)(struct slack_call *call))
{
	while (ps->first) {
		struct slack_park *park = ps->first;

		if (park->probe) {
			park->probe->park = NULL;
		}
		while (park->waiting) {
			struct slack_call *call = park->waiting;

			park->waiting = call->next;
			call->next = NULL;
			call->park = NULL;
			each(call);
		}
		park_destroy(park);
	}
}
