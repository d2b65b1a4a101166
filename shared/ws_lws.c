/* SPDX-License-Identifier: Apache-2.0 */
/* lws's callbacks of WebSockets: to which function each goes, and what a refused upgrade
 * means. */
#include "shared/ws_conn.h"

#include <string.h>

#include <libwebsockets.h>

#include "shared/ca.h"
#include "shared/text.h"

enum { RETRY_AFTER_MAX_S = 3600 };

/* --- refused ------------------------------------------------------------------ */

static void refused_by_http(struct ws *w, unsigned status)
{
	enum fail_kind kind = status == 429                   ? FAIL_BUSY
			      : status >= 400 && status < 500 ? FAIL_DENIED
							      : FAIL_UPSTREAM;
	char value[64] = "";

	fail_set(&w->fail, kind, "'%s': HTTP %u instead of the upgrade", w->url.host,
		 status);
	if (lws_hdr_copy(w->wsi, value, sizeof(value), WSI_TOKEN_HTTP_RETRY_AFTER) > 0) {
		w->fail.retry_after_s = text_retry_after_s(
			value, clock_wall_ms(loop_clock(w->loop)), RETRY_AFTER_MAX_S);
	}
}

/* lws's words are about its own insides, but better than none. */
static void refused_otherwise(struct ws *w, const char *why, size_t n)
{
	char text[128];

	text_copy_n(text, sizeof(text), why ? why : "", why ? strnlen(why, n) : 0);
	text_trim(text, sizeof(text), text);
	fail_set(&w->fail, FAIL_UPSTREAM, "'%s': no WebSocket%s%s", w->url.host,
		 *text ? ": " : "", text);
}

static int on_connection_error(struct ws *w, const char *why, size_t n)
{
	unsigned status = lws_http_client_http_response(w->wsi);
	const char *cert = ca_verify_error(lws_get_ssl(w->wsi));

	if (cert) {
		fail_set(&w->fail, FAIL_DENIED, "'%s': its certificate is not good: %s",
			 w->url.host, cert);
		fail_hint(&w->fail, CA_HINT);
	} else if (status != 0 && status != 101) {
		refused_by_http(w, status);
	} else {
		refused_otherwise(w, why, n);
	}
	return 0;
}

/* --- lws ---------------------------------------------------------------------- */

static int dispatch(struct ws *w, enum lws_callback_reasons why, void *in, size_t n)
{
	switch (why) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
		return ws_frames_open(w);
	case LWS_CALLBACK_CLIENT_RECEIVE:
		return ws_frames_piece(w, in, n);
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
		ws_frames_listen(w);
		return 0;
	case LWS_CALLBACK_CLIENT_WRITEABLE:
		return ws_frames_write(w);
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
		return ws_frames_peer_close(w, in, n);
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
		return on_connection_error(w, in, n);
	default: /* LWS_CALLBACK_WSI_DESTROY: the only one that always comes */
		ws_lost(w);
		return 0;
	}
}

/* A connection whose ws has let go of it is closed at the first occasion. */
static int on_lws(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
		  size_t n)
{
	struct ws *w;

	(void)user;
	switch (why) {
	case LWS_CALLBACK_CLIENT_ESTABLISHED:
	case LWS_CALLBACK_CLIENT_RECEIVE:
	case LWS_CALLBACK_CLIENT_RECEIVE_PONG:
	case LWS_CALLBACK_CLIENT_WRITEABLE:
	case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
	case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
	case LWS_CALLBACK_WSI_DESTROY:
		w = lws_get_opaque_user_data(wsi);
		return w ? dispatch(w, why, in, n) : -1;
	default: /* some come with a wsi that is none */
		return 0;
	}
}

const struct lws_protocols *ws_protocols(void)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "accessd", .callback = on_lws },
		{ 0 },
	};

	return protocols;
}
