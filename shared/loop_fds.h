/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's file descriptors: one epoll fd and what is handed out of it. Only
 * shared/loop.c uses it. */
#ifndef SHARED_LOOP_FDS_H
#define SHARED_LOOP_FDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>

#include "accessd/fail.h"
#include "shared/loop.h"

enum { FDS_BATCH = 64 }; /* events taken at a time */

struct fds {
	int epfd;
	struct epoll_event batch[FDS_BATCH];
	int batch_n; /* how many of batch[] are being handed out */
};

bool fds_init(struct fds *fds, struct fail *f);
void fds_finish(struct fds *fds);

bool fds_add(struct fds *fds, struct loop_fd *w, int fd, uint32_t events, struct fail *f);
bool fds_change(struct fds *fds, struct loop_fd *w, uint32_t events, struct fail *f);

/* Its events of the batch that is being handed out are dropped, too. */
void fds_remove(struct fds *fds, struct loop_fd *w);

/* Hand out what is ready now. */
void fds_dispatch(struct fds *fds);

#endif
