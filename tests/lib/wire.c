/* SPDX-License-Identifier: Apache-2.0 */
/* Non-blocking reads and writes; the loop runs while one waits. */
#include "tests/lib/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/ssl.h>

#include "accessd/types.h"

enum { AWAIT_MS = 3000, SEND_MS = 5000, MAX = 256 << 20 };

static ssize_t bytes_read(struct wire *w, char *dst, size_t size)
{
	return w->ssl ? SSL_read(w->ssl, dst, (int)size) : read(w->fd, dst, size);
}

static ssize_t bytes_write(struct wire *w, const void *src, size_t n)
{
	if (w->ssl) {
		return SSL_write(w->ssl, src, (int)(n < 16384 ? n : 16384));
	}
	return send(w->fd, src, n, MSG_NOSIGNAL);
}

static bool try_again(const struct wire *w, ssize_t n)
{
	if (w->ssl) {
		int why = SSL_get_error(w->ssl, (int)n);

		return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE;
	}
	return n < 0 && errno == EAGAIN;
}

static void on_readable(struct loop_fd *watch, uint32_t events)
{
	struct wire *w = container_of(watch, struct wire, watch);
	char bytes[16384];
	ssize_t n;

	(void)events;
	while ((n = bytes_read(w, bytes, sizeof(bytes))) > 0) {
		buf_add(&w->in, bytes, (size_t)n);
	}
	if (!try_again(w, n)) {
		w->closed = true;
		w->clean =
			w->ssl && SSL_get_error(w->ssl, (int)n) == SSL_ERROR_ZERO_RETURN;
		loop_fd_unwatch(&w->watch);
	}
	w->done = w->closed || (w->awaited && strstr(wire_text(w), w->awaited));
}

static bool tls_open(struct wire *w, const char *ca_file)
{
	const bool never = false;
	char name[] = "localhost";
	int rc = 0;

	w->ssl_ctx = SSL_CTX_new(TLS_client_method());
	w->ssl = SSL_new(w->ssl_ctx);
	if (SSL_CTX_load_verify_locations(w->ssl_ctx, ca_file, NULL) != 1) {
		return false;
	}
	/* As browsers and curl do; a server that took h2 would not be HTTP/1.1's. */
	SSL_set_alpn_protos(w->ssl, (const unsigned char *)"\x02h2\x08http/1.1", 12);
	SSL_set_verify(w->ssl, SSL_VERIFY_PEER, NULL);
	SSL_set1_host(w->ssl, name);
	SSL_set_tlsext_host_name(w->ssl, name);
	SSL_set_fd(w->ssl, w->fd);
	for (int i = 0; i < 200 && (rc = SSL_connect(w->ssl)) != 1; i++) {
		if (!try_again(w, rc)) {
			return false;
		}
		loop_run_until(w->loop, &never, 5);
	}
	return rc == 1;
}

bool wire_open(struct wire *w, struct loop *l, uint16_t port, const char *ca_file)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(port) };

	*w = (struct wire){ .loop = l, .watch.cb = on_readable };
	buf_init(&w->in, MAX);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	w->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (w->fd < 0 || connect(w->fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		wire_close(w);
		return false;
	}
	if (fcntl(w->fd, F_SETFL, O_NONBLOCK) != 0 ||
	    (ca_file && !tls_open(w, ca_file)) ||
	    !loop_fd_watch(l, &w->watch, w->fd, EPOLLIN, NULL)) {
		wire_close(w);
		return false;
	}
	return true;
}

bool wire_send(struct wire *w, const void *bytes, size_t n)
{
	const struct clock *c = clock_system();
	int64_t end_ms = clock_mono_ms(c) + SEND_MS;
	const char *at = bytes;
	const bool never = false;

	while (n > 0 && clock_mono_ms(c) < end_ms) {
		ssize_t sent = bytes_write(w, at, n);

		if (sent > 0) {
			at += sent;
			n -= (size_t)sent;
		} else if (!try_again(w, sent)) {
			return false;
		} else {
			loop_run_until(w->loop, &never, 1);
		}
	}
	return n == 0;
}

bool wire_send_text(struct wire *w, const char *text)
{
	return wire_send(w, text, strlen(text));
}

const char *wire_text(const struct wire *w)
{
	return buf_str(&w->in) + w->from;
}

void wire_skip(struct wire *w, size_t n)
{
	w->from += n;
}

bool wire_await(struct wire *w, const char *text)
{
	w->awaited = text;
	w->done = w->closed || strstr(wire_text(w), text) != NULL;
	loop_run_until(w->loop, &w->done, AWAIT_MS);
	w->awaited = NULL;
	return strstr(wire_text(w), text) != NULL;
}

bool wire_await_close(struct wire *w)
{
	return loop_run_until(w->loop, &w->closed, AWAIT_MS);
}

/* Content-Length of a head, 0 when there is none. */
static size_t length_of(const char *head)
{
	const char *at = strstr(head, "Content-Length: ");

	return at ? strtoul(at + strlen("Content-Length: "), NULL, 10) : 0;
}

int wire_await_reply(struct wire *w, char *ret_head, size_t size, const char **ret_body)
{
	const bool never = false;
	const char *end;
	size_t head_len;
	size_t body_len;
	int status;

	if (!wire_await(w, "\r\n\r\n")) {
		return 0;
	}
	end = strstr(wire_text(w), "\r\n\r\n") + 4;
	head_len = (size_t)(end - wire_text(w));
	if (head_len >= size) {
		return 0;
	}
	memcpy(ret_head, wire_text(w), head_len);
	ret_head[head_len] = '\0';
	body_len = length_of(ret_head);
	for (int i = 0; i < AWAIT_MS / 2 && !w->closed; i++) {
		if (w->in.len - w->from >= head_len + body_len) {
			break;
		}
		loop_run_until(w->loop, &never, 2);
	}
	if (ret_body) {
		*ret_body = wire_text(w) + head_len;
	}
	status = (int)strtol(ret_head + strlen("HTTP/1.1 "), NULL, 10);
	wire_skip(w, head_len + body_len);
	return status;
}

void wire_fin(struct wire *w)
{
	shutdown(w->fd, SHUT_WR);
}

void wire_reset(struct wire *w)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	setsockopt(w->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	wire_close(w);
}

void wire_close(struct wire *w)
{
	loop_fd_unwatch(&w->watch);
	if (w->fd >= 0) {
		close(w->fd);
	}
	SSL_free(w->ssl);
	SSL_CTX_free(w->ssl_ctx);
	buf_finish(&w->in);
	w->fd = -1;
	w->ssl = NULL;
	w->ssl_ctx = NULL;
}
