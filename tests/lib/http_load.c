/* SPDX-License-Identifier: Apache-2.0 */
/* An epoll, some connections, and a list of how long each reply took. */
#include "tests/lib/http_load.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/lib/bench.h"

enum { REPLY_MAX = 1 << 16, REQUEST_MAX = 1 << 16, TOOK_MAX = 4 << 20, WAIT_MS = 5000 };

struct peer {
	int fd;
	int64_t sent_ns;
	struct buf in;
};

struct run {
	const struct http_load *load;
	int ep;
	struct peer *peers;
	struct buf out;
	int64_t *took_ns;
	size_t n_took, sent, bad;
	bool counting;
};

static bool peer_open(struct run *r, struct peer *p)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(r->load->port),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	struct epoll_event ev = { .events = EPOLLIN, .data.ptr = p };
	int on = 1;

	buf_init(&p->in, REPLY_MAX);
	p->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return p->fd >= 0 && connect(p->fd, (struct sockaddr *)&to, sizeof(to)) == 0 &&
	       setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0 &&
	       epoll_ctl(r->ep, EPOLL_CTL_ADD, p->fd, &ev) == 0;
}

static bool peer_ask(struct run *r, struct peer *p)
{
	buf_clear(&r->out);
	r->load->next(r->load->data, &r->out);
	buf_clear(&p->in);
	p->sent_ns = bench_now_ns();
	r->sent++;
	return send(p->fd, r->out.data, r->out.len, MSG_NOSIGNAL) == (ssize_t)r->out.len;
}

/* Where the body begins, once the whole reply is here; NULL before. */
static const char *whole_body(const struct buf *in)
{
	static const char name[] = "\r\ncontent-length: ";
	const char *text = buf_str(in);
	const char *end = strstr(text, "\r\n\r\n");
	const char *length = end ? strcasestr(text, name) : NULL;
	size_t n =
		length && length < end ? strtoul(length + sizeof(name) - 1, NULL, 10) : 0;

	return end && in->len >= (size_t)(end + 4 - text) + n ? end + 4 : NULL;
}

static void count(struct run *r, const struct peer *p, const char *body)
{
	bool good = strncmp(buf_str(&p->in), "HTTP/1.1 200 ", 13) == 0 &&
		    strstr(body, r->load->want);

	r->bad += !good;
	if (r->counting && r->n_took < TOOK_MAX) {
		r->took_ns[r->n_took++] = bench_now_ns() - p->sent_ns;
	}
}

static bool peer_read(struct run *r, struct peer *p)
{
	char bytes[16384];
	ssize_t n = recv(p->fd, bytes, sizeof(bytes), 0);
	const char *body;

	if (n <= 0 || !buf_add(&p->in, bytes, (size_t)n)) {
		return false;
	}
	body = whole_body(&p->in);
	if (!body) {
		return true;
	}
	count(r, p, body);
	return peer_ask(r, p);
}

static bool turn(struct run *r)
{
	struct epoll_event ev[64];
	int n = epoll_wait(r->ep, ev, 64, WAIT_MS);

	for (int i = 0; i < n; i++) {
		if (!peer_read(r, ev[i].data.ptr)) {
			return false;
		}
	}
	return n > 0 || errno == EINTR;
}

static bool run_for(struct run *r, int64_t ms)
{
	int64_t end_ns = bench_now_ns() + ms * 1000000;

	while (bench_now_ns() < end_ns) {
		if (!turn(r)) {
			return false;
		}
	}
	return true;
}

static bool peers_start(struct run *r)
{
	for (size_t i = 0; i < r->load->connections; i++) {
		if (!peer_open(r, &r->peers[i]) || !peer_ask(r, &r->peers[i])) {
			return false;
		}
	}
	return true;
}

static void run_finish(struct run *r)
{
	for (size_t i = 0; i < r->load->connections; i++) {
		if (r->peers[i].fd >= 0) {
			close(r->peers[i].fd);
		}
		buf_finish(&r->peers[i].in);
	}
	close(r->ep);
	buf_finish(&r->out);
	free(r->peers);
	free(r->took_ns);
}

static void sum_up(struct run *r, int64_t took_ns, struct http_load_result *ret_r)
{
	struct bench_result b = bench_sum_up(r->took_ns, r->n_took);

	*ret_r = (struct http_load_result){
		.per_s = (double)r->n_took * 1e9 / (double)took_ns,
		.p50_us = b.median_ns / 1000,
		.p99_us = b.p99_ns / 1000,
		.replies = r->n_took,
		.sent = r->sent,
		.bad = r->bad,
	};
}

bool http_load_run(const struct http_load *load, struct http_load_result *ret_r)
{
	struct run r = { .load = load, .ep = epoll_create1(EPOLL_CLOEXEC) };
	int64_t start_ns;
	bool ok;

	r.peers = calloc(load->connections, sizeof(*r.peers));
	r.took_ns = malloc(TOOK_MAX * sizeof(*r.took_ns));
	if (!r.peers || !r.took_ns || load->connections > HTTP_LOAD_CONNECTIONS_MAX ||
	    load->ms > HTTP_LOAD_MS_MAX) {
		abort();
	}
	for (size_t i = 0; i < load->connections; i++) {
		r.peers[i].fd = -1;
	}
	buf_init(&r.out, REQUEST_MAX);
	ok = peers_start(&r) && run_for(&r, load->ms / 10);
	r.counting = true;
	start_ns = bench_now_ns();
	ok = ok && run_for(&r, load->ms);
	sum_up(&r, bench_now_ns() - start_ns, ret_r);
	run_finish(&r);
	return ok;
}
