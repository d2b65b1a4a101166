/* SPDX-License-Identifier: Apache-2.0 */
/* HTTP/1.1 as the faked vendors speak it: one request at a time per connection, bodies by
 * Content-Length only. What cannot be read is answered 400 and closed: the client under
 * test is at fault then. */
#include "tests/world/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "accessd/types.h"
#include "shared/buf.h"

enum { HEAD_MAX = 64 * 1024, BODY_MAX = 8 * 1024 * 1024, LINGER_MS = 2000 };

struct web {
	struct listener *listener;
	web_handler *handle;
	void *data;
};

struct web_conn {
	struct web *web;
	struct stream *stream;
	struct buf in;
	struct web_request *current; /* not ended yet */
	bool reading;                /* conn_read() is on the stack */
	bool continued;              /* 100 was sent for what is coming in */
	bool last;                   /* close after this reply */
	bool ended;                  /* we have closed, or fallen mute */
	const struct web_taker *taker;
	void *user;
};

static void request_free(struct web_request *r)
{
	if (r->conn) {
		r->conn->current = NULL;
	}
	free(r->path);
	free(r->query);
	free(r->head);
	free(r->body);
	free(r);
}

static bool head_find(const char *head, const char *name, char *dst, size_t size)
{
	size_t n = strlen(name);

	for (const char *line = head; line && *line; line = strstr(line, "\r\n")) {
		line += line == head ? 0 : 2;
		if (strncasecmp(line, name, n) == 0 && line[n] == ':') {
			const char *value = line + n + 1 + strspn(line + n + 1, " \t");

			snprintf(dst, size, "%.*s", (int)strcspn(value, "\r"), value);
			return true;
		}
	}
	return false;
}

bool web_header(const struct web_request *r, const char *name, char *dst, size_t size)
{
	return head_find(r->head, name, dst, size);
}

/* The request line is the first line of head; it is cut off there. */
static bool request_line(struct web_request *r, char *head)
{
	char *end = strstr(head, "\r\n");
	char *target = strchr(head, ' ');
	char *version = target ? strchr(target + 1, ' ') : NULL;

	if (!version || version > end || strncmp(version + 1, "HTTP/1.1\r\n", 10) != 0 ||
	    (size_t)(target - head) >= sizeof(r->method)) {
		return false;
	}
	snprintf(r->method, sizeof(r->method), "%.*s", (int)(target - head), head);
	*version = '\0';
	char *query = strchr(target + 1, '?');

	r->query = strdup(query ? query + 1 : "");
	if (query) {
		*query = '\0';
	}
	r->path = strdup(target + 1);
	r->head = strdup(end + 2);
	return r->path && r->query && r->head;
}

static void conn_refuse(struct web_conn *c, const char *status_line)
{
	char reply[160];
	int n = snprintf(reply, sizeof(reply),
			 "HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
			 status_line);

	stream_send(c->stream, reply, (size_t)n);
	stream_close(c->stream, LINGER_MS);
	c->ended = true;
}

/* The length of the body that follows head, or -1. */
static long body_length(const char *head)
{
	char value[32];
	char *end;

	if (head_find(head, "Transfer-Encoding", value, sizeof(value))) {
		return -1;
	}
	if (!head_find(head, "Content-Length", value, sizeof(value))) {
		return 0;
	}
	long n = strtol(value, &end, 10);

	return end == value || *end || n < 0 || n > BODY_MAX ? -1 : n;
}

static void conn_begin(struct web_conn *c, size_t head_len, size_t body_len)
{
	struct web_request *r = calloc(1, sizeof(*r));
	char *head = strndup(c->in.data, head_len);
	char value[32];

	if (!r || !head) {
		abort();
	}
	r->conn = c;
	c->current = r;
	r->body = strndup("", 0);
	if (body_len) {
		free(r->body);
		r->body = malloc(body_len + 1);
	}
	if (!r->body || !request_line(r, head)) {
		free(head);
		request_free(r);
		conn_refuse(c, "400 Bad Request");
		return;
	}
	free(head);
	memcpy(r->body, c->in.data + head_len, body_len);
	r->body[body_len] = '\0';
	r->body_len = body_len;
	c->last = web_header(r, "Connection", value, sizeof(value)) &&
		  strcasecmp(value, "close") == 0;
	c->continued = false;
	buf_drop(&c->in, head_len + body_len);
	c->web->handle(r, c->web->data);
}

/* Begin with the request at the head of the buffer. False: it is not whole yet. */
static bool conn_step(struct web_conn *c)
{
	const char *end = c->in.len ? strstr(c->in.data, "\r\n\r\n") : NULL;
	char value[32];

	if (!end) {
		if (c->in.len > HEAD_MAX) {
			conn_refuse(c, "431 Request Header Fields Too Large");
		}
		return false;
	}
	size_t head_len = (size_t)(end - c->in.data) + 4;
	long body_len = body_length(c->in.data);

	if (body_len < 0) {
		conn_refuse(c, "400 Bad Request");
		return false;
	}
	if (c->in.len - head_len < (size_t)body_len) {
		if (!c->continued &&
		    head_find(c->in.data, "Expect", value, sizeof(value))) {
			c->continued = true;
			stream_send(c->stream, "HTTP/1.1 100 Continue\r\n\r\n", 25);
		}
		return false;
	}
	conn_begin(c, head_len, (size_t)body_len);
	return true;
}

static void conn_read(struct web_conn *c)
{
	if (c->reading) {
		return;
	}
	c->reading = true;
	while (!c->current && !c->ended && !c->taker && conn_step(c)) {
	}
	c->reading = false;
}

static bool on_opened(void *data, struct stream *s)
{
	struct web_conn *c = calloc(1, sizeof(*c));

	if (!c) {
		return false;
	}
	c->web = data;
	c->stream = s;
	buf_init(&c->in, HEAD_MAX + BODY_MAX);
	stream_set_data(s, c);
	return true;
}

static void on_received(struct stream *s, const char *bytes, size_t n)
{
	struct web_conn *c = stream_data(s);

	if (c->taker) {
		c->taker->received(c->user, bytes, n);
		return;
	}
	if (c->ended) {
		return;
	}
	if (!buf_add(&c->in, bytes, n)) {
		conn_refuse(c, "413 Content Too Large");
		return;
	}
	conn_read(c);
}

static void on_closed(struct stream *s)
{
	struct web_conn *c = stream_data(s);

	if (c->taker) {
		c->taker->closed(c->user);
	}
	if (c->current) {
		c->current->conn = NULL;
	}
	buf_finish(&c->in);
	free(c);
}

static const struct stream_ops stream_ops = {
	.opened = on_opened,
	.received = on_received,
	.closed = on_closed,
};

bool web_open(struct loop *l, const char *address, const char *cert, const char *key,
	      web_handler *handle, void *data, struct web **ret_w, struct fail *f)
{
	struct web *w = calloc(1, sizeof(*w));
	const struct listener_config conf = { .address = address,
					      .cert = cert ? cert : "",
					      .key = key ? key : "",
					      .max_unsent = 64 * 1024 * 1024 };

	if (!w) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	w->handle = handle;
	w->data = data;
	if (!listener_open(l, &conf, &stream_ops, w, &w->listener, f)) {
		free(w);
		return false;
	}
	*ret_w = w;
	return true;
}

uint16_t web_port(const struct web *w)
{
	return listener_port(w->listener);
}

void web_stop(struct web *w)
{
	listener_stop(w->listener);
}

void web_close(struct web *w)
{
	if (w) {
		listener_close(w->listener);
		free(w);
	}
}

/* --- ends of a request ---------------------------------------------------------- */

/* End r. The connection goes on with the next one, or is closed. */
static void request_end(struct web_request *r, bool close_it, int64_t linger_ms)
{
	struct web_conn *c = r->conn;

	request_free(r);
	if (!c) {
		return;
	}
	if (close_it) {
		c->ended = true;
		stream_close(c->stream, linger_ms);
		return;
	}
	conn_read(c);
}

static void send_head(struct web_request *r, int status, const char *type,
		      const char *headers, size_t n)
{
	struct buf head;

	buf_init(&head, HEAD_MAX);
	buf_addf(&head, "HTTP/1.1 %d %s\r\n", status, status < 400 ? "OK" : "No");
	buf_addf(&head, "Content-Type: %s\r\nContent-Length: %zu\r\n", type, n);
	buf_addf(&head, "%s%s\r\n", headers ? headers : "",
		 r->conn->last ? "Connection: close\r\n" : "");
	stream_send(r->conn->stream, buf_str(&head), head.len);
	buf_finish(&head);
}

void web_reply(struct web_request *r, int status, const char *type, const char *headers,
	       const void *body, size_t n)
{
	bool last = r->conn && r->conn->last;

	if (r->conn) {
		send_head(r, status, type, headers, n);
		if (strcmp(r->method, "HEAD") != 0) {
			stream_send(r->conn->stream, body, n);
		}
	}
	request_end(r, last, LINGER_MS);
}

void web_reply_half(struct web_request *r, int status, const char *type, const void *body,
		    size_t n)
{
	if (r->conn) {
		send_head(r, status, type, NULL, n);
		stream_send(r->conn->stream, body, n / 2);
	}
	request_end(r, true, LINGER_MS);
}

void web_raw(struct web_request *r, const void *bytes, size_t n)
{
	if (r->conn) {
		stream_send(r->conn->stream, bytes, n);
	}
	request_end(r, true, LINGER_MS);
}

void web_drop(struct web_request *r)
{
	request_end(r, true, 0);
}

void web_mute(struct web_request *r)
{
	if (r->conn) {
		r->conn->ended = true;
	}
	request_free(r);
}

struct stream *web_take(struct web_request *r, const char *bytes, size_t n,
			const struct web_taker *taker, void *user)
{
	struct web_conn *c = r->conn;

	request_free(r);
	if (!c) {
		return NULL;
	}
	c->taker = taker;
	c->user = user;
	stream_send(c->stream, bytes, n);
	if (c->in.len) {
		taker->received(user, c->in.data, c->in.len);
		buf_finish(&c->in);
	}
	return c->stream;
}
