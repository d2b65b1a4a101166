/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's front: a queue, one thread, group commit.
 *
 *   store_submit() -> todo -> the thread: begin, apply, commit -> done -> cb on the loop
 *
 * While one batch is on its way to the disk the next one gathers, so that under load one
 * fsync serves many operations. The thread wakes the loop once per batch at most. What
 * goes wrong: an operation's own failure is its own; a begin or commit that fails is the
 * failure of all in the batch.
 *
 * A driver that never waits needs none of that: it is called at once, and only the answer
 * comes later. */
#include "accessd/store.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/clock.h"
#include "shared/loop.h"
#include "shared/metrics.h"

enum {
	WAITING_MAX = 8192, /* operations in todo; more are FAIL_BUSY */
	BATCH_MAX = 256, /* in one transaction: more gain little and delay all of them */
	KEYS_KEPT_MS = 3600 * 1000,
	QUIET_MS = 50, /* nothing has come for so long */
	LAZY_MS = 10,  /* how long what is lazy waits for another to ride along with */
};

struct op_list {
	struct store_op *first;
	struct store_op *last;
};

struct store {
	const struct store_driver *driver;
	struct store_db *db;
	struct loop *loop;
	pthread_t thread;

	pthread_mutex_t lock; /* guards all down to `posted` */
	pthread_cond_t wake;  /* todo or closing has changed */
	struct op_list todo;
	size_t waiting;             /* in todo */
	size_t urgent;              /* of them: not lazy */
	bool rested;                /* nothing has come since the database could rest */
	struct timespec lazy_until; /* with none urgent: how long they wait for one */
	bool closing;
	struct op_list done;
	bool posted; /* `post` is the loop's, or `instant` runs */

	struct loop_post post;
	struct loop_timer instant; /* the same for a driver without a thread */
	struct metric *m_commit;
	struct metric *m_operations;
	struct metric *m_failures;
};

/* clang-format off */
static const char *const op_words[STORE_OP_MAX] = {
	[STORE_REQUEST_ADD] = "request-add",
	[STORE_REQUEST_MOVE] = "request-move",
	[STORE_GRANT_MOVE] = "grant-move",
	[STORE_GRANT_SET] = "grant-set",
	[STORE_EFFECT_MOVE] = "effect-move",
	[STORE_FREEZE_SET] = "freeze-set",
	[STORE_REQUESTS_OPEN] = "requests-open",
	[STORE_GRANTS_DUE] = "grants-due",
	[STORE_GRANTS_OF] = "grants-of",
	[STORE_GRANTS_LIVE] = "grants-live",
	[STORE_GRANTS_AT] = "grants-at",
	[STORE_GRANTS_REMIND] = "grants-remind",
	[STORE_GRANT_GET] = "grant-get",
	[STORE_REQUEST_GET] = "request-get",
	[STORE_GRANTS_STUCK] = "grants-stuck",
	[STORE_EFFECTS_DUE] = "effects-due",
	[STORE_ORDERS_DUE] = "orders-due",
	[STORE_EVENT_ADD] = "event-add",
	[STORE_PROBE] = "probe",
	[STORE_AUDIT_SIGN] = "audit-sign",
	[STORE_AUDIT_ROWS] = "audit-rows",
	[STORE_AUDIT_HEADS] = "audit-heads",
	[STORE_SINK_MOVE] = "sink-move",
	[STORE_SINK_READ] = "sink-read",
	[STORE_GRANTS_FIND] = "grants-find",
	[STORE_REQUESTS_FIND] = "requests-find",
	[STORE_IDS_FIND] = "ids-find",
};
/* clang-format on */

static void list_add(struct op_list *list, struct store_op *first, struct store_op *last)
{
	last->next = NULL;
	if (list->last) {
		list->last->next = first;
	} else {
		list->first = first;
	}
	list->last = last;
}

/* --- on the thread --------------------------------------------------------------- */

/* What has not failed by itself fails with the batch; rows are handed out with success only. */
static void batch_fail(struct store_op *batch, const struct fail *f)
{
	for (struct store_op *op = batch; op; op = op->next) {
		if (op->fail.kind == FAIL_NONE) {
			store_rows_free(op);
			op->fail = *f;
		}
	}
}

static bool batch_commit(struct store *s, struct store_op *batch, struct fail *f)
{
	if (!s->driver->begin(s->db, f)) {
		return false;
	}
	for (struct store_op *op = batch; op; op = op->next) {
		s->driver->apply(s->db, op, &op->fail); /* its failure is its own */
	}
	return s->driver->commit(s->db, f);
}

/* With nothing to do: sleep, and let the database rest once it is quiet. */
static void idle_wait(struct store *s)
{
	struct timespec quiet = clock_after_ms(QUIET_MS);

	if (s->rested || !s->driver->rest) {
		pthread_cond_wait(&s->wake, &s->lock);
	} else if (pthread_cond_clockwait(&s->wake, &s->lock, CLOCK_MONOTONIC, &quiet) ==
		   ETIMEDOUT) {
		s->rested = true;
		pthread_mutex_unlock(&s->lock);
		s->driver->rest(s->db, true);
		pthread_mutex_lock(&s->lock);
	}
}

/* Whether there is something that is worth a commit. Waits for what is lazy until its time
 * is over. */
static bool todo_wait(struct store *s)
{
	if (!s->todo.first) {
		idle_wait(s);
		return false;
	}
	return s->urgent > 0 ||
	       pthread_cond_clockwait(&s->wake, &s->lock, CLOCK_MONOTONIC,
				      &s->lazy_until) == ETIMEDOUT;
}

static struct op_list todo_cut(struct store *s)
{
	struct op_list batch = { .first = s->todo.first };
	size_t n = 0;

	for (struct store_op *op = batch.first; op && n < BATCH_MAX; op = op->next) {
		batch.last = op;
		s->urgent -= !op->lazy;
		n++;
	}
	if (batch.last) {
		s->todo.first = batch.last->next;
		batch.last->next = NULL;
	}
	if (!s->todo.first) {
		s->todo.last = NULL;
	}
	s->waiting -= n;
	return batch;
}

/* Wait for work and take what has gathered; empty when there will be no more. */
static struct op_list todo_take(struct store *s)
{
	struct op_list batch;
	bool ready = false;

	pthread_mutex_lock(&s->lock);
	while (!s->closing && !ready) {
		ready = todo_wait(s);
	}
	batch = todo_cut(s);
	s->rested = false;
	pthread_mutex_unlock(&s->lock);
	return batch;
}

/* Also called on the loop's thread, by what is refused at once. */
static void done_put(struct store *s, struct store_op *first, struct store_op *last)
{
	bool wake;

	pthread_mutex_lock(&s->lock);
	list_add(&s->done, first, last);
	wake = !s->posted;
	s->posted = true;
	pthread_mutex_unlock(&s->lock);
	if (wake && s->driver->instant) {
		loop_timer_start(s->loop, &s->instant, 0);
	} else if (wake) {
		loop_post(s->loop, &s->post);
	}
}

static void *store_thread(void *arg)
{
	struct store *s = arg;
	const struct clock *clock = clock_system(); /* a test's is not for two threads */
	struct op_list batch;

	while ((batch = todo_take(s)).first) {
		int64_t start_ms = clock_mono_ms(clock);
		struct fail f = { 0 };

		if (!batch_commit(s, batch.first, &f)) {
			batch_fail(batch.first, &f);
		}
		batch.first->commit_ms = clock_mono_ms(clock) - start_ms;
		done_put(s, batch.first, batch.last);
		if (s->driver->rest) {
			s->driver->rest(s->db, false);
		}
	}
	return NULL;
}

/* --- on the loop ----------------------------------------------------------------- */

/* A conflict is an answer, not a failure of the ledger; so is a freeze. */
static bool is_trouble(enum fail_kind kind)
{
	return kind != FAIL_NONE && kind != FAIL_CONFLICT && kind != FAIL_DENIED &&
	       kind != FAIL_CANCELLED;
}

static void op_answer(struct store *s, struct store_op *op)
{
	struct fail f = op->fail; /* cb may use the op for something else at once */

	metric_add(s->m_operations, op_words[op->kind], 1);
	if (is_trouble(f.kind)) {
		metric_add(s->m_failures, fail_word(f.kind), 1);
	}
	if (op->commit_ms >= 0) {
		metric_observe(s->m_commit, NULL, (double)op->commit_ms / 1000);
	}
	op->cb(op, &f);
}

static void done_answer(struct store *s)
{
	struct store_op *op;

	pthread_mutex_lock(&s->lock);
	op = s->done.first;
	s->done = (struct op_list){ 0 };
	s->posted = false;
	pthread_mutex_unlock(&s->lock);
	while (op) {
		struct store_op *next = op->next;

		op_answer(s, op);
		op = next;
	}
}

static void on_done(struct loop_post *post)
{
	done_answer(container_of(post, struct store, post));
}

static void on_instant(struct loop_timer *t)
{
	struct store *s = container_of(t, struct store, instant);

	s->waiting = 0;
	done_answer(s);
}

/* With a driver that never waits: done before this returns, but answered later. */
static void instant_do(struct store *s, struct store_op *op)
{
	struct fail f = { 0 };

	op->next = NULL;
	op->commit_ms = 0;
	if (s->closing) {
		fail_set(&op->fail, FAIL_CANCELLED, "the ledger is being closed");
	} else if (s->waiting++ >= WAITING_MAX) {
		fail_set(&op->fail, FAIL_BUSY,
			 "%d operations wait for the ledger already", WAITING_MAX);
	} else if (!batch_commit(s, op, &f)) {
		batch_fail(op, &f);
	}
	done_put(s, op, op);
}

static bool todo_put(struct store *s, struct store_op *op, struct fail *f)
{
	bool ok = false;

	pthread_mutex_lock(&s->lock);
	if (s->closing) {
		fail_set(f, FAIL_CANCELLED, "the ledger is being closed");
	} else if (s->waiting >= WAITING_MAX) {
		fail_set(f, FAIL_BUSY, "%d operations wait for the ledger already",
			 WAITING_MAX);
	} else {
		if (s->waiting == s->urgent && op->lazy) {
			s->lazy_until = clock_after_ms(LAZY_MS);
		}
		list_add(&s->todo, op, op);
		s->waiting++;
		s->urgent += !op->lazy;
		ok = true;
	}
	pthread_mutex_unlock(&s->lock);
	pthread_cond_signal(
		&s->wake); /* not before: the thread would run into the lock */
	return ok;
}

void store_submit(struct store *s, struct store_op *op)
{
	assert(op->kind < STORE_OP_MAX && op->cb);
	op->fail = (struct fail){ 0 };
	op->commit_ms = -1;
	if (op->kind == STORE_PROBE &&
	    op->probe.forget_before_ms > op->probe.now_ms - KEYS_KEPT_MS) {
		op->probe.forget_before_ms = op->probe.now_ms - KEYS_KEPT_MS;
	}
	if (s->driver->instant) {
		instant_do(s, op);
	} else if (!todo_put(s, op, &op->fail)) {
		done_put(s, op, op);
	}
}

/* --- life ------------------------------------------------------------------------ */

/* Signals are the loop's: the thread takes none that can be sent. */
static bool thread_start(struct store *s, struct fail *f)
{
	sigset_t all;
	sigset_t before;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&s->thread, NULL, store_thread, s);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0) {
		return fail_set(f, FAIL_INTERNAL, "cannot start a thread: %s",
				strerror(rc));
	}
	return true;
}

static void metrics_init(struct store *s, struct metrics *m)
{
	s->m_commit = metrics_histogram(
		m, "accessd_ledger_commit_seconds",
		"From the start of a transaction to its end on disk", NULL);
	s->m_operations = metrics_counter(m, "accessd_ledger_operations",
					  "Operations that were answered", "kind");
	s->m_failures = metrics_counter(m, "accessd_ledger_failures",
					"Operations that the ledger failed", "why");
}

static void store_free(struct store *s)
{
	pthread_cond_destroy(&s->wake);
	pthread_mutex_destroy(&s->lock);
	free(s);
}

bool store_open_driver(const struct store_driver *driver, const char *where,
		       struct loop *l, struct metrics *metrics, struct store **ret_s,
		       struct fail *f)
{
	struct store *s = calloc(1, sizeof(*s));

	if (!s) {
		return fail_set(f, FAIL_INTERNAL,
				"cannot open the ledger: out of memory");
	}
	s->driver = driver;
	s->loop = l;
	s->post.cb = on_done;
	s->instant.cb = on_instant;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->wake, NULL);
	metrics_init(s, metrics);
	if (!driver->open(where, &s->db, f)) {
		store_free(s);
		return fail_wrap(f, "cannot open the ledger '%s:%s'", driver->scheme,
				 where);
	}
	if (!driver->instant && !thread_start(s, f)) {
		driver->close(s->db);
		store_free(s);
		return fail_wrap(f, "cannot open the ledger");
	}
	*ret_s = s;
	return true;
}

void store_close(struct store *s)
{
	if (!s) {
		return;
	}
	pthread_mutex_lock(&s->lock);
	s->closing = true;
	pthread_mutex_unlock(&s->lock);
	if (!s->driver->instant) {
		pthread_cond_signal(&s->wake);
		pthread_join(s->thread, NULL);
	}
	while (s->posted) { /* nobody else writes it now */
		loop_run_once(s->loop);
	}
	s->driver->close(s->db);
	store_free(s);
}
