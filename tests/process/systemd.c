/* SPDX-License-Identifier: Apache-2.0 */
/* The real program under a service manager: what it tells at NOTIFY_SOCKET, and how it
 * ends when it is told to, idle, under load and with everybody deaf. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accessd/clock.h"
#include "tests/lib/service.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 10 * 1000, STOP_MS = 9 * 1000 };

/* --- the manager ---------------------------------------------------------------------------- */

static struct {
	int fd;
	char path[100];
	char heard[1 << 16]; /* one message per line, its lines joined by '|' */
} manager;

static int setup(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct service_test *t;

	service_setup(state);
	t = *state;
	manager.heard[0] = '\0';
	snprintf(manager.path, sizeof(manager.path), "%s/notify", t->dir);
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", manager.path);
	manager.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(manager.fd, (struct sockaddr *)&a, sizeof(a)), 0);
	t->notify = manager.path;
	return 0;
}

static int teardown(void **state)
{
	close(manager.fd);
	unlink(manager.path);
	return service_teardown(state);
}

static void listen_in(void)
{
	char text[2048];
	ssize_t n;

	while ((n = recv(manager.fd, text, sizeof(text) - 1, 0)) > 0) {
		size_t len = strlen(manager.heard);

		text[n] = '\0';
		for (char *nl = strchr(text, '\n'); nl; nl = strchr(nl, '\n')) {
			*nl = '|';
		}
		snprintf(manager.heard + len, sizeof(manager.heard) - len, "%s\n", text);
	}
}

static bool is_told(struct service_test *t, void *data)
{
	(void)t;
	listen_in();
	return strstr(manager.heard, data) != NULL;
}

static bool tells(struct service_test *t, const char *part)
{
	return service_until(t, is_told, (void *)(uintptr_t)part, PATIENCE_MS);
}

static size_t told_count(const char *part)
{
	size_t n = 0;

	for (const char *at = manager.heard; (at = strstr(at, part)); at++) {
		n++;
	}
	return n;
}

/* --- what it tells --------------------------------------------------------------------------- */

static bool is_watched(struct service_test *t, void *data)
{
	(void)t;
	(void)data;
	listen_in();
	return told_count("WATCHDOG=1") >= 5;
}

static void it_tells_that_it_is_ready_alive_and_how_it_is(void **state)
{
	struct service_test *t = *state;

	service_start(t);
	assert_true(tells(t, "READY=1\n"));
	assert_true(tells(t, "STATUS=not ready: "));
	assert_true(tells(t, "STATUS=ready\n"));
	assert_true(service_until(t, is_watched, NULL, 2000)); /* every 100 ms */

	/* Slack is gone: it is alive, but not ready. */
	world_stop_ws(t->world);
	world_cut(t->world, world_newest_socket(t->world), WORLD_CUT_TCP);
	manager.heard[0] = '\0';
	assert_true(tells(t, "STATUS=not ready: slack: "));
	assert_true(service_until(t, is_watched, NULL, 2000));
}

/* "A field carrying the monotonic timestamp (as per CLOCK_MONOTONIC)". */
static int64_t told_us(void)
{
	const char *at = strstr(manager.heard, "MONOTONIC_USEC=");

	return at ? strtoll(at + strlen("MONOTONIC_USEC="), NULL, 10) : 0;
}

static int64_t now_us(void)
{
	struct timespec now = clock_after_ms(0);

	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void a_reload_is_told_from_its_start_to_its_end(void **state)
{
	struct service_test *t = *state;

	for (int good = 0; good < 2; good++) {
		if (good) {
			service_config(t, "log = { level = \"debug\"; };\n");
		} else {
			service_start(t);
			assert_true(service_is_live(t));
			assert_true(tells(t, "READY=1\n"));
			service_config(t, "polices = ();\n");
		}
		manager.heard[0] = '\0';
		int64_t before_us = now_us();
		child_signal(&t->child, SIGHUP);
		assert_true(tells(t, "RELOADING=1|MONOTONIC_USEC="));
		assert_true(tells(t, "READY=1\n"));
		assert_true(strstr(manager.heard, "RELOADING=1") <
			    strstr(manager.heard, "READY=1"));
		assert_true(told_us() >= before_us - 1000 && told_us() <= now_us());
		assert_true(service_logs(t, good ? "config.reloaded" : "config.refused"));
	}
}

/* --- how it ends ------------------------------------------------------------------------------- */

/* A manager that does not listen would hold up the service. */
static bool has_ended(struct service_test *t, void *data)
{
	listen_in();
	return child_ended(&t->child, 0, data);
}

static void assert_stops(struct service_test *t)
{
	int64_t began_us = world_now_us();
	int status = -1;

	manager.heard[0] = '\0';
	child_signal(&t->child, SIGTERM);
	assert_true(tells(t, "STOPPING=1\n"));
	assert_true(service_until(t, has_ended, &status, PATIENCE_MS));
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_true(world_now_us() - began_us < (int64_t)STOP_MS * 1000);
}

static void an_end_is_told(void **state)
{
	struct service_test *t = *state;

	service_start(t);
	assert_true(service_is_live(t));
	assert_stops(t);
}

static bool is_done(struct service_test *t, void *data)
{
	(void)data;
	listen_in();
	return service_sql(
		       t,
		       "SELECT (SELECT count(*) FROM request WHERE decided_ms IS NULL)"
		       " + (SELECT count(*) FROM effect WHERE state = 'pending')") == 0;
}

static int64_t acked(const struct service_test *t)
{
	int64_t n = 0;

	rows_each(struct world_envelope, e, &t->world->envelopes)
	{
		n += e->acks > 0;
	}
	return n;
}

/* What is on disk is said, and what was acked is on disk: on a disk that is slow the socket
 * may be closed before the last ack, and Slack would deliver that one again. */
static void assert_all_said(struct service_test *t)
{
	int64_t n = service_sql(t, "SELECT count(*) FROM request");

	assert_true(acked(t) > 0 && acked(t) <= n);
	assert_int_equal(world_count_messages(t->world, "", "Granted: ") +
				 world_count_messages(t->world, "", "Not granted: "),
			 n);
}

static bool has_acked(struct service_test *t, void *data)
{
	(void)data;
	return acked(t) > 0;
}

/* Until some of it is on disk: what comes now finds the service at work. */
static void load(struct service_test *t, int n)
{
	bool never = false;

	for (int i = 0; i < n; i++) {
		char text[32];

		snprintf(text, sizeof(text), "db-%d 1h", i);
		world_command(t->world, i % 2 ? "bob" : "ana", "inc-room", text);
		loop_run_until(t->loop, &never, 1);
	}
	assert_true(service_until(t, has_acked, NULL, PATIENCE_MS));
}

static void lead(struct service_test *t)
{
	struct world_incident *i = world_declare(t->world, "cara", "Down", "Major");

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
}

static void an_end_under_load_finishes_what_was_acked(void **state)
{
	struct service_test *t = *state;

	lead(t);
	service_start(t);
	assert_true(service_is_live(t));
	load(t, 40);
	assert_stops(t);
	assert_true(acked(t) > 0);
	assert_true(is_done(t, NULL));
	assert_all_said(t);
}

/* What cannot be finished in time is carried on by the next one. */
static void an_end_with_everybody_deaf_leaves_the_rest_to_the_next_start(void **state)
{
	struct service_test *t = *state;

	lead(t);
	service_start(t);
	assert_true(service_is_live(t));
	world_fault(t->world,
		    &(struct world_fault){ .call = "response_url", .kind = WORLD_MUTE });
	world_fault(t->world,
		    &(struct world_fault){ .call = "chat.*", .kind = WORLD_MUTE });
	load(t, 10);
	assert_stops(t);
	assert_false(is_done(t, NULL));
	assert_int_equal(world_count_messages(t->world, "", "Granted: "), 0);
	world_clear_faults(t->world);

	service_start(t);
	assert_true(service_is_live(t));
	assert_true(service_until(t, is_done, NULL, PATIENCE_MS));
	assert_all_said(t);
}

static void a_second_signal_ends_it_at_once(void **state)
{
	struct service_test *t = *state;
	int64_t began_us;

	service_start(t);
	assert_true(service_is_live(t));
	world_fault(t->world, &(struct world_fault){ .call = "*", .kind = WORLD_MUTE });
	load(t, 3);
	child_signal(&t->child, SIGTERM);
	assert_true(tells(t, "STOPPING=1\n"));
	began_us = world_now_us();
	child_signal(&t->child, SIGTERM);
	assert_int_equal(service_exit(t), 0);
	assert_true(world_now_us() - began_us < 2000 * 1000);
}

int main(void)
{
#define STORY(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		STORY(it_tells_that_it_is_ready_alive_and_how_it_is),
		STORY(a_reload_is_told_from_its_start_to_its_end),
		STORY(an_end_is_told),
		STORY(an_end_under_load_finishes_what_was_acked),
		STORY(an_end_with_everybody_deaf_leaves_the_rest_to_the_next_start),
		STORY(a_second_signal_ends_it_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
