/* SPDX-License-Identifier: Apache-2.0 */
/* A scene whose ledger fails and waits. */
#include "tests/lib/scene_fault.h"

void scene_fault_ledger(struct scene *t)
{
	t->driver = "fault:";
	store_fault_reset();
	store_driver_use(&store_fault_driver);
}

int scene_fault_teardown(void **state, int (*teardown)(void **state))
{
	int rc;

	store_fault_heal();
	store_fault_release();
	rc = teardown(state);
	store_driver_use(NULL);
	return rc;
}
