/* SPDX-License-Identifier: Apache-2.0 */
/* A driver around SQLite's that copies the ledger when the power goes, and then stands still
 * until the process is buried. */
#include "tests/lib/power.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accessd/store.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 60 * 1000 };

extern const struct store_driver store_sqlite;

static struct {
	pthread_mutex_t lock; /* held while something is committed */
	pthread_cond_t changed;
	unsigned left; /* commits until it goes; 0: it does not */
	bool before;
	bool gone;
	bool buried;
	char path[128];
} power = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static const char *const ends[] = { "", "-wal" };

/* --- going ---------------------------------------------------------------------------- */

/* What the ledger keeps for a full disk is nothing but zeros: they are left out. */
static void copy(const char *from, const char *to)
{
	static const char zeros[1 << 14];
	char bytes[sizeof(zeros)];
	off_t at = 0;
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0) {
		if (memcmp(bytes, zeros, (size_t)n) != 0) {
			assert_true(pwrite(out, bytes, (size_t)n, at) == n);
		}
		at += n;
	}
	assert_int_equal(ftruncate(out, at), 0);
	close(in);
	close(out);
}

/* With the lock held, so that nobody commits meanwhile. */
static void go(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ends) && !power.gone; i++) {
		char from[160], to[160];

		snprintf(from, sizeof(from), "%s%s", power.path, ends[i]);
		snprintf(to, sizeof(to), "%s.cut%s", power.path, ends[i]);
		copy(from, to);
	}
	power.gone = true;
}

static void stand_still(void)
{
	while (power.gone && !power.buried) {
		pthread_cond_wait(&power.changed, &power.lock);
	}
}

void power_cut(struct scene *t)
{
	snprintf(power.path, sizeof(power.path), "%s", t->ledger);
	pthread_mutex_lock(&power.lock);
	go();
	pthread_mutex_unlock(&power.lock);
}

bool power_is_gone(void)
{
	bool gone;

	pthread_mutex_lock(&power.lock);
	gone = power.gone;
	pthread_mutex_unlock(&power.lock);
	return gone;
}

void power_arm(struct scene *t, unsigned nth, bool before)
{
	pthread_mutex_lock(&power.lock);
	snprintf(power.path, sizeof(power.path), "%s", t->ledger);
	power.left = nth;
	power.before = before;
	pthread_mutex_unlock(&power.lock);
}

/* --- the driver, on the store's thread ------------------------------------------------ */

static bool cut_open(const char *where, struct store_db **ret_db, struct fail *f)
{
	return store_sqlite.open(strchr(where, ':') + 1, ret_db, f);
}

static bool cut_commit(struct store_db *db, struct fail *f)
{
	bool ok, now;

	pthread_mutex_lock(&power.lock);
	now = power.left > 0 && --power.left == 0;
	if (now && power.before) {
		go();
	}
	stand_still();
	ok = store_sqlite.commit(db, f);
	if (now && !power.before) {
		go();
	}
	stand_still();
	if (power.gone) {
		ok = fail_set(f, FAIL_LEDGER, "the power is gone");
	}
	pthread_mutex_unlock(&power.lock);
	return ok;
}

static struct store_driver cut_driver = { .scheme = "cut",
					  .open = cut_open,
					  .commit = cut_commit };

void power_setup(struct scene *t)
{
	t->driver = "cut:";
	cut_driver.close = store_sqlite.close;
	cut_driver.begin = store_sqlite.begin;
	cut_driver.apply = store_sqlite.apply;
	store_driver_use(&cut_driver);
}

void power_teardown(void)
{
	store_driver_use(NULL);
}

/* --- the end of the process ------------------------------------------------------------- */

static bool no_streams(struct scene *t, void *data)
{
	(void)data;
	return world_streams(t->world) == 0;
}

static void bury(struct scene *t)
{
	pthread_mutex_lock(&power.lock);
	power.buried = true;
	pthread_cond_signal(&power.changed);
	pthread_mutex_unlock(&power.lock);
	scene_stop(t);
	power.gone = power.buried = false;
	power.left = 0;
}

void power_fall(struct scene *t)
{
	world_clear_faults(t->world);
	t->world->slack_knobs.mute = true;
	world_fault(t->world, &(struct world_fault){ .call = "*", .kind = WORLD_DROP });
	bury(t);
	assert_true(scene_until(t, no_streams, NULL, PATIENCE_MS));
	t->world->slack_knobs.mute = false;
	world_clear_faults(t->world);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char from[160], to[160];

		snprintf(from, sizeof(from), "%s.cut%s", t->ledger, ends[i]);
		snprintf(to, sizeof(to), "%s%s", t->ledger, ends[i]);
		assert_int_equal(rename(from, to), 0);
	}
}
