/* SPDX-License-Identifier: Apache-2.0 */
/* Slack's Web API: one call, one answer.
 *
 *   start -> POST api_url + method -> { "ok": true, ... } -> cb
 *
 * What goes wrong:
 *  - 429, or `ok` false with a word for it: "per method + workspace", so the method is
 *    parked (bot/slack/park.c) and the call waits for its second try, before those that
 *    come later.
 *  - a second 429 for the same call, or too many that wait: FAIL_BUSY.
 *  - all else is in bot/slack/reply.c. */
#include "bot/slack/web_api.h"

#include <stdlib.h>
#include <string.h>

#include "bot/slack/park.h"
#include "bot/slack/reply.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/text.h"
#include "shared/url.h"

enum { CALL_TIMEOUT_MS = 10000 };

/* In which list a call is. */
enum { CALL_IDLE, CALL_FLYING, CALL_WAITING, CALL_DOOMED };

struct slack_api {
	struct slack_api_config conf;
	struct slack_call *flying;
	struct slack_call *doomed; /* failed in their start: cb in a turn of its own */
	struct loop_timer doom;
	struct slack_parks parks;
	uint64_t seq;
	struct metric *calls;
	struct metric *limited;
	struct metric *seconds;
};

static int64_t now_ms(const struct slack_api *api)
{
	return clock_mono_ms(loop_clock(api->conf.loop));
}

static int64_t wall_ms(const struct slack_api *api)
{
	return clock_wall_ms(loop_clock(api->conf.loop));
}

/* --- the end of a call ---------------------------------------------------------- */

/* Take it out of wherever it is; its method's queue goes on. */
static void call_leave(struct slack_call *call)
{
	struct slack_api *api = call->api;
	int state = call->state;

	call->state = CALL_IDLE;
	if (state == CALL_FLYING) {
		call_list_remove(&api->flying, call);
	} else if (state == CALL_DOOMED) {
		call_list_remove(&api->doomed, call);
	}
	if (call->park) {
		park_leave(call->park, call);
	}
}

/* Nothing may come after it: the callback may free the call and close the API. */
static void call_finish(struct slack_call *call, const json_t *reply,
			const struct fail *why)
{
	struct slack_api *api = call->api;
	struct fail f = *why;

	call_leave(call);
	buf_finish(&call->url);
	metric_add(api->calls, fail_word(f.kind), 1);
	metric_observe(api->seconds, call->method,
		       (double)(now_ms(api) - call->started_ms) / 1000);
	if (f.kind != FAIL_NONE) {
		fail_wrap(&f, "Slack: cannot call %s", call->method);
	}
	call->cb(call, reply, &f);
}

/* --- one call on its way --------------------------------------------------------- */

/* Its method stands still, and it is tried once more. */
static void call_limited(struct slack_call *call, const struct fail *why)
{
	struct slack_api *api = call->api;
	struct slack_park *park =
		parks_stop(&api->parks, call->method, (int64_t)why->retry_after_s * 1000);

	metric_add(api->limited, call->method, 1);
	log_warn("slack.rate_limited", LOG_T("method", call->method),
		 LOG_N("retry_after_s", why->retry_after_s), LOG_T("then", "wait"));
	if (!park || call->waits > 0 || park_full(park)) {
		call_finish(call, NULL, why);
		return;
	}
	call_leave(call);
	call->waits++;
	call->state = CALL_WAITING;
	park_wait(park, call);
}

static void on_reply(struct http_request *req, const struct http_response *res,
		     const struct fail *f)
{
	struct slack_call *call = container_of(req, struct slack_call, req);
	struct slack_api *api = call->api;
	struct slack_reply r = { 0 };
	struct fail why = *f;

	if (why.kind == FAIL_NONE) {
		slack_reply_read(res, !call->form, wall_ms(api), &r, &why);
		text_copy(call->error, sizeof(call->error), r.error);
		text_copy(call->scopes, sizeof(call->scopes), res->oauth_scopes);
	} else if (why.kind == FAIL_UNCERTAIN && call->form) {
		why.kind = FAIL_UPSTREAM; /* read twice does no harm */
	}
	if (why.kind == FAIL_BUSY && res) {
		call_limited(call, &why);
	} else {
		call_finish(call, r.root, &why);
	}
	slack_reply_finish(&r);
}

static void on_response(struct http_request *req, const struct http_response *res,
			const struct fail *f)
{
	struct slack_call *call = container_of(req, struct slack_call, req);
	struct fail why = *f;

	if (why.kind == FAIL_NONE) {
		slack_response_read(res, wall_ms(call->api), &why);
	}
	call_finish(call, NULL, &why);
}

static void call_fly(struct slack_call *call)
{
	struct slack_api *api = call->api;

	call->state = CALL_FLYING;
	call_list_insert(&api->flying, call);
	http_request_start(api->conf.http, &call->req);
}

static void on_doom(struct loop_timer *t)
{
	struct slack_api *api = container_of(t, struct slack_api, doom);
	struct slack_call *call = api->doomed;

	if (call && call->next) {
		loop_timer_start(api->conf.loop, &api->doom, 0);
	}
	if (call) {
		call_finish(call, NULL, &call->fail);
	}
}

/* call->fail says why; the callback does not fire from within the start. */
static void call_doom(struct slack_call *call)
{
	struct slack_api *api = call->api;

	call->state = CALL_DOOMED;
	call_list_insert(&api->doomed, call);
	loop_timer_start(api->conf.loop, &api->doom, 0);
}

/* --- start and cancel --------------------------------------------------------------- */

static void call_init(struct slack_api *api, struct slack_call *call)
{
	call->api = api;
	call->error[0] = '\0';
	call->scopes[0] = '\0';
	call->fail = (struct fail){ .kind = FAIL_NONE };
	call->next = NULL;
	call->park = NULL;
	call->waits = 0;
	call->seq = ++api->seq;
	call->started_ms = now_ms(api);
	buf_init(&call->url, 2 * URL_SIZE);
	call->req = (struct http_request){
		.method = "POST",
		.headers = { "Content-Type: application/json; charset=utf-8" },
		.body = call->body,
		.body_len = call->body ? strlen(call->body) : 0,
		.timeout_ms = call->timeout_ms ? call->timeout_ms : CALL_TIMEOUT_MS,
	};
}

void slack_call_start(struct slack_api *api, struct slack_call *call)
{
	struct slack_park *park = parks_find(&api->parks, call->method);

	call_init(api, call);
	call->req.cb = on_reply;
	call->req.auth_scheme = "Bearer";
	call->req.auth = api->conf.token;
	if (call->form) {
		call->req.headers[0] = "Content-Type: application/x-www-form-urlencoded";
	}
	if (!url_join(&call->url, api->conf.api_url, call->method)) {
		fail_set(&call->fail, FAIL_INTERNAL, "no room for its URL");
		call_doom(call);
		return;
	}
	call->req.url = buf_str(&call->url);
	if (!park) {
		call_fly(call);
	} else if (!park_full(park)) {
		call->state = CALL_WAITING;
		park_wait(park, call);
	} else {
		fail_set(&call->fail, FAIL_BUSY, "rate limited, and %d wait already",
			 PARK_WAITING_MAX);
		call->fail.retry_after_s = park_left_s(park);
		call_doom(call);
	}
}

/* Whoever can make us post to a host of their choice can reach into our network: only
 * Slack's own hosts, at the port of https. */
static bool response_url_check(const struct slack_api *api, const char *text,
			       struct fail *f)
{
	const char *own = api->conf.response_host;
	struct fail ignored;
	struct url url;

	if (!url_parse(text, &url, &ignored)) {
		return fail_set(f, FAIL_INVALID, "not a URL that may be posted to");
	}
	if (own && own[0] && strcmp(url.host, own) == 0 &&
	    strncmp(url.scheme, "http", 4) == 0) {
		return true;
	}
	if (strcmp(url.scheme, "https") == 0 && url.port == 443 &&
	    (strcmp(url.host, "hooks.slack.com") == 0 ||
	     strcmp(url.host, "hooks.slack-gov.com") == 0)) {
		return true;
	}
	return fail_set(f, FAIL_INVALID, "its host is not one of Slack's");
}

void slack_respond_start(struct slack_api *api, struct slack_call *call,
			 const char *response_url)
{
	call->method = "response_url";
	call->form = false;
	call_init(api, call);
	call->req.cb = on_response;
	if (!response_url_check(api, response_url, &call->fail)) {
		call_doom(call);
		return;
	}
	if (!buf_add_str(&call->url, response_url)) {
		fail_set(&call->fail, FAIL_INVALID, "its URL is too long");
		call_doom(call);
		return;
	}
	call->req.url = buf_str(&call->url);
	call_fly(call);
}

void slack_call_cancel(struct slack_call *call)
{
	if (call->state == CALL_IDLE) {
		return;
	}
	if (call->state == CALL_FLYING) {
		http_request_cancel(&call->req);
	}
	call_leave(call);
	buf_finish(&call->url);
}

/* --- open and close ------------------------------------------------------------------ */

bool slack_api_open(const struct slack_api_config *conf, struct slack_api **ret_api,
		    struct fail *f)
{
	struct slack_api *api;
	struct url url;

	if (!url_parse(conf->api_url, &url, f)) {
		return fail_wrap(f, "slack.api_url");
	}
	api = calloc(1, sizeof(*api));
	if (!api) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	api->conf = *conf;
	api->doom.cb = on_doom;
	api->parks = (struct slack_parks){ .loop = conf->loop, .fly = call_fly };
	api->calls =
		metrics_counter(conf->metrics, "accessd_slack_calls",
				"Calls of Slack's Web API, by how they ended.", "result");
	api->limited =
		metrics_counter(conf->metrics, "accessd_slack_rate_limited",
				"Calls that Slack has refused for their rate.", "method");
	api->seconds =
		metrics_histogram(conf->metrics, "accessd_slack_call_seconds",
				  "How long calls took, waits included.", "method");
	*ret_api = api;
	return true;
}

static void call_forget(struct slack_call *call)
{
	call->state = CALL_IDLE;
	buf_finish(&call->url);
}

void slack_api_close(struct slack_api *api)
{
	if (!api) {
		return;
	}
	parks_clear(&api->parks, call_forget);
	while (api->flying) {
		slack_call_cancel(api->flying);
	}
	while (api->doomed) {
		slack_call_cancel(api->doomed);
	}
	loop_timer_cancel(&api->doom);
	free(api);
}
