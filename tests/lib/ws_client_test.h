/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the WebSocket client: one on a loop of its own, and a scripted peer. */
#ifndef TESTS_LIB_WS_CLIENT_TEST_H
#define TESTS_LIB_WS_CLIENT_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/ws_client.h"
#include "tests/lib/client_test.h"

enum { MESSAGES = 8 };

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct ws_client *client;
	struct peer *peer;
	struct ws *ws;
	struct ws_config conf;
	char dir[TEST_TLS_DIR_SIZE];

	bool opened;
	bool closed;
	unsigned closes;
	unsigned code;
	struct fail fail;
	char *messages[MESSAGES];
	size_t sizes[MESSAGES];
	size_t n;
	bool enough; /* n has reached `want` */
	size_t want;
	void (*on_opened)(struct fixture *t);
	void (*on_received)(struct fixture *t);
	void (*on_closed)(struct fixture *t);
};

/* For cmocka; the second's loop goes by t->clock. */
int ws_test_setup(void **state);
int ws_test_setup_fake(void **state);
int ws_test_teardown(void **state);

/* Close the client, and open another. */
void ws_test_open(struct fixture *t, const char *ca_file, const char *proxy);

/* The same against a peer that speaks TLS; `flags` as in test_tls_make(). */
void ws_test_tls(struct fixture *t, const char *names, unsigned flags, bool trust);

/* Dial the peer, with what else was set in t->conf; or any url. */
void ws_test_connect(struct fixture *t, const char *scheme, const char *host);
void ws_test_dial(struct fixture *t, const char *url);

/* Dial it, and wait until it is open: the peer has read the upgrade and said 101. */
void ws_test_connect_open(struct fixture *t);

/* Stops the test when it does not come to be. */
void ws_test_wait(struct fixture *t, const bool *what, const char *name);
#define ws_test_wait_for(t, what) ws_test_wait((t), &(t)->what, #what)

/* A few turns of the loop; and as many as it takes until the peer has nothing to do. */
void ws_test_turns(struct fixture *t);
void ws_test_until_peer_waits(struct fixture *t);

/* Waits for the end, which must be told once, and be this one. */
void ws_test_ended(struct fixture *t, enum fail_kind kind, unsigned code);

/* Stops the test when the peer did not see what it was told to expect. */
void ws_test_played(struct fixture *t);

#endif
