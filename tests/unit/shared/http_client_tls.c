/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP through TLS and through a proxy. */
#include "tests/lib/http_client_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

static void https_get(struct fixture *t, const char *host)
{
	char url[64];

	snprintf(url, sizeof(url), "%s", peer_url(t->peer, "https", host, "/"));
	http_test_start_url(t, "GET", url);
	http_test_wait(t, &t->call);
}

static void a_certificate_of_the_extra_ca_is_good(void **state)
{
	struct fixture *t = *state;

	http_test_tls(t, "DNS:localhost,IP:127.0.0.1", 0, true);
	peer_accept(t->peer);
	peer_connected(t->peer, false);
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "secret");
	https_get(t, "127.0.0.1");
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.body, "secret");
	http_test_played(t);
}

static void certificates_that_are_not_good_are_refused(void **state)
{
	static const struct {
		const char *label, *names;
		unsigned flags;
		bool trust;
	} rows[] = {
		{ "another name", "DNS:example.com", 0, true },
		{ "another address", "IP:127.0.0.2", 0, true },
		{ "expired", "IP:127.0.0.1", TEST_TLS_EXPIRED, true },
		{ "another CA", "IP:127.0.0.1", TEST_TLS_STRANGER, true },
		{ "a CA that nobody knows", "IP:127.0.0.1", 0, false },
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		http_test_tls(t, rows[i].names, rows[i].flags, rows[i].trust);
		peer_refuse(t->peer);
		https_get(t, "127.0.0.1");
		assert_row(t->call.fail.kind == FAIL_UPSTREAM, i, rows[i].label);
		assert_row(*t->call.fail.hint, i, rows[i].label);
		http_test_clear(&t->call);
		http_test_played(t);
		t->peer = peer_create(NULL);
	}
}

static void a_second_connection_resumes_the_tls_session(void **state)
{
	struct fixture *t = *state;

	http_test_tls(t, "IP:127.0.0.1", 0, true);
	for (unsigned i = 0; i < 2; i++) {
		peer_accept(t->peer);
		peer_connected(t->peer, i == 1);
		peer_expect(t->peer, "\r\n\r\n");
		peer_reply(t->peer, 200, "Connection: close\r\n", "x");
		peer_close(t->peer);
	}
	for (unsigned i = 0; i < 2; i++) {
		https_get(t, "127.0.0.1");
		assert_int_equal(t->call.status, 200);
		http_test_clear(&t->call);
	}
	http_test_played(t);
}

static void plain_http_where_tls_was_meant_is_upstream(void **state)
{
	struct fixture *t = *state;

	peer_accept(t->peer);
	peer_send(t->peer, "HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n");
	https_get(t, "127.0.0.1");
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
}

static void a_ca_file_that_is_none_is_refused(void **state)
{
	struct fixture *t = *state;
	struct http_client *c = NULL;
	const struct http_client_config conf[] = {
		{ .ca_file = "/nonexistent/ca.pem" },
		{ .ca_file = "/etc/passwd" },
	};

	for (size_t i = 0; i < ARRAY_LEN(conf); i++) {
		struct fail f = { 0 };

		assert_false(http_client_open(t->loop, &conf[i], &c, &f));
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_has(f.msg, conf[i].ca_file);
	}
	assert_null(c);
}

/* --- proxy ------------------------------------------------------------------- */

static void the_environment_is_not_asked_for_a_proxy(void **state)
{
	struct fixture *t = *state;

	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("ALL_PROXY", "http://127.0.0.1:1", 1);
	peer_accept(t->peer);
	peer_expect(t->peer, "GET / HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	http_test_get(t, "/");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_int_equal(t->call.status, 200);
	http_test_played(t);
}

static void a_proxy_is_asked_for_a_tunnel(void **state)
{
	struct fixture *t = *state;
	char proxy[64];
	struct http_client_config conf = { .proxy = proxy };

	snprintf(proxy, sizeof(proxy), "%s", peer_url(t->peer, "http", "127.0.0.1", ""));
	setenv("no_proxy", "*", 1);
	http_client_close(t->client);
	assert_true(http_client_open(t->loop, &conf, &t->client, NULL));
	peer_accept(t->peer);
	peer_expect(t->peer, "CONNECT slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
	t->call.req.method = "POST";
	t->call.req.url = "https://slack.example/api/x";
	t->call.req.cb = http_test_reply;
	http_request_start(t->client, &t->call.req);
	http_test_wait(t, &t->call);
	unsetenv("no_proxy");
	/* Bytes were sent, but not of the request. */
	assert_int_equal(t->call.fail.kind, FAIL_UPSTREAM);
	assert_has(t->call.fail.msg, "403");
	http_test_played(t);
}

static void https_works_through_a_proxy(void **state)
{
	struct fixture *t = *state;
	char ca[TEST_TLS_DIR_SIZE + 16];
	char proxy[64];
	struct http_client_config conf = { .ca_file = ca, .proxy = proxy };

	http_test_tls(t, "DNS:slack.example", 0, true);
	snprintf(ca, sizeof(ca), "%s/ca.pem", t->dir);
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", peer_port(t->peer));
	http_client_close(t->client);
	assert_true(http_client_open(t->loop, &conf, &t->client, NULL));
	peer_accept_plain(t->peer);
	peer_expect(t->peer, "CONNECT slack.example:443 HTTP/1.1\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_send(t->peer, "HTTP/1.1 200 Yes\r\nRetry-After: 3\r\n\r\n");
	peer_start_tls(t->peer);
	peer_expect(t->peer, "GET /api HTTP/1.1\r\nHost: slack.example\r\n");
	peer_expect(t->peer, "\r\n\r\n");
	peer_reply(t->peer, 200, "", "x");
	http_test_start_url(t, "GET", "https://slack.example/api");
	http_test_wait(t, &t->call);
	assert_int_equal(t->call.status, 200);
	assert_string_equal(t->call.retry_after, "(none)");
	http_test_played(t);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, http_test_setup, http_test_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_certificate_of_the_extra_ca_is_good),
		CASE(certificates_that_are_not_good_are_refused),
		CASE(a_second_connection_resumes_the_tls_session),
		CASE(plain_http_where_tls_was_meant_is_upstream),
		CASE(a_ca_file_that_is_none_is_refused),
		CASE(the_environment_is_not_asked_for_a_proxy),
		CASE(a_proxy_is_asked_for_a_tunnel),
		CASE(https_works_through_a_proxy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
