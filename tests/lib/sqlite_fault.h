/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails when it is told to, beneath SQLite: a VFS around the machine's own.
 * For one thread. */
#ifndef TESTS_LIB_SQLITE_FAULT_H
#define TESTS_LIB_SQLITE_FAULT_H

/* What counts as a step: writes, syncs, both, or reads. */
enum sqlite_fault_step {
	SQLITE_FAULT_WRITE = 1,
	SQLITE_FAULT_SYNC = 2,
	SQLITE_FAULT_READ = 4,
};

/* Make it SQLite's default until sqlite_fault_remove(). No faults yet. */
void sqlite_fault_install(void);
void sqlite_fault_remove(void);

/* The nth of `steps` (or'ed together) from now, and those behind it, `times` in all (0:
 * until it is healed), fail with code, such as SQLITE_FULL. A write that fails has put the
 * first half of its bytes on the disk. */
void sqlite_fault_at(unsigned steps, unsigned nth, unsigned times, int code);
void sqlite_fault_heal(void);

/* How many steps have failed since sqlite_fault_at(). */
unsigned sqlite_fault_struck(void);

#endif
