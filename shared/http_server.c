/* SPDX-License-Identifier: Apache-2.0 */
/* The connections of the HTTP server: how they come, are looked at once a second, and go.
 * What happens on each is in shared/http_conn.c. */
#include "shared/http_server.h"

#include <stdlib.h>

#include "accessd/types.h"
#include "shared/http_conn.h"

enum {
	IDLE_MS = 75000,
	REQUEST_MS = 10000,
	REPLY_MS = 30000,
	TICK_MS = 1000,
	MAX_HEADER = 16384,
	MAX_HEADER_MAX = 65536, /* the parser library stops at 80 KiB */
};

struct http_server {
	struct http_site site;
	struct listener *listener;
	struct conn *conns;
	struct loop_timer tick; /* runs while there are connections */
	bool closing;           /* in http_server_close(): nobody is told */
	struct loop_timer drain_cap;
	void (*drained)(void *data);
	void *drained_data;
};

static void on_tick(struct loop_timer *t)
{
	struct http_server *s = container_of(t, struct http_server, tick);
	int64_t now_ms = clock_mono_ms(loop_clock(s->site.loop));
	struct conn *next;

	for (struct conn *c = s->conns; c; c = next) {
		next = c->next; /* closing is never at once: both stay */
		if (now_ms >= c->deadline_ms) {
			conn_late(c);
		}
	}
	if (s->conns) {
		loop_timer_start(s->site.loop, &s->tick, TICK_MS);
	}
}

/* --- streams -------------------------------------------------------------------- */

static bool on_opened(void *data, struct stream *stream)
{
	struct http_server *s = data;
	struct conn *c = calloc(1, sizeof(*c));

	if (!c) {
		return false;
	}
	c->site = &s->site;
	c->stream = stream;
	conn_init(c);
	c->next = s->conns;
	if (c->next) {
		c->next->prev = c;
	}
	s->conns = c;
	stream_set_data(stream, c);
	if (!loop_timer_running(&s->tick)) {
		loop_timer_start(s->site.loop, &s->tick, TICK_MS);
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

static void conn_unlink(struct http_server *s, struct conn *c)
{
	if (c->prev) {
		c->prev->next = c->next;
	} else {
		s->conns = c->next;
	}
	if (c->next) {
		c->next->prev = c->prev;
	}
}

static void on_closed(struct stream *stream)
{
	struct conn *c = stream_data(stream);
	struct http_server *s = container_of(c->site, struct http_server, site);

	conn_unlink(s, c);
	if (c->state == CONN_PENDING && c->x.gone && !s->closing) {
		c->x.gone(&c->x);
	}
	conn_finish(c);
	free(c);
	if (s->site.draining && !s->conns && !s->closing) {
		loop_timer_start(s->site.loop, &s->drain_cap, 0);
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
	s->site.loop = l;
	s->site.conf = *conf;
	s->tick.cb = on_tick;
	defaults_set(&s->site.conf);
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
	s->site.draining = true;
	s->drained = done;
	s->drained_data = data;
	s->drain_cap.cb = on_drain_over;
	listener_stop(s->listener);
	for (struct conn *c = s->conns; c; c = c->next) {
		if (c->state == CONN_IDLE) {
			conn_close(c);
		}
	}
	loop_timer_start(s->site.loop, &s->drain_cap, s->conns ? cap_ms : 0);
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
	buf_finish(&s->site.reply);
	free(s);
}
