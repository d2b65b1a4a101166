/* SPDX-License-Identifier: Apache-2.0 */
/* Outgoing HTTP: requests from start to callback.
 *
 *   http_request_start() -> a job, given to curl -> done (or a timer fired)
 *     -> in the next turn: cb, and the job is freed
 *
 * The callback always comes from a timer of the job's own, never from within curl, so
 * that it may start, cancel and close whatever it likes. What goes wrong is in
 * http_job_explain(): the line between "nothing left this host" and "it may have taken
 * effect" is drawn there. */
#include "shared/http_client.h"

#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/ca.h"
#include "shared/http_job.h"
#include "shared/http_multi.h"

struct http_client {
	struct loop *loop;
	struct http_multi *multi;
	struct http_client_config conf; /* texts are ours */
	struct http_job *jobs;          /* not answered yet */
};

static void job_link(struct http_client *c, struct http_job *j)
{
	j->next = c->jobs;
	if (j->next) {
		j->next->prev = j;
	}
	c->jobs = j;
}

/* Out of the multi, the timers and the list: nothing comes back to it any more. */
static void job_detach(struct http_job *j)
{
	loop_timer_cancel(&j->connecting);
	loop_timer_cancel(&j->timer);
	if (j->in_multi) {
		http_multi_remove(j->client->multi, j->easy);
		j->in_multi = false;
	}
	if (j->next) {
		j->next->prev = j->prev;
	}
	if (j->prev) {
		j->prev->next = j->next;
	} else {
		j->client->jobs = j->next;
	}
	j->req->job = NULL;
}

static void job_drop(struct http_job *j)
{
	job_detach(j);
	http_job_destroy(j);
}

/* Last, as the callback may close the client. */
static void job_answer(struct http_job *j)
{
	struct http_request *req = j->req;
	struct http_response res;

	job_detach(j);
	if (j->fail.kind == FAIL_NONE) {
		http_job_response(j, &res);
		req->cb(req, &res, &j->fail);
	} else {
		req->cb(req, NULL, &j->fail);
	}
	http_job_destroy(j);
}

/* Remember how it ended and say so in the next turn. */
static void job_done(struct http_job *j)
{
	j->done = true;
	loop_timer_cancel(&j->connecting);
	loop_timer_start(j->client->loop, &j->timer, 0);
}

static void on_done(void *data, void *easy, int code)
{
	struct http_job *j = data;

	(void)easy;
	j->in_multi = false;
	if (code == CURLE_OK && !j->headers_whole) {
		code = CURLE_GOT_NOTHING;
	}
	if (code != CURLE_OK) {
		http_job_explain(j, code, &j->fail);
	}
	job_done(j);
}

static void on_timer(struct loop_timer *t)
{
	struct http_job *j = container_of(t, struct http_job, timer);

	if (!j->done) {
		http_job_explain(j, CURLE_OPERATION_TIMEDOUT, &j->fail);
	}
	job_answer(j);
}

static void on_connecting(struct loop_timer *t)
{
	struct http_job *j = container_of(t, struct http_job, connecting);

	http_job_explain(j, CURLE_OPERATION_TIMEDOUT, &j->fail);
	job_answer(j);
}

static void job_begin(struct http_job *j)
{
	struct http_client *c = j->client;

	if (!http_job_prepare(j, &c->conf, &j->fail)) {
		job_done(j);
		return;
	}
	loop_timer_start(c->loop, &j->connecting, http_job_connect_timeout_ms(j));
	loop_timer_start(c->loop, &j->timer, http_job_timeout_ms(j));
	j->in_multi = http_multi_add(c->multi, j->easy, j);
	if (!j->in_multi) {
		fail_set(&j->fail, FAIL_INTERNAL, "out of memory");
		job_done(j);
	}
}

void http_request_start(struct http_client *c, struct http_request *req)
{
	struct http_job *j = calloc(1, sizeof(*j));

	if (!j) {
		abort(); /* a request that is never answered would be worse */
	}
	j->client = c;
	j->req = req;
	j->timer.cb = on_timer;
	j->connecting.cb = on_connecting;
	req->job = j;
	job_link(c, j);
	job_begin(j);
}

void http_request_cancel(struct http_request *req)
{
	struct http_job *j = req->job;

	if (j) {
		job_drop(j);
	}
}

bool http_request_running(const struct http_request *req)
{
	return req->job != NULL;
}

/* --- life --------------------------------------------------------------------- */

static void texts_free(struct http_client *c)
{
	free((char *)(uintptr_t)c->conf.ca_file);
	free((char *)(uintptr_t)c->conf.proxy);
	free((char *)(uintptr_t)c->conf.user_agent);
}

static bool texts_copy(struct http_client *c, const struct http_client_config *conf,
		       struct fail *f)
{
	c->conf = *conf;
	c->conf.ca_file = strdup(conf->ca_file ? conf->ca_file : "");
	c->conf.proxy = strdup(conf->proxy ? conf->proxy : "");
	c->conf.user_agent = strdup(conf->user_agent ? conf->user_agent : "accessd");
	if (!c->conf.ca_file || !c->conf.proxy || !c->conf.user_agent) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return true;
}

bool http_client_open(struct loop *l, const struct http_client_config *conf,
		      struct http_client **ret_c, struct fail *f)
{
	struct http_client *c = calloc(1, sizeof(*c));

	if (!c) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	c->loop = l;
	if (!texts_copy(c, conf, f) || !ca_check_file(c->conf.ca_file, f) ||
	    !http_multi_open(l, conf->max_connections, on_done, &c->multi, f)) {
		texts_free(c);
		free(c);
		return false;
	}
	*ret_c = c;
	return true;
}

void http_client_close(struct http_client *c)
{
	if (!c) {
		return;
	}
	while (c->jobs) {
		job_drop(c->jobs);
	}
	http_multi_close(c->multi);
	texts_free(c);
	free(c);
}
