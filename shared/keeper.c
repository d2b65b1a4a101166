/* SPDX-License-Identifier: Apache-2.0 */
/* The keeper is made by _Fork() and runs no other program, so that it needs none beside
 * ours. Other threads may have held any lock at that moment: it only makes calls that a
 * signal handler may make.
 *
 * A member holds our end of the pipe, too, from its fork to its exec, and joins the group
 * before: when we die in between, the keeper waits for it. */
#include "shared/keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* No signal but SIGKILL gets here. */
static _Noreturn void keep(int life)
{
	char nothing;

	/* Before anything is killed: until now the group is ours. */
	if (setpgid(0, 0) != 0 || dup2(life, STDIN_FILENO) < 0) {
		_exit(1);
	}
	closefrom(STDIN_FILENO + 1); /* sockets, the ledger and its lock, the other end */
	prctl(PR_SET_NAME, "program-keeper");
	while (read(STDIN_FILENO, &nothing, 1) < 0 && errno == EINTR) {
	}
	kill(0, SIGKILL);
	_exit(1);
}

/* What is meant for the whole service, as SIGTERM of systemd, is not for the keeper. */
static pid_t fork_deaf(int life)
{
	sigset_t all, before;
	pid_t pid;
	int why;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pid = _Fork();
	if (pid == 0) {
		keep(life);
	}
	why = errno;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = why;
	return pid;
}

bool keeper_start(struct keeper *ret_k)
{
	int ends[2];
	pid_t pid;
	int why;

	if (pipe2(ends, O_CLOEXEC) != 0) {
		return false;
	}
	pid = fork_deaf(ends[0]);
	why = errno;
	close(ends[0]);
	if (pid < 0) {
		close(ends[1]);
		errno = why;
		return false;
	}
	setpgid(pid, pid); /* it does so, too: whoever comes first */
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
