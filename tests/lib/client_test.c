/* SPDX-License-Identifier: Apache-2.0 */
/* What the fixtures of the two clients share. */
#include "tests/lib/client_test.h"

#include <stdio.h>

#include "accessd/clock.h"
#include "shared/loop.h"
#include "tests/lib/test.h"

struct loop *client_test_loop(struct fake_clock *clock, bool fake)
{
	struct loop *loop;

	fake_clock_init(clock, 1700000000000);
	assert_true(loop_create(fake ? &clock->clock : clock_system(), &loop, NULL));
	return loop;
}

void client_test_end(struct peer *peer, struct loop *loop, const char *dir)
{
	if (peer) {
		peer_finish(peer);
	}
	loop_destroy(loop);
	if (*dir) {
		test_tls_remove(dir);
	}
}

static const char *finish(struct peer **peer)
{
	const char *why = peer_finish(*peer);

	*peer = NULL;
	return why;
}

const char *client_test_peer_says(struct peer **peer)
{
	const char *why = finish(peer);

	return why ? why : "content";
}

void client_test_played(struct peer **peer)
{
	const char *why = finish(peer);

	if (why) {
		fail_msg("the peer: %s", why);
	}
}

void client_test_tls(struct peer **peer, char dir[TEST_TLS_DIR_SIZE], const char *names,
		     unsigned flags, char ret_ca[TEST_TLS_DIR_SIZE + 16])
{
	peer_finish(*peer);
	if (*dir) {
		test_tls_remove(dir);
	}
	assert_true(test_tls_dir(dir));
	assert_true(test_tls_make(dir, names, flags));
	snprintf(ret_ca, TEST_TLS_DIR_SIZE + 16, "%s/ca.pem", dir);
	*peer = peer_create(dir);
}
