/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the HTTP client and those of the WebSocket client share: a loop of
 * their own, and a scripted peer, with or without TLS. */
#ifndef TESTS_LIB_CLIENT_TEST_H
#define TESTS_LIB_CLIENT_TEST_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/lib/fake_clock.h"
#include "tests/lib/peer.h"
#include "tests/lib/tls.h"

enum { CLIENT_TEST_CAP_MS = 5000 }; /* for any answer; then it never comes */

struct loop;

/* A loop that goes by *clock, which begins here, or by the system's. */
struct loop *client_test_loop(struct fake_clock *clock, bool fake);

/* End the peer, if it is still there, the loop, and what dir (may be "") holds. */
void client_test_end(struct peer *peer, struct loop *loop, const char *dir);

/* What the peer has to say, "content" if nothing; there is none afterwards. */
const char *client_test_peer_says(struct peer **peer);

/* Stops the test when the peer did not see what it was told to expect. */
void client_test_played(struct peer **peer);

/* In the place of the peer, one that speaks TLS, with a new certificate in dir; `flags` as
 * in test_tls_make(). ret_ca: the path of the CA that has signed it. */
void client_test_tls(struct peer **peer, char dir[TEST_TLS_DIR_SIZE], const char *names,
		     unsigned flags, char ret_ca[TEST_TLS_DIR_SIZE + 16]);

#endif
