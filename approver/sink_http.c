/* SPDX-License-Identifier: Apache-2.0 */
/* The audit as a stream of signed POSTs: a batch of JSON lines each, in order.
 *
 *   X-Accessd-Timestamp: 1787565600          seconds since 1970, when it was sent
 *   X-Accessd-Signature: sha256=<hex>        HMAC-SHA256(secret, timestamp "." body)
 *   X-Accessd-Rows: 12-14
 *
 * Any 2xx says that it was taken; a redirect is none. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "approver/sink.h"
#include "shared/http_client.h"
#include "shared/secret.h"
#include "shared/sig.h"
#include "shared/text.h"

enum { TIMEOUT_MS = 10 * 1000, RETRY_AFTER_MAX_S = 300 };

struct http_sink {
	struct sink base;
	struct sink_env env;
	struct http_request req;
	struct sink_batch *batch;
	struct sig_key *key;
	char timestamp[64];
	char signature[64 + SIG_HEX_SIZE];
	char rows[64];
};

static void on_reply(struct http_request *req, const struct http_response *res,
		     const struct fail *f)
{
	struct http_sink *s = container_of(req, struct http_sink, req);
	struct fail why = *f;

	if (why.kind == FAIL_NONE && (res->status < 200 || res->status > 299)) {
		fail_set(&why, FAIL_UPSTREAM, "HTTP %ld", res->status);
		why.retry_after_s = text_retry_after_s(
			res->retry_after, clock_wall_ms(loop_clock(s->env.loop)),
			RETRY_AFTER_MAX_S);
	}
	s->batch->cb(s->batch, &why);
}

static void sign(struct http_sink *s, const struct sink_batch *b, int64_t now_s)
{
	char when[32];
	int n = snprintf(when, sizeof(when), "%" PRId64 ".", now_s);
	const struct sig_part parts[] = { { when, (size_t)n }, { b->lines, b->len } };
	uint8_t mac[SIG_SIZE];
	char hex[SIG_HEX_SIZE];

	sig_hmac(s->key, parts, ARRAY_LEN(parts), mac);
	sig_hex(mac, hex);
	snprintf(s->signature, sizeof(s->signature), "X-Accessd-Signature: sha256=%s",
		 hex);
}

static void http_deliver(struct sink *sink, struct sink_batch *b)
{
	struct http_sink *s = container_of(sink, struct http_sink, base);
	int64_t now_s = clock_wall_ms(loop_clock(s->env.loop)) / 1000;

	sign(s, b, now_s);
	snprintf(s->timestamp, sizeof(s->timestamp), "X-Accessd-Timestamp: %" PRId64,
		 now_s);
	snprintf(s->rows, sizeof(s->rows), "X-Accessd-Rows: %" PRId64 "-%" PRId64,
		 b->first, b->last);
	s->batch = b;
	s->req = (struct http_request){
		.method = "POST",
		.url = s->env.config->url,
		.headers = { "Content-Type: application/x-ndjson", s->timestamp,
			     s->signature, s->rows },
		.body = b->lines,
		.body_len = b->len,
		.timeout_ms = TIMEOUT_MS,
		.cb = on_reply,
	};
	http_request_start(s->env.http, &s->req);
}

static bool http_wanted(const struct audit_config *c)
{
	return c->where.present && *c->url;
}

static struct sink *http_sink_open(const struct sink_env *env)
{
	struct http_sink *s = calloc(1, sizeof(*s));

	if (!s) {
		return NULL;
	}
	s->base.ops = &sink_http;
	s->env = *env;
	s->key = sig_key_create(secret_text(&env->config->secret),
				env->config->secret.len);
	if (!s->key) {
		free(s);
		return NULL;
	}
	return &s->base;
}

static void http_sink_close(struct sink *sink)
{
	struct http_sink *s = container_of(sink, struct http_sink, base);

	http_request_cancel(&s->req);
	sig_key_destroy(s->key);
	free(s);
}

const struct sink_ops sink_http = {
	.name = "http",
	.wanted = http_wanted,
	.open = http_sink_open,
	.deliver = http_deliver,
	.close = http_sink_close,
};
