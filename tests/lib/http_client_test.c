/* SPDX-License-Identifier: Apache-2.0 */
/* The fixture of the tests of the HTTP client. */
#include "tests/lib/http_client_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/test.h"

static void keep(char *dst, size_t size, const char *s)
{
	snprintf(dst, size, "%s", s ? s : "(none)");
}

void http_test_reply(struct http_request *req, const struct http_response *res,
		     const struct fail *f)
{
	struct call *call = container_of(req, struct call, req);

	call->done = true;
	call->calls++;
	call->fail = *f;
	assert_int_equal(res != NULL, f->kind == FAIL_NONE);
	assert_false(http_request_running(req));
	if (res) {
		call->status = res->status;
		call->body_len = res->body_len;
		call->body = malloc(res->body_len + 1);
		assert_non_null(call->body);
		memcpy(call->body, res->body, res->body_len + 1);
		keep(call->retry_after, sizeof(call->retry_after), res->retry_after);
		keep(call->content_type, sizeof(call->content_type), res->content_type);
		keep(call->scopes, sizeof(call->scopes), res->oauth_scopes);
		keep(call->reset, sizeof(call->reset), res->ratelimit_reset);
	}
	if (call->then) {
		call->then(call);
	}
}

void http_test_start(struct fixture *t, struct call *call, const char *method,
		     const char *path)
{
	char url[256];

	snprintf(url, sizeof(url), "%s", peer_url(t->peer, "http", "127.0.0.1", path));
	call->req.method = method;
	call->req.url = url;
	call->req.cb = http_test_reply;
	call->t = t;
	http_request_start(t->client, &call->req);
	call->req.url = "gone"; /* what is needed of it was taken */
	assert_false(call->done);
}

void http_test_wait(struct fixture *t, struct call *call)
{
	if (!loop_run_until(t->loop, &call->done, CLIENT_TEST_CAP_MS)) {
		fail_msg("no callback; the peer: %s", client_test_peer_says(&t->peer));
	}
	assert_int_equal(call->calls, 1);
}

void http_test_clear(struct call *call)
{
	free(call->body);
	*call = (struct call){ 0 };
}

void http_test_get(struct fixture *t, const char *path)
{
	http_test_start(t, &t->call, "GET", path);
	http_test_wait(t, &t->call);
}

void http_test_post(struct fixture *t, const char *path, const char *body)
{
	t->call.req.body = body;
	t->call.req.body_len = strlen(body);
	http_test_start(t, &t->call, "POST", path);
	http_test_wait(t, &t->call);
}

void http_test_played(struct fixture *t)
{
	client_test_played(&t->peer);
}

void http_test_open(struct fixture *t, const char *ca_file, unsigned connections)
{
	const struct http_client_config conf = {
		.ca_file = ca_file,
		.proxy = "",
		.user_agent = "accessd/test",
		.max_connections = connections,
	};
	struct fail f = { 0 };

	http_client_close(t->client);
	if (!http_client_open(t->loop, &conf, &t->client, &f)) {
		fail_msg("%s", f.msg);
	}
}

static struct fixture *fixture_make(bool fake)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	t->loop = client_test_loop(&t->clock, fake);
	http_test_open(t, "", 0);
	t->peer = peer_create(NULL);
	return t;
}

int http_test_setup(void **state)
{
	*state = fixture_make(false);
	return 0;
}

int http_test_setup_fake(void **state)
{
	*state = fixture_make(true);
	return 0;
}

int http_test_teardown(void **state)
{
	struct fixture *t = *state;

	http_client_close(t->client);
	http_test_clear(&t->call);
	client_test_end(t->peer, t->loop, t->dir);
	free(t);
	return 0;
}

void http_test_start_url(struct fixture *t, const char *method, const char *url)
{
	t->call.req.method = method;
	t->call.req.url = url;
	t->call.req.cb = http_test_reply;
	http_request_start(t->client, &t->call.req);
}

void http_test_tls(struct fixture *t, const char *names, unsigned flags, bool trust)
{
	char ca[TEST_TLS_DIR_SIZE + 16];

	client_test_tls(&t->peer, t->dir, names, flags, ca);
	http_test_open(t, trust ? ca : "", 0);
}
