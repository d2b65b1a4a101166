/* SPDX-License-Identifier: Apache-2.0 */
/* What goes over an open WebSocket: messages in and out, pings, and the close.
 *
 * lws hands over pieces of messages, answers pings by itself and takes one write per
 * writeable callback. What goes wrong:
 *  - nothing is heard for dead_ms: timed out. lws says nothing of pings that come, so the
 *    kernel is asked how many bytes have: any byte is a sign of life.
 *  - a message over the cap: closed with 1009. Not from within the receive callback: lws
 *    loops for ever when a reason is given there while TLS has more to read.
 *  - the peer takes no more: the CLOSE is never written, and `linger` ends it. */
#include "shared/ws_conn.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/tcp.h>

#include <libwebsockets.h>

#include "accessd/types.h"

enum {
	QUEUE_MAX = 1024 * 1024,
	CLOSE_LINGER_MS = 1000,
	SMALL = 64 * 1024,
};

struct ws_frame {
	struct ws_frame *next;
	size_t n;
	unsigned char bytes[]; /* LWS_PRE for lws, then n */
};

/* --- out ---------------------------------------------------------------------- */

bool ws_send(struct ws *w, const char *text, size_t n)
{
	struct ws_frame *frame;

	if (!w->open || w->closing || w->ended || n > QUEUE_MAX - w->queued) {
		return false;
	}
	frame = malloc(sizeof(*frame) + LWS_PRE + n);
	if (!frame) {
		return false;
	}
	frame->next = NULL;
	frame->n = n;
	memcpy(frame->bytes + LWS_PRE, text, n);
	*w->queue_end = frame;
	w->queue_end = &frame->next;
	w->queued += n;
	lws_callback_on_writable(w->wsi);
	return true;
}

static void queue_drop_first(struct ws *w)
{
	struct ws_frame *frame = w->queue;

	w->queue = frame->next;
	w->queued -= frame->n;
	if (!w->queue) {
		w->queue_end = &w->queue;
	}
	free(frame);
}

void ws_frames_finish(struct ws *w)
{
	while (w->queue) {
		queue_drop_first(w);
	}
	buf_finish(&w->in);
}

void ws_close_begin(struct ws *w, unsigned code, int64_t linger_ms)
{
	w->closing = true;
	w->code = code;
	loop_timer_cancel(&w->ping);
	loop_timer_start(w->loop, &w->deadline, linger_ms);
	lws_callback_on_writable(w->wsi);
}

static int write_first(struct ws *w)
{
	struct ws_frame *frame = w->queue;
	int n = lws_write(w->wsi, frame->bytes + LWS_PRE, frame->n, LWS_WRITE_TEXT);

	queue_drop_first(w);
	return n < 0 ? -1 : 0;
}

static int write_ping(struct ws *w)
{
	unsigned char none[LWS_PRE + 1];

	w->ping_due = false;
	return lws_write(w->wsi, none + LWS_PRE, 0, LWS_WRITE_PING) < 0 ? -1 : 0;
}

/* One write each time; lws comes back when it was taken. */
int ws_frames_write(struct ws *w)
{
	int rc = 0;

	if (w->close_sent) {
		return 0; /* by them or us: nothing may follow it */
	}
	if (w->queue) {
		rc = write_first(w);
	} else if (w->ping_due) {
		rc = write_ping(w);
	} else if (w->closing) {
		w->close_sent = true;
		lws_close_reason(w->wsi, (enum lws_close_status)w->code, NULL, 0);
		return -1; /* lws sends the CLOSE and waits for the other one */
	}
	if (w->queue || w->ping_due || w->closing) {
		lws_callback_on_writable(w->wsi);
	}
	return rc;
}

/* --- signs of life ------------------------------------------------------------ */

static uint64_t bytes_received(const struct ws *w)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);
	int fd = lws_get_socket_fd(w->wsi);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) != 0) {
		return w->heard_bytes;
	}
	return info.tcpi_bytes_received;
}

void ws_frames_listen(struct ws *w)
{
	uint64_t bytes = bytes_received(w);

	if (bytes != w->heard_bytes) {
		w->heard_bytes = bytes;
		w->heard_ms = clock_mono_ms(loop_clock(w->loop));
	}
}

static void on_ping(struct loop_timer *t)
{
	struct ws *w = container_of(t, struct ws, ping);

	ws_frames_listen(w);
	w->ping_due = true;
	lws_callback_on_writable(w->wsi);
	loop_timer_start(w->loop, &w->ping, w->ping_ms);
}

/* The end of the linger, or time to see whether the peer is dead. */
static void on_deadline(struct loop_timer *t)
{
	struct ws *w = container_of(t, struct ws, deadline);
	struct fail f = { 0 };
	int64_t left_ms;

	if (w->closing) {
		ws_end(w, w->code, &w->fail);
		return;
	}
	ws_frames_listen(w);
	left_ms = w->heard_ms + w->dead_ms - clock_mono_ms(loop_clock(w->loop));
	if (left_ms > 0) {
		loop_timer_start(w->loop, &w->deadline, left_ms);
		return;
	}
	fail_set(&f, FAIL_TIMEOUT, "'%s': nothing heard for %lld ms", w->url.host,
		 (long long)w->dead_ms);
	ws_end(w, WS_ABNORMAL, &f);
}

/* --- in ----------------------------------------------------------------------- */

/* Call the user, who may destroy w. False when it is gone. */
static bool call_user(struct ws *w, bool opened)
{
	w->inside = true;
	if (opened) {
		w->ops->opened(w);
	} else {
		w->ops->received(w, buf_str(&w->in), w->in.len);
	}
	w->inside = false;
	if (w->gone) {
		ws_frames_finish(w);
		free(w);
		return false;
	}
	return true;
}

int ws_frames_open(struct ws *w)
{
	w->open = true;
	w->deadline.cb = on_deadline;
	w->ping.cb = on_ping;
	w->heard_bytes = bytes_received(w);
	w->heard_ms = clock_mono_ms(loop_clock(w->loop));
	loop_timer_start(w->loop, &w->deadline, w->dead_ms);
	loop_timer_start(w->loop, &w->ping, w->ping_ms);
	return call_user(w, true) ? 0 : -1;
}

int ws_frames_piece(struct ws *w, const char *bytes, size_t n)
{
	bool whole = lws_is_final_fragment(w->wsi) != 0;

	ws_frames_listen(w);
	if (w->closing || lws_frame_is_binary(w->wsi)) {
		return 0;
	}
	if (!buf_add(&w->in, bytes, n)) {
		fail_set(&w->fail, FAIL_UPSTREAM,
			 "'%s': a message of more than %zu bytes", w->url.host,
			 w->in.max);
		buf_finish(&w->in);
		ws_close_begin(w, WS_TOO_BIG, CLOSE_LINGER_MS);
		return 0;
	}
	if (!whole) {
		return 0;
	}
	if (!call_user(w, false)) {
		return -1;
	}
	if (w->in.len > SMALL) {
		buf_finish(&w->in);
	} else {
		buf_clear(&w->in);
	}
	return 0;
}

int ws_frames_peer_close(struct ws *w, const unsigned char *bytes, size_t n)
{
	if (!w->closing) {
		w->closing = true;
		w->close_sent = true; /* lws answers it */
		w->code = n >= 2 ? (unsigned)bytes[0] << 8 | bytes[1] : WS_NO_STATUS;
		loop_timer_cancel(&w->ping);
		loop_timer_start(w->loop, &w->deadline, CLOSE_LINGER_MS);
	}
	return 0;
}
