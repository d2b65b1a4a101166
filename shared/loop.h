/* SPDX-License-Identifier: Apache-2.0 */
/* The loop. All of accessd runs on its thread; only the store and the name resolver have
 * others. Beneath it is lws's own poll loop; one inner epoll fd, adopted by lws as a raw
 * file, holds everything that is not lws's: listeners, curl's sockets, signals, posts.
 *
 * Rules for everything asynchronous; other headers cite them by number.
 *
 * 1. A start function returns void; all goes through the callback, its own failure too.
 * 2. The callback fires exactly once, never before the start function has returned.
 * 3. The caller owns the request struct; the callee may use it until the callback.
 * 4. After x_cancel() the callback does not fire.
 * 5. What a callback is handed lives until it returns. Copy what you keep.
 * 6. A callback may start work and free its own object, but not run the loop or block.
 * 7. To close: stop taking in, cancel what is in flight, let callbacks run, free.
 * 8. Whoever allocates frees, in the same file.
 * 9. Other threads may call loop_post() only; what they post is the loop's from then. */
#ifndef SHARED_LOOP_H
#define SHARED_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/clock.h"
#include "accessd/fail.h"

struct loop;
struct lws_context;

/* The clock is borrowed for the loop's life. Ignores SIGPIPE for the process. */
bool loop_create(const struct clock *clock, struct loop **ret_l, struct fail *f);

/* Everything that was opened on the loop must be closed before. What was posted and has
 * not run is dropped. Accepts NULL. */
void loop_destroy(struct loop *l);

/* Run until loop_stop(). */
void loop_run(struct loop *l);

/* Make loop_run() return after the present callback. Not from other threads. */
void loop_stop(struct loop *l);

/* Run until *done, but no longer than cap_ms of real time. Returns *done. For tests and
 * for orderly closing; never from a callback. */
bool loop_run_until(struct loop *l, const bool *done, int64_t cap_ms);

/* Run what is due now and return: one turn that waits for nothing. */
void loop_run_once(struct loop *l);

const struct clock *loop_clock(const struct loop *l);

/* For shared/listener.c and shared/ws_client.c, which make vhosts of their own. */
struct lws_context *loop_lws(struct loop *l);

/* --- timers: monotonic, one shot --------------------------------------------- */

/* Embedded by its user; all zero and `cb` set is a stopped timer. */
struct loop_timer {
	void (*cb)(struct loop_timer *t); /* a stopped timer again when it fires */
	struct loop *loop;                /* private from here on */
	int64_t at_ms;
	uint64_t seq; /* of equal times, the one started first fires first */
	size_t slot;  /* place in the heap + 1; 0: not running */
};

/* Fires once, delay_ms from now (0: in the next turn). A running timer is moved. Under a
 * fake clock it fires in the first turn after the clock has been advanced past it. */
void loop_timer_start(struct loop *l, struct loop_timer *t, int64_t delay_ms);

/* Rule 4. A stopped timer is fine. */
void loop_timer_cancel(struct loop_timer *t);

bool loop_timer_running(const struct loop_timer *t);

/* --- file descriptors --------------------------------------------------------- */

struct loop_fd {
	void (*cb)(struct loop_fd *w, uint32_t events); /* EPOLLIN, EPOLLOUT, ... */
	int fd;
	struct loop *loop; /* private from here on */
	uint32_t events;
};

/* Level-triggered, until loop_fd_unwatch(). `w->cb` is set by the caller; w stays its. */
bool loop_fd_watch(struct loop *l, struct loop_fd *w, int fd, uint32_t events,
		   struct fail *f);
bool loop_fd_change(struct loop_fd *w, uint32_t events, struct fail *f);

/* Rule 4, also for events of the turn that is under way. Does not close the fd. */
void loop_fd_unwatch(struct loop_fd *w);

/* --- signals ------------------------------------------------------------------ */

typedef void loop_signal_cb(struct loop *l, int signo, void *data);

/* Block the signals of *set and hear of them on the loop. Call it before threads start,
 * once. */
bool loop_signals_watch(struct loop *l, const sigset_t *set, loop_signal_cb *cb,
			void *data, struct fail *f);

/* --- posts -------------------------------------------------------------------- */

/* Embedded by its poster; the loop's from loop_post() until cb, which may free it. */
struct loop_post {
	void (*cb)(struct loop_post *p);
	struct loop_post *next; /* private */
};

/* Call p->cb on the loop, in the order of posting, never before this returns. The only
 * function that other threads may call; fine from the loop's own, where it means "in the
 * next turn". */
void loop_post(struct loop *l, struct loop_post *p);

#endif
