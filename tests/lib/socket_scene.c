/* SPDX-License-Identifier: Apache-2.0 */
/* A Socket Mode client with its real transport, and the faked Slack, on one loop. */
#include "tests/lib/socket_scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/http_client.h"
#include "shared/log.h"
#include "shared/secret.h"
#include "shared/ws_client.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"

enum { PATIENCE_MS = 5000, TURN_MS = 5, STEP_MS = 250 };

static char dir[TEST_TLS_DIR_SIZE];

static void on_log(const char *line, void *data)
{
	struct socket_scene *t = data;
	size_t room = sizeof(t->log) - t->log_len;
	int n = snprintf(t->log + t->log_len, room, "%s\n", line);

	t->log_len += (size_t)n < room ? (size_t)n : 0;
}

static void on_envelope(void *data, const struct slack_ack *ack, const struct envelope *e)
{
	struct socket_scene *t = data;

	assert_non_null(e->payload);
	t->came++;
	t->held = *ack;
	if (!t->hold) {
		slack_ack_send(ack, NULL);
	}
}

static void on_live(void *data, bool live)
{
	struct socket_scene *t = data;

	t->dark += !live;
}

static void on_drained(void *data)
{
	((struct socket_scene *)data)->done = true;
}

static const struct slack_socket_ops ops = { .envelope = on_envelope, .live = on_live };

static uint32_t most(void)
{
	return UINT32_MAX;
}

/* --- time -------------------------------------------------------------------------- */

void socket_scene_turn(struct socket_scene *t)
{
	bool never = false;

	loop_run_once(t->loop); /* on a busy machine the time may be up at once */
	loop_run_until(t->loop, &never, TURN_MS);
}

bool socket_scene_until(struct socket_scene *t, socket_scene_cond *cond)
{
	for (int ms = 0; ms < PATIENCE_MS && !cond(t); ms += TURN_MS) {
		socket_scene_turn(t);
	}
	return cond(t);
}

void socket_scene_settle(struct socket_scene *t)
{
	for (int i = 0; i < 10; i++) {
		socket_scene_turn(t);
	}
}

void socket_scene_advance(struct socket_scene *t, int64_t ms)
{
	for (; ms > 0; ms -= STEP_MS) {
		fake_clock_advance(&t->clock, ms < STEP_MS ? ms : STEP_MS);
		loop_run_once(t->loop);
		loop_run_once(t->loop);
	}
	socket_scene_settle(t);
}

bool socket_scene_live(struct socket_scene *t)
{
	return slack_socket_live(t->s) && world_sockets(t->world) > 0;
}

/* --- life -------------------------------------------------------------------------- */

int socket_scene_group_setup(void **state)
{
	(void)state;
	return test_tls_dir(dir) && test_tls_make(dir, "DNS:localhost,IP:127.0.0.1", 0)
		       ? 0
		       : -1;
}

int socket_scene_group_teardown(void **state)
{
	(void)state;
	test_tls_remove(dir);
	return 0;
}

static void world_start(struct socket_scene *t)
{
	struct fail f = { 0 };
	char cert[96], key[96];
	const struct world_options opts = { .cert = cert,
					    .key = key,
					    .host = "localhost" };

	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	fake_clock_init(&t->clock, 1787565600000);
	assert_true(loop_create(&t->clock.clock, &t->loop, &f));
	if (!world_open(t->loop, &opts, &t->world, &f)) {
		fail_msg("%s", f.msg);
	}
	log_setup(&t->clock.clock, LOG_DEBUG, LOG_LOGFMT, false);
	log_divert(on_log, t);
}

int socket_scene_setup(void **state)
{
	struct socket_scene *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };
	char ca[96];

	assert_non_null(t);
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	world_start(t);
	assert_true(http_client_open(t->loop,
				     &(struct http_client_config){ .ca_file = ca,
								   .proxy = "",
								   .user_agent = "test" },
				     &t->http, &f));
	assert_true(ws_client_open(
		t->loop, &(struct ws_client_config){ .ca_file = ca, .proxy = "" }, &t->ws,
		&f));
	secret_set(&t->token, t->world->app_token, strlen(t->world->app_token));
	*state = t;
	return 0;
}

void socket_scene_start(struct socket_scene *t)
{
	t->s = slack_socket_open(
		&(struct slack_socket_config){ .loop = t->loop,
					       .http = t->http,
					       .ws = t->ws,
					       .app_token = &t->token,
					       .api_url = t->world->slack_url,
					       .app_id = t->world->app_id,
					       .ops = &ops,
					       .data = t,
					       .dice = most });
	assert_non_null(t->s);
}

void socket_scene_start_live(struct socket_scene *t)
{
	socket_scene_start(t);
	if (!socket_scene_until(t, socket_scene_live)) {
		fail_msg("not live: %s\n%s", slack_socket_why(t->s), t->log);
	}
}

int socket_scene_teardown(void **state)
{
	struct socket_scene *t = *state;

	slack_socket_close(t->s);
	ws_client_close(t->ws);
	http_client_close(t->http);
	world_close(t->world);
	loop_destroy(t->loop);
	log_divert(NULL, NULL);
	assert_has_not(t->log, "ticket=");
	assert_has_not(t->log, "xapp-");
	secret_finish(&t->token);
	free(t);
	return 0;
}

struct world_envelope *socket_scene_type(struct socket_scene *t)
{
	return world_command(t->world, "ana", "inc-room", "prod-db 2h");
}

void socket_scene_drain(struct socket_scene *t)
{
	slack_socket_drain(t->s, on_drained, t);
}

void socket_scene_forget_ca(struct socket_scene *t)
{
	struct fail f = { 0 };

	ws_client_close(t->ws);
	assert_true(ws_client_open(
		t->loop, &(struct ws_client_config){ .ca_file = "", .proxy = "" }, &t->ws,
		&f));
}
