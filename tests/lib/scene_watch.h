/* SPDX-License-Identifier: Apache-2.0 */
/* What holds in every scene, whatever is told in it: no secret in a log line or a message,
 * nobody pinged but who asked, no ack late or too long, every command answered. */
#ifndef TESTS_LIB_SCENE_WATCH_H
#define TESTS_LIB_SCENE_WATCH_H

#include <stdbool.h>

#include "tests/lib/scene_slack.h"

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

#endif
