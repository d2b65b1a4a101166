/* SPDX-License-Identifier: Apache-2.0 */
/* The other end of a stream: a bare TCP (or TLS) client on the loop under test, which
 * sends what no decent client would. */
#ifndef TESTS_LIB_WIRE_H
#define TESTS_LIB_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/loop.h"

struct wire {
	struct loop *loop;
	struct loop_fd watch;
	struct buf in; /* all that came */
	bool closed;   /* the other side has closed */
	bool clean;    /* and, over TLS, has said so */
	int fd;
	void *ssl; /* NULL: plain */
	void *ssl_ctx;
	const char *awaited; /* private from here on */
	size_t from;
	bool done;
};

/* Connect to a port of 127.0.0.1. With ca_file: TLS to 'localhost', handshake done, and
 * false when the certificate does not pass. */
bool wire_open(struct wire *w, struct loop *l, uint16_t port, const char *ca_file);

/* All of it, however long the other side takes to read (for 5 s at most). */
bool wire_send(struct wire *w, const void *bytes, size_t n);
bool wire_send_text(struct wire *w, const char *text);

/* Run the loop until `text` has come (counted from the last wire_skip()), or the other
 * side has closed, or 3 s are over. True when it has come. */
bool wire_await(struct wire *w, const char *text);
bool wire_await_close(struct wire *w);

/* Run the loop until one more whole HTTP response has come, and skip it. Its status, or
 * 0. */
int wire_await_reply(struct wire *w, char *ret_head, size_t size, const char **ret_body);

/* What has come since the last skip, and: forget that. */
const char *wire_text(const struct wire *w);
void wire_skip(struct wire *w, size_t n);

void wire_fin(struct wire *w);   /* half-close */
void wire_reset(struct wire *w); /* close with a reset */
void wire_close(struct wire *w); /* fine when it is closed */

#endif
