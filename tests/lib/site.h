/* SPDX-License-Identifier: Apache-2.0 */
/* An HTTP server on a loop whose clock stands still, handlers that do one thing each, and
 * one client. */
#ifndef TESTS_LIB_SITE_H
#define TESTS_LIB_SITE_H

#include "shared/http_server.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/wire.h"

#define HOST "Host: a\r\n"

enum { SITE_BODY = 32 << 20, SITE_SMALL = 16, SITE_BIG = 1 << 20 };

/* What is served: POST /echo, and /small with a small cap; GET /get, / and below /tree/;
 * GET /big; POST /later, which a test answers, and /refuse, which is a 403. */
extern const struct http_route site_routes[];
extern const size_t site_n_routes;

struct site {
	struct fake_clock clock;
	struct loop *loop;
	struct http_server *server;
	struct wire wire;
	struct http_exchange *held; /* by /later, until a test answers it */
	unsigned handled;
	unsigned gone;
	bool drained;
	char head[4096];
	const char *body;
};

/* For cmocka; *state is the struct site, its server open and its client connected. */
int site_set_up(void **state);
int site_tear_down(void **state);

/* Open the server; over TLS with dir's cert.pem and key.pem unless it is NULL. */
void site_serve(struct site *t, const char *dir);

/* Another client in place of the first. */
void site_again(struct site *t);

/* Let the server act; nothing is expected to come. */
void site_turns(struct site *t);

void site_send(struct site *t, const char *text);

/* The status of the next reply, its head in t->head and its body at t->body; 0: none. */
int site_reply(struct site *t);

/* Whether a next request on this connection is answered. */
bool site_answers(struct site *t);

#endif
