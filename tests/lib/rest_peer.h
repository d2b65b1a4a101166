/* SPDX-License-Identifier: Apache-2.0 */
/* A vendor's REST API on a port of loopback, scripted: canned replies by path and query,
 * a log of what was asked, and the faults that real ones have. */
#ifndef TESTS_LIB_REST_PEER_H
#define TESTS_LIB_REST_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/loop.h"

enum peer_fault {
	PEER_FINE,
	PEER_HOLD,    /* say nothing until rest_peer_release() */
	PEER_DROP,    /* take the request, close the line */
	PEER_GARBAGE, /* answer with something that is not HTTP */
	PEER_CUT,     /* half of the body, then close the line */
};

struct rest_peer;

struct rest_peer *rest_peer_open(struct loop *l);
void rest_peer_close(struct rest_peer *p);

/* Where it listens; paths below are relative to this. */
const char *rest_peer_url(const struct rest_peer *p);

/* From now on, answer requests of `path` whose query contains `query` ("": all) like this.
 * What was said last wins. `headers` is whole lines ("Retry-After: 7\r\n") or "". The texts
 * are copied. */
void rest_peer_say(struct rest_peer *p, const char *path, const char *query, int status,
		   const char *headers, const char *body);

/* The same with the file tests/data/<file> and status 200. */
void rest_peer_say_file(struct rest_peer *p, const char *path, const char *query,
			const char *file);

/* Fault of those requests, whatever they are answered. */
void rest_peer_fault(struct rest_peer *p, const char *path, const char *query,
		     enum peer_fault fault);

/* Forget all faults, and answer whom they held. */
void rest_peer_release(struct rest_peer *p);

/* How many requests of the path, with `query` in theirs, came; and the query of the last. */
unsigned rest_peer_count(const struct rest_peer *p, const char *path, const char *query);
const char *rest_peer_last_query(const struct rest_peer *p, const char *path);

/* The header lines of the last request. */
const char *rest_peer_last_head(const struct rest_peer *p);

#endif
