/* SPDX-License-Identifier: Apache-2.0 */
/* A ledger that fails when it is told to.
 *
 * A driver has no way to undo a batch but to fail its commit, and the one beneath does
 * not fail. So whether a commit is going to fail is decided at its begin: in such a batch
 * operations that write are not handed on. */
#include "tests/lib/store_fault.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accessd/clock.h"

extern const struct store_driver store_memory;
extern const struct store_driver store_sqlite;

static const struct store_driver *const inner[] = { &store_memory, &store_sqlite };

struct fault {
	unsigned from, to; /* calls [from, to) fail; from 0: none */
	struct fail fail;
};

struct store_db {
	const struct store_driver *driver;
	struct store_db *db;
	bool doomed; /* the commit of this batch will fail */
	struct fail fail;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned calls[STORE_FAULT_STEP_MAX];
	struct fault faults[STORE_FAULT_STEP_MAX];
	unsigned op_calls[STORE_OP_MAX];
	struct fault op_faults[STORE_OP_MAX];
	bool happened;
	bool hold[STORE_FAULT_STEP_MAX];
	bool held;
	bool release;
} all = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

void store_fault_reset(void)
{
	pthread_mutex_lock(&all.lock);
	memset(all.calls, 0, sizeof(all.calls));
	memset(all.faults, 0, sizeof(all.faults));
	memset(all.op_calls, 0, sizeof(all.op_calls));
	memset(all.op_faults, 0, sizeof(all.op_faults));
	memset(all.hold, 0, sizeof(all.hold));
	all.happened = all.held = all.release = false;
	pthread_mutex_unlock(&all.lock);
}

static void fault_set(struct fault *x, unsigned calls, unsigned nth, unsigned times,
		      const struct fail *f)
{
	assert(nth > 0 && f->kind != FAIL_NONE);
	x->from = calls + nth;
	x->to = times == 0 ? UINT32_MAX : x->from + times;
	x->fail = *f;
}

void store_fault_at(enum store_fault_step step, unsigned nth, unsigned times,
		    const struct fail *f)
{
	pthread_mutex_lock(&all.lock);
	fault_set(&all.faults[step], all.calls[step], nth, times, f);
	pthread_mutex_unlock(&all.lock);
}

void store_fault_at_op(enum store_op_kind kind, unsigned nth, unsigned times,
		       const struct fail *f)
{
	pthread_mutex_lock(&all.lock);
	fault_set(&all.op_faults[kind], all.op_calls[kind], nth, times, f);
	pthread_mutex_unlock(&all.lock);
}

void store_fault_happen(bool happened)
{
	pthread_mutex_lock(&all.lock);
	all.happened = happened;
	pthread_mutex_unlock(&all.lock);
}

void store_fault_heal(void)
{
	pthread_mutex_lock(&all.lock);
	memset(all.faults, 0, sizeof(all.faults));
	memset(all.op_faults, 0, sizeof(all.op_faults));
	pthread_mutex_unlock(&all.lock);
}

unsigned store_fault_calls(enum store_fault_step step)
{
	unsigned n;

	pthread_mutex_lock(&all.lock);
	n = all.calls[step];
	pthread_mutex_unlock(&all.lock);
	return n;
}

/* --- holding ---------------------------------------------------------------------- */

void store_fault_hold(enum store_fault_step step)
{
	pthread_mutex_lock(&all.lock);
	all.hold[step] = true;
	all.release = false;
	pthread_mutex_unlock(&all.lock);
}

void store_fault_release(void)
{
	pthread_mutex_lock(&all.lock);
	memset(all.hold, 0, sizeof(all.hold));
	all.release = true;
	pthread_cond_broadcast(&all.changed);
	pthread_mutex_unlock(&all.lock);
}

bool store_fault_held(int64_t cap_ms)
{
	int64_t until_ms = clock_wall_ms(clock_system()) + cap_ms;
	struct timespec until = { .tv_sec = until_ms / 1000,
				  .tv_nsec = until_ms % 1000 * 1000000 };
	bool held;

	pthread_mutex_lock(&all.lock);
	while (!all.held &&
	       pthread_cond_timedwait(&all.changed, &all.lock, &until) == 0) {
	}
	held = all.held;
	pthread_mutex_unlock(&all.lock);
	return held;
}

/* The lock is held. */
static void wait_for_release(enum store_fault_step step)
{
	if (!all.hold[step]) {
		return;
	}
	all.hold[step] = false;
	all.held = true;
	pthread_cond_broadcast(&all.changed);
	while (!all.release) {
		pthread_cond_wait(&all.changed, &all.lock);
	}
	all.held = all.release = false;
}

/* --- the driver ------------------------------------------------------------------- */

static bool strikes(const struct fault *x, unsigned call)
{
	return x->from > 0 && call >= x->from && call < x->to;
}

/* Count a call of `step`, hold it if that is asked for, and say whether it may go on. */
static bool may_go_on(enum store_fault_step step, const struct store_op *op,
		      struct fail *f)
{
	const struct fault *x = NULL;

	pthread_mutex_lock(&all.lock);
	wait_for_release(step);
	all.calls[step]++;
	if (strikes(&all.faults[step], all.calls[step])) {
		x = &all.faults[step];
	}
	if (op) {
		all.op_calls[op->kind]++;
		if (strikes(&all.op_faults[op->kind], all.op_calls[op->kind])) {
			x = &all.op_faults[op->kind];
		}
	}
	if (x) {
		*f = x->fail;
	}
	pthread_mutex_unlock(&all.lock);
	return !x;
}

static bool is_read(const struct store_op *op)
{
	return op->kind == STORE_REQUESTS_OPEN || op->kind == STORE_GRANTS_DUE ||
	       op->kind == STORE_GRANTS_OF || op->kind == STORE_EFFECTS_DUE ||
	       op->kind == STORE_AUDIT_ROWS || op->kind == STORE_AUDIT_HEADS ||
	       op->kind == STORE_GRANTS_FIND || op->kind == STORE_REQUESTS_FIND ||
	       op->kind == STORE_IDS_FIND || op->kind == STORE_SINK_READ;
}

/* The driver beneath; *where is moved behind its scheme. */
static const struct store_driver *beneath(const char **where)
{
	for (size_t i = 0; i < ARRAY_LEN(inner); i++) {
		size_t len = strlen(inner[i]->scheme);

		if (strncmp(*where, inner[i]->scheme, len) == 0 && (*where)[len] == ':') {
			*where += len + 1;
			return inner[i];
		}
	}
	abort(); /* the test names no ledger that there is */
}

static bool fault_claim(const char *where, int *ret_fd, struct fail *f)
{
	const struct store_driver *driver = beneath(&where);

	*ret_fd = -1;
	return !driver->claim || driver->claim(where, ret_fd, f);
}

static bool fault_open(const char *where, struct store_db **ret_db, struct fail *f)
{
	struct store_db *db;

	if (!may_go_on(STORE_FAULT_OPEN, NULL, f)) {
		return false;
	}
	db = calloc(1, sizeof(*db));
	assert(db);
	db->driver = beneath(&where);
	if (!db->driver->open(where, &db->db, f)) {
		free(db);
		return false;
	}
	*ret_db = db;
	return true;
}

static void fault_close(struct store_db *db)
{
	db->driver->close(db->db);
	free(db);
}

static bool fault_begin(struct store_db *db, struct fail *f)
{
	const struct fault *x = &all.faults[STORE_FAULT_COMMIT];

	if (!may_go_on(STORE_FAULT_BEGIN, NULL, f)) {
		return false;
	}
	pthread_mutex_lock(&all.lock);
	db->doomed = strikes(x, all.calls[STORE_FAULT_COMMIT] + 1) && !all.happened;
	db->fail = x->fail;
	pthread_mutex_unlock(&all.lock);
	return db->driver->begin(db->db, f);
}

static bool fault_apply(struct store_db *db, struct store_op *op, struct fail *f)
{
	if (!may_go_on(STORE_FAULT_APPLY, op, f)) {
		return false;
	}
	return (db->doomed && !is_read(op)) || db->driver->apply(db->db, op, f);
}

static bool fault_commit(struct store_db *db, struct fail *f)
{
	struct fail why = { 0 };
	bool goes_on = may_go_on(STORE_FAULT_COMMIT, NULL, f);

	if (!db->driver->commit(db->db, &why) && goes_on) {
		*f = why;
		return false;
	}
	if (db->doomed) {
		*f = db->fail;
	}
	return goes_on && !db->doomed;
}

const struct store_driver store_fault_driver = {
	.scheme = "fault",
	.claim = fault_claim,
	.open = fault_open,
	.close = fault_close,
	.begin = fault_begin,
	.apply = fault_apply,
	.commit = fault_commit,
};
