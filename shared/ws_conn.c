/* SPDX-License-Identifier: Apache-2.0 */
/* The life of one WebSocket connection, from ws_connect() to closed().
 *
 *   look up the name (a thread) -> dial (TCP, TLS, upgrade: lws) -> opened() -> frames
 *     (ws_frames.c) -> CLOSE, or lost -> in the next turn: closed(), and it is freed
 *
 * lws is quiet about much: an upgrade that times out gives LWS_CALLBACK_WSI_DESTROY alone,
 * a connect that fails at once a NULL and no callback. So each step ends in ws_end(), by
 * whichever comes first: lws's word, its WSI_DESTROY, or a timer of ours. From there on
 * lws's side has no way back to us: its opaque pointer is NULL. */
#include "shared/ws_conn.h"

#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "accessd/types.h"

enum {
	MESSAGE_MAX = 4 * 1024 * 1024,
	CONNECT_TIMEOUT_MS = 10000,
	PING_MS = 10000,
	DEAD_MS = 30000,
};

/* --- end ---------------------------------------------------------------------- */

/* Nothing comes back from timers, resolver or lws. lws closes when it comes to it. */
static void let_go(struct ws *w)
{
	loop_timer_cancel(&w->deadline);
	loop_timer_cancel(&w->ping);
	loop_timer_cancel(&w->ending);
	resolver_cancel(w->query);
	w->query = NULL;
	w->open = false;
	if (w->wsi) {
		lws_set_opaque_user_data(w->wsi, NULL);
		lws_set_timeout(w->wsi, PENDING_TIMEOUT_USER_REASON_BASE,
				LWS_TO_KILL_ASYNC);
		w->wsi = NULL;
	}
}

void ws_destroy(struct ws *w)
{
	if (!w || w->gone) {
		return;
	}
	let_go(w);
	ws_client_forget(w);
	if (w->inside) {
		w->gone = true; /* freed when its callback returns */
		return;
	}
	ws_frames_finish(w);
	free(w);
}

static void on_ending(struct loop_timer *t)
{
	struct ws *w = container_of(t, struct ws, ending);

	w->inside = true; /* it may destroy itself, or its client */
	w->ops->closed(w, w->code, &w->fail);
	w->inside = false;
	if (!w->gone) {
		ws_client_forget(w);
	}
	ws_frames_finish(w);
	free(w);
}

void ws_end(struct ws *w, unsigned code, const struct fail *f)
{
	if (w->ended) {
		return;
	}
	w->ended = true;
	w->code = code;
	if (f != &w->fail) {
		w->fail = *f;
	}
	let_go(w);
	loop_timer_start(w->loop, &w->ending, 0);
}

void ws_lost(struct ws *w)
{
	w->wsi = NULL;
	if (w->dialling) {
		return; /* dial() says it */
	}
	if (w->closing) { /* by whom ever; w->fail may hold why we did */
		ws_end(w, w->code, &w->fail);
		return;
	}
	if (w->fail.kind == FAIL_NONE) {
		fail_set(&w->fail, FAIL_UPSTREAM, "'%s': the connection broke%s",
			 w->url.host, w->open ? "" : " before the upgrade");
	}
	ws_end(w, w->open ? WS_ABNORMAL : 0, &w->fail);
}

/* --- beginning ---------------------------------------------------------------- */

static void on_resolved(const char *address, const struct fail *f, void *data)
{
	struct ws *w = data;

	w->query = NULL;
	if (f->kind == FAIL_NONE) {
		ws_dial(w, address);
	} else {
		ws_end(w, 0, f);
	}
}

static void on_not_open(struct loop_timer *t)
{
	struct ws *w = container_of(t, struct ws, deadline);
	struct fail f = { 0 };

	fail_set(&f, FAIL_TIMEOUT, "'%s': no WebSocket in time: %s", w->url.host,
		 w->query ? "its name was not found" : "the upgrade was not answered");
	ws_end(w, 0, &f);
}

static bool check_url(const char *text, struct url *u, struct fail *f)
{
	if (!url_parse(text, u, f)) {
		return false;
	}
	if (u->scheme[0] != 'w') {
		return fail_set(f, FAIL_INVALID, "'%s' is not a scheme of WebSockets",
				u->scheme);
	}
	/* lws takes what is before the first ':' for the name, finds "", and then
	 * verifies none. */
	if (u->tls && strchr(u->host, ':')) {
		return fail_set(f, FAIL_INVALID,
				"wss:// to an IPv6 address cannot be verified");
	}
	return true;
}

static int64_t or_default(int64_t value, int64_t def)
{
	return value > 0 ? value : def;
}

struct ws *ws_connect(struct ws_client *c, const struct ws_config *conf)
{
	struct ws *w = calloc(1, sizeof(*w));
	struct fail f = { 0 };

	if (!w) {
		return NULL;
	}
	w->client = c;
	w->loop = ws_client_loop(c);
	w->ops = conf->ops;
	w->data = conf->data;
	w->ping_ms = or_default(conf->ping_ms, PING_MS);
	w->dead_ms = or_default(conf->dead_ms, DEAD_MS);
	w->queue_end = &w->queue;
	w->deadline.cb = on_not_open;
	w->ending.cb = on_ending;
	buf_init(&w->in, conf->max_message > 0 ? conf->max_message : MESSAGE_MAX);
	ws_client_add(w);
	if (!check_url(conf->url, &w->url, &f)) {
		ws_end(w, 0, &f);
		return w;
	}
	loop_timer_start(w->loop, &w->deadline,
			 or_default(conf->connect_timeout_ms, CONNECT_TIMEOUT_MS));
	w->query = resolver_start(w->loop, ws_host_to_look_up(w), on_resolved, w);
	return w;
}

void ws_close(struct ws *w, unsigned code, int64_t linger_ms)
{
	const struct fail none = { 0 };

	if (w->closing || w->ended) {
		return;
	}
	if (w->open) {
		ws_close_begin(w, code, linger_ms);
	} else {
		ws_end(w, 0, &none);
	}
}

void *ws_data(const struct ws *w)
{
	return w->data;
}
