/* SPDX-License-Identifier: Apache-2.0 */
/* The power goes, just before or just after any commit of a story: nothing of what the
 * process would have done next reaches anybody, and the ledger is what was on disk at that
 * moment. The next start carries on: everything is decided once, said at least once, and
 * every grant has its end. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum {
	PATIENCE_MS = 8000,
	PATIENCE_S = 12,
	COMMITS_MAX = 60, /* more than any story takes */
	EXPIRE_MS = 61 * 1000,
};

/* --- a ledger whose power goes -------------------------------------------------------- */

extern const struct store_driver store_sqlite;

static struct {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned commits, nth; /* it goes at the nth; 0: never */
	bool before;
	bool gone;
	bool buried; /* the process may end */
	char path[128];
} power = { .lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER };

static const char *const ends[] = { "", "-wal" };

static void copy(const char *from, const char *to)
{
	char bytes[1 << 14];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	assert_true(in >= 0 && out >= 0);
	while ((n = read(in, bytes, sizeof(bytes))) > 0) {
		assert_true(write(out, bytes, (size_t)n) == n);
	}
	close(in);
	close(out);
}

/* On the store's thread, so that nobody writes meanwhile. */
static void go(void)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char from[160], to[160];

		snprintf(from, sizeof(from), "%s%s", power.path, ends[i]);
		snprintf(to, sizeof(to), "%s.cut%s", power.path, ends[i]);
		copy(from, to);
	}
	pthread_mutex_lock(&power.lock);
	power.gone = true;
	while (!power.buried) {
		pthread_cond_wait(&power.changed, &power.lock);
	}
	pthread_mutex_unlock(&power.lock);
}

static bool is_gone(void)
{
	bool gone;

	pthread_mutex_lock(&power.lock);
	gone = power.gone;
	pthread_mutex_unlock(&power.lock);
	return gone;
}

static bool cut_open(const char *where, struct store_db **ret_db, struct fail *f)
{
	return store_sqlite.open(strchr(where, ':') + 1, ret_db, f);
}

static bool cut_commit(struct store_db *db, struct fail *f)
{
	bool now = ++power.commits == power.nth;

	if (now && power.before) {
		go();
	}
	bool ok = store_sqlite.commit(db, f);
	if (now && !power.before) {
		go();
	}
	return is_gone() ? fail_set(f, FAIL_LEDGER, "the power is gone") : ok;
}

static struct store_driver cut_driver = { .scheme = "cut",
					  .open = cut_open,
					  .commit = cut_commit };

/* --- stories ---------------------------------------------------------------------------- */

static const struct plot {
	const char *name;
	const char *who;
	bool granted;
	bool expires;
} plots[] = {
	{ "grant", "ana", true, false },
	{ "deny", "bob", false, false },
	{ "expire", "ana", true, true },
};

struct telling {
	const struct plot *plot;
	bool typed;
};

static bool is_decided(struct scene *t, void *data)
{
	(void)data;
	return is_gone() ||
	       (scene_sql(t, "SELECT count(*) FROM request WHERE decided_ms > 0") == 1 &&
		scene_sql(t, "SELECT count(*) FROM effect WHERE state = 'pending'") == 0);
}

static bool is_ended(struct scene *t, void *data)
{
	return is_gone() || (is_decided(t, data) && scene_grants(t) == 0 &&
			     scene_count(t, "Ended: prod-db") > 0);
}

static bool is_up(struct scene *t, void *data)
{
	(void)data;
	return is_gone() || scene_live(t);
}

/* What has to be sent once more waits for a clock that stands still. */
static bool in_time(struct scene *t, bool (*cond)(struct scene *t, void *data))
{
	for (int i = 0; i < PATIENCE_S; i++) {
		if (scene_until(t, cond, NULL, 1000)) {
			return true;
		}
		fake_clock_advance(&t->clock, 1100);
	}
	return false;
}

/* To its end, or until the power goes. */
static void tell(struct scene *t, struct telling *x)
{
	scene_start(t, false);
	assert_true(scene_until(t, is_up, NULL, PATIENCE_MS));
	if (!x->typed && !is_gone()) {
		fake_clock_advance(&t->clock, 1100);
		world_command(t->world, x->plot->who, "inc-room", "prod-db 1m");
		x->typed = true;
	}
	assert_true(in_time(t, is_decided));
	if (x->plot->expires && !is_gone()) {
		fake_clock_advance(&t->clock, EXPIRE_MS);
		assert_true(in_time(t, is_ended));
	}
}

static bool no_streams(struct scene *t, void *data)
{
	(void)data;
	return world_streams(t->world) == 0;
}

/* The end of the process. Its power may go in its very last commit. */
static void end(struct scene *t)
{
	pthread_mutex_lock(&power.lock);
	power.buried = true;
	pthread_cond_signal(&power.changed);
	pthread_mutex_unlock(&power.lock);
	scene_stop(t);
	power.gone = power.buried = false;
	power.nth = 0;
}

/* What it does on its way out nobody sees; what it wrote after the cut is not there. */
static void fall(struct scene *t)
{
	t->world->slack_knobs.mute = true;
	world_fault(t->world, &(struct world_fault){ .call = "*", .kind = WORLD_DROP });
	end(t);
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

static void cuts_forget(struct scene *t)
{
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		char path[160];

		snprintf(path, sizeof(path), "%s.cut%s", t->ledger, ends[i]);
		unlink(path);
	}
}

static size_t said(struct scene *t)
{
	return scene_count(t, "Granted: prod-db") +
	       scene_count(t, "Not granted: prod-db");
}

/* What people have heard is on the disk that is left. */
static void check_disk(struct scene *t, size_t i, const char *name)
{
	assert_row(
		(int64_t)said(t) <=
			scene_sql(t, "SELECT count(*) FROM request WHERE decided_ms > 0"),
		i, name);
	assert_row((int64_t)scene_count(t, "Ended: prod-db") <=
			   scene_sql(t, "SELECT count(*) FROM grants WHERE ended_ms > 0"),
		   i, name);
}

static void check_end(struct scene *t, const struct plot *p, size_t i, const char *name)
{
	const char *says = p->granted ? "Granted: prod-db" : "Not granted: prod-db";

	assert_row(scene_sql(t, "SELECT count(*) FROM request") == 1, i, name);
	assert_row(scene_sql(t, "SELECT count(*) FROM grants") == p->granted, i, name);
	assert_row(scene_sql(t,
			     "SELECT count(*) FROM grants WHERE expires_ms <> starts_ms"
			     " + 60000") == 0,
		   i, name);
	assert_row(scene_grants(t) == (p->granted && !p->expires), i, name);
	assert_row(scene_count(t, says) >= 1 && scene_count(t, says) <= 2, i, name);
	assert_row(said(t) == scene_count(t, says), i, name);
	assert_row(scene_count(t, "Ended: prod-db") <= 2, i, name);
}

/* False: the story was over before the nth commit. */
static bool tell_and_fall(struct scene *t, const struct plot *p, unsigned nth,
			  bool before)
{
	struct telling x = { .plot = p };
	char name[64];
	bool fell;

	snprintf(name, sizeof(name), "%s, cut %s this commit", p->name,
		 before ? "before" : "after");
	snprintf(power.path, sizeof(power.path), "%s", t->ledger);
	power.commits = 0;
	power.nth = nth;
	power.before = before;
	t->world->slack_knobs.redeliver = true;
	scene_incident(t, "ana");
	tell(t, &x);
	fell = is_gone();
	if (fell) {
		fall(t);
		check_disk(t, nth, name);
		tell(t, &x);
	}
	scene_settle(t);
	check_end(t, p, nth, name);
	end(t);
	cuts_forget(t);
	return fell;
}

static void tell_all(struct scene *t, const struct plot *p)
{
	for (int before = 0; before < 2; before++) {
		unsigned nth = 1;

		while (tell_and_fall(t, p, nth, before)) {
			assert_true(++nth < COMMITS_MAX);
			scene_again(t);
			scene_expect_unanswered();
		}
		assert_true(nth > 3);
		scene_again(t);
		scene_expect_unanswered();
	}
}

static void a_grant_survives_a_crash_at_any_commit(void **state)
{
	tell_all(*state, &plots[0]);
}

static void a_denial_survives_a_crash_at_any_commit(void **state)
{
	tell_all(*state, &plots[1]);
}

static void an_end_survives_a_crash_at_any_commit(void **state)
{
	tell_all(*state, &plots[2]);
}

/* --- for main() -------------------------------------------------------------------------- */

static int setup(void **state)
{
	watch_setup_stopped(state);
	scene_expect_unanswered();
	((struct scene *)*state)->driver = "cut:";
	cut_driver.close = store_sqlite.close;
	cut_driver.begin = store_sqlite.begin;
	cut_driver.apply = store_sqlite.apply;
	store_driver_use(&cut_driver);
	return 0;
}

static int teardown(void **state)
{
	int rc = watch_teardown(state);

	store_driver_use(NULL);
	return rc;
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_survives_a_crash_at_any_commit),
		SCENE(a_denial_survives_a_crash_at_any_commit),
		SCENE(an_end_survives_a_crash_at_any_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
