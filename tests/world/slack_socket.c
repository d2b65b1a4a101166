/* SPDX-License-Identifier: Apache-2.0 */
/* The faked Slack's end of Socket Mode connections.
 *
 *   a ticket -> upgrade -> a ping at once -> hello -> envelopes, pings every 15 s
 *
 * A ticket serves once and not for long. With ten registered (ghosts count) the next one
 * gets too_many_websockets instead of hello. A client that leaves three pings unanswered
 * is dropped. After the close handshake TCP stays open: closing it is the client's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/ulid.h"
#include "tests/world/slack.h"

enum { PINGS_MISSED_MAX = 3, WARNING_MS = 10000, REFRESH_MS = 2000 };

static int64_t mono_ms(const struct world *w)
{
	return clock_mono_ms(loop_clock(w->loop));
}

void slack_ticket_make(struct world *w, char *dst, size_t size)
{
	struct slack_ticket *t = rows_add(&w->slack->tickets, sizeof(*t));
	struct ulid_source src = { 0 };

	ulid_make(&src, world_now_ms(w), t->text);
	t->at_ms = mono_ms(w);
	snprintf(dst, size, "%slink/?ticket=%s&app_id=%s", w->ws_url, t->text, w->app_id);
}

static bool ticket_use(struct world *w, const struct web_request *r)
{
	char text[64];

	if (!web_query(r->query, "ticket", 0, text, sizeof(text))) {
		return false;
	}
	rows_each(struct slack_ticket, t, &w->slack->tickets)
	{
		if (strcmp(t->text, text) == 0) {
			bool good = !t->used &&
				    mono_ms(w) - t->at_ms <= w->slack_knobs.ticket_ms;

			t->used = true;
			return good;
		}
	}
	return false;
}

/* --- registration ----------------------------------------------------------------------- */

unsigned slack_registered(const struct world *w)
{
	unsigned n = 0;

	for (const struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		n += !s->closed;
	}
	return n;
}

static void timers_cancel(struct slack_socket *s)
{
	loop_timer_cancel(&s->hello);
	loop_timer_cancel(&s->ping);
	loop_timer_cancel(&s->leave);
	loop_timer_cancel(&s->life);
}

static void on_closed(struct ws_peer *p, int code)
{
	struct slack_socket *s = container_of(p, struct slack_socket, peer);

	s->closed = true;
	if (code) {
		s->world->slack->last_close = code;
	}
	timers_cancel(s);
	world_touch(s->world);
}

static void on_gone(struct ws_peer *p)
{
	struct slack_socket *s = container_of(p, struct slack_socket, peer);
	struct slack_socket **at = &s->world->slack->sockets;

	while (*at != s) {
		at = &(*at)->next;
	}
	*at = s->next;
	timers_cancel(s);
	free(s);
}

static void on_message(struct ws_peer *p, const char *text, size_t n)
{
	struct slack_socket *s = container_of(p, struct slack_socket, peer);

	slack_on_frame(s, text, n);
}

static void on_pong(struct ws_peer *p)
{
	struct slack_socket *s = container_of(p, struct slack_socket, peer);

	s->unanswered_pings = 0;
}

static const struct ws_peer_ops peer_ops = {
	.message = on_message,
	.pong = on_pong,
	.closed = on_closed,
	.gone = on_gone,
};

/* --- a connection's life ------------------------------------------------------------------ */

/* Knobs may change while it lives. */
static void knobs_apply(struct slack_socket *s)
{
	const struct slack_knobs *k = &s->world->slack_knobs;

	s->peer.mute = k->mute;
	s->peer.no_pong = k->no_pong;
	s->peer.tcp_closes = k->tcp_closes;
	s->peer.reader.frame_max = k->frame_max;
}

static void on_received(void *user, const char *bytes, size_t n)
{
	struct slack_socket *s =
		container_of((struct ws_peer *)user, struct slack_socket, peer);

	knobs_apply(s);
	ws_peer_received(&s->peer, bytes, n);
}

static void on_ping(struct loop_timer *t)
{
	struct slack_socket *s = container_of(t, struct slack_socket, ping);

	knobs_apply(s);
	if (s->unanswered_pings >= PINGS_MISSED_MAX && s->peer.stream) {
		stream_close(s->peer.stream, 0);
		return;
	}
	s->unanswered_pings += ws_peer_ping(&s->peer, "Ping from applink-3");
	loop_timer_start(s->world->loop, t, s->world->slack_knobs.ping_ms);
}

static void disconnect_send(struct slack_socket *s, const char *reason)
{
	char text[160];
	int n = snprintf(text, sizeof(text),
			 "{\"type\":\"disconnect\",\"reason\":\"%s\","
			 "\"debug_info\":{\"host\":\"applink-3\"}}",
			 reason);

	ws_peer_text(&s->peer, text, (size_t)n, s->world->slack_knobs.pieces);
}

static void on_leave(struct loop_timer *t)
{
	struct slack_socket *s = container_of(t, struct slack_socket, leave);

	ws_peer_close(&s->peer, WS_NORMAL, "");
	s->closed = true;
	loop_timer_cancel(&s->ping);
	world_touch(s->world);
}

static void socket_disconnect(struct slack_socket *s, const char *reason)
{
	int64_t wait_ms = 0;

	if (strcmp(reason, "warning") == 0) {
		wait_ms = WARNING_MS;
	} else if (strcmp(reason, "refresh_requested") == 0) {
		wait_ms = REFRESH_MS;
	}
	knobs_apply(s);
	disconnect_send(s, reason);
	s->leaving = true;
	loop_timer_start(s->world->loop, &s->leave, wait_ms);
}

static void on_life_over(struct loop_timer *t)
{
	struct slack_socket *s = container_of(t, struct slack_socket, life);

	socket_disconnect(s, "refresh_requested");
}

static void hello_send(struct slack_socket *s)
{
	struct world *w = s->world;
	json_t *hello = json_pack(
		"{s:s, s:I, s:{s:s}, s:{s:s, s:s, s:i, s:I}}", "type", "hello",
		"num_connections",
		(json_int_t)(slack_registered(w) + w->slack_knobs.ghosts),
		"connection_info", "app_id", w->app_id, "debug_info", "host", "applink-3",
		"started", "2026-11-23 09:00:00.120", "build_number", 211,
		"approximate_connection_time", (json_int_t)s->lifetime_s);
	char *text = json_dumps(hello, JSON_COMPACT);

	ws_peer_text(&s->peer, text, strlen(text), w->slack_knobs.pieces);
	free(text);
	json_decref(hello);
}

static void on_hello(struct loop_timer *t)
{
	struct slack_socket *s = container_of(t, struct slack_socket, hello);
	struct world *w = s->world;

	if (slack_registered(w) + w->slack_knobs.ghosts > w->slack_knobs.sockets_max) {
		socket_disconnect(s, "too_many_websockets");
		return;
	}
	if (w->slack_knobs.hello_never) {
		return;
	}
	knobs_apply(s);
	hello_send(s);
	s->helloed = true;
	if (s->lifetime_s > 0) {
		loop_timer_start(w->loop, &s->life, s->lifetime_s * 1000);
	}
	world_touch(w);
	if (w->slack_knobs.redeliver) {
		slack_redeliver(w);
	}
}

static void socket_begin(struct world *w, struct web_request *r, const char *accept)
{
	static const struct web_taker taker = { on_received, ws_peer_gone };
	struct slack_socket *s = calloc(1, sizeof(*s));
	char head[256];
	char debug[8];
	int n = snprintf(head, sizeof(head),
			 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
			 accept);

	if (!s) {
		abort();
	}
	ws_peer_init(&s->peer, &peer_ops, w->slack_knobs.frame_max);
	s->peer.reader.no_fragments = true;
	s->world = w;
	s->number = ++w->slack->n_sockets;
	s->lifetime_s = web_query(r->query, "debug_reconnects", 0, debug, sizeof(debug))
				? 360
				: w->slack_knobs.lifetime_s;
	s->hello.cb = on_hello;
	s->ping.cb = on_ping;
	s->leave.cb = on_leave;
	s->life.cb = on_life_over;
	s->next = w->slack->sockets;
	w->slack->sockets = s;
	s->peer.stream = web_take(r, head, (size_t)n, &taker, &s->peer);
	if (!s->peer.stream) {
		on_gone(&s->peer);
		return;
	}
	loop_timer_start(w->loop, &s->ping, 0);
	loop_timer_start(w->loop, &s->hello, w->slack_knobs.hello_ms);
}

void slack_upgrade(struct world *w, struct web_request *r)
{
	char key[64];
	char upgrade[32];
	char accept[WS_ACCEPT_SIZE];

	if (w->slack_knobs.upgrade_mute) {
		web_mute(r);
		return;
	}
	if (w->slack_knobs.upgrade_status) {
		web_reply(r, w->slack_knobs.upgrade_status, "text/plain", NULL, "no", 2);
		return;
	}
	if (strcmp(r->path, "/link/") != 0 || strcmp(r->method, "GET") != 0 ||
	    !web_header(r, "Upgrade", upgrade, sizeof(upgrade)) ||
	    strcasecmp(upgrade, "websocket") != 0 ||
	    !web_header(r, "Sec-WebSocket-Key", key, sizeof(key))) {
		web_reply(r, 400, "text/plain", NULL, "not a websocket", 15);
		return;
	}
	if (!ticket_use(w, r)) {
		web_reply(r, 408, "text/plain", NULL, "ticket expired", 14);
		return;
	}
	ws_accept(key, accept);
	socket_begin(w, r, accept);
}

/* --- sending ------------------------------------------------------------------------------ */

static bool socket_is_live(const struct slack_socket *s)
{
	return s->helloed && !s->closed && !s->peer.close_sent && s->peer.stream;
}

/* The nth live socket; those that are about to leave only when no other is there. */
static struct slack_socket *socket_pick(struct world *w, unsigned nth, bool leaving)
{
	unsigned n = 0;

	for (struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		n += socket_is_live(s) && s->leaving == leaving;
	}
	if (n == 0) {
		return NULL;
	}
	unsigned eaten = w->slack_knobs.ghosts_eat ? w->slack_knobs.ghosts : 0;
	unsigned at = nth % (n + eaten);

	for (struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		if (socket_is_live(s) && s->leaving == leaving && at-- == 0) {
			return s;
		}
	}
	return NULL; /* a ghost's */
}

static struct slack_socket *socket_numbered(struct world *w, unsigned number)
{
	for (struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		if (s->number == number) {
			return s;
		}
	}
	return NULL;
}

unsigned slack_route(struct world *w, const char *text, size_t n)
{
	unsigned turn = w->slack->turn++;
	struct slack_socket *s;

	if (w->slack_knobs.socket) {
		s = socket_numbered(w, w->slack_knobs.socket);
	} else {
		s = socket_pick(w, turn, false);
		s = s || w->slack_knobs.ghosts_eat ? s : socket_pick(w, turn, true);
	}
	if (!s || !socket_is_live(s)) {
		return 0;
	}
	knobs_apply(s);
	ws_peer_text(&s->peer, text, n, w->slack_knobs.pieces);
	return s->number;
}

bool world_send_raw(struct world *w, const char *text, size_t n)
{
	return slack_route(w, text, n) != 0;
}

/* --- what tests do and see ------------------------------------------------------------------ */

void world_disconnect(struct world *w, unsigned socket, const char *reason)
{
	for (struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		if (!s->closed && (socket == 0 || s->number == socket)) {
			socket_disconnect(s, reason);
		}
	}
	world_touch(w);
}

static void socket_cut(struct slack_socket *s, enum world_cut how)
{
	if (!s->peer.stream) {
		return;
	}
	if (how == WORLD_CUT_CLOSE) {
		ws_peer_close(&s->peer, WS_NORMAL, "");
	} else if (how == WORLD_CUT_FIN) {
		stream_shutdown(s->peer.stream);
	} else {
		stream_close(s->peer.stream, 0);
	}
	s->closed = true;
	timers_cancel(s);
}

void world_cut(struct world *w, unsigned socket, enum world_cut how)
{
	for (struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		if (socket == 0 || s->number == socket) {
			socket_cut(s, how);
		}
	}
	world_touch(w);
}

size_t world_sockets(const struct world *w)
{
	size_t n = 0;

	for (const struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		n += socket_is_live(s);
	}
	return n;
}

size_t world_streams(const struct world *w)
{
	size_t n = 0;

	for (const struct slack_socket *s = w->slack->sockets; s; s = s->next) {
		n++;
	}
	return n;
}

unsigned world_newest_socket(const struct world *w)
{
	return w->slack->n_sockets;
}

unsigned world_last_pongs(const struct world *w)
{
	return w->slack->sockets ? w->slack->sockets->peer.pongs : 0;
}
