/* SPDX-License-Identifier: Apache-2.0 */
/* getaddrinfo() on threads of its own.
 *
 * A thread cannot be stopped while it waits for a silent DNS server, and nobody may wait
 * for it either. So a query belongs to two: the asker, who may cancel and be gone with
 * the whole loop, and the thread, who then drops the answer instead of posting it. The
 * lock makes that choice one step. */
#include "shared/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/text.h"

enum { THREADS_MAX = 8, HOST_SIZE = 256 };

struct resolver_query {
	struct loop_post post; /* first: the post is the query */
	struct loop *loop;
	resolver_cb *cb;
	void *data;
	bool cancelled; /* guarded by the lock */
	char host[HOST_SIZE];
	char address[INET6_ADDRSTRLEN];
	struct fail fail;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned threads; /* guarded by the lock */

static void on_post(struct loop_post *p)
{
	struct resolver_query *q = container_of(p, struct resolver_query, post);

	if (!q->cancelled) {
		q->cb(q->fail.kind == FAIL_NONE ? q->address : NULL, &q->fail, q->data);
	}
	free(q);
}

/* Whether s is an address, or a name that must not be asked of anybody: what the rest of
 * us takes for loopback may not be what some DNS server says. */
static bool known(const char *s, char address[INET6_ADDRSTRLEN])
{
	unsigned char bytes[sizeof(struct in6_addr)];

	if (strcmp(s, "localhost") == 0) {
		return text_copy(address, INET6_ADDRSTRLEN, "127.0.0.1");
	}
	return (inet_pton(AF_INET, s, bytes) == 1 ||
		inet_pton(AF_INET6, s, bytes) == 1) &&
	       text_copy(address, INET6_ADDRSTRLEN, s);
}

/* IPv4 first: only one address is tried, and it is IPv6 that is half there. */
static const struct addrinfo *choose(const struct addrinfo *all)
{
	for (const struct addrinfo *a = all; a; a = a->ai_next) {
		if (a->ai_family == AF_INET) {
			return a;
		}
	}
	return all;
}

static void look_up(struct resolver_query *q)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
					.ai_flags = AI_ADDRCONFIG };
	struct addrinfo *all = NULL;
	const struct addrinfo *best;
	int rc = getaddrinfo(q->host, NULL, &hints, &all);

	if (rc == 0) {
		best = choose(all);
		rc = getnameinfo(best->ai_addr, best->ai_addrlen, q->address,
				 sizeof(q->address), NULL, 0, NI_NUMERICHOST);
		freeaddrinfo(all);
	}
	if (rc != 0) {
		fail_set(&q->fail, FAIL_UPSTREAM, "cannot look up '%s': %s", q->host,
			 gai_strerror(rc));
	}
}

static void *resolver_thread(void *arg)
{
	struct resolver_query *q = arg;

	look_up(q);
	pthread_mutex_lock(&lock);
	threads--;
	if (q->cancelled) {
		free(q);
	} else {
		/* In the lock: after a cancel the loop may be gone. */
		loop_post(q->loop, &q->post);
	}
	pthread_mutex_unlock(&lock);
	return NULL;
}

static bool thread_take(void)
{
	bool ok;

	pthread_mutex_lock(&lock);
	ok = threads < THREADS_MAX;
	if (ok) {
		threads++;
	}
	pthread_mutex_unlock(&lock);
	return ok;
}

static void thread_give_back(void)
{
	pthread_mutex_lock(&lock);
	threads--;
	pthread_mutex_unlock(&lock);
}

/* Detached, and deaf to signals: those are the loop's. */
static bool thread_start(struct resolver_query *q)
{
	pthread_attr_t attr;
	pthread_t thread;
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	rc = pthread_create(&thread, &attr, resolver_thread, q);
	pthread_attr_destroy(&attr);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc == 0;
}

/* True when the thread will answer; false when q has the answer already. */
static bool begin(struct resolver_query *q, const char *host)
{
	if (!text_copy(q->host, sizeof(q->host), host)) {
		fail_set(&q->fail, FAIL_INVALID, "the name of a host is too long");
		return false;
	}
	if (known(q->host, q->address)) {
		return false;
	}
	if (!thread_take()) {
		fail_set(&q->fail, FAIL_BUSY, "cannot look up '%s': %d others wait",
			 q->host, THREADS_MAX);
		return false;
	}
	if (!thread_start(q)) {
		thread_give_back();
		fail_set(&q->fail, FAIL_BUSY, "cannot look up '%s': no thread", q->host);
		return false;
	}
	return true;
}

struct resolver_query *resolver_start(struct loop *l, const char *host, resolver_cb *cb,
				      void *data)
{
	struct resolver_query *q = calloc(1, sizeof(*q));

	if (!q) {
		abort(); /* a question that is never answered would be worse */
	}
	q->post.cb = on_post;
	q->loop = l;
	q->cb = cb;
	q->data = data;
	if (!begin(q, host)) {
		loop_post(l, &q->post);
	}
	return q;
}

void resolver_cancel(struct resolver_query *q)
{
	if (!q) {
		return;
	}
	pthread_mutex_lock(&lock);
	q->cancelled = true; /* whoever has it frees it: the thread or on_post() */
	pthread_mutex_unlock(&lock);
}
