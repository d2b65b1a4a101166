/* SPDX-License-Identifier: Apache-2.0 */
/* Admins take access back, and freeze everything; nobody else does. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_fault.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { MINUTE = 60 * 1000 };

static void two_have_it(struct scene *t)
{
	struct world_incident *i = scene_incident(t, "ana");

	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Granted: prod-db");
}

static void started_with(struct scene *t, const char *admins)
{
	t->more = admins;
	scene_start(t, true);
}

static void an_admin_takes_it_back_and_says_why(void **state)
{
	struct scene *t = *state;

	started_with(t, "admins = [ \"U0CARA001\" ];\n");
	two_have_it(t);
	assert_has(scene_tell(t, "cara", "revoke prod-db left the call"),
		   "Done: 2 grants are ended.");
	assert_int_equal(
		scene_count_settled(t, "Revoked by <@U0CARA001>: left the call.", 2), 2);
	assert_int_equal(scene_grants(t), 0);
	assert_has(scene_tell(t, "cara", "revoke prod-db"),
		   "Nobody holds anything called 'prod-db'.");
}

static void an_admin_may_be_one_by_their_group(void **state)
{
	struct scene *t = *state;

	started_with(t, "admins = [ \"U0NOBODY1\", \"S0LEADS01\" ];\n");
	two_have_it(t);
	assert_has(scene_tell(t, "cara", "revoke INC-204 all hands"),
		   "Done: 2 grants are ended.");
	assert_has(scene_tell(t, "cara", "revoke INC-204"),
		   "Nobody holds anything called 'INC-204'.");
	/* asked for once a minute, not at each deed */
	assert_int_equal(world_count(t->world, "usergroups.users.list"), 1);
}

static void others_take_nothing_back(void **state)
{
	struct scene *t = *state;

	started_with(t, "admins = [ \"S0LEADS01\" ];\n");
	two_have_it(t);
	assert_has(scene_tell(t, "bob", "revoke prod-db"),
		   "Only admins of accessd may do that.");
	assert_has(scene_tell(t, "bob", "freeze on"),
		   "Only admins of accessd may do that.");
	assert_int_equal(scene_grants(t), 2);
}

static void not_being_able_to_ask_never_allows(void **state)
{
	struct scene *t = *state;
	struct world_fault down = { .kind = WORLD_STATUS, .status = 503 };

	started_with(t, "admins = [ \"S0LEADS01\" ];\n");
	two_have_it(t);
	snprintf(down.call, sizeof(down.call), "usergroups.users.list");
	world_fault(t->world, &down);
	assert_has(scene_tell(t, "cara", "revoke prod-db"), "so nothing was changed.");
	assert_int_equal(scene_grants(t), 2);
}

/* --- the freeze ------------------------------------------------------------------------------ */

static void frozen_nothing_is_granted(void **state)
{
	struct scene *t = *state;

	started_with(t, "admins = [ \"U0CARA001\" ];\n");
	two_have_it(t);
	assert_has(scene_tell(t, "cara", "freeze on a stolen laptop"),
		   "Frozen: nothing new is granted");
	assert_has(
		scene_ask(t, "ana", "prod-shell 1h"),
		"Everything is frozen at present: a stolen laptop. By order of <@U0CARA001>.");
	assert_int_equal(scene_grants(t), 2);

	/* also after a restart, and for what was asked before it */
	scene_stop(t);
	scene_start(t, true);
	assert_has(scene_ask(t, "ana", "prod-shell 1h"),
		   "Everything is frozen at present");
	assert_has(scene_tell(t, "ana", "release prod-db"), "Done");
	assert_has(scene_tell(t, "cara", "freeze off"), "Thawed");
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "Granted: prod-shell");
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM audit WHERE subject_id = 'freeze'"),
		2);
}

static void a_freeze_may_end_all_there_is(void **state)
{
	struct scene *t = *state;

	started_with(t, "admins = [ \"U0CARA001\" ];\n");
	two_have_it(t);
	assert_has(scene_tell(t, "cara", "freeze on --revoke a stolen laptop"),
		   "Done: 2 grants are ended.");
	assert_int_equal(
		scene_count_settled(t, "Revoked by <@U0CARA001>: a stolen laptop.", 2),
		2);
	assert_int_equal(scene_grants(t), 0);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "frozen");
}

/* --- a ledger that fails on the way ---------------------------------------------------------- */

static int setup_faulty(void **state)
{
	watch_setup_stopped(state);
	scene_fault_ledger(*state);
	started_with(*state, "admins = [ \"U0CARA001\" ];\n");
	two_have_it(*state);
	return 0;
}

static int teardown_faulty(void **state)
{
	return scene_fault_teardown(state, watch_teardown);
}

static void fail_move(unsigned nth)
{
	struct fail full;

	fail_set(&full, FAIL_LEDGER, "the disk is full");
	store_fault_at_op(STORE_GRANT_MOVE, nth, 1, &full);
}

static void what_was_ended_before_it_failed_is_said(void **state)
{
	struct scene *t = *state;

	fail_move(2);
	assert_has(
		scene_tell(t, "cara", "revoke prod-db"),
		"1 grant is ended, but not all: the rest could not be recorded (the disk "
		"is full). Do it again in a minute.");
	assert_int_equal(scene_grants(t), 1);
	assert_has(scene_tell(t, "cara", "revoke prod-db"), "Done: prod-db is ended.");
	assert_int_equal(scene_grants(t), 0);
}

static void a_freeze_that_ends_nothing_is_a_freeze(void **state)
{
	struct scene *t = *state;
	const char *said;

	fail_move(1);
	said = scene_tell(t, "cara", "freeze on --revoke a stolen laptop");
	assert_has(said, "Frozen. ");
	assert_has(said, "1 grant is ended, but not all");
	assert_int_equal(scene_grants(t), 1);
	assert_has(scene_ask(t, "ana", "prod-shell 1h"),
		   "Everything is frozen at present");
	assert_has(scene_tell(t, "cara", "freeze on --revoke a stolen laptop"),
		   "Frozen. Done: prod-db is ended.");
	assert_has(scene_tell(t, "cara", "freeze on --revoke a stolen laptop"),
		   "Frozen. Nothing was held.");
}

/* --- extending -------------------------------------------------------------------------------- */

static void extended_it_lasts_longer_but_not_too_long(void **state)
{
	struct scene *t = *state;

	started_with(t, "");
	two_have_it(t);
	scene_pass(t, 30 * MINUTE);
	assert_has(scene_tell(t, "ana", "extend prod-db 1h"),
		   "Done: you have prod-db for 2 h in all.");
	assert_non_null(scene_message(t, "Extended: prod-db for <@U0ANA0001> until"));
	scene_pass(t, 45 * MINUTE);
	assert_int_equal(scene_grants(t), 1); /* bob's has ended */
	assert_has(scene_tell(t, "ana", "extend prod-db 7h"),
		   "9 h is longer than the 8 h that db-responders allows at most.");
	assert_has(scene_press_says(t, "ana", "Extended: prod-db", "access.extend"),
		   "Done: you have prod-db for 4 h in all.");
	assert_has(scene_press_says(t, "ana", "Extended: prod-db", "access.extend"),
		   "6 h in all");
	assert_has(scene_press_says(t, "ana", "Extended: prod-db", "access.extend"),
		   "8 h in all");
	assert_has(scene_press_says(t, "ana", "Extended: prod-db", "access.extend"),
		   "allows 8 h at most from its start on");
	scene_pass(t, 3 * 60 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(
		scene_sql(
			t,
			"SELECT (expires_ms - starts_ms) / 1000 FROM grants WHERE state = 'active'"),
		8 * 3600);
}

static void without_standing_nothing_is_extended(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	started_with(t, "");
	i = scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	world_leave_role(t->world, i, "Incident Lead", "ana");
	assert_has(scene_tell(t, "ana", "extend prod-db 1h"), "Not extended: ");
	assert_has(scene_tell(t, "bob", "extend prod-db 1h"), "You hold nothing called");
	assert_int_equal(scene_count(t, "Extended"), 0);
	assert_int_equal(
		scene_sql(t, "SELECT (expires_ms - starts_ms) / 1000 FROM grants"), 3600);
}

/* --- shortly before ---------------------------------------------------------------------------- */

static void it_is_said_that_it_ends_soon(void **state)
{
	struct scene *t = *state;

	started_with(t, "");
	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted");
	scene_pass(t, 105 * MINUTE);
	assert_int_equal(scene_count(t, "prod-db ends at"), 0);
	scene_pass(t, 8 * MINUTE);
	assert_int_equal(scene_count_settled(t, "prod-db ends at", 1), 1);
	assert_int_equal(scene_message(t, "prod-db ends at")->channel[0], 'D');
	assert_has(scene_press_says(t, "ana", "prod-db ends at", "access.extend"),
		   "Done: you have prod-db for 4 h in all.");
	scene_stop(t);
	scene_start(t, true);
	scene_pass(t, 100 * MINUTE);
	assert_int_equal(scene_count(t, "prod-db ends at"), 1);
	scene_pass(t, 20 * MINUTE);
	assert_int_equal(scene_count_settled(t, "prod-db ends at", 2), 2);
	scene_pass(t, 15 * MINUTE);
	assert_non_null(scene_message(t, "The time is up. It was open for 4 h."));
}

/* --- the incident's own channel ----------------------------------------------------------------- */

static void its_channel_hears_of_it_in_one_thread(void **state)
{
	struct scene *t = *state;
	struct world_message *m;
	char ts[32];

	started_with(t, "");
	scene_incident(t, "ana");
	scene_type_in(t, "ana", "general", "prod-db 1h");
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 2), 2);
	m = world_find_message(t->world, "C0INC0001", "Granted: prod-db");
	assert_non_null(m);
	snprintf(ts, sizeof(ts), "%s", m->ts);
	assert_has(scene_tell(t, "ana", "release prod-db"), "Done");
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 2), 2);
	m = world_find_message(t->world, "C0INC0001", "Ended: prod-db");
	assert_non_null(m);
	assert_string_equal(m->thread_ts, ts);
}

/* A channel that takes nothing holds up nothing, and nobody else is told in its place. */
static void a_channel_that_is_closed_to_us_is_left_alone(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	started_with(t, "");
	i = scene_incident(t, "ana");
	snprintf(i->channel, sizeof(i->channel), "C0ARCH001");
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	assert_has(scene_tell(t, "ana", "release prod-db"), "Done");
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
	assert_int_equal(scene_count(t, "Granted: prod-db"), 1);
}

int main(void)
{
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
#define FAULTY(f)  cmocka_unit_test_setup_teardown(f, setup_faulty, teardown_faulty)
	static const struct CMUnitTest tests[] = {
		STOPPED(an_admin_takes_it_back_and_says_why),
		STOPPED(an_admin_may_be_one_by_their_group),
		STOPPED(others_take_nothing_back),
		STOPPED(not_being_able_to_ask_never_allows),
		STOPPED(frozen_nothing_is_granted),
		STOPPED(a_freeze_may_end_all_there_is),
		FAULTY(what_was_ended_before_it_failed_is_said),
		FAULTY(a_freeze_that_ends_nothing_is_a_freeze),
		STOPPED(extended_it_lasts_longer_but_not_too_long),
		STOPPED(without_standing_nothing_is_extended),
		STOPPED(it_is_said_that_it_ends_soon),
		STOPPED(its_channel_hears_of_it_in_one_thread),
		STOPPED(a_channel_that_is_closed_to_us_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
