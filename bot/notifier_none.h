/* SPDX-License-Identifier: Apache-2.0 */
/* The notifier of a service without Slack: there is nobody to tell, which is done at once.
 * What a ledger still has to say from a time with Slack is let go, and logged. */
#ifndef BOT_NOTIFIER_NONE_H
#define BOT_NOTIFIER_NONE_H

#include "accessd/notifier.h"

struct loop;

/* Borrowed. NULL when memory ran out. */
struct notifier *notifier_none_create(struct loop *l);

/* No notice may be in flight. Accepts NULL. */
void notifier_none_destroy(struct notifier *n);

#endif
