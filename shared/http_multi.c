/* SPDX-License-Identifier: Apache-2.0 */
/* curl's multi handle on our loop.
 *
 * curl says which sockets it watches and when it wants to be woken; we tell it what
 * happened with curl_multi_socket_action(). That function may not be called from within
 * one of curl's callbacks, so the two below only note things down; and it leaves a list
 * of what has ended, which is drained after each call. */
#include "shared/http_multi.h"

#include <stdlib.h>
#include <sys/epoll.h>

#include <curl/curl.h>

#include "accessd/types.h"

enum {
	HOST_CONNECTIONS = 16, /* to one host, when not set */
	IDLE_CONNECTIONS = 32, /* kept for later, to all hosts together */
};

struct http_multi {
	struct loop *loop;
	CURLM *curl;
	CURLSH *share; /* TLS sessions: a multi shares connections, but not these */
	struct loop_timer timer;
	http_multi_done *done;
};

/* One of curl's sockets. */
struct watch {
	struct loop_fd fd;
	struct http_multi *multi;
};

/* Hand out what has ended. */
static void drain(struct http_multi *m)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(m->curl, &left))) {
		CURL *easy = msg->easy_handle;
		int code = (int)msg->data.result;
		char *job = NULL;

		if (msg->msg != CURLMSG_DONE) {
			continue;
		}
		curl_easy_getinfo(easy, CURLINFO_PRIVATE, &job);
		http_multi_remove(m, easy); /* msg is invalid from here on */
		m->done(job, easy, code);
	}
}

static void on_timer(struct loop_timer *t)
{
	struct http_multi *m = container_of(t, struct http_multi, timer);
	int running;

	curl_multi_socket_action(m->curl, CURL_SOCKET_TIMEOUT, 0, &running);
	drain(m);
}

static void on_fd(struct loop_fd *w, uint32_t events)
{
	struct http_multi *m = container_of(w, struct watch, fd)->multi;
	int what = 0;
	int running;

	if (events & EPOLLIN) {
		what |= CURL_CSELECT_IN;
	}
	if (events & EPOLLOUT) {
		what |= CURL_CSELECT_OUT;
	}
	if (events & (EPOLLERR | EPOLLHUP)) {
		what |= CURL_CSELECT_ERR;
	}
	/* This may free the watch that w is in. */
	curl_multi_socket_action(m->curl, w->fd, what, &running);
	drain(m);
}

/* curl: "wake me in ms". It says 1 for what is less, so that is the next turn: a clock
 * that stands still in a test would never get there. */
static int set_timer(CURLM *curl, long ms, void *data)
{
	struct http_multi *m = data;

	(void)curl;
	if (ms < 0) {
		loop_timer_cancel(&m->timer);
	} else {
		loop_timer_start(m->loop, &m->timer, ms > 1 ? ms : 0);
	}
	return 0;
}

static void watch_drop(struct http_multi *m, struct watch *w, curl_socket_t s)
{
	curl_multi_assign(m->curl, s, NULL);
	loop_fd_unwatch(&w->fd);
	free(w);
}

/* A socket that cannot be watched is left to the request's own timeout: the error that
 * curl would take from here kills the whole multi. */
static int watch_start(struct http_multi *m, curl_socket_t s, uint32_t events)
{
	struct watch *w = calloc(1, sizeof(*w));

	if (!w) {
		return 0;
	}
	w->multi = m;
	w->fd.cb = on_fd;
	if (!loop_fd_watch(m->loop, &w->fd, s, events, NULL)) {
		free(w);
		return 0;
	}
	curl_multi_assign(m->curl, s, w);
	return 0;
}

/* curl: "watch this socket for that". */
static int set_socket(CURL *easy, curl_socket_t s, int what, void *data,
		      void *socket_data)
{
	struct http_multi *m = data;
	struct watch *w = socket_data;
	uint32_t events = 0;

	(void)easy;
	if (what & CURL_POLL_IN) {
		events |= EPOLLIN;
	}
	if (what & CURL_POLL_OUT) {
		events |= EPOLLOUT;
	}
	if (what == CURL_POLL_REMOVE) {
		if (w) {
			watch_drop(m, w, s);
		}
		return 0;
	}
	if (!w) {
		return watch_start(m, s, events);
	}
	loop_fd_change(&w->fd, events, NULL);
	return 0;
}

bool http_multi_add(struct http_multi *m, void *easy, void *job)
{
	curl_easy_setopt(easy, CURLOPT_SHARE, m->share);
	curl_easy_setopt(easy, CURLOPT_PRIVATE, job);
	return curl_multi_add_handle(m->curl, easy) == CURLM_OK;
}

void http_multi_remove(struct http_multi *m, void *easy)
{
	curl_multi_remove_handle(m->curl, easy);
	/* Else the share could not go before the last easy has. */
	curl_easy_setopt(easy, CURLOPT_SHARE, NULL);
}

bool http_multi_open(struct loop *l, unsigned max_connections, http_multi_done *done,
		     struct http_multi **ret_m, struct fail *f)
{
	struct http_multi *m = calloc(1, sizeof(*m));

	if (!m || curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
		free(m);
		return fail_set(f, FAIL_INTERNAL, "cannot start libcurl");
	}
	m->curl = curl_multi_init();
	m->share = curl_share_init();
	if (!m->curl || !m->share) {
		http_multi_close(m);
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	m->loop = l;
	m->done = done;
	m->timer.cb = on_timer;
	curl_share_setopt(m->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETFUNCTION, set_socket);
	curl_multi_setopt(m->curl, CURLMOPT_SOCKETDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(m->curl, CURLMOPT_TIMERDATA, m);
	curl_multi_setopt(m->curl, CURLMOPT_MAXCONNECTS, (long)IDLE_CONNECTIONS);
	curl_multi_setopt(m->curl, CURLMOPT_MAX_HOST_CONNECTIONS,
			  (long)(max_connections ? max_connections : HOST_CONNECTIONS));
	*ret_m = m;
	return true;
}

void http_multi_close(struct http_multi *m)
{
	if (!m) {
		return;
	}
	curl_multi_cleanup(m->curl); /* closes connections: set_socket() is called */
	loop_timer_cancel(&m->timer);
	curl_share_cleanup(m->share);
	curl_global_cleanup();
	free(m);
}
