/* SPDX-License-Identifier: Apache-2.0 */
/* What holds in every scene, whatever is told in it: no secret in a log line or a message,
 * nobody pinged but who asked, no ack late or too long, every command answered. */
#ifndef TESTS_LIB_SCENE_WATCH_H
#define TESTS_LIB_SCENE_WATCH_H

#include <stdbool.h>

#include "tests/lib/scene.h"

/* For cmocka, in the place of scene_setup() and so on. The log goes to scene_log() from
 * the start, and the teardown is a scene_check(). */
int watch_setup(void **state);
int watch_setup_stopped(void **state);
int watch_teardown(void **state);

/* All lines so far, and nothing from before the last call of scene_log_clear(). */
const char *scene_log(void);
void scene_log_clear(void);

/* Wait until a line holds `part`. */
bool scene_logged(struct scene *t, const char *part);

/* Stops the test when something that must hold does not. */
void scene_check(struct scene *t);

/* The commands of this scene may go without an answer, or be acked late, or closed upon. */
void scene_expect_unanswered(void);

/* A row of a table begins: what the world was told and has heard is forgotten, accessd
 * is stopped, its ledger begins anew. scene_start() follows. */
void scene_again(struct scene *t);

/* --- Slack ------------------------------------------------------------------------------- */

/* One line, from /readyz's own source: why it is not ready, "" when it is. */
const char *scene_why(struct scene *t);

bool scene_live(struct scene *t);
bool scene_until_live(struct scene *t);
bool scene_until_dark(struct scene *t);
bool scene_until_sockets(struct scene *t, size_t n);

/* Time passes as in scene_advance(), but no real time does: for long whiles. */
void scene_pass(struct scene *t, int64_t ms);

/* How often Slack was asked for a ticket. */
size_t scene_dials(struct scene *t);

/* Type into any channel, without the wait for the ack and without moving the clock. */
struct world_envelope *scene_type_in(struct scene *t, const char *who,
				     const char *channel, const char *text);
/* The same with the text as it stands between the quotes of the JSON. */
struct world_envelope *scene_type_json(struct scene *t, const char *who,
				       const char *json_text);
bool scene_acked(struct scene *t, const struct world_envelope *e);

/* A slash command of ana's with some members changed or (JSON null) without them. */
struct world_envelope *scene_send_command(struct scene *t, json_t *changes);

/* Wait until `n` messages hold `part`, and then a little for one too many; how many. */
size_t scene_count_settled(struct scene *t, const char *part, size_t n);

/* An incident that this person leads, a little while ago. */
struct world_incident *scene_incident(struct scene *t, const char *who);

#endif
