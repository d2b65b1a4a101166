/* SPDX-License-Identifier: Apache-2.0 */
/* Streams: bytes there and back, and peers who do not read, do not close, or come in too
 * great a number. */
#include "shared/listener.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/idle.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"
#include "tests/lib/wire.h"

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct listener *listener;
	struct stream *stream; /* the last one opened */
	struct buf got;
	bool refuse;
	unsigned opened;
	unsigned closed;
	unsigned drained;
	bool all_drained;
	struct wire wire;
};

static bool on_opened(void *data, struct stream *s)
{
	struct fixture *t = data;

	if (t->refuse) {
		return false;
	}
	t->opened++;
	t->stream = s;
	stream_set_data(s, t);
	return true;
}

static void on_received(struct stream *s, const char *bytes, size_t n)
{
	struct fixture *t = stream_data(s);

	buf_add(&t->got, bytes, n);
}

static void on_drained(struct stream *s)
{
	struct fixture *t = stream_data(s);

	assert_int_equal(stream_unsent(s), 0);
	t->drained++;
	t->all_drained = true;
}

static void on_closed(struct stream *s)
{
	struct fixture *t = stream_data(s);

	t->closed++;
	assert_false(stream_send(s, "x", 1)); /* too late, and no harm */
	if (t->stream == s) {
		t->stream = NULL;
	}
}

static const struct stream_ops ops = {
	.opened = on_opened,
	.received = on_received,
	.drained = on_drained,
	.closed = on_closed,
};

static void open_listener(struct fixture *t, const struct listener_config *conf)
{
	struct fail f = { 0 };

	if (!listener_open(t->loop, conf, &ops, t, &t->listener, &f)) {
		fail_msg("%s", f.msg);
	}
	assert_int_not_equal(listener_port(t->listener), 0);
}

static void turns(struct fixture *t)
{
	for (int i = 0; i < 20; i++) {
		loop_run_once(t->loop);
	}
}

static void connect_one(struct fixture *t)
{
	assert_true(wire_open(&t->wire, t->loop, listener_port(t->listener), NULL));
	turns(t);
}

static int set_up(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(&t->clock.clock, &t->loop, NULL));
	buf_init(&t->got, 64 << 20);
	t->wire.fd = -1;
	open_listener(t, &(struct listener_config){ .address = "127.0.0.1:0",
						    .max_streams = 3,
						    .max_unsent = 4 << 20 });
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *t = *state;
	unsigned before = t->closed;
	unsigned open = t->opened - t->closed;

	wire_close(&t->wire);
	listener_close(t->listener);
	assert_int_equal(t->closed, before + open); /* each hears of it, once */
	loop_destroy(t->loop);
	buf_finish(&t->got);
	free(t);
	return 0;
}

static bool got_within(struct fixture *t, size_t n)
{
	const bool never = false;

	for (int i = 0; i < 1500 && t->got.len < n; i++) {
		loop_run_until(t->loop, &never, 2);
	}
	return t->got.len == n;
}

/* --- good days ---------------------------------------------------------------------- */

static void bytes_go_there_and_back(void **state)
{
	struct fixture *t = *state;

	connect_one(t);
	assert_int_equal(t->opened, 1);
	assert_has(stream_peer(t->stream), "127.0.0.1:");
	assert_true(wire_send_text(&t->wire, "hello"));
	assert_true(got_within(t, 5));
	assert_string_equal(buf_str(&t->got), "hello");
	assert_true(stream_send(t->stream, "wor", 3));
	assert_true(stream_send(t->stream, "ld", 2));
	assert_true(wire_await(&t->wire, "world"));
	wire_close(&t->wire);
	turns(t);
	assert_int_equal(t->closed, 1);
}

static void a_lot_waits_until_the_peer_reads(void **state)
{
	struct fixture *t = *state;
	size_t n = 4 << 20;
	char *bytes = calloc(1, n);

	assert_non_null(bytes);
	connect_one(t);
	loop_fd_unwatch(&t->wire.watch); /* it does not read */
	assert_true(stream_send(t->stream, bytes, n));
	turns(t);
	assert_true(stream_unsent(t->stream) > 0);
	assert_false(t->all_drained);
	/* lws polls for what the peer sends, but does not read it, while it holds
	 * something itself: */
	assert_true(wire_send_text(&t->wire, "are you there?"));
	assert_idle(t->loop);
	assert_true(loop_fd_watch(t->loop, &t->wire.watch, t->wire.fd, 1, NULL));
	assert_true(loop_run_until(t->loop, &t->all_drained, 3000));
	assert_int_equal(t->drained, 1);
	assert_true(got_within(t, 14));
	for (int i = 0; i < 1000 && t->wire.in.len < n; i++) {
		loop_run_once(t->loop);
	}
	assert_int_equal(t->wire.in.len, n);
	free(bytes);
}

static void a_paused_stream_is_not_read(void **state)
{
	struct fixture *t = *state;

	connect_one(t);
	stream_pause(t->stream, true);
	assert_true(wire_send_text(&t->wire, "hello"));
	assert_idle(t->loop);
	assert_int_equal(t->got.len, 0);
	stream_pause(t->stream, false);
	assert_true(got_within(t, 5));
}

static void half_closing_goes_on_reading(void **state)
{
	struct fixture *t = *state;

	connect_one(t);
	assert_true(stream_send(t->stream, "bye", 3));
	stream_shutdown(t->stream);
	assert_true(wire_await_close(&t->wire));
	assert_string_equal(wire_text(&t->wire), "bye");
	assert_true(wire_send_text(&t->wire, "hello"));
	assert_true(got_within(t, 5));
	assert_int_equal(t->closed, 0);
	assert_false(stream_send(t->stream, "x", 1));
}

static void closing_says_all_that_was_to_be_said(void **state)
{
	struct fixture *t = *state;
	char *bytes = calloc(1, 3 << 20);

	assert_non_null(bytes);
	connect_one(t);
	assert_true(stream_send(t->stream, bytes, 3 << 20));
	stream_close(t->stream, 2000);
	assert_int_equal(t->closed, 0); /* never from within */
	assert_false(stream_send(t->stream, "x", 1));
	assert_true(wire_send_text(&t->wire, "thrown away"));
	assert_true(wire_await_close(&t->wire));
	assert_int_equal(t->wire.in.len, 3 << 20);
	wire_close(&t->wire);
	turns(t);
	assert_int_equal(t->closed, 1);
	assert_int_equal(t->got.len, 0);
	free(bytes);
}

static void tls_is_offered_with_http_1_1_only(void **state)
{
	struct fixture *t = *state;
	char dir[TEST_TLS_DIR_SIZE];
	char ca[96];
	char cert[96];
	char key[96];

	assert_true(test_tls_dir(dir) && test_tls_make(dir, "DNS:localhost", 0));
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
	snprintf(key, sizeof(key), "%s/key.pem", dir);
	listener_close(t->listener);
	open_listener(t, &(struct listener_config){
				 .address = "127.0.0.1:0", .cert = cert, .key = key });
	/* The client offers h2 first. */
	assert_true(wire_open(&t->wire, t->loop, listener_port(t->listener), ca));
	assert_true(wire_send_text(&t->wire, "hello"));
	assert_true(got_within(t, 5));
	assert_true(stream_send(t->stream, "world", 5));
	assert_true(wire_await(&t->wire, "world"));
	stream_pause(t->stream, true);
	assert_true(wire_send_text(&t->wire, "hello"));
	assert_idle(t->loop);
	stream_pause(t->stream, false);
	assert_true(got_within(t, 10));
	stream_close(t->stream, 1000);
	assert_true(wire_await_close(&t->wire));
	assert_true(t->wire.clean);
	test_tls_remove(dir);
}

/* --- bad days ----------------------------------------------------------------------- */

static void who_is_refused_is_closed_and_not_mentioned_again(void **state)
{
	struct fixture *t = *state;

	t->refuse = true;
	connect_one(t);
	assert_true(wire_await_close(&t->wire));
	assert_int_equal(t->closed, 0);
}

static void one_too_many_is_closed_at_once(void **state)
{
	struct fixture *t = *state;
	struct wire more[3];

	connect_one(t);
	for (size_t i = 0; i < ARRAY_LEN(more); i++) {
		assert_true(
			wire_open(&more[i], t->loop, listener_port(t->listener), NULL));
	}
	assert_true(wire_await_close(&more[2]));
	assert_int_equal(t->opened, 3);
	assert_false(more[1].closed);
	wire_close(&more[0]);
	turns(t);
	wire_close(&more[2]);
	assert_true(wire_open(&more[2], t->loop, listener_port(t->listener), NULL));
	turns(t);
	assert_int_equal(t->opened, 4);
	wire_close(&more[1]);
	wire_close(&more[2]);
}

static void who_never_reads_is_cut(void **state)
{
	struct fixture *t = *state;
	char *bytes = calloc(1, 1 << 20);
	unsigned sent = 0;

	assert_non_null(bytes);
	connect_one(t);
	loop_fd_unwatch(&t->wire.watch);
	while (sent < 64 && stream_send(t->stream, bytes, 1 << 20)) {
		sent++;
		turns(t);
	}
	assert_in_range(sent, 4, 32);
	assert_int_equal(t->closed, 0);
	turns(t);
	assert_int_equal(t->closed, 1);
	free(bytes);
}

static void more_than_may_wait_is_refused_at_once(void **state)
{
	struct fixture *t = *state;
	char *bytes = calloc(1, 4 << 20);

	assert_non_null(bytes);
	connect_one(t);
	loop_fd_unwatch(&t->wire.watch);
	assert_true(stream_send(t->stream, bytes, 4 << 20));
	assert_true(stream_unsent(t->stream) > 0);
	assert_false(stream_send(t->stream, bytes, 4 << 20));
	turns(t);
	assert_int_equal(t->closed, 1);
	free(bytes);
}

static void who_never_closes_is_closed(void **state)
{
	struct fixture *t = *state;

	connect_one(t);
	stream_close(t->stream, 2000);
	assert_true(wire_await_close(&t->wire)); /* our FIN; it keeps its side open */
	turns(t);
	assert_int_equal(t->closed, 0);
	fake_clock_advance(&t->clock, 2000);
	turns(t);
	assert_int_equal(t->closed, 1);
}

static void who_resets_is_gone(void **state)
{
	struct fixture *t = *state;

	connect_one(t);
	stream_pause(t->stream, true);
	wire_reset(&t->wire);
	turns(t);
	assert_int_equal(t->closed, 1);
}

static void stopping_leaves_the_open_ones_alone(void **state)
{
	struct fixture *t = *state;
	struct wire late;

	connect_one(t);
	listener_stop(t->listener);
	listener_stop(t->listener);
	assert_false(wire_open(&late, t->loop, listener_port(t->listener), NULL));
	assert_true(wire_send_text(&t->wire, "hello"));
	assert_true(got_within(t, 5));
}

/* --- configuration ------------------------------------------------------------------- */

static void a_bad_certificate_is_said_so(void **state)
{
	struct fixture *t = *state;
	char one[TEST_TLS_DIR_SIZE];
	char two[TEST_TLS_DIR_SIZE];
	char cert[96];
	char key[96];
	struct listener_config conf = { .address = "127.0.0.1:0",
					.cert = cert,
					.key = key };
	struct listener *l;
	struct fail f;

	assert_true(test_tls_dir(one) && test_tls_make(one, "DNS:a", 0));
	assert_true(test_tls_dir(two) && test_tls_make(two, "DNS:b", 0));
	snprintf(cert, sizeof(cert), "%s/cert.pem", one);
	snprintf(key, sizeof(key), "%s/key.pem", two);
	assert_false(listener_open(t->loop, &conf, &ops, t, &l, &f));
	assert_has(f.msg, "cannot use the certificate '");
	snprintf(key, sizeof(key), "%s/ca.pem", one);
	assert_false(listener_open(t->loop, &conf, &ops, t, &l, &f));
	snprintf(key, sizeof(key), "%s/none.pem", one);
	assert_false(listener_open(t->loop, &conf, &ops, t, &l, &f));
	assert_has(f.msg, "none.pem': No such file or directory");
	assert_true(f.hint[0] != '\0');
	test_tls_remove(one);
	test_tls_remove(two);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(bytes_go_there_and_back),
		TEST(a_lot_waits_until_the_peer_reads),
		TEST(a_paused_stream_is_not_read),
		TEST(half_closing_goes_on_reading),
		TEST(closing_says_all_that_was_to_be_said),
		TEST(tls_is_offered_with_http_1_1_only),
		TEST(who_is_refused_is_closed_and_not_mentioned_again),
		TEST(one_too_many_is_closed_at_once),
		TEST(who_never_reads_is_cut),
		TEST(more_than_may_wait_is_refused_at_once),
		TEST(who_never_closes_is_closed),
		TEST(who_resets_is_gone),
		TEST(stopping_leaves_the_open_ones_alone),
		TEST(a_bad_certificate_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
