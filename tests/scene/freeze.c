/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody freezes everything from outside, as `accessd freeze on` does, and in the seconds
 * until the service looks nothing is granted either: the ledger itself says no. */
#include "accessd/store.h"
#include "shared/text.h"
#include "tests/lib/indent_scene.h"
#include "tests/lib/ledger_rows.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

extern const struct store_driver store_sqlite;

/* Another process, in a transaction of its own. */
static void set_from_outside(struct scene *t, bool on)
{
	struct store_op op = { .kind = STORE_FREEZE_SET };
	struct store_db *db = NULL;
	struct fail f = { 0 };

	op.freeze_set.at_ms = clock_wall_ms(&t->clock.clock);
	op.freeze_set.row =
		(struct freeze_row){ .on = on, .since_ms = op.freeze_set.at_ms };
	text_copy(op.freeze_set.row.by, VENDOR_ID_SIZE, "operator");
	text_copy(op.freeze_set.row.why, CAUSE_SIZE, "a stolen laptop");
	if (!store_sqlite.open(t->ledger, &db, &f) ||
	    !ledger_do(&store_sqlite, db, &op, &f)) {
		fail_msg("%s", f.msg);
	}
	store_sqlite.close(db);
}

static void who_asks_before_it_is_noticed_is_denied(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	set_from_outside(t, true);
	assert_has(
		scene_ask(t, "ana", "prod-db 1h"),
		"Everything is frozen at present: a stolen laptop. By order of operator.");
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM request WHERE state = 'denied'"), 1);
	set_from_outside(t, false);
	scene_advance(t, 6000);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
}

static void nobody_prolongs_what_they_have(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
	set_from_outside(t, true);
	assert_has(scene_tell(t, "ana", "extend prod-db 1h"),
		   "Not extended: Everything is "
		   "frozen at present");
	assert_int_equal(
		scene_sql(t, "SELECT (expires_ms - starts_ms) / 60000 FROM grants"), 60);
	assert_has(scene_tell(t, "ana", "release prod-db"), "Done");
}

static void no_platform_is_told_yes(void **state)
{
	struct scene *t = *state;

	indent_start(t);
	scene_incident(t, "ana");
	set_from_outside(t, true);
	assert_int_equal(indent_post(&client, ASK(ANA, PROD_DB)), 200);
	assert_has(client.body, "\"claims\":[]");
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM request WHERE state = 'denied'"), 1);
}

int main(void)
{
#define SCENE(f)  cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define INDENT(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, indent_teardown)
	static const struct CMUnitTest tests[] = {
		SCENE(who_asks_before_it_is_noticed_is_denied),
		SCENE(nobody_prolongs_what_they_have),
		INDENT(no_platform_is_told_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
