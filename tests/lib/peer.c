/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted peer: the script, and the thread that plays it. */
#include "tests/lib/peer.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/peer_steps.h"

enum { URL_TEXT = 4096 };

struct peer {
	struct peer_io io; /* the thread's; the test's before and after */
	uint16_t port;
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	pthread_cond_t changed;
	struct peer_step *steps;
	struct peer_step **steps_end;
	bool finishing;
	bool waiting;
	unsigned goes;
	const char *error;
	char url[URL_TEXT];
};

typedef const char *step_fn(struct peer *p, struct peer_step *s);

static char last_error[512];

struct peer_io *peer_io(struct peer *p)
{
	return &p->io;
}

static void step_free(struct peer_step *s)
{
	free(s->bytes);
	free(s);
}

/* The next one, or NULL when the script is over. */
static struct peer_step *step_take(struct peer *p)
{
	struct peer_step *s;

	pthread_mutex_lock(&p->lock);
	while (!p->steps && !p->finishing) {
		pthread_cond_wait(&p->changed, &p->lock);
	}
	s = p->steps;
	if (s) {
		p->steps = s->next;
		if (!p->steps) {
			p->steps_end = &p->steps;
		}
	}
	pthread_mutex_unlock(&p->lock);
	return s;
}

static void *play(void *arg)
{
	struct peer *p = arg;
	const char *why = NULL;
	struct peer_step *s;
	unsigned i = 0;

	while ((s = step_take(p))) {
		if (!why) {
			i++;
			why = s->do_it(p, s);
			if (why) {
				snprintf(last_error, sizeof(last_error), "step %u: %s", i,
					 why);
			}
		}
		step_free(s);
	}
	p->error = why ? last_error : NULL;
	return NULL;
}

static struct peer_step *step_make(step_fn *do_it, const void *bytes, size_t n)
{
	struct peer_step *s = calloc(1, sizeof(*s));

	if (!s) {
		abort();
	}
	s->do_it = do_it;
	s->n = n;
	if (bytes) {
		s->bytes = calloc(1, n + 1);
		if (!s->bytes) {
			abort();
		}
		memcpy(s->bytes, bytes, n);
	}
	return s;
}

static void step_queue(struct peer *p, struct peer_step *s)
{
	pthread_mutex_lock(&p->lock);
	*p->steps_end = s;
	p->steps_end = &s->next;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

static void queue_flag(struct peer *p, step_fn *do_it, bool flag)
{
	struct peer_step *s = step_make(do_it, NULL, 0);

	s->flag = flag;
	step_queue(p, s);
}

static void queue_first(struct peer *p, step_fn *do_it, unsigned first, const void *bytes,
			size_t n)
{
	struct peer_step *s = step_make(do_it, bytes, n);

	s->first = first;
	step_queue(p, s);
}

/* --- life --------------------------------------------------------------------- */

struct peer *peer_create(const char *tls_dir)
{
	struct peer *p = calloc(1, sizeof(*p));

	if (!p || !peer_io_open(&p->io, tls_dir, &p->port)) {
		abort();
	}
	pthread_mutex_init(&p->lock, NULL);
	pthread_cond_init(&p->changed, NULL);
	p->steps_end = &p->steps;
	if (pthread_create(&p->thread, NULL, play, p) != 0) {
		abort();
	}
	return p;
}

uint16_t peer_port(const struct peer *p)
{
	return p->port;
}

const char *peer_url(struct peer *p, const char *scheme, const char *host,
		     const char *path)
{
	snprintf(p->url, sizeof(p->url), "%s://%s:%u%s", scheme, host, p->port, path);
	return p->url;
}

const char *peer_finish(struct peer *p)
{
	const char *error;

	pthread_mutex_lock(&p->lock);
	p->finishing = true;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
	pthread_join(p->thread, NULL);
	error = p->error;
	peer_io_close(&p->io);
	pthread_cond_destroy(&p->changed);
	pthread_mutex_destroy(&p->lock);
	free(p);
	return error;
}

/* --- steps -------------------------------------------------------------------- */

static const char *do_wait(struct peer *p, struct peer_step *s)
{
	(void)s;
	pthread_mutex_lock(&p->lock);
	p->waiting = true;
	while (p->goes == 0 && !p->finishing) {
		pthread_cond_wait(&p->changed, &p->lock);
	}
	p->waiting = false;
	if (p->goes > 0) {
		p->goes--;
	}
	pthread_mutex_unlock(&p->lock);
	return NULL;
}

void peer_wait(struct peer *p)
{
	queue_flag(p, do_wait, false);
}

void peer_go(struct peer *p)
{
	pthread_mutex_lock(&p->lock);
	p->goes++;
	pthread_cond_broadcast(&p->changed);
	pthread_mutex_unlock(&p->lock);
}

bool peer_waits(struct peer *p)
{
	bool waiting;

	pthread_mutex_lock(&p->lock);
	waiting = p->waiting;
	pthread_mutex_unlock(&p->lock);
	return waiting;
}

void peer_accept(struct peer *p)
{
	queue_flag(p, peer_do_accept, false);
}

void peer_refuse(struct peer *p)
{
	queue_flag(p, peer_do_accept, true);
}

void peer_accept_plain(struct peer *p)
{
	queue_first(p, peer_do_accept, PEER_PLAIN, NULL, 0);
}

void peer_start_tls(struct peer *p)
{
	queue_flag(p, peer_do_start_tls, false);
}

void peer_deafen(struct peer *p)
{
	queue_flag(p, peer_do_deafen, false);
}

void peer_connected(struct peer *p, bool resumed)
{
	queue_flag(p, peer_do_connected, resumed);
}

void peer_expect(struct peer *p, const char *text)
{
	queue_first(p, peer_do_expect, 0, text, strlen(text));
}

void peer_expect_end(struct peer *p)
{
	queue_flag(p, peer_do_expect_end, false);
}

void peer_send_bytes(struct peer *p, const void *bytes, size_t n)
{
	queue_first(p, peer_do_send, 0, bytes, n);
}

void peer_send(struct peer *p, const char *text)
{
	peer_send_bytes(p, text, strlen(text));
}

void peer_reply(struct peer *p, int status, const char *headers, const char *body)
{
	char head[2048];

	snprintf(head, sizeof(head), "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n%s\r\n",
		 status, strlen(body), headers);
	peer_send(p, head);
	peer_send(p, body);
}

void peer_fin(struct peer *p)
{
	queue_first(p, peer_do_shut, 'f', NULL, 0);
}

void peer_close(struct peer *p)
{
	queue_first(p, peer_do_shut, 'c', NULL, 0);
}

void peer_reset(struct peer *p)
{
	queue_first(p, peer_do_shut, 'r', NULL, 0);
}

void peer_ws_accept(struct peer *p, bool spoil)
{
	queue_flag(p, peer_do_ws_accept, spoil);
}

void peer_ws_send(struct peer *p, unsigned first, const void *bytes, size_t n)
{
	queue_first(p, peer_do_ws_send, first, bytes, n);
}

void peer_ws_expect(struct peer *p, unsigned first, const void *bytes, size_t n)
{
	queue_first(p, peer_do_ws_expect, first, bytes, n);
}
