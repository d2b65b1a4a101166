/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is in Slack: users.info behind accessd/directory.h. */
#ifndef BOT_DIRECTORY_H
#define BOT_DIRECTORY_H

#include "accessd/directory.h"

struct loop;
struct slack_api;

/* Both borrowed. NULL when memory ran out. */
struct directory *directory_create(struct loop *l, struct slack_api *api);

/* No ask may be in flight. Accepts NULL. */
void directory_destroy(struct directory *d);

#endif
