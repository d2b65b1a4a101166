/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's disk is really full, and a neighbour takes every byte that is given up.
 * Nothing new is granted, what was granted is taken back and recorded so, and when there is
 * room everything goes on without a restart. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "shared/metrics.h"
#include "tests/lib/scene_provision.h"
#include "tests/lib/small_disk.h"
#include "tests/lib/test.h"

enum {
	DISK_BYTES = 24 << 20,
	PATIENCE_MS = 8000, /* real */
	PROBE_MS = 5000,    /* fake: how often it looks */
	MINUTE = 60 * 1000,
};

static bool allowed;

static struct scene *begin(void **state)
{
	if (!allowed) {
		skip();
	}
	return *state;
}

static void fill(struct scene *t)
{
	small_disk_fill(t->dir);
	scene_advance(t, 2 * PROBE_MS);
	small_disk_fill(t->dir);
	assert_has(scene_why(t),
		   "ledger: the ledger cannot be written: the disk is full");
	scene_log_clear();
}

static void room(struct scene *t)
{
	small_disk_make_room(t->dir);
	scene_advance(t, 2 * PROBE_MS);
	assert_string_equal(scene_why(t), "");
}

static void grant(struct scene *t, const char *who, const char *text)
{
	assert_has(scene_ask(t, who, text), "Granted: ");
}

static int64_t gauge(struct scene *t, const char *name)
{
	struct buf out;
	const char *at;
	long long n = -1;

	buf_init(&out, 1 << 20);
	metrics_format(t->app.metrics, &out);
	at = strstr(buf_str(&out), name);
	assert_non_null(at);
	assert_int_equal(sscanf(at + strlen(name), "%lld", &n), 1);
	buf_finish(&out);
	return n;
}

static void is_refused(struct scene *t, const char *who, const char *text)
{
	struct world_envelope *e = scene_type(t, who, text);

	assert_has(scene_ack_text(e), "Nothing was granted: your request could not be "
				      "recorded (the ledger cannot be written: the disk "
				      "is full");
}

static bool has_closed(struct scene *t, void *data)
{
	return scene_sql(t, "SELECT count(*) FROM grants WHERE state = 'closed'"
			    " AND ended_ms > 0") == *(const int64_t *)data;
}

static void are_closed(struct scene *t, int64_t n)
{
	if (!scene_until(t, has_closed, &n, PATIENCE_MS)) {
		fprintf(stderr, "%s", scene_log());
		fail_msg("not closed: %d", (int)n);
	}
	small_disk_fill(t->dir);
}

/* --- what ends -------------------------------------------------------------------------- */

static void nothing_is_granted_and_every_end_is_recorded(void **state)
{
	struct scene *t = begin(state);

	grant(t, "ana", "prod-db 30m");
	grant(t, "bob", "prod-db 2h");
	grant(t, "bob", "prod-shell 2h");
	fill(t);
	is_refused(t, "ana", "prod-shell 1h");
	assert_int_equal(gauge(t, "\naccessd_ledger_free_bytes "), 0);
	assert_in_range(gauge(t, "\naccessd_ledger_reserve_bytes "), 8 << 20, 14 << 20);
	assert_int_equal(gauge(t, "\naccessd_ledger_ok "), 0);

	assert_has(scene_tell(t, "bob", "release prod-db"), "Done");
	are_closed(t, 1);
	assert_has(scene_tell(t, "cara", "revoke prod-shell left"), "Done");
	are_closed(t, 2);
	provision_pass(t, 30 * MINUTE);
	are_closed(t, 3);
	assert_int_equal(world_held(t->world), 0);
	assert_int_equal(scene_count_settled(t, "Ended: ", 3), 3);
	is_refused(t, "ana", "prod-db 1h");
	assert_has(scene_why(t), "the disk is full");
	/* that ends are written does not mean that it is well again */
	assert_has_not(scene_log(), "ledger.recovered");

	room(t);
	assert_true(scene_logged(t, "ledger.recovered"));
	grant(t, "ana", "prod-db 1h");
	assert_true(provision_holds(t, "ana", true));
	assert_int_equal(scene_grants(t), 1);
}

static void what_rests_on_an_incident_ends_with_it(void **state)
{
	struct scene *t = begin(state);
	struct world_incident *i = scene_incident(t, "cara");

	grant(t, "cara", "prod-db 2h");
	fill(t);
	world_set_category(t->world, i, "closed");
	provision_until_said(t, "Ended: prod-db", 5 * MINUTE);
	are_closed(t, 1);
	assert_int_equal(world_held(t->world), 0);
}

/* Prolonging is new access; a freeze is none. */
static void nothing_is_prolonged_and_a_freeze_is_taken(void **state)
{
	struct scene *t = begin(state);
	int64_t until;

	grant(t, "ana", "prod-db 30m");
	until = scene_sql(t, "SELECT expires_ms FROM grants");
	fill(t);
	scene_type(t, "ana", "extend prod-db 1h");
	scene_settle(t);
	assert_int_equal(scene_sql(t, "SELECT expires_ms FROM grants"), until);
	scene_type(t, "cara", "freeze on stolen laptop");
	assert_non_null(scene_message(t, "rozen"));
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM meta WHERE key = "
				      "'freeze_why' AND value = 'stolen laptop'"),
			 1);
}

/* --- and what is left of it --------------------------------------------------------------- */

static void what_was_recorded_is_there_after_a_restart_while_it_is_full(void **state)
{
	struct scene *t = begin(state);

	grant(t, "ana", "prod-db 30m");
	grant(t, "bob", "prod-db 1h");
	fill(t);
	assert_has(scene_tell(t, "bob", "release prod-db"), "Done");
	are_closed(t, 1);
	scene_stop(t);
	scene_start(t, true);
	are_closed(t, 1);
	scene_advance(t, PROBE_MS);
	assert_has(scene_why(t), "the disk is full");
	is_refused(t, "bob", "prod-db 1h");
	provision_pass(t, 30 * MINUTE);
	are_closed(t, 2);
	assert_int_equal(world_held(t->world), 0);
	room(t);
	grant(t, "bob", "prod-db 1h");
}

/* --- for main() ----------------------------------------------------------------------- */

static int setup(void **state)
{
	static char more[1400];
	struct scene *t;

	if (!allowed) {
		return 0;
	}
	provision_setup_stopped(state);
	t = *state;
	small_disk_mount(t->dir, DISK_BYTES);
	snprintf(more, sizeof(more), "admins = [ \"U0CARA001\" ];\n%s",
		 provision_config(t, NULL, NULL));
	t->more = more;
	t->policies =
		"  { name = \"responders\"; labels = { env = \"prod\"; }; grace = \"0\";\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; }\n";
	scene_start(t, true);
	return 0;
}

static int teardown(void **state)
{
	struct scene *t = *state;
	char dir[64];

	if (!allowed) {
		return 0;
	}
	snprintf(dir, sizeof(dir), "%s", t->dir);
	watch_teardown(state); /* its folder is still in use */
	small_disk_unmount(dir);
	assert_int_equal(rmdir(dir), 0);
	return 0;
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCENE(nothing_is_granted_and_every_end_is_recorded),
		SCENE(what_rests_on_an_incident_ends_with_it),
		SCENE(nothing_is_prolonged_and_a_freeze_is_taken),
		SCENE(what_was_recorded_is_there_after_a_restart_while_it_is_full),
	};

	allowed = small_disk_allowed();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
