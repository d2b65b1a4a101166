/* SPDX-License-Identifier: Apache-2.0 */
/* lws's poll loop and the one inner epoll fd in it.
 *
 * A turn is one lws_service(): sorted-usec-list entries that are due, then one poll() of
 * lws's own fds. Ours are behind the epoll fd, which lws has adopted as a raw file, so
 * that all of ours cost lws one slot. Timers live in a heap of our own (loop_timers.c)
 * because lws keeps its in a sorted list; lws hears of the earliest alone.
 *
 * A flag that is set from within such an entry does not end the poll() that follows it.
 * Hence the `waker`: an entry that only keeps poll() from sleeping. */
#include "shared/loop.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <libwebsockets.h>

#include "shared/log.h"
#include "shared/loop_fds.h"
#include "shared/loop_posts.h"
#include "shared/loop_timers.h"

/* What lws sizes its tables by, all of which it touches; and what it reads at once. */
enum { LWS_FDS = 2048, SERV_BUF = 16384 };

/* How often a waiting turn looks at a clock that is not the machine's. */
enum { FAKE_TICK_US = 2000 };

/* lws's clock stands still while the machine is suspended, ours does not: look again by
 * then. */
enum { LONGEST_MS = 60000 };

struct loop {
	const struct clock *clock;
	struct lws_context *lws;
	struct timers timers;
	lws_sorted_usec_list_t earliest; /* fires when the first timer is due */
	lws_sorted_usec_list_t waker;
	int64_t armed_ms; /* what `earliest` is set to, or -1 */
	bool real;        /* the clock is the machine's */
	bool until;       /* in loop_run_until(): a timer may have set its flag */
	bool stop;

	struct fds fds;

	struct loop_fd signal_fd;
	loop_signal_cb *on_signal;
	void *signal_data;
	sigset_t mask_before;

	struct loop_fd post_fd;
	struct posts posts;
};

/* --- timers ------------------------------------------------------------------- */

static void earliest_arm(struct loop *l)
{
	int64_t at_ms;
	int64_t in_ms;

	if (!l->real) {
		return; /* loop_turn() looks at such a clock itself */
	}
	at_ms = timers_next(&l->timers);
	if (at_ms == l->armed_ms) {
		return;
	}
	l->armed_ms = at_ms;
	if (at_ms < 0) {
		lws_sul_cancel(&l->earliest);
		return;
	}
	in_ms = at_ms - clock_mono_ms(l->clock);
	if (in_ms > LONGEST_MS) {
		in_ms = LONGEST_MS;
	}
	/* Not 0: that would be "already due" to lws and run in this very turn. */
	lws_sul_schedule(l->lws, 0, &l->earliest, l->earliest.cb,
			 in_ms > 0 ? in_ms * LWS_US_PER_MS : 1);
}

static void waker_arm(struct loop *l, int64_t in_us)
{
	lws_sul_schedule(l->lws, 0, &l->waker, l->waker.cb, in_us);
}

static void on_earliest(lws_sorted_usec_list_t *sul)
{
	struct loop *l = lws_container_of(sul, struct loop, earliest);
	unsigned ran;

	l->armed_ms = -1;
	ran = timers_run(&l->timers, clock_mono_ms(l->clock));
	earliest_arm(l);
	if (ran > 0 && l->until) {
		waker_arm(l, 1);
	}
}

static void on_waker(lws_sorted_usec_list_t *sul)
{
	struct loop *l = lws_container_of(sul, struct loop, waker);

	/* It was due before poll() was entered, so it could not wake it: go on. */
	waker_arm(l, 1);
}

void loop_timer_start(struct loop *l, struct loop_timer *t, int64_t delay_ms)
{
	int64_t at_ms = clock_mono_ms(l->clock);

	if (delay_ms > 0) {
		at_ms = delay_ms < INT64_MAX - at_ms ? at_ms + delay_ms : INT64_MAX;
	}
	t->loop = l;
	timers_put(&l->timers, t, at_ms);
	earliest_arm(l);
}

void loop_timer_cancel(struct loop_timer *t)
{
	if (t->slot > 0) {
		timers_take(&t->loop->timers, t);
		earliest_arm(t->loop);
	}
}

bool loop_timer_running(const struct loop_timer *t)
{
	return t->slot > 0;
}

/* --- file descriptors --------------------------------------------------------- */

bool loop_fd_watch(struct loop *l, struct loop_fd *w, int fd, uint32_t events,
		   struct fail *f)
{
	if (!fds_add(&l->fds, w, fd, events, f)) {
		return false;
	}
	w->loop = l;
	return true;
}

bool loop_fd_change(struct loop_fd *w, uint32_t events, struct fail *f)
{
	return fds_change(&w->loop->fds, w, events, f);
}

void loop_fd_unwatch(struct loop_fd *w)
{
	if (w->loop) {
		fds_remove(&w->loop->fds, w);
		w->loop = NULL;
	}
}

static int on_lws(struct lws *wsi, enum lws_callback_reasons why, void *user, void *in,
		  size_t len)
{
	(void)user;
	(void)in;
	(void)len;
	if (why == LWS_CALLBACK_RAW_RX_FILE) {
		struct loop *l = lws_context_user(lws_get_context(wsi));

		fds_dispatch(&l->fds);
	}
	return 0;
}

/* --- signals ------------------------------------------------------------------ */

static void on_signal_fd(struct loop_fd *w, uint32_t events)
{
	struct loop *l = lws_container_of(w, struct loop, signal_fd);
	struct signalfd_siginfo si;

	(void)events;
	if (read(w->fd, &si, sizeof(si)) == (ssize_t)sizeof(si)) {
		l->on_signal(l, (int)si.ssi_signo, l->signal_data);
	}
}

bool loop_signals_watch(struct loop *l, const sigset_t *set, loop_signal_cb *cb,
			void *data, struct fail *f)
{
	int fd = signalfd(-1, set, SFD_CLOEXEC | SFD_NONBLOCK);

	if (fd < 0) {
		return fail_set(f, FAIL_INTERNAL, "cannot watch signals: %s",
				strerror(errno));
	}
	l->signal_fd.cb = on_signal_fd;
	if (!loop_fd_watch(l, &l->signal_fd, fd, EPOLLIN, f)) {
		close(fd);
		return false;
	}
	l->on_signal = cb;
	l->signal_data = data;
	pthread_sigmask(SIG_BLOCK, set, &l->mask_before);
	return true;
}

static void signals_finish(struct loop *l)
{
	int fd = l->signal_fd.fd;

	if (l->on_signal) {
		loop_fd_unwatch(&l->signal_fd);
		close(fd);
		pthread_sigmask(SIG_SETMASK, &l->mask_before, NULL);
	}
}

/* --- posts -------------------------------------------------------------------- */

void loop_post(struct loop *l, struct loop_post *p)
{
	posts_put(&l->posts, p);
}

static void on_post_fd(struct loop_fd *w, uint32_t events)
{
	struct loop *l = lws_container_of(w, struct loop, post_fd);

	(void)events;
	posts_run(&l->posts);
}

static bool posts_open(struct loop *l, struct fail *f)
{
	if (!posts_init(&l->posts, f)) {
		return false;
	}
	l->post_fd.cb = on_post_fd;
	if (!loop_fd_watch(l, &l->post_fd, l->posts.wake_fd, EPOLLIN, f)) {
		posts_finish(&l->posts);
		return false;
	}
	return true;
}

static void posts_close(struct loop *l)
{
	loop_fd_unwatch(&l->post_fd);
	posts_finish(&l->posts);
}

/* --- turns -------------------------------------------------------------------- */

static void loop_turn(struct loop *l, bool wait)
{
	if (!l->real) {
		int64_t now_ms = clock_mono_ms(l->clock);
		int64_t next_ms;

		timers_run(&l->timers, now_ms);
		next_ms = timers_next(&l->timers);
		if (l->stop || (next_ms >= 0 && next_ms <= now_ms)) {
			wait = false;
		}
		if (wait) {
			waker_arm(l, FAKE_TICK_US);
		}
	}
	if (lws_service(l->lws, wait ? 0 : -1) < 0) {
		l->stop = true; /* the context is gone for good */
	}
}

void loop_run(struct loop *l)
{
	log_hold();
	while (!l->stop) {
		log_flush();
		loop_turn(l, true);
	}
	log_release();
	l->stop = false;
	lws_sul_cancel(&l->waker);
}

void loop_stop(struct loop *l)
{
	l->stop = true;
	lws_cancel_service(l->lws);
}

bool loop_run_until(struct loop *l, const bool *done, int64_t cap_ms)
{
	const struct clock *real = clock_system();
	int64_t end_ms = clock_mono_ms(real) + cap_ms;

	l->until = true;
	while (!*done) {
		int64_t left_ms = end_ms - clock_mono_ms(real);

		if (left_ms <= 0) {
			break;
		}
		waker_arm(l, left_ms * LWS_US_PER_MS);
		loop_turn(l, true);
	}
	l->until = false;
	lws_sul_cancel(&l->waker);
	return *done;
}

void loop_run_once(struct loop *l)
{
	loop_turn(l, false);
}

const struct clock *loop_clock(const struct loop *l)
{
	return l->clock;
}

struct lws_context *loop_lws(struct loop *l)
{
	return l->lws;
}

/* --- life --------------------------------------------------------------------- */

static void on_lws_log(int level, const char *line)
{
	char text[256];
	size_t n = strcspn(line, "\r\n");

	(void)level;
	if (n >= sizeof(text)) {
		n = sizeof(text) - 1;
	}
	memcpy(text, line, n);
	text[n] = '\0';
	log_debug("lws.error", LOG_T("text", text));
}

static bool lws_start(struct loop *l, struct fail *f)
{
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS |
			   LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT |
			   LWS_SERVER_OPTION_SKIP_SERVER_CANONICAL_NAME,
		.pt_serv_buf_size = SERV_BUF,
		.fd_limit_per_thread = LWS_FDS,
		.timeout_secs = 15,
		.user = l,
	};

	lws_set_log_level(LLL_ERR, on_lws_log);
	l->lws = lws_create_context(&info);
	if (!l->lws) {
		return fail_set(f, FAIL_INTERNAL, "cannot create the lws context");
	}
	l->earliest.cb = on_earliest;
	l->waker.cb = on_waker;
	return true;
}

/* Its vhost listens nowhere and has no TLS: lws complains about a file adopted by one
 * that listens, and reads the CA bundle for one that has. */
static bool epoll_adopt(struct loop *l, struct fail *f)
{
	static const struct lws_protocols protocols[] = {
		{ .name = "loop", .callback = on_lws },
		{ 0 },
	};
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = protocols,
		.vhost_name = "loop",
		.options = LWS_SERVER_OPTION_DISABLE_OS_CA_CERTS,
	};
	struct lws_vhost *vh = lws_create_vhost(l->lws, &info);
	lws_sock_file_fd_type fd;

	/* lws closes what it has adopted, also when adopting fails: this copy is its,
	 * the other stays ours. */
	fd.filefd = vh ? dup(l->fds.epfd) : -1;
	if (fd.filefd < 0 ||
	    !lws_adopt_descriptor_vhost(vh, LWS_ADOPT_RAW_FILE_DESC, fd, "loop", NULL)) {
		return fail_set(f, FAIL_INTERNAL, "cannot put epoll into the lws loop");
	}
	return true;
}

bool loop_create(const struct clock *clock, struct loop **ret_l, struct fail *f)
{
	struct loop *l = calloc(1, sizeof(*l));

	if (!l) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	signal(SIGPIPE, SIG_IGN);
	l->clock = clock;
	l->real = clock == clock_system();
	l->armed_ms = -1;
	if (!fds_init(&l->fds, f)) {
		goto free_loop;
	}
	if (!posts_open(l, f)) {
		goto finish_fds;
	}
	if (!lws_start(l, f)) {
		goto close_posts;
	}
	if (!epoll_adopt(l, f)) {
		goto destroy_lws;
	}
	*ret_l = l;
	return true;

destroy_lws:
	lws_context_destroy(l->lws);
close_posts:
	posts_close(l);
finish_fds:
	fds_finish(&l->fds);
free_loop:
	free(l);
	return false;
}

void loop_destroy(struct loop *l)
{
	if (!l) {
		return;
	}
	lws_sul_cancel(&l->earliest);
	lws_sul_cancel(&l->waker);
	lws_context_destroy(l->lws);
	signals_finish(l);
	posts_close(l);
	timers_finish(&l->timers);
	fds_finish(&l->fds);
	free(l);
}
