/* SPDX-License-Identifier: Apache-2.0 */
/* The audit as lines in a file, each batch synced. The disk may be slow or full: a thread of
 * its own waits for it.
 *
 * A batch is in the file wholly or not at all: what was written of one that failed is cut
 * off, as is a line without an end that a crash has left. A file that was moved away (by
 * logrotate) is made anew. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "approver/sink.h"

enum { TAIL = 4096 };

struct file_sink {
	struct sink base;
	struct sink_env env;
	const char *path;
	int fd; /* the thread's; -1: not open */

	pthread_t thread;
	pthread_mutex_t lock; /* guards the four below */
	pthread_cond_t wake;
	struct sink_batch *todo;
	bool closing;
	bool posted; /* `post` is the loop's */

	struct sink_batch *batch; /* that `fail` is about */
	struct fail fail;
	struct loop_post post;
};

/* --- on the thread --------------------------------------------------------------- */

static bool cannot(struct file_sink *s, const char *what, struct fail *f)
{
	return fail_set(f, FAIL_UPSTREAM, "cannot %s '%s': %s", what, s->path,
			strerror(errno));
}

/* The end of the last whole line. */
static off_t whole_end(int fd, off_t size)
{
	char tail[TAIL];

	while (size > 0) {
		size_t n = size < TAIL ? (size_t)size : TAIL;
		ssize_t got = pread(fd, tail, n, size - (off_t)n);
		const char *end = got == (ssize_t)n ? memrchr(tail, '\n', n) : NULL;

		if (got != (ssize_t)n) {
			return -1;
		}
		size -= (off_t)n;
		if (end) {
			return size + (end - tail) + 1;
		}
	}
	return 0;
}

static bool file_open(struct file_sink *s, struct fail *f)
{
	struct stat st;
	off_t end;

	s->fd = open(s->path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK, 0600);
	if (s->fd < 0) {
		return cannot(s, "open", f);
	}
	if (fstat(s->fd, &st) != 0) {
		return cannot(s, "look at", f);
	}
	if (!S_ISREG(st.st_mode)) {
		return true; /* a pipe, a terminal: nothing to mend */
	}
	end = whole_end(s->fd, st.st_size);
	if (end < 0 || (end < st.st_size && ftruncate(s->fd, end) != 0)) {
		return cannot(s, "mend", f);
	}
	return true;
}

static void file_close(struct file_sink *s)
{
	if (s->fd >= 0) {
		close(s->fd);
		s->fd = -1;
	}
}

static bool was_moved(const struct file_sink *s)
{
	struct stat mine;
	struct stat named;

	return s->fd >= 0 && (fstat(s->fd, &mine) != 0 || stat(s->path, &named) != 0 ||
			      mine.st_ino != named.st_ino || mine.st_dev != named.st_dev);
}

static bool write_all(struct file_sink *s, const char *p, size_t n, struct fail *f)
{
	while (n > 0) {
		ssize_t put = write(s->fd, p, n);

		if (put < 0 && errno != EINTR) {
			return cannot(s, "write", f);
		}
		if (put > 0) {
			p += put;
			n -= (size_t)put;
		}
	}
	/* EINVAL: a pipe or the like, which has no disk beneath it. */
	return fdatasync(s->fd) == 0 || errno == EINVAL || cannot(s, "sync", f);
}

static bool append(struct file_sink *s, const struct sink_batch *b, struct fail *f)
{
	struct stat before;

	if (was_moved(s)) {
		file_close(s);
	}
	if (s->fd < 0 && !file_open(s, f)) {
		file_close(s);
		return false;
	}
	if (fstat(s->fd, &before) == 0 && write_all(s, b->lines, b->len, f)) {
		return true;
	}
	if (S_ISREG(before.st_mode) && ftruncate(s->fd, before.st_size) != 0) {
		cannot(s, "take back what was written into", f);
	}
	file_close(s);
	return false;
}

static void *file_thread(void *arg)
{
	struct file_sink *s = arg;

	pthread_mutex_lock(&s->lock);
	while (!s->closing) {
		struct sink_batch *b = s->todo;
		struct fail f = { 0 };

		if (!b) {
			pthread_cond_wait(&s->wake, &s->lock);
			continue;
		}
		s->todo = NULL;
		pthread_mutex_unlock(&s->lock);
		append(s, b, &f);
		pthread_mutex_lock(&s->lock);
		s->batch = b;
		s->fail = f;
		s->posted = true;
		loop_post(s->env.loop, &s->post);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* --- on the loop ----------------------------------------------------------------- */

static void on_done(struct loop_post *post)
{
	struct file_sink *s = container_of(post, struct file_sink, post);
	struct fail f;
	bool closing;

	pthread_mutex_lock(&s->lock);
	s->posted = false;
	closing = s->closing;
	f = s->fail;
	pthread_mutex_unlock(&s->lock);
	if (!closing) {
		s->batch->cb(s->batch, &f);
	}
}

static bool file_wanted(const struct audit_config *c)
{
	return c->where.present && *c->file;
}

/* Signals are the loop's. */
static bool thread_start(struct file_sink *s)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->thread, NULL, file_thread, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0;
}

static struct sink *file_sink_open(const struct sink_env *env)
{
	struct file_sink *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->base.ops = &sink_file;
	s->env = *env;
	s->path = env->config->file;
	s->fd = -1;
	s->post.cb = on_done;
	signal(SIGXFSZ, SIG_IGN); /* a limit is an error of write() to us, not our end */
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	if (!thread_start(s)) {
		pthread_cond_destroy(&s->wake);
		pthread_mutex_destroy(&s->lock);
		free(s);
		return NULL;
	}
	return &s->base;
}

static void file_deliver(struct sink *sink, struct sink_batch *b)
{
	struct file_sink *s = container_of(sink, struct file_sink, base);

	pthread_mutex_lock(&s->lock);
	s->todo = b;
	pthread_mutex_unlock(&s->lock);
	pthread_cond_signal(&s->wake);
}

static void file_sink_close(struct sink *sink)
{
	struct file_sink *s = container_of(sink, struct file_sink, base);

	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_mutex_unlock(&s->lock);
	pthread_cond_signal(&s->wake);
	pthread_join(s->thread, NULL);
	while (s->posted) { /* nobody else writes it now */
		loop_run_once(s->env.loop);
	}
	file_close(s);
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

const struct sink_ops sink_file = {
	.name = "file",
	.wanted = file_wanted,
	.open = file_sink_open,
	.deliver = file_deliver,
	.close = file_sink_close,
};
