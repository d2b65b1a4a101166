/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted peer's sockets, plain or TLS. */
#include "tests/lib/peer.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "tests/lib/peer_steps.h"
#include "tests/lib/tls.h"

enum { INPUT_MAX = 16 * 1024 * 1024 };

static bool tls_open(struct peer_io *io, const char *dir)
{
	char cert[TEST_TLS_DIR_SIZE + 16];
	char key[TEST_TLS_DIR_SIZE + 16];
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	io->tls = ctx;
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)"peer", 4);
	return SSL_CTX_use_certificate_file(ctx, cert, SSL_FILETYPE_PEM) == 1 &&
	       SSL_CTX_use_PrivateKey_file(ctx, key, SSL_FILETYPE_PEM) == 1;
}

bool peer_io_open(struct peer_io *io, const char *tls_dir, unsigned short *ret_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);

	buf_init(&io->in, INPUT_MAX);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	io->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (io->listener < 0 || bind(io->listener, (struct sockaddr *)&at, n) != 0 ||
	    listen(io->listener, 64) != 0 ||
	    getsockname(io->listener, (struct sockaddr *)&at, &n) != 0) {
		return false;
	}
	*ret_port = ntohs(at.sin_port);
	return !tls_dir || tls_open(io, tls_dir);
}

static struct peer_conn *newest(struct peer_io *io)
{
	return io->n > 0 && io->conns[io->n - 1].fd >= 0 ? &io->conns[io->n - 1] : NULL;
}

static void conn_close(struct peer_conn *c)
{
	SSL_free(c->ssl);
	c->ssl = NULL;
	if (c->fd >= 0) {
		close(c->fd);
	}
	c->fd = -1;
}

void peer_io_close(struct peer_io *io)
{
	for (size_t i = 0; i < io->n; i++) {
		conn_close(&io->conns[i]);
	}
	if (io->listener >= 0) {
		close(io->listener);
	}
	SSL_CTX_free(io->tls);
	buf_finish(&io->in);
}

static bool ready(int fd, short events)
{
	struct pollfd p = { .fd = fd, .events = events };

	return poll(&p, 1, PEER_CAP_MS) == 1;
}

const char *peer_io_write(struct peer_io *io, const void *bytes, size_t n)
{
	struct peer_conn *c = newest(io);
	const char *at = bytes;

	if (!c) {
		return "no connection to write to";
	}
	while (n > 0) {
		ssize_t some;

		if (!ready(c->fd, POLLOUT)) {
			return "could not write: the other side does not read";
		}
		some = c->ssl ? SSL_write(c->ssl, at, (int)n)
			      : send(c->fd, at, n, MSG_NOSIGNAL);
		if (some <= 0) {
			return "could not write: the connection is gone";
		}
		at += some;
		n -= (size_t)some;
	}
	return NULL;
}

const char *peer_io_read(struct peer_io *io)
{
	struct peer_conn *c = newest(io);
	char some[65536];
	ssize_t n;

	if (!c) {
		return "no connection to read from";
	}
	if (!(c->ssl && SSL_pending(c->ssl) > 0) && !ready(c->fd, POLLIN)) {
		return "nothing came";
	}
	n = c->ssl ? SSL_read(c->ssl, some, sizeof(some))
		   : recv(c->fd, some, sizeof(some), 0);
	if (n <= 0) {
		return "the connection ended";
	}
	return buf_add(&io->in, some, (size_t)n) ? NULL : "too much came";
}

/* --- steps -------------------------------------------------------------------- */

static const char *handshake(struct peer_io *io, struct peer_conn *c, bool must_fail)
{
	bool ok;

	if (!io->tls) {
		return NULL;
	}
	c->ssl = SSL_new(io->tls);
	SSL_set_fd(c->ssl, c->fd);
	ok = SSL_accept(c->ssl) == 1;
	if (ok && must_fail) {
		/* With TLS 1.3 we are done before the client has judged us. */
		char byte;

		ok = SSL_read(c->ssl, &byte, 1) > 0;
	}
	if (ok == must_fail) {
		return ok ? "the TLS handshake was to fail" : "the TLS handshake failed";
	}
	return NULL;
}

const char *peer_do_accept(struct peer *p, struct peer_step *s)
{
	struct peer_io *io = peer_io(p);
	const struct timeval cap = { .tv_sec = PEER_CAP_MS / 1000 };
	const int on = 1;
	struct peer_conn *c = &io->conns[io->n];

	if (io->n == PEER_CONNS_MAX || !ready(io->listener, POLLIN)) {
		return "nobody connected";
	}
	*c = (struct peer_conn){ .fd = accept(io->listener, NULL, NULL) };
	io->n++;
	buf_clear(&io->in);
	setsockopt(c->fd, SOL_SOCKET, SO_RCVTIMEO, &cap, sizeof(cap));
	setsockopt(c->fd, SOL_SOCKET, SO_SNDTIMEO, &cap, sizeof(cap));
	setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return s->first == PEER_PLAIN ? NULL : handshake(io, c, s->flag);
}

const char *peer_do_start_tls(struct peer *p, struct peer_step *s)
{
	struct peer_conn *c = newest(peer_io(p));

	return c ? handshake(peer_io(p), c, s->flag) : "no connection for TLS";
}

const char *peer_do_connected(struct peer *p, struct peer_step *s)
{
	struct peer_conn *c = newest(peer_io(p));

	if (!c || !c->ssl) {
		return "no TLS connection";
	}
	if ((SSL_session_reused(c->ssl) == 1) != s->flag) {
		return s->flag ? "the TLS session was not resumed"
			       : "the TLS session was resumed";
	}
	return NULL;
}

const char *peer_do_deafen(struct peer *p, struct peer_step *s)
{
	(void)s;
	close(peer_io(p)->listener);
	peer_io(p)->listener = -1;
	return NULL;
}

const char *peer_do_expect(struct peer *p, struct peer_step *s)
{
	struct peer_io *io = peer_io(p);
	const char *why = NULL;

	for (;;) {
		char *at = io->in.len < s->n
				   ? NULL
				   : memmem(io->in.data, io->in.len, s->bytes, s->n);

		if (at) {
			buf_drop(&io->in, (size_t)(at - io->in.data) + s->n);
			return NULL;
		}
		why = peer_io_read(io);
		if (why) {
			snprintf(io->error, sizeof(io->error),
				 "expected '%.80s', had '%.100s': %s", s->bytes,
				 buf_str(&io->in), why);
			return io->error;
		}
	}
}

const char *peer_do_expect_end(struct peer *p, struct peer_step *s)
{
	struct peer_io *io = peer_io(p);
	const char *why;

	(void)s;
	if (io->in.len > 0) {
		return "there was more to read before the end";
	}
	why = peer_io_read(io);
	if (!why) {
		return "bytes came, not the end";
	}
	return strcmp(why, "the connection ended") == 0 ? NULL : "it does not end";
}

const char *peer_do_send(struct peer *p, struct peer_step *s)
{
	return peer_io_write(peer_io(p), s->bytes, s->n);
}

/* first: 'f'in, 'c'lose, 'r'eset. */
const char *peer_do_shut(struct peer *p, struct peer_step *s)
{
	struct peer_conn *c = newest(peer_io(p));
	const struct linger now = { .l_onoff = 1 };

	if (!c) {
		return "no connection to end";
	}
	if (s->first == 'f') {
		shutdown(c->fd, SHUT_WR);
		return NULL;
	}
	if (s->first == 'r') {
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	} else if (c->ssl) {
		SSL_shutdown(c->ssl);
	}
	conn_close(c);
	return NULL;
}
