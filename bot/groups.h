/* SPDX-License-Identifier: Apache-2.0 */
/* Who belongs to which user group of Slack's; the directory's second half. */
#ifndef BOT_GROUPS_H
#define BOT_GROUPS_H

#include "accessd/directory.h"

/* How many can be asked about at the same time, which is how many a config may name. */
enum { GROUPS_MAX = 64 };

struct groups;
struct loop;
struct slack_api;

/* NULL when memory ran out. l and api are borrowed. */
struct groups *groups_create(struct loop *l, struct slack_api *api);

/* No question may be in flight any more. Accepts NULL. */
void groups_destroy(struct groups *g);

/* As struct directory_ops has it. */
void groups_ask(struct groups *g, struct group_ask *ask);
void groups_cancel(struct groups *g, struct group_ask *ask);

#endif
