/* SPDX-License-Identifier: Apache-2.0 */
/* Between peer.c (the script and its thread) and peer_io.c (what the steps do). */
#ifndef TESTS_LIB_PEER_STEPS_H
#define TESTS_LIB_PEER_STEPS_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/buf.h"

enum { PEER_CONNS_MAX = 64, PEER_CAP_MS = 3000, PEER_PLAIN = 'p' };

/* One step; `do_it` returns NULL or what went wrong. */
struct peer_step {
	const char *(*do_it)(struct peer *p, struct peer_step *s);
	char *bytes; /* may be NULL */
	size_t n;
	unsigned first;
	bool flag;
	struct peer_step *next;
};

struct peer_conn {
	int fd;
	void *ssl; /* SSL *, or NULL */
};

struct peer_io {
	int listener;
	void *tls; /* SSL_CTX *, or NULL */
	struct peer_conn conns[PEER_CONNS_MAX];
	size_t n; /* the newest is the last */
	struct buf in;
	char error[256];
};

struct peer_io *peer_io(struct peer *p);

/* Blocking, for PEER_CAP_MS at most. */
bool peer_io_open(struct peer_io *io, const char *tls_dir, unsigned short *ret_port);
void peer_io_close(struct peer_io *io);
const char *peer_io_write(struct peer_io *io, const void *bytes, size_t n);
const char *peer_io_read(struct peer_io *io); /* at least one byte more into `in` */

const char *peer_do_accept(struct peer *p, struct peer_step *s);
const char *peer_do_start_tls(struct peer *p, struct peer_step *s);
const char *peer_do_connected(struct peer *p, struct peer_step *s);
const char *peer_do_deafen(struct peer *p, struct peer_step *s);
const char *peer_do_expect(struct peer *p, struct peer_step *s);
const char *peer_do_expect_end(struct peer *p, struct peer_step *s);
const char *peer_do_send(struct peer *p, struct peer_step *s);
const char *peer_do_shut(struct peer *p, struct peer_step *s);
const char *peer_do_ws_accept(struct peer *p, struct peer_step *s);
const char *peer_do_ws_send(struct peer *p, struct peer_step *s);
const char *peer_do_ws_expect(struct peer *p, struct peer_step *s);

#endif
