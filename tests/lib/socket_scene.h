/* SPDX-License-Identifier: Apache-2.0 */
/* A Socket Mode client with its real transport and TLS, and the faked Slack, on one loop
 * under a clock that stands still until the test moves it. */
#ifndef TESTS_LIB_SOCKET_SCENE_H
#define TESTS_LIB_SOCKET_SCENE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/types.h"
#include "bot/slack/socket.h"
#include "tests/lib/fake_clock.h"
#include "tests/world/world.h"

struct socket_scene {
	struct fake_clock clock;
	struct loop *loop;
	struct world *world;
	struct http_client *http;
	struct ws_client *ws;
	struct slack_socket *s; /* NULL before socket_scene_start() */
	struct secret token;
	struct slack_ack held; /* of the latest envelope */
	bool hold;             /* leave the acks to the test */
	unsigned came;         /* envelopes */
	unsigned dark;         /* times that nobody was live any more */
	bool done;             /* drained */
	char log[1 << 16];
	size_t log_len;
};

/* For cmocka: certificates for the group; the world and the transport for each test.
 * Nothing is dialled yet. */
int socket_scene_group_setup(void **state);
int socket_scene_group_teardown(void **state);
int socket_scene_setup(void **state);
int socket_scene_teardown(void **state); /* looks for secrets in the log, too */

void socket_scene_start(struct socket_scene *t);
void socket_scene_start_live(struct socket_scene *t);

/* A transport that does not know the CA of this Slack. */
void socket_scene_forget_ca(struct socket_scene *t);

/* Start to drain; `done` says when it is over. */
void socket_scene_drain(struct socket_scene *t);

typedef bool socket_scene_cond(struct socket_scene *t);

/* Run the loop until cond(t), for 5 s of real time at most; what cond() said. */
bool socket_scene_until(struct socket_scene *t, socket_scene_cond *cond);

/* ... and for a little while, and while time passes. */
void socket_scene_turn(struct socket_scene *t);
void socket_scene_settle(struct socket_scene *t);
void socket_scene_advance(struct socket_scene *t, int64_t ms);

socket_scene_cond socket_scene_live;

/* ana types a command. */
struct world_envelope *socket_scene_type(struct socket_scene *t);

#endif
