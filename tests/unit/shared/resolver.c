/* SPDX-License-Identifier: Apache-2.0 */
/* Looking names up on threads, with a getaddrinfo() that is as silent as the test wants. */
#include "shared/resolver.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/clock.h"
#include "accessd/types.h"
#include "tests/lib/test.h"

enum { CAP_MS = 5000, MOST = 8 };

/* --- the system's resolver, replaced ------------------------------------------- */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned asked;  /* how often it was called */
static unsigned inside; /* how many are in it */
static bool silent;     /* it does not answer */

static struct addrinfo *address(int family, const char *text, struct addrinfo *next)
{
	struct sockaddr_in6 *six = calloc(1, sizeof(*six));
	struct addrinfo *a = calloc(1, sizeof(*a));
	struct sockaddr_in *four = (struct sockaddr_in *)(void *)six;

	assert_non_null(six);
	assert_non_null(a);
	a->ai_family = family;
	a->ai_addr = (struct sockaddr *)six;
	a->ai_addrlen = family == AF_INET ? sizeof(*four) : sizeof(*six);
	a->ai_next = next;
	a->ai_addr->sa_family = (sa_family_t)family;
	if (family == AF_INET) {
		inet_pton(family, text, &four->sin_addr);
	} else {
		inet_pton(family, text, &six->sin6_addr);
	}
	return a;
}

int getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
		struct addrinfo **ret)
{
	int rc = 0;

	(void)service;
	(void)hints;
	pthread_mutex_lock(&lock);
	asked++;
	inside++;
	pthread_cond_broadcast(&changed);
	while (silent) {
		pthread_cond_wait(&changed, &lock);
	}
	if (strcmp(name, "both.example") == 0) {
		*ret = address(AF_INET6, "2001:db8::1",
			       address(AF_INET, "192.0.2.7", NULL));
	} else if (strcmp(name, "six.example") == 0) {
		*ret = address(AF_INET6, "2001:db8::1", NULL);
	} else {
		rc = strcmp(name, "again.example") == 0 ? EAI_AGAIN : EAI_NONAME;
	}
	inside--;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	return rc;
}

void freeaddrinfo(struct addrinfo *a)
{
	while (a) {
		struct addrinfo *next = a->ai_next;

		free(a->ai_addr);
		free(a);
		a = next;
	}
}

static void silence(bool on)
{
	pthread_mutex_lock(&lock);
	silent = on;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
}

static void wait_inside(unsigned n)
{
	pthread_mutex_lock(&lock);
	while (inside != n) {
		pthread_cond_wait(&changed, &lock);
	}
	pthread_mutex_unlock(&lock);
}

/* --- fixture -------------------------------------------------------------------- */

struct answer {
	bool done;
	unsigned calls;
	char address[64];
	struct fail fail;
};

static void on_answer(const char *text, const struct fail *f, void *data)
{
	struct answer *a = data;

	a->done = true;
	a->calls++;
	a->fail = *f;
	assert_int_equal(text != NULL, f->kind == FAIL_NONE);
	strncat(a->address, text ? text : "", sizeof(a->address) - 1);
}

static int setup(void **state)
{
	struct loop *l = NULL;

	assert_true(loop_create(clock_system(), &l, NULL));
	asked = 0;
	silence(false);
	*state = l;
	return 0;
}

static int teardown(void **state)
{
	silence(false);
	wait_inside(0);
	loop_destroy(*state);
	return 0;
}

static void ask(struct loop *l, const char *name, struct answer *a)
{
	resolver_start(l, name, on_answer, a);
	assert_false(a->done);
	assert_true(loop_run_until(l, &a->done, CAP_MS));
	assert_int_equal(a->calls, 1);
}

/* --- tests ------------------------------------------------------------------------ */

static void addresses_and_localhost_ask_nobody(void **state)
{
	static const struct {
		const char *name, *address;
	} rows[] = {
		{ "127.0.0.1", "127.0.0.1" },
		{ "192.0.2.1", "192.0.2.1" },
		{ "::1", "::1" },
		{ "2001:db8::5", "2001:db8::5" },
		{ "localhost", "127.0.0.1" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct answer a = { 0 };

		ask(*state, rows[i].name, &a);
		assert_row(strcmp(a.address, rows[i].address) == 0, i, rows[i].name);
	}
	assert_int_equal(asked, 0);
}

static void a_name_is_looked_up(void **state)
{
	struct answer a = { 0 };

	ask(*state, "six.example", &a);
	assert_string_equal(a.address, "2001:db8::1");
	assert_int_equal(asked, 1);
}

static void ipv4_is_preferred(void **state)
{
	struct answer a = { 0 };

	ask(*state, "both.example", &a);
	assert_string_equal(a.address, "192.0.2.7");
}

static void what_is_not_found_may_be_tried_again(void **state)
{
	static const char *const names[] = { "nobody.example", "again.example" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct answer a = { 0 };

		ask(*state, names[i], &a);
		assert_row(a.fail.kind == FAIL_UPSTREAM, i, names[i]);
		assert_has(a.fail.msg, names[i]);
	}
}

static void a_name_that_is_too_long_is_refused(void **state)
{
	struct answer a = { 0 };
	char name[400];

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ask(*state, name, &a);
	assert_int_equal(a.fail.kind, FAIL_INVALID);
	assert_int_equal(asked, 0);
}

static void a_silent_server_stops_nobody_else(void **state)
{
	struct answer slow = { 0 };
	struct answer a = { 0 };

	silence(true);
	resolver_start(*state, "six.example", on_answer, &slow);
	wait_inside(1);
	ask(*state, "127.0.0.1", &a);
	assert_false(slow.done);
	silence(false);
	assert_true(loop_run_until(*state, &slow.done, CAP_MS));
	assert_string_equal(slow.address, "2001:db8::1");
}

static void the_ninth_at_once_is_told_to_wait(void **state)
{
	struct answer slow[MOST] = { 0 };
	struct answer a = { 0 };
	struct answer later = { 0 };

	silence(true);
	for (size_t i = 0; i < MOST; i++) {
		resolver_start(*state, "six.example", on_answer, &slow[i]);
	}
	ask(*state, "six.example", &a);
	assert_int_equal(a.fail.kind, FAIL_BUSY);
	silence(false);
	for (size_t i = 0; i < MOST; i++) {
		assert_true(loop_run_until(*state, &slow[i].done, CAP_MS));
	}
	ask(*state, "six.example", &later);
	assert_int_equal(later.fail.kind, FAIL_NONE);
}

static void a_cancelled_query_is_not_heard_of(void **state)
{
	struct answer a = { 0 };
	struct resolver_query *q;
	bool never = false;

	resolver_cancel(NULL);
	silence(true);
	q = resolver_start(*state, "six.example", on_answer, &a);
	wait_inside(1);
	resolver_cancel(q);
	silence(false);
	wait_inside(0);
	q = resolver_start(*state, "127.0.0.1", on_answer, &a);
	resolver_cancel(q);
	loop_run_until(*state, &never, 20);
	assert_int_equal(a.calls, 0);
}

static void one_that_has_answered_already_can_be_cancelled(void **state)
{
	struct answer a = { 0 };
	struct answer other = { 0 };
	struct resolver_query *q = resolver_start(*state, "six.example", on_answer, &a);

	wait_inside(0); /* perhaps not begun, perhaps posted */
	resolver_cancel(q);
	ask(*state, "both.example", &other);
	assert_int_equal(a.calls, 0);
}

static void the_loop_may_go_before_the_thread(void **state)
{
	struct answer a = { 0 };
	struct loop *l = NULL;
	struct resolver_query *q;

	(void)state;
	assert_true(loop_create(clock_system(), &l, NULL));
	silence(true);
	q = resolver_start(l, "six.example", on_answer, &a);
	wait_inside(1);
	resolver_cancel(q);
	loop_destroy(l);
	silence(false);
	wait_inside(0);
	assert_int_equal(a.calls, 0);
}

#define CASE(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(addresses_and_localhost_ask_nobody),
		CASE(a_name_is_looked_up),
		CASE(ipv4_is_preferred),
		CASE(what_is_not_found_may_be_tried_again),
		CASE(a_name_that_is_too_long_is_refused),
		CASE(a_silent_server_stops_nobody_else),
		CASE(the_ninth_at_once_is_told_to_wait),
		CASE(a_cancelled_query_is_not_heard_of),
		CASE(one_that_has_answered_already_can_be_cancelled),
		CASE(the_loop_may_go_before_the_thread),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
