/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes with a provisioner: prod-db is the group 00g1 at "okta", which the world plays. */
#ifndef TESTS_LIB_SCENE_PROVISION_H
#define TESTS_LIB_SCENE_PROVISION_H

#include "tests/lib/scene_watch.h"

#define TARGET       "00g1"
#define OTHER_TARGET "00g2"
#define CALL         "POST /provisioner"

/* For cmocka, in the place of watch_setup(): ana leads an incident, so does bob. */
int provision_setup(void **state);
int provision_setup_stopped(
	void **state); /* change `more` and so on, then scene_start() */

/* Its config alone. */
void provision_scene(struct scene *t);

/* The lines of the config: url NULL is the world's. Good until the next. */
const char *provision_config(struct scene *t, const char *url, const char *keys);

/* Wait until the calls to the provisioner are n, until who has the target or has not. */
bool provision_called(struct scene *t, size_t n);
bool provision_holds(struct scene *t, const char *who, bool has);

/* Wait until that many grants are in this state, by the ledger. */
bool provision_state(struct scene *t, const char *state, int64_t n);

/* A fault of the provisioner's calls. */
void provision_fault(struct scene *t, struct world_fault fault);

/* A long while passes; at its end as slowly as the ledger, whose time is real, can go. */
void provision_pass(struct scene *t, int64_t ms);

/* Time passes until a message holds `part`, for cap_ms of it at most. */
struct world_message *provision_until_said(struct scene *t, const char *part,
					   int64_t cap_ms);

/* Kill it and start it anew. */
void provision_restart(struct scene *t);

#endif
