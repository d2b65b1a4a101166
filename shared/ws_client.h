/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing WebSocket connections, on lws. Names are resolved on a thread of their own
 * (shared/resolver.h), because lws's look-up blocks the loop; the certificate is verified
 * against the name. Rules of shared/loop.h hold.
 *
 * Every way in which lws stays silent ends in closed(): an upgrade that times out gives
 * WSI_DESTROY alone, a failed connect may give a NULL return and no callback at all, so a
 * timer of our own stands behind both. */
#ifndef SHARED_WS_CLIENT_H
#define SHARED_WS_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/loop.h"

struct ws_client; /* what all connections share: vhost, CAs, proxy */
struct ws;

struct ws_client_config {
	const char *ca_file; /* extra CAs, or "" */
	const char *proxy;   /* http://host:port, or "" */
};

struct ws_ops {
	/* The upgrade is done. */
	void (*opened)(struct ws *w);
	/* One whole text message, NUL-terminated. Binary ones are dropped. */
	void (*received)(struct ws *w, const char *text, size_t n);
	/* It is over (or never came to be); w is invalid when this returns. Fires exactly
	 * once, unless ws_destroy() was called. f says why: FAIL_NONE closed by us or
	 * properly by the peer (code set), FAIL_TIMEOUT nothing came in time, FAIL_DENIED
	 * HTTP 4xx on the upgrade or a certificate that is not good, FAIL_UPSTREAM all
	 * else. */
	void (*closed)(struct ws *w, unsigned close_code, const struct fail *f);
};

struct ws_config {
	const char *url;    /* ws:// (loopback only) or wss://; a ticket: never logged */
	size_t max_message; /* 0: 4 MiB; more is closed with 1009 */
	int64_t connect_timeout_ms; /* DNS + TCP + TLS + upgrade; 0: 10 s */
	int64_t ping_ms;            /* own PING this often; 0: 10 s */
	int64_t dead_ms;            /* no frame of any kind for so long: dead; 0: 30 s */
	const struct ws_ops *ops;
	void *data;
};

bool ws_client_open(struct loop *l, const struct ws_client_config *conf,
		    struct ws_client **ret_c, struct fail *f);
void ws_client_close(struct ws_client *c); /* its connections first; accepts NULL */

/* Rule 1: never fails by itself; closed() tells. NULL only when memory ran out. */
struct ws *ws_connect(struct ws_client *c, const struct ws_config *conf);

/* Send one TEXT message as one unfragmented frame (copied, queued in order). False when
 * the connection is not open or more than 1 MiB waits. on_written (may be NULL) fires
 * when the frame was handed to the kernel. */
bool ws_send(struct ws *w, const char *text, size_t n);

/* Send CLOSE with the code, then close TCP ourselves after linger_ms: Slack does not
 * close TCP after the close handshake. closed() follows. */
void ws_close(struct ws *w, unsigned code, int64_t linger_ms);

/* Drop it at once; no callback fires any more. Accepts NULL. */
void ws_destroy(struct ws *w);

void *ws_data(const struct ws *w);

#endif
