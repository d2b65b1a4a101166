/* SPDX-License-Identifier: Apache-2.0 */
/* The fake's end of Socket Mode, met by a client that is no more than a file descriptor:
 * what it does badly it does on purpose. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accessd/types.h"
#include "shared/jx.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"
#include "tests/world/slack.h"
#include "tests/world/ws_server.h"

enum { CLIENTS_MAX = 12, STEPS_MAX = 400, STEP_MS = 5 };

struct client {
	int fd;
	bool upgraded;
	bool eof;
	char head[512];
	size_t head_len;
	struct ws_reader reader;
	unsigned pings;
	unsigned pongs;
	unsigned frames; /* of the last text */
	int close_code;
	char text[4096]; /* the last one */
	size_t texts;
};

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct world *world;
	struct client clients[CLIENTS_MAX];
};

static void on_message(void *user, enum ws_op op, const char *data, size_t n,
		       unsigned frames)
{
	struct client *c = user;

	if (op == WS_TEXT) {
		c->texts++;
		c->frames = frames;
		snprintf(c->text, sizeof(c->text), "%.*s", (int)n, data);
	} else if (op == WS_CLOSE) {
		c->close_code = (uint8_t)data[0] << 8 | (uint8_t)data[1];
	}
	c->pings += op == WS_PING;
	c->pongs += op == WS_PONG;
}

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };

	fake_clock_init(&t->clock, 1787565600000);
	if (!loop_create(&t->clock.clock, &t->loop, &f) ||
	    !world_open(t->loop, NULL, &t->world, &f)) {
		return -1;
	}
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &t->clients[i];

		c->fd = -1;
		ws_reader_init(&c->reader, 8 * 1024 * 1024);
		c->reader.unmasked_is_ok = true;
		c->reader.message_cb = on_message;
		c->reader.user = c;
	}
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		if (t->clients[i].fd >= 0) {
			close(t->clients[i].fd);
		}
		ws_reader_finish(&t->clients[i].reader);
	}
	world_close(t->world);
	loop_destroy(t->loop);
	free(t);
	return 0;
}

/* The head of the reply first, then frames. */
static void client_read(struct client *c, char *bytes, size_t n)
{
	while (n && !c->upgraded && c->head_len + 1 < sizeof(c->head)) {
		c->head[c->head_len++] = *bytes++;
		n--;
		c->upgraded = strstr(c->head, "\r\n\r\n") != NULL;
	}
	if (n && strstr(c->head, " 101 ")) {
		assert_int_equal(ws_reader_feed(&c->reader, bytes, n), 0);
	}
}

static void step(struct fixture *t)
{
	static char bytes[65536];
	const bool never = false;

	loop_run_until(t->loop, &never, STEP_MS);
	for (size_t i = 0; i < CLIENTS_MAX; i++) {
		struct client *c = &t->clients[i];
		ssize_t n = c->fd < 0 || c->eof
				    ? -1
				    : recv(c->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

		c->eof = c->eof || n == 0;
		if (n > 0) {
			client_read(c, bytes, (size_t)n);
		}
	}
}

#define WAIT(t, cond) \
	do { \
		for (int wait_n = 0; !(cond) && wait_n < STEPS_MAX; wait_n++) { \
			step(t); \
		} \
		assert_true(cond); \
	} while (0)

static void client_dial(struct fixture *t, struct client *c, const char *target)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(web_port(t->world->ws)),
				  .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	char request[512];
	int n = snprintf(request, sizeof(request),
			 "GET %s HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
			 "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
			 "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n",
			 target);

	c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(c->fd, (struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(send(c->fd, request, (size_t)n, 0), n);
}

/* Path and query of a URL that Slack would hand out. */
static void ticket(struct fixture *t, char *dst, size_t size)
{
	char url[256];

	slack_ticket_make(t->world, url, sizeof(url));
	snprintf(dst, size, "%s", url + strlen(t->world->ws_url) - 1);
}

static struct client *join(struct fixture *t, size_t i)
{
	char target[256];

	ticket(t, target, sizeof(target));
	client_dial(t, &t->clients[i], target);
	WAIT(t, t->clients[i].texts == 1);
	return &t->clients[i];
}

static void client_send(struct client *c, enum ws_op op, bool fin, const char *data,
			size_t n)
{
	static const uint8_t mask[4] = { 1, 2, 3, 4 };
	struct buf b;

	buf_init(&b, 65536);
	assert_true(ws_frame_add(&b, op, fin, data, n, mask));
	assert_int_equal(send(c->fd, b.data, b.len, 0), b.len);
	buf_finish(&b);
}

static void client_ack(struct client *c, const struct world_envelope *e, size_t padding)
{
	char *text = calloc(1, padding + 256);
	int n = snprintf(text, 256, "{\"envelope_id\":\"%s\"}", e->id);

	memset(text + n, ' ', padding);
	client_send(c, WS_TEXT, true, text, (size_t)n + padding);
	free(text);
}

/* --- opening -------------------------------------------------------------------------- */

static void hello_comes_unasked_after_a_ping(void **state)
{
	struct fixture *t = *state;
	const struct client *c = join(t, 0);

	assert_has(c->head, "HTTP/1.1 101 ");
	assert_has(c->head, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_has(c->text, "\"type\":\"hello\"");
	assert_has(c->text, "\"num_connections\":1");
	assert_has(c->text, "\"app_id\":\"A0ACCESS1\"");
	assert_int_equal(c->pings, 1);
	assert_int_equal(world_sockets(t->world), 1);
}

static void a_ticket_serves_once_and_not_for_long(void **state)
{
	struct fixture *t = *state;
	char target[256];

	ticket(t, target, sizeof(target));
	client_dial(t, &t->clients[0], target);
	WAIT(t, t->clients[0].upgraded);
	client_dial(t, &t->clients[1], target);
	client_dial(t, &t->clients[2], "/link/?ticket=made-up");
	WAIT(t, t->clients[1].upgraded && t->clients[2].upgraded);
	ticket(t, target, sizeof(target));
	fake_clock_advance(&t->clock, 30001);
	client_dial(t, &t->clients[3], target);
	WAIT(t,
	     t->clients[1].upgraded && t->clients[2].upgraded && t->clients[3].upgraded);
	assert_has(t->clients[0].head, " 101 ");
	assert_has(t->clients[1].head, " 408 ");
	assert_has(t->clients[2].head, " 408 ");
	assert_has(t->clients[3].head, " 408 ");
}

static void the_eleventh_socket_is_one_too_many(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < 10; i++) {
		assert_has(join(t, i)->text, "hello");
	}
	const struct client *c = join(t, 10);

	assert_has(c->text, "too_many_websockets");
	WAIT(t, c->close_code == WS_NORMAL);
	assert_int_equal(world_sockets(t->world), 10);
}

static void ghosts_count_and_may_eat(void **state)
{
	struct fixture *t = *state;

	t->world->slack_knobs.ghosts = 3;
	assert_has(join(t, 0)->text, "\"num_connections\":4");
	t->world->slack_knobs.ghosts_eat = true;
	for (int i = 0; i < 8; i++) {
		world_command(t->world, "ana", "inc-room", "prod-db");
	}
	WAIT(t, t->clients[0].texts == 3); /* the hello and one in four */
	step(t);
	assert_int_equal(t->clients[0].texts, 3);
}

/* --- envelopes ------------------------------------------------------------------------ */

static void each_envelope_goes_to_one_socket(void **state)
{
	struct fixture *t = *state;

	join(t, 0);
	join(t, 1);
	for (int i = 0; i < 6; i++) {
		world_command(t->world, "ana", "inc-room", "prod-db");
	}
	WAIT(t, t->clients[0].texts + t->clients[1].texts == 8);
	assert_int_equal(t->clients[0].texts, 4);
	assert_int_equal(t->clients[1].texts, 4);
}

static void an_ack_is_taken_once_and_echoed_never(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);
	const struct world_envelope *e =
		world_command(t->world, "ana", "inc-room", "prod-db");

	WAIT(t, c->texts == 2);
	assert_has(c->text, e->id);
	assert_has(c->text, "\"accepts_response_payload\":true");
	client_ack(c, e, 0);
	client_ack(c, e, 0);
	client_send(c, WS_TEXT, true, "{\"envelope_id\":\"made-up\"}", 25);
	client_send(c, WS_TEXT, true, "{}", 2);
	WAIT(t, world_strange_frames(t->world) == 1);
	assert_int_equal(e->acks, 2);
	assert_int_equal(world_strange_acks(t->world), 1);
	step(t);
	assert_int_equal(c->texts, 2);
}

static void an_ack_over_20480_bytes_ends_the_connection(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);
	const struct world_envelope *e =
		world_command(t->world, "ana", "inc-room", "prod-db");
	size_t bare = strlen(e->id) + strlen("{\"envelope_id\":\"\"}");

	WAIT(t, c->texts == 2);
	client_ack(c, e, 20480 - bare);
	WAIT(t, e->acks == 1);
	client_ack(c, e, 20481 - bare);
	WAIT(t, c->close_code == WS_TOO_BIG);
	assert_int_equal(e->acks, 1);
	assert_int_equal(world_last_close_code(t->world), WS_TOO_BIG);
	assert_int_equal(world_sockets(t->world), 0);
}

static void an_ack_in_pieces_ends_it_too(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);

	client_send(c, WS_TEXT, false, "{}", 2);
	WAIT(t, c->close_code == WS_TOO_BIG);
}

static void big_frames_come_in_as_many_pieces_as_wanted(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);

	t->world->slack_knobs.pieces = 5;
	t->world->slack_knobs.padding = 1024 * 1024;
	world_command(t->world, "ana", "inc-room", "prod-db");
	WAIT(t, c->texts == 2);
	assert_int_equal(c->frames, 5);
}

/* --- ends ----------------------------------------------------------------------------- */

static void tcp_stays_after_the_close_handshake(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);

	client_send(c, WS_CLOSE, true, "\x03\xe8", 2);
	WAIT(t, c->close_code == WS_NORMAL);
	for (int i = 0; i < 5; i++) {
		step(t);
	}
	assert_false(c->eof);
	assert_int_equal(world_sockets(t->world), 0);
	assert_int_equal(world_streams(t->world), 1);
	close(c->fd);
	c->fd = -1;
	WAIT(t, world_streams(t->world) == 0);
}

static void a_half_closed_socket_still_reads(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);

	world_cut(t->world, 0, WORLD_CUT_FIN);
	WAIT(t, c->eof);
	assert_int_equal(c->close_code, 0);
	client_send(c, WS_TEXT, true, "{}", 2);
	WAIT(t, world_strange_frames(t->world) == 1);
	assert_int_equal(world_streams(t->world), 1);
	assert_int_equal(world_sockets(t->world), 0);
}

static void a_warning_leaves_ten_seconds_and_payloads_go_elsewhere(void **state)
{
	struct fixture *t = *state;
	struct client *old = join(t, 0);

	world_disconnect(t->world, 0, "warning");
	WAIT(t, old->texts == 2);
	assert_has(old->text, "\"reason\":\"warning\"");
	world_command(t->world, "ana", "inc-room", "one");
	WAIT(t, old->texts == 3); /* nobody else is there */
	struct client *fresh = join(t, 1);

	world_command(t->world, "ana", "inc-room", "two");
	WAIT(t, fresh->texts == 2);
	assert_int_equal(old->close_code, 0);
	fake_clock_advance(&t->clock, 10001);
	WAIT(t, old->close_code == WS_NORMAL);
}

static void a_client_that_never_pongs_is_dropped(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);

	for (int i = 0; i < 4; i++) {
		fake_clock_advance(&t->clock, 15001);
		step(t);
		step(t);
	}
	WAIT(t, c->eof);
	assert_int_equal(c->pings, 3);
}

static void a_mute_peer_says_nothing_at_all(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);

	client_send(c, WS_PING, true, "x", 1);
	WAIT(t, c->pongs == 1);
	t->world->slack_knobs.mute = true;
	const struct world_envelope *e =
		world_command(t->world, "ana", "inc-room", "prod-db");

	client_send(c, WS_PING, true, "x", 1);
	for (int i = 0; i < 5; i++) {
		step(t);
	}
	assert_int_equal(c->pongs, 1);
	assert_int_equal(c->texts, 1);
	assert_int_equal(e->acks, 0);
}

/* What was on its way when it fell mute does not arrive either. */
static void a_peer_that_falls_mute_takes_no_ack(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);
	struct world_envelope *e = world_command(t->world, "ana", "inc-room", "prod-db");
	char ack[96];

	WAIT(t, c->texts == 2);
	snprintf(ack, sizeof(ack), "{\"envelope_id\":\"%s\"}", e->id);
	t->world->slack_knobs.mute = true;
	client_send(c, WS_TEXT, true, ack, strlen(ack));
	for (int i = 0; i < 5; i++) {
		step(t);
	}
	assert_int_equal(e->acks, 0);
}

static void what_is_not_acked_can_be_sent_again(void **state)
{
	struct fixture *t = *state;
	struct client *c = join(t, 0);
	struct world_envelope *e = world_open_home(t->world, "ana");

	WAIT(t, c->texts == 2);
	world_resend(t->world, e, false);
	WAIT(t, c->texts == 3);
	assert_has(c->text, e->id);
	assert_has(c->text, "\"retry_attempt\":0");
	const struct world_envelope *again = world_resend(t->world, e, true);

	WAIT(t, c->texts == 4);
	assert_has(c->text, again->id);
	assert_has(c->text, "\"retry_attempt\":1");
	assert_has_not(c->text, e->id);
	t->world->slack_knobs.redeliver = true;
	world_cut(t->world, 0, WORLD_CUT_TCP);
	WAIT(t, c->eof);
	char target[256];

	ticket(t, target, sizeof(target));
	client_dial(t, &t->clients[1], target);
	WAIT(t, t->clients[1].texts == 3); /* hello and both */
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(hello_comes_unasked_after_a_ping),
		CASE(a_ticket_serves_once_and_not_for_long),
		CASE(the_eleventh_socket_is_one_too_many),
		CASE(ghosts_count_and_may_eat),
		CASE(each_envelope_goes_to_one_socket),
		CASE(an_ack_is_taken_once_and_echoed_never),
		CASE(an_ack_over_20480_bytes_ends_the_connection),
		CASE(an_ack_in_pieces_ends_it_too),
		CASE(big_frames_come_in_as_many_pieces_as_wanted),
		CASE(tcp_stays_after_the_close_handshake),
		CASE(a_half_closed_socket_still_reads),
		CASE(a_warning_leaves_ten_seconds_and_payloads_go_elsewhere),
		CASE(a_client_that_never_pongs_is_dropped),
		CASE(a_mute_peer_says_nothing_at_all),
		CASE(a_peer_that_falls_mute_takes_no_ack),
		CASE(what_is_not_acked_can_be_sent_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
