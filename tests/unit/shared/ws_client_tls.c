/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing WebSockets through TLS and through a proxy. */
#include "tests/lib/ws_client_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

static void wss_works_with_the_extra_ca(void **state)
{
	enum { SIZE = 300 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);

	memset(text, 'z', SIZE);
	ws_test_tls(t, "DNS:localhost", 0, true);
	peer_accept(t->peer);
	peer_ws_accept(t->peer, false);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	peer_ws_send(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xe8", 2);
	t->want = 1;
	ws_test_connect(t, "wss", "localhost");
	ws_test_wait_for(t, enough);
	assert_int_equal(t->sizes[0], SIZE);
	assert_memory_equal(t->messages[0], text, SIZE);
	assert_true(ws_send(t->ws, text, SIZE));
	ws_close(t->ws, 1000, 2000);
	ws_test_ended(t, FAIL_NONE, 1000);
	free(text);
	ws_test_played(t);
}

static void an_over_long_message_over_tls_is_closed_with_1009(void **state)
{
	enum { SIZE = 300 * 1024 };
	struct fixture *t = *state;
	char *text = calloc(1, SIZE);

	t->conf.max_message = 1000;
	ws_test_tls(t, "IP:127.0.0.1", 0, true);
	peer_accept(t->peer);
	peer_ws_accept(t->peer, false);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, text, SIZE);
	peer_ws_expect(t->peer, PEER_FIN | PEER_CLOSE, "\x03\xf1", 2);
	ws_test_connect(t, "wss", "127.0.0.1");
	ws_test_ended(t, FAIL_UPSTREAM, 1009);
	free(text);
	ws_test_played(t);
}

static void certificates_that_are_not_good_are_denied(void **state)
{
	static const struct {
		const char *label, *names;
		unsigned flags;
		bool trust;
	} rows[] = {
		{ "another name", "DNS:example.com,IP:127.0.0.1", 0, true },
		{ "expired", "DNS:localhost", TEST_TLS_EXPIRED, true },
		{ "another CA", "DNS:localhost", TEST_TLS_STRANGER, true },
		{ "a CA that nobody knows", "DNS:localhost", 0, false },
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		ws_test_tls(t, rows[i].names, rows[i].flags, rows[i].trust);
		peer_refuse(t->peer);
		t->closed = false;
		t->closes = 0;
		ws_test_connect(t, "wss", "localhost");
		ws_test_wait_for(t, closed);
		if (t->fail.kind != FAIL_DENIED) {
			fail_msg("'%s': %s: %s", rows[i].label, fail_word(t->fail.kind),
				 t->fail.msg);
		}
		assert_row(*t->fail.hint, i, rows[i].label);
		ws_test_played(t);
		t->peer = peer_create(NULL);
	}
	assert_false(t->opened);
}

static void tls_that_is_never_answered_times_out(void **state)
{
	struct fixture *t = *state;

	t->conf.connect_timeout_ms = 50;
	peer_accept(t->peer);
	peer_wait(t->peer);
	ws_test_connect(t, "wss", "127.0.0.1");
	ws_test_ended(t, FAIL_TIMEOUT, 0);
}

static void the_environment_is_not_asked_for_a_proxy(void **state)
{
	struct fixture *t = *state;

	setenv("http_proxy", "127.0.0.1:1", 1);
	ws_test_open(t, "", "");
	ws_test_connect_open(t);
	unsetenv("http_proxy");
	ws_test_played(t);
}

static void a_proxy_is_asked_for_the_name(void **state)
{
	struct fixture *t = *state;
	char proxy[64];

	snprintf(proxy, sizeof(proxy), "%s", peer_url(t->peer, "http", "127.0.0.1", ""));
	ws_test_open(t, "", proxy);
	peer_accept(t->peer);
	peer_expect(t->peer, "CONNECT wss.slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.0 403 No\r\n\r\n");
	ws_test_dial(t, "wss://wss.slack.example/link");
	ws_test_ended(t, FAIL_UPSTREAM, 0);
	ws_test_played(t);
}

static void wss_works_through_a_proxy(void **state)
{
	struct fixture *t = *state;
	char ca[TEST_TLS_DIR_SIZE + 16];
	char proxy[64];

	ws_test_tls(t, "DNS:wss.slack.example", 0, true);
	snprintf(ca, sizeof(ca), "%s/ca.pem", t->dir);
	snprintf(proxy, sizeof(proxy), "http://us:pw@127.0.0.1:%u", peer_port(t->peer));
	ws_test_open(t, ca, proxy);
	peer_accept_plain(t->peer);
	peer_expect(t->peer, "CONNECT wss.slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "Host: wss.slack.example:443\r\n");
	peer_expect(t->peer, "basic dXM6cHc=\r\n");
	peer_expect(t->peer, "\r\n");
	peer_send(t->peer, "HTTP/1.1 200 Connection established\r\n\r\n");
	peer_start_tls(t->peer);
	peer_expect(t->peer, "Host: wss.slack.example\r\n");
	peer_ws_accept(t->peer, false);
	peer_ws_send(t->peer, PEER_FIN | PEER_TEXT, "hello", 5);
	t->want = 1;
	ws_test_dial(t, "wss://wss.slack.example/link?ticket=x1");
	ws_test_wait_for(t, enough);
	assert_string_equal(t->messages[0], "hello");
	ws_test_played(t);
}

static void a_proxy_is_not_asked_for_loopback(void **state)
{
	struct fixture *t = *state;

	ws_test_open(t, "", "http://user:pw@127.0.0.1:1/");
	ws_test_connect_open(t);
	ws_test_played(t);
}

static void settings_that_cannot_be_used_are_refused(void **state)
{
	static const struct ws_client_config confs[] = {
		{ "/nonexistent/ca.pem", "" }, { "/etc/passwd", "" },
		{ "", "proxy:3128" },          { "", "http://proxy" },
		{ "", "http://proxy:0" },      { "", "http://proxy:3128/path" },
		{ "", "http://:3128" },
	};
	struct fixture *t = *state;
	struct ws_client *c = NULL;

	for (size_t i = 0; i < ARRAY_LEN(confs); i++) {
		struct fail f = { 0 };

		assert_row(!ws_client_open(t->loop, &confs[i], &c, &f), i,
			   confs[i].proxy);
		assert_row(f.kind == FAIL_INVALID, i, confs[i].proxy);
	}
	assert_null(c);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, ws_test_setup, ws_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(wss_works_with_the_extra_ca),
		CASE(an_over_long_message_over_tls_is_closed_with_1009),
		CASE(certificates_that_are_not_good_are_denied),
		CASE(tls_that_is_never_answered_times_out),
		CASE(the_environment_is_not_asked_for_a_proxy),
		CASE(a_proxy_is_asked_for_the_name),
		CASE(wss_works_through_a_proxy),
		CASE(a_proxy_is_not_asked_for_loopback),
		CASE(settings_that_cannot_be_used_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
