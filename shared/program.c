/* SPDX-License-Identifier: Apache-2.0 */
/* Programs on the loop: posix_spawn() does not block, a pidfd says when one has ended, and
 * its three pipes are watched like every other file descriptor.
 *
 * The end is when the process is gone: who inherited its pipes and lives on is killed with
 * its group before the process is reaped. Until then the number of the group cannot have
 * become somebody else's.
 *
 * The group is led by a keeper, so that it dies with us: a grant that goes on after a
 * kill -9 might be there after the next process has taken it back. */
#include "shared/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accessd/types.h"
#include "shared/buf.h"
#include "shared/keeper.h"

enum { CHUNK = 16 * 1024 };

struct pipe_end {
	struct program_job *job;
	struct loop_fd watch;
	struct buf text; /* what came, of stdout and stderr */
	bool open;
};

struct program_job {
	struct loop *loop;
	struct program *run; /* NULL: cancelled */
	struct keeper keeper;
	pid_t pid;
	struct loop_fd ended; /* the pidfd */
	struct pipe_end in, out, err;
	size_t written; /* of the input */
	struct loop_timer timer;
	const char *killed; /* why, or NULL */
	struct fail fail;
	bool running;
};

/* --- pipes ---------------------------------------------------------------------------- */

static void pipe_close(struct pipe_end *p)
{
	if (p->open) {
		loop_fd_unwatch(&p->watch);
		close(p->watch.fd);
		p->open = false;
	}
}

/* It, and all that are with it: it may have made itself a group, as timeout(1) does. */
static void all_kill(const struct program_job *j)
{
	keeper_kill(&j->keeper);
	kill(-j->pid, SIGKILL);
	kill(j->pid, SIGKILL);
}

static void group_kill(struct program_job *j, const char *why)
{
	if (!j->killed) {
		j->killed = why;
	}
	all_kill(j);
}

static void on_writable(struct loop_fd *w, uint32_t events)
{
	struct pipe_end *p = container_of(w, struct pipe_end, watch);
	struct program_job *j = p->job;
	ssize_t n;

	(void)events;
	n = write(w->fd, j->run->input + j->written, j->run->input_len - j->written);
	if (n > 0) {
		j->written += (size_t)n;
	}
	/* One that does not read its input is free to. */
	if ((n < 0 && errno != EAGAIN && errno != EINTR) ||
	    j->written == j->run->input_len) {
		pipe_close(p);
	}
}

/* False when there is nothing more to read now. */
static bool take(struct pipe_end *p)
{
	char chunk[CHUNK];
	ssize_t n = read(p->watch.fd, chunk, sizeof(chunk));

	if (n > 0 && !buf_add(&p->text, chunk, (size_t)n)) {
		group_kill(p->job, "it said too much");
		pipe_close(p);
		return false;
	}
	if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
		pipe_close(p);
	}
	return n > 0;
}

static void on_readable(struct loop_fd *w, uint32_t events)
{
	(void)events;
	take(container_of(w, struct pipe_end, watch));
}

static void drain(struct pipe_end *p)
{
	while (p->open && take(p)) {
	}
	pipe_close(p);
}

/* --- the end ----------------------------------------------------------------------------- */

static void job_destroy(struct program_job *j)
{
	loop_timer_cancel(&j->timer);
	if (j->ended.fd >= 0) {
		loop_fd_unwatch(&j->ended);
		close(j->ended.fd);
	}
	pipe_close(&j->in);
	pipe_close(&j->out);
	pipe_close(&j->err);
	keeper_finish(&j->keeper);
	buf_finish(&j->out.text);
	buf_finish(&j->err.text);
	free(j);
}

static void answer(struct program_job *j, const struct fail *f)
{
	struct program *run = j->run;

	run->output = buf_str(&j->out.text);
	run->errors = buf_str(&j->err.text);
	run->job = NULL;
	run->cb(run, f);
	job_destroy(j);
}

static void on_ended(struct loop_fd *w, uint32_t events)
{
	struct program_job *j = container_of(w, struct program_job, ended);
	struct fail f = { 0 };
	siginfo_t info = { 0 };

	(void)events;
	all_kill(j); /* whom it left behind */
	waitid(P_PIDFD, (id_t)w->fd, &info, WEXITED);
	drain(&j->out);
	drain(&j->err);
	if (j->killed) {
		fail_set(&f, FAIL_UNCERTAIN, "%s, so it was killed", j->killed);
	} else if (info.si_code != CLD_EXITED) {
		fail_set(&f, FAIL_UNCERTAIN, "it was ended by signal %d", info.si_status);
	}
	j->run->exit_code = info.si_code == CLD_EXITED ? info.si_status : -1;
	answer(j, &f);
}

static void on_timeout(struct loop_timer *t)
{
	struct program_job *j = container_of(t, struct program_job, timer);

	if (j->running) {
		group_kill(j, "it took too long");
	} else {
		answer(j, &j->fail);
	}
}

/* --- the start ------------------------------------------------------------------------------ */

struct pipes {
	int in[2], out[2], err[2]; /* read and write ends */
};

static void ends_close(const int ends[2])
{
	if (ends[0] >= 0) {
		close(ends[0]);
		close(ends[1]);
	}
}

static bool pipes_make(struct pipes *p)
{
	*p = (struct pipes){ { -1, -1 }, { -1, -1 }, { -1, -1 } };
	if (pipe2(p->in, O_CLOEXEC) != 0 || pipe2(p->out, O_CLOEXEC) != 0 ||
	    pipe2(p->err, O_CLOEXEC) != 0) {
		ends_close(p->in);
		ends_close(p->out);
		return false;
	}
	/* Ours only: the flag is of the pipe's end, and a program expects to block. */
	return fcntl(p->in[1], F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(p->out[0], F_SETFL, O_NONBLOCK) == 0 &&
	       fcntl(p->err[0], F_SETFL, O_NONBLOCK) == 0;
}

/* In its keeper's group, no signal blocked or ignored as ours are. */
static void attributes_set(posix_spawnattr_t *attr, pid_t group)
{
	sigset_t none, all;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_init(attr);
	posix_spawnattr_setsigmask(attr, &none);
	posix_spawnattr_setsigdefault(attr, &all);
	posix_spawnattr_setpgroup(attr, group);
	posix_spawnattr_setflags(attr, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK |
					       POSIX_SPAWN_SETSIGDEF);
}

static int spawn(struct program_job *j, const struct pipes *p)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	int rc;

	attributes_set(&attr, j->keeper.group);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, p->in[0], STDIN_FILENO);
	posix_spawn_file_actions_adddup2(&files, p->out[1], STDOUT_FILENO);
	posix_spawn_file_actions_adddup2(&files, p->err[1], STDERR_FILENO);
	posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
	posix_spawn_file_actions_addchdir_np(&files, "/");
	rc = posix_spawn(&j->pid, j->run->argv[0], &files, &attr, j->run->argv,
			 j->run->env);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

static bool watch(struct program_job *j, struct pipe_end *p, int fd, uint32_t events)
{
	p->job = j;
	p->watch.cb = events == EPOLLOUT ? on_writable : on_readable;
	p->open = loop_fd_watch(j->loop, &p->watch, fd, events, NULL);
	if (!p->open) {
		close(fd);
	}
	return p->open;
}

/* It runs: without eyes and ears on it, it is better dead. */
static void attend(struct program_job *j, const struct pipes *p)
{
	int fd = pidfd_open(j->pid, 0);

	j->ended.cb = on_ended;
	if (fd < 0 || !loop_fd_watch(j->loop, &j->ended, fd, EPOLLIN, NULL)) {
		abort(); /* out of file descriptors between two calls */
	}
	j->running = true;
	if (!watch(j, &j->in, p->in[1], EPOLLOUT) ||
	    !watch(j, &j->out, p->out[0], EPOLLIN) ||
	    !watch(j, &j->err, p->err[0], EPOLLIN)) {
		group_kill(j, "it could not be attended to");
	}
	loop_timer_start(j->loop, &j->timer, j->run->timeout_ms);
}

static bool begin(struct program_job *j)
{
	struct pipes p;
	int rc = 0;

	if (!keeper_start(&j->keeper) || !pipes_make(&p)) {
		return fail_set(&j->fail, FAIL_UPSTREAM, "cannot start it: %s",
				strerror(errno));
	}
	rc = spawn(j, &p);
	close(p.in[0]);
	close(p.out[1]);
	close(p.err[1]);
	if (rc != 0) {
		close(p.in[1]);
		close(p.out[0]);
		close(p.err[0]);
		return fail_set(&j->fail, FAIL_UPSTREAM, "cannot start it: %s",
				strerror(rc));
	}
	attend(j, &p);
	return true;
}

void program_start(struct loop *l, struct program *run)
{
	struct program_job *j = calloc(1, sizeof(*j));

	if (!j) {
		abort(); /* a run that is never answered would be worse */
	}
	j->loop = l;
	j->run = run;
	j->ended.fd = -1;
	j->timer.cb = on_timeout;
	buf_init(&j->out.text, run->max_output);
	buf_init(&j->err.text, run->max_output);
	run->job = j;
	if (!begin(j)) {
		loop_timer_start(l, &j->timer, 0);
	}
}

void program_cancel(struct program *run)
{
	struct program_job *j = run->job;
	siginfo_t info;

	if (!j) {
		return;
	}
	if (j->running) {
		all_kill(j);
		waitid(P_PIDFD, (id_t)j->ended.fd, &info, WEXITED);
	}
	run->job = NULL;
	job_destroy(j);
}
