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
	const char *proxy;   /* http://host:port, or ""; not used for loopback */
};

struct ws_ops {
	/* The upgrade is done. */
	void (*opened)(struct ws *w);
	/* One whole text message, NUL-terminated. Binary ones are dropped. */
	void (*received)(struct ws *w, const char *text, size_t n);
	/* It is over (or never came to be); w is invalid when this returns. Fires exactly
	 * once, in a turn of its own, unless ws_destroy() was called. f says why:
	 *   FAIL_NONE     closed by us, or properly by the peer
	 *   FAIL_INVALID  url refused
	 *   FAIL_TIMEOUT  not open in time, or nothing heard for dead_ms
	 *   FAIL_DENIED   HTTP 4xx on the upgrade, or a certificate that is not good
	 *   FAIL_BUSY     HTTP 429 on the upgrade, or too many look-ups
	 *   FAIL_UPSTREAM all else
	 * close_code: what the peer's CLOSE says (1005: nothing), or ours; 1006: the
	 * connection broke without one; 0: it was never open. */
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
/* Its connections are destroyed with it. Accepts NULL. */
void ws_client_close(struct ws_client *c);

/* Rule 1: never fails by itself; closed() tells. NULL only when memory ran out. */
struct ws *ws_connect(struct ws_client *c, const struct ws_config *conf);

/* Send one TEXT message as one unfragmented frame (copied, queued in order). False when
 * the connection is not open or more than 1 MiB waits. */
bool ws_send(struct ws *w, const char *text, size_t n);

/* Send what waits, then CLOSE with the code; close TCP ourselves after linger_ms at the
 * latest: Slack does not after the close handshake. closed() follows, received() does not
 * fire any more. */
void ws_close(struct ws *w, unsigned code, int64_t linger_ms);

/* Drop it at once; no callback fires any more. Accepts NULL. */
void ws_destroy(struct ws *w);

void *ws_data(const struct ws *w);

#endif
