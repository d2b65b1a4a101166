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
#include "shared/http_conn.h"

#include <assert.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/http_reply.h"
#include "shared/http_route.h"

/* Of a reply's headers, and of the errors that we write ourselves. */
enum { REPLY_HEAD_MAX = 16384, REPLY_KEPT_MAX = 65536 };

/* --- states --------------------------------------------------------------------- */

static void conn_move(struct conn *c, enum conn_state to, int64_t for_ms)
{
	c->state = to;
	c->deadline_ms = clock_mono_ms(loop_clock(c->site->loop)) + for_ms;
}

void conn_close(struct conn *c)
{
	c->state = CONN_CLOSING;
	buf_finish(&c->in);
	stream_close(c->stream, HTTP_LINGER_MS);
}

/* Ready for the next request, whose bytes may be here already. */
static void conn_next(struct conn *c)
{
	http_parse_next(&c->parse);
	c->route = NULL;
	conn_move(c, CONN_IDLE, c->site->conf.idle_timeout_ms);
	if (!c->pumping) {
		loop_timer_start(c->site->loop, &c->again, 0);
	}
}

/* --- replies -------------------------------------------------------------------- */

static void conn_reply(struct conn *c, struct http_reply *r)
{
	struct buf *out = &c->site->reply;

	out->max = r->body_len + REPLY_HEAD_MAX;
	r->wall_ms = clock_wall_ms(loop_clock(c->site->loop));
	if (http_reply_format(out, r)) {
		stream_send(c->stream, out->data, out->len);
	} else {
		r->close = true; /* no memory: better no answer than half of one */
	}
	buf_rest(out, REPLY_KEPT_MAX);
	if (r->close) {
		conn_close(c);
	} else {
		conn_next(c);
	}
}

static bool conn_ends(const struct conn *c)
{
	const struct http_head *h = &c->parse.head;

	return c->site->draining || c->parse.stage != HTTP_STAGE_WHOLE ||
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
	ulid_make(&c->site->ulids, clock_wall_ms(loop_clock(c->site->loop)), c->x.id);
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
	const struct http_server_config *conf = &c->site->conf;
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
	const struct http_server_config *conf = &c->site->conf;
	const struct http_route *route;
	char allow[HTTP_ALLOW_SIZE];
	const char *headers[] = { allow, NULL };

	http_route_find(conf->routes, conf->n_routes, c->x.method, c->x.path, &route,
			allow);
	http_reply(&c->x, 204, NULL, NULL, 0, headers);
}

static void conn_handle(struct conn *c)
{
	conn_move(c, CONN_PENDING, c->site->conf.reply_timeout_ms);
	exchange_init(c);
	c->x.body = buf_str(&c->parse.body);
	c->x.body_len = c->parse.body.len;
	if (c->route) {
		c->route->handle(&c->x, c->site->conf.data);
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
		conn_move(c, CONN_READING, c->site->conf.request_timeout_ms);
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

void conn_pump(struct conn *c)
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
		buf_rest(&c->in, HTTP_KEPT_MAX);
	}
	stream_pause(c->stream, c->in.len >= HTTP_AHEAD_MAX);
}

/* --- deadlines and life ---------------------------------------------------------- */

void conn_late(struct conn *c)
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

static void on_again(struct loop_timer *t)
{
	conn_pump(container_of(t, struct conn, again));
}

void conn_init(struct conn *c)
{
	c->again.cb = on_again;
	http_parse_init(&c->parse, c->site->conf.max_header);
	buf_init(&c->in, (size_t)2 * HTTP_AHEAD_MAX);
	/* Who connects has something to say. */
	conn_move(c, CONN_IDLE, c->site->conf.request_timeout_ms);
}

void conn_finish(struct conn *c)
{
	loop_timer_cancel(&c->again);
	http_parse_finish(&c->parse);
	buf_finish(&c->in);
}

const char *http_header(const struct http_exchange *x, const char *name, size_t *ret_n)
{
	const struct conn *c =
		(const struct conn *)((const char *)x - offsetof(struct conn, x));

	return http_head_value(&c->parse.head, name, ret_n);
}

const char *http_header_once(const struct http_exchange *x, const char *name)
{
	size_t n = 0;
	const char *value = http_header(x, name, &n);

	return n == 1 ? value : NULL;
}
