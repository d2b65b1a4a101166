/* SPDX-License-Identifier: Apache-2.0 */
/* Somebody freezes everything from outside, as `accessd freeze on` does, and in the seconds
 * until the service looks nothing is granted either: the ledger itself says no. */
#include <stdio.h>
#include <stdlib.h>

#include "accessd/store.h"
#include "shared/text.h"
#include "tests/lib/indent_client.h"
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
	static const char ask[] =
		"{\"events\":[{\"event\":\"access/request\",\"reason\":\"lag\",\"actor\":"
		"{\"id\":\"U0ANA0001\",\"kind\":\"slack/user\",\"email\":\"ana@acme.example\"},"
		"\"resources\":[{\"id\":\"prod-db\",\"kind\":\"app\"}],"
		"\"meta\":{\"labels\":{}}}]}";
	struct scene *t = *state;
	struct indent_client client;

	setenv("SCENE_PLATFORM", INDENT_SECRET, 1);
	t->more = "indent = { webhook_secret = \"env:SCENE_PLATFORM\"; };\n";
	scene_start(t, true);
	indent_connect(&client, t->loop, app_port(&t->app));
	scene_incident(t, "ana");
	set_from_outside(t, true);
	assert_int_equal(indent_post(&client, ask), 200);
	assert_has(client.body, "\"claims\":[]");
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM request WHERE state = 'denied'"), 1);
	indent_disconnect(&client);
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	static const struct CMUnitTest tests[] = {
		SCENE(who_asks_before_it_is_noticed_is_denied),
		SCENE(nobody_prolongs_what_they_have),
		STOPPED(no_platform_is_told_yes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
