/* SPDX-License-Identifier: Apache-2.0 */
/* The faked Slack as a whole: opened, closed, made to forget, and what it counts. */
#include <stdlib.h>

#include "shared/http_client.h"
#include "tests/world/slack.h"

bool slack_open(struct world *w, struct fail *f)
{
	struct http_client_config conf = { .ca_file = "",
					   .proxy = "",
					   .user_agent = "Slackbot 1.0" };

	w->slack = calloc(1, sizeof(*w->slack));
	if (!w->slack) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return http_client_open(w->loop, &conf, &w->slack->out, f);
}

static void rows_free(struct rows *r)
{
	for (size_t i = 0; i < r->n; i++) {
		free(r->items[i]);
	}
	free(r->items);
	*r = (struct rows){ 0 };
}

void slack_forget(struct world *w)
{
	slack_posts_forget(w);
	rows_free(&w->slack->tickets);
	rows_free(&w->slack->triggers);
	rows_free(&w->slack->hooks);
	w->slack->strange_frames = 0;
	w->slack->strange_acks = 0;
	w->slack->last_close = 0;
}

/* The streams are gone by now, and their sockets with them. */
void slack_close(struct world *w)
{
	if (w->slack) {
		slack_forget(w);
		http_client_close(w->slack->out);
		free(w->slack);
		w->slack = NULL;
	}
}

/* --- what tests see ------------------------------------------------------------------------- */

size_t world_acks_on(const struct world *w, unsigned socket)
{
	size_t n = 0;

	rows_each(struct world_envelope, e, &w->envelopes)
	{
		n += e->acks && e->ack_socket == socket;
	}
	return n;
}

size_t world_strange_frames(const struct world *w)
{
	return w->slack->strange_frames;
}

size_t world_strange_acks(const struct world *w)
{
	return w->slack->strange_acks;
}

int world_last_close_code(const struct world *w)
{
	return w->slack->last_close;
}
