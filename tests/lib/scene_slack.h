/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes at Slack: what people type, how the socket does, and time that passes. */
#ifndef TESTS_LIB_SCENE_SLACK_H
#define TESTS_LIB_SCENE_SLACK_H

#include <jansson.h>
#include <stdbool.h>

#include "tests/lib/scene.h"

/* One line, from /readyz's own source: why it is not ready, "" when it is. */
const char *scene_why(struct scene *t);

bool scene_live(struct scene *t);
bool scene_until_live(struct scene *t);
bool scene_until_dark(struct scene *t);
bool scene_until_sockets(struct scene *t, size_t n);
/* The same, helloed or not. */
bool scene_until_streams(struct scene *t, size_t n);

/* Time passes as in scene_advance(), but no real time does: for long whiles. */
void scene_pass(struct scene *t, int64_t ms);

/* How often Slack was asked for a ticket. */
size_t scene_dials(struct scene *t);
bool scene_until_dials(struct scene *t, size_t n);

/* Type into any channel, without the wait for the ack and without moving the clock. */
struct world_envelope *scene_type_in(struct scene *t, const char *who,
				     const char *channel, const char *text);
/* The same with the text as it stands between the quotes of the JSON. */
struct world_envelope *scene_type_json(struct scene *t, const char *who,
				       const char *json_text);
bool scene_acked(struct scene *t, const struct world_envelope *e);
bool scene_acked_times(struct scene *t, const struct world_envelope *e, unsigned n);

/* A slash command of ana's with some members changed or (JSON null) without them. */
struct world_envelope *scene_send_command(struct scene *t, json_t *changes);

/* Wait until `n` messages hold `part`, and then a little for one too many; how many. */
size_t scene_count_settled(struct scene *t, const char *part, size_t n);

/* Press the button with this action_id in the newest message that holds `part`, and wait for
 * the ack. NULL: there is no such button that they can see. */
struct world_envelope *scene_press(struct scene *t, const char *who, const char *part,
				   const char *action);

/* The same, and wait for what the one who pressed is told; "" when nothing comes. */
const char *scene_press_says(struct scene *t, const char *who, const char *part,
			     const char *action);

/* What an envelope was answered with, by its ack or at its response_url; "" : nothing. */
const char *scene_answer(struct scene *t, const struct world_envelope *e);

/* Type, and wait for that. */
const char *scene_tell(struct scene *t, const char *who, const char *text);

/* An incident that this person leads, a little while ago. */
struct world_incident *scene_incident(struct scene *t, const char *who);

#endif
