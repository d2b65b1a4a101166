/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to people, through Slack: accessd/notifier.h by render.c and the Web API. */
#ifndef BOT_NOTIFIER_H
#define BOT_NOTIFIER_H

#include <stdbool.h>

#include "accessd/notifier.h"

struct loop;
struct slack_api;

/* All borrowed. NULL when memory ran out. */
struct notifier *notifier_create(struct loop *l, struct slack_api *api);

/* Whether denials go to the person alone (`slack.denials`). May change at a reload. */
void notifier_set_private_denials(struct notifier *n, bool private_denials);

/* No notice may be in flight. Accepts NULL. */
void notifier_destroy(struct notifier *n);

#endif
