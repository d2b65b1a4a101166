/* SPDX-License-Identifier: Apache-2.0 */
/* Listening addresses, and a process that has run out of file descriptors. */
#include "shared/acceptor.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/idle.h"
#include "tests/lib/test.h"

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct acceptor acceptor;
	unsigned accepted;
	unsigned stop_at; /* close the acceptor from within */
	char peer[ACCEPTOR_PEER_SIZE];
};

static void on_accepted(struct acceptor *a, int fd, const char *peer)
{
	struct fixture *t = container_of(a, struct fixture, acceptor);

	close(fd);
	snprintf(t->peer, sizeof(t->peer), "%s", peer);
	if (++t->accepted == t->stop_at) {
		acceptor_close(a);
	}
}

static int set_up(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(&t->clock.clock, &t->loop, NULL));
	t->acceptor.cb = on_accepted;
	assert_true(acceptor_open(&t->acceptor, t->loop, "127.0.0.1:0", NULL));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *t = *state;

	acceptor_close(&t->acceptor);
	acceptor_close(&t->acceptor);
	loop_destroy(t->loop);
	free(t);
	return 0;
}

/* A client; -1 when nobody listens. */
static int dial(const struct fixture *t)
{
	struct sockaddr_in to = { .sin_family = AF_INET,
				  .sin_port = htons(t->acceptor.port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) != 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Whether the other side has closed. */
static bool is_closed(int fd)
{
	char byte;
	ssize_t got = recv(fd, &byte, 1, MSG_DONTWAIT);

	return got == 0 || (got < 0 && errno != EAGAIN);
}

static void who_comes_is_handed_over_with_their_address(void **state)
{
	struct fixture *t = *state;
	int fd = dial(t);

	assert_true(fd >= 0);
	loop_run_once(t->loop);
	assert_int_equal(t->accepted, 1);
	assert_has(t->peer, "127.0.0.1:");
	close(fd);
}

static void closing_from_within_is_fine(void **state)
{
	struct fixture *t = *state;
	int fds[3];

	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		fds[i] = dial(t);
	}
	t->stop_at = 2;
	loop_run_once(t->loop);
	loop_run_once(t->loop);
	assert_int_equal(t->accepted, 2);
	assert_int_equal(dial(t), -1);
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		close(fds[i]);
	}
}

/* Take all file descriptors that there are. Returns how many. */
static int fds_take(int *fds, int max)
{
	int n = 0;

	while (n < max && (fds[n] = open("/dev/null", O_RDONLY)) >= 0) {
		n++;
	}
	return n;
}

static void without_descriptors_people_are_turned_away(void **state)
{
	struct fixture *t = *state;
	struct rlimit before;
	struct rlimit few;
	int fds[256];
	int first;
	int late;
	int n;

	getrlimit(RLIMIT_NOFILE, &before);
	few = before;
	few.rlim_cur = 128;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
	n = fds_take(fds, 256);
	close(fds[--n]);
	first = dial(t); /* and takes the last one */
	assert_true(first >= 0);
	assert_idle(t->loop);
	assert_int_equal(t->accepted, 0);
	assert_true(is_closed(first));
	while (n > 0) {
		close(fds[--n]);
	}
	setrlimit(RLIMIT_NOFILE, &before);
	late = dial(t);
	loop_run_once(t->loop);
	assert_int_equal(t->accepted, 1); /* at once: nothing has to pass first */
	close(first);
	close(late);
}

static const struct {
	const char *address;
	bool ok;
} addresses[] = {
	{ "127.0.0.1:0", true },
	{ "localhost:0", true },
	{ "*:0", true },
	{ "[::1]:0", true },
	{ "", false },
	{ "127.0.0.1", false },
	{ "127.0.0.1:", false },
	{ ":80", false },
	{ "127.0.0.1:x", false },
	{ "127.0.0.1:-1", false },
	{ "::1:80", false },
	{ "[::1:80", false },
	{ "example.com:80", false },
	{ "127.0.0.1:65536", false },
	{ "1.2.3:80", false },
	{ "[127.0.0.1]:0", false },
};

static void addresses_are_read_or_refused(void **state)
{
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(addresses); i++) {
		struct acceptor a = { .cb = on_accepted };
		struct fail f = { 0 };
		bool ok = acceptor_open(&a, t->loop, addresses[i].address, &f);

		assert_row(ok == addresses[i].ok, i, addresses[i].address);
		assert_row(ok || f.hint[0] != '\0', i, addresses[i].address);
		assert_row(!ok || a.port != 0, i, addresses[i].address);
		acceptor_close(&a);
	}
}

static void a_taken_port_is_said_so(void **state)
{
	struct fixture *t = *state;
	struct acceptor a = { .cb = on_accepted };
	struct fail f;
	char address[32];

	snprintf(address, sizeof(address), "127.0.0.1:%u", t->acceptor.port);
	assert_false(acceptor_open(&a, t->loop, address, &f));
	assert_has(f.msg, "cannot listen on '127.0.0.1:");
	assert_has(f.msg, "Address already in use");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(who_comes_is_handed_over_with_their_address),
		TEST(closing_from_within_is_fine),
		TEST(without_descriptors_people_are_turned_away),
		TEST(addresses_are_read_or_refused),
		TEST(a_taken_port_is_said_so),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
