/* SPDX-License-Identifier: Apache-2.0 */
/* Load for an HTTP server on this machine, for benches: some connections that are kept
 * alive, each with one request under way, from one thread. Nothing else is reached by it
 * than 127.0.0.1. */
#ifndef TESTS_LIB_HTTP_LOAD_H
#define TESTS_LIB_HTTP_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"

enum { HTTP_LOAD_CONNECTIONS_MAX = 256, HTTP_LOAD_MS_MAX = 30 * 1000 };

struct http_load {
	uint16_t port;
	size_t connections;
	int64_t ms; /* how long; a tenth more goes before and is not counted */
	void (*next)(void *data, struct buf *out); /* write the next request */
	void *data;
	const char *want; /* what the body of each reply holds */
};

struct http_load_result {
	double per_s;
	int64_t p50_us, p99_us;
	size_t replies; /* that are counted */
	size_t sent;    /* all */
	size_t bad;     /* no status 200, or not what is wanted in it */
};

/* Blocks. False: it could not connect, or a connection was lost. */
bool http_load_run(const struct http_load *load, struct http_load_result *ret_r);

#endif
