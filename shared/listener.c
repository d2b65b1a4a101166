/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: accepted by us, then handed to lws as raw sockets.
 *
 *   accept -> adopt -> opened -> received ... -> stream_close -> flushed -> FIN -> closed
 *
 * We accept ourselves because lws's own listener burns a whole core when the process is
 * out of file descriptors; that is shared/acceptor.c. What else goes wrong:
 *  - the peer does not read: what waits grows to max_unsent, then the stream is cut.
 *  - a write was partial: lws holds the rest and, until it is gone, polls for input
 *    without reading it, which would spin. So reading is off as long as it holds any.
 *  - we close while the peer still sends: the kernel would answer with a reset, which
 *    destroys what we have just said. So we send FIN and read on for a while.
 *  - the peer half-closes: seen as closed, as lws does not tell one from the other. */
#include "shared/listener.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libwebsockets.h>
#include <openssl/ssl.h>

#include "shared/acceptor.h"
#include "shared/buf.h"

enum {
	MAX_STREAMS = 512,
	MAX_UNSENT = 8 << 20,
	CHUNK = 16384, /* lws sends no more than pt_serv_buf_size at once */
};

struct stream {
	struct listener *owner;
	struct stream *prev, *next;
	struct lws *wsi;
	void *data;
	struct buf out; /* what waits, from out_at on */
	size_t out_at;
	size_t held; /* at most so much of it is in lws's hands */
	struct loop_timer linger;
	bool ready;   /* TLS is through with its handshake */
	bool waited;  /* something had to wait: tell drained() */
	bool paused;  /* by the user */
	bool deaf;    /* what lws was told last */
	bool closing; /* stream_close() was called */
	bool fin;     /* stream_shutdown() was called */
	bool fin_sent;
	bool killed; /* lws has been told to close it */
	char peer[ACCEPTOR_PEER_SIZE];
};

struct listener {
	struct loop *loop;
	struct lws_vhost *vhost;
	struct acceptor acceptor;
	struct stream *streams;
	unsigned n_streams;
	unsigned max_streams;
	size_t max_unsent;
	bool tls;
	const struct stream_ops *ops;
	void *data;
};

static void stream_kill(struct stream *s)
{
	if (!s->killed) {
		s->killed = true;
		lws_set_timeout(s->wsi, 1, LWS_TO_KILL_ASYNC);
	}
}

static void stream_free(struct stream *s)
{
	struct listener *l = s->owner;

	if (s->prev) {
		s->prev->next = s->next;
	} else {
		l->streams = s->next;
	}
	if (s->next) {
		s->next->prev = s->prev;
	}
	l->n_streams--;
	loop_timer_cancel(&s->linger);
	buf_finish(&s->out);
	free(s);
}

/* --- writing ------------------------------------------------------------------ */

static void hearing_update(struct stream *s)
{
	bool deaf = s->held > 0 || (s->paused && !s->closing);

	if (deaf != s->deaf) {
		s->deaf = deaf;
		lws_rx_flow_control(s->wsi, !deaf);
	}
}

/* Everything is sent: say so to the peer if that was to be the end. */
static void fin_send(struct stream *s)
{
	SSL *ssl = lws_get_ssl(s->wsi);

	if ((s->closing || s->fin) && !s->fin_sent) {
		s->fin_sent = true;
		if (s->closing && ssl && s->ready) {
			/* "close_notify", or the peer must take it for cut off. */
			SSL_shutdown(ssl);
		}
		shutdown(lws_get_socket_fd(s->wsi), SHUT_WR);
	}
}

/* Hand to lws what it takes of n bytes: returns how many that are. A broken stream is
 * killed, and takes none. */
static size_t hand_over(struct stream *s, const char *bytes, size_t n)
{
	size_t at = 0;

	while (at < n && s->held == 0) {
		size_t chunk = n - at < CHUNK ? n - at : CHUNK;

		/* It does not write to them: they are not const for its other protocols. */
		if (lws_write(s->wsi, (unsigned char *)(uintptr_t)bytes + at, chunk,
			      LWS_WRITE_RAW) < 0) {
			stream_kill(s);
			return at;
		}
		at += chunk;
		s->held = lws_partial_buffered(s->wsi) ? chunk : 0;
	}
	return at;
}

static void out_flush(struct stream *s)
{
	s->held = lws_partial_buffered(s->wsi) ? s->held : 0;
	s->out_at += hand_over(s, buf_str(&s->out) + s->out_at, s->out.len - s->out_at);
	if (s->out_at == s->out.len) {
		buf_finish(&s->out);
		s->out_at = 0;
	} else if (s->out_at > s->out.len / 2) {
		buf_drop(&s->out, s->out_at); /* not each time: it moves the rest */
		s->out_at = 0;
	}
}

static void stream_flush(struct stream *s)
{
	if (s->killed || !s->ready) {
		return;
	}
	out_flush(s);
	if (s->killed) {
		return;
	}
	hearing_update(s);
	if (stream_unsent(s) > 0) {
		s->waited = true;
		lws_callback_on_writable(s->wsi);
	} else {
		fin_send(s);
	}
}

bool stream_send(struct stream *s, const void *bytes, size_t n)
{
	size_t taken = 0;

	if (s->killed || s->closing || s->fin) {
		return false;
	}
	if (n > s->owner->max_unsent || stream_unsent(s) > s->owner->max_unsent - n) {
		stream_kill(s);
		return false;
	}
	if (s->ready && stream_unsent(s) == 0) {
		taken = hand_over(s, bytes, n); /* most are taken as they are */
	}
	if (!s->killed && taken < n &&
	    !buf_add(&s->out, (const char *)bytes + taken, n - taken)) {
		stream_kill(s);
	}
	if (s->held == 0 || taken > 0) {
		stream_flush(s);
	}
	return !s->killed;
}

static void on_linger(struct loop_timer *t)
{
	stream_kill(lws_container_of(t, struct stream, linger));
}

void stream_close(struct stream *s, int64_t linger_ms)
{
	if (s->closing || s->killed) {
		return;
	}
	s->closing = true;
	if (linger_ms <= 0) {
		stream_kill(s);
		return;
	}
	s->linger.cb = on_linger;
	loop_timer_start(s->owner->loop, &s->linger, linger_ms);
	hearing_update(s);
	stream_flush(s);
}

void stream_shutdown(struct stream *s)
{
	s->fin = true;
	stream_flush(s);
}

void stream_pause(struct stream *s, bool paused)
{
	s->paused = paused;
	if (!s->killed) {
		hearing_update(s);
	}
}

void stream_set_data(struct stream *s, void *data)
{
	s->data = data;
}

void *stream_data(const struct stream *s)
{
	return s->data;
}

size_t stream_unsent(const struct stream *s)
{
	return s->out.len - s->out_at + s->held;
}

const char *stream_peer(const struct stream *s)
{
	return s->peer;
}

/* --- what lws says ------------------------------------------------------------ */

static void stream_ready(struct stream *s)
{
	if (!s->ready) {
		s->ready = true;
		/* lws gives a stream 15 s after its handshake to become something, and
		 * does not know that a raw one is all it will be. */
		lws_set_timeout(s->wsi, NO_PENDING_TIMEOUT, 0);
		stream_flush(s);
	}
}

static void on_received(struct stream *s, const char *bytes, size_t n)
{
	stream_ready(s);
	if (!s->closing && !s->killed) {
		s->owner->ops->received(s, bytes, n); /* last: it may free s */
	}
}

static void on_writable(struct stream *s)
{
	bool waited;

	stream_ready(s);
	waited = s->waited;
	s->waited = false;
	stream_flush(s);
	if (waited && !s->waited && !s->closing && !s->killed && s->owner->ops->drained) {
		s->owner->ops->drained(s);
	}
}

static void on_closed(struct stream *s)
{
	s->killed = true; /* what closed() still sends goes nowhere */
	lws_set_opaque_user_data(s->wsi, NULL);
	s->owner->ops->closed(s);
	stream_free(s);
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
		  size_t len)
{
	struct stream *s = lws_get_opaque_user_data(wsi);

	(void)user;
	if (!s || !s->wsi) {
		return 0; /* not yet or no longer a stream of ours */
	}
	switch (why) {
	case LWS_CALLBACK_RAW_RX:
		on_received(s, in, len);
		break;
	case LWS_CALLBACK_RAW_WRITEABLE:
		on_writable(s);
		break;
	case LWS_CALLBACK_RAW_CLOSE:
		on_closed(s);
		break;
	default:
		break;
	}
	return 0;
}

/* --- accepting ---------------------------------------------------------------- */

static struct stream *stream_create(struct listener *l, const char *peer)
{
	struct stream *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->owner = l;
	s->ready = !l->tls;
	buf_init(&s->out, 2 * l->max_unsent); /* what has left may still be in it */
	memcpy(s->peer, peer, strnlen(peer, sizeof(s->peer) - 1));
	s->next = l->streams;
	if (s->next) {
		s->next->prev = s;
	}
	l->streams = s;
	l->n_streams++;
	return s;
}

static void on_accepted(struct acceptor *a, int fd, const char *peer)
{
	struct listener *l = lws_container_of(a, struct listener, acceptor);
	struct stream *s = l->n_streams < l->max_streams ? stream_create(l, peer) : NULL;
	lws_adopt_desc_t desc = {
		.vh = l->vhost,
		.type = LWS_ADOPT_SOCKET | (l->tls ? LWS_ADOPT_ALLOW_SSL : 0),
		.fd.sockfd = fd,
		.vh_prot_name = "stream",
		.opaque = s,
	};
	struct lws *wsi;

	if (!s) {
		close(fd);
		return;
	}
	wsi = lws_adopt_descriptor_vhost_via_info(&desc); /* closes fd when it fails */
	if (!wsi) {
		stream_free(s);
		return;
	}
	s->wsi = wsi;
	if (!l->ops->opened(l->data, s)) {
		lws_set_opaque_user_data(wsi, NULL);
		stream_kill(s);
		stream_free(s);
	}
}

/* --- life --------------------------------------------------------------------- */

static bool pem_check(const char *path, struct fail *f)
{
	if (access(path, R_OK) != 0) {
		fail_set(f, FAIL_INVALID, "cannot read '%s': %s", path, strerror(errno));
		return fail_hint(f,
				 "It must be a PEM file that accessd's user can read.");
	}
	return true;
}

static bool vhost_create(struct listener *l, const struct listener_config *conf,
			 struct fail *f)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "stream", .callback = on_lws },
		{ 0 },
	};
	struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN_SERVER,
		.protocols = protocols,
		.vhost_name = "(listener)", /* no server name in a handshake is like it */
		/* By default it offers h2, and a client that takes it turns the stream
		 * into what it is not: use after free. */
		.alpn = "http/1.1",
		.options = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
	};

	if (l->tls) {
		if (!pem_check(conf->cert, f) || !pem_check(conf->key, f)) {
			return false;
		}
		info.options |= LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT;
		info.ssl_cert_filepath = conf->cert;
		info.ssl_private_key_filepath = conf->key;
	}
	l->vhost = lws_create_vhost(loop_lws(l->loop), &info);
	if (!l->vhost && l->tls) {
		fail_set(f, FAIL_INVALID, "cannot use the certificate '%s'", conf->cert);
		return fail_hint(f,
				 "'%.80s' must be the private key of its first "
				 "certificate; both in PEM.",
				 conf->key);
	}
	return l->vhost || fail_set(f, FAIL_INTERNAL, "cannot create the lws vhost");
}

bool listener_open(struct loop *loop, const struct listener_config *conf,
		   const struct stream_ops *ops, void *data, struct listener **ret_l,
		   struct fail *f)
{
	struct listener *l = calloc(1, sizeof(*l));

	if (!l) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	l->loop = loop;
	l->ops = ops;
	l->data = data;
	l->tls = conf->cert && conf->cert[0] && conf->key && conf->key[0];
	l->max_streams = conf->max_streams ? conf->max_streams : MAX_STREAMS;
	l->max_unsent = conf->max_unsent ? conf->max_unsent : MAX_UNSENT;
	l->acceptor.cb = on_accepted;
	if (!vhost_create(l, conf, f)) {
		goto free_listener;
	}
	if (!acceptor_open(&l->acceptor, loop, conf->address, f)) {
		goto destroy_vhost;
	}
	*ret_l = l;
	return true;

destroy_vhost:
	lws_vhost_destroy(l->vhost);
free_listener:
	free(l);
	return false;
}

uint16_t listener_port(const struct listener *l)
{
	return l->acceptor.port;
}

void listener_stop(struct listener *l)
{
	acceptor_close(&l->acceptor);
}

void listener_close(struct listener *l)
{
	if (!l) {
		return;
	}
	acceptor_close(&l->acceptor);
	while (l->streams) {
		struct stream *s = l->streams;

		stream_kill(s);
		on_closed(s);
	}
	lws_vhost_destroy(l->vhost);
	free(l);
}
