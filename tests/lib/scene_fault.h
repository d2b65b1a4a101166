/* SPDX-License-Identifier: Apache-2.0 */
/* A scene whose ledger fails and waits as store_fault.h is told to. */
#ifndef TESTS_LIB_SCENE_FAULT_H
#define TESTS_LIB_SCENE_FAULT_H

#include "tests/lib/scene.h"
#include "tests/lib/store_fault.h"

/* From the next scene_start() on. The scene is stopped. */
void scene_fault_ledger(struct scene *t);

/* For cmocka's teardown: the ledger works again, the scene's own teardown runs, and the next
 * scene knows nothing of faults. */
int scene_fault_teardown(void **state, int (*teardown)(void **state));

#endif
