/* SPDX-License-Identifier: Apache-2.0 */
/* The handlers, and how the server and its client come and go. */
#include "tests/lib/site.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "tests/lib/test.h"

/* --- handlers --------------------------------------------------------------------- */

static void on_echo(struct http_exchange *x, void *data)
{
	struct site *t = data;

	t->handled++;
	http_reply(x, 200, "application/octet-stream", x->body, x->body_len, NULL);
}

static void on_get(struct http_exchange *x, void *data)
{
	struct site *t = data;
	char text[256];
	size_t n;
	const char *twice = http_header(x, "x-twice", &n);

	t->handled++;
	snprintf(text, sizeof(text), "%s %s?%s %s*%zu", x->method, x->path, x->query,
		 twice ? twice : "-", n);
	http_reply(x, 200, "text/plain", text, strlen(text), NULL);
}

static void on_big(struct http_exchange *x, void *data)
{
	struct site *t = data;
	char *bytes = calloc(1, SITE_BIG);

	assert_non_null(bytes);
	t->handled++;
	http_reply(x, 200, "application/octet-stream", bytes, SITE_BIG, NULL);
	free(bytes);
}

static void on_gone(struct http_exchange *x)
{
	struct site *t = x->user;

	t->gone++;
	t->held = NULL;
}

static void on_later(struct http_exchange *x, void *data)
{
	struct site *t = data;

	t->handled++;
	x->user = t;
	x->gone = on_gone;
	t->held = x;
}

static void on_refuse(struct http_exchange *x, void *data)
{
	(void)data;
	http_reply_error(x, 403, "not-you", "you are \"nobody\"");
}

/* clang-format off */
const struct http_route site_routes[] = {
	{ "POST", "/echo",   on_echo,   SITE_BODY },
	{ "POST", "/small",  on_echo,   SITE_SMALL },
	{ "GET",  "/get",    on_get,    0 },
	{ "GET",  "/",       on_get,    0 },
	{ "GET",  "/tree/*", on_get,    0 },
	{ "GET",  "/big",    on_big,    0 },
	{ "POST", "/later",  on_later,  64 },
	{ "POST", "/refuse", on_refuse, 64 },
};
/* clang-format on */

const size_t site_n_routes = ARRAY_LEN(site_routes);

/* --- fixture ---------------------------------------------------------------------- */

void site_serve(struct site *t, const char *dir)
{
	char cert[128] = "";
	char key[128] = "";
	struct http_server_config conf = {
		.listener = { .address = "127.0.0.1:0", .cert = cert, .key = key },
		.routes = site_routes,
		.n_routes = site_n_routes,
		.data = t,
		.max_header = 4096,
	};
	struct fail f = { 0 };

	if (dir) {
		snprintf(cert, sizeof(cert), "%s/cert.pem", dir);
		snprintf(key, sizeof(key), "%s/key.pem", dir);
	}
	if (!http_server_open(t->loop, &conf, &t->server, &f)) {
		fail_msg("%s", f.msg);
	}
}

int site_set_up(void **state)
{
	struct site *t = calloc(1, sizeof(*t));
	struct fail f;

	assert_non_null(t);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(&t->clock.clock, &t->loop, &f));
	site_serve(t, NULL);
	assert_true(wire_open(&t->wire, t->loop, http_server_port(t->server), NULL));
	*state = t;
	return 0;
}

int site_tear_down(void **state)
{
	struct site *t = *state;

	wire_close(&t->wire);
	http_server_close(t->server);
	loop_destroy(t->loop);
	free(t);
	return 0;
}

void site_again(struct site *t)
{
	wire_close(&t->wire);
	assert_true(wire_open(&t->wire, t->loop, http_server_port(t->server), NULL));
}

void site_turns(struct site *t)
{
	for (int i = 0; i < 20; i++) {
		loop_run_once(t->loop);
	}
}

int site_reply(struct site *t)
{
	return wire_await_reply(&t->wire, t->head, sizeof(t->head), &t->body);
}

void site_send(struct site *t, const char *text)
{
	assert_true(wire_send_text(&t->wire, text));
}

bool site_answers(struct site *t)
{
	return wire_send_text(&t->wire, "GET /get HTTP/1.1\r\n" HOST "\r\n") &&
	       site_reply(t) == 200;
}
