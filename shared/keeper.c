/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper is a shell, as every system that runs programs for us has one. A fork of
 * ourselves would need none, but copies our pages' tables, and our secrets, for each run.
 *
 * Both the keeper and a member hold our end of the pipe, too, from their fork to their exec,
 * and are in the group before that: when we die in between, the keeper waits for it. */
#include "shared/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* Leader of a group; what is meant for the whole service, as SIGTERM of systemd, is not for
 * it: no signal but SIGKILL gets there. */
static void attributes_set(posix_spawnattr_t *attr)
{
	sigset_t all;

	sigfillset(&all);
	posix_spawnattr_init(attr);
	posix_spawnattr_setsigmask(attr, &all);
	posix_spawnattr_setpgroup(attr, 0);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK);
}

static int spawn(int life, pid_t *ret_pid)
{
	static char name[] = "program-keeper", c[] = "-c";
	static char script[] = "read -r nothing; kill -KILL 0";
	static char *const argv[] = { name, c, script, NULL };
	static char *const env[] = { NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	attributes_set(&attr);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, life, STDIN_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDIN_FILENO + 1);
	posix_spawn_file_actions_addchdir_np(&files, "/");
	rc = posix_spawn(ret_pid, "/bin/sh", &files, &attr, argv, env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

bool keeper_start(struct keeper *ret_k)
{
	int ends[2];
	pid_t pid;
	int rc;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		return false;
	}
	rc = spawn(ends[0], &pid);
	close(ends[0]);
	if (rc != 0) {
		close(ends[1]);
		errno = rc;
		return false;
	}
	*ret_k = (struct keeper){ .group = pid, .life = ends[1] };
	return true;
}

void keeper_kill(const struct keeper *k)
{
	if (k->group > 0) {
		kill(-k->group, SIGKILL);
	}
}

void keeper_finish(struct keeper *k)
{
	siginfo_t info;

	if (k->group == 0) {
		return;
	}
	keeper_kill(k);
	close(k->life);
	waitid(P_PID, (id_t)k->group, &info, WEXITED);
	*k = (struct keeper){ 0 };
}
