/* SPDX-License-Identifier: Apache-2.0 */
/* The fixture of the tests of the WebSocket client. */
#include "tests/lib/ws_client_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static void on_opened(struct ws *w)
{
	struct fixture *t = ws_data(w);

	assert_false(t->opened);
	t->opened = true;
	if (t->on_opened) {
		t->on_opened(t);
	}
}

static void on_received(struct ws *w, const char *text, size_t n)
{
	struct fixture *t = ws_data(w);

	assert_true(t->n < MESSAGES);
	assert_int_equal(text[n], '\0');
	t->messages[t->n] = malloc(n + 1);
	assert_non_null(t->messages[t->n]);
	memcpy(t->messages[t->n], text, n + 1);
	t->sizes[t->n++] = n;
	t->enough = t->n >= t->want;
	if (t->on_received) {
		t->on_received(t);
	}
}

static void on_closed(struct ws *w, unsigned code, const struct fail *f)
{
	struct fixture *t = ws_data(w);

	assert_ptr_equal(w, t->ws);
	t->ws = NULL;
	t->closed = true;
	t->closes++;
	t->code = code;
	t->fail = *f;
	if (t->on_closed) {
		t->on_closed(t);
	}
}

static const struct ws_ops ops = { on_opened, on_received, on_closed };

void ws_test_connect(struct fixture *t, const char *scheme, const char *host)
{
	char url[128];

	snprintf(url, sizeof(url), "%s",
		 peer_url(t->peer, scheme, host, "/link/?ticket=x1"));
	t->conf.url = url;
	t->conf.ops = &ops;
	t->conf.data = t;
	t->ws = ws_connect(t->client, &t->conf);
	assert_non_null(t->ws);
	t->conf.url = "gone";
	assert_false(t->opened);
	assert_false(t->closed);
}

void ws_test_wait(struct fixture *t, const bool *what, const char *name)
{
	if (!loop_run_until(t->loop, what, CLIENT_TEST_CAP_MS)) {
		fail_msg("not %s (closed: %d %s); the peer: %s", name, t->closed,
			 t->fail.msg, client_test_peer_says(&t->peer));
	}
}

void ws_test_turns(struct fixture *t)
{
	bool never = false;

	loop_run_until(t->loop, &never, 15);
}

void ws_test_until_peer_waits(struct fixture *t)
{
	bool never = false;

	for (unsigned i = 0; !peer_waits(t->peer); i++) {
		assert_true(i < 3000);
		loop_run_until(t->loop, &never, 1);
	}
}

void ws_test_connect_open(struct fixture *t)
{
	peer_accept(t->peer);
	peer_expect(t->peer, "GET /link/?ticket=x1 HTTP/1.1\r\n");
	peer_ws_accept(t->peer, false);
	ws_test_connect(t, "ws", "127.0.0.1");
	ws_test_wait_for(t, opened);
}

void ws_test_played(struct fixture *t)
{
	client_test_played(&t->peer);
}

void ws_test_open(struct fixture *t, const char *ca_file, const char *proxy)
{
	const struct ws_client_config conf = { .ca_file = ca_file, .proxy = proxy };
	struct fail f = { 0 };

	ws_client_close(t->client);
	if (!ws_client_open(t->loop, &conf, &t->client, &f)) {
		fail_msg("%s", f.msg);
	}
}

static struct fixture *fixture_make(bool fake)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->loop = client_test_loop(&t->clock, fake);
	ws_test_open(t, "", "");
	t->peer = peer_create(NULL);
	return t;
}

int ws_test_setup(void **state)
{
	*state = fixture_make(false);
	return 0;
}

int ws_test_setup_fake(void **state)
{
	*state = fixture_make(true);
	return 0;
}

int ws_test_teardown(void **state)
{
	struct fixture *t = *state;

	ws_destroy(t->ws);
	ws_client_close(t->client);
	client_test_end(t->peer, t->loop, t->dir);
	for (size_t i = 0; i < t->n; i++) {
		free(t->messages[i]);
	}
	free(t);
	return 0;
}

void ws_test_ended(struct fixture *t, enum fail_kind kind, unsigned code)
{
	ws_test_wait_for(t, closed);
	ws_test_turns(t);
	assert_int_equal(t->closes, 1);
	if (t->fail.kind != kind || t->code != code) {
		fail_msg("ended as %s, %u: %s", fail_word(t->fail.kind), t->code,
			 t->fail.msg);
	}
	assert_has_not(t->fail.msg, "ticket");
}

void ws_test_dial(struct fixture *t, const char *url)
{
	t->conf.url = url;
	t->conf.ops = &ops;
	t->conf.data = t;
	t->ws = ws_connect(t->client, &t->conf);
}

void ws_test_tls(struct fixture *t, const char *names, unsigned flags, bool trust)
{
	char ca[TEST_TLS_DIR_SIZE + 16];

	client_test_tls(&t->peer, t->dir, names, flags, ca);
	ws_test_open(t, trust ? ca : "", "");
}
