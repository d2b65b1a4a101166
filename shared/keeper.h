/* SPDX-License-Identifier: Apache-2.0 */
/* A process group that does not outlive us, however we end: also by SIGKILL.
 *
 * Its leader, the keeper, is a shell that holds one end of a pipe and waits for the other
 * to be closed, by us or by the kernel when we are gone; then it kills the group, itself
 * with it. PR_SET_PDEATHSIG would reach the one process that asked for it and
 * not its children, is forgotten when a set-user-ID program is run, and fires when the
 * thread that started it ends.
 *
 * Whoever leaves the group (setsid, timeout(1) without --foreground) is not kept. */
#ifndef SHARED_KEEPER_H
#define SHARED_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

/* All zero: none. */
struct keeper {
	pid_t group; /* for posix_spawnattr_setpgroup(): members join before they run */
	int life;    /* our end of the pipe; no child of ours has it once it runs */
};

/* False, with errno: there is none. */
bool keeper_start(struct keeper *ret_k);

/* SIGKILL to all that are in the group. */
void keeper_kill(const struct keeper *k);

/* The same, and the keeper is reaped: until then the number of the group cannot become
 * somebody else's. Leaves it all zero; fine when it is. */
void keeper_finish(struct keeper *k);

#endif
