/* SPDX-License-Identifier: Apache-2.0 */
/* Accept with a spare: when the process is out of file descriptors, the spare one is
 * given up for a moment to take the waiting connection and close it. Otherwise it would
 * stay in the queue and the level-triggered loop would spin on it. */
#include "shared/acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accessd/types.h"

enum {
	BACKLOG = 512,
	AT_ONCE = 64,   /* accepted in one turn */
	PAUSE_MS = 100, /* after a failure that waiting may cure */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/* --- addresses ---------------------------------------------------------------- */

static bool port_parse(const char *s, uint16_t *ret_port)
{
	char *end;
	unsigned long n;

	if (s[0] < '0' || s[0] > '9') {
		return false;
	}
	n = strtoul(s, &end, 10);
	*ret_port = (uint16_t)n;
	return *end == '\0' && n <= UINT16_MAX;
}

/* host: what is before the port, "[::1]" still in its brackets. */
static bool host_parse(const char *host, union address *ret_a)
{
	size_t n = strlen(host);

	if (strcmp(host, "*") == 0) {
		ret_a->v6.sin6_family = AF_INET6; /* and IPv4 with it */
		return true;
	}
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		char inner[INET6_ADDRSTRLEN + 1] = "";

		if (n - 2 >= sizeof(inner)) {
			return false;
		}
		memcpy(inner, host + 1, n - 2);
		ret_a->v6.sin6_family = AF_INET6;
		return inet_pton(AF_INET6, inner, &ret_a->v6.sin6_addr) == 1;
	}
	ret_a->v4.sin_family = AF_INET;
	return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
			 &ret_a->v4.sin_addr) == 1;
}

static bool address_parse(const char *text, union address *ret_a, struct fail *f)
{
	const char *colon = strrchr(text, ':');
	char host[INET6_ADDRSTRLEN + 3] = "";
	uint16_t port;

	memset(ret_a, 0, sizeof(*ret_a));
	if (colon && (size_t)(colon - text) < sizeof(host)) {
		memcpy(host, text, (size_t)(colon - text));
	}
	if (!colon || !port_parse(colon + 1, &port) || !host_parse(host, ret_a)) {
		fail_set(f, FAIL_INVALID, "cannot read the address '%s'", text);
		return fail_hint(f, "Write it as 127.0.0.1:8080, [::1]:8080 or *:8080.");
	}
	ret_a->v6.sin6_port = htons(port); /* at the same place in both */
	return true;
}

static void peer_format(const union address *a, char dst[ACCEPTOR_PEER_SIZE])
{
	char host[INET6_ADDRSTRLEN] = "?";
	bool v6 = a->any.sa_family == AF_INET6;

	if (v6 && IN6_IS_ADDR_V4MAPPED(&a->v6.sin6_addr)) {
		inet_ntop(AF_INET, &a->v6.sin6_addr.s6_addr[12], host, sizeof(host));
		v6 = false;
	} else if (v6) {
		inet_ntop(AF_INET6, &a->v6.sin6_addr, host, sizeof(host));
	} else {
		inet_ntop(AF_INET, &a->v4.sin_addr, host, sizeof(host));
	}
	snprintf(dst, ACCEPTOR_PEER_SIZE, v6 ? "[%s]:%u" : "%s:%u", host,
		 ntohs(a->v6.sin6_port));
}

/* --- accepting ---------------------------------------------------------------- */

static int spare_open(void)
{
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void acceptor_pause(struct acceptor *a)
{
	loop_fd_change(&a->watch, 0, NULL);
	loop_timer_start(a->loop, &a->pause, PAUSE_MS);
}

static void on_pause_over(struct loop_timer *t)
{
	struct acceptor *a = container_of(t, struct acceptor, pause);

	if (a->spare < 0) {
		a->spare = spare_open();
	}
	loop_fd_change(&a->watch, EPOLLIN, NULL);
}

/* 0: the one that waited is gone; else why not, EAGAIN when nobody waits. */
static int turn_away(struct acceptor *a)
{
	int fd;
	int why;

	if (a->spare < 0) {
		return EMFILE;
	}
	close(a->spare);
	fd = accept4(a->fd, NULL, NULL, SOCK_CLOEXEC);
	why = fd < 0 ? errno : 0;
	if (fd >= 0) {
		close(fd);
	}
	a->spare = spare_open();
	return a->spare < 0 ? EMFILE : why;
}

/* True: go on with the next one. */
static bool accept_failed(struct acceptor *a, int why)
{
	switch (why) {
	case EAGAIN:
		return false;
	case EINTR:
	case ECONNABORTED:
		return true;
	case EMFILE: /* said before it looks whether anybody waits */
	case ENFILE:
		why = turn_away(a);
		if (why == 0 || why == EAGAIN) {
			return why == 0;
		}
		break;
	default:
		break; /* memory, the network: all of it passes */
	}
	acceptor_pause(a);
	return false;
}

static bool accept_one(struct acceptor *a)
{
	union address from;
	socklen_t size = sizeof(from);
	char peer[ACCEPTOR_PEER_SIZE];
	int fd = accept4(a->fd, &from.any, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
	int on = 1;

	if (fd < 0) {
		return accept_failed(a, errno);
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	peer_format(&from, peer);
	a->cb(a, fd, peer);
	return a->open;
}

static void on_listening(struct loop_fd *w, uint32_t events)
{
	struct acceptor *a = container_of(w, struct acceptor, watch);
	int left = AT_ONCE;

	(void)events;
	while (left-- > 0 && accept_one(a)) {
	}
}

/* --- life --------------------------------------------------------------------- */

static bool socket_listen(int fd, union address *at)
{
	socklen_t size = at->any.sa_family == AF_INET6 ? sizeof(at->v6) : sizeof(at->v4);
	int on = 1;
	int off = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (at->any.sa_family == AF_INET6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
	}
	return bind(fd, &at->any, size) == 0 && listen(fd, BACKLOG) == 0 &&
	       getsockname(fd, &at->any, &size) == 0;
}

bool acceptor_open(struct acceptor *a, struct loop *l, const char *address,
		   struct fail *f)
{
	union address at;

	if (!address_parse(address, &at, f)) {
		return false;
	}
	a->fd = socket(at.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (a->fd < 0 && errno == EAFNOSUPPORT && address[0] == '*') {
		at.v4.sin_family = AF_INET; /* a machine without IPv6 */
		a->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	}
	if (a->fd < 0 || !socket_listen(a->fd, &at)) {
		fail_set(f, FAIL_INTERNAL, "cannot listen on '%s': %s", address,
			 strerror(errno));
		goto close_fd;
	}
	a->watch.cb = on_listening;
	if (!loop_fd_watch(l, &a->watch, a->fd, EPOLLIN, f)) {
		goto close_fd;
	}
	a->loop = l;
	a->port = ntohs(at.v6.sin6_port);
	a->pause.cb = on_pause_over;
	a->spare = spare_open();
	a->open = true;
	return true;

close_fd:
	if (a->fd >= 0) {
		close(a->fd);
	}
	return false;
}

void acceptor_close(struct acceptor *a)
{
	if (!a->open) {
		return;
	}
	a->open = false;
	loop_timer_cancel(&a->pause);
	loop_fd_unwatch(&a->watch);
	close(a->fd);
	if (a->spare >= 0) {
		close(a->spare);
	}
}
