/* SPDX-License-Identifier: Apache-2.0 */
/* epoll, level-triggered. */
#include "shared/loop_fds.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

bool fds_init(struct fds *fds, struct fail *f)
{
	fds->epfd = epoll_create1(EPOLL_CLOEXEC);
	fds->batch_n = 0;
	return fds->epfd >= 0 ||
	       fail_set(f, FAIL_INTERNAL, "cannot make an epoll: %s", strerror(errno));
}

void fds_finish(struct fds *fds)
{
	close(fds->epfd);
}

static bool control(struct fds *fds, int op, struct loop_fd *w, int fd, uint32_t events,
		    struct fail *f)
{
	struct epoll_event ev = { .events = events, .data.ptr = w };

	if (epoll_ctl(fds->epfd, op, fd, &ev) != 0) {
		return fail_set(f, FAIL_INTERNAL, "cannot watch a file descriptor: %s",
				strerror(errno));
	}
	w->fd = fd;
	w->events = events;
	return true;
}

bool fds_add(struct fds *fds, struct loop_fd *w, int fd, uint32_t events, struct fail *f)
{
	return control(fds, EPOLL_CTL_ADD, w, fd, events, f);
}

bool fds_change(struct fds *fds, struct loop_fd *w, uint32_t events, struct fail *f)
{
	return events == w->events || control(fds, EPOLL_CTL_MOD, w, w->fd, events, f);
}

void fds_remove(struct fds *fds, struct loop_fd *w)
{
	epoll_ctl(fds->epfd, EPOLL_CTL_DEL, w->fd, NULL);
	for (int i = 0; i < fds->batch_n; i++) {
		if (fds->batch[i].data.ptr == w) {
			fds->batch[i].data.ptr = NULL;
		}
	}
}

void fds_dispatch(struct fds *fds)
{
	int n = epoll_wait(fds->epfd, fds->batch, FDS_BATCH, 0);

	fds->batch_n = n > 0 ? n : 0;
	for (int i = 0; i < fds->batch_n; i++) {
		struct loop_fd *w = fds->batch[i].data.ptr;

		if (w) {
			w->cb(w, fds->batch[i].events);
		}
	}
	fds->batch_n = 0;
}
