/* SPDX-License-Identifier: Apache-2.0 */
/* From a member of the Slack workspace to the person that the providers are asked about.
 * Pure. */
#ifndef APPROVER_IDENTITY_H
#define APPROVER_IDENTITY_H

#include <stdbool.h>

#include "accessd/config.h"
#include "accessd/directory.h"
#include "accessd/fail.h"
#include "accessd/provider.h"

/* Who asks: the member that the directory gave for (team, user), NULL when it knows no
 * such user. What the config's map of people says wins over what Slack says; an e-mail of
 * Slack's counts only when Slack has it confirmed.
 *
 * False for those who can be given nothing (guests, bots, deactivated accounts, strangers):
 * *f says so in words for that person, and *ret_p is not written. */
bool identity_find(const struct config *c, const char *team, const char *user,
		   const struct member *m, struct person *ret_p, struct fail *f);

/* Who another platform vouches for, by e-mail or Slack id. The config's map is laid over it:
 * the entry of their Slack id, else the one entry of their e-mail. False: it names nobody. */
bool identity_vouched(const struct config *c, const struct person *claimed,
		      struct person *ret_p, struct fail *f);

/* What is wrong with the map itself: an entry without a Slack id, two for one Slack id, an
 * id that no vendor has. */
bool identity_check(const struct config *c, struct fail *f);

#endif
