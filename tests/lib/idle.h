/* SPDX-License-Identifier: Apache-2.0 */
/* Does a loop that has nothing to do sleep? A core that is burnt for nothing is what most
 * mistakes with poll() come to. */
#ifndef TESTS_LIB_IDLE_H
#define TESTS_LIB_IDLE_H

#include "shared/loop.h"

/* CPU time of this process so far. */
long cpu_us(void);

/* Run the loop for a fifth of a second; fails the test when that took a third of it. */
void assert_idle(struct loop *l);

#endif
