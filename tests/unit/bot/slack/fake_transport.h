/* SPDX-License-Identifier: Apache-2.0 */
/* A transport without a network: stands in for shared/http_client.c and
 * shared/ws_client.c at link time. The test is Slack: it answers requests, opens
 * connections, sends frames and closes, and looks at what we did.
 *
 * It defines functions: each test program includes it once. */
#ifndef TESTS_UNIT_BOT_SLACK_FAKE_TRANSPORT_H
#define TESTS_UNIT_BOT_SLACK_FAKE_TRANSPORT_H

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "shared/http_client.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/metrics.h"
#include "shared/secret.h"
#include "shared/ws_client.h"
#include "tests/lib/fake_clock.h"

enum { FAKE_MAX = 2048, FAKE_LOG_SIZE = 1 << 16 };

struct ws {
	struct ws_config conf;
	char url[256];
	bool open, over; /* over: closed() was called, or it was destroyed */
	unsigned close_code;
	char sent[64 * 1024]; /* one frame a line */
	size_t frames, last_len;
	struct loop_timer linger;
};

static struct fake {
	struct fake_clock clock;
	struct loop *loop;
	struct metrics *metrics;
	struct http_request *asked[FAKE_MAX]; /* not answered yet, oldest first */
	size_t n_asked, asked_ever;
	int64_t asked_ms; /* when the latest was */
	struct ws *dialled[64];
	size_t n_dialled;
	char log[FAKE_LOG_SIZE];
	size_t log_len;
} fake;

/* --- what is replaced ------------------------------------------------------------ */

void http_request_start(struct http_client *c, struct http_request *req)
{
	(void)c;
	assert_true(fake.n_asked < FAKE_MAX);
	fake.asked[fake.n_asked++] = req;
	fake.asked_ever++;
	fake.asked_ms = fake.clock.mono;
}

void http_request_cancel(struct http_request *req)
{
	size_t kept = 0;

	for (size_t i = 0; i < fake.n_asked; i++) {
		if (fake.asked[i] != req) {
			fake.asked[kept++] = fake.asked[i];
		}
	}
	fake.n_asked = kept;
}

static void ws_end(struct ws *w, unsigned code, const struct fail *f)
{
	assert_false(w->over);
	w->over = true;
	w->open = false;
	loop_timer_cancel(&w->linger);
	w->conf.ops->closed(w, code, f);
}

static void on_linger(struct loop_timer *t)
{
	ws_end(container_of(t, struct ws, linger), 1000,
	       &(struct fail){ .kind = FAIL_NONE });
}

struct ws *ws_connect(struct ws_client *c, const struct ws_config *conf)
{
	struct ws *w = calloc(1, sizeof(*w));

	(void)c;
	assert_non_null(w);
	assert_true(fake.n_dialled < ARRAY_LEN(fake.dialled));
	w->conf = *conf;
	w->linger.cb = on_linger;
	snprintf(w->url, sizeof(w->url), "%s", conf->url);
	fake.dialled[fake.n_dialled++] = w;
	return w;
}

bool ws_send(struct ws *w, const char *text, size_t n)
{
	size_t len = strlen(w->sent);

	assert_false(w->over);
	assert_int_equal(strlen(text), n);
	if (!w->open || w->close_code) {
		return false;
	}
	snprintf(w->sent + len, sizeof(w->sent) - len, "%s\n", text);
	w->frames++;
	w->last_len = n;
	return true;
}

void ws_close(struct ws *w, unsigned code, int64_t linger_ms)
{
	assert_false(w->over);
	assert_int_equal(linger_ms, 1000);
	w->close_code = code;
	loop_timer_start(fake.loop, &w->linger, linger_ms);
}

void ws_destroy(struct ws *w)
{
	if (w) {
		w->over = true;
		w->open = false;
		loop_timer_cancel(&w->linger);
	}
}

void *ws_data(const struct ws *w)
{
	return w->conf.data;
}

/* --- the life of a test ------------------------------------------------------------ */

static void fake_log(const char *line, void *data)
{
	(void)data;
	fake.log_len += (size_t)snprintf(fake.log + fake.log_len,
					 sizeof(fake.log) - fake.log_len, "%s\n", line);
	assert_true(fake.log_len < sizeof(fake.log));
}

static void fake_open(void)
{
	struct fail f = { 0 };

	memset(&fake, 0, sizeof(fake));
	fake_clock_init(&fake.clock, 1767225600000);
	assert_true(loop_create(&fake.clock.clock, &fake.loop, &f));
	fake.metrics = metrics_create();
	log_setup(&fake.clock.clock, LOG_DEBUG, LOG_LOGFMT, false);
	log_divert(fake_log, NULL);
}

static void fake_close(void)
{
	log_divert(NULL, NULL);
	for (size_t i = 0; i < fake.n_dialled; i++) {
		assert_true(fake.dialled[i]->over); /* nothing is left behind */
		free(fake.dialled[i]);
	}
	assert_int_equal(fake.n_asked, 0);
	metrics_destroy(fake.metrics);
	loop_destroy(fake.loop);
}

/* Time passes, in steps small enough for each timer to find its own moment. */
static inline void pass(int64_t ms)
{
	for (int i = 0; i < 3; i++) {
		loop_run_once(fake.loop);
	}
	while (ms > 0) {
		int64_t step = ms < 100 ? ms : 100;

		fake_clock_advance(&fake.clock, step);
		ms -= step;
		for (int i = 0; i < 3; i++) {
			loop_run_once(fake.loop);
		}
	}
}

/* Answer the oldest request. */
static inline void answer(long status, const char *body, const char *retry_after)
{
	struct http_response res = { .status = status,
				     .body = body,
				     .body_len = strlen(body),
				     .retry_after = retry_after };
	struct http_request *req = fake.asked[0];

	assert_true(fake.n_asked > 0);
	http_request_cancel(req);
	req->cb(req, &res, &(struct fail){ .kind = FAIL_NONE });
}

static inline void answer_fail(enum fail_kind kind, const char *msg)
{
	struct http_request *req = fake.asked[0];
	struct fail f;

	assert_true(fake.n_asked > 0);
	fail_set(&f, kind, "%s", msg);
	http_request_cancel(req);
	req->cb(req, NULL, &f);
}

static inline void metrics_have(const char *line)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	metrics_format(fake.metrics, &b);
	assert_has(buf_str(&b), line);
	buf_finish(&b);
}

#endif
