/* SPDX-License-Identifier: Apache-2.0 */
/* A listening TCP socket on the loop. Out of file descriptors it turns people away
 * instead of spinning. Only shared/listener.c uses it. Rules of shared/loop.h hold. */
#ifndef SHARED_ACCEPTOR_H
#define SHARED_ACCEPTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/loop.h"

enum { ACCEPTOR_PEER_SIZE = 64 };

struct acceptor {
	/* A connection, non-blocking, without delay; fd is the callee's. Set by the
	 * user. */
	void (*cb)(struct acceptor *a, int fd, const char *peer);
	uint16_t port; /* the port that it listens on */
	bool open;     /* private from here on */
	int fd;
	int spare; /* an fd to give up when there is no other, or -1 */
	struct loop *loop;
	struct loop_fd watch;
	struct loop_timer pause;
};

/* address: "127.0.0.1:8080", "[::1]:0", "localhost:0", "*:443" (every address). */
bool acceptor_open(struct acceptor *a, struct loop *l, const char *address,
		   struct fail *f);

/* Fine when it is closed already. `port` stays. */
void acceptor_close(struct acceptor *a);

#endif
