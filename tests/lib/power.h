/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger whose power goes. From that moment on nothing of what the process would have done
 * reaches anybody: its ledger stands still, and the next start finds what was on disk.
 *
 *   power_setup(t);             the scene's ledger is such a one
 *   power_arm(t, 3, true);      it goes just before the third commit from now
 *   scene_until(t, ...);        until power_is_gone()
 *   power_fall(t);              the process is dead, the world knows
 *   scene_start(t, false);      the next one */
#ifndef TESTS_LIB_POWER_H
#define TESTS_LIB_POWER_H

#include <stdbool.h>

#include "tests/lib/scene.h"

void power_setup(struct scene *t); /* before scene_start() */
void power_teardown(void);

/* It goes at the nth commit from now (0: at none), before it or once it is on disk; in both
 * cases before anybody hears of it. */
void power_arm(struct scene *t, unsigned nth, bool before);

/* It goes now. */
void power_cut(struct scene *t);

bool power_is_gone(void);

/* Bury the process. What it does on its way out nobody sees. */
void power_fall(struct scene *t);

#endif
