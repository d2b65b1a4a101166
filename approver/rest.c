/* SPDX-License-Identifier: Apache-2.0 */
/* One list from a vendor:
 *
 *   GET the first page -> page() takes it in, and names the next -> ... -> done()
 *
 * What goes wrong: no answer in time, another status than 200, a reply that cannot be
 * understood, a page that leads back to itself, more pages than there may be. Each ends
 * the read: half a list is none. Nothing is tried again here: who asked is told, and may
 * ask again. */
#include "approver/rest.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "shared/duration.h"
#include "shared/metrics.h"
#include "shared/secret.h"
#include "shared/text.h"
#include "shared/url.h"

enum {
	PARK_MAX_S = 60,
	PARK_S = 5,                  /* when a 429 does not say how long */
	REPLY_MAX = 4 * 1024 * 1024, /* 250 incidents with many custom fields */
	WHOLE_URL_MAX = 4096,
	/* The loop's timer is to win, because it knows of all pages. */
	SLACK_MS = 250,
};

bool rest_init(struct rest *r, const struct rest_vendor *vendor,
	       const struct provider_env *env, struct fail *f)
{
	struct url url;

	if (!url_parse(env->config->api_url, &url, f)) {
		return fail_wrap(f, "%s.api_url", vendor->key);
	}
	if (!secret_is_set(&env->config->api_key)) {
		return fail_set(f, FAIL_INVALID, "%s.api_key is not set", vendor->key);
	}
	*r = (struct rest){ .vendor = vendor, .env = env };
	r->m_requests =
		metrics_counter(env->metrics, "accessd_provider_requests",
				"Requests to providers, by their outcome", "outcome");
	return true;
}

static int64_t now_ms(const struct rest *r)
{
	return clock_mono_ms(loop_clock(r->env->loop));
}

/* "incidentio ok", "pagerduty timeout": a metric has one label only. */
static void count(const struct rest *r, enum fail_kind kind)
{
	char outcome[64];

	snprintf(outcome, sizeof(outcome), "%s %s", r->vendor->key, fail_word(kind));
	metric_add(r->m_requests, outcome, 1);
}

/* --- ending -------------------------------------------------------------------- */

static void unlink_read(struct rest_read *read)
{
	struct rest_read **at = &read->rest->reads;

	while (*at != read) {
		at = &(*at)->next;
	}
	*at = read->next;
}

void rest_read_cancel(struct rest_read *read)
{
	unlink_read(read);
	loop_timer_cancel(&read->begin);
	loop_timer_cancel(&read->deadline);
	http_request_cancel(&read->request);
	free(read->url);
	read->url = NULL;
}

/* Last: done() may free the read, or start it again. */
static void finish(struct rest_read *read, const struct fail *f)
{
	struct fail copy = *f;

	rest_read_cancel(read);
	read->done(read, &copy);
}

static void finish_failed(struct rest_read *read, struct fail *f)
{
	fail_wrap(f, "%s", read->rest->vendor->name);
	finish(read, f);
}

void rest_finish(struct rest *r)
{
	struct fail f;

	fail_set(&f, FAIL_CANCELLED, "closing");
	while (r->reads) {
		finish(r->reads, &f);
	}
}

bool rest_endless(const struct rest_read *read, struct fail *f)
{
	return fail_set(f, FAIL_UPSTREAM, "%s could not be read to its end", read->what);
}

bool rest_timeout(const struct rest *r, struct fail *f)
{
	int64_t ms = r->env->config->timeout_ms;
	char words[DURATION_SIZE];

	if (ms % 1000 == 0) {
		duration_format(ms / 1000, words);
	} else {
		snprintf(words, sizeof(words), "%" PRId64 " ms", ms);
	}
	return fail_set(f, FAIL_TIMEOUT, "%s did not answer in %s", r->vendor->name,
			words);
}

static void on_deadline(struct loop_timer *t)
{
	struct rest_read *read = container_of(t, struct rest_read, deadline);
	struct fail f;

	rest_timeout(read->rest, &f);
	count(read->rest, f.kind);
	finish(read, &f);
}

/* --- statuses ------------------------------------------------------------------ */

/* How long the vendor wants to be left alone: Retry-After in its three forms, PagerDuty's
 * ratelimit-reset; "a 429 may come with neither". */
static uint32_t wait_s(const struct rest *r, const struct http_response *res)
{
	int64_t wall = clock_wall_ms(loop_clock(r->env->loop));
	uint32_t s = text_retry_after_s(res->retry_after, wall, PARK_MAX_S);

	if (s == 0) {
		s = text_retry_after_s(res->ratelimit_reset, wall, PARK_MAX_S);
	}
	return s ? s : PARK_S;
}

static bool park(struct rest *r, const struct http_response *res, struct fail *f)
{
	uint32_t s = wait_s(r, res);

	r->parked_until_ms = now_ms(r) + (int64_t)s * 1000;
	fail_set(f, FAIL_BUSY, "HTTP 429, it wants to be left alone for %" PRIu32 " s",
		 s);
	f->retry_after_s = s;
	return fail_hint(f,
			 "The key's rate limit is used up; see who else uses the key.");
}

static bool is_parked(const struct rest *r, struct fail *f)
{
	int64_t left_ms = r->parked_until_ms - now_ms(r);
	uint32_t s = left_ms > 0 ? (uint32_t)((left_ms + 999) / 1000) : 0;

	if (s == 0) {
		return false;
	}
	fail_set(f, FAIL_BUSY, "it wants to be left alone for another %" PRIu32 " s", s);
	f->retry_after_s = s;
	return true;
}

static const char *hint_of(const struct rest_vendor *v, long status)
{
	switch (status) {
	case 401:
		return v->hint_401;
	case 402:
	case 403:
		return v->hint_403;
	case 404:
		return "Check api_url: there is no such list below it.";
	case 400:
	case 422:
		return "It does not accept how this version of accessd asks.";
	default:
		return status >= 300 && status < 400
			       ? "Check api_url: redirects are not followed."
			       : "";
	}
}

static bool take_status(struct rest *r, const struct http_response *res, struct fail *f)
{
	char note[REPLY_NOTE_SIZE] = "";

	if (res->status == 200) {
		return true;
	}
	if (res->status == 429) {
		return park(r, res, f);
	}
	r->vendor->error_note(res->body, res->body_len, note);
	fail_set(f, FAIL_UPSTREAM, "HTTP %ld%s%s%s", res->status, *note ? " (" : "", note,
		 *note ? ")" : "");
	return fail_hint(f, "%s", hint_of(r->vendor, res->status));
}

/* --- pages --------------------------------------------------------------------- */

static bool take_page(struct rest_read *read, const struct http_response *res,
		      struct fail *f)
{
	char asked[URL_SIZE];

	text_copy(asked, sizeof(asked), read->path);
	if (!read->page(read, res->body, res->body_len, f)) {
		if (f->kind != FAIL_INVALID) {
			return false;
		}
		f->kind = FAIL_UPSTREAM;
		return fail_wrap(f, "%s could not be understood", read->what);
	}
	if (*read->path &&
	    (strcmp(asked, read->path) == 0 || read->pages >= read->max_pages)) {
		return rest_endless(read, f);
	}
	return true;
}

static void get_page(struct rest_read *read);

static void on_page(struct http_request *req, const struct http_response *res,
		    const struct fail *f)
{
	struct rest_read *read = container_of(req, struct rest_read, request);
	struct rest *r = read->rest;
	struct fail why = *f;
	bool ok;

	if (f->kind == FAIL_TIMEOUT) {
		rest_timeout(r, &why);
		count(r, why.kind);
		finish(read, &why);
		return;
	}
	read->status = f->kind == FAIL_NONE ? res->status : 0;
	ok = f->kind == FAIL_NONE && take_status(r, res, &why) &&
	     take_page(read, res, &why);
	count(r, why.kind);
	if (!ok) {
		finish_failed(read, &why);
	} else if (*read->path) {
		get_page(read);
	} else {
		finish(read, &why);
	}
}

static bool build_url(struct rest_read *read, struct fail *f)
{
	struct buf b;

	buf_init(&b, WHOLE_URL_MAX);
	free(read->url);
	read->url = NULL;
	if (url_join(&b, read->rest->env->config->api_url, read->path)) {
		read->url = strdup(buf_str(&b));
	}
	buf_finish(&b);
	return read->url || fail_set(f, FAIL_INTERNAL, "cannot make the URL of a page");
}

static void fill_request(struct rest_read *read)
{
	const struct rest *r = read->rest;
	struct http_request *req = &read->request;
	int64_t left_ms = read->deadline.at_ms - now_ms(r);
	int64_t timeout_ms = (left_ms > 0 ? left_ms : 0) + SLACK_MS;

	*req = (struct http_request){
		.method = "GET",
		.url = read->url,
		.auth_scheme = r->vendor->auth_scheme,
		.auth = &r->env->config->api_key,
		.connect_timeout_ms = timeout_ms,
		.timeout_ms = timeout_ms,
		.max_reply = REPLY_MAX,
		.cb = on_page,
	};
	for (size_t i = 0; i < REST_HEADERS_MAX && r->vendor->headers[i]; i++) {
		req->headers[i] = r->vendor->headers[i];
	}
}

static void get_page(struct rest_read *read)
{
	struct fail f = { 0 };

	if (is_parked(read->rest, &f) || !build_url(read, &f)) {
		finish_failed(read, &f);
		return;
	}
	read->pages++;
	fill_request(read);
	http_request_start(read->rest->env->http, &read->request);
}

static void on_begin(struct loop_timer *t)
{
	get_page(container_of(t, struct rest_read, begin));
}

/* The first page is asked for in the next turn: a read that is refused at once must not
 * end before this returns. */
void rest_read_start(struct rest *r, struct rest_read *read)
{
	read->rest = r;
	read->next = r->reads;
	r->reads = read;
	read->pages = 0;
	read->url = NULL;
	read->request = (struct http_request){ 0 };
	read->begin = (struct loop_timer){ .cb = on_begin };
	read->deadline = (struct loop_timer){ .cb = on_deadline };
	loop_timer_start(r->env->loop, &read->begin, 0);
	loop_timer_start(r->env->loop, &read->deadline, r->env->config->timeout_ms);
}
