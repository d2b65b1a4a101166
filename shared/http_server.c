/* SPDX-License-Identifier: Apache-2.0 */
/* Connections, and what happens on each:
 *
 *   idle -> reading -> pending -> (replied) idle again, or closing
 *
 * A request is read whole, given to its handler, and nothing more is taken from that
 * connection until it is answered. What goes wrong:
 *  - it cannot be read: refused with a reason, and closed, as nobody knows where the next
 *    one would begin.
 *  - it is slow: each state has a deadline for its whole, looked at once a second.
 *  - the client goes away: the handler hears of it by x->gone.
 *  - the handler never answers: gone() as well, and 503 for the client.
 *  - the client sends the next requests meanwhile: kept up to a limit, then the
 *    connection is not read any more.
 *  - the client does not read the replies: no further request is begun. */
#include "shared/http_server.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/buf.h"
#include "shared/http_parse.h"
#include "shared/http_reply.h"
#include "shared/http_route.h"
#include "shared/ulid.h"

enum {
	IDLE_MS = 75000,
	REQUEST_MS = 10000,
	REPLY_MS = 30000,
	LINGER_MS = 2000, /* how long a client may take to read our last words */
	TICK_MS = 1000,
	MAX_HEADER = 16384,
	MAX_HEADER_MAX = 65536, /* the parser library stops at 80 KiB */
	AHEAD_MAX = 32768,      /* bytes of later requests that are kept */
	REPLY_HEAD_MAX = 16384,
};

enum conn_state { CONN_IDLE, CONN_READING, CONN_PENDING, CONN_CLOSING };

struct conn {
	struct http_server *owner;
	struct conn *prev, *next;
	struct stream *stream;
	enum conn_state state;
	int64_t deadline_ms; /* of this state; no meaning when closing */
	struct http_parse parse;
	struct buf in; /* what came and is not parsed yet */
	const struct http_route *route;
	struct http_exchange x;
	struct loop_timer again; /* go on in the next turn */
	bool pumping;
};

struct http_server {
	struct loop *loop;
	struct listener *listener;
	struct http_server_config conf; /* defaults filled in */
	struct conn *conns;
	struct loop_timer tick; /* runs while there are connections */
	struct ulid_source ulids;
	bool closing; /* in http_server_close(): nobody is told */
	bool draining;
	struct loop_timer drain_cap;
	void (*drained)(void *data);
	void *drained_data;
};

static void conn_pump(struct conn *c);

/* --- states --------------------------------------------------------------------- */

static void conn_move(struct conn *c, enum conn_state to, int64_t for_ms)
{
	c->state = to;
	c->deadline_ms = clock_mono_ms(loop_clock(c->owner->loop)) + for_ms;
}

static void conn_close(struct conn *c)
{
	c->state = CONN_CLOSING;
	buf_finish(&c->in);
	stream_close(c->stream, LINGER_MS);
}

/* Ready for the next request, whose bytes may be here already. */
static void conn_next(struct conn *c)
{
	http_parse_next(&c->parse);
	c->route = NULL;
	conn_move(c, CONN_IDLE, c->owner->conf.idle_timeout_ms);
	if (!c->pumping) {
		loop_timer_start(c->owner->loop, &c->again, 0);
	}
}

/* --- replies -------------------------------------------------------------------- */

static void conn_reply(struct conn *c, struct http_reply *r)
{
	struct buf out;

	buf_init(&out, r->body_len + REPLY_HEAD_MAX);
	r->wall_ms = clock_wall_ms(loop_clock(c->owner->loop));
	if (http_reply_format(&out, r)) {
		stream_send(c->stream, out.data, out.len);
	} else {
		r->close = true; /* no memory: better no answer than half of one */
	}
	buf_finish(&out);
	if (r->close) {
		conn_close(c);
	} else {
		conn_next(c);
	}
}

static bool conn_ends(const struct conn *c)
{
	const struct http_head *h = &c->parse.head;

	return c->owner->draining || c->parse.stage != HTTP_STAGE_WHOLE ||
	       !h->keep_alive || h->http10;
}

void http_reply(struct http_exchange *x, int status, const char *content_type,
		const void *body, size_t body_len, const char *const *headers)
{
	struct conn *c = container_of(x, struct conn, x);
	struct http_reply r = {
		.status = status,
		.content_type = content_type,
		.body = body,
		.body_len = body_len,
		.headers = headers,
		.close = conn_ends(c),
		.head = x->method && strcmp(x->method, "HEAD") == 0,
	};

	assert(c->state == CONN_PENDING);
	conn_reply(c, &r);
}

/* An error with the exchange's id; `ends`: close even where one could go on. */
static void conn_error(struct conn *c, int status, const char *code, const char *message,
		       const char *header, bool ends)
{
	const char *headers[] = { "Cache-Control: no-store", header, NULL };
	struct buf body;
	struct http_reply r = {
		.status = status,
		.content_type = "application/json",
		.headers = headers,
		.close = ends || conn_ends(c),
		.head = c->x.method && strcmp(c->x.method, "HEAD") == 0,
	};

	buf_init(&body, REPLY_HEAD_MAX);
	http_reply_error_body(&body, code, message, c->x.id);
	r.body = body.data;
	r.body_len = body.len;
	conn_reply(c, &r);
	buf_finish(&body);
}

void http_reply_error(struct http_exchange *x, int status, const char *code,
		      const char *message)
{
	struct conn *c = container_of(x, struct conn, x);

	assert(c->state == CONN_PENDING);
	conn_error(c, status, code, message, NULL, false);
}

/* --- requests ------------------------------------------------------------------- */

/* What the exchange says of a request whose head is known, or of none. */
static void exchange_init(struct conn *c)
{
	const struct http_head *h = &c->parse.head;

	c->x = (struct http_exchange){
		.method = h->method,
		.path = h->path,
		.query = h->query,
		.peer = stream_peer(c->stream),
	};
	ulid_make(&c->owner->ulids, clock_wall_ms(loop_clock(c->owner->loop)), c->x.id);
}

static void conn_refuse(struct conn *c, int status, const char *why)
{
	exchange_init(c);
	conn_error(c, status, http_reply_code(status), why, NULL, true);
}

/* Say 100 to those who wait for it. When body bytes are here already, nobody does. */
static void continue_send(struct conn *c, size_t here)
{
	static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

	if (c->parse.head.expect_continue && c->parse.stage == HTTP_STAGE_BODY &&
	    here == 0) {
		stream_send(c->stream, text, sizeof(text) - 1);
	}
}

static void conn_route(struct conn *c, size_t here)
{
	const struct http_server_config *conf = &c->owner->conf;
	const struct http_head *h = &c->parse.head;
	char allow[HTTP_ALLOW_SIZE];

	switch (http_route_find(conf->routes, conf->n_routes, h->method, h->path,
				&c->route, allow)) {
	case HTTP_ROUTE_FOUND:
		http_parse_accept(&c->parse, c->route->max_body);
		continue_send(c, here);
		break;
	case HTTP_ROUTE_OPTIONS:
		http_parse_accept(&c->parse, 0);
		break;
	case HTTP_ROUTE_NO_METHOD:
		exchange_init(c);
		conn_error(c, 405, http_reply_code(405),
			   "the method is not for this path", allow, true);
		break;
	default:
		conn_refuse(c, 404, "there is nothing at this path");
		break;
	}
}

static void options_reply(struct conn *c)
{
	const struct http_server_config *conf = &c->owner->conf;
	const struct http_route *route;
	char allow[HTTP_ALLOW_SIZE];
	const char *headers[] = { allow, NULL };

	http_route_find(conf->routes, conf->n_routes, c->x.method, c->x.path, &route,
			allow);
	http_reply(&c->x, 204, NULL, NULL, 0, headers);
}

static void conn_handle(struct conn *c)
{
	conn_move(c, CONN_PENDING, c->owner->conf.reply_timeout_ms);
	exchange_init(c);
	c->x.body = buf_str(&c->parse.body);
	c->x.body_len = c->parse.body.len;
	if (c->route) {
		c->route->handle(&c->x, c->owner->conf.data);
	} else {
		options_reply(c);
	}
}

/* Parse up to the next thing to do, and do it. False: nothing more can be done. */
static bool conn_step(struct conn *c, size_t *at)
{
	size_t left = c->in.len - *at;
	size_t taken = http_parse_feed(&c->parse, buf_str(&c->in) + *at, left);

	*at += taken;
	if (c->state == CONN_IDLE && http_head_begun(&c->parse.head)) {
		conn_move(c, CONN_READING, c->owner->conf.request_timeout_ms);
	}
	switch (c->parse.stage) {
	case HTTP_STAGE_ASKED:
		conn_route(c, left - taken);
		return true;
	case HTTP_STAGE_WHOLE:
		conn_handle(c);
		return true;
	case HTTP_STAGE_BAD:
		conn_refuse(c, c->parse.status, c->parse.why);
		return false;
	default:
		return taken > 0;
	}
}

static bool conn_takes(const struct conn *c)
{
	return c->state == CONN_IDLE || c->state == CONN_READING;
}

static void conn_pump(struct conn *c)
{
	size_t at = 0;

	if (c->pumping) {
		return;
	}
	c->pumping = true;
	/* A client that does not read its replies is not asked for more. */
	while (conn_takes(c) && stream_unsent(c->stream) == 0 && conn_step(c, &at)) {
	}
	c->pumping = false;
	if (c->state == CONN_CLOSING) {
		return;
	}
	buf_drop(&c->in, at);
	if (c->in.len == 0) {
		buf_finish(&c->in);
	}
	stream_pause(c->stream, c->in.len >= AHEAD_MAX);
}

/* --- deadlines ------------------------------------------------------------------ */

static void conn_late(struct conn *c)
{
	switch (c->state) {
	case CONN_IDLE:
		conn_close(c);
		break;
	case CONN_READING:
		conn_refuse(c, 408, "the request took too long");
		break;
	case CONN_PENDING:
		if (c->x.gone) {
			c->x.gone(&c->x);
		}
		conn_error(c, 503, http_reply_code(503), "no answer in time", NULL, true);
		break;
	default:
		break; /* the stream has a deadline of its own */
	}
}

static void on_tick(struct loop_timer *t)
{
	struct http_server *s = container_of(t, struct http_server, tick);
	int64_t now_ms = clock_mono_ms(loop_clock(s->loop));
	struct conn *next;

	for (struct conn *c = s->conns; c; c = next) {
		next = c->next; /* closing is never at once: both stay */
		if (now_ms >= c->deadline_ms) {
			conn_late(c);
		}
	}
	if (s->conns) {
		loop_timer_start(s->loop, &s->tick, TICK_MS);
	}
}

/* --- streams -------------------------------------------------------------------- */

static void on_again(struct loop_timer *t)
{
	conn_pump(container_of(t, struct conn, again));
}

static bool on_opened(void *data, struct stream *stream)
{
	struct http_server *s = data;
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		return false;
	}
	c->owner = s;
	c->stream = stream;
	c->again.cb = on_again;
	http_parse_init(&c->parse, s->conf.max_header);
	buf_init(&c->in, (size_t)2 * AHEAD_MAX);
	/* Who connects has something to say. */
	conn_move(c, CONN_IDLE, s->conf.request_timeout_ms);
	c->next = s->conns;
	if (c->next) {
		c->next->prev = c;
	}
	s->conns = c;
	stream_set_data(stream, c);
	if (!loop_timer_running(&s->tick)) {
		loop_timer_start(s->loop, &s->tick, TICK_MS);
	}
	return true;
}

static void on_received(struct stream *stream, const char *bytes, size_t n)
{
	struct conn *c = stream_data(stream);

	if (c->state == CONN_CLOSING) {
		return;
	}
	if (!buf_add(&c->in, bytes, n)) {
		conn_close(c); /* it was paused: this cannot be but for want of memory */
		return;
	}
	conn_pump(c);
}

static void on_drained(struct stream *stream)
{
	conn_pump(stream_data(stream));
}

static void conn_unlink(struct conn *c)
{
	if (c->prev) {
		c->prev->next = c->next;
	} else {
		c->owner->conns = c->next;
	}
	if (c->next) {
		c->next->prev = c->prev;
	}
}

static void on_closed(struct stream *stream)
{
	struct conn *c = stream_data(stream);
	struct http_server *s = c->owner;

	conn_unlink(c);
	loop_timer_cancel(&c->again);
	if (c->state == CONN_PENDING && c->x.gone && !s->closing) {
		c->x.gone(&c->x);
	}
	http_parse_finish(&c->parse);
	buf_finish(&c->in);
	free(c);
	if (s->draining && !s->conns && !s->closing) {
		loop_timer_start(s->loop, &s->drain_cap, 0);
	}
}

/* --- life ----------------------------------------------------------------------- */

static void defaults_set(struct http_server_config *conf)
{
	conf->idle_timeout_ms = conf->idle_timeout_ms ? conf->idle_timeout_ms : IDLE_MS;
	conf->request_timeout_ms =
		conf->request_timeout_ms ? conf->request_timeout_ms : REQUEST_MS;
	conf->reply_timeout_ms =
		conf->reply_timeout_ms ? conf->reply_timeout_ms : REPLY_MS;
	conf->max_header = conf->max_header ? conf->max_header : MAX_HEADER;
	if (conf->max_header > MAX_HEADER_MAX) {
		conf->max_header = MAX_HEADER_MAX;
	}
}

bool http_server_open(struct loop *l, const struct http_server_config *conf,
		      struct http_server **ret_s, struct fail *f)
{
	static const struct stream_ops ops = {
		.opened = on_opened,
		.received = on_received,
		.drained = on_drained,
		.closed = on_closed,
	};
	struct http_server *s = calloc(1, sizeof(*s));

	if (!s) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	s->loop = l;
	s->conf = *conf;
	s->tick.cb = on_tick;
	defaults_set(&s->conf);
	if (!listener_open(l, &conf->listener, &ops, s, &s->listener, f)) {
		free(s);
		return false;
	}
	*ret_s = s;
	return true;
}

uint16_t http_server_port(const struct http_server *s)
{
	return listener_port(s->listener);
}

static void on_drain_over(struct loop_timer *t)
{
	struct http_server *s = container_of(t, struct http_server, drain_cap);

	if (s->drained) {
		void (*drained)(void *data) = s->drained;

		s->drained = NULL; /* once; and s may be closed from within */
		drained(s->drained_data);
	}
}

void http_server_drain(struct http_server *s, int64_t cap_ms, void (*done)(void *data),
		       void *data)
{
	s->draining = true;
	s->drained = done;
	s->drained_data = data;
	s->drain_cap.cb = on_drain_over;
	listener_stop(s->listener);
	for (struct conn *c = s->conns; c; c = c->next) {
		if (c->state == CONN_IDLE) {
			conn_close(c);
		}
	}
	loop_timer_start(s->loop, &s->drain_cap, s->conns ? cap_ms : 0);
}

void http_server_close(struct http_server *s)
{
	if (!s) {
		return;
	}
	s->closing = true;
	listener_close(s->listener);
	loop_timer_cancel(&s->tick);
	loop_timer_cancel(&s->drain_cap);
	free(s);
}

const char *http_header(const struct http_exchange *x, const char *name, size_t *ret_n)
{
	const struct conn *c =
		(const struct conn *)((const char *)x - offsetof(struct conn, x));

	return http_head_value(&c->parse.head, name, ret_n);
}
