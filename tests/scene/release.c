/* SPDX-License-Identifier: Apache-2.0 */
/* "I'm done": giving back what one holds, by typing and by the button; and asking again for
 * what one has. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { MINUTE = 60 * 1000 };

static void ana_has_it(struct scene *t)
{
	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
}

static void the_holder_gives_it_back(void **state)
{
	struct scene *t = *state;

	ana_has_it(t);
	scene_pass(t, 41 * MINUTE);
	assert_has(scene_tell(t, "ana", "release prod-db"), "Done: prod-db is ended.");
	assert_int_equal(
		scene_count_settled(
			t,
			"Ended: prod-db for <@U0ANA0001>. Given back. It was open for 41 min",
			1),
		1);
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(
		scene_sql(
			t,
			"SELECT count(*) FROM grants WHERE state = 'closed' AND cause = 'released' AND by_user = 'U0ANA0001'"),
		1);
	/* and its time passes without a second end */
	scene_pass(t, 60 * MINUTE);
	assert_int_equal(scene_count(t, "Ended"), 1);
}

static void the_button_does_the_same_once(void **state)
{
	struct scene *t = *state;

	ana_has_it(t);
	assert_has(scene_press_says(t, "ana", "Granted: prod-db", "access.release"),
		   "Done: prod-db is ended.");
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
	scene_advance(t, 4000);
	assert_has(scene_press_says(t, "ana", "Granted: prod-db", "access.release"),
		   "prod-db ended already, ");
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
}

/* Both presses come before either is answered: the loser is told so. */
static void of_two_presses_one_wins(void **state)
{
	struct scene *t = *state;
	struct world_envelope *a, *b;
	struct world_message *m;
	int done;

	ana_has_it(t);
	m = scene_message(t, "Granted: prod-db");
	a = world_press(t->world, "ana", m->ts, "access.release", "");
	b = world_press(t->world, "ana", m->ts, "access.release", "");
	done = (strncmp(scene_answer(t, a), "Done", 4) == 0) +
	       (strncmp(scene_answer(t, b), "Done", 4) == 0);
	assert_int_equal(done, 1);
	assert_true(strstr(scene_answer(t, a), "already") ||
		    strstr(scene_answer(t, b), "already"));
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
}

static void nobody_else_gives_it_back(void **state)
{
	struct scene *t = *state;

	ana_has_it(t);
	assert_has(scene_press_says(t, "bob", "Granted: prod-db", "access.release"),
		   "That is somebody else's");
	assert_has(scene_press_says(t, "dan", "Granted: prod-db", "access.release"),
		   "You are a guest in this Slack workspace, so nothing was changed.");
	assert_has(scene_press_says(t, "eve", "Granted: prod-db", "access.release"),
		   "You belong to another workspace");
	assert_has(scene_tell(t, "bob", "release prod-db"),
		   "You hold nothing called 'prod-db'.");
	world_person(t->world, "ana")->deleted = true;
	scene_pass(t, MINUTE + 1000);
	assert_has(scene_press_says(t, "ana", "Granted: prod-db", "access.release"),
		   "This Slack account is deactivated");
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "Ended"), 0);
}

static void mine_shows_an_id_whose_end_is_enough(void **state)
{
	struct scene *t = *state;
	char id[64] = "";
	char text[96];
	const char *shown;

	ana_has_it(t);
	shown = scene_tell(t, "ana", "mine");
	assert_has(shown, "prod-db until ");
	snprintf(id, sizeof(id), "%s", strrchr(shown, ' ') + 1);
	assert_int_equal(strlen(id), 26);
	snprintf(text, sizeof(text), "release %s", id + 20);
	assert_has(scene_tell(t, "ana", text), "Done: prod-db is ended.");
	snprintf(text, sizeof(text), "release %s", id);
	assert_has(scene_tell(t, "ana", text), "prod-db ended already");
	assert_has(scene_tell(t, "ana", "release QQQQ"),
		   "You hold nothing called 'QQQQ'.");
}

/* --- asking again ------------------------------------------------------------------------- */

static void who_asks_again_is_told_until_when_they_have_it(void **state)
{
	struct scene *t = *state;

	ana_has_it(t);
	scene_type(t, "ana", "prod-db 30m");
	assert_non_null(scene_message(t, "You have prod-db until"));
	assert_non_null(scene_message(t, "Press Release when you are done."));
	assert_string_equal(scene_message(t, "You have prod-db")->to, "U0ANA0001");
	scene_type(t, "ana", "prod-db 3h");
	assert_non_null(scene_message(t, "To have it for longer, press Extend"));
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "Granted"), 1);
	assert_has(scene_press_says(t, "ana", "You have prod-db", "access.release"),
		   "Done: prod-db is ended.");
	assert_int_equal(scene_grants(t), 0);
}

static void a_denial_can_be_tried_again(void **state)
{
	struct scene *t = *state;
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	assert_has(scene_ask(t, "ana", "prod-db 45m replica lag"), "Not granted");
	assert_has(scene_press_says(t, "bob", "Not granted", "access.again"),
		   "somebody else's request");
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	assert_non_null(scene_press(t, "ana", "Not granted", "access.again"));
	assert_non_null(scene_message(t, "Granted: prod-db for <@U0ANA0001>"));
	assert_int_equal(
		scene_sql(
			t,
			"SELECT count(*) FROM request WHERE reason = 'replica lag' AND for_s = 2700"),
		2);
}

static void an_old_button_of_a_ledger_that_is_gone_is_answered(void **state)
{
	struct scene *t = *state;

	ana_has_it(t);
	scene_stop(t);
	remove(t->ledger);
	scene_start(t, true);
	assert_has(scene_press_says(t, "ana", "Granted: prod-db", "access.release"),
		   "There is no grant '01");
	assert_has(scene_press_says(t, "ana", "Granted: prod-db", "access.extend"),
		   "There is no grant '01");
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
	static const struct CMUnitTest tests[] = {
		SCENE(the_holder_gives_it_back),
		SCENE(the_button_does_the_same_once),
		SCENE(of_two_presses_one_wins),
		SCENE(nobody_else_gives_it_back),
		SCENE(mine_shows_an_id_whose_end_is_enough),
		SCENE(who_asks_again_is_told_until_when_they_have_it),
		SCENE(a_denial_can_be_tried_again),
		SCENE(an_old_button_of_a_ledger_that_is_gone_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
