/* SPDX-License-Identifier: Apache-2.0 */
/* A target that ends access by itself is told of a later end; one that does not take it
 * keeps the old one, and nobody is told otherwise. */
#include <stdio.h>

#include "shared/text.h"
#include "tests/lib/scene_provision.h"
#include "tests/lib/test.h"

enum { SECOND = 1000, MINUTE = 60 * 1000, HOUR = 60 * MINUTE };

static void start(struct scene *t, const char *keys)
{
	t->more = provision_config(t, NULL, keys);
	scene_start(t, true);
}

#define KNOWS_ENDS "actions = [ \"extend\" ];"

static void grant(struct scene *t, const char *who, const char *text)
{
	scene_type(t, who, text);
	assert_true(provision_holds(t, who, true));
	assert_true(provision_state(t, "active", 1));
}

/* Ana has prod-db for an hour. */
static void start_with_an_hour(struct scene *t, const char *keys)
{
	start(t, keys);
	grant(t, "ana", "prod-db 1h");
}

/* By an hour. */
static void ana_extends_it(struct scene *t)
{
	assert_has(scene_tell(t, "ana", "extend prod-db 1h"), "Done: you have prod-db");
}

static void okta_refuses(struct scene *t)
{
	provision_fault(
		t, (struct world_fault){ .kind = WORLD_BODY,
					 .status = 500,
					 .body = "{\"status\":{\"code\":5,\"message\":"
						 "\"no such session\"}}" });
}

static void okta_is_down(struct scene *t)
{
	provision_fault(t, (struct world_fault){ .kind = WORLD_STATUS, .status = 503 });
}

static void pass_in_steps(struct scene *t, int n, int64_t ms)
{
	for (int i = 0; i < n; i++) {
		scene_pass(t, ms);
	}
}

struct end {
	int64_t from_ms, until_ms; /* from SCENE_START_MS */
};

static bool is_told(struct scene *t, void *data)
{
	const struct end *e = data;

	rows_each(struct world_hold, h, &t->world->holds)
	{
		int64_t ms = h->until_ms - SCENE_START_MS;

		if (h->has && ms >= e->from_ms && ms < e->until_ms) {
			return true;
		}
	}
	return false;
}

/* Wait until the target has it to end so long after the start. */
static bool told(struct scene *t, int64_t ms)
{
	struct end e = { .from_ms = ms, .until_ms = ms + 5 * MINUTE };

	return scene_until(t, is_told, &e, 8000);
}

static int64_t minutes_left(struct scene *t, const char *resource)
{
	char sql[160];

	snprintf(sql, sizeof(sql),
		 "SELECT (expires_ms - %lld) / 60000 FROM grants WHERE resource = '%s'",
		 (long long)SCENE_START_MS, resource);
	return scene_sql(t, sql);
}

static int64_t pending(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM effect WHERE state = 'pending' AND "
			    "queue <> ''");
}

static bool is_settled(struct scene *t, void *data)
{
	(void)data;
	return pending(t) == 0;
}

/* No order is left. */
static void nothing_is_pending(struct scene *t)
{
	assert_true(scene_until(t, is_settled, NULL, 5000));
}

static void it_learns_of_the_later_end(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	assert_true(told(t, HOUR));
	ana_extends_it(t);
	assert_non_null(scene_message(t, "okta is being told of the new end."));
	assert_true(told(t, 2 * HOUR));
	nothing_is_pending(t);
	assert_int_equal(scene_count(t, "Not extended"), 0);
	assert_string_equal(t->world->strange, "");
}

static void one_that_knows_no_end_is_told_nothing(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, NULL);
	ana_extends_it(t);
	assert_non_null(scene_message(t, "Extended: prod-db"));
	scene_settle(t);
	assert_int_equal(scene_count(t, "is being told"), 0);
	assert_int_equal(world_count(t->world, CALL), 1);
}

static void what_it_refuses_ends_as_it_would_have(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	okta_refuses(t);
	ana_extends_it(t);
	assert_has(
		scene_message(t, "Not extended: prod-db for <@U0ANA0001> ends at")->text,
		"okta: HTTP 500: no such session.");
	assert_int_equal(minutes_left(t, "prod-db"), 60);
	world_clear_faults(t->world);
	provision_pass(t, HOUR);
	assert_non_null(
		scene_message(t, "Ended: prod-db for <@U0ANA0001>. The time is up"));
	assert_int_equal(scene_count(t, "Not extended"), 1);
}

static void one_that_fails_is_told_for_ten_minutes(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	okta_is_down(t);
	ana_extends_it(t);
	pass_in_steps(t, 8 * 6, 10 * SECOND);
	assert_int_equal(minutes_left(t, "prod-db"), 120);
	provision_until_said(t, "Not extended: prod-db", 4 * MINUTE);
	assert_int_equal(minutes_left(t, "prod-db"), 60);
	nothing_is_pending(t);
}

/* The order stands before the revoke in their lane, and waits for its next try. */
static void it_holds_up_no_end(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	okta_is_down(t);
	ana_extends_it(t);
	pass_in_steps(t, 12, 10 * SECOND);
	world_clear_faults(t->world);
	assert_has(scene_tell(t, "ana", "release prod-db"), "Done: prod-db");
	assert_true(provision_holds(t, "ana", false));
	assert_non_null(scene_message(t, "Ended: prod-db"));
	nothing_is_pending(t);
}

static void a_killed_process_tells_it_all_the_same(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	provision_fault(t, (struct world_fault){ .kind = WORLD_DROP });
	ana_extends_it(t);
	assert_true(provision_called(t, 2));
	world_clear_faults(t->world);
	provision_restart(t);
	pass_in_steps(t, 10, 3 * SECOND);
	assert_true(told(t, 2 * HOUR));
	assert_int_equal(minutes_left(t, "prod-db"), 120);
}

/* An ack was lost, and later so was the process that had sent it. */
static void what_slack_delivers_again_extends_once(void **state)
{
	struct scene *t = *state;
	struct world_envelope *e;

	start(t, KNOWS_ENDS);
	grant(t, "ana", "prod-db 1h");
	e = scene_type(t, "ana", "extend prod-db 1h");
	assert_non_null(scene_message(t, "Extended: prod-db"));
	assert_true(scene_acked(t, world_resend(t->world, e, false)));
	assert_true(scene_acked(t, world_resend(t->world, e, true)));
	provision_restart(t);
	e = world_resend(t->world, e, true);
	assert_true(scene_acked(t, e));
	assert_has(scene_ack_text(e), "Done: you have prod-db for 2 h in all.");
	assert_true(scene_until(t, is_settled, NULL, 5000));
	assert_int_equal(minutes_left(t, "prod-db"), 120);
	assert_int_equal(scene_count(t, "Extended: prod-db"), 1);
	assert_true(told(t, 2 * HOUR));
}

/* When it arrives again there is nothing left to extend by. */
static void what_slack_delivers_again_was_extended_to_the_most(void **state)
{
	struct scene *t = *state;
	struct world_envelope *e;

	start(t, KNOWS_ENDS);
	grant(t, "ana", "prod-db 1h");
	scene_type(t, "ana", "extend prod-db 6h");
	e = scene_type(t, "ana", "extend prod-db");
	assert_has(scene_ack_text(e), "Done: you have prod-db for 8 h in all.");
	e = world_resend(t->world, e, true);
	assert_true(scene_acked(t, e));
	assert_has(scene_ack_text(e), "Done: you have prod-db for 8 h in all.");
	e = scene_type(t, "ana", "extend prod-db");
	assert_has(scene_ack_text(e), "allows 8 h at most from its start on");
	assert_true(told(t, 8 * HOUR));
}

/* --- two of one access ---------------------------------------------------------------- */

static void the_second_of_one_access_may_be_for_longer(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	scene_type(t, "ana", "prod-db-ro 3h");
	assert_non_null(scene_message(t, "Granted: prod-db-ro"));
	assert_true(told(t, 3 * HOUR));
	/* The first is extended to an end that is known to be later. */
	ana_extends_it(t);
	nothing_is_pending(t);
	assert_int_equal(world_count(t->world, CALL), 2);
	assert_true(told(t, 3 * HOUR));
}

/* Neither is there yet when the second is granted. */
static void the_second_may_find_out_late(void **state)
{
	struct scene *t = *state;

	start(t, KNOWS_ENDS);
	provision_fault(t, (struct world_fault){
				   .kind = WORLD_DELAY, .delay_ms = 5000, .times = 1 });
	scene_type(t, "ana", "prod-db 1h");
	assert_true(provision_called(t, 1));
	scene_type(t, "ana", "prod-db-ro 3h");
	assert_true(provision_state(t, "granting", 2));
	scene_advance(t, 6000);
	assert_true(provision_state(t, "active", 2));
	assert_true(told(t, 3 * HOUR));
	assert_int_equal(world_count(t->world, CALL), 2);
}

static void one_that_does_not_take_it_ends_both(void **state)
{
	struct scene *t = *state;

	start_with_an_hour(t, KNOWS_ENDS);
	okta_refuses(t);
	scene_type(t, "ana", "prod-db-ro 3h");
	assert_non_null(scene_message(t, "Granted: prod-db-ro"));
	assert_non_null(scene_message(t, "Not extended: prod-db-ro for <@U0ANA0001>"));
	assert_int_equal(minutes_left(t, "prod-db-ro"), 60);
	assert_int_equal(minutes_left(t, "prod-db"), 60);
}

int main(void)
{
#define SCENE(f) \
	cmocka_unit_test_setup_teardown(f, provision_setup_stopped, watch_teardown)
	static const struct CMUnitTest tests[] = {
		SCENE(it_learns_of_the_later_end),
		SCENE(one_that_knows_no_end_is_told_nothing),
		SCENE(what_it_refuses_ends_as_it_would_have),
		SCENE(one_that_fails_is_told_for_ten_minutes),
		SCENE(it_holds_up_no_end),
		SCENE(a_killed_process_tells_it_all_the_same),
		SCENE(what_slack_delivers_again_extends_once),
		SCENE(what_slack_delivers_again_was_extended_to_the_most),
		SCENE(the_second_of_one_access_may_be_for_longer),
		SCENE(the_second_may_find_out_late),
		SCENE(one_that_does_not_take_it_ends_both),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
