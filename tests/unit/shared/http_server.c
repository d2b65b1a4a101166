/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server's bad days: slow clients, clients that go away, handlers that never
 * answer; TLS; and its orderly end. */
#include "shared/http_server.h"

#include <stdio.h>

#include "tests/lib/site.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"

static void on_drained(void *data)
{
	struct site *t = data;

	t->drained = true;
}

static void it_works_over_tls(void **state)
{
	struct site *t = *state;
	char dir[TEST_TLS_DIR_SIZE];
	char ca[128];

	assert_true(test_tls_dir(dir));
	assert_true(test_tls_make(dir, "DNS:localhost,IP:127.0.0.1", 0));
	snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
	http_server_close(t->server);
	site_serve(t, dir);
	wire_close(&t->wire);
	assert_true(wire_open(&t->wire, t->loop, http_server_port(t->server), ca));
	assert_true(site_answers(t));
	site_send(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2\r\n"
		     "Connection: close\r\n\r\nhi");
	assert_int_equal(site_reply(t), 200);
	assert_memory_equal(t->body, "hi", 2);
	assert_true(wire_await_close(&t->wire));
	site_again(t); /* plain, to the TLS port */
	site_send(t, "GET /get HTTP/1.1\r\n" HOST "\r\n");
	assert_true(wire_await_close(&t->wire));
	assert_string_equal(wire_text(&t->wire), "");
	test_tls_remove(dir);
}

static void a_slow_header_is_cut(void **state)
{
	struct site *t = *state;

	site_send(t, "GET /get HTTP/1.1\r\n");
	site_turns(t);
	for (int i = 0; i < 9; i++) { /* a byte now and then buys no time */
		fake_clock_advance(&t->clock, 1000);
		site_send(t, "x");
		site_turns(t);
		assert_string_equal(wire_text(&t->wire), "");
	}
	fake_clock_advance(&t->clock, 2000);
	assert_int_equal(site_reply(t), 408);
	assert_true(wire_await_close(&t->wire));
}

static void a_slow_body_is_cut(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100\r\n\r\n");
	site_turns(t);
	for (int i = 0; i < 9; i++) {
		fake_clock_advance(&t->clock, 1000);
		site_send(t, "x");
		site_turns(t);
		assert_string_equal(wire_text(&t->wire), "");
	}
	fake_clock_advance(&t->clock, 2000);
	assert_int_equal(site_reply(t), 408);
	assert_int_equal(t->handled, 0);
}

static void who_says_nothing_is_closed(void **state)
{
	struct site *t = *state;

	site_turns(t);
	fake_clock_advance(&t->clock, 11000);
	assert_true(wire_await_close(&t->wire));
	assert_string_equal(wire_text(&t->wire), "");
	site_again(t);
	assert_true(site_answers(t));
	fake_clock_advance(&t->clock, 70000); /* between requests there is more time */
	assert_true(site_answers(t));
	fake_clock_advance(&t->clock, 76000);
	assert_true(wire_await_close(&t->wire));
}

static void a_handler_that_never_answers_is_answered_for(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
	site_turns(t);
	assert_non_null(t->held);
	fake_clock_advance(&t->clock, 31000);
	assert_int_equal(site_reply(t), 503);
	assert_int_equal(t->gone, 1);
	assert_true(wire_await_close(&t->wire));
	site_turns(t);
	assert_int_equal(t->gone, 1);
}

static void a_client_that_goes_away_is_told_to_the_handler(void **state)
{
	struct site *t = *state;

	for (unsigned i = 1; i <= 2; i++) {
		const bool never = false;

		site_send(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
		site_turns(t);
		assert_non_null(t->held);
		if (i == 1) {
			wire_reset(&t->wire);
		} else {
			wire_fin(&t->wire);
		}
		for (int k = 0; k < 500 && t->gone < i; k++) {
			loop_run_until(t->loop, &never, 2);
		}
		assert_int_equal(t->gone, i);
		assert_null(t->held);
		site_again(t);
	}
	assert_true(site_answers(t)); /* and the next client is served */
}

static void a_drain_waits_for_what_is_under_way(void **state)
{
	struct site *t = *state;
	struct wire idle;
	struct wire late;

	assert_true(wire_open(&idle, t->loop, http_server_port(t->server), NULL));
	site_send(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
	site_turns(t);
	http_server_drain(t->server, 5000, on_drained, t);
	assert_true(wire_await_close(&idle));
	assert_false(wire_open(&late, t->loop, http_server_port(t->server), NULL));
	wire_close(&idle);
	site_turns(t);
	assert_false(t->drained);
	http_reply(t->held, 200, "text/plain", "ok", 2, NULL);
	assert_int_equal(site_reply(t), 200);
	assert_has(t->head, "Connection: close\r\n");
	assert_true(wire_await_close(&t->wire));
	assert_false(t->drained); /* until the client is gone, too, */
	wire_close(&t->wire);
	assert_true(loop_run_until(t->loop, &t->drained, 1000));
}

static void a_drain_has_an_end(void **state)
{
	struct site *t = *state;

	site_send(t, "POST /later HTTP/1.1\r\n" HOST "\r\n");
	site_turns(t);
	http_server_drain(t->server, 5000, on_drained, t);
	site_turns(t);
	assert_false(t->drained);
	fake_clock_advance(&t->clock, 5000);
	assert_true(loop_run_until(t->loop, &t->drained, 1000));
	assert_int_equal(t->gone, 0);
}

static void a_drain_of_nothing_is_soon_over(void **state)
{
	struct site *t = *state;

	wire_close(&t->wire);
	site_turns(t);
	http_server_drain(t->server, 5000, on_drained, t);
	assert_false(t->drained); /* never before it returns */
	assert_true(loop_run_until(t->loop, &t->drained, 1000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, site_set_up, site_tear_down)
	const struct CMUnitTest tests[] = {
		TEST(it_works_over_tls),
		TEST(a_slow_header_is_cut),
		TEST(a_slow_body_is_cut),
		TEST(who_says_nothing_is_closed),
		TEST(a_handler_that_never_answers_is_answered_for),
		TEST(a_client_that_goes_away_is_told_to_the_handler),
		TEST(a_drain_waits_for_what_is_under_way),
		TEST(a_drain_has_an_end),
		TEST(a_drain_of_nothing_is_soon_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
