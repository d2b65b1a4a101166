/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger that fails when it is told to: a driver around another one. There is one at a
 * time; these functions may be called from any thread.
 *
 *   store_fault_reset();
 *   store_open_driver(&store_fault_driver, "memory:", ...)
 * or
 *   store_driver_use(&store_fault_driver);
 *   store_open("fault:memory:", ...)
 */
#ifndef TESTS_LIB_STORE_FAULT_H
#define TESTS_LIB_STORE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/store.h"

extern const struct store_driver store_fault_driver;

enum store_fault_step {
	STORE_FAULT_OPEN,
	STORE_FAULT_BEGIN,
	STORE_FAULT_APPLY,
	STORE_FAULT_COMMIT,
	STORE_FAULT_STEP_MAX
};

/* No faults, no holds, all counts 0. Before the store is opened. */
void store_fault_reset(void);

/* The nth call of `step` from now (1: the next) and those behind it, `times` in all (0:
 * until it is healed), fail with *f. One fault per step; a new one takes the old one's
 * place. A commit that fails has undone its batch, unless FAIL_UNCERTAIN is to be one
 * that happened all the same. */
void store_fault_at(enum store_fault_step step, unsigned nth, unsigned times,
		    const struct fail *f);

/* The same for apply, counting operations of one kind only. */
void store_fault_at_op(enum store_op_kind kind, unsigned nth, unsigned times,
		       const struct fail *f);

/* Commits that fail from now on have happened. */
void store_fault_happen(bool happened);

/* No more faults. */
void store_fault_heal(void);

/* How often a step was called, failed calls included. */
unsigned store_fault_calls(enum store_fault_step step);

/* The next call of `step` waits within until it is released. */
void store_fault_hold(enum store_fault_step step);
void store_fault_release(void);

/* Wait until a call is being held, for cap_ms at most. Returns whether one is. */
bool store_fault_held(int64_t cap_ms);

#endif
