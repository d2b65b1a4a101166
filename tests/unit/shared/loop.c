/* SPDX-License-Identifier: Apache-2.0 */
/* Timers, file descriptors, signals and posts, under a clock that stands still and under
 * the real one. */
#include "shared/loop.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/idle.h"
#include "tests/lib/test.h"

enum { MANY = 1000 };

struct fixture;

struct step {
	struct loop_timer timer;
	struct loop_post post;
	struct loop_fd fd;
	struct fixture *t;
	int name;
};

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct step steps[MANY];
	int fired[2 * MANY]; /* names, in order */
	unsigned n;
	bool done;
	int pipe[2];
};

static int set_up_with(void **state, bool real)
{
	struct fixture *t = calloc(1, sizeof(*t));
	struct fail f;

	assert_non_null(t);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(real ? clock_system() : &t->clock.clock, &t->loop, &f));
	for (int i = 0; i < MANY; i++) {
		t->steps[i].t = t;
		t->steps[i].name = i;
	}
	assert_int_equal(pipe(t->pipe), 0);
	*state = t;
	return 0;
}

static int set_up(void **state)
{
	return set_up_with(state, false);
}

static int set_up_real(void **state)
{
	return set_up_with(state, true);
}

static int tear_down(void **state)
{
	struct fixture *t = *state;

	close(t->pipe[0]);
	close(t->pipe[1]);
	loop_destroy(t->loop);
	free(t);
	return 0;
}

static void note(struct step *s)
{
	assert_in_range(s->t->n, 0, 2 * MANY - 1);
	s->t->fired[s->t->n++] = s->name;
	s->t->done = true;
}

static void on_timer(struct loop_timer *timer)
{
	assert_false(loop_timer_running(timer));
	note(container_of(timer, struct step, timer));
}

static void on_timer_again(struct loop_timer *timer)
{
	struct step *s = container_of(timer, struct step, timer);

	note(s);
	loop_timer_start(s->t->loop, timer, 0);
}

static void start(struct fixture *t, int i, int64_t delay_ms)
{
	t->steps[i].timer.cb = on_timer;
	loop_timer_start(t->loop, &t->steps[i].timer, delay_ms);
}

static void assert_fired(const struct fixture *t, unsigned n, const int *names)
{
	assert_int_equal(t->n, n);
	assert_memory_equal(t->fired, names, n * sizeof(int));
}

#define FIRED(t, ...) \
	assert_fired((t), sizeof((int[]){ __VA_ARGS__ }) / sizeof(int), \
		     (int[]){ __VA_ARGS__ })

/* --- timers ------------------------------------------------------------------------ */

static void timers_fire_by_time_then_by_order_of_starting(void **state)
{
	struct fixture *t = *state;

	start(t, 0, 30);
	start(t, 1, 10);
	start(t, 2, 20);
	start(t, 3, 10);
	loop_run_once(t->loop);
	assert_int_equal(t->n, 0);
	fake_clock_advance(&t->clock, 9);
	loop_run_once(t->loop);
	assert_int_equal(t->n, 0);
	fake_clock_advance(&t->clock, 1);
	loop_run_once(t->loop);
	FIRED(t, 1, 3);
	fake_clock_advance(&t->clock, 100);
	loop_run_once(t->loop);
	FIRED(t, 1, 3, 2, 0);
}

static void a_timer_can_be_moved_and_cancelled(void **state)
{
	struct fixture *t = *state;

	start(t, 0, 10);
	start(t, 1, 10);
	start(t, 2, 10);
	start(t, 0, 50);
	loop_timer_cancel(&t->steps[1].timer);
	loop_timer_cancel(&t->steps[1].timer);
	assert_false(loop_timer_running(&t->steps[1].timer));
	fake_clock_advance(&t->clock, 10);
	loop_run_once(t->loop);
	FIRED(t, 2);
	assert_true(loop_timer_running(&t->steps[0].timer));
	fake_clock_advance(&t->clock, 40);
	loop_run_once(t->loop);
	FIRED(t, 2, 0);
}

static void on_timer_cancels_next(struct loop_timer *timer)
{
	struct step *s = container_of(timer, struct step, timer);

	note(s);
	loop_timer_cancel(&s->t->steps[s->name + 1].timer);
}

static void a_timer_cancelled_by_another_due_one_does_not_fire(void **state)
{
	struct fixture *t = *state;

	start(t, 0, 10);
	start(t, 1, 10);
	t->steps[0].timer.cb = on_timer_cancels_next;
	fake_clock_advance(&t->clock, 10);
	loop_run_once(t->loop);
	loop_run_once(t->loop);
	FIRED(t, 0);
}

static void a_delay_of_zero_means_the_next_turn(void **state)
{
	struct fixture *t = *state;

	start(t, 0, 0);
	t->steps[0].timer.cb = on_timer_again;
	assert_int_equal(t->n, 0);
	loop_run_once(t->loop);
	FIRED(t, 0);
	loop_run_once(t->loop);
	FIRED(t, 0, 0);
	loop_timer_cancel(&t->steps[0].timer);
}

static void *advance_soon(void *arg)
{
	struct fixture *t = arg;
	struct timespec soon = { .tv_nsec = 20000000 };

	pselect(0, NULL, NULL, NULL, &soon, NULL);
	__atomic_add_fetch(&t->clock.mono, 60000, __ATOMIC_SEQ_CST);
	return NULL;
}

static void a_waiting_loop_notices_that_the_clock_was_turned(void **state)
{
	struct fixture *t = *state;
	pthread_t thread;

	start(t, 0, 60000);
	assert_int_equal(pthread_create(&thread, NULL, advance_soon, t), 0);
	assert_true(loop_run_until(t->loop, &t->done, 2000));
	pthread_join(thread, NULL);
}

static void real_timers_fire_in_time_and_end_the_wait(void **state)
{
	struct fixture *t = *state;
	const struct clock *c = clock_system();
	int64_t began_ms = clock_mono_ms(c);

	start(t, 0, 50);
	start(t, 1, 20);
	start(t, 2, INT64_MAX);
	while (t->n < 2) {
		t->done = false;
		assert_true(loop_run_until(t->loop, &t->done, 1000));
	}
	FIRED(t, 1, 0);
	assert_in_range(clock_mono_ms(c) - began_ms, 49, 500);
	loop_timer_cancel(&t->steps[2].timer);
}

static void waiting_has_a_cap_in_real_time(void **state)
{
	struct fixture *t = *state;
	const struct clock *c = clock_system();
	int64_t began_ms = clock_mono_ms(c);

	assert_false(loop_run_until(t->loop, &t->done, 30));
	assert_in_range(clock_mono_ms(c) - began_ms, 29, 500);
}

static void an_idle_loop_sleeps(void **state)
{
	struct fixture *t = *state;

	start(t, 0, 60000);
	assert_idle(t->loop);
	assert_int_equal(t->n, 0);
}

/* --- stopping ---------------------------------------------------------------------- */

static void on_timer_stops(struct loop_timer *timer)
{
	struct step *s = container_of(timer, struct step, timer);

	note(s);
	loop_stop(s->t->loop);
}

static void stopping_from_a_timer_ends_the_run(void **state)
{
	struct fixture *t = *state;

	for (int i = 0; i < 3; i++) {
		start(t, i, 5);
		t->steps[i].timer.cb = on_timer_stops;
		fake_clock_advance(&t->clock, 5);
		loop_run(t->loop); /* hangs here if nobody wakes the poll */
	}
	FIRED(t, 0, 1, 2);
	loop_stop(t->loop);
	loop_run(t->loop); /* stopped before it began */
}

/* --- file descriptors --------------------------------------------------------------- */

static void on_fd(struct loop_fd *w, uint32_t events)
{
	struct step *s = container_of(w, struct step, fd);

	assert_true(events & (EPOLLIN | EPOLLHUP));
	note(s);
}

static void on_fd_unwatches_both(struct loop_fd *w, uint32_t events)
{
	struct fixture *t = container_of(w, struct step, fd)->t;

	on_fd(w, events);
	loop_fd_unwatch(&t->steps[0].fd);
	loop_fd_unwatch(&t->steps[1].fd);
}

static void a_watched_fd_is_heard_until_unwatched(void **state)
{
	struct fixture *t = *state;
	struct step *s = &t->steps[0];
	struct fail f;

	s->fd.cb = on_fd;
	assert_true(loop_fd_watch(t->loop, &s->fd, t->pipe[0], EPOLLIN, &f));
	loop_run_once(t->loop);
	assert_int_equal(t->n, 0);
	assert_int_equal(write(t->pipe[1], "x", 1), 1);
	loop_run_once(t->loop);
	loop_run_once(t->loop);
	FIRED(t, 0, 0); /* level-triggered */
	assert_true(loop_fd_change(&s->fd, 0, &f));
	loop_run_once(t->loop);
	FIRED(t, 0, 0);
	assert_true(loop_fd_change(&s->fd, EPOLLIN, &f));
	loop_run_once(t->loop);
	FIRED(t, 0, 0, 0);
	loop_fd_unwatch(&s->fd);
	loop_fd_unwatch(&s->fd);
	loop_run_once(t->loop);
	FIRED(t, 0, 0, 0);
	assert_false(loop_fd_watch(t->loop, &s->fd, -1, EPOLLIN, &f));
	assert_int_equal(f.kind, FAIL_INTERNAL);
}

static void unwatching_holds_for_events_of_the_same_turn(void **state)
{
	struct fixture *t = *state;
	int other = dup(t->pipe[0]);

	for (int i = 0; i < 2; i++) {
		t->steps[i].fd.cb = on_fd_unwatches_both;
		assert_true(loop_fd_watch(t->loop, &t->steps[i].fd,
					  i == 0 ? t->pipe[0] : other, EPOLLIN, NULL));
	}
	assert_int_equal(write(t->pipe[1], "x", 1), 1);
	loop_run_once(t->loop);
	loop_run_once(t->loop);
	assert_int_equal(t->n, 1);
	close(other);
}

static void a_timer_that_restarts_itself_starves_nobody(void **state)
{
	struct fixture *t = *state;

	start(t, 0, 0);
	t->steps[0].timer.cb = on_timer_again;
	t->steps[1].fd.cb = on_fd;
	assert_true(loop_fd_watch(t->loop, &t->steps[1].fd, t->pipe[0], EPOLLIN, NULL));
	assert_int_equal(write(t->pipe[1], "x", 1), 1);
	for (int i = 0; i < 10; i++) {
		loop_run_once(t->loop);
	}
	assert_true(memchr(t->fired, 1, t->n * sizeof(int)) != NULL);
	loop_timer_cancel(&t->steps[0].timer);
	loop_fd_unwatch(&t->steps[1].fd);
}

/* --- signals ------------------------------------------------------------------------ */

static void on_signal(struct loop *l, int signo, void *data)
{
	struct fixture *t = data;

	assert_ptr_equal(l, t->loop);
	assert_int_equal(signo, SIGUSR1);
	t->done = true;
}

static void a_signal_is_heard_on_the_loop(void **state)
{
	struct fixture *t = *state;
	sigset_t set;
	struct fail f;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	assert_true(loop_signals_watch(t->loop, &set, on_signal, t, &f));
	raise(SIGUSR1); /* kills the test when it is not blocked */
	assert_false(t->done);
	assert_true(loop_run_until(t->loop, &t->done, 1000));
}

/* --- posts -------------------------------------------------------------------------- */

static void on_post(struct loop_post *p)
{
	note(container_of(p, struct step, post));
}

static void on_post_again(struct loop_post *p)
{
	struct step *s = container_of(p, struct step, post);

	note(s);
	s->post.cb = on_post;
	loop_post(s->t->loop, p);
}

static void *post_many(void *arg)
{
	struct fixture *t = arg;

	for (int i = 0; i < MANY; i++) {
		t->steps[i].post.cb = on_post;
		loop_post(t->loop, &t->steps[i].post);
	}
	return NULL;
}

static void posts_of_another_thread_come_in_order(void **state)
{
	struct fixture *t = *state;
	pthread_t thread;

	assert_int_equal(pthread_create(&thread, NULL, post_many, t), 0);
	while (t->n < MANY) {
		t->done = false;
		assert_true(loop_run_until(t->loop, &t->done, 2000));
	}
	pthread_join(thread, NULL);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(t->fired[i], i);
	}
}

static void a_post_from_the_loop_is_for_the_next_turn(void **state)
{
	struct fixture *t = *state;

	t->steps[0].post.cb = on_post_again;
	loop_post(t->loop, &t->steps[0].post);
	assert_int_equal(t->n, 0);
	loop_run_once(t->loop);
	FIRED(t, 0);
	loop_run_once(t->loop);
	FIRED(t, 0, 0);
}

static void what_was_posted_and_did_not_run_is_dropped(void **state)
{
	struct fixture *t = *state;

	t->steps[0].post.cb = on_post;
	loop_post(t->loop, &t->steps[0].post);
	start(t, 1, 0);
	loop_destroy(t->loop);
	assert_false(loop_timer_running(&t->steps[1].timer));
	assert_int_equal(t->n, 0);
	t->loop = NULL;
	loop_destroy(NULL);
}

static void starting_costs_little(void **state)
{
	struct fixture *t = *state;
	long before = cpu_us();
	struct loop *l;

	assert_true(loop_create(&t->clock.clock, &l, NULL));
	loop_run_once(l);
	assert_true(cpu_us() - before < 20000); /* reading the CA bundle takes as long */
	loop_destroy(l);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
#define REAL(name) cmocka_unit_test_setup_teardown(name, set_up_real, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(timers_fire_by_time_then_by_order_of_starting),
		TEST(a_timer_can_be_moved_and_cancelled),
		TEST(a_timer_cancelled_by_another_due_one_does_not_fire),
		TEST(a_delay_of_zero_means_the_next_turn),
		TEST(a_waiting_loop_notices_that_the_clock_was_turned),
		REAL(real_timers_fire_in_time_and_end_the_wait),
		TEST(waiting_has_a_cap_in_real_time),
		REAL(waiting_has_a_cap_in_real_time),
		TEST(an_idle_loop_sleeps),
		REAL(an_idle_loop_sleeps),
		TEST(stopping_from_a_timer_ends_the_run),
		REAL(stopping_from_a_timer_ends_the_run),
		TEST(a_watched_fd_is_heard_until_unwatched),
		TEST(unwatching_holds_for_events_of_the_same_turn),
		TEST(a_timer_that_restarts_itself_starves_nobody),
		REAL(a_timer_that_restarts_itself_starves_nobody),
		TEST(a_signal_is_heard_on_the_loop),
		TEST(posts_of_another_thread_come_in_order),
		REAL(posts_of_another_thread_come_in_order),
		TEST(a_post_from_the_loop_is_for_the_next_turn),
		TEST(what_was_posted_and_did_not_run_is_dropped),
		TEST(starting_costs_little),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
