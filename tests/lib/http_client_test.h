/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the HTTP client: one on a loop of its own, and a scripted peer. */
#ifndef TESTS_LIB_HTTP_CLIENT_TEST_H
#define TESTS_LIB_HTTP_CLIENT_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "shared/http_client.h"
#include "tests/lib/client_test.h"

/* A request and what came of it. */
struct call {
	struct http_request req;
	bool done;
	unsigned calls;
	struct fail fail;
	long status;
	char *body;
	size_t body_len;
	char retry_after[64];
	char content_type[64];
	char scopes[64];
	char reset[64];
	void (*then)(struct call *call);
	struct fixture *t;
};

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct http_client *client;
	struct peer *peer;
	struct call call;
	char dir[TEST_TLS_DIR_SIZE];
};

/* For cmocka; the second's loop goes by t->clock. */
int http_test_setup(void **state);
int http_test_setup_fake(void **state);
int http_test_teardown(void **state);

/* Close the client, and open another. */
void http_test_open(struct fixture *t, const char *ca_file, unsigned connections);

/* The same against a peer that speaks TLS; `flags` as in test_tls_make(). */
void http_test_tls(struct fixture *t, const char *names, unsigned flags, bool trust);

/* Ask the peer for a path, or anybody for a url; what else is asked was set in the call. */
void http_test_start(struct fixture *t, struct call *call, const char *method,
		     const char *path);
void http_test_start_url(struct fixture *t, const char *method, const char *url);
void http_test_reply(struct http_request *req, const struct http_response *res,
		     const struct fail *f);

/* Stops the test when there is no answer, or more than one. */
void http_test_wait(struct fixture *t, struct call *call);
void http_test_clear(struct call *call);

/* Start t->call with what was set in it, and wait for its end. */
void http_test_get(struct fixture *t, const char *path);
void http_test_post(struct fixture *t, const char *path, const char *body);

/* Stops the test when the peer did not see what it was told to expect. */
void http_test_played(struct fixture *t);

#endif
