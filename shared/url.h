/* SPDX-License-Identifier: Apache-2.0 */
/* URLs that accessd may talk to: https and wss anywhere, http and ws to loopback only.
 * Pure. */
#ifndef SHARED_URL_H
#define SHARED_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"

struct url {
	char scheme[8];      /* lower case */
	char host[256];      /* lower case, without brackets */
	uint16_t port;       /* the scheme's default when not given */
	bool tls;            /* https or wss */
	char path[URL_SIZE]; /* with query, starts with '/' */
};

/* Refuses other schemes, user names, fragments, control characters and white space, and
 * plain http or ws to anything but 127.0.0.0/8, ::1 and localhost. Messages never repeat
 * the path or query: they may hold a ticket. */
bool url_parse(const char *text, struct url *ret_url, struct fail *f);

bool url_host_is_loopback(const char *host);

/* base ("https://api.example/prefix/" or without the last slash) + path ("v2/x"). */
bool url_join(struct buf *out, const char *base, const char *path);

/* Percent-encode everything but unreserved characters. */
bool url_encode(struct buf *out, const char *s);

#endif
